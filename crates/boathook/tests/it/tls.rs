//! `serve --tls` and `azure-env`, as clients that only know a proxy and an authority find them.

use std::fs;
use std::path::Path;
use std::process::Command;

use reqwest::{Certificate, Client, Proxy, StatusCode};
use serde_json::Value as Json;

use crate::process::{PATIENCE, Serving, boathook, complaint, run};

/// What a server is started with that answers HTTPS.
pub(crate) const TLS: [&str; 3] = ["--tls", "--tls-listen", "127.0.0.1:0"];

/// What a server wrote down for whoever signs in.
pub(crate) fn credentials(data: &Path) -> Json {
    serde_json::from_slice(&fs::read(data.join("credentials.json")).unwrap()).unwrap()
}

/// A client that trusts an authority and nobody else, and has a proxy.
pub(crate) fn client(authority: &Path, proxy: &str) -> Client {
    let authority = Certificate::from_pem(&fs::read(authority).unwrap()).unwrap();
    Client::builder()
        .tls_certs_only([authority])
        .proxy(Proxy::https(proxy).unwrap())
        .timeout(PATIENCE)
        .build()
        .unwrap()
}

/// Prints what `azure-env` says for a server.
fn azure_env(data: &Path) -> String {
    let output = run(&["azure-env", "--data", data.to_str().unwrap()]);
    assert_eq!(complaint(&output), (Some(0), String::new()));
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test]
async fn whoever_has_the_server_as_a_proxy_and_trusts_its_authority_needs_no_dns() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = Serving::start(folder.path(), &TLS);
    let authority = folder.path().join("tls/ca.pem");
    server.read_log_until(authority.to_str().unwrap());
    let credentials = credentials(folder.path());
    assert_eq!(credentials["caCertificate"], authority.to_str().unwrap());
    assert_eq!(credentials["domain"], "azurecr.localhost");
    assert_eq!(credentials["endpoint"], format!("http://{}", server.address));

    let client = client(&authority, credentials["endpoint"].as_str().unwrap());
    for host in ["boathook.azurecr.localhost", "boathook.local.geo.azurecr.localhost", "localhost"]
    {
        let answer = client.get(format!("https://{host}/v2/")).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
        let challenge = answer.headers()["www-authenticate"].to_str().unwrap();
        let realm = format!("Bearer realm=\"https://{host}/oauth2/token\",service=\"{host}\"");
        assert!(challenge.starts_with(&realm), "{challenge}");
    }
    assert!(client.get("https://example.com/").send().await.is_err());
    let direct = credentials["tlsEndpoint"].as_str().unwrap();
    let port = direct.strip_prefix("https://localhost:").unwrap();
    let direct = reqwest::Client::builder()
        .tls_certs_only([Certificate::from_pem(&fs::read(&authority).unwrap()).unwrap()])
        .no_proxy()
        .build()
        .unwrap();
    let url = format!("https://127.0.0.1:{port}/readyz");
    assert_eq!(direct.get(url).send().await.unwrap().text().await.unwrap(), "ready");
    drop((client, direct));
    server.stop();
}

#[tokio::test]
async fn who_trusted_a_server_trusts_it_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    Serving::start(folder.path(), &TLS).stop();
    let copy = folder.path().join("copy.pem");
    fs::copy(folder.path().join("tls/ca.pem"), &copy).unwrap();
    let server = Serving::start(folder.path(), &TLS);
    let client = client(&copy, &format!("http://{}", server.address));
    let answer = client.get("https://boathook.azurecr.localhost/healthz").send().await.unwrap();
    assert_eq!(answer.text().await.unwrap(), "ok");
    drop(client);
    server.stop();

    // Without HTTPS, nobody is told of it.
    let server = Serving::start(folder.path(), &[]);
    let credentials = credentials(folder.path());
    assert_eq!(
        (&credentials["caCertificate"], &credentials["tlsEndpoint"]),
        (&Json::Null, &Json::Null)
    );
    server.stop();
}

