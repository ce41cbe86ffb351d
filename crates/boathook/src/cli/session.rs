//! Where the server is and how to sign in.
//!
//! Three ways, the nearest first: flags and environment; `credentials.json` of a data folder on this machine; the
//! profile that `boathook login` keeps. A secret is only ever sent to the server that its own source names or that
//! was named beside it by hand: a profile never lends its secret to another endpoint.

use std::fs;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use boathook_core::defaults;
use serde::{Deserialize, Serialize};

/// The subscription of a server that names none.
pub(crate) const SUBSCRIPTION_ID: &str = "b0a70001-0000-4000-8000-000000000001";
/// The resource group of a server that names none.
pub(crate) const RESOURCE_GROUP: &str = "boathook";

const PROFILE_FILE: &str = "profile.json";
const CREDENTIALS_FILE: &str = "credentials.json";

/// Flags that say where the server is and how to sign in.
#[derive(clap::Args, Debug, Default)]
#[command(next_help_heading = "Where the server is")]
pub(crate) struct SignInArgs {
    /// Base URL of the server, such as `http://localhost:5000` [env: `BOATHOOK_ENDPOINT`].
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) endpoint: Option<String>,
    /// Id of the client to sign in as [env: `BOATHOOK_CLIENT_ID`].
    #[arg(long, global = true, value_name = "ID")]
    pub(crate) client_id: Option<String>,
    /// Secret of the client; visible to other programs, so prefer the environment [env: `BOATHOOK_CLIENT_SECRET`].
    #[arg(long, global = true, value_name = "SECRET")]
    pub(crate) client_secret: Option<String>,
    /// File with the certificate of the authority to trust for HTTPS [env: `BOATHOOK_CA_CERTIFICATE`].
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) ca_certificate: Option<PathBuf>,
    /// Data folder of a server on this machine, whose `credentials.json` says it all [env: `BOATHOOK_DATA`].
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
}

/// What the environment says about all this.
#[derive(Debug, Default)]
pub(crate) struct Environment {
    pub(crate) endpoint: Option<String>,
    pub(crate) client_id: Option<String>,
    pub(crate) client_secret: Option<String>,
    pub(crate) ca_certificate: Option<PathBuf>,
    pub(crate) data: Option<PathBuf>,
    /// The command that `acr login` runs instead of docker.
    pub(crate) docker_command: Option<String>,
    /// The folder of the profile, if there is a home to have one in.
    pub(crate) config_dir: Option<PathBuf>,
}

impl Environment {
    /// Reads the environment of this process. Empty variables count as absent.
    pub(crate) fn of_process() -> Self {
        let text = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let path = |name: &str| text(name).map(PathBuf::from);
        let config_home =
            || path("XDG_CONFIG_HOME").or_else(|| path("HOME").map(|home| home.join(".config")));
        Self {
            endpoint: text("BOATHOOK_ENDPOINT"),
            client_id: text("BOATHOOK_CLIENT_ID"),
            client_secret: text("BOATHOOK_CLIENT_SECRET"),
            ca_certificate: path("BOATHOOK_CA_CERTIFICATE"),
            data: path("BOATHOOK_DATA"),
            docker_command: text("DOCKER_COMMAND"),
            config_dir: path("BOATHOOK_CONFIG_DIR")
                .or_else(|| config_home().map(|home| home.join("boathook"))),
        }
    }
}

/// All that is needed to ask a server: the shape of the profile, and of `credentials.json`, which has more members.
#[derive(Clone, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Session {
    pub(crate) endpoint: String,
    pub(crate) client_id: String,
    pub(crate) client_secret: String,
    #[serde(default)]
    pub(crate) ca_certificate: Option<PathBuf>,
    #[serde(default = "default_subscription")]
    pub(crate) subscription_id: String,
    #[serde(default = "default_tenant")]
    pub(crate) tenant_id: String,
    #[serde(default = "default_resource_group")]
    pub(crate) resource_group: String,
    /// Only of a server on this machine, like the next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) tls_endpoint: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) domain: Option<String>,
}

fn default_subscription() -> String {
    SUBSCRIPTION_ID.to_owned()
}

