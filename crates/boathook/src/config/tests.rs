//! What is right, what is wrong, and in which words.

use super::*;

/// Reads a file, variables and flags, of which any may be empty.
fn configured(file: &str, variables: &[(&str, &str)], flags: &[&str]) -> Result<Config, String> {
    #[derive(clap::Parser)]
    struct Line {
        #[command(flatten)]
        args: ServeArgs,
    }
    let line = std::iter::once("serve").chain(flags.iter().copied());
    let mut args = <Line as clap::Parser>::try_parse_from(line).unwrap().args;
    let folder = tempfile::tempdir().unwrap();
    if !file.is_empty() {
        let path = folder.path().join("node.conf");
        fs::write(&path, file).unwrap();
        args.config = Some(path);
    }
    let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    layers(&args, Some(variables.collect())).map_err(|wrong| wrong.to_string())
}

#[track_caller]
fn check_wrong(wrong: Result<Config, String>, expected: &[&str]) {
    let wrong = wrong.unwrap_err();
    for part in expected {
        assert!(wrong.contains(part), "`{part}` is not in: {wrong}");
    }
}

#[test]
fn the_defaults_are_what_the_engine_and_the_papers_say() {
    let config = defaults();
    assert_eq!(
        format!("{:?}", config.limits()),
        format!("{:?}", boathook_engine::Limits::default())
    );
    assert_eq!(config.server.listen.to_string(), "127.0.0.1:5000");
    assert_eq!(config.server.registry.as_str(), boathook_core::defaults::REGISTRY);
    assert_eq!(config.server.regions[0].as_str(), boathook_core::defaults::REGION);
    assert!(!config.server.dev && config.storage.database.reveal().is_none());
}

#[test]
fn every_setting_of_the_reference_has_a_comment_that_is_its_own() {
    let mut above = "";
    let mut settings = 0;
    for line in DEFAULTS.lines().filter(|line| !line.is_empty()) {
        if !line.starts_with(['#', '[']) {
            assert!(above.starts_with("# "), "`{line}` has no comment");
            settings += 1;
        }
        above = line;
    }
    let known: toml::Table = toml::from_str(&toml::to_string(&defaults()).unwrap()).unwrap();
    let known = known.values().map(|section| section.as_table().unwrap().len()).sum::<usize>();
    assert_eq!(settings, known);
}

#[test]
fn what_is_nearer_to_the_keyboard_wins() {
    let file = "[server]\nregistry = 'fromfile'\ndomain = 'from.file'\nlisten = '127.0.0.1:1'";
    let variables = [
        ("BOATHOOK__SERVER__REGISTRY", "fromvariable"),
        ("BOATHOOK__SERVER__DOMAIN", "from.variable"),
    ];
    let server = configured(file, &variables, &["--registry", "fromflag"]).unwrap().server;
    assert_eq!(
        (server.registry.as_str(), server.domain.as_str(), server.listen.port()),
        ("fromflag", "from.variable", 1)
    );
}

#[test]
fn variables_hold_numbers_durations_and_lists() {
    let config = configured(
        "",
        &[
            ("BOATHOOK__SERVER__DEV", "true"),
            ("BOATHOOK__SERVER__REGISTRY", "00700"),
            ("BOATHOOK__SERVER__REGIONS", "West Europe, eastus"),
            ("BOATHOOK__WEBHOOKS__ALLOW_CIDRS", "10.0.0.0/8,::1"),
            ("BOATHOOK__WEBHOOKS__ATTEMPT_TIMEOUT", "1500ms"),
            ("BOATHOOK__WEBHOOKS__QUOTA_BASIC", "3"),
            // Not settings: one underscore, as the command line has them.
            ("BOATHOOK_DATA", "elsewhere"),
        ],
        &[],
    );
    let Config { server, webhooks, .. } = config.unwrap();
    assert!(server.dev);
    assert_eq!(server.registry.as_str(), "00700");
    let regions: Vec<_> = server.regions.iter().map(ToString::to_string).collect();
    assert_eq!(regions, ["westeurope", "eastus"]);
    let networks: Vec<_> = webhooks.allow_cidrs.iter().map(ToString::to_string).collect();
    assert_eq!(networks, ["10.0.0.0/8", "::1/128"]);
    assert_eq!(webhooks.attempt_timeout.as_millis(), 1500);
    assert_eq!(webhooks.quota_basic, 3);
}