#[tokio::test]
async fn a_certificate_from_files_is_shown_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    // What a first server has made is somebody else's to a second one, and good for no name.
    Serving::start(folder.path(), &TLS).stop();
    let file = |name: &str| folder.path().join("tls").join(name).display().to_string();
    let own = folder.path().join("own");
    let start = |certificate: &str, key: &str| {
        let config = folder.path().join("node.toml");
        let text = format!("[server]\ntls_certificate = '{certificate}'\ntls_key = '{key}'\n");
        fs::write(&config, text).unwrap();
        Serving::try_start(&own, &[&TLS[..], &["--config", config.to_str().unwrap()]].concat())
    };
    let server = start(&file("ca.pem"), &file("ca.key")).ok().unwrap();
    let credentials = credentials(&own);
    assert_eq!(credentials["caCertificate"], Json::Null);
    assert!(!own.join("tls").exists(), "no authority was made");
    let url = credentials["tlsEndpoint"].as_str().unwrap();
    let trusting = Client::builder().tls_danger_accept_invalid_certs(true).no_proxy();
    let answer = trusting.build().unwrap().get(format!("{url}/readyz")).send().await.unwrap();
    assert_eq!(answer.text().await.unwrap(), "ready");
    server.stop();

    let said = start(&file("ca.pem"), &file("ca.pem")).err().unwrap();
    assert!(said.contains("HTTPS has no certificate") && said.contains("no private key"), "{said}");
}

#[test]
fn an_authority_that_is_not_of_this_server_is_refused_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    Serving::start(folder.path(), &TLS).stop();
    let other = [&TLS[..], &["--domain", "registry.example"]].concat();
    let said = Serving::try_start(folder.path(), &other).err().unwrap();
    for words in ["`boathook.registry.example`", "move that folder away", "Some(1)"] {
        assert!(said.contains(words), "{said}");
    }
    fs::remove_dir_all(folder.path().join("tls")).unwrap();
    Serving::start(folder.path(), &other).stop();
}

#[test]
fn a_shell_takes_what_azure_env_prints() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("it's here");
    let server = Serving::start(&data, &TLS);
    let script = azure_env(&data);
    assert!(script.contains(
        "\n#   az cloud register -n boathook --endpoint-resource-manager https://management.azurecr.localhost\n"
    ));
    let secret = credentials(&data)["clientSecret"].as_str().unwrap().to_owned();
    assert!(!script.contains(&secret));
    let login = script.lines().find_map(|line| line.strip_prefix("#   az login ")).unwrap();
    let check = format!(
        "set -eu\n{script}\naz() {{ for word; do :; done; printf '%s\\n' \"$word\"; }}\naz {login}\n\
         printf '%s\\n' \"$HTTPS_PROXY\" \"$https_proxy\" \"$NO_PROXY\" \"$SSL_CERT_FILE\" \"$AZURE_CONFIG_DIR\""
    );
    let output = Command::new("sh").args(["-c", &check]).output().unwrap();
    let here = data.display();
    let expected = format!(
        "{secret}\nhttp://{address}\nhttp://{address}\n127.0.0.1,::1\n{here}/tls/ca.pem\n{here}/azure\n",
        address = server.address
    );
    assert_eq!(String::from_utf8(output.stdout).unwrap(), expected);
    server.stop();
}

#[test]
fn azure_env_says_what_it_needs() {
    let folder = tempfile::tempdir().unwrap();
    Serving::start(folder.path(), &[]).stop();
    let output = run(&["azure-env", "--data", folder.path().to_str().unwrap()]);
    let (code, said) = complaint(&output);
    assert!(code == Some(1) && said.contains("boathook serve --tls"), "{said}");
    let mut elsewhere = boathook();
    elsewhere.arg("azure-env").env("BOATHOOK_ENDPOINT", "http://elsewhere");
    elsewhere.env("BOATHOOK_CLIENT_ID", "id").env("BOATHOOK_CLIENT_SECRET", "s3cret");
    let (code, said) = complaint(&elsewhere.output().unwrap());
    assert!(code == Some(1) && said.contains("--data DIR"), "{said}");
}

#[test]
fn a_port_of_https_that_is_taken_is_named_with_its_flag() {
    let folder = tempfile::tempdir().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let said =
        Serving::try_start(folder.path(), &["--tls", "--tls-listen", &address]).err().unwrap();
    assert!(
        said.contains(&format!("{address} is in use")) && said.contains("--tls-listen"),
        "{said}"
    );
}
