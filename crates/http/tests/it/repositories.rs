//! Whole repositories that are deleted.

use crate::identities::{Managed, REGISTRY};
use crate::served::{Served, image};
use crate::wire::Wire;
use boathook_core::digest::Algorithm;
use boathook_core::event::Action;
use boathook_core::media_type::OCI_MANIFEST;
use boathook_testkit::PATIENCE;
use http::Method;
use serde_json::{Value, json};

/// More manifests than go at once.
const LARGE: usize = 51;
const APP: &str = "/acr/v1/team/app";

impl Managed {
    async fn push_many(&self, count: usize) {
        for number in 0..count {
            let (tag, content) = (format!("v{number}"), format!("layer {number}"));
            self.served.client.push_image("team/app", &tag, &content).await;
        }
    }

    /// The status of an operation when it has ended.
    async fn ended(&self, operation: &str) -> Value {
        let path = format!("{REGISTRY}/operationStatuses/{operation}");
        let ended = async {
            loop {
                let found = self.get(&path).await;
                if found["status"] != "Deleting" {
                    return found;
                }
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(PATIENCE, ended).await.expect("it ends")
    }
}

#[tokio::test]
async fn who_waits_for_a_large_repository_is_told_what_went() {
    let managed = Managed::start().await;
    managed.push_many(LARGE).await;
    let client = &managed.served.client;
    let answer = client.delete(APP).await.is(202);
    assert_eq!(answer.optional_header("boathook-operation"), None);
    for member in ["manifestsDeleted", "tagsDeleted"] {
        assert_eq!(answer.json()[member].as_array().map(Vec::len), Some(LARGE), "{member}");
    }
    client.get(APP).await.refused(404, "NAME_UNKNOWN");
}

#[tokio::test]
async fn who_does_not_want_to_wait_is_told_of_the_operation() {
    let managed = Managed::start().await;
    let client = &managed.served.client;
    let prefer = [("prefer", "respond-async")];
    managed.push_many(LARGE).await;
    let answer = client.ask(Method::DELETE, APP, &prefer, "").await.is(202);
    assert_eq!(answer.header("preference-applied"), "respond-async");
    assert_eq!(answer.json(), json!({"manifestsDeleted": [], "tagsDeleted": []}));
    let ended = managed.ended(answer.header("boathook-operation")).await;
    assert_eq!((&ended["status"], &ended["percentComplete"]), (&json!("Succeeded"), &json!(100)));
    let all = json!({"done": LARGE, "total": LARGE});
    assert_eq!(ended["boathook"], json!({"manifests": all}));
    client.get(APP).await.refused(404, "NAME_UNKNOWN");

    // There is nothing to wait for where it is small.
    managed.push_many(1).await;
    let answer = client.ask(Method::DELETE, APP, &prefer, "").await.is(202);
    assert_eq!(answer.optional_header("boathook-operation"), None);
    assert_eq!(answer.json()["tagsDeleted"], json!(["v0"]));
}

#[tokio::test]
async fn a_client_that_goes_away_stops_nothing() {
    let served = Served::open().await;
    let client = &served.client;
    client.push_image("team/app", "v1", "layer").await;
    let mut wire = Wire::to(served.address).await;
    wire.write(format!("DELETE {APP} HTTP/1.1\r\nHost: localhost\r\n\r\n")).await;
    drop(wire);
    let gone = async {
        while client.get(APP).await.status != 404 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, gone).await.expect("it goes all the same");
}

#[tokio::test]
async fn pushes_and_deletions_at_once_leave_whole_images_and_one_event_for_each() {
    let managed = Managed::start().await;
    let client = &managed.served.client;
    let pusher = async |pusher: usize| {
        let mut taken = Vec::new();
        for number in 0..12 {
            let (tag, content) = (format!("v{pusher}-{number}"), format!("{pusher} {number}"));
            let config = client.push_blob("team/app", b"{}").await;
            let layer = client.push_blob("team/app", content.as_bytes()).await;
            let manifest = image(&config, &[(&layer, content.len())]);
            let digest = Algorithm::Sha256.digest(manifest.as_bytes());
            let answer = client.put_manifest("team/app", &tag, OCI_MANIFEST, manifest).await;
            match answer.status {
                201 => taken.push(digest.to_string()),
                // The repository went between a blob and its manifest.
                _ => drop(answer.refused(400, "MANIFEST_BLOB_UNKNOWN")),
            }
        }
        taken
    };
    let deleter = async {
        for _ in 0..8 {
            let answer = client.delete(APP).await;
            assert!(matches!(answer.status, 202 | 404), "{answer:?}");
        }
    };
    let (first, second, third, ()) = tokio::join!(pusher(0), pusher(1), pusher(2), deleter);
    let taken = [first, second, third].concat();

    let events = managed.served.world.ctx().db.undispatched(1_000).await.expect("it works");
    let told = |action: Action, digest: &str| {
        let of = events.iter().filter(|event| event.action == action);
        of.filter(|event| String::from_utf8_lossy(&event.body).contains(digest)).count()
    };
    let mut left = 0;
    for digest in &taken {
        assert_eq!(told(Action::Push, digest), 1);
        let path = format!("/v2/team/app/manifests/{digest}");
        let is_there = client.get(&path).await.status == 200;
        assert_eq!(told(Action::Delete, digest), usize::from(!is_there));
        if is_there {
            client.pull_image("team/app", digest).await;
            left += 1;
        }
    }
    assert_eq!(events.len(), 2 * taken.len() - left);
}