#[test]
fn all_flags_of_the_contract_are_taken() {
    let flags = "--data d --listen [::1]:0 --tls-listen 127.0.0.1:9 --domain a.test --database sqlite:/x/y.db --blobs \
                 file:///blobs --registry myregistry --region westeurope --region eastus --dev";
    let config = configured("", &[], &flags.split_whitespace().collect::<Vec<_>>()).unwrap();
    let Config { server, storage, .. } = config;
    assert_eq!(server.regions.len(), 2);
    assert_eq!(storage.database.reveal(), Some("sqlite:/x/y.db"));
    assert_eq!(storage.blobs.0, std::path::Path::new("/blobs"));
}

#[test]
fn what_nobody_knows_is_named() {
    check_wrong(
        configured("[server]\nlisen = 'x'", &[], &[]),
        &["`lisen`", "`server`", "node.conf"],
    );
    check_wrong(configured("[sever]", &[], &[]), &["`sever`"]);
    let variables = [("BOATHOOK__LOG__COLOUR", "red")];
    check_wrong(configured("", &variables, &[]), &["`colour`", "`log`", "the environment"]);
}

#[test]
fn a_wrong_value_is_shown_with_its_key_and_with_what_would_be_right() {
    for (key, value, right) in [
        ("server.listen", "'localhost'", "such as 127.0.0.1:5000"),
        ("server.metrics_listen", "'9100'", "such as 127.0.0.1:5000"),
        ("server.metrics_listen", "'127.0.0.1:5000'", "choose another address"),
        ("server.registry", "'abc'", "5 to 50 letters and digits"),
        ("server.regions", "['eu/west']", "letters and digits"),
        ("server.regions", "[]", "at least one"),
        ("server.regions", "['a', 'A']", "twice"),
        ("server.domain", "'-.x'", "a host name"),
        ("server.dev", "'yes please'", "a boolean"),
        ("server.tls", "'perhaps'", "a boolean"),
        ("server.tls_listen", "'localhost'", "such as 127.0.0.1:5000"),
        ("server.drain_grace", "'3601s'", "between 0s and 1h"),
        ("server.drain_timeout", "'3601s'", "between 0s and 1h"),
        ("storage.data", "''", "a folder"),
        ("storage.database", "'mysql://x'", "postgres://USER"),
        ("storage.database", "'sqlite:'", "sqlite:PATH"),
        ("storage.blobs", "'s3://bucket'", "in a folder so far"),
        ("storage.blobs", "'file://host/x'", "an absolute path"),
        ("webhooks.allow_cidrs", "['10.0.0.0/33']", "such as 10.0.0.0/8"),
        ("webhooks.attempt_timeout", "'5'", "such as 30s"),
        ("webhooks.attempt_timeout", "'99ms'", "between 100ms and 10m"),
        ("webhooks.attempt_timeout", "'601s'", "between 100ms and 10m"),
        ("webhooks.event_age_max", "'59m'", "at least 1h"),
        ("webhooks.quota_basic", "-1", "unsigned"),
        ("identity_provider.issuer", "'login.example.com'", "it is a URL"),
        ("identity_provider.issuer", "'http://login.example.com'", "begins with `https://`"),
        ("identity_provider.issuer", "'https://me@login.example.com'", "no user"),
        ("identity_provider.jwks_uri", "'ftp://x'", "it is a URL"),
        ("identity_provider.audience", "''", "it is empty"),
        ("identity_provider.name_claim", "''", "it is empty"),
        ("identity_provider.roles_claim", "''", "it is empty"),
        ("identity_provider.roles", "['ops']", "as in `developers = AcrPush`"),
        ("identity_provider.roles", "['ops = King']", "no such role"),
        ("uploads.open_max", "0", "at least 1"),
        ("uploads.age_max", "'59s'", "at least 1m"),
        ("gc.enabled", "'now and then'", "a boolean"),
        ("gc.grace", "'soon'", "such as 30s"),
        ("gc.interval", "'999ms'", "between 1s and 7d"),
        ("gc.interval", "'604801s'", "between 1s and 7d"),
        ("log.format", "'xml'", "`text` or `json`"),
        ("log.filter", "'=!'", "log.filter"),
    ] {
        let (section, name) = key.split_once('.').unwrap();
        let file = format!("[{section}]\n{name} = {value}\n");
        check_wrong(configured(&file, &[], &[]), &[&format!("`{key}`"), right]);
    }
}

