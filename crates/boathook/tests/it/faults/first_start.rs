//! Several first starts at the same moment, and a first start that is cut off.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use reqwest::StatusCode;
use serde_json::Value as Json;
use tempfile::TempDir;

use super::client::{http, management_token};
use super::postgres;
use crate::process::Serving;

/// How many servers start at the same moment.
const STARTS: usize = 4;

#[tokio::test(flavor = "multi_thread")]
async fn servers_of_one_folder_that_start_at_once_have_the_same_keys_and_secrets() {
    let Some(database) = postgres::database("first").await else { return };
    let folder = tempfile::tempdir().unwrap();
    let servers = start_at_once(&[folder.path(); STARTS], &database, &[]);
    let credentials = credentials(folder.path()).unwrap();
    let mut token = None;
    for server in servers {
        let server = server.unwrap();
        check_secrets(&server.address, &credentials).await;
        // What one has signed, each of them takes.
        let token = match &token {
            Some(token) => token,
            None => token.insert(make_token(&server.address, &credentials).await),
        };
        let answer = http().get(format!("http://{}/v2/", server.address)).bearer_auth(token);
        assert_eq!(answer.send().await.unwrap().status(), StatusCode::OK);
        server.stop();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_nodes_that_start_at_once_with_the_same_keys_one_writes_down_the_secrets() {
    let Some(database) = postgres::database("nodes").await else { return };
    let root = tempfile::tempdir().unwrap();
    let nodes: Vec<_> = (0..STARTS).map(|node| root.path().join(node.to_string())).collect();
    for node in &nodes {
        make_keys(node);
    }
    let folders: Vec<&Path> = nodes.iter().map(AsRef::as_ref).collect();
    let blobs = root.path().join("blobs");
    let servers = start_at_once(&folders, &database, &["--blobs", blobs.to_str().unwrap()]);
    let written: Vec<_> = folders.iter().filter_map(|node| credentials(node)).collect();
    assert_eq!(written.len(), 1);
    for server in servers {
        let server = server.unwrap();
        check_secrets(&server.address, &written[0]).await;
        server.stop();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_nodes_that_start_at_once_with_keys_of_their_own_one_serves() {
    let Some(database) = postgres::database("keys").await else { return };
    let nodes = [(); STARTS].map(|()| tempfile::tempdir().unwrap());
    let servers = start_at_once(&nodes.each_ref().map(TempDir::path), &database, &[]);
    let mut serving = 0;
    for (node, server) in nodes.iter().zip(servers) {
        match server {
            Ok(server) => {
                serving += 1;
                check_secrets(&server.address, &credentials(node.path()).unwrap()).await;
                server.stop();
            }
            Err(said) => {
                assert!(said.contains("put the right one there"), "{said}");
                assert!(credentials(node.path()).is_none());
            }
        }
    }
    assert_eq!(serving, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_nodes_that_start_at_once_with_blobs_of_their_own_one_serves() {
    let Some(database) = postgres::database("blobs").await else { return };
    let nodes = [(); STARTS].map(|()| tempfile::tempdir().unwrap());
    for node in &nodes {
        make_keys(node.path());
    }
    let servers = start_at_once(&nodes.each_ref().map(TempDir::path), &database, &[]);
    let id = |node: &TempDir| fs::read_to_string(node.path().join("blobs/boathook-store-id"));
    let first = servers.iter().position(Result::is_ok).unwrap();
    let known = id(&nodes[first]).unwrap();
    for (idx, server) in servers.into_iter().enumerate() {
        match server {
            Ok(server) => {
                assert_eq!(idx, first);
                server.stop();
            }
            Err(said) => {
                assert!(said.contains("set `storage.blobs` to "), "{said}");
                assert!(said.contains(known.trim_end()), "{said}");
                assert!(credentials(nodes[idx].path()).is_none());
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_start_that_was_cut_off_is_finished_by_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let (kept, begun) =
        (folder.path().join("credentials.json"), folder.path().join("credentials.json.first"));
    Serving::start(folder.path(), &[]).stop();
    let first = credentials(folder.path()).unwrap();
    let check = async || {
        let server = Serving::start(folder.path(), &[]);
        check_secrets(&server.address, &credentials(folder.path()).unwrap()).await;
        server.stop();
        assert_eq!(credentials(folder.path()).unwrap()["passwords"], first["passwords"]);
        assert!(!begun.exists());
    };
    // After the rows, before the file.
    fs::rename(&kept, &begun).unwrap();
    check().await;
    // After the file, before the end.
    fs::copy(&kept, &begun).unwrap();
    check().await;
    // Before the rows.
    fs::rename(&kept, &begun).unwrap();
    for file in ["boathook.db", "boathook.db-wal", "boathook.db-shm"] {
        drop(fs::remove_file(folder.path().join(file)));
    }
    check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_that_do_not_count_are_not_written_down() {
    let [one, other] = [(); 2].map(|()| tempfile::tempdir().unwrap());
    for folder in [&one, &other] {
        Serving::start(folder.path(), &[]).stop();
    }
    let mine = one.path().join("credentials.json");
    fs::remove_file(&mine).unwrap();
    let begun = one.path().join("credentials.json.first");
    fs::copy(other.path().join("credentials.json"), &begun).unwrap();
    let mut server = Serving::start(one.path(), &[]);
    server.read_log_until("there is no `");
    server.stop();
    assert!(!mine.exists() && !begun.exists());
}

/// Gives a node the keys that the others have.
fn make_keys(node: &Path) {
    let keys = node.join("keys");
    fs::create_dir_all(&keys).unwrap();
    for key in ["token.key", "seal.key"] {
        let mut options = OpenOptions::new();
        let file = options.write(true).create_new(true).mode(0o600).open(keys.join(key));
        file.unwrap().write_all(&[7; 32]).unwrap();
    }
}

/// Starts a server in each folder, all at the same moment, on one database.
fn start_at_once(folders: &[&Path], database: &str, more: &[&str]) -> Vec<Result<Serving, String>> {
    let args = [&["--database", database], more].concat();
    std::thread::scope(|scope| {
        let starts: Vec<_> = folders
            .iter()
            .map(|&folder| {
                scope.spawn({
                    let args = &args;
                    move || Serving::try_start(folder, args)
                })
            })
            .collect();
        starts.into_iter().map(|start| start.join().unwrap()).collect()
    })
}

fn credentials(data: &Path) -> Option<Json> {
    let text = fs::read(data.join("credentials.json")).ok()?;
    Some(serde_json::from_slice(&text).unwrap())
}

/// Signs in as the admin user with both passwords, and as the management identity.
async fn check_secrets(address: &str, credentials: &Json) {
    let text = |member: &str| credentials[member].as_str().unwrap().to_owned();
    for idx in 0..2 {
        let password = credentials["passwords"][idx].as_str();
        let ask = http().get(format!("http://{address}/v2/"));
        let answer = ask.basic_auth(text("username"), password).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "password {idx}");
    }
    let webhooks = format!(
        "http://{address}/subscriptions/{}/resourceGroups/{}/providers/Microsoft.ContainerRegistry/registries/{}/\
         webhooks?api-version=2025-11-01",
        text("subscriptionId"),
        text("resourceGroup"),
        text("registry"),
    );
    let (endpoint, secret) = (format!("http://{address}"), text("clientSecret"));
    let token = management_token(&endpoint, &text("clientId"), &secret).await;
    let answer = http().get(webhooks).bearer_auth(token).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK, "the management identity");
}

async fn make_token(address: &str, credentials: &Json) -> String {
    let ask = http()
        .get(format!("http://{address}/oauth2/token?service={address}&scope=registry:catalog:*"));
    let password = credentials["passwords"][0].as_str();
    let answer = ask.basic_auth(credentials["username"].as_str().unwrap(), password).send().await;
    let answer: Json = answer.unwrap().json().await.unwrap();
    answer["access_token"].as_str().unwrap().to_owned()
}
