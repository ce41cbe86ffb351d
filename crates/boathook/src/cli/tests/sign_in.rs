//! How the command line signs in to a registry: what it sends, to whom, and what it never prints.

use super::stub::{Asked, Stub};
use super::{Run, boathook};
use crate::cli::arm::Arm;
use crate::cli::failure::Failure;
use crate::cli::session::{self, Environment, SignInArgs};
use crate::cli::value::Value;

const LIST: [&str; 5] = ["acr", "repository", "list", "-n", "mycontainerregistry"];

/// Runs a command and returns what was asked of the registry's own API.
async fn asked(words: &[&str]) -> (Run, Vec<Asked>) {
    let stub = Stub::start().await;
    let run = boathook(words, &stub.environment(), false).await;
    let asked = stub.requests().into_iter().filter(|asked| !asked.host.is_empty());
    (run, asked.collect())
}

fn line(asked: &Asked) -> String {
    let Asked { method, path, authorization, body, .. } = asked;
    format!("{method} {path} {authorization} {body}").trim_end().to_owned()
}

#[tokio::test]
async fn the_rights_of_the_management_api_are_exchanged_for_a_token_of_one_scope() {
    let (run, asked) = asked(&LIST).await;
    assert_eq!(run.exit, 0, "{}", run.err);
    assert!(asked.iter().all(|it| it.host == "mycontainerregistry.azurecr.localhost"), "{asked:?}");
    let lines: Vec<String> = asked.iter().map(line).collect();
    assert_eq!(
        lines,
        [
            "GET /v2/",
            "GET /v2/",
            "POST /oauth2/exchange  grant_type=access_token&service=mycontainerregistry.azurecr.localhost&\
             tenant=b0a70001-0000-4000-8000-000000000002&access_token=token",
            "POST /oauth2/token  grant_type=refresh_token&service=mycontainerregistry.azurecr.localhost&\
             scope=registry%3Acatalog%3A*&refresh_token=refresh",
            "GET /v2/_catalog Bearer access",
            "GET /v2/_catalog Bearer access",
        ]
    );
}

#[tokio::test]
async fn a_username_and_a_password_get_a_token_at_once() {
    let (run, asked) = asked(&[&LIST[..], &["-u", "some one", "-p", "pa&ss"]].concat()).await;
    assert_eq!(run.exit, 0, "{}", run.err);
    let lines: Vec<String> = asked.iter().map(line).collect();
    assert_eq!(
        lines[2..4],
        [
            "POST /oauth2/token  service=mycontainerregistry.azurecr.localhost&grant_type=password&\
             username=some+one&password=pa%26ss&scope=registry%3Acatalog%3A*",
            "GET /v2/_catalog Bearer access",
        ]
    );
}

#[tokio::test]
async fn a_registry_that_wants_no_token_gets_the_password_itself() {
    let list = ["acr", "repository", "list", "-n", "basicregistry"];
    for (words, credential) in [
        (&["-u", "someone", "-p", "x"][..], "Basic c29tZW9uZTp4"),
        (&[], "Basic YmFzaWNyZWdpc3RyeTpw"),
    ] {
        let (run, asked) = asked(&[&list[..], words].concat()).await;
        assert_eq!(run.exit, 0, "{}", run.err);
        let listed = asked.last().unwrap();
        assert_eq!(
            (listed.path.as_str(), listed.authorization.as_str()),
            ("/v2/_catalog", credential)
        );
    }
}

#[tokio::test]
async fn a_registry_that_may_not_be_managed_is_entered_under_the_domain_of_the_server() {
    let list = ["acr", "repository", "list", "-n", "UnseenRegistry"];
    let (run, asked) = asked(&list).await;
    assert_eq!((run.exit, run.out.as_str()), (0, "[\n  \"hello\"\n]\n"), "{}", run.err);
    assert!(asked.iter().all(|it| it.host == "unseenregistry.azurecr.localhost"), "{asked:?}");
}

#[tokio::test]
async fn a_registry_that_is_nowhere_is_told_of_as_that() {
    let (run, asked) = asked(&["acr", "login", "-n", "nosuchregistry", "--expose-token"]).await;
    assert_eq!(asked.last().map(|it| it.host.as_str()), Some("nosuchregistry.azurecr.localhost"));
    let expected = "\
WARNING: Unable to get AAD authorization tokens with message: An error occurred: CONNECTIVITY_CHALLENGE_ERROR
Registry 'nosuchregistry.azurecr.localhost' did not issue a challenge.
WARNING: Unable to get admin user credentials with message: The resource with name 'nosuchregistry' and type \
         'Microsoft.ContainerRegistry/registries' could not be found in subscription 'Boathook \
         (b0a70001-0000-4000-8000-000000000001)'.
ERROR: Unable to authenticate using AAD or admin login credentials. Please specify both username and password in \
         non-interactive mode.
";
    assert_eq!((run.exit, run.err.as_str()), (1, expected));
}

