//! ACR's own data API: what its SDKs and `az` ask for.

#![expect(clippy::unwrap_used, reason = "what helps a test may fail as a test may")]

use crate::lists::link;
use crate::served::Served;
use boathook_core::media_type::OCI_MANIFEST;
use boathook_testkit::Answer;
use http::Method;
use serde_json::{Value, json};
use std::time::Duration;

impl Served {
    pub(crate) async fn acr(&self, path: &str) -> Value {
        self.client.get(&format!("/acr/v1/{path}")).await.is(200).json()
    }

    pub(crate) async fn set(&self, path: &str, body: &str) -> Answer {
        self.client.ask(Method::PATCH, &format!("/acr/v1/{path}"), &[], body.to_owned()).await
    }

    /// Follows every `Link` from `path` on, and gives the names of the entries and how many pages there were.
    async fn names(&self, path: &str, member: &str, name: &str) -> (Vec<String>, usize) {
        let (mut names, mut count, mut next) = (Vec::new(), 0, Some(path.to_owned()));
        while let Some(path) = next {
            let page = self.client.get(&path).await.is(200);
            next = link(&page);
            let json = page.json();
            let entries = json[member].as_array().unwrap();
            names.extend(entries.iter().map(|entry| entry[name].as_str().unwrap().to_owned()));
            count += 1;
            assert!(count < 100, "the pages go round in a circle");
        }
        (names, count)
    }

    async fn push_later(&self, repository: &str, tag: &str, content: &str) -> String {
        self.world.clock().advance(Duration::from_secs(1));
        self.client.push_image(repository, tag, content).await.to_string()
    }

    async fn event_count(&self) -> usize {
        self.world.ctx().db.undispatched(1_000).await.unwrap().len()
    }
}

const OPEN: &str =
    r#"{"deleteEnabled":true,"writeEnabled":true,"readEnabled":true,"listEnabled":true}"#;

fn open() -> Value {
    serde_json::from_str(OPEN).unwrap()
}

#[tokio::test]
async fn a_repository_a_tag_and_a_manifest_say_what_they_are() {
    let served = Served::open().await;
    let digest = served.client.push_image("team/app", "v1", "layer").await.to_string();
    let host = served.address.to_string();
    let time = "2023-11-14T22:13:20.0000000Z";
    let expected = json!({
        "registry": host, "imageName": "team/app", "createdTime": time, "lastUpdateTime": time,
        "manifestCount": 1, "tagCount": 1, "changeableAttributes": open(),
    });
    assert_eq!(served.acr("team/app").await, expected);
    assert_eq!(served.acr("team%2Fapp").await, expected);
    let tag = json!({
        "name": "v1", "digest": digest, "createdTime": time, "lastUpdateTime": time, "signed": false,
        "changeableAttributes": open(),
    });
    let expected = json!({ "registry": host, "imageName": "team/app", "tag": tag });
    assert_eq!(served.acr("team/app/_tags/v1").await, expected);
    let expected = json!({ "registry": host, "imageName": "team/app", "tags": [tag] });
    assert_eq!(served.acr("team%2Fapp/_tags").await, expected);
    let bytes = served.client.get("/v2/team/app/manifests/v1").await.is(200).body.len();
    let manifest = json!({
        "digest": digest, "imageSize": bytes + 2 + 5, "createdTime": time, "lastUpdateTime": time,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "configMediaType": "application/vnd.oci.image.config.v1+json",
        "tags": ["v1"], "changeableAttributes": open(),
    });
    let expected = json!({ "registry": host, "imageName": "team/app", "manifest": manifest });
    let path = format!("team/app/_manifests/{}", digest.replace(':', "%3A"));
    assert_eq!(served.acr(&path).await, expected);
    let expected = json!({ "registry": host, "imageName": "team/app", "manifests": [manifest] });
    assert_eq!(served.acr("team/app/_manifests?api-version=2021-07-01").await, expected);
    assert_eq!(served.acr("_catalog").await, json!({ "repositories": ["team/app"] }));
}

#[tokio::test]
async fn an_image_says_what_it_is_for_however_large_its_configuration_is() {
    let served = Served::open().await;
    for (padding, is_told) in [(0, true), (20_000, true), (1024 * 1024, false)] {
        let config =
            json!({ "architecture": "arm64", "os": "linux", "history": "x".repeat(padding) });
        let config = config.to_string();
        let digest = served.client.push_blob("app", config.as_bytes()).await;
        let manifest = json!({
            "schemaVersion": 2, "mediaType": OCI_MANIFEST, "layers": [],
            "config": { "mediaType": "application/vnd.oci.image.config.v1+json", "digest": digest.as_str(),
                        "size": config.len() },
        });
        let bytes = manifest.to_string();
        let pushed = served.client.put_manifest("app", "v1", OCI_MANIFEST, bytes).await.is(201);
        let path = format!("app/_manifests/{}", pushed.header("docker-content-digest"));
        let shown = served.acr(&path).await["manifest"].clone();
        let expected = is_told.then(|| (json!("arm64"), json!("linux")));
        let found = shown.get("architecture").cloned().zip(shown.get("os").cloned());
        assert_eq!(found, expected, "{padding} bytes");
    }
}

