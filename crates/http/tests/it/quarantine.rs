//! The quarantine, as those who push, scan and pull meet it.

#![expect(clippy::unwrap_used, reason = "what helps a test may fail as a test may")]

use crate::auth::basic;
use crate::charts::archive;
use crate::identities::{Made, Managed, REGISTRY};
use boathook_core::digest::Digest;
use boathook_core::media_type::{OCI_INDEX, OCI_MANIFEST};
use boathook_testkit::{Answer, Client, hook};
use http::Method;
use serde_json::{Value, json};

/// A registry with the policy, a webhook that hears of pushes and quarantines, and somebody who may only pull.
struct Held {
    managed: Managed,
    puller: Client,
}

impl Held {
    async fn start() -> Self {
        Box::pin(Self::without_policy()).await
    }

    async fn without_policy() -> Self {
        let managed = Managed::start().await;
        let world = &managed.served.world;
        let mut all = hook("http://127.0.0.1:9/");
        all.actions = vec!["push".to_owned(), "quarantine".to_owned()];
        world.create_webhook("everything", all).await;
        let puller = managed.make("puller").await;
        let _ = managed.assign(REGISTRY, 1, "AcrPull", &puller.principal).await.is(201);
        let puller = managed.client(&puller);
        Self { managed, puller }
    }

    async fn enabled() -> Self {
        let held = Self::start().await;
        held.managed.set_policy("enabled").await;
        held
    }

    /// Pushes an image as the admin user.
    async fn push(&self, tag: &str, content: &str) -> Digest {
        self.managed.served.client.push_image("app", tag, content).await
    }

    /// What the admin user says of a manifest.
    async fn says(&self, digest: &Digest, body: &Value) -> Answer {
        self.managed.served.set(&format!("app/_manifests/{digest}"), &body.to_string()).await
    }

    async fn passes(&self, digest: &Digest) {
        let _ = self.says(digest, &json!({ "quarantineState": "Passed" })).await.is(200);
    }

    /// Takes the bodies of the events that nobody has dispatched, `ACTION TAG` each, in their order.
    async fn told(&self) -> Vec<String> {
        let db = &self.managed.served.world.ctx().db;
        let events = db.undispatched(1_000).await.unwrap();
        let told = events.iter().map(|event| {
            let body: Value = serde_json::from_slice(&event.body).unwrap();
            let tag = body["target"]["tag"].as_str().unwrap_or("-");
            format!("{} {tag}", body["action"].as_str().unwrap())
        });
        let told = told.collect();
        let ids = events.iter().map(|event| event.id.clone()).collect();
        let revision = db.webhook_revision().await.unwrap();
        let now = self.managed.served.world.ctx().clock.now();
        db.dispatch(revision, ids, Vec::new(), now).await.unwrap();
        told
    }
}

impl Managed {
    /// Somebody who signs in as docker does.
    fn client(&self, made: &Made) -> Client {
        Client::signed_in(self.served.address, &made.client_id, &made.secret)
    }

    async fn set_policy(&self, status: &str) {
        let policies = json!({ "quarantinePolicy": { "status": status } });
        let body = json!({ "properties": { "policies": policies } }).to_string();
        let changed = self.owner(Method::PATCH, REGISTRY, &body).await.is(200).json();
        assert_eq!(changed["properties"]["policies"]["quarantinePolicy"]["status"], status);
    }
}

fn manifest(reference: &str) -> String {
    format!("/v2/app/manifests/{reference}")
}

#[track_caller]
fn check_quarantined(answer: &Answer) {
    let error = answer.refused(405, "IMAGE_QUARANTINED");
    assert_eq!(
        (&error["message"], &error["detail"]),
        (&json!("The image is quarantined."), &json!({}))
    );
}

#[tokio::test]
async fn without_the_policy_a_push_fires_both_and_is_pulled() {
    let held = Held::start().await;
    let digest = held.push("v1", "one").await;
    assert_eq!(held.told().await, ["quarantine v1", "push v1"]);
    for reference in ["v1", digest.as_str()] {
        let _ = held.puller.get(&manifest(reference)).await.is(200);
    }
}

