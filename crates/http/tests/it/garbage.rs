//! Collections that somebody asks for: what would go, what goes, and what is said of it.

#![expect(clippy::unwrap_used, reason = "what helps a test may fail as a test may")]

use crate::identities::{Managed, REGISTRY};
use boathook_core::digest::Digest;
use boathook_core::time::{Clock as _, Timestamp};
use boathook_engine::operations::{self, Ticked};
use boathook_testkit::{Answer, Settings};
use http::Method;
use serde_json::{Value, json};
use std::time::Duration;

const HOUR: Duration = Duration::from_hours(1);
const GRACE: Duration = Duration::from_hours(24);
const LARGE_BYTES: u64 = 20_000;

/// A blob that is too large for a row.
fn large(name: &str) -> Vec<u8> {
    let mut bytes = name.as_bytes().to_vec();
    bytes.resize(usize::try_from(LARGE_BYTES).unwrap(), b'.');
    bytes
}

fn of_large(links: u64, blobs: u64) -> Value {
    json!({ "links": links, "blobs": blobs, "bytes": blobs * LARGE_BYTES })
}

impl Managed {
    async fn collect(&self, body: &str) -> Answer {
        self.owner(Method::POST, &format!("{REGISTRY}/collectGarbage"), body).await
    }

    async fn collect_begun(&self, body: &str) -> String {
        self.begun_by(self.collect(body).await)
    }

    /// Asks for a collection and has it done.
    async fn collected(&self, body: &str) -> Value {
        let result = self.collect_begun(body).await;
        self.operate_and_rest().await;
        self.result(&result).await.is(200).json()
    }

    /// Goes on with operations while they do no more than rest.
    async fn operate_and_rest(&self) {
        let world = &self.served.world;
        loop {
            match operations::tick(world.ctx()).await.unwrap() {
                Ticked::Nothing => return,
                Ticked::Ended => (),
                Ticked::PutOff(at) => world.clock().set(at),
            }
        }
    }

    async fn push_layer(&self, repository: &str, name: &str) -> Digest {
        self.served.world.push_blob(&repository.parse().unwrap(), &large(name)).await
    }

    /// The same when some time has gone by, and its owner has signed in anew.
    async fn after(self, duration: Duration) -> Self {
        let clock = self.served.world.clock();
        clock.set(clock.now().after(duration));
        self.signed_in_again().await
    }

    fn has_file(&self, digest: &Digest) -> bool {
        let ctx = self.served.world.ctx();
        ctx.blobs.has(&ctx.place(), digest).unwrap()
    }

    async fn last_collection(&self) -> Value {
        self.get(&format!("{REGISTRY}/collectGarbage")).await["value"].clone()
    }
}

#[track_caller]
fn check(answer: &Answer, status: u16, code: &str, target: Option<&str>) {
    let json = answer.json();
    let found = (answer.status, json["error"]["code"].as_str(), json["error"]["target"].as_str());
    assert_eq!(found, (status, Some(code), target), "{json}");
}

