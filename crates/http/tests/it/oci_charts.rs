//! Charts that were pushed as OCI artifacts, in the index of the classic repository above theirs.

use crate::auth::basic;
use crate::charts::{archive, provenance};
use crate::identities::{Managed, REGISTRY};
use boathook_core::digest::{Algorithm, Digest};
use boathook_core::media_type::{HELM_ARCHIVE, HELM_CONFIG, HELM_PROVENANCE, OCI_MANIFEST};
use boathook_testkit::Answer;
use bytes::Bytes;
use http::{Method, header};
use serde_json::{Value, json};

const INDEX: &str = "/helm/v1/charts/index.yaml";

/// The urls of an index.
fn urls(index: &str) -> Vec<String> {
    let lines = index.lines().filter_map(|line| line.trim().strip_prefix("- "));
    let urls = lines.filter(|line| line.contains("_blobs/"));
    urls.map(|url| url.trim_matches('"').to_owned()).collect()
}

impl Managed {
    async fn set(&self, properties: Value) -> Answer {
        let body = json!({ "properties": properties }).to_string();
        self.owner(Method::PATCH, REGISTRY, &body).await
    }

    async fn list(&self, is_listed: bool) -> Value {
        let boathook = json!({ "ociChartsInIndex": is_listed });
        self.set(json!({ "boathook": boathook })).await.is(200).json()["properties"]["boathook"]
            .take()
    }

    /// What the admin user is answered, who signs in with a password as Helm does.
    async fn asked(&self, path: &str) -> Answer {
        let shown = basic(&self.credentials.username, &self.credentials.passwords[0]);
        self.served.asked_by(Some(&shown), &Method::GET, path).await
    }

    /// The urls of the index, the newest version of each chart first.
    async fn urls(&self) -> Vec<String> {
        urls(&self.asked(INDEX).await.is(200).text())
    }

    /// Pushes what `config` says is a chart, with an archive and its provenance.
    async fn push(&self, repository: &str, tag: &str, config: &str, files: [&Bytes; 2]) -> Digest {
        let client = &self.served.client;
        let mut descriptors = Vec::new();
        let parts = [
            (HELM_CONFIG, config.as_bytes()),
            (HELM_ARCHIVE, &files[0][..]),
            (HELM_PROVENANCE, &files[1][..]),
        ];
        for (media_type, bytes) in parts {
            let digest = client.push_blob(repository, bytes).await;
            let descriptor =
                json!({ "mediaType": media_type, "digest": digest.as_str(), "size": bytes.len() });
            descriptors.push(descriptor);
        }
        let manifest = json!({
            "schemaVersion": 2, "config": descriptors[0], "layers": descriptors[1..],
        });
        let manifest = manifest.to_string();
        let pushed = client.put_manifest(repository, tag, OCI_MANIFEST, manifest).await.is(201);
        pushed.header("docker-content-digest").parse().expect("the server sends a digest")
    }

    /// Pushes a chart as `helm push` does.
    async fn helm_push(&self, name: &str, version: &str) -> (Bytes, Digest) {
        let chart = archive(name, version, 0);
        let config = json!({
            "name": name, "version": version, "apiVersion": "v2", "appVersion": "1.10",
            "description": "A chart",
        });
        let (repository, tag) = (format!("charts/{name}"), version.replace('+', "_"));
        let files = [&chart, &provenance(&chart)];
        let digest = self.push(&repository, &tag, &config.to_string(), files).await;
        (chart, digest)
    }
}

