//! `serve`: its start, its end, and why it would not start.

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;

use serde_json::Value as Json;

use crate::process::{PATIENCE, Serving, complaint, free_port, run};

fn credentials(data: &Path) -> Json {
    serde_json::from_slice(&fs::read(data.join("credentials.json")).unwrap()).unwrap()
}

/// Starts a server that cannot start, and returns the exit code and the complaint.
fn refused(data: &Path, more: &[&str]) -> (Option<i32>, String) {
    let data = data.to_str().unwrap();
    let output = run(&[&["serve", "--listen", "127.0.0.1:0", "--data", data], more].concat());
    assert!(output.stdout.is_empty());
    complaint(&output)
}

#[track_caller]
fn check_refused((code, said): (Option<i32>, String), expected: i32, words: &[&str]) {
    assert_eq!(code, Some(expected), "{said}");
    for words in words {
        assert!(said.contains(words), "`{words}` is not in: {said}");
    }
}

#[test]
fn a_server_says_that_it_is_ready_is_private_and_stops_when_told() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let server = Serving::start(&data, &[]);
    assert!(server.get("/v2/").starts_with("HTTP/1.1 401 "));
    assert!(server.get("/readyz").starts_with("HTTP/1.1 200 "));
    server.stop();

    let server = Serving::start(&data, &[]);
    server.signal("INT");
    assert_eq!(server.end(), (Some(0), String::new()));
}

#[test]
fn anyone_may_look_at_a_server_for_development() {
    let folder = tempfile::tempdir().unwrap();
    let server = Serving::start(folder.path(), &["--dev"]);
    assert!(server.get("/v2/").starts_with("HTTP/1.1 200 "));
    server.stop();
}

#[test]
fn the_first_start_says_how_to_sign_in_and_the_next_keeps_the_secrets() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = Serving::start(folder.path(), &["--registry", "MyRegistry"]);
    server.read_log_until("docker login localhost:");
    let first = credentials(folder.path());
    let address = server.address.clone();
    assert_eq!(first["endpoint"], format!("http://{address}"));
    assert_eq!(first["loginServer"], address.replace("127.0.0.1", "localhost"));
    assert_eq!(first["registry"], "myregistry");
    assert_eq!(first["caCertificate"], Json::Null);
    // The port stays taken while the next server starts, so that it gets another.
    server.stop();
    let _taken = TcpListener::bind(&address).unwrap();

    let server = Serving::start(folder.path(), &["--registry", "MyRegistry"]);
    let mut second = credentials(folder.path());
    assert_eq!(second["endpoint"], format!("http://{}", server.address));
    assert_ne!(second["endpoint"], first["endpoint"]);
    for member in ["endpoint", "loginServer"] {
        second[member] = first[member].clone();
    }
    assert_eq!(second, first);
    server.stop();
}

#[test]
fn the_memory_that_the_first_start_takes_for_hashing_is_given_back() {
    let folder = tempfile::tempdir().unwrap();
    let server = Serving::start(folder.path(), &[]);
    let kept = server.memory_kib("RssAnon");
    assert!(kept < 16 * 1024, "{kept} KiB");
    assert!(19 * 1024 < server.memory_kib("VmHWM"));
    server.stop();
}

#[test]
fn a_server_whose_credentials_were_taken_away_serves_on_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    Serving::start(folder.path(), &[]).stop();
    fs::remove_file(folder.path().join("credentials.json")).unwrap();
    let mut server = Serving::start(folder.path(), &[]);
    server.read_log_until("there is no `");
    assert!(server.get("/v2/").starts_with("HTTP/1.1 401 "));
    assert!(!folder.path().join("credentials.json").exists());
    server.stop();
}

#[test]
fn a_port_that_is_taken_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let data = folder.path().join("data");
    let output = run(&["serve", "--listen", &address, "--data", data.to_str().unwrap()]);
    check_refused(complaint(&output), 1, &[&format!("{address} is in use"), "--listen"]);
    assert!(!data.exists(), "nothing was made");
}

#[test]
fn a_port_for_metrics_that_is_taken_is_named_with_its_setting() {
    let folder = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let file = folder.path().join("node.toml");
    fs::write(&file, format!("[server]\nmetrics_listen = \"{address}\"\n")).unwrap();
    let data = folder.path().join("data");
    let refused = refused(&data, &["--config", file.to_str().unwrap()]);
    check_refused(refused, 1, &[&format!("{address} is in use"), "`server.metrics_listen`"]);
    assert!(!data.exists(), "nothing was made");
}

