//! `boathook acr repository` and `boathook acr manifest` against a server of their own.

use std::path::Path;
use std::process::{Command, Output};

use boathook_core::digest::Algorithm;
use boathook_core::media_type::OCI_MANIFEST;
use reqwest::Method;
use serde_json::Value as Json;

use crate::process::{Serving, boathook, complaint};

/// Whoever talks to one registry by name and password.
pub(crate) struct Customer<'a> {
    pub(crate) server: &'a Serving,
    data: &'a Path,
    credentials: Json,
}

impl<'a> Customer<'a> {
    pub(crate) fn new(server: &'a Serving, data: &'a Path) -> Self {
        let credentials = std::fs::read(data.join("credentials.json")).unwrap();
        Self { server, data, credentials: serde_json::from_slice(&credentials).unwrap() }
    }

    /// Prepares a command of somebody who brings an id and a secret of the management API.
    fn command(&self, words: &[&str], id: &Json, secret: &Json) -> Command {
        let mut command = boathook();
        command
            .args(words)
            .env("BOATHOOK_ENDPOINT", format!("http://{}", self.server.address))
            .env("BOATHOOK_CLIENT_ID", id.as_str().unwrap())
            .env("BOATHOOK_CLIENT_SECRET", secret.as_str().unwrap())
            .current_dir(self.data);
        command
    }

    pub(crate) fn ask(&self, words: &[&str]) -> Output {
        let Self { credentials, .. } = self;
        let words = [&["acr"][..], words].concat();
        let mut command =
            self.command(&words, &credentials["clientId"], &credentials["clientSecret"]);
        command
            .args(["-u", credentials["username"].as_str().unwrap()])
            .args(["-p", credentials["passwords"][0].as_str().unwrap()])
            .output()
            .unwrap()
    }

    /// Runs a command that has to succeed, and reads what it prints.
    #[track_caller]
    pub(crate) fn json(&self, words: &[&str]) -> Json {
        let output = self.ask(words);
        assert!(output.status.success(), "{words:?}: {}", complaint(&output).1);
        serde_json::from_slice(&output.stdout).unwrap_or(Json::Null)
    }

    #[track_caller]
    fn check_refused(&self, words: &[&str], said: &str) {
        let (code, complaint) = complaint(&self.ask(words));
        assert_ne!(code, Some(0), "{words:?}");
        assert!(complaint.contains(said), "{words:?}: {complaint}");
    }

    /// Runs a command of the registry's owner, who signs in without a name.
    pub(crate) fn by_owner(&self, words: &[&str]) -> Output {
        let words = [&["acr"][..], words].concat();
        let (id, secret) = (&self.credentials["clientId"], &self.credentials["clientSecret"]);
        self.command(&words, id, secret).output().unwrap()
    }

    /// Pushes an image without layers as `app:TAG`, and returns its digest.
    async fn push(&self, tag: &str) -> String {
        let image = self.image(tag).await;
        self.put(tag, OCI_MANIFEST, &image).await
    }