#[tokio::test]
async fn a_look_says_what_a_collection_frees_and_when_the_rest_is_due() {
    let managed = Managed::start().await;
    let world = &managed.served.world;
    let image = world.push_image("app:v1", &large("deleted")).await;
    world.push_image("app:kept", &large("kept")).await;
    for repository in ["app", "team/app"] {
        managed.push_layer(repository, "shared").await;
    }
    let path = format!("/v2/app/manifests/{image}");
    let _ = managed.served.client.delete(&path).await.is(202);
    assert_eq!(managed.last_collection().await, json!([]));
    let begin = world.clock().now();
    let managed = managed.after(HOUR).await;
    let young = managed.push_layer("app", "young").await;
    let look = managed.collected(r#"{"dryRun":true}"#).await;
    let text = |at: Timestamp| at.to_string();
    let expected = json!({
        "dryRun": true,
        "due": of_large(0, 0),
        "waiting": {
            "links": 4, "blobs": 3, "bytes": 3 * LARGE_BYTES,
            "firstDueTime": text(begin.after(GRACE)), "lastDueTime": text(begin.after(GRACE + HOUR)),
        },
    });
    assert_eq!(look, expected);
    let managed = managed.after(HOUR * 23).await;
    let look = managed.collected(r#"{"dryRun":true}"#).await;
    assert_eq!(look["due"], of_large(3, 2));
    assert_eq!(look["waiting"]["blobs"], 1);
    assert_eq!(managed.last_collection().await, json!([]), "a look removes nothing");
    let done = managed.collected("{}").await;
    assert_eq!((&done["due"], &done["freed"]), (&of_large(3, 2), &of_large(3, 2)));
    assert!(managed.has_file(&young));
    let last = managed.last_collection().await;
    let [last] = &last.as_array().unwrap()[..] else { panic!("{last}") };
    assert_eq!((&last["location"], &last["status"]), (&json!("local"), &json!("Succeeded")));
    assert_eq!((&last["onDemand"], &last["freed"]), (&json!(true), &of_large(3, 2)));
    let again = managed.collected(r#"{"dryRun":false}"#).await;
    assert_eq!((&again["due"], &again["freed"]), (&of_large(0, 0), &of_large(0, 0)));
    // What was told to be waiting goes when it was said to.
    let managed = managed.after(HOUR).await;
    assert_eq!(managed.collected("{}").await["freed"], of_large(1, 1));
    assert!(!managed.has_file(&young));
}

#[tokio::test]
async fn a_collection_goes_on_after_a_kill_and_counts_each_blob_once() {
    const BLOBS: u64 = 450;
    let managed = Managed::start().await;
    for number in 0..BLOBS {
        managed.push_layer("app", &number.to_string()).await;
    }
    let managed = Box::pin(managed.after(GRACE)).await;
    let result = managed.collect_begun("{}").await;
    let mut managed = managed;
    for turn in 0.. {
        // Each turn is the last of its process, which leaves the lease of its collection.
        let ticked = operations::tick(managed.served.world.ctx()).await.unwrap();
        match ticked {
            Ticked::Ended => break,
            Ticked::PutOff(at) => managed.served.world.clock().set(at),
            Ticked::Nothing => panic!("the operation is lost after {turn} turns"),
        }
        managed = Box::pin(managed.restarted()).await;
        // Who collects by the clock leaves it to the operation.
        managed.served.world.node().collect().await;
        let status = result.rsplit_once('/').unwrap().1;
        let status = managed.get(&format!("{REGISTRY}/operationStatuses/{status}")).await;
        assert_eq!(status["status"], "InProgress");
        for last in managed.last_collection().await.as_array().unwrap() {
            assert_eq!(last["status"], "InProgress", "whoever is next goes on with it");
        }
        assert!(status["boathook"]["bytes"]["total"].as_u64().unwrap() <= BLOBS * LARGE_BYTES);
    }
    let done = managed.result(&result).await.is(200).json();
    let all = of_large(BLOBS, BLOBS);
    assert_eq!((&done["due"], &done["freed"]), (&all, &all));
    let status = result.rsplit_once('/').unwrap().1;
    let status = managed.get(&format!("{REGISTRY}/operationStatuses/{status}")).await;
    assert_eq!((&status["status"], &status["percentComplete"]), (&json!("Succeeded"), &json!(100)));
    let bytes = BLOBS * LARGE_BYTES;
    assert_eq!(status["boathook"]["bytes"], json!({ "done": bytes, "total": bytes }));
    assert_eq!(managed.last_collection().await[0]["freed"], all);
}

#[tokio::test]
async fn the_same_is_done_once_at_a_time_and_a_look_beside_it() {
    let managed = Managed::start().await;
    let first = managed.collect_begun("{}").await;
    assert_eq!(managed.collect_begun(r#"{"dryRun":false}"#).await, first);
    let look = managed.collect_begun(r#"{"dryRun":true}"#).await;
    assert_ne!(look, first);
    assert_eq!(managed.collect_begun(r#"{"dryRun":true}"#).await, look);
    managed.operate_and_rest().await;
    assert_ne!(managed.collect_begun("{}").await, first, "that has ended");
    managed.operate_and_rest().await;
}

#[tokio::test]
async fn what_is_asked_has_to_be_readable() {
    let managed = Managed::start().await;
    check(&managed.collect("").await, 400, "InvalidRequestContent", None);
    check(&managed.collect(r#"{"dryRun":1}"#).await, 400, "InvalidRequestContent", Some("dryRun"));
    let misspelt = managed.collect(r#"{"dry_run":true}"#).await;
    check(&misspelt, 400, "InvalidRequestContent", Some("dry_run"));
}

#[tokio::test]
async fn where_nothing_may_be_removed_it_can_be_looked_at_all_the_same() {
    let mut settings = Settings::default();
    settings.limits.collects = false;
    let managed = Managed::with(settings).await;
    managed.push_layer("app", "layer").await;
    let managed = managed.after(GRACE).await;
    let refused = managed.collect("{}").await;
    check(&refused, 409, "Conflict", None);
    assert!(refused.text().contains("`gc.enabled`"), "{}", refused.text());
    assert_eq!(managed.collected(r#"{"dryRun":true}"#).await["due"], of_large(1, 1));

    let managed = Managed::start().await;
    let layer = managed.push_layer("app", "layer").await;
    let managed = managed.after(GRACE).await;
    let begun = managed.collect_begun("{}").await;
    let path = managed.served.world.ctx().blobs.collector_path();
    std::fs::write(path, "another\n").unwrap();
    check(&managed.collect("{}").await, 409, "Conflict", None);
    // It was asked for before the other one came.
    managed.operate_and_rest().await;
    check(&managed.result(&begun).await, 409, "Conflict", None);
    assert!(managed.has_file(&layer));
}