#[tokio::test]
async fn an_artifact_is_listed_above_and_its_files_are_had_where_it_lies() {
    let managed = Managed::start().await;
    let (chart, digest) = managed.helm_push("hello", "1.2.3+b.1").await;
    managed.asked(INDEX).await.refused(404, "NAME_UNKNOWN");
    let file = "/helm/v1/charts/hello/_blobs/hello-1.2.3+b.1.tgz";
    managed.asked(file).await.refused(404, "CHART_UNKNOWN");
    assert_eq!(managed.list(true).await, json!({ "ociChartsInIndex": true }));

    assert_eq!(managed.urls().await, ["hello/_blobs/hello-1.2.3+b.1.tgz"]);
    let shown = managed.asked("/helm/v1/charts/_charts/hello/1.2.3+b.1").await.is(200).json();
    let sha256 = Algorithm::Sha256.digest(&chart);
    let expected = json!({
        "annotations": { "azurecr.io/manifest-digest": digest.as_str() }, "apiVersion": "v2", "appVersion": "1.10",
        "created": shown["created"], "description": "A chart", "digest": sha256.hex(), "name": "hello",
        "urls": ["hello/_blobs/hello-1.2.3+b.1.tgz"], "version": "1.2.3+b.1",
    });
    assert_eq!(shown, expected);
    let got = managed.asked(file).await.is(200);
    assert_eq!((&got.body, got.header("docker-content-digest")), (&chart, sha256.as_str()));
    assert_eq!(managed.asked(&format!("{file}.prov")).await.is(200).body, provenance(&chart));
    for missing in ["hello-1.2.4.tgz", "other-1.2.3+b.1.tgz"] {
        let path = format!("/helm/v1/charts/hello/_blobs/{missing}");
        managed.asked(&path).await.refused(404, "CHART_UNKNOWN");
    }

    // Each change is in the next answer, and what has not changed is not sent.
    managed.helm_push("hello", "1.3.0").await;
    managed.helm_push("a", "0.1.0").await;
    let all = [
        "a/_blobs/a-0.1.0.tgz",
        "hello/_blobs/hello-1.3.0.tgz",
        "hello/_blobs/hello-1.2.3+b.1.tgz",
    ];
    assert_eq!(managed.urls().await, all);
    let tag = managed.asked(INDEX).await.header("etag").to_owned();
    let shown = basic(&managed.credentials.username, &managed.credentials.passwords[0]);
    let request = managed.served.client.request(Method::GET, INDEX);
    let request = request.header(header::AUTHORIZATION, shown).header("if-none-match", tag);
    let _ = managed.served.client.send(request, "").await.is(304);
    let path = format!("/v2/charts/hello/manifests/{digest}");
    let _ = managed.served.client.delete(&path).await.is(202);
    assert_eq!(managed.urls().await, all[..2]);
    assert_eq!(managed.list(false).await, Value::Null);
    managed.asked(INDEX).await.refused(404, "NAME_UNKNOWN");
}

#[tokio::test]
async fn what_lies_in_the_repository_counts_and_its_end_shows_the_artifact() {
    let managed = Managed::start().await;
    let _ = managed.list(true).await;
    managed.helm_push("hello", "1.0.0").await;
    assert_eq!(managed.urls().await, ["hello/_blobs/hello-1.0.0.tgz"]);
    let client = &managed.served.client;
    let own = "/helm/v1/charts/_blobs/hello-1.0.0.tgz";
    let _ = client.ask(Method::PUT, own, &[], archive("hello", "1.0.0", 9)).await.is(201);
    assert_eq!(managed.urls().await, ["_blobs/hello-1.0.0.tgz"]);
    let _ = client.delete(own).await.is(200);
    assert_eq!(managed.urls().await, ["hello/_blobs/hello-1.0.0.tgz"]);
    let _ = client.delete("/acr/v1/charts").await;
    assert_eq!(managed.urls().await, ["hello/_blobs/hello-1.0.0.tgz"]);
    let _ = client.delete("/acr/v1/charts/hello").await.is(202);
    managed.asked(INDEX).await.refused(404, "NAME_UNKNOWN");
}

#[tokio::test]
async fn everybody_sees_what_they_may_pull() {
    let managed = Managed::start().await;
    let _ = managed.list(true).await;
    managed.helm_push("hello", "1.0.0").await;
    managed.helm_push("secret", "1.0.0").await;
    let client = &managed.served.client;
    let own = "/helm/v1/charts/_blobs/own-1.0.0.tgz";
    let _ = client.ask(Method::PUT, own, &[], archive("own", "1.0.0", 9)).await.is(201);
    let mut tags = std::collections::BTreeSet::new();
    for (name, repositories, expected) in [
        (
            "all",
            &["charts", "charts/*"][..],
            &[
                "hello/_blobs/hello-1.0.0.tgz",
                "_blobs/own-1.0.0.tgz",
                "secret/_blobs/secret-1.0.0.tgz",
            ][..],
        ),
        (
            "some",
            &["charts", "charts/hello"],
            &["hello/_blobs/hello-1.0.0.tgz", "_blobs/own-1.0.0.tgz"],
        ),
        ("none", &["charts"], &["_blobs/own-1.0.0.tgz"]),
    ] {
        let actions: Vec<_> =
            repositories.iter().map(|name| format!("repositories/{name}/content/read")).collect();
        let body = json!({ "properties": { "actions": actions } }).to_string();
        let _ = managed.put(&format!("/scopeMaps/of{name}"), &body).await.is(201);
        let _ = managed.token(&format!("token{name}"), &format!("of{name}")).await.is(201);
        let [password, _] = managed.passwords(&format!("token{name}")).await;
        let shown = basic(&format!("token{name}"), &password);
        let get =
            async |path: &str| managed.served.asked_by(Some(&shown), &Method::GET, path).await;
        let index = get(INDEX).await.is(200);
        assert_eq!(urls(&index.text()), expected, "{name}");
        assert!(tags.insert(index.header("etag").to_owned()), "each has an index of its own");
        let secret = get("/helm/v1/charts/_charts/secret").await;
        let status = get("/helm/v1/charts/secret/_blobs/secret-1.0.0.tgz").await.status;
        let sees = name == "all";
        assert_eq!((secret.status, status), if sees { (200, 200) } else { (404, 401) }, "{name}");
    }
}

