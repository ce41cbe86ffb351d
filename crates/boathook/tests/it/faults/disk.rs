//! The disk is full in the middle of an upload.
//!
//! A file system of one's own takes rights that a test may not have, so a limit on the size of a file stands in for the
//! end of the disk: it meets the one large file, and leaves room for small ones, as a disk that is nearly full does.

use std::process::Command;

use reqwest::header::{CONTENT_RANGE, LOCATION, RANGE};
use reqwest::{Method, StatusCode};
use serde_json::Value as Json;

use super::client::{Client, digest};
use super::dice::Dice;
use super::server::{Berth, Life};
use super::sink::Sink;
use super::truth::{check_content, check_told};
use crate::process::{boathook, complaint};

/// How large a file may become.
const FILE_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Pieces of which the second does not fit any more.
const PIECE_BYTES: usize = 3 * 1024 * 1024;

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_fills_the_disk_is_told_so_and_goes_on_when_there_is_room() {
    let mut dice = Dice::seeded();
    let sink = Sink::start().await;
    let mut berth = Berth::new(None);
    // Without the trap the kernel would end the program; a full disk does not.
    let limited = format!("trap '' XFSZ; exec prlimit --fsize={FILE_BYTES_MAX}: \"$@\"");
    berth.prefix = ["sh", "-c", &limited, "sh"].map(str::to_owned).to_vec();
    let server = berth.start();
    let credentials = berth.credentials();
    server.hook(&credentials, "push", &sink.endpoint).await;
    let bytes = dice.bytes(2 * PIECE_BYTES);
    let mut client = Client::sign_in(&server, &credentials, "client/0", dice).await;

    let begun = client.begin_upload().await;
    let first = client.resume(Method::PATCH, &begun).body(bytes[..PIECE_BYTES].to_vec());
    let first = first.send().await.unwrap();
    assert_eq!(first.status(), StatusCode::ACCEPTED);
    let upload = first.headers()[LOCATION].to_str().unwrap().to_owned();
    let second = client.resume(Method::PATCH, &upload).body(bytes[PIECE_BYTES..].to_vec());
    check_full(second.send().await.unwrap()).await;

    // It stands where the disk ended, and there it cannot go on.
    let reached = offset(&client, &upload).await;
    assert_eq!(reached, FILE_BYTES_MAX);
    let rest = |client: &Client| {
        let range = format!("{reached}-{}", bytes.len() - 1);
        let patch = client.resume(Method::PATCH, &upload).header(CONTENT_RANGE, range);
        patch.body(bytes[reached..].to_vec())
    };
    check_full(rest(&client).send().await.unwrap()).await;
    assert_eq!(offset(&client, &upload).await, reached);
    let whole = client.request(Method::POST, &format!("blobs/uploads/?digest={}", digest(&bytes)));
    check_full(whole.body(bytes.clone()).send().await.unwrap()).await;
    assert!(client.push().await, "others are served");

    make_room(&server);
    let done = rest(&client).send().await.unwrap();
    assert_eq!(done.status(), StatusCode::ACCEPTED);
    let mut put = reqwest::Url::parse(&server.endpoint).unwrap().join(&upload).unwrap();
    put.query_pairs_mut().append_pair("digest", &digest(&bytes));
    let put = client.resume(Method::PUT, put.as_str()).send().await.unwrap();
    assert_eq!(put.status(), StatusCode::CREATED);
    let pulled = client.pull(&format!("blobs/{}", digest(&bytes))).await;
    assert!(pulled.as_ref() == Some(&bytes), "it is whole");
    let told = check_content(&[client]).await;
    check_told(&sink, &told).await;
    server.terminate();
    assert_eq!(server.end(), Some(0));
}

/// Where there is room for keys and not for a database, the server says so and ends.
#[test]
fn a_server_that_finds_the_disk_full_says_so_and_fails() {
    let data = tempfile::tempdir().unwrap();
    let program = boathook();
    let mut limited = Command::new("sh");
    let limit = "trap '' XFSZ; exec prlimit --fsize=16384: \"$@\"";
    limited.args(["-c", limit, "sh"]).arg(program.get_program());
    limited.args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(data.path());
    let (code, said) = complaint(&limited.output().unwrap());
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("the disk is full"), "{said}");
}

/// Says that the disk is full, in the words of the distribution specification.
async fn check_full(answer: reqwest::Response) {
    assert_eq!(answer.status(), StatusCode::INSUFFICIENT_STORAGE);
    let body: Json = answer.json().await.unwrap();
    assert_eq!(body["errors"][0]["message"], "the registry's disk is full");
}

/// How many bytes the server says that it has.
async fn offset(client: &Client, upload: &str) -> usize {
    let status = client.resume(Method::GET, upload).send().await.unwrap();
    assert_eq!(status.status(), StatusCode::NO_CONTENT);
    let range = status.headers()[RANGE].to_str().unwrap();
    let last: usize = range.strip_prefix("0-").unwrap().parse().unwrap();
    last + 1
}

/// Takes the limit away.
fn make_room(server: &Life) {
    let pid = server.pid().to_string();
    let lifted = Command::new("prlimit").args(["--pid", &pid, "--fsize=unlimited:"]).status();
    assert!(lifted.unwrap().success());
}
