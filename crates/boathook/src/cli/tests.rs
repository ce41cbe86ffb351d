//! Whole commands against a small server, compared byte for byte with what `az` printed.
//!
//! The server in [`stub`] answers as the one did that the real `az` was run against; `golden/README.md` tells how
//! the transcripts were made.

mod help;
mod sign_in;
mod stub;
mod transcript;

use std::io::Cursor;

use super::output::console::Console;
use super::session::Environment;
use stub::{Asked, Stub};

/// What a command left.
struct Run {
    exit: u8,
    out: String,
    err: String,
}

async fn boathook(words: &[&str], environment: &Environment, is_coloured: bool) -> Run {
    boathook_and_type(words, "", environment, is_coloured).await
}

async fn boathook_and_type(
    words: &[&str],
    typed: &str,
    environment: &Environment,
    is_coloured: bool,
) -> Run {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let mut console = Console::of_buffers(&mut out, &mut err, is_coloured);
    if !typed.is_empty() {
        console.keyboard = Some(Box::new(Cursor::new(typed.to_owned())));
    }
    let args = std::iter::once("boathook").chain(words.iter().copied()).map(Into::into).collect();
    let exit = super::run(args, environment, &mut console).await;
    let exit = (0..=u8::MAX).find(|code| exit == (*code).into()).unwrap();
    Run { exit, out: String::from_utf8(out).unwrap(), err: String::from_utf8(err).unwrap() }
}

async fn check_transcript(text: &str, is_coloured: bool) {
    let stub = Stub::start().await;
    let cases = transcript::read(text);
    assert!(!cases.is_empty());
    let tells_requests = cases.iter().any(|case| !case.sent.is_empty());
    let mut differences = Vec::new();
    for case in cases {
        let words: Vec<&str> = case.words.iter().map(String::as_str).collect();
        let run = boathook_and_type(&words, &case.typed, &stub.environment(), is_coloured).await;
        let seen = (run.exit, run.out.replace('\x1b', "\u{241b}"), run.err);
        let expected = (case.exit, case.out, case.err);
        if seen != expected {
            differences.push(format!("{words:?}\n  {seen:?}\n  {expected:?}"));
        }
        let sent = changes(&stub.requests());
        if tells_requests && sent != case.sent {
            differences.push(format!("{words:?}\n  {sent:#?}\n  {:#?}", case.sent));
        }
    }
    assert!(differences.is_empty(), "ours, then az:\n{}", differences.join("\n"));
}

/// Picks the requests that are no reads and no sign-ins, as transcripts show them.
fn changes(sent: &[Asked]) -> Vec<String> {
    let changes =
        sent.iter().filter(|asked| asked.method != "GET" && !asked.path.starts_with("/oauth2/"));
    let lines = changes.map(|Asked { method, host, path, body, .. }| {
        let host = if host.is_empty() { String::new() } else { format!("//{host}") };
        format!("{method} {host}{path} {body}").trim_end().to_owned()
    });
    lines.collect()
}

#[tokio::test]
async fn every_command_prints_what_az_prints() {
    check_transcript(include_str!("golden/commands.txt"), false).await;
}

#[tokio::test]
async fn commands_about_registries_print_and_send_what_those_of_az_do() {
    check_transcript(include_str!("golden/registries.txt"), false).await;
}

#[tokio::test]
async fn commands_about_content_print_and_send_what_those_of_az_do() {
    check_transcript(include_str!("golden/contents.txt"), false).await;
}

#[tokio::test]
async fn commands_about_replications_tokens_and_imports_print_and_send_what_those_of_az_do() {
    check_transcript(include_str!("golden/management.txt"), false).await;
}

#[tokio::test]
async fn commands_about_the_quarantine_print_and_send_what_they_did() {
    check_transcript(include_str!("golden/quarantine.txt"), false).await;
}

#[tokio::test]
async fn commands_about_collections_print_and_send_what_they_did() {
    check_transcript(include_str!("golden/gc.txt"), false).await;
}

