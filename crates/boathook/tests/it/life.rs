//! What a server answers while it starts and while it stops, and what becomes of those who take too long.

use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Stdio;

use crate::process::{PATIENCE, Serving, boathook, complaint, free_port};

/// More than the buffers of a connection hold.
const BLOB_BYTES: usize = 48 * 1024 * 1024;

/// Sends a request without a body on a connection of its own.
fn ask(address: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[track_caller]
fn check(address: &str, path: &str, status: &str, words: &str) {
    let answer = ask(address, path);
    assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{path}: {answer}");
    assert!(answer.contains(words), "{path}: {answer}");
}

/// Begins an upload of a blob that never ends, and waits until the server has begun to read it.
fn begin(server: &Serving) -> TcpStream {
    let mut upload = TcpStream::connect(&server.address).unwrap();
    upload.set_read_timeout(Some(PATIENCE)).unwrap();
    let head = "POST /v2/hello/blobs/uploads/?digest=sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 \
                HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\nExpect: 100-continue\r\n\r\n";
    upload.write_all(head.as_bytes()).unwrap();
    let mut interim = [0; 12];
    upload.read_exact(&mut interim).unwrap();
    assert_eq!(&interim, b"HTTP/1.1 100");
    upload
}

#[test]
fn a_server_whose_database_keeps_it_waiting_says_that_it_starts() {
    let folder = tempfile::tempdir().unwrap();
    // It takes connections, and says nothing.
    let database = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("postgres://me@{}/boathook", database.local_addr().unwrap());
    let address = format!("127.0.0.1:{}", free_port());
    let metrics = format!("127.0.0.1:{}", free_port());
    let mut command = boathook();
    command.args(["serve", "--listen", &address, "--database", &url, "--data"]).arg(folder.path());
    command.env("BOATHOOK__SERVER__METRICS_LISTEN", &metrics);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let (asked, _) = database.accept().unwrap();
    check(&address, "/healthz", "200", "ok");
    check(&address, "/readyz", "503", "starting");
    check(&metrics, "/readyz", "503", "starting");
    check(&metrics, "/metrics", "503", "retry-after: 1");
    check(&address, "/v2/", "503", "\"UNKNOWN\"");
    check(&address, "/v2/", "503", "retry-after: 1");
    check(&address, "/portal/registries", "503", "refresh: 1");
    drop((asked, database));
    let (code, said) = complaint(&child.wait_with_output().unwrap());
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("the database cannot be reached"), "{said}");
}

#[test]
fn a_server_that_stops_says_so_until_the_last_request_is_done() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = Serving::start(folder.path(), &["--dev"]);
    let mut upload = begin(&server);
    server.signal("TERM");
    server.read_log_until("stopping");
    check(&server.address, "/healthz", "200", "ok");
    check(&server.address, "/readyz", "503", "draining");
    upload.write_all(b"0123456789").unwrap();
    let mut answer = String::new();
    upload.read_to_string(&mut answer).unwrap();
    assert!(answer.contains("HTTP/1.1 400 "), "{answer}");
    assert_eq!(server.end(), (Some(0), String::new()));
}

#[test]
fn a_server_with_a_grace_serves_on_for_that_long_and_says_that_it_is_not_ready() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("node.toml");
    std::fs::write(&file, "[server]\ndrain_grace = \"1h\"\n").unwrap();
    let mut server = Serving::start(folder.path(), &["--dev", "--config", file.to_str().unwrap()]);
    server.signal("TERM");
    server.read_log_until("stopping");
    check(&server.address, "/readyz", "503", "draining");
    check(&server.address, "/v2/", "200", "connection: close");
    server.signal("TERM");
    assert_eq!(server.end(), (Some(1), String::new()));
}

