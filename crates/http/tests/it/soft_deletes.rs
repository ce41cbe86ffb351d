//! What is deleted and restored where the registry's policy keeps it, as clients meet it.

use crate::charts::archive;
use crate::identities::{Managed, REGISTRY};
use crate::lists::link;
use boathook_core::digest::Algorithm;
use boathook_core::media_type::{OCI_INDEX, OCI_MANIFEST};
use boathook_engine::fsck::{self, Finding, Fsck};
use boathook_testkit::{Answer, Client, FIRST_MS};
use http::Method;
use serde_json::{Value, json};
use std::time::Duration;

const DAY_MS: u64 = 24 * 60 * 60 * 1_000;

impl Managed {
    /// Sets for how many days the registry keeps what is deleted.
    async fn keep(&self, status: &str, days: u16) {
        let policy = json!({"softDeletePolicy": {"status": status, "retentionDays": days}});
        let body = json!({"properties": {"policies": policy}}).to_string();
        let set = self.owner(Method::PATCH, REGISTRY, &body).await.is(200).json();
        let shown = &set["properties"]["policies"]["softDeletePolicy"];
        assert_eq!((&shown["status"], &shown["retentionDays"]), (&json!(status), &json!(days)));
    }

    async fn deleted(&self, path: &str) -> Value {
        self.served.client.get(&format!("/acr/v1/_deleted/{path}")).await.is(200).json()
    }

    async fn restore(&self, path: &str, query: &str, body: &str) -> Answer {
        let path = format!("/acr/v1/_deleted/{path}{query}");
        self.served.client.ask(Method::POST, &path, &[], body.to_owned()).await
    }

    async fn actions(&self) -> Vec<String> {
        let events = self.served.world.ctx().db.undispatched(1_000).await.expect("it works");
        events.iter().map(|event| event.action.to_string()).collect()
    }
}