#[tokio::test]
async fn what_is_sent_again_is_printed_and_sent_as_it_was() {
    check_transcript(include_str!("golden/redeliver.txt"), false).await;
}

#[tokio::test]
async fn deliveries_are_printed_with_their_attempts() {
    check_transcript(include_str!("golden/deliveries.txt"), false).await;
}

#[tokio::test]
async fn what_a_scope_would_hear_is_printed_page_after_page() {
    check_transcript(include_str!("golden/test-scope.txt"), false).await;
}

#[tokio::test]
async fn a_purge_goes_on_where_something_cannot_be_deleted() {
    check_transcript(include_str!("golden/purge.txt"), false).await;
}

#[tokio::test]
async fn commands_about_charts_print_and_send_what_they_did() {
    check_transcript(include_str!("golden/helm.txt"), false).await;
}

#[tokio::test]
async fn commands_about_what_was_deleted_print_and_send_what_they_did() {
    check_transcript(include_str!("golden/deleted.txt"), false).await;
}

#[tokio::test]
async fn every_query_prints_what_az_prints() {
    check_transcript(include_str!("golden/queries.txt"), false).await;
}

#[tokio::test]
async fn colours_on_a_terminal_are_those_of_az() {
    check_transcript(include_str!("golden/colours.txt"), true).await;
}

#[tokio::test]
async fn coloured_formats_are_plain_in_a_pipe() {
    let stub = Stub::start().await;
    for (format, plain) in [("jsonc", "json"), ("yamlc", "yaml"), ("YAMLC", "YAML")] {
        let show = ["acr", "webhook", "show", "-r", "mycontainerregistry", "-n", "tagged001", "-o"];
        let coloured = boathook(&[&show[..], &[format]].concat(), &stub.environment(), false).await;
        let plain = boathook(&[&show[..], &[plain]].concat(), &stub.environment(), false).await;
        assert_eq!((coloured.exit, coloured.out), (0, plain.out), "{format}");
    }
}

#[tokio::test]
async fn create_sends_what_az_sends() {
    let stub = Stub::start().await;
    let words = [
        "acr",
        "webhook",
        "create",
        "--registry",
        "mycontainerregistry.azurecr.localhost:5000",
        "--name",
        "newhook01",
        "--uri",
        "http://x",
        "--actions",
        "PUSH",
        "Chart_push",
        "--headers",
        "a=b=c",
        "d",
        "",
        "--tags",
        "env=test",
        "flag",
        "--status",
        "DISABLED",
        "--scope",
        "",
    ];
    let run = boathook(&words, &stub.environment(), false).await;
    assert_eq!(run.exit, 0, "{}", run.err);
    assert!(
        run.err
            .contains("The following suffix '.azurecr.localhost:5000' is automatically omitted.")
    );
    let sent = stub.requests();
    let [find, get, put] = &sent[..] else { panic!("{sent:#?}") };
    let filter = "%24filter=resourceType%20eq%20%27Microsoft.ContainerRegistry/registries%27";
    assert_eq!(find.query, format!("{filter}&api-version=2025-11-01"));
    assert_eq!((get.method.as_str(), get.path.as_str()), ("GET", stub::REGISTRY));
    assert_eq!(
        (put.method.as_str(), put.path.as_str()),
        ("PUT", &*format!("{}/webhooks/newhook01", stub::REGISTRY))
    );
    assert_eq!(put.query, "api-version=2025-11-01");
    assert_eq!(put.authorization, "Bearer token");
    assert_eq!(
        serde_json::from_str::<serde_json::Value>(&put.body).unwrap(),
        serde_json::json!({
            "location": "local",
            "tags": { "env": "test", "flag": "" },
            "properties": {
                "serviceUri": "http://x", "actions": ["push", "chart_push"], "status": "disabled", "scope": "",
                "customHeaders": { "a": "b=c", "d": "" },
            },
        })
    );
}