#[tokio::test]
async fn what_is_held_back_is_pulled_by_nobody_until_it_has_passed() {
    let held = Held::enabled().await;
    let digest = held.push("v1", "one").await;
    assert_eq!(held.told().await, ["quarantine v1"]);
    for _ in 0..2 {
        held.puller.get(&manifest("v1")).await.refused(404, "MANIFEST_UNKNOWN");
        check_quarantined(&held.puller.get(&manifest(digest.as_str())).await);
        assert_eq!(held.puller.head(&manifest("v1")).await.status, 404);
        assert_eq!(held.puller.head(&manifest(digest.as_str())).await.status, 405);
    }
    let failed = json!({ "quarantineState": "Failed" });
    let _ = held.says(&digest, &failed).await.is(200);
    held.puller.get(&manifest("v1")).await.refused(404, "MANIFEST_UNKNOWN");
    assert!(held.told().await.is_empty());
    held.passes(&digest).await;
    assert_eq!(held.told().await, ["push v1"]);
    let _ = held.puller.pull_image("app", "v1").await;
    // Whoever pushes it once more tells of what has passed.
    held.push("v2", "one").await;
    assert_eq!(held.told().await, ["push v2"]);
    let _ = held.puller.get(&manifest("v2")).await.is(200);
    let _ = held.says(&digest, &failed).await.is(200);
    check_quarantined(&held.puller.get(&manifest(digest.as_str())).await);
}

#[tokio::test]
async fn what_was_there_before_the_policy_is_held_back_and_goes_free_without_it() {
    let held = Held::start().await;
    held.push("v1", "one").await;
    let _ = held.puller.get(&manifest("v1")).await.is(200);
    held.managed.set_policy("enabled").await;
    held.puller.get(&manifest("v1")).await.refused(404, "MANIFEST_UNKNOWN");
    held.push("v2", "two").await;
    held.told().await;
    held.managed.set_policy("disabled").await;
    for tag in ["v1", "v2"] {
        let _ = held.puller.get(&manifest(tag)).await.is(200);
    }
    assert!(held.told().await.is_empty(), "what goes free with the policy is not announced");
}