fn default_tenant() -> String {
    defaults::TENANT_ID.to_owned()
}

fn default_resource_group() -> String {
    RESOURCE_GROUP.to_owned()
}

/// Finds out where the server is and how to sign in.
pub(crate) fn find(args: &SignInArgs, environment: &Environment) -> anyhow::Result<Session> {
    // A data folder that was named by hand says it all; then the environment is not looked at.
    let by_hand = args.data.is_some();
    let text = |flag: &Option<String>, variable: &Option<String>| {
        flag.clone().or_else(|| variable.clone().filter(|_| !by_hand))
    };
    let endpoint = text(&args.endpoint, &environment.endpoint);
    let client_id = text(&args.client_id, &environment.client_id);
    let client_secret = text(&args.client_secret, &environment.client_secret);
    let ca_certificate = args
        .ca_certificate
        .clone()
        .or_else(|| environment.ca_certificate.clone().filter(|_| !by_hand));
    if let (Some(endpoint), Some(client_id), Some(client_secret)) =
        (&endpoint, &client_id, &client_secret)
    {
        return Ok(Session {
            endpoint: endpoint.clone(),
            client_id: client_id.clone(),
            client_secret: client_secret.clone(),
            ca_certificate,
            subscription_id: default_subscription(),
            tenant_id: default_tenant(),
            resource_group: default_resource_group(),
            tls_endpoint: None,
            domain: None,
        });
    }
    let mut session = match args.data.as_ref().or(environment.data.as_ref()) {
        Some(data) => read(&data.join(CREDENTIALS_FILE))?,
        None if endpoint.is_some() || client_id.is_some() || client_secret.is_some() => {
            bail!(incomplete(endpoint.is_some(), client_id.is_some(), client_secret.is_some()));
        }
        None => {
            let profile = environment.config_dir.as_ref().map(|dir| dir.join(PROFILE_FILE));
            let profile = profile.filter(|path| path.exists()).context(NOT_SIGNED_IN)?;
            read(&profile)?
        }
    };
    session.endpoint = endpoint.unwrap_or(session.endpoint);
    session.client_id = client_id.unwrap_or(session.client_id);
    session.client_secret = client_secret.unwrap_or(session.client_secret);
    session.ca_certificate = ca_certificate.or(session.ca_certificate);
    Ok(session)
}

const NOT_SIGNED_IN: &str = "\
no server is known. Say where it is in one of three ways:
  on the server's own machine:  --data DIR, or BOATHOOK_DATA=DIR, with the folder that `boathook serve` uses
  for this shell:               BOATHOOK_ENDPOINT, BOATHOOK_CLIENT_ID and BOATHOOK_CLIENT_SECRET
  for good:                     boathook login --endpoint URL --client-id ID --client-secret -";

fn incomplete(endpoint: bool, client_id: bool, client_secret: bool) -> String {
    let parts = [
        (endpoint, "--endpoint or BOATHOOK_ENDPOINT"),
        (client_id, "--client-id or BOATHOOK_CLIENT_ID"),
        (client_secret, "--client-secret or BOATHOOK_CLIENT_SECRET"),
    ];
    let missing: Vec<_> =
        parts.iter().filter(|(is_there, _)| !is_there).map(|(_, name)| *name).collect();
    format!("the sign-in is incomplete: {} is missing as well", missing.join(", and "))
}

fn read(path: &Path) -> anyhow::Result<Session> {
    let text = fs::read(path).with_context(|| format!("could not read {}", path.display()))?;
    serde_json::from_slice(&text)
        .with_context(|| format!("{} is not what `boathook` wrote there", path.display()))
}