#[tokio::test]
async fn the_links_lead_to_every_entry_once_in_any_order() {
    let served = Served::open().await;
    let mut digests = Vec::new();
    for (tag, content) in [("c", "1"), ("a", "2"), ("B", "3"), ("e", "4"), ("d", "5")] {
        digests.push(served.push_later("app", tag, content).await);
    }
    served.push_later("app", "a", "1").await;
    let mut by_digest = digests.clone();
    by_digest.sort();
    let newest_first: Vec<_> = digests.iter().rev().cloned().collect();
    for n in 1..=6 {
        for (order, tags, manifests) in [
            ("", ["B", "a", "c", "d", "e"], &by_digest),
            ("none", ["B", "a", "c", "d", "e"], &by_digest),
            ("timeasc", ["c", "B", "e", "d", "a"], &digests),
            ("timedesc", ["a", "d", "e", "B", "c"], &newest_first),
        ] {
            let path = format!("/acr/v1/app/_tags?n={n}&orderby={order}");
            let (names, count) = served.names(&path, "tags", "name").await;
            assert_eq!(
                (names.as_slice(), count),
                (&tags.map(String::from)[..], 5_usize.div_ceil(n))
            );
            let path = format!("/acr/v1/app/_manifests?n={n}&orderby={order}");
            let (names, count) = served.names(&path, "manifests", "digest").await;
            assert_eq!((&names, count), (manifests, 5_usize.div_ceil(n)), "{order}");
        }
    }
    let path = format!("/acr/v1/app/_tags?n=1&orderby=timedesc&digest={}", digests[0]);
    assert_eq!(served.names(&path, "tags", "name").await.0, ["a", "c"]);
    let page = served.client.get("/acr/v1/app/_tags?n=2").await.is(200);
    assert_eq!(page.header("link"), r#"</acr/v1/app/_tags?last=a&n=2&orderby=none>; rel="next""#);
    let empty = served.client.get("/acr/v1/app/_tags?n=0").await.is(200);
    assert_eq!((empty.json()["tags"].clone(), empty.optional_header("link")), (json!([]), None));
    // As a client goes on that keeps the last name of a page.
    let after = served.acr("app/_tags?orderby=timeasc&last=B&n=1").await;
    assert_eq!(after["tags"][0]["name"], "e");
}

#[tokio::test]
async fn the_links_of_the_catalog_lead_on() {
    let served = Served::open().await;
    for name in ["b", "a/c", "a"] {
        served.client.push_image(name, "v1", "layer").await;
    }
    let page = served.client.get("/acr/v1/_catalog?n=2&orderby=").await.is(200);
    assert_eq!(page.json(), json!({ "repositories": ["a", "a/c"] }));
    let next = link(&page).unwrap();
    assert_eq!(served.client.get(&next).await.is(200).json(), json!({ "repositories": ["b"] }));
}

#[tokio::test]
async fn attributes_are_changed_one_by_one_and_hide_from_lists() {
    let served = Served::open().await;
    let digest = served.client.push_image("app", "v1", "layer").await;
    served.client.push_image("app", "v2", "other").await;
    let hide = r#"{"listEnabled":false}"#;
    let changed = served.set("app/_tags/v1", hide).await.is(200).json();
    assert_eq!(changed["tag"]["changeableAttributes"]["listEnabled"], false);
    assert_eq!(changed["tag"]["changeableAttributes"]["writeEnabled"], true);
    let changed = served.set("app/_tags/v1", r#"{"writeEnabled":false}"#).await.is(200).json();
    assert_eq!(changed["tag"]["changeableAttributes"]["listEnabled"], false, "it stays as it was");
    let path = format!("app/_manifests/{digest}");
    let changed = served.set(&path, hide).await.is(200).json();
    assert_eq!(changed["manifest"]["changeableAttributes"]["listEnabled"], false);
    let tags = served.acr("app/_tags").await;
    assert_eq!(tags["tags"].as_array().unwrap().len(), 1);
    assert_eq!(served.acr("app/_manifests").await["manifests"].as_array().unwrap().len(), 1);
    let tags = served.client.get("/v2/app/tags/list").await.json();
    assert_eq!(tags, json!({ "name": "app", "tags": ["v2"] }));
    assert_eq!(served.acr("app/_tags/v1").await["tag"]["digest"], digest.as_str());
    let changed = served.set("app", hide).await.is(200).json();
    assert_eq!(changed["changeableAttributes"]["listEnabled"], false);
    assert_eq!(changed["tagCount"], 2);
    for catalog in ["/v2/_catalog", "/acr/v1/_catalog"] {
        assert_eq!(served.client.get(catalog).await.json(), json!({ "repositories": [] }));
    }
}

#[tokio::test]
async fn a_deleted_repository_says_what_went_and_tells_of_each_manifest() {
    let served = Served::open().await;
    let mut digests = Vec::new();
    for (tag, content) in [("v1", "1"), ("v2", "2")] {
        digests.push(served.client.push_image("app", tag, content).await.to_string());
    }
    served.client.push_image("app", "also", "1").await;
    digests.sort();
    let before = served.event_count().await;
    let gone = served.client.delete("/acr/v1/app").await.is(202).json();
    assert_eq!(gone["manifestsDeleted"], json!(digests));
    let mut tags: Vec<_> = gone["tagsDeleted"].as_array().unwrap().iter().collect();
    tags.sort_by_key(|tag| tag.as_str());
    assert_eq!(tags, ["also", "v1", "v2"]);
    assert_eq!(served.event_count().await, before + 2);
    served.client.get("/acr/v1/app").await.refused(404, "NAME_UNKNOWN");
    served.client.delete("/acr/v1/app").await.refused(404, "NAME_UNKNOWN");
    served.client.get("/v2/app/manifests/v1").await.refused(404, "MANIFEST_UNKNOWN");
    assert_eq!(served.acr("_catalog").await, json!({ "repositories": [] }));
    served.client.push_image("app", "v1", "1").await;
    assert_eq!(served.acr("app").await["manifestCount"], 1);
}

#[tokio::test]
async fn an_untagged_manifest_stays_and_nobody_is_told() {
    let served = Served::open().await;
    let digest = served.client.push_image("app", "v1", "layer").await;
    let before = served.event_count().await;
    let untagged = served.client.delete("/acr/v1/app/_tags/v1").await.is(202);
    assert!(untagged.body.is_empty());
    served.client.delete("/acr/v1/app/_tags/v1").await.refused(404, "TAG_UNKNOWN");
    assert_eq!(served.event_count().await, before);
    let manifest = served.acr(&format!("app/_manifests/{digest}")).await;
    assert_eq!(manifest["manifest"].get("tags"), None);
    assert_eq!(served.acr("app").await["tagCount"], 0);
}

#[tokio::test]
async fn what_cannot_be_answered_is_refused_in_the_registrys_shape() {
    let served = Served::open().await;
    served.client.push_image("app", "v1", "layer").await;
    for (path, status, code) in [
        ("", 404, "UNSUPPORTED"),
        ("App", 400, "NAME_INVALID"),
        ("app%2", 400, "NAME_INVALID"),
        ("absent", 404, "NAME_UNKNOWN"),
        ("absent/_tags", 404, "NAME_UNKNOWN"),
        ("absent/_manifests", 404, "NAME_UNKNOWN"),
        ("app/_tags/absent", 404, "TAG_UNKNOWN"),
        ("app/_tags/.b", 404, "TAG_UNKNOWN"),
        ("app/_manifests/v1", 400, "DIGEST_INVALID"),
        ("app/_tags?digest=v1", 400, "DIGEST_INVALID"),
        ("app/_tags?n=ten", 400, "PAGINATION_NUMBER_INVALID"),
        ("app/_manifests?orderby=size", 400, "UNSUPPORTED"),
    ] {
        served.client.get(&format!("/acr/v1/{path}")).await.refused(status, code);
    }
    for (body, status, code) in [
        ("", 400, "UNSUPPORTED"),
        ("[]", 400, "UNSUPPORTED"),
        (r#"{"writeEnabled":"no"}"#, 400, "UNSUPPORTED"),
        // Only manifests are in quarantine.
        (r#"{"quarantineState":"Passed"}"#, 400, "UNSUPPORTED"),
        (&" ".repeat(64 * 1024 + 1), 413, "SIZE_INVALID"),
    ] {
        served.set("app/_tags/v1", body).await.refused(status, code);
    }
    assert_eq!(served.acr("app/_tags/v1").await["tag"]["changeableAttributes"], open());
    let most = format!("{OPEN}{}", " ".repeat(64 * 1024 - OPEN.len()));
    let _ = served.set("app/_tags/v1", &most).await.is(200);
    served.set("app/_tags/absent", OPEN).await.refused(404, "TAG_UNKNOWN");
    served.set("absent", OPEN).await.refused(404, "NAME_UNKNOWN");
    for (method, path, allowed) in [
        (Method::PUT, "/acr/v1/app", "GET, PATCH, DELETE"),
        (Method::DELETE, "/acr/v1/app/_tags", "GET"),
        (Method::PATCH, "/acr/v1/_catalog", "GET"),
    ] {
        let refused = served.client.ask(method, path, &[], "").await;
        refused.refused(405, "UNSUPPORTED");
        assert_eq!(refused.header("allow"), allowed);
    }
}