#[tokio::test]
async fn a_scanner_pulls_and_judges_with_the_role_alone_and_a_reader_only_pulls() {
    let held = Held::enabled().await;
    let digest = held.push("v1", "one").await;
    let managed = &held.managed;
    let reader = managed.make("reader").await;
    let writer = managed.make("writer").await;
    let _ = managed.assign(REGISTRY, 2, "AcrQuarantineReader", &reader.principal).await.is(201);
    let _ = managed.assign(REGISTRY, 3, "AcrQuarantineWriter", &writer.principal).await.is(201);
    let path = format!("/acr/v1/app/_manifests/{digest}");
    let passed = json!({ "quarantineState": "Passed", "quarantineDetails": r#"{"state":"ok"}"# });
    let passed = passed.to_string();
    for scanner in [&reader, &writer] {
        let scanner = managed.client(scanner);
        let _ = scanner.pull_image("app", "v1").await;
        let _ = scanner.pull_image("app", digest.as_str()).await;
        let shown = scanner.get(&path).await.is(200).json();
        let attributes = &shown["manifest"]["changeableAttributes"];
        assert_eq!(attributes["quarantineState"], "Quarantined");
        let catalog = scanner.get("/v2/_catalog").await.is(200).json();
        assert_eq!(catalog["repositories"], json!(["app"]));
        let locked = r#"{"writeEnabled":false}"#;
        let refused = scanner.ask(Method::PATCH, &path, &[], locked).await;
        refused.refused(401, "UNAUTHORIZED");
    }
    for other in [&managed.client(&reader), &held.puller] {
        let refused = other.ask(Method::PATCH, &path, &[], passed.clone()).await;
        refused.refused(401, "UNAUTHORIZED");
    }
    let both = r#"{"quarantineState":"Passed","writeEnabled":false}"#;
    let scanner = managed.client(&writer);
    scanner.ask(Method::PATCH, &path, &[], both).await.refused(401, "UNAUTHORIZED");
    assert_eq!(held.told().await, ["quarantine v1"], "nobody has let it out");
    // As Azure's readme has it: a token to pull and to push, and a PATCH with that.
    let query = "service=any&scope=repository:app:pull,push";
    let shown = basic(&writer.client_id, &writer.secret);
    let request = scanner.request(Method::GET, &format!("/oauth2/token?{query}"));
    let answer = scanner.send(request.header("authorization", shown), "").await.is(200).json();
    let bearer = format!("Bearer {}", answer["access_token"].as_str().unwrap());
    let request = scanner.request(Method::PATCH, &path).header("authorization", bearer);
    let shown = scanner.send(request, passed).await.is(200).json();
    let attributes = &shown["manifest"]["changeableAttributes"];
    assert_eq!(attributes["quarantineState"], "Passed");
    assert_eq!(attributes["quarantineDetails"], r#"{"state":"ok"}"#);
    assert_eq!(held.told().await, ["push v1"]);
    let _ = held.puller.pull_image("app", "v1").await;
}

#[tokio::test]
async fn the_challenge_of_a_verdict_leads_to_a_token_for_it() {
    let held = Held::enabled().await;
    let digest = held.push("v1", "one").await;
    let writer = held.managed.make("writer").await;
    let role = "AcrQuarantineWriter";
    let _ = held.managed.assign(REGISTRY, 2, role, &writer.principal).await.is(201);
    let path = format!("/acr/v1/app/_manifests/{digest}");
    let body = r#"{"quarantineState":"Passed"}"#;
    let _ = held.managed.client(&writer).ask(Method::PATCH, &path, &[], body).await.is(200);
    assert_eq!(held.told().await, ["quarantine v1", "push v1"]);
}

#[tokio::test]
async fn lists_show_what_is_held_back_and_how_it_stands() {
    let held = Held::enabled().await;
    let one = held.push("v1", "one").await;
    held.push("v2", "two").await;
    held.passes(&one).await;
    let tags = held.puller.get("/acr/v1/app/_tags").await.is(200).json();
    let states: Vec<_> =
        tags["tags"].as_array().unwrap().iter().map(|tag| tag["quarantineState"].clone()).collect();
    assert_eq!(states, ["Passed", "Quarantined"]);
    let list = held.puller.get("/acr/v1/app/_manifests?orderby=timeasc").await.is(200).json();
    for shown in list["manifests"].as_array().unwrap() {
        let expected = if shown["digest"] == one.as_str() { "Passed" } else { "Quarantined" };
        assert_eq!(shown["changeableAttributes"]["quarantineState"], expected);
    }
    let tags = held.puller.get("/v2/app/tags/list").await.is(200).json();
    assert_eq!(tags["tags"], json!(["v1", "v2"]));
}

#[tokio::test]
async fn an_index_lets_nothing_out_but_itself() {
    let held = Held::enabled().await;
    let client = &held.managed.served.client;
    let child = held.push("child", "one").await;
    let size = client.get(&manifest("child")).await.is(200).body.len();
    let entry = json!({ "mediaType": OCI_MANIFEST, "digest": child.as_str(), "size": size });
    let index = json!({ "schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": [entry] });
    let pushed = client.put_manifest("app", "all", OCI_INDEX, index.to_string()).await.is(201);
    let index: Digest = pushed.header("docker-content-digest").parse().unwrap();
    held.passes(&index).await;
    let _ = held.puller.get(&manifest("all")).await.is(200);
    check_quarantined(&held.puller.get(&manifest(child.as_str())).await);
}

#[tokio::test]
async fn referrers_are_shown_to_those_who_may_pull_them() {
    let held = Held::enabled().await;
    let subject = held.push("v1", "one").await;
    let client = &held.managed.served.client;
    let config = client.push_blob("app", b"{}").await;
    let about = json!({
        "schemaVersion": 2, "mediaType": OCI_MANIFEST, "artifactType": "application/x.sbom", "layers": [],
        "config": { "mediaType": "application/vnd.oci.empty.v1+json", "digest": config.as_str(), "size": 2 },
        "subject": { "mediaType": OCI_MANIFEST, "digest": subject.as_str(), "size": 1 },
    });
    let about = about.to_string();
    let named = client.put_manifest("app", "sbom", OCI_MANIFEST, about.clone()).await.is(201);
    let named: Digest = named.header("docker-content-digest").parse().unwrap();
    let path = format!("/v2/app/referrers/{subject}");
    let seen_by = async |client: &Client| {
        let list = client.get(&path).await.is(200).json();
        list["manifests"].as_array().unwrap().len()
    };
    assert_eq!((seen_by(client).await, seen_by(&held.puller).await), (1, 0));
    held.passes(&named).await;
    assert_eq!((seen_by(client).await, seen_by(&held.puller).await), (1, 1));
    // The same, listed by a client of old.
    let listed = about.replace(subject.as_str(), &format!("sha256:{}", "0".repeat(64)));
    let size = listed.len();
    let pushed = client.put_manifest("app", "old", OCI_MANIFEST, listed).await.is(201);
    let old: Digest = pushed.header("docker-content-digest").parse().unwrap();
    let entry = json!({ "mediaType": OCI_MANIFEST, "digest": old.as_str(), "size": size });
    let index = json!({ "schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": [entry] });
    let tag = subject.as_str().replace(':', "-");
    let index = client.put_manifest("app", &tag, OCI_INDEX, index.to_string()).await.is(201);
    let index: Digest = index.header("docker-content-digest").parse().unwrap();
    assert_eq!((seen_by(client).await, seen_by(&held.puller).await), (2, 1));
    held.passes(&index).await;
    assert_eq!(seen_by(&held.puller).await, 1);
    held.passes(&old).await;
    assert_eq!(seen_by(&held.puller).await, 2);
}

#[tokio::test]
async fn what_is_no_verdict_is_refused_and_changes_nothing() {
    let held = Held::enabled().await;
    let digest = held.push("v1", "one").await;
    for (body, said) in [
        (json!({ "quarantineState": "Quarantined" }), "`quarantineState` is `Passed` or `Failed`"),
        (json!({ "quarantineState": "passed" }), "`quarantineState` is `Passed` or `Failed`"),
        (json!({ "quarantineState": 1 }), "`quarantineState`"),
        (
            json!({ "quarantineState": "Passed", "quarantineDetails": r#"{"colour":"red"}"# }),
            "`quarantineDetails` has no member `colour`",
        ),
        (json!({ "quarantineDetails": { "state": "ok" } }), "`quarantineDetails`"),
        (
            json!({ "quarantineDetails": format!(r#"{{"link":"{}"}}"#, "x".repeat(8 * 1024)) }),
            "`quarantineDetails` has at most 8192 bytes",
        ),
    ] {
        let answer = held.says(&digest, &body).await;
        let error = answer.refused(400, "UNSUPPORTED");
        let message = error["message"].as_str().unwrap();
        assert!(message.contains(said), "{message}");
    }
    let body = json!({ "quarantineState": "Passed" });
    let absent = boathook_core::digest::Algorithm::Sha256.digest(b"absent");
    held.says(&absent, &body).await.refused(404, "MANIFEST_UNKNOWN");
    for path in ["app", "app/_tags/v1"] {
        held.managed.served.set(path, &body.to_string()).await.refused(400, "UNSUPPORTED");
    }
    assert_eq!(held.told().await, ["quarantine v1"]);
    held.puller.get(&manifest("v1")).await.refused(404, "MANIFEST_UNKNOWN");
}

#[tokio::test]
async fn an_import_takes_out_only_what_its_caller_may_pull_and_is_held_back_where_it_goes() {
    let held = Held::enabled().await;
    let digest = held.push("v1", "one").await;
    let managed = &held.managed;
    let import = async |image: &str| {
        let source = json!({ "resourceId": REGISTRY, "sourceImage": image });
        let body = json!({ "source": source, "targetTags": ["copy:v1"] }).to_string();
        managed.owner(Method::POST, &format!("{REGISTRY}/importImage"), &body).await
    };
    // The owner of a registry has no right to what is in quarantine.
    for image in ["app:v1".to_owned(), format!("app@{digest}")] {
        let refused = import(&image).await;
        let error = &refused.json()["error"];
        assert_eq!(
            (refused.status, &error["code"]),
            (403, &json!("AuthorizationFailed")),
            "{error}"
        );
        assert_eq!(error["target"], "source.sourceImage");
    }
    held.passes(&digest).await;
    held.told().await;
    let path = managed.begun_by(import("app:v1").await);
    managed.operate().await;
    let _ = managed.result(&path).await.is(200);
    assert_eq!(held.told().await, ["quarantine v1"]);
    held.puller.get("/v2/copy/manifests/v1").await.refused(404, "MANIFEST_UNKNOWN");
}

#[tokio::test]
async fn a_chart_is_never_held_back_and_nobody_judges_it() {
    let held = Held::enabled().await;
    let (client, puller) = (&held.managed.served.client, &held.puller);
    let file = "/helm/v1/app/_blobs/hello-1.0.0.tgz";
    let _ = client.ask(Method::PUT, file, &[], archive("hello", "1.0.0", 0)).await.is(201);
    let _ = puller.get(file).await.is(200);
    let by_tag = puller.get(&manifest("hello-1.0.0.tgz")).await.is(200);
    let digest: Digest = by_tag.header("docker-content-digest").parse().unwrap();
    let _ = puller.get(&manifest(digest.as_str())).await.is(200);
    for verdict in ["Passed", "Failed"] {
        let answer = held.says(&digest, &json!({ "quarantineState": verdict })).await;
        let error = answer.refused(400, "UNSUPPORTED");
        assert!(error["message"].as_str().unwrap().contains("never held back"), "{error}");
    }
    let shown = client.get(&format!("/acr/v1/app/_manifests/{digest}")).await.is(200).json();
    assert_eq!(shown["manifest"]["changeableAttributes"]["quarantineState"], "Passed");
    assert_eq!(held.told().await, ["chart_push hello-1.0.0.tgz"]);
    let _ = puller.get(&manifest("hello-1.0.0.tgz")).await.is(200);
}