#[tokio::test]
async fn update_sends_only_what_changes_and_reads_nothing_first() {
    let stub = Stub::start().await;
    let update = ["acr", "webhook", "update", "-n", "tagged001"];
    let update = [&update[..], &["-r", "mycontainerregistry", "-g", "boathook"]].concat();
    for (words, body) in [
        (
            &["--scope", "foo:*", "--uri", "http://y"][..],
            r#"{"properties":{"scope":"foo:*","serviceUri":"http://y"}}"#,
        ),
        (&["--headers", "", "--tags"], r#"{"properties":{"customHeaders":{}},"tags":{}}"#),
        (&["--actions", "push", "--actions", "delete"], r#"{"properties":{"actions":["delete"]}}"#),
        (
            &["--status", "Enabled", "--set", "status=disabled"],
            r#"{"properties":{"status":"disabled"}}"#,
        ),
        (
            &["--add", "actions", "push", "--add", "actions", "delete"],
            r#"{"properties":{"actions":["push","delete"]}}"#,
        ),
        (&[], "{}"),
    ] {
        let run = boathook(&[&update[..], words].concat(), &stub.environment(), false).await;
        assert_eq!(run.exit, 0, "{words:?}: {}", run.err);
        let sent = stub.requests();
        assert_eq!(sent.len(), 1, "{words:?}");
        assert_eq!((sent[0].method.as_str(), sent[0].body.as_str()), ("PATCH", body), "{words:?}");
    }
}

#[tokio::test]
async fn wrong_usage_exits_with_2_and_asks_nobody() {
    let stub = Stub::start().await;
    for words in [
        &[
            "acr",
            "webhook",
            "create",
            "-r",
            "mycontainerregistry",
            "-n",
            "hook1",
            "--actions",
            "push",
        ][..],
        &[
            "acr",
            "webhook",
            "create",
            "-r",
            "mycontainerregistry",
            "-n",
            "hook1",
            "--uri",
            "http://x",
            "--actions",
            "no",
        ],
        &["acr", "webhook", "show", "-r", "mycontainerregistry"],
        &["acr", "webhook", "show", "-r", "mycontainerregistry", "-n", "hook1", "-o", "xml"],
        &["acr", "webhook", "show", "-r", "mycontainerregistry", "-n", "hook1", "--query", "foo["],
        &["acr", "webhook", "frob"],
        &["acr", "webhook", "test-scope", "-r", "mycontainerregistry"],
        &[
            "acr",
            "webhook",
            "test-scope",
            "-r",
            "mycontainerregistry",
            "-n",
            "hook1",
            "--scope",
            "",
        ],
        // Without a version, all of them would go.
        &["acr", "helm", "delete", "hello", "-n", "mycontainerregistry", "--prov", "--yes"],
        &["sink", "--status", "abc"],
    ] {
        assert_eq!(boathook(words, &stub.environment(), false).await.exit, 2, "{words:?}");
    }
    assert!(stub.requests().is_empty());
}

#[tokio::test]
async fn flags_may_be_shortened_as_for_az() {
    let stub = Stub::start().await;
    let words = [
        "acr",
        "webhook",
        "show",
        "--regis",
        "mycontainerregistry",
        "--nam",
        "tagged001",
        "--out",
        "tsv",
    ];
    assert_eq!(boathook(&words, &stub.environment(), false).await.exit, 0);
}

#[tokio::test]
async fn a_wrong_secret_is_told_with_advice() {
    let stub = Stub::start().await;
    let environment = Environment { client_secret: Some("wrong".to_owned()), ..stub.environment() };
    let run =
        boathook(&["acr", "webhook", "list", "-r", "mycontainerregistry"], &environment, false)
            .await;
    assert_eq!((run.exit, run.out.as_str()), (1, ""));
    assert!(run.err.starts_with("ERROR: (invalid_client) AADSTS7000215: "), "{}", run.err);
    assert!(run.err.contains("boathook login"), "{}", run.err);
    assert!(!run.err.contains("wrong"), "a secret is never printed: {}", run.err);
}

#[tokio::test]
async fn an_answer_that_is_no_json_is_told() {
    let stub = Stub::start().await;
    let words = ["acr", "webhook", "show", "-r", "mycontainerregistry", "-n", "garbage01"];
    let run = boathook(&words, &stub.environment(), false).await;
    assert_eq!(run.exit, 1);
    assert!(run.err.contains("its answer is no JSON"), "{}", run.err);
    let words = ["acr", "webhook", "show", "-r", "mycontainerregistry", "-n", "gateway01"];
    let run = boathook(&words, &stub.environment(), false).await;
    assert_eq!(
        (run.exit, run.err.as_str()),
        (1, "ERROR: Operation returned an invalid status 'Bad Gateway'\n")
    );
}

#[tokio::test]
async fn a_link_to_another_server_does_not_get_the_secret() {
    let (stub, other) = (Stub::start().await, Stub::start().await);
    stub.link_pages_to(&other.endpoint());
    let run = boathook(
        &["acr", "webhook", "list", "-r", "mycontainerregistry"],
        &stub.environment(),
        false,
    )
    .await;
    assert_eq!(run.exit, 0, "{}", run.err);
    assert!(other.requests().is_empty());
    assert_eq!(stub.requests().len(), 4, "where the registry is, the registry and two pages");
}

#[tokio::test]
async fn a_registry_that_is_in_no_group_is_not_there() {
    let stub = Stub::start().await;
    let unreadable = ["--subscription", "b0a70001-0000-4000-8000-00000000000f"];
    for (flags, searched) in [
        (&[][..], "subscription 'Boathook (b0a70001-0000-4000-8000-000000000001)'"),
        (&unreadable[..], "the current subscription"),
    ] {
        let words = [&["acr", "webhook", "list", "-r", "nosuchregistry"][..], flags].concat();
        let run = boathook(&words, &stub.environment(), false).await;
        let expected = format!(
            "ERROR: The resource with name 'nosuchregistry' and type 'Microsoft.ContainerRegistry/registries' could \
             not be found in {searched}.\n"
        );
        assert_eq!((run.exit, run.err), (1, expected));
        assert_eq!(stub.requests().len(), 2, "all registries, and the subscription");
    }
}

#[tokio::test]
async fn nobody_at_the_address_is_told_with_the_address() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let environment = Environment {
        endpoint: Some(endpoint.clone()),
        client_id: Some("id".to_owned()),
        client_secret: Some("secret".to_owned()),
        ..Environment::default()
    };
    let run =
        boathook(&["acr", "webhook", "list", "-r", "mycontainerregistry"], &environment, false)
            .await;
    assert_eq!(run.exit, 1);
    assert!(run.err.contains(&format!("could not reach {endpoint}: ")), "{}", run.err);
}

#[tokio::test]
async fn login_keeps_what_it_checked_and_later_commands_use_it() {
    let stub = Stub::start().await;
    let dir = tempfile::tempdir().unwrap();
    let environment =
        Environment { config_dir: Some(dir.path().to_owned()), ..Environment::default() };
    let endpoint = stub.endpoint();
    let login = [
        "login",
        "--endpoint",
        &endpoint,
        "--client-id",
        "id",
        "-r",
        "mycontainerregistry",
        "--client-secret",
    ];

    let refused = boathook(&[&login[..], &["wrong"]].concat(), &environment, false).await;
    assert_eq!(refused.exit, 1);
    assert!(!dir.path().join("profile.json").exists());

    let kept = boathook(&[&login[..], &["s3cret"]].concat(), &environment, false).await;
    assert_eq!(kept.exit, 0, "{}", kept.err);
    assert!(!kept.err.contains("s3cret") && kept.out.is_empty());
    let ping =
        ["acr", "webhook", "ping", "-r", "mycontainerregistry", "-n", "tagged001", "-o", "tsv"];
    let run = boathook(&ping, &environment, false).await;
    assert_eq!((run.exit, run.out.as_str()), (0, "826b111c-23c8-4058-b0e4-6760ad44e217\n"));
}
