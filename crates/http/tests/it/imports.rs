//! Importing images, and the operations that do it.

#![expect(clippy::unwrap_used, reason = "what helps a test may fail as a test may")]

use crate::identities::{Managed, REGISTRY};
use crate::places::group_of;
use boathook_core::defaults::CLIENT_ID;
use boathook_core::digest::Digest;
use boathook_core::media_type::OCI_MANIFEST;
use boathook_core::quota::Sku;
use boathook_engine::RegistryRow;
use boathook_engine::operations::{self, Ticked};
use boathook_testkit::{Answer, Client};
use http::Method;
use serde_json::{Value, json};
use std::time::Duration;

impl Managed {
    async fn import(&self, body: &Value) -> Answer {
        self.owner(Method::POST, &format!("{REGISTRY}/importImage"), &body.to_string()).await
    }

    /// The same on a process that has taken over from one that was killed.
    pub(crate) async fn restarted(self) -> Self {
        let Self { served, credentials, owner } = self;
        let mut served = served.restart().await;
        let [password, _] = &credentials.passwords;
        served.client = Client::signed_in(served.address, &credentials.username, password);
        Self { served, credentials, owner }.signed_in_again().await
    }

    /// The same with a new token.
    pub(crate) async fn signed_in_again(self) -> Self {
        let owner = self.served.bearer(CLIENT_ID, &self.credentials.client_secret).await;
        Self { owner, ..self }
    }

    /// Begins an import; the path of its result.
    async fn begun(&self, body: &Value) -> String {
        self.begun_by(self.import(body).await)
    }

    /// The path of the result of what has begun.
    pub(crate) fn begun_by(&self, answer: Answer) -> String {
        let begun = answer.is(202);
        assert_eq!(begun.header("retry-after"), "1");
        let location = begun.header("location");
        let (path, _) = location.split_once('?').unwrap();
        path.strip_prefix(&format!("http://{}", self.served.address)).unwrap().to_owned()
    }

    /// Goes on with what has begun, until nothing is left.
    pub(crate) async fn operate(&self) {
        while operations::tick(self.served.world.ctx()).await.unwrap() != Ticked::Nothing {}
    }

    pub(crate) async fn result(&self, path: &str) -> Answer {
        self.owner(Method::GET, path, "").await
    }

    /// What a tag is on.
    async fn digest(&self, repository: &str, tag: &str) -> Option<String> {
        let path = format!("/v2/{repository}/manifests/{tag}");
        let answer = self.served.client.head(&path).await;
        answer.optional_header("docker-content-digest").map(str::to_owned)
    }
}

fn order(image: &str, targets: &[&str]) -> Value {
    json!({ "source": { "resourceId": REGISTRY, "sourceImage": image }, "targetTags": targets })
}

#[track_caller]
fn check(answer: &Answer, status: u16, code: &str, target: Option<&str>) {
    let json = answer.json();
    let found = (answer.status, json["error"]["code"].as_str(), json["error"]["target"].as_str());
    assert_eq!(found, (status, Some(code), target), "{json}");
}

/// Pushes an index over one image, whose configuration is too large for a row.
async fn index(managed: &Managed) -> Digest {
    let world = &managed.served.world;
    let image = world.push_image("source/app", &vec![b'x'; 40_000]).await;
    let path = format!("/v2/source/app/manifests/{image}");
    let size = managed.served.client.get(&path).await.is(200).text().len();
    let body = json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.index.v1+json",
        "manifests": [{
            "mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": image.to_string(), "size": size,
        }],
    })
    .to_string();
    let headers = [("content-type", "application/vnd.oci.image.index.v1+json")];
    let path = "/v2/source/app/manifests/v1";
    let pushed = managed.served.client.ask(Method::PUT, path, &headers, body).await.is(201);
    pushed.header("docker-content-digest").parse().unwrap()
}

#[tokio::test]
async fn an_index_comes_with_all_that_it_refers_to() {
    let managed = Managed::start().await;
    let index = index(&managed).await;
    let mut body = order("source/app:v1", &["target/app:v9", "target/app:v10"]);
    body["untaggedTargetRepositories"] = json!(["bare"]);
    let result = managed.begun(&body).await;
    let waiting = managed.result(&result).await.is(202);
    assert!(waiting.header("location").contains(&result));
    assert_eq!(waiting.header("retry-after"), "1");
    assert_eq!(managed.digest("target/app", "v9").await, None);
    let id = result.rsplit_once('/').unwrap().1;
    let status = format!("{REGISTRY}/operationStatuses/{id}");
    assert_eq!(managed.get(&status).await["status"], "InProgress");

    managed.operate().await;
    let _ = managed.result(&result).await.is(200);
    let ended = managed.get(&status).await;
    assert_eq!((&ended["status"], &ended["name"]), (&json!("Succeeded"), &json!(id)));
    assert_eq!(ended["percentComplete"], 100);
    assert_eq!(ended["boathook"], json!({ "manifests": { "done": 2, "total": 2 } }));
    for tag in ["v9", "v10"] {
        assert_eq!(managed.digest("target/app", tag).await, Some(index.to_string()));
    }
    assert_eq!(managed.digest("bare", index.as_str()).await, Some(index.to_string()));
    let tags = managed.served.client.get("/v2/target/app/tags/list").await.is(200).json();
    assert_eq!(tags["tags"], json!(["v10", "v9"]));

    // A day later nobody knows of it.
    managed.served.world.clock().advance(operations::AGE_MAX + Duration::from_secs(1));
    managed.served.world.node().sweep().await;
    let managed = managed.signed_in_again().await;
    check(&managed.result(&result).await, 404, "OperationNotFound", None);
}