/// Keeps the session as the profile, readable by its owner alone, and returns where.
pub(crate) fn keep(session: &Session, environment: &Environment) -> anyhow::Result<PathBuf> {
    let dir = environment
        .config_dir
        .as_ref()
        .context("no home to keep a profile in: set BOATHOOK_CONFIG_DIR")?;
    fs::create_dir_all(dir).with_context(|| format!("could not make {}", dir.display()))?;
    let path = dir.join(PROFILE_FILE);
    // Written aside and renamed, so that a profile is whole or as it was.
    let aside = dir.join(format!("{PROFILE_FILE}.new"));
    let write = || {
        let mut file = fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&aside)?;
        file.write_all(&serde_json::to_vec_pretty(session)?)?;
        file.sync_all()?;
        fs::rename(&aside, &path)
    };
    write().with_context(|| format!("could not write {}", path.display()))?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    /// As `serve` writes it.
    const CREDENTIALS: &str = r#"{
        "registry": "boathook", "loginServer": "localhost:5000", "username": "boathook", "passwords": ["a", "b"],
        "subscriptionId": "s", "tenantId": "t", "resourceGroup": "g", "clientId": "c", "clientSecret": "kept",
        "endpoint": "http://data", "caCertificate": null
    }"#;

    fn session(endpoint: &str) -> Session {
        Session {
            endpoint: endpoint.to_owned(),
            client_id: "id".to_owned(),
            client_secret: "kept".to_owned(),
            ca_certificate: None,
            subscription_id: default_subscription(),
            tenant_id: default_tenant(),
            resource_group: "team".to_owned(),
            tls_endpoint: None,
            domain: None,
        }
    }

    fn environment(endpoint: &str) -> Environment {
        Environment {
            endpoint: Some(endpoint.to_owned()),
            client_id: Some("id".to_owned()),
            client_secret: Some("from the environment".to_owned()),
            ..Environment::default()
        }
    }

    #[test]
    fn the_nearest_source_wins() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join(CREDENTIALS_FILE), CREDENTIALS).unwrap();
        let data = || Some(dir.path().to_owned());
        let found = |args: SignInArgs, environment: Environment| {
            find(&args, &environment).map(|found| (found.endpoint, found.client_secret)).unwrap()
        };
        let at = |endpoint: &str, secret: &str| (endpoint.to_owned(), secret.to_owned());

        let flags =
            SignInArgs { endpoint: Some("http://flag".to_owned()), ..SignInArgs::default() };
        assert_eq!(
            found(flags, environment("http://env")),
            at("http://flag", "from the environment")
        );
        let both = Environment { data: data(), ..environment("http://env") };
        assert_eq!(found(SignInArgs::default(), both), at("http://env", "from the environment"));
        let by_hand = SignInArgs { data: data(), ..SignInArgs::default() };
        assert_eq!(found(by_hand, environment("http://env")), at("http://data", "kept"));
        let only_data = Environment { data: data(), ..Environment::default() };
        assert_eq!(found(SignInArgs::default(), only_data), at("http://data", "kept"));
    }

    #[test]
    fn a_profile_is_kept_for_its_owner_alone_and_found_again() {
        let dir = tempfile::tempdir().unwrap();
        let environment = Environment {
            config_dir: Some(dir.path().join("new").join("boathook")),
            ..Environment::default()
        };
        let path = keep(&session("http://profile"), &environment).unwrap();
        assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
        let found = find(&SignInArgs::default(), &environment).unwrap();
        assert_eq!(
            (found.endpoint.as_str(), found.resource_group.as_str()),
            ("http://profile", "team")
        );
    }

    #[test]
    fn a_profile_lends_its_secret_to_no_other_server() {
        let dir = tempfile::tempdir().unwrap();
        let environment =
            Environment { config_dir: Some(dir.path().to_owned()), ..Environment::default() };
        keep(&session("http://profile"), &environment).unwrap();
        let args =
            SignInArgs { endpoint: Some("http://other".to_owned()), ..SignInArgs::default() };
        let error = find(&args, &environment).err().unwrap().to_string();
        assert!(error.contains("--client-secret or BOATHOOK_CLIENT_SECRET is missing"), "{error}");
    }

    #[test]
    fn without_any_source_the_three_ways_are_named() {
        let error =
            find(&SignInArgs::default(), &Environment::default()).err().unwrap().to_string();
        for way in ["--data DIR", "BOATHOOK_ENDPOINT", "boathook login"] {
            assert!(error.contains(way), "{error}");
        }
    }
}