#[tokio::test]
async fn each_command_asks_for_no_more_than_it_does() {
    let digest = format!("hello@sha256:{}", "a".repeat(64));
    for (words, scopes) in [
        ("repository show --repository hello", &["repository:hello:metadata_read"][..]),
        ("repository show-tags --repository hello", &["repository:hello:metadata_read"]),
        ("repository update --repository hello", &["repository:hello:metadata_read"]),
        (
            "repository update --repository hello --write-enabled",
            &["repository:hello:metadata_write,metadata_read"],
        ),
        ("repository untag --image hello:v2", &["repository:hello:delete"]),
        ("repository delete --repository hello -y", &["repository:hello:delete,metadata_read"]),
        ("manifest list", &["repository:hello:pull,metadata_read"]),
        ("manifest list-metadata", &["repository:hello:metadata_read"]),
        ("manifest show", &["repository:hello:pull"]),
        ("manifest delete -y", &["repository:hello:delete"]),
        ("manifest list-referrers", &["repository:hello:pull"]),
    ] {
        let mut words: Vec<&str> = words.split(' ').collect();
        words.insert(0, "acr");
        match (words[1], words[2]) {
            ("repository", _) => words.extend(["-n", "mycontainerregistry"]),
            (_, "list" | "list-metadata") => {
                words.extend(["-r", "mycontainerregistry", "-n", "hello"]);
            }
            _ => words.extend(["-r", "mycontainerregistry", "-n", &digest]),
        }
        let (run, asked) = asked(&words).await;
        assert_eq!(run.exit, 0, "{words:?}: {}", run.err);
        let forms = asked.iter().filter(|asked| asked.path == "/oauth2/token");
        let asked: Vec<String> = forms
            .flat_map(|asked| url::form_urlencoded::parse(asked.body.as_bytes()).into_owned())
            .filter_map(|(name, value)| (name == "scope").then_some(value))
            .collect();
        assert_eq!(asked, scopes, "{words:?}");
    }
}

#[tokio::test]
async fn no_secret_shows_in_a_refusal() {
    for words in [
        &["acr", "repository", "list", "-n", "deniedregistry"][..],
        &["acr", "repository", "list", "-n", "deniedregistry", "-u", "someone", "-p", "pa55word"],
        &["acr", "login", "-n", "busyregistry1"],
    ] {
        let (run, _) = asked(words).await;
        assert_eq!(run.exit, 1, "{words:?}");
        let shown = run.out + &run.err;
        assert!(!shown.contains("s3cret") && !shown.contains("pa55word"), "{shown}");
    }
}

#[tokio::test]
async fn without_docker_nobody_is_asked_and_the_other_way_is_told() {
    let stub = Stub::start().await;
    let docker_command = Some("/nonexistent/docker".to_owned());
    let environment = Environment { docker_command, ..stub.environment() };
    let run = boathook(&["acr", "login", "-n", "mycontainerregistry"], &environment, false).await;
    assert_eq!(
        (run.exit, run.err.as_str()),
        (
            1,
            "WARNING: You may want to use 'az acr login -n mycontainerregistry --expose-token' to get a refresh token, \
             which does not require Docker to be installed.\nERROR: An error occurred: DOCKER_COMMAND_ERROR\nPlease \
             verify if Docker client is installed and running.\n"
        )
    );
    assert!(stub.requests().is_empty());
}

#[tokio::test]
async fn a_token_that_has_become_too_old_is_replaced_once() {
    const PATH: &str = "/subscriptions/b0a70001-0000-4000-8000-000000000001/token-too-old";
    let stub = Stub::start().await;
    let session = session::find(&SignInArgs::default(), &stub.environment()).unwrap();
    let arm = Arm::new(session).unwrap();
    // One that is refused at once is no better when it is new.
    assert!(matches!(arm.get(PATH).await, Err(Failure::Refused(refusal)) if refusal.status == 401));
    assert_eq!(stub.requests().len(), 1);
    assert_eq!(*arm.get(PATH).await.unwrap().member("known"), Value::Bool(true));
    assert_eq!(stub.requests().len(), 1);
    assert_eq!(*arm.get(PATH).await.unwrap().member("known"), Value::Bool(true));
    assert_eq!(stub.requests().len(), 2);
}