#[tokio::test]
async fn a_tag_that_is_there_stays_unless_it_is_forced() {
    let managed = Managed::start().await;
    let world = &managed.served.world;
    let (one, two) = (world.push("one:v1").await, world.push("two:v1").await);
    let mut body = order("one:v1", &["two:v1"]);
    check(&managed.import(&body).await, 409, "Conflict", Some("targetTags"));
    // It comes in between.
    let result = managed.begun(&order("one:v1", &["three:v1"])).await;
    let three = world.push("three:v1").await;
    managed.operate().await;
    check(&managed.result(&result).await, 409, "Conflict", None);
    assert_eq!(managed.digest("three", "v1").await, Some(three.to_string()));
    assert_eq!(managed.digest("two", "v1").await, Some(two.to_string()));

    body["mode"] = json!("Force");
    let result = managed.begun(&body).await;
    managed.operate().await;
    let _ = managed.result(&result).await.is(200);
    assert_eq!(managed.digest("two", "v1").await, Some(one.to_string()));
}

#[tokio::test]
async fn an_import_goes_on_after_a_restart() {
    let managed = Managed::start().await;
    let image = managed.served.world.push("one:v1").await;
    let result = managed.begun(&order("one:v1", &["two:v1"])).await;
    // Somebody has begun, and died.
    let ctx = managed.served.world.ctx();
    let now = ctx.clock.now();
    let until = now.after(Duration::from_mins(1));
    assert!(ctx.db.claim_operation(now, until).await.unwrap().is_some());
    let managed = managed.restarted().await;
    let _ = managed.result(&result).await.is(202);
    managed.operate().await;
    let _ = managed.result(&result).await.is(202);
    managed.served.world.ctx().db.inherit_operations().await.unwrap();
    managed.operate().await;
    let _ = managed.result(&result).await.is(200);
    assert_eq!(managed.digest("two", "v1").await, Some(image.to_string()));
}

#[tokio::test]
async fn an_import_that_does_not_end_has_failed_after_a_day() {
    let managed = Managed::start().await;
    managed.served.world.push("one:v1").await;
    let result = managed.begun(&order("one:v1", &["two:v1"])).await;
    let late = operations::DURATION_MAX_LONG + Duration::from_secs(1);
    managed.served.world.clock().advance(late);
    managed.operate().await;
    let path = format!("{REGISTRY}/operationStatuses/{}", result.rsplit_once('/').unwrap().1);
    let managed = managed.signed_in_again().await;
    let status = managed.get(&path).await;
    assert_eq!(status["status"], "Failed");
    assert_eq!(status["error"]["code"], "InternalServerError");
    assert_eq!(managed.digest("two", "v1").await, None);
}

#[tokio::test]
async fn what_cannot_be_imported_is_refused_by_name() {
    let managed = Managed::start().await;
    managed.served.world.push("one:v1").await;
    let source = |source: Value| json!({ "source": source, "targetTags": ["two:v1"] });
    let own = managed.served.address.to_string();
    let foreign = "registry.example/x";
    let not_local = format!("localhost.example:{}", managed.served.address.port());
    for (body, status, code, target) in [
        (source(json!({ "sourceImage": "one:v1" })), 400, "InvalidRequest", "source"),
        (
            source(json!({ "registryUri": foreign, "sourceImage": "one:v1" })),
            400,
            "InvalidRequest",
            "source.registryUri",
        ),
        (
            source(json!({ "registryUri": not_local, "sourceImage": "one:v1" })),
            400,
            "InvalidRequest",
            "source.registryUri",
        ),
        (
            source(json!({ "resourceId": format!("{REGISTRY}x"), "sourceImage": "one:v1" })),
            400,
            "InvalidRequest",
            "source.registryUri",
        ),
        (
            source(json!({ "registryUri": own, "sourceImage": "one:v2" })),
            404,
            "ResourceNotFound",
            "source.sourceImage",
        ),
        (
            source(json!({ "registryUri": own, "sourceImage": "One:v1" })),
            400,
            "InvalidRequest",
            "source.sourceImage",
        ),
        (
            source(json!({
                "registryUri": own, "sourceImage": "one:v1", "credentials": { "username": "a", "password": "wrong" },
            })),
            403,
            "AuthorizationFailed",
            "source.credentials",
        ),
        (order("one:v1", &[]), 400, "InvalidRequest", "targetTags"),
        (order("one:v1", &["two@sha256:0"]), 400, "InvalidRequest", "targetTags"),
        (order("one:v1", &["two:v1"; 51]), 400, "InvalidRequest", "targetTags"),
    ] {
        check(&managed.import(&body).await, status, code, Some(target));
    }
    let unknown = format!("{REGISTRY}/operationStatuses/registries-none");
    check(&managed.result(&unknown).await, 404, "OperationNotFound", None);
    let user = &managed.credentials;
    let credentials = json!({ "username": user.username, "password": user.passwords[0] });
    let body =
        source(json!({ "registryUri": own, "sourceImage": "one:v1", "credentials": credentials }));
    let result = managed.begun(&body).await;
    managed.operate().await;
    let _ = managed.result(&result).await.is(200);
}