#[tokio::test]
async fn what_is_held_back_or_locked_is_not_listed() {
    let managed = Managed::start().await;
    let _ = managed.list(true).await;
    let (_, digest) = managed.helm_push("hello", "1.0.0").await;
    managed.helm_push("hello", "1.1.0").await;
    let policy = |status: &str| json!({ "policies": { "quarantinePolicy": { "status": status } } });
    let _ = managed.set(policy("enabled")).await.is(200);
    managed.asked(INDEX).await.refused(404, "NAME_UNKNOWN");
    let client = &managed.served.client;
    let of_manifest = format!("/acr/v1/charts/hello/_manifests/{digest}");
    let change = async |path: &str, body: &str| {
        let _ = client.ask(Method::PATCH, path, &[], body.to_owned()).await.is(200);
    };
    change(&of_manifest, r#"{"quarantineState":"Passed"}"#).await;
    assert_eq!(managed.urls().await, ["hello/_blobs/hello-1.0.0.tgz"]);
    let newer = "/helm/v1/charts/hello/_blobs/hello-1.1.0.tgz";
    managed.asked(newer).await.refused(404, "CHART_UNKNOWN");
    let _ = managed.set(policy("disabled")).await.is(200);
    let all = ["hello/_blobs/hello-1.1.0.tgz", "hello/_blobs/hello-1.0.0.tgz"];
    assert_eq!(managed.urls().await, all);
    let tag = "/acr/v1/charts/hello/_tags/1.1.0";
    change(tag, r#"{"listEnabled":false}"#).await;
    assert_eq!(managed.urls().await, all[1..]);
    // What is not listed can still be pulled by name.
    let _ = managed.asked(newer).await.is(200);
    change(tag, r#"{"listEnabled":true,"readEnabled":false}"#).await;
    assert_eq!(managed.urls().await, all[1..]);
    managed.asked(newer).await.refused(405, "REGISTRY_DISALLOWED_OPERATION");
    change(tag, r#"{"readEnabled":true}"#).await;
    change("/acr/v1/charts/hello", r#"{"listEnabled":false}"#).await;
    managed.asked(INDEX).await.refused(404, "NAME_UNKNOWN");
    change("/acr/v1/charts/hello", r#"{"listEnabled":true}"#).await;
    assert_eq!(managed.urls().await, all);
}

#[tokio::test]
async fn what_helm_would_not_have_pushed_there_is_an_artifact_and_not_listed() {
    let managed = Managed::start().await;
    let _ = managed.list(true).await;
    let chart = archive("hello", "1.0.0", 0);
    let files = [&chart, &provenance(&chart)];
    let config = |name: &str, version: &str, more: &str| {
        format!(r#"{{"apiVersion":"v2","name":"{name}","version":"{version}","more":"{more}"}}"#)
    };
    let large = "x".repeat(256 * 1024);
    for (repository, tag, config) in [
        ("charts/other", "1.0.0", config("hello", "1.0.0", "")),
        ("charts/hello", "2.0.0", config("hello", "1.0.0", "")),
        ("charts/hello", "latest", config("hello", "1.0.0", "b")),
        ("hello", "1.0.0", config("hello", "1.0.0", "")),
        ("charts/hello", "1.0.0", config("hello", "one", "")),
        ("charts/hello", "1.0.1", "no JSON".to_owned()),
        ("charts/hello", "1.0.2", config("hello", "1.0.2", &large)),
    ] {
        managed.push(repository, tag, &config, files).await;
    }
    managed.asked(INDEX).await.refused(404, "NAME_UNKNOWN");
    // One that is too large for a row of the database, and not too large.
    let config = config("hello", "1.0.3", &large[..200 * 1024]);
    managed.push("charts/hello", "1.0.3", &config, files).await;
    assert_eq!(managed.urls().await, ["hello/_blobs/hello-1.0.3.tgz"]);
}
