//! Replications: the regions that a registry is in beside its home.

use crate::identities::{Managed, REGISTRY};
use boathook_testkit::{Answer, Client, Settings};
use http::Method;
use serde_json::{Value, json};

const REGIONS: &[&str] = &["westeurope", "eastus", "westus2"];

async fn managed(sku: &'static str) -> Managed {
    Managed::with(Settings { regions: REGIONS, sku, ..Settings::default() }).await
}

impl Managed {
    async fn replication(&self, method: Method, name: &str, body: &Value) -> Answer {
        self.owner(method, &format!("{REGISTRY}/replications/{name}"), &body.to_string()).await
    }

    async fn replicate(&self, name: &str, location: &str) -> Answer {
        let body = json!({ "location": location, "properties": {} });
        self.replication(Method::PUT, name, &body).await
    }

    async fn names(&self) -> Vec<String> {
        let list = self.get(&format!("{REGISTRY}/replications")).await;
        let all = list["value"].as_array().expect("it is a list").iter();
        all.map(|one| one["name"].as_str().expect("it has a name").to_owned()).collect()
    }

    /// What the URL in a header leads to.
    async fn followed(&self, url: &str) -> Answer {
        let (path, _) = url.split_once('?').expect("it has a version");
        let base = format!("http://{}", self.served.address);
        self.owner(Method::GET, path.strip_prefix(&base).expect("it is ours"), "").await
    }
}

#[track_caller]
fn check(answer: &Answer, status: u16, code: &str, target: Option<&str>) {
    let json = answer.json();
    let found = (answer.status, json["error"]["code"].as_str(), json["error"]["target"].as_str());
    assert_eq!(found, (status, Some(code), target), "{json}");
}

#[tokio::test]
async fn a_replication_is_made_changed_and_removed_as_az_does() {
    let managed = managed("Premium").await;
    assert!(managed.names().await.is_empty());
    let made = managed.replicate("EastUS", "East US").await.is(201);
    let status = managed.followed(made.header("azure-asyncoperation")).await.is(200).json();
    assert_eq!(status["status"], "Succeeded");
    let made = made.json();
    assert_eq!((&made["name"], &made["location"]), (&json!("EastUS"), &json!("eastus")));
    assert_eq!(made["id"], format!("{REGISTRY}/replications/EastUS"));
    assert_eq!(made["type"], "Microsoft.ContainerRegistry/registries/replications");
    let properties = &made["properties"];
    assert_eq!(properties["provisioningState"], "Succeeded");
    assert_eq!(properties["status"]["displayStatus"], "Ready");
    assert_eq!(properties["regionEndpointEnabled"], true);
    assert_eq!(properties["zoneRedundancy"], "Disabled");
    assert_eq!(managed.names().await, ["westeurope", "EastUS"]);
    assert_eq!(managed.get(&format!("{REGISTRY}/replications/eastus")).await, made);
    assert_eq!(managed.replicate("eastus", "eastus").await.is(200).json()["name"], "EastUS");

    let change =
        json!({ "tags": { "key": "value" }, "properties": { "regionEndpointEnabled": false } });
    let changed = managed.replication(Method::PATCH, "eastus", &change).await.is(200);
    let _ = managed.followed(changed.header("azure-asyncoperation")).await.is(200);
    let changed = changed.json();
    assert_eq!(changed["tags"], json!({ "key": "value" }));
    assert_eq!(changed["properties"]["regionEndpointEnabled"], false);
    let kept = managed.replication(Method::PATCH, "eastus", &json!({})).await.is(200).json();
    assert_eq!(kept["tags"], changed["tags"]);

    let deleted = managed.replication(Method::DELETE, "eastus", &json!({})).await.is(202);
    let _ = managed.followed(deleted.header("location")).await.is(200);
    let _ = managed.replication(Method::DELETE, "eastus", &json!({})).await.is(204);
    check(
        &managed.replication(Method::PATCH, "eastus", &change).await,
        404,
        "ResourceNotFound",
        None,
    );
    assert!(managed.names().await.is_empty());
}

#[tokio::test]
async fn what_cannot_be_a_replication_is_refused_by_name() {
    let managed = managed("Premium").await;
    let _ = managed.replicate("eastus", "eastus").await.is(201);
    for (name, location, status, code, target) in [
        ("westeurope", "westeurope", 400, "InvalidRequest", "location"),
        ("moon1", "moon1", 400, "LocationNotAvailableForResourceType", "location"),
        ("a-b-c-d", "westus2", 400, "InvalidRequest", "replicationName"),
        ("another", "eastus", 409, "Conflict", "location"),
        ("eastus", "westus2", 409, "InvalidResourceLocation", "location"),
    ] {
        check(&managed.replicate(name, location).await, status, code, Some(target));
    }
    let body = json!({ "tags": {} });
    for method in [Method::PATCH, Method::DELETE] {
        let home = managed.replication(method, "westeurope", &body).await;
        check(&home, 409, "Conflict", None);
    }
    assert_eq!(managed.names().await, ["westeurope", "eastus"]);
}

#[tokio::test]
async fn a_registry_that_is_not_premium_has_none() {
    let managed = managed("Standard").await;
    check(&managed.replicate("eastus", "eastus").await, 400, "InvalidRequest", None);
    assert!(managed.names().await.is_empty());
}

#[tokio::test]
async fn a_region_is_served_and_has_webhooks_as_long_as_the_registry_is_in_it() {
    let managed = managed("Premium").await;
    let [password, _] = &managed.credentials.passwords;
    let client = Client::signed_in(managed.served.address, "boathook", password)
        .at("boathook.eastus.geo.azurecr.localhost");
    let hook = format!("{REGISTRY}/webhooks/hook1");
    let body = json!({
        "location": "eastus", "properties": { "serviceUri": "http://127.0.0.1:9/", "actions": ["push"] },
    })
    .to_string();
    let early = managed.owner(Method::PUT, &hook, &body).await;
    check(&early, 404, "RegistryResourceNotFound", Some("location"));
    let _ = client.get("/v2/").await.is(404);

    let _ = managed.replicate("eastus", "eastus").await.is(201);
    client.push_image("app", "v1", "content").await;
    client.pull_image("app", "v1").await;
    // Content does not flow between regions.
    let _ = managed.served.client.head("/v2/app/manifests/v1").await.is(404);
    let made = managed.owner(Method::PUT, &hook, &body).await.is(200).json();
    assert_eq!(made["location"], "eastus");
    let moved = body.replace("eastus", "westeurope");
    check(
        &managed.owner(Method::PUT, &hook, &moved).await,
        400,
        "InvalidRequest",
        Some("location"),
    );
    let refused = managed.replication(Method::DELETE, "eastus", &json!({})).await;
    check(&refused, 409, "Conflict", None);
    let _ = managed.owner(Method::DELETE, &hook, "").await.is(200);
    let _ = managed.replication(Method::DELETE, "eastus", &json!({})).await.is(202);
    let _ = client.head("/v2/app/manifests/v1").await.is(404);
}