    /// The manifest of an image without layers, whose configuration is there.
    pub(crate) async fn image(&self, of: &str) -> String {
        let config = format!(r#"{{"architecture":"amd64","os":"linux","of":"{of}"}}"#);
        let digest = Algorithm::Sha256.digest(config.as_bytes());
        let size = config.len();
        let path = format!("blobs/uploads/?digest={digest}");
        self.send(Method::POST, &path, "application/octet-stream", config).await;
        format!(
            r#"{{"schemaVersion":2,"mediaType":"{OCI_MANIFEST}","config":{{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"{digest}","size":{size}}},"layers":[]}}"#
        )
    }

    /// Pushes a manifest to `app`, and returns its digest.
    pub(crate) async fn put(&self, reference: &str, media_type: &str, manifest: &str) -> String {
        let digest = Algorithm::Sha256.digest(manifest.as_bytes());
        self.send(Method::PUT, &format!("manifests/{reference}"), media_type, manifest.to_owned())
            .await;
        digest.to_string()
    }

    #[expect(clippy::disallowed_methods, reason = "this is docker, and no part of the program")]
    async fn send(&self, method: Method, path: &str, media_type: &str, body: String) {
        let url = format!("http://{}/v2/app/{path}", self.server.address);
        let request =
            reqwest::Client::new().request(method, url).header("content-type", media_type);
        let text = |value: &Json| value.as_str().unwrap().to_owned();
        let (user, password) =
            (text(&self.credentials["username"]), text(&self.credentials["passwords"][0]));
        let answer = request.basic_auth(user, Some(password)).body(body).send().await.unwrap();
        assert_eq!(answer.status(), 201, "{}", answer.text().await.unwrap());
    }
}

const DISALLOWED: &str = "The operation is disallowed on this registry, repository or image.";

#[tokio::test]
async fn what_is_pushed_is_shown_locked_untagged_and_deleted() {
    let folder = tempfile::tempdir().unwrap();
    let server = Serving::start(folder.path(), &[]);
    let customer = Customer::new(&server, folder.path());
    let first = customer.push("v1").await;
    let second = customer.push("v2").await;

    let repository =
        customer.json(&["repository", "show", "-n", "boathook", "--repository", "app"]);
    assert_eq!((&repository["manifestCount"], &repository["tagCount"]), (&2.into(), &2.into()));
    let tag = customer.json(&["repository", "show", "-n", "boathook", "-t", "app:v1"]);
    assert_eq!(tag["digest"], first.as_str());
    let image = format!("app@{second}");
    let manifest = customer.json(&["repository", "show", "-n", "boathook", "-t", &image]);
    assert_eq!((&manifest["architecture"], &manifest["os"]), (&"amd64".into(), &"linux".into()));
    let show_tags = ["repository", "show-tags", "-n", "boathook", "--repository", "app"];
    assert_eq!(customer.json(&show_tags), serde_json::json!(["v1", "v2"]));
    let newest = [&show_tags[..], &["--orderby", "time_desc", "--top", "1"]].concat();
    assert_eq!(customer.json(&newest), serde_json::json!(["v2"]));
    let listed = customer.json(&["manifest", "list-metadata", "-r", "boathook", "-n", "app"]);
    assert_eq!(listed.as_array().unwrap().len(), 2);
    let shown = customer.json(&["manifest", "show-metadata", "-r", "boathook", "-n", &image]);
    assert_eq!(shown["tags"], serde_json::json!(["v2"]));

    let lock = ["repository", "update", "-n", "boathook", "-t", "app:v1", "--write-enabled"];
    let locked = customer.json(&[&lock[..], &["false"]].concat());
    assert_eq!(locked["changeableAttributes"]["writeEnabled"], false);
    let untag = ["repository", "untag", "-n", "boathook", "-t", "app:v1"];
    customer.check_refused(&untag, DISALLOWED);
    let delete = ["repository", "delete", "-n", "boathook", "--repository", "app", "-y"];
    customer.check_refused(&delete, DISALLOWED);
    let delete_image = ["repository", "delete", "-n", "boathook", "-t", "app:v1", "-y"];
    customer.check_refused(&delete_image, DISALLOWED);
    let unlocked = customer.json(&[&lock[..], &["true"]].concat());
    assert_eq!(unlocked["changeableAttributes"]["writeEnabled"], true);
    customer.json(&untag);
    let manifest = ["manifest", "update-metadata", "-r", "boathook", "-n", &image];
    let hidden = customer.json(&[&manifest[..], &["--list-enabled", "false"]].concat());
    assert_eq!(hidden["changeableAttributes"]["listEnabled"], false);
    customer.json(&["manifest", "delete", "-r", "boathook", "-n", "app:v2", "-y"]);
    customer
        .check_refused(&["repository", "show", "-n", "boathook", "-t", "app:v2"], "no such tag");

    let gone = customer.json(&delete);
    assert_eq!(gone, serde_json::json!({ "manifestsDeleted": [first], "tagsDeleted": [] }));
    customer.check_refused(
        &["repository", "show", "-n", "boathook", "--repository", "app"],
        "no such repository",
    );
    server.stop();
}

#[tokio::test]
async fn who_does_not_wait_for_a_large_repository_is_told_of_the_operation() {
    let folder = tempfile::tempdir().unwrap();
    let server = Serving::start(folder.path(), &[]);
    let customer = Customer::new(&server, folder.path());
    let image = customer.image("").await;
    for number in 0..51 {
        // A blank more is another manifest.
        let image = format!("{image}{}", " ".repeat(number));
        customer.put(&format!("v{number}"), OCI_MANIFEST, &image).await;
    }
    let words = "repository delete -n boathook --repository app --no-wait --yes";
    let output = customer.by_owner(&words.split(' ').collect::<Vec<_>>());
    assert!(output.status.success(), "{}", complaint(&output).1);
    let told = complaint(&output).1;
    let operation = "The repository 'app' is being deleted by the operation registries-";
    assert!(told.contains(operation), "{told}");
    let said: Json = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(said, serde_json::json!({ "manifestsDeleted": [], "tagsDeleted": [] }));
    server.stop();
}

#[tokio::test]
async fn whoever_names_nobody_signs_in_with_the_roles_that_they_have() {
    let folder = tempfile::tempdir().unwrap();
    let server = Serving::start(folder.path(), &[]);
    let customer = Customer::new(&server, folder.path());
    customer.push("v1").await;
    let Customer { credentials, .. } = &customer;
    let (id, secret) = (&credentials["clientId"], &credentials["clientSecret"]);
    let done = |words: &str, id: &Json, secret: &Json| {
        let words: Vec<_> = words.split(' ').collect();
        let output = customer.command(&words, id, secret).output().unwrap();
        assert!(output.status.success(), "{words:?}: {}", complaint(&output).1);
        serde_json::from_slice(&output.stdout).unwrap_or(Json::Null)
    };
    let reader = done("identity create -n ci --role Reader -r boathook", id, secret);
    let (reader, its_secret) = (&reader["appId"], &reader["password"]);

    let listed = done("acr repository list -n boathook", reader, its_secret);
    assert_eq!(listed, serde_json::json!(["app"]));
    let manifest = done("acr manifest show -r boathook -n app:v1", reader, its_secret);
    assert_eq!(manifest["mediaType"], OCI_MANIFEST);
    let delete = "acr repository delete -n boathook -t app:v1 -y";
    let words: Vec<_> = delete.split(' ').collect();
    let (code, said) = complaint(&customer.command(&words, reader, its_secret).output().unwrap());
    assert_eq!((code, said.contains("authentication required")), (Some(1), true), "{said}");
    done(delete, id, secret);
    server.stop();
}

#[tokio::test]
async fn what_is_held_back_is_listed_and_let_out_by_those_who_may() {
    let folder = tempfile::tempdir().unwrap();
    let server = Serving::start(folder.path(), &[]);
    let customer = Customer::new(&server, folder.path());
    let old = customer.push("old").await;
    let update = ["quarantine", "policy", "update", "-n", "boathook", "--status", "enabled"];
    assert!(customer.by_owner(&update).status.success());
    let shown = customer.by_owner(&["quarantine", "policy", "show", "-n", "boathook", "-o", "tsv"]);
    assert_eq!(String::from_utf8(shown.stdout).unwrap(), "enabled\n");
    let new = customer.push("new").await;
    let list = ["quarantine", "list", "-n", "boathook"];
    let held = || {
        let listed = customer.json(&list);
        let entry = |one: &Json| {
            let text = |name: &str| one[name].as_str().unwrap_or_default().to_owned();
            (text("digest"), text("quarantineState"))
        };
        let mut held: Vec<_> = listed.as_array().unwrap().iter().map(entry).collect();
        held.sort();
        held
    };
    let mut expected = vec![(old.clone(), String::new()), (new, "Quarantined".to_owned())];
    expected.sort();
    assert_eq!(held(), expected);
    // The owner has no right to what is in quarantine.
    let pass = ["quarantine", "pass", "-n", "boathook", "--image", "app:new"];
    let (code, said) = complaint(&customer.by_owner(&pass));
    assert_eq!(code, Some(1));
    assert!(said.contains("AcrQuarantineWriter"), "{said}");
    let passed = customer.json(&pass);
    assert_eq!(passed["changeableAttributes"]["quarantineState"], "Passed");
    assert_eq!(held(), [(old.clone(), String::new())]);
    let image = format!("app@{old}");
    let fail = ["quarantine", "fail", "-n", "boathook", "--image", &image, "--details"];
    let details = r#"{"state":"failed"}"#;
    let failed = customer.json(&[&fail[..], &[details]].concat());
    assert_eq!(failed["changeableAttributes"]["quarantineDetails"], details);
    assert_eq!(held(), [(old, "Failed".to_owned())]);
    customer.check_refused(&[&fail[..], &[r#"{"colour":1}"#]].concat(), "no member `colour`");
    server.stop();
}