/// Makes a webhook that points to `address`, and returns the answer.
fn point_to(server: &Serving, credentials: &Json, address: &str) -> String {
    let token = management_token(server, credentials);
    let subscription = credentials["subscriptionId"].as_str().unwrap();
    let body = format!(
        r#"{{"location":"local","properties":{{"serviceUri":"http://{address}/","actions":["push"]}}}}"#
    );
    let head = format!(
        "PUT /subscriptions/{subscription}/resourceGroups/boathook/providers/Microsoft.ContainerRegistry/registries/\
         boathook/webhooks/hook01?api-version=2025-11-01 HTTP/1.1\r\nAuthorization: Bearer {token}"
    );
    send(server, &head, &body)
}

/// Signs in at the authority as the management identity.
fn management_token(server: &Serving, credentials: &Json) -> String {
    let head =
        "POST /adfs/oauth2/token HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded";
    let text = |member: &str| credentials[member].as_str().unwrap();
    let body = format!(
        "grant_type=client_credentials&client_id={}&client_secret={}&scope=http://localhost/.default",
        text("clientId"),
        text("clientSecret")
    );
    let answer = send(server, head, &body);
    let (_, json) = answer.split_once("\r\n\r\n").unwrap();
    let json: Json = serde_json::from_str(json).unwrap();
    json["access_token"].as_str().unwrap().to_owned()
}

/// Sends a request that has this head, and returns the whole answer.
fn send(server: &Serving, head: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(&server.address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let length = body.len();
    let request = format!(
        "{head}\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn no_webhook_points_to_a_listener_of_the_server() {
    let folder = tempfile::tempdir().unwrap();
    let metrics = format!("127.0.0.1:{}", free_port());
    let file = folder.path().join("node.toml");
    fs::write(&file, format!("[server]\nmetrics_listen = \"{metrics}\"\n")).unwrap();
    let server = Serving::start(folder.path(), &["--dev", "--config", file.to_str().unwrap()]);
    let credentials = credentials(folder.path());
    for address in [&server.address, &metrics] {
        let answer = point_to(&server, &credentials, address);
        assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
        assert!(answer.contains("boathook itself"), "{answer}");
    }
    let answer = point_to(&server, &credentials, "127.0.0.1:9");
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    server.stop();
}

#[test]
fn a_server_for_development_does_not_listen_to_the_world() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    let output = run(&["serve", "--dev", "--listen", "0.0.0.0:0", "--data", data]);
    check_refused(complaint(&output), 2, &["loopback only", "0.0.0.0:0"]);
}

#[test]
fn a_configuration_with_a_key_that_nobody_knows_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("node.toml");
    fs::write(&file, "[server]\nlisen = \"127.0.0.1:5000\"\n").unwrap();
    let refused = refused(folder.path(), &["--config", file.to_str().unwrap()]);
    check_refused(refused, 2, &["`lisen`", "node.toml"]);
}

#[test]
fn a_database_that_is_newer_than_the_program_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    Serving::start(folder.path(), &[]).stop();
    let database = rusqlite::Connection::open(folder.path().join("boathook.db")).unwrap();
    database.execute("INSERT INTO schema_migration VALUES (9999, 'later', 0)", ()).unwrap();
    drop(database);
    check_refused(refused(folder.path(), &[]), 1, &["version 9999", "newer boathook"]);
}

#[test]
fn a_database_is_not_served_with_another_key_than_its_secrets_have() {
    let folder = tempfile::tempdir().unwrap();
    Serving::start(folder.path(), &[]).stop();
    let key = folder.path().join("keys/seal.key");
    let right = fs::read(&key).unwrap();
    fs::remove_file(&key).unwrap();
    check_refused(refused(folder.path(), &[]), 1, &["seal.key", "put the right one there"]);
    fs::write(&key, right).unwrap();
    Serving::start(folder.path(), &[]).stop();
}

#[test]
fn a_database_is_not_served_with_other_blobs_than_its_own() {
    let [one, other] = [(); 2].map(|()| tempfile::tempdir().unwrap());
    for folder in [&one, &other] {
        Serving::start(folder.path(), &[]).stop();
    }
    let id = |blobs: &Path| fs::read_to_string(blobs.join("boathook-store-id")).unwrap();
    let (mine, theirs) = (one.path().join("blobs"), other.path().join("blobs"));
    let (known, found) = (id(&mine), id(&theirs));
    let refused_with = |blobs: &Path| refused(one.path(), &["--blobs", blobs.to_str().unwrap()]);
    let path = theirs.join("boathook-store-id");
    let path = path.to_str().unwrap();
    check_refused(refused_with(&theirs), 1, &[path, known.trim_end(), found.trim_end()]);

    // As where a disk was not mounted.
    let empty = one.path().join("empty");
    check_refused(refused_with(&empty), 1, &["empty/boathook-store-id", known.trim_end()]);
    fs::write(empty.join("boathook-store-id"), known).unwrap();
    Serving::start(one.path(), &["--blobs", empty.to_str().unwrap()]).stop();
}