/// Nobody could pull it either.
#[tokio::test]
async fn an_image_that_may_not_be_read_does_not_come_with_its_index() {
    let managed = Managed::start().await;
    let _ = index(&managed).await;
    let shown = managed.served.client.get("/v2/source/app/manifests/v1").await.is(200).json();
    let image = shown["manifests"][0]["digest"].as_str().unwrap();
    let path = format!("source/app/_manifests/{image}");
    let _ = managed.served.set(&path, r#"{"readEnabled":false}"#).await.is(200);
    let result = managed.begun(&order("source/app:v1", &["target/app:v1"])).await;
    managed.operate().await;
    check(&managed.result(&result).await, 409, "Conflict", None);
    let _ = managed.served.client.get(&format!("/v2/target/app/manifests/{image}")).await.is(404);
    let _ = managed.served.set(&path, r#"{"readEnabled":true}"#).await.is(200);
    let result = managed.begun(&order("source/app:v1", &["target/app:v1"])).await;
    managed.operate().await;
    let _ = managed.result(&result).await.is(200);
}

#[tokio::test]
async fn an_image_comes_from_another_registry_with_its_bytes() {
    let managed = Managed::start().await;
    let (world, address) = (&managed.served.world, managed.served.address);
    let made = (world.ctx().clock.now(), "somebody".to_owned());
    let (label, group) = ("second".parse().unwrap(), "boathook".parse().unwrap());
    let second =
        RegistryRow::new(label, group, world.ctx().site.home().clone(), Sku::Premium, made);
    world.ctx().db.ensure_registry(second, group_of(world.ctx())).await.unwrap();
    let host = "second.azurecr.localhost";
    let secret = &managed.credentials.client_secret;
    let client = Client::signed_in(address, CLIENT_ID, secret).at(host);
    let layer = client.push_blob("app", &vec![b'y'; 40_000]).await;
    let body = json!({
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "config": { "mediaType": "application/vnd.oci.image.config.v1+json", "digest": layer.to_string(), "size": 40_000 },
        "layers": [],
    });
    let headers = [("content-type", OCI_MANIFEST)];
    let path = "/v2/app/manifests/v1";
    let _ = client.ask(Method::PUT, path, &headers, body.to_string()).await.is(201);

    let id = REGISTRY.replace("registries/boathook", "registries/SECOND");
    for source in [json!({ "resourceId": id }), json!({ "registryUri": host })] {
        let mut body = json!({ "source": source, "targetTags": ["copy:v1"], "mode": "Force" });
        body["source"]["sourceImage"] = json!("app:v1");
        let result = managed.begun(&body).await;
        managed.operate().await;
        let _ = managed.result(&result).await.is(200);
    }
    let path = format!("/v2/copy/blobs/{layer}");
    let found = managed.served.client.get(&path).await.is(200);
    assert_eq!(found.body, vec![b'y'; 40_000]);
    let policy = r#"{"properties":{"policies":{"exportPolicy":{"status":"disabled"}}}}"#;
    let _ = managed.owner(Method::PATCH, &id, policy).await.is(200);
    let mut body = json!({ "source": { "registryUri": host }, "targetTags": ["copy:v2"] });
    body["source"]["sourceImage"] = json!("app:v1");
    check(&managed.import(&body).await, 403, "AuthorizationFailed", Some("source"));
    let mut body = json!({ "source": { "registryUri": "second.far.geo.azurecr.localhost" } });
    body["source"]["sourceImage"] = json!("app:v1");
    body["targetTags"] = json!(["copy:v1"]);
    check(&managed.import(&body).await, 400, "InvalidRequest", Some("source.registryUri"));
}
