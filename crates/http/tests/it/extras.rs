//! What ACR announces to nobody, as those who ask for it hear of it.

use crate::identities::{Managed, REGISTRY};
use crate::served::Served;
use boathook_core::digest::Digest;
use boathook_core::event::{Action, TAGS_TOLD_MAX};
use boathook_core::media_type::OCI_MANIFEST;
use boathook_testkit::{Receiver, hook};
use boathook_wire::arm::webhook::parameters::{Create, Update};
use http::Method;
use serde_json::{Value, json};

/// A registry that lets everybody in, and one receiver.
struct Stage {
    served: Served,
    receiver: Receiver,
}

impl Stage {
    async fn start() -> Self {
        let served = Served::open().await;
        let receiver = served.world.receiver_always(200);
        Self { served, receiver }
    }

    /// Makes a webhook that hears of no pushes and deletions but of what it asks for beyond them.
    async fn ask(&self, name: &str, extra_actions: &[&str], scope: &str) {
        let create = Create {
            actions: vec!["chart_push".to_owned()],
            extra_actions: Some(extra_actions.iter().map(ToString::to_string).collect()),
            scope: Some(scope.to_owned()),
            ..hook(&format!("{}/{name}", self.receiver.uri()))
        };
        self.served.world.create_webhook(name, create).await;
    }

    /// What the receiver has got since it was last asked, as the webhook's name and the payload.
    async fn heard(&self, before: &mut usize) -> Vec<(String, Value)> {
        self.served.world.tick_until_idle().await;
        let requests = self.receiver.requests();
        let new = requests[*before..].iter();
        let heard = new
            .map(|request| {
                (request.path.rsplit('/').next().unwrap_or_default().to_owned(), request.json())
            })
            .collect();
        *before = requests.len();
        heard
    }

    async fn patch(&self, path: &str, body: &str) {
        let _ = self.served.client.ask(Method::PATCH, path, &[], body.to_owned()).await.is(200);
    }

    /// Gives an image another tag.
    async fn tag(&self, repository: &str, digest: &Digest, tag: &str) {
        let client = &self.served.client;
        let bytes = client.get(&format!("/v2/{repository}/manifests/{digest}")).await.is(200).body;
        let _ = client.put_manifest(repository, tag, OCI_MANIFEST, bytes).await.is(201);
    }
}

/// A payload without what differs from run to run, which has to be there.
#[track_caller]
fn told((_, payload): &(String, Value), method: &str) -> Value {
    assert_eq!(payload["request"]["method"], method, "{payload}");
    assert!(payload["request"]["id"].is_string() && payload["request"]["host"].is_string());
    assert!(payload["id"].is_string() && payload["timestamp"].is_string());
    json!({ "action": payload["action"], "target": payload["target"] })
}

#[tokio::test]
async fn a_removed_tag_is_told_of_by_either_way() {
    let stage = Stage::start().await;
    stage.ask("untags", &["untag"], "").await;
    let client = &stage.served.client;
    let digest = client.push_image("team/app", "v1", "layer").await;
    stage.tag("team/app", &digest, "v2").await;
    let mut seen = 0;
    assert_eq!(stage.heard(&mut seen).await.len(), 0);
    for (path, tag) in [("/acr/v1/team/app/_tags/v1", "v1"), ("/v2/team/app/manifests/v2", "v2")] {
        let _ = client.delete(path).await.is(202);
        let _ = client.delete(path).await.is(404);
        let heard = stage.heard(&mut seen).await;
        assert_eq!(heard.len(), 1, "{heard:?}");
        let expected = json!({
            "mediaType": OCI_MANIFEST, "digest": digest.as_str(), "repository": "team/app", "tag": tag,
        });
        let expected = json!({ "action": "untag", "target": expected });
        assert_eq!(told(&heard[0], "DELETE"), expected);
    }
}

#[tokio::test]
async fn a_tag_that_a_push_moves_is_told_of_with_where_it_went() {
    let stage = Stage::start().await;
    stage.ask("untags", &["untag"], "team/app:v1").await;
    let client = &stage.served.client;
    let first = client.push_image("team/app", "v1", "one").await;
    stage.tag("team/app", &first, "v1").await;
    let second = client.push_image("team/app", "v1", "two").await;
    let heard = stage.heard(&mut 0).await;
    assert_eq!(heard.len(), 1, "{heard:?}");
    let target = told(&heard[0], "PUT")["target"].clone();
    assert_eq!((&target["digest"], &target["tag"]), (&json!(first.as_str()), &json!("v1")));
    assert_eq!(target["boathook"], json!({ "movedTo": second.as_str() }));
    // What goes with its manifest is told of by the deletion.
    let _ = client.delete(&format!("/v2/team/app/manifests/{second}")).await.is(202);
    assert_eq!(stage.heard(&mut 1).await.len(), 0);
}