#[test]
fn a_new_database_takes_on_the_blobs_that_outlived_another() {
    let folder = tempfile::tempdir().unwrap();
    Serving::start(folder.path(), &[]).stop();
    let id = || fs::read_to_string(folder.path().join("blobs/boathook-store-id")).unwrap();
    let first = id();
    fs::remove_file(folder.path().join("boathook.db")).unwrap();
    Serving::start(folder.path(), &[]).stop();
    assert_eq!(id(), first);
}

#[test]
fn an_old_database_takes_on_the_blobs_that_it_is_started_with() {
    let folder = tempfile::tempdir().unwrap();
    Serving::start(folder.path(), &[]).stop();
    // As they were before folders had an id.
    let database = rusqlite::Connection::open(folder.path().join("boathook.db")).unwrap();
    database.execute("DELETE FROM blob_store", ()).unwrap();
    drop(database);
    let file = folder.path().join("blobs/boathook-store-id");
    fs::remove_file(&file).unwrap();
    Serving::start(folder.path(), &[]).stop();
    fs::remove_file(&file).unwrap();
    check_refused(refused(folder.path(), &[]), 1, &["there is no `"]);
}

#[test]
fn a_database_that_another_server_uses_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let server = Serving::start(folder.path(), &[]);
    check_refused(refused(folder.path(), &[]), 1, &["in use by another boathook"]);
    server.stop();
}

#[test]
fn a_database_that_cannot_be_reached_is_said() {
    let folder = tempfile::tempdir().unwrap();
    // A port that was free a moment ago, and that nobody listens on.
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let url = format!("postgres://me:s3cret@{address}/boathook");
    let (code, said) = refused(folder.path(), &["--database", &url]);
    assert!(!said.contains("s3cret"), "{said}");
    check_refused((code, said), 1, &["the database cannot be reached"]);
}

#[test]
fn a_data_folder_that_cannot_be_made_is_named() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let data = file.path().join("data");
    check_refused(refused(&data, &[]), 1, &[data.to_str().unwrap()]);
}

#[test]
fn told_to_stop_twice_a_server_waits_for_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = Serving::start(folder.path(), &["--dev"]);
    let mut upload = TcpStream::connect(&server.address).unwrap();
    upload.set_read_timeout(Some(PATIENCE)).unwrap();
    let head = "POST /v2/hello/blobs/uploads/?digest=sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 \
                HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\nExpect: 100-continue\r\n\r\n";
    upload.write_all(head.as_bytes()).unwrap();
    // It has begun to wait for the body.
    let mut interim = [0; 12];
    upload.read_exact(&mut interim).unwrap();
    assert_eq!(&interim, b"HTTP/1.1 100");
    server.signal("TERM");
    server.read_log_until("stopping");
    server.signal("TERM");
    assert_eq!(server.end(), (Some(1), String::new()));
}

#[test]
fn a_default_registry_that_is_deleted_stays_away_and_a_new_one_has_passwords_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    let acr = |words: &[&str]| {
        let output = run(&[&["acr"], words, &["-o", "json", "--data", data]].concat());
        assert!(output.status.success(), "{words:?}: {}", complaint(&output).1);
        serde_json::from_slice::<Json>(&output.stdout).unwrap_or_default()
    };
    let server = Serving::start(folder.path(), &[]);
    let old = credentials(folder.path())["passwords"].clone();
    acr(&["delete", "-n", "boathook", "--yes"]);
    server.stop();

    let server = Serving::start(folder.path(), &[]);
    assert!(server.get("/v2/").starts_with("HTTP/1.1 404 "));
    assert_eq!(acr(&["list"]), serde_json::json!([]));
    acr(&["create", "-n", "boathook", "-g", "boathook", "--sku", "Basic", "-l", "local"]);
    server.stop();

    let server = Serving::start(folder.path(), &[]);
    acr(&["update", "-n", "boathook", "--admin-enabled", "true"]);
    let shown = acr(&["credential", "show", "-n", "boathook"]);
    let new = shown["passwords"].as_array().unwrap().iter();
    let new: Vec<_> = new.map(|password| &password["value"]).collect();
    assert_eq!(new.len(), 2);
    assert!(new.iter().all(|new| !old.as_array().unwrap().contains(new)), "{shown}");
    server.stop();
}