#[test]
fn limits_may_be_met() {
    let file = "[server]\ndrain_grace = '1h'\ndrain_timeout = '0s'\n[webhooks]\nattempt_timeout = '10m'\nevent_age_max = '1h'\n[uploads]\nage_max = '1m'\nopen_max = 1\n[gc]\ngrace = '0s'\ninterval = '1s'";
    let config = configured(file, &[], &[]).unwrap();
    assert_eq!(config.webhooks.attempt_timeout.as_secs(), 600);
}

#[test]
fn the_metrics_have_no_listener_of_their_own_unless_they_are_given_one() {
    let listen = |variables: &[_]| configured("", variables, &[]).unwrap().server.metrics_listen.0;
    let key = "BOATHOOK__SERVER__METRICS_LISTEN";
    assert_eq!(listen(&[]), None);
    assert_eq!(listen(&[(key, "")]), None);
    assert_eq!(listen(&[(key, "[::]:9100")]), Some("[::]:9100".parse().unwrap()));
    assert!(configured("", &[(key, "127.0.0.1:0")], &["--listen", "127.0.0.1:0"]).is_ok());
}

#[test]
fn anyone_may_pull_and_push_on_loopback_only() {
    assert!(configured("", &[], &["--dev"]).is_ok());
    assert!(configured("", &[], &["--dev", "--listen", "[::1]:0"]).is_ok());
    for listen in ["0.0.0.0:5000", "[::]:5000", "192.0.2.1:80"] {
        check_wrong(
            configured("", &[], &["--dev", "--listen", listen]),
            &["loopback only", listen],
        );
    }
}

#[test]
fn anyone_may_pull_and_push_over_https_on_loopback_only() {
    let world = ["--dev", "--tls-listen", "0.0.0.0:5443"];
    assert!(configured("", &[], &world).is_ok(), "unused without --tls");
    assert!(configured("", &[], &["--dev", "--tls"]).is_ok());
    let wrong = configured("", &[], &[&world[..], &["--tls"]].concat());
    check_wrong(wrong, &["loopback only", "0.0.0.0:5443"]);
}

#[test]
fn a_certificate_and_its_key_come_together() {
    let both = "[server]\ntls_certificate = 'chain.pem'\ntls_key = 'key.pem'";
    assert!(configured(both, &[], &["--tls"]).is_ok());
    for (given, missing) in [("tls_certificate", "tls_key"), ("tls_key", "tls_certificate")] {
        let one = format!("[server]\n{given} = 'x.pem'");
        check_wrong(configured(&one, &[], &[]), &[&format!("`server.{missing}`"), "name both"]);
    }
}

#[test]
fn a_file_that_is_not_there_or_no_toml_is_named() {
    check_wrong(configured("", &[], &["--config", "/nowhere/node.toml"]), &["/nowhere/node.toml"]);
    check_wrong(configured("[server\n", &[], &[]), &["node.conf", "server"]);
}

#[test]
fn passwords_are_hidden_wherever_they_stand() {
    for (url, shown) in [
        ("postgres://me:p%40ss@db:5432/x", "postgres://me:******@db:5432/x"),
        ("postgres://me:p@ss@db/x?sslmode=disable", "postgres://me:******@db/x?sslmode=disable"),
        ("postgresql://me@a,b/x?password=p&user=u", "postgresql://me@a,b/x?password=******&user=u"),
        ("postgres://db/x", "postgres://db/x"),
        ("sqlite:/x/y.db", "sqlite:/x/y.db"),
    ] {
        let config = configured("", &[], &["--database", url]).unwrap();
        let text = toml::to_string(&config).unwrap();
        assert!(text.contains(&format!("database = \"{shown}\"")), "{text}");
        assert_eq!(format!("{:?}", config.storage.database), format!("DatabaseUrl({shown})"));
        assert_eq!(config.storage.database.reveal(), Some(url));
    }
}

#[test]
fn what_is_shown_can_be_read_again() {
    let mut config = defaults();
    for listen in [None, Some("127.0.0.1:9100".parse().unwrap())] {
        config.server.metrics_listen.0 = listen;
        let text = toml::to_string(&config).unwrap();
        let again = toml::to_string(&configured(&text, &[], &[]).unwrap()).unwrap();
        assert_eq!(again, text);
    }
}