#[tokio::test]
async fn a_lock_is_told_of_where_it_changes_something() {
    let stage = Stage::start().await;
    stage.ask("locks", &["lock"], "").await;
    let digest = stage.served.client.push_image("team/app", "v1", "layer").await;
    let mut seen = 0;
    let locked = json!({
        "deleteEnabled": true, "writeEnabled": false, "readEnabled": true, "listEnabled": true,
    });
    let manifest = json!({ "mediaType": OCI_MANIFEST, "digest": digest.as_str() });
    let of_manifest = json!({ "repository": "team/app" });
    let mut of_tag = json!({ "repository": "team/app", "tag": "v1" });
    let mut of_digest = of_manifest.clone();
    for target in [&mut of_tag, &mut of_digest] {
        for member in ["mediaType", "digest"] {
            target[member] = manifest[member].clone();
        }
    }
    for (path, mut target) in [
        ("/acr/v1/team/app".to_owned(), of_manifest),
        (format!("/acr/v1/team/app/_manifests/{digest}"), of_digest),
        ("/acr/v1/team/app/_tags/v1".to_owned(), of_tag),
    ] {
        for _ in 0..2 {
            stage.patch(&path, r#"{"writeEnabled":false}"#).await;
        }
        let heard = stage.heard(&mut seen).await;
        assert_eq!(heard.len(), 1, "{path}: {heard:?}");
        target["boathook"] = json!({ "changeableAttributes": locked });
        assert_eq!(told(&heard[0], "PATCH"), json!({ "action": "lock", "target": target }));
    }
}

#[tokio::test]
async fn a_scan_is_told_of_where_it_says_something_new() {
    let stage = Stage::start().await;
    stage.ask("scans", &["scan", "lock"], "team/app:v1").await;
    let digest = stage.served.client.push_image("team/app", "v1", "layer").await;
    let path = format!("/acr/v1/team/app/_manifests/{digest}");
    let details = r#"{"state":"Scan Passed"}"#;
    let body = json!({ "quarantineState": "Passed", "quarantineDetails": details }).to_string();
    let mut seen = 0;
    for expected in [1, 0] {
        stage.patch(&path, &body).await;
        let heard = stage.heard(&mut seen).await;
        assert_eq!(heard.len(), expected, "{heard:?}");
        for scan in &heard {
            let target = json!({
                "mediaType": OCI_MANIFEST, "digest": digest.as_str(), "repository": "team/app",
                "boathook": { "quarantineState": "Passed", "quarantineDetails": details },
            });
            assert_eq!(told(scan, "PATCH"), json!({ "action": "scan", "target": target }));
        }
    }
    // A verdict that changes attributes too tells of that as any PATCH does.
    stage.patch(&path, r#"{"quarantineState":"Failed","listEnabled":false}"#).await;
    let heard = stage.heard(&mut seen).await;
    assert_eq!(heard.len(), 1, "{heard:?}");
    assert_eq!(told(&heard[0], "PATCH")["action"], "lock");
}

#[tokio::test]
async fn a_pull_is_told_of_before_it_is_answered_and_a_look_is_not() {
    let stage = Stage::start().await;
    let client = &stage.served.client;
    let digest = client.push_image("team/app", "v1", "layer").await;
    let size = client.get("/v2/team/app/manifests/v1").await.is(200).body.len();
    // Nobody has asked yet.
    assert_eq!(stage.heard(&mut 0).await.len(), 0);
    stage.ask("pulls", &["pull"], "team/app:v1").await;
    stage.ask("other", &["pull"], "team/app:v2").await;
    let mut seen = 0;
    for reference in ["v1", digest.as_str()] {
        let path = format!("/v2/team/app/manifests/{reference}");
        let _ = client.head(&path).await.is(200);
        let accept = [("accept", "application/vnd.oci.image.index.v1+json")];
        let _ = client.ask(Method::GET, &path, &accept, "").await.is(404);
        assert_eq!(stage.heard(&mut seen).await.len(), 0, "{reference}");
        let _ = client.get(&path).await.is(200);
        let heard = stage.heard(&mut seen).await;
        assert_eq!(heard.len(), 1, "{reference}: {heard:?}");
        let mut target = json!({
            "mediaType": OCI_MANIFEST, "size": size, "digest": digest.as_str(), "length": size,
            "repository": "team/app",
        });
        if reference == "v1" {
            target["tag"] = json!("v1");
        }
        assert_eq!(told(&heard[0], "GET"), json!({ "action": "pull", "target": target }));
    }
    let _ = client.get("/v2/team/app/manifests/none").await.is(404);
    assert_eq!(stage.heard(&mut seen).await.len(), 0);
}

#[tokio::test]
async fn a_pull_that_is_answered_has_been_recorded() {
    let stage = Stage::start().await;
    stage.ask("pulls", &["pull"], "").await;
    stage.served.client.push_image("team/app", "v1", "layer").await;
    let _ = stage.served.client.get("/v2/team/app/manifests/v1").await.is(200);
    let Stage { served, receiver } = stage;
    let served = served.restart().await;
    served.world.tick_until_idle().await;
    let actions: Vec<_> =
        receiver.requests().iter().map(|request| request.json()["action"].clone()).collect();
    assert_eq!(actions, ["pull"]);
}

#[tokio::test]
async fn nothing_extra_is_sent_or_written_unless_it_is_asked_for() {
    let stage = Stage::start().await;
    let world = &stage.served.world;
    world.create_webhook("plain", hook(&stage.receiver.uri())).await;
    stage.ask("asking", &["untag", "lock", "pull"], "").await;
    let off = Update { extra_actions: Some(Vec::new()), ..Update::default() };
    let mut seen = 0;
    for asks in [true, false] {
        let client = &stage.served.client;
        let layer = format!("layer {asks}");
        let digest = client.push_image("team/app", "v1", &layer).await;
        stage.tag("team/app", &digest, "v2").await;
        let _ = client.get("/v2/team/app/manifests/v1").await.is(200);
        stage.patch("/acr/v1/team/app", r#"{"listEnabled":false}"#).await;
        stage.patch("/acr/v1/team/app", r#"{"listEnabled":true}"#).await;
        let _ = client.delete("/acr/v1/team/app/_tags/v2").await.is(202);
        let _ = client.delete(&format!("/v2/team/app/manifests/{digest}")).await.is(202);
        let undispatched = world.ctx().db.undispatched(100).await.expect("the database works");
        let extras = undispatched.iter().filter(|event| matches!(event.action, Action::Extra(_)));
        assert_eq!(0 < extras.count(), asks);
        let heard = stage.heard(&mut seen).await;
        let of = |name: &str| {
            let mut actions: Vec<_> = heard
                .iter()
                .filter(|(webhook, _)| webhook == name)
                .map(|(_, payload)| payload["action"].as_str().unwrap_or_default())
                .collect();
            actions.sort_unstable();
            actions
        };
        assert_eq!(of("hook"), ["delete", "push", "push"], "ACR's, and each once");
        let expected: &[&str] = if asks { &["lock", "lock", "pull", "pull", "untag"] } else { &[] };
        assert_eq!(of("asking"), expected);
        world.update_webhook("asking", off.clone()).await;
    }
}

#[tokio::test]
async fn deleted_tags_are_told_to_those_who_ask_and_acrs_bytes_to_all_others() {
    let stage = Stage::start().await;
    let world = &stage.served.world;
    let uri = |name: &str| format!("{}/{name}", stage.receiver.uri());
    world.create_webhook("plain", hook(&uri("plain"))).await;
    let tags = Create { has_deleted_tags: Some(true), ..hook(&uri("tags")) };
    world.create_webhook("withtags", tags).await;
    let client = &stage.served.client;
    let mut seen = 0;
    for count in [1, TAGS_TOLD_MAX, TAGS_TOLD_MAX + 1] {
        let digest = client.push_image("team/app", "t0000", &format!("layer {count}")).await;
        let names: Vec<_> = (0..count).map(|idx| format!("t{idx:04}")).collect();
        for name in &names[1..] {
            stage.tag("team/app", &digest, name).await;
        }
        stage.heard(&mut seen).await;
        let _ = client.delete(&format!("/v2/team/app/manifests/{digest}")).await.is(202);
        let heard = stage.heard(&mut seen).await;
        assert_eq!(heard.len(), 2, "{heard:?}");
        for deletion in &heard {
            let mut target = json!({
                "mediaType": OCI_MANIFEST, "digest": digest.as_str(), "repository": "team/app",
            });
            if deletion.0 == "tags" {
                let told = &names[..count.min(TAGS_TOLD_MAX)];
                target["boathook"] = json!({ "tags": told });
                if TAGS_TOLD_MAX < count {
                    target["boathook"]["truncated"] = json!(true);
                }
            }
            assert_eq!(told(deletion, "DELETE"), json!({ "action": "delete", "target": target }));
        }
        let shown = world.events("withtags").await;
        let sent = stage.receiver.requests();
        let sent = sent.iter().rfind(|request| request.path.ends_with("tags"));
        assert_eq!(
            shown[0].body,
            sent.expect("it was sent").body.as_bytes(),
            "list-events shows it"
        );
    }
    // A repository's deletion tells as much.
    client.push_image("team/app", "v1", "last").await;
    stage.heard(&mut seen).await;
    let _ = client.delete("/acr/v1/team/app").await.is(202);
    let heard = stage.heard(&mut seen).await;
    let tags: Vec<_> =
        heard.iter().map(|(_, payload)| &payload["target"]["boathook"]["tags"]).collect();
    assert!(tags.contains(&&json!(["v1"])) && tags.contains(&&Value::Null), "{heard:?}");
}

#[tokio::test]
async fn what_is_asked_for_is_set_shown_kept_and_cleared() {
    let managed = Managed::start().await;
    let path = format!("{REGISTRY}/webhooks/hook1");
    let put = async |boathook: Option<Value>| {
        let mut body = json!({
            "location": "local",
            "properties": { "serviceUri": "http://127.0.0.1:9/", "actions": ["push"] },
        });
        if let Some(boathook) = boathook {
            body["properties"]["boathook"] = boathook;
        }
        managed.owner(Method::PUT, &path, &body.to_string()).await
    };
    let update = async |properties: Value| {
        let body = json!({ "properties": properties }).to_string();
        managed.owner(Method::PATCH, &path, &body).await
    };
    let asked = json!({ "extraActions": ["pull", "Untag", "untag"], "deletedTags": true });
    let shown = json!({ "extraActions": ["untag", "pull"], "deletedTags": true });
    let made = put(Some(asked)).await.is(200).json();
    assert_eq!(made["properties"]["boathook"], shown);
    assert_eq!(made["properties"]["actions"], json!(["push"]));
    assert_eq!(managed.get(&path).await["properties"]["boathook"], shown);
    // What az and the SDKs send keeps it, and what was shown can be sent back.
    let kept = update(json!({ "actions": ["push", "delete"], "status": "disabled" })).await.is(200);
    assert_eq!(kept.json()["properties"]["boathook"], shown);
    let back = update(managed.get(&path).await["properties"].clone()).await.is(200);
    assert_eq!(back.json()["properties"]["boathook"], shown);
    for (boathook, target) in [
        (json!({ "extraActions": ["untag", "push"] }), "properties.boathook.extraActions"),
        (json!({ "extraActions": ["prune"] }), "properties.boathook.extraActions"),
        (json!({ "deletedTags": "yes" }), "properties.boathook.deletedTags"),
        (json!({ "extraAction": [] }), "properties.boathook.extraAction"),
    ] {
        let error = update(json!({ "boathook": boathook })).await.is(400).json()["error"].clone();
        assert_eq!(error["target"], target, "{error}");
    }
    let error = update(json!({ "actions": ["untag"] })).await.is(400).json()["error"].clone();
    let words = "`untag` is no action: an action is `push`, `delete`, `quarantine`, `chart_push` or `chart_delete`";
    assert_eq!(
        (&error["target"], &error["message"]),
        (&json!("properties.actions"), &json!(words))
    );
    let cleared = update(json!({ "boathook": { "extraActions": [] } })).await.is(200).json();
    assert_eq!(cleared["properties"]["boathook"], json!({ "deletedTags": true }));
    // A PUT replaces all of it.
    let replaced = put(None).await.is(200).json();
    assert!(replaced["properties"].get("boathook").is_none(), "{replaced}");
}
