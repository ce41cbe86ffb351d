//! Untagged manifests that go when their days are over, as clients meet it.

use crate::identities::{Managed, REGISTRY};
use boathook_core::media_type::OCI_MANIFEST;
use boathook_testkit::{Answer, Client};
use http::Method;
use serde_json::{Value, json};
use std::time::Duration;

const DAY: Duration = Duration::from_hours(24);

impl Managed {
    async fn set_policies(&self, policies: Value) -> Answer {
        let body = json!({"properties": {"policies": policies}}).to_string();
        self.owner(Method::PATCH, REGISTRY, &body).await
    }

    async fn retain(&self, days: u16) {
        let policy = json!({"retentionPolicy": {"status": "enabled", "days": days}});
        let set = self.set_policies(policy).await.is(200).json();
        let shown = &set["properties"]["policies"]["retentionPolicy"];
        assert_eq!((&shown["status"], &shown["days"]), (&json!("enabled"), &json!(days)));
    }

    /// A client whose tokens are new.
    fn fresh(&self) -> Client {
        Client::signed_in(self.served.address, "boathook", &self.credentials.passwords[0])
    }

    async fn retire_after(&self, time: Duration) {
        self.served.world.clock().advance(time);
        self.served.world.node().retire().await;
    }
}

#[tokio::test]
async fn what_lost_its_tag_goes_and_nobody_hears_of_it() {
    let managed = Managed::start().await;
    managed.retain(3).await;
    let client = &managed.served.client;
    let one = client.push_image("team/app", "v1", "one").await;
    let two = client.push_image("team/app", "v1", "two").await;
    let path = |digest: &dyn std::fmt::Display| format!("/v2/team/app/manifests/{digest}");
    managed.retire_after(Duration::from_hours(71)).await;
    let _ = managed.fresh().get(&path(&one)).await.is(200);
    managed.retire_after(Duration::from_hours(1)).await;
    let client = managed.fresh();
    client.get(&path(&one)).await.refused(404, "MANIFEST_UNKNOWN");
    let _ = client.get(&path(&two)).await.is(200);
    let shown = client.get("/acr/v1/team/app").await.is(200).json();
    assert_eq!(shown["manifestCount"], 1);
    let events = managed.served.world.ctx().db.undispatched(1_000).await.expect("it works");
    let told: Vec<_> = events.iter().map(|event| event.action.as_str()).collect();
    assert_eq!(told, ["push", "push"]);
}

#[tokio::test]
async fn who_asks_hears_of_it_and_of_which_policy_it_was() {
    let managed = Managed::start().await;
    let asks = json!({"extraActions": ["purge"]});
    let hook = json!({"location": "local", "properties": {
        "serviceUri": "http://127.0.0.1:9/", "actions": ["chart_push"], "boathook": asks,
    }});
    let path = format!("{REGISTRY}/webhooks/purges");
    let made = managed.owner(Method::PUT, &path, &hook.to_string()).await.is(200).json();
    assert_eq!(made["properties"]["boathook"]["extraActions"], json!(["purge"]));
    managed.retain(3).await;
    let one = managed.served.client.push_image("team/app", "v1", "one").await;
    managed.served.client.push_image("team/app", "v1", "two").await;
    managed.retire_after(3 * DAY).await;
    let event = managed.served.world.ctx().db.undispatched(9).await.expect("it works").remove(2);
    let told: Value = serde_json::from_slice(&event.body).expect("it is JSON");
    let target = json!({
        "mediaType": OCI_MANIFEST, "digest": one.as_str(), "repository": "team/app",
        "boathook": {"policy": "retentionPolicy"},
    });
    assert_eq!((&told["action"], &told["target"]), (&json!("purge"), &target));
    assert_eq!(told["request"], Value::Null);
}

#[tokio::test]
async fn what_is_locked_stays_until_it_is_unlocked() {
    let managed = Managed::start().await;
    managed.retain(0).await;
    let client = &managed.served.client;
    let one = client.push_image("app", "v1", "one").await;
    let path = format!("/v2/app/manifests/{one}");
    let manifest = format!("app/_manifests/{one}");
    let _ = managed.served.set(&manifest, r#"{"deleteEnabled":false}"#).await.is(200);
    client.push_image("app", "v1", "two").await;
    managed.retire_after(Duration::ZERO).await;
    let _ = client.get(&path).await.is(200);
    let _ = managed.served.set(&manifest, r#"{"deleteEnabled":true}"#).await.is(200);
    managed.retire_after(DAY).await;
    managed.fresh().get(&path).await.refused(404, "MANIFEST_UNKNOWN");
}

#[tokio::test]
async fn a_policy_that_cannot_be_is_refused_by_name() {
    let managed = Managed::start().await;
    let check = async |policies: Value, member: &str, says: &str| {
        let refused = managed.set_policies(policies).await.is(400).json();
        let error = &refused["error"];
        assert_eq!((&error["code"], &error["target"]), (&json!("InvalidRequest"), &json!(member)));
        let message = error["message"].as_str().expect("text");
        assert!(message.contains(says), "{message}");
    };
    let days = "properties.policies.retentionPolicy.days";
    let retention = |days: i64| json!({"retentionPolicy": {"status": "enabled", "days": days}});
    check(retention(400), days, "a whole number from 0 to 365").await;
    check(retention(366), days, "a whole number from 0 to 365").await;
    managed.retain(365).await;
    let both = json!({"softDeletePolicy": {"status": "enabled"}});
    check(both, "properties.policies.softDeletePolicy", "not enabled together").await;
    let basic = managed.owner(Method::PATCH, REGISTRY, r#"{"sku":{"name":"Standard"}}"#).await;
    let refused = basic.is(400).json();
    assert_eq!(refused["error"]["target"], "properties.policies.retentionPolicy");
}