#[tokio::test]
async fn what_was_deleted_is_listed_and_restored_and_only_its_deletion_is_told_of() {
    let managed = Managed::start().await;
    managed.keep("enabled", 30).await;
    let client = &managed.served.client;
    let digest = client.push_image("team/app", "v1", "layer").await.to_string();
    managed.served.world.clock().advance(Duration::from_secs(1));
    let _ = client.delete(&format!("/v2/team/app/manifests/{digest}")).await.is(202);
    client.get("/v2/team/app/manifests/v1").await.refused(404, "MANIFEST_UNKNOWN");
    assert_eq!(managed.actions().await, ["push", "delete"]);

    assert_eq!(managed.deleted("_catalog").await, json!({"repositories": ["team/app"]}));
    let deleted_at = "2023-11-14T22:13:21.0000000Z";
    let listed = managed.deleted("team/app/_manifests").await;
    let manifest = &listed["manifests"][0];
    assert_eq!(listed["imageName"], "team/app");
    assert_eq!((&manifest["digest"], &manifest["deletedAt"]), (&json!(digest), &json!(deleted_at)));
    let tags = managed.deleted("team/app/_tags").await["tags"].clone();
    let tag = json!({"tag": "v1", "digest": digest, "deletedAt": deleted_at});
    assert_eq!(tags, json!([tag]));

    let path = format!("team/app/_manifests/{digest}");
    let restored = managed.restore(&path, "?force=False", r#"{"tag": "v1"}"#).await.is(200).json();
    assert_eq!(restored["manifest"]["tags"], json!(["v1"]));
    client.pull_image("team/app", "v1").await;
    assert_eq!(managed.actions().await, ["push", "delete"]);
    assert_eq!(managed.deleted("_catalog").await, json!({"repositories": []}));
}

#[tokio::test]
async fn each_refusal_of_a_restore_says_what_is_in_the_way() {
    let managed = Managed::start().await;
    managed.keep("enabled", 7).await;
    let client = &managed.served.client;
    let one = client.push_image("app", "v1", "one").await;
    let _ = client.delete(&format!("/v2/app/manifests/{one}")).await.is(202);
    let two = client.push_image("app", "v1", "two").await;
    let path = format!("app/_manifests/{one}");
    let tag = r#"{"tag":"v1"}"#;
    let taken = managed.restore(&path, "", tag).await;
    assert!(taken.refused(409, "DENIED")["message"].as_str().expect("text").contains(two.as_str()));
    managed.restore(&path, "", r#"{"tag":"v2"}"#).await.refused(404, "TAG_UNKNOWN");
    managed.restore(&path, "", r#"{"tag":".v2"}"#).await.refused(404, "TAG_UNKNOWN");
    managed.restore(&path, "?force=perhaps", tag).await.refused(400, "UNSUPPORTED");
    managed.restore(&path, "", "[]").await.refused(400, "UNSUPPORTED");
    managed.restore(&path, "", &"x".repeat(64 * 1024 + 1)).await.refused(413, "SIZE_INVALID");
    let absent = format!("app/_manifests/{}", Algorithm::Sha256.digest(b"absent"));
    managed.restore(&absent, "", tag).await.refused(404, "MANIFEST_UNKNOWN");
    let _ = managed.served.set("app", r#"{"writeEnabled":false}"#).await.is(200);
    managed.restore(&path, "", "").await.refused(405, "REGISTRY_DISALLOWED_OPERATION");
    let _ = managed.served.set("app", r#"{"writeEnabled":true}"#).await.is(200);
    client.get("/acr/v1/_deleted/other/_tags").await.refused(404, "NAME_UNKNOWN");
    client.get("/acr/v1/_deleted/other/_manifests").await.refused(404, "NAME_UNKNOWN");

    let _ = managed.restore(&path, "?force=true", tag).await.is(200);
    assert_eq!(managed.served.acr("app/_tags/v1").await["tag"]["digest"], one.as_str());
    let tags = managed.deleted("app/_tags").await["tags"].clone();
    assert_eq!((&tags[0]["tag"], &tags[0]["digest"]), (&json!("v1"), &json!(two.as_str())));
}

#[tokio::test]
async fn the_links_of_what_was_deleted_lead_to_every_entry_once() {
    let managed = Managed::start().await;
    managed.keep("enabled", 7).await;
    let client = &managed.served.client;
    let mut expected = Vec::new();
    for (tag, content) in [("v1", "1"), ("v2", "2"), ("v1", "3"), ("v1", "4"), ("w", "4")] {
        let digest = client.push_image("app", tag, content).await.to_string();
        managed.served.world.clock().advance(Duration::from_secs(1));
        let _ = client.delete(&format!("/acr/v1/app/_tags/{tag}")).await.is(202);
        expected.push((tag.to_owned(), digest));
    }
    // The last deletion of a tag is the last of its name, as `az` takes it.
    expected.sort_by(|one, other| one.0.cmp(&other.0));
    for n in 1..=6 {
        let (mut found, mut next) = (Vec::new(), Some(format!("/acr/v1/_deleted/app/_tags?n={n}")));
        while let Some(path) = next {
            let page = client.get(&path).await.is(200);
            next = link(&page);
            let text =
                |entry: &Value, member: &str| entry[member].as_str().expect("text").to_owned();
            let entries = page.json()["tags"].as_array().expect("a list").clone();
            found.extend(entries.iter().map(|entry| (text(entry, "tag"), text(entry, "digest"))));
        }
        assert_eq!(found, expected, "{n}");
    }
    let after = managed.deleted("app/_tags?last=v1").await;
    assert_eq!(after["tags"].as_array().map(Vec::len), Some(2));
    for path in ["/acr/v1/_deleted/_catalog?n=0", "/acr/v1/_deleted/app/_manifests?n=x"] {
        let status = client.get(path).await.status;
        assert_eq!(status, if path.ends_with('x') { 400 } else { 200 });
    }
}

#[tokio::test]
async fn what_is_kept_goes_with_its_days_and_nobody_is_told() {
    let managed = Managed::start().await;
    managed.keep("enabled", 7).await;
    let client = &managed.served.client;
    for (repository, content) in [("app", "one"), ("other", "two")] {
        client.push_image(repository, "v1", content).await;
        let _ = client.delete(&format!("/acr/v1/{repository}")).await.is(202);
    }
    let world = &managed.served.world;
    assert_eq!(world.ctx().clock.now().0, FIRST_MS);
    world.clock().advance(Duration::from_millis(7 * DAY_MS - 1));
    world.node().purge().await;
    assert_eq!(managed.deleted("_catalog").await["repositories"], json!(["app", "other"]));
    // Turning the policy off leaves what it has kept until its days are over.
    let bearer = managed
        .served
        .bearer(boathook_core::defaults::CLIENT_ID, &managed.credentials.client_secret);
    let bearer = bearer.await;
    let off = r#"{"properties":{"policies":{"softDeletePolicy":{"status":"disabled"}}}}"#;
    let _ = managed.by(&bearer, Method::PATCH, REGISTRY, off).await.is(200);
    assert_eq!(managed.deleted("_catalog").await["repositories"], json!(["app", "other"]));
    world.clock().advance(Duration::from_millis(1));
    world.node().purge().await;
    assert_eq!(managed.deleted("_catalog").await["repositories"], json!([]));
    assert_eq!(managed.actions().await, ["push", "delete", "push", "delete"]);
    // The tokens of the other client are too old by now.
    let [password, _] = &managed.credentials.passwords;
    let address = managed.served.address;
    let client = Client::signed_in(address, &managed.credentials.username, password);
    let digest = client.push_image("app", "v1", "one").await;
    let _ = client.delete(&format!("/v2/app/manifests/{digest}")).await.is(202);
    assert_eq!(managed.deleted("_catalog").await["repositories"], json!([]));
}

#[tokio::test]
async fn a_chart_is_restored_with_its_file_and_listed_again() {
    let managed = Managed::start().await;
    managed.keep("enabled", 7).await;
    let client = &managed.served.client;
    let (file, index) = ("/helm/v1/charts/_blobs/hello-1.0.0.tgz", "/helm/v1/charts/index.yaml");
    let chart = archive("hello", "1.0.0", 0);
    let _ = client.ask(Method::PUT, file, &[], chart.clone()).await.is(201);
    let listed = client.get(index).await.is(200).text();
    for path in [file, "/acr/v1/charts"] {
        let _ = client.delete(path).await;
        client.get(file).await.refused(404, "CHART_UNKNOWN");
        let deleted = managed.deleted("charts/_manifests").await["manifests"][0].clone();
        assert_eq!(deleted["mediaType"], "application/vnd.acr.helm.chart");
        let digest = deleted["digest"].as_str().expect("it is text");
        let path = format!("charts/_manifests/{digest}");
        let _ = managed.restore(&path, "", r#"{"tag":"hello-1.0.0.tgz"}"#).await.is(200);
        assert_eq!(client.get(file).await.is(200).body, chart);
        let again = client.get(index).await.is(200).text();
        let entries = |text: &str| text.rsplit_once("generated").expect("it ends so").0.to_owned();
        assert_eq!(entries(&again), entries(&listed));
    }
    assert_eq!(managed.actions().await, ["chart_push", "chart_delete", "chart_delete"]);
}

#[tokio::test]
async fn damage_of_what_can_be_restored_is_found() {
    let managed = Managed::start().await;
    managed.keep("enabled", 30).await;
    let (client, ctx) = (&managed.served.client, managed.served.world.ctx());
    let layer = "x".repeat(20_000);
    let child = client.push_image("app", "child", &layer).await;
    let size = client.get(&format!("/v2/app/manifests/{child}")).await.is(200).body.len();
    let index = json!({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": [
        {"mediaType": OCI_MANIFEST, "digest": child.to_string(), "size": size}]});
    let _ = client.put_manifest("app", "index", OCI_INDEX, index.to_string()).await.is(201);
    let _ = client.delete("/acr/v1/app").await.is(202);
    let look = async || {
        let mut findings = Vec::new();
        let mut tell = |finding: &Finding, _| findings.push(finding.clone());
        let looked = fsck::check(&ctx.db, &ctx.blobs, Fsck::default(), ctx.clock.now(), &mut tell);
        assert_eq!(looked.await.expect("it looks").manifests, 2);
        findings
    };
    assert_eq!(look().await, []);
    let digest = Algorithm::Sha256.digest(layer.as_bytes());
    let blobs = managed.served.world.folder().join("blobs/boathook/local/sha256");
    std::fs::remove_file(blobs.join(&digest.hex()[..2]).join(digest.hex())).expect("it is a file");
    let (place, repository) = (ctx.place(), "app".parse().expect("it is a name"));
    let why = format!("{digest} has no bytes");
    let broken = Finding::BrokenDeleted(place.clone(), repository, child, why);
    assert_eq!(look().await, [Finding::MissingBytes(place, digest), broken]);
}