#[test]
fn metrics_with_a_listener_of_their_own_are_nowhere_else_and_live_as_long() {
    let folder = tempfile::tempdir().unwrap();
    let metrics = format!("127.0.0.1:{}", free_port());
    let file = folder.path().join("node.toml");
    std::fs::write(&file, format!("[server]\nmetrics_listen = \"{metrics}\"\n")).unwrap();
    let mut server = Serving::start(folder.path(), &["--dev", "--config", file.to_str().unwrap()]);
    check(&server.address, "/metrics", "404", "UNSUPPORTED");
    check(&server.address, "/%6Detrics", "404", "UNSUPPORTED");
    check(&metrics, "/metrics", "200", "boathook_build_info");
    check(&metrics, "/%6Detrics", "200", "boathook_build_info");
    for address in [&server.address, &metrics] {
        check(address, "/healthz", "200", "ok");
        check(address, "/readyz", "200", "ready");
    }
    for path in ["/v2/", "/oauth2/token?service=h", "/subscriptions/x", "/"] {
        check(&metrics, path, "404", "UNSUPPORTED");
    }
    let mut upload = begin(&server);
    server.signal("TERM");
    server.read_log_until("stopping");
    for address in [&server.address, &metrics] {
        check(address, "/healthz", "200", "ok");
        check(address, "/readyz", "503", "draining");
    }
    upload.write_all(b"0123456789").unwrap();
    let mut answer = String::new();
    upload.read_to_string(&mut answer).unwrap();
    assert!(answer.contains("HTTP/1.1 400 "), "{answer}");
    assert_eq!(server.end(), (Some(0), String::new()));
}

#[test]
fn a_connection_that_asks_for_nothing_keeps_no_server_from_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("node.toml");
    std::fs::write(&file, "[server]\ndrain_timeout = \"1h\"\n").unwrap();
    let server = Serving::start(folder.path(), &["--config", file.to_str().unwrap()]);
    let _idle = TcpStream::connect(&server.address).unwrap();
    server.stop();
}

#[test]
fn a_pull_that_takes_too_long_is_cut_off_and_the_database_closed() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("node.toml");
    std::fs::write(&file, "[server]\ndrain_timeout = \"100ms\"\n").unwrap();
    let mut server = Serving::start(folder.path(), &["--dev", "--config", file.to_str().unwrap()]);
    let digest = push(&server, &vec![b'x'; BLOB_BYTES]);
    let mut pull = TcpStream::connect(&server.address).unwrap();
    pull.set_read_timeout(Some(PATIENCE)).unwrap();
    let request = format!("GET /v2/app/blobs/{digest} HTTP/1.1\r\nHost: h\r\n\r\n");
    pull.write_all(request.as_bytes()).unwrap();
    pull.read_exact(&mut [0; 12]).unwrap();
    server.signal("TERM");
    server.read_log_until("cut off what was still under way");
    server.read_log_until("stopped");
    assert_eq!(server.end(), (Some(0), String::new()));
    // Who closes the database in order takes its log back into it.
    let log = folder.path().join("boathook.db-wal");
    assert!(!log.exists(), "the database was not closed");
}

#[test]
fn a_client_that_leaves_is_in_the_log() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = Serving::start(folder.path(), &["--dev"]);
    let digest = push(&server, &vec![b'x'; BLOB_BYTES]);
    let mut pull = TcpStream::connect(&server.address).unwrap();
    pull.set_read_timeout(Some(PATIENCE)).unwrap();
    let path = format!("/v2/app/blobs/{digest}");
    pull.write_all(format!("GET {path} HTTP/1.1\r\nHost: h\r\n\r\n").as_bytes()).unwrap();
    pull.read_exact(&mut [0; 12]).unwrap();
    drop(pull);
    server.read_log_until(&format!("answered GET {path} with 200, but nobody took all of it"));
    assert!(server.get(&path).len() > BLOB_BYTES);
    server.read_log_until(&format!("answered GET {path} with 200"));
    server.stop();
}

/// Pushes a blob in one request, and returns its digest.
fn push(server: &Serving, blob: &[u8]) -> String {
    let digest = boathook_core::digest::Algorithm::Sha256.digest(blob);
    let mut head = String::new();
    write!(head, "POST /v2/app/blobs/uploads/?digest={digest} HTTP/1.1\r\nHost: h\r\n").unwrap();
    write!(head, "Connection: close\r\nContent-Length: {}\r\n\r\n", blob.len()).unwrap();
    let mut stream = TcpStream::connect(&server.address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(blob).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 201 "), "{answer}");
    digest.to_string()
}
