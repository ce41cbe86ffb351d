//! `azurerm_container_registry_webhook`.

use super::{Terraform, set};
use reqwest::Method;
use serde_json::{Value as Json, json};

/// What is configured, with what the provider takes where nothing is said.
fn configured() -> Json {
    json!({
        "location": "westeurope", "service_uri": "https://hooks.example.com/acr?key=v", "custom_headers": {},
        "actions": ["push"], "status": "enabled", "scope": "", "tags": {},
    })
}

/// The properties that it sends with a PUT and with a PATCH: all of them, each time.
fn properties(configured: &Json) -> Json {
    json!({
        "serviceUri": configured["service_uri"], "customHeaders": configured["custom_headers"],
        "actions": configured["actions"], "scope": configured["scope"], "status": configured["status"],
    })
}

impl Terraform {
    /// Reads a webhook, and fails unless what it would keep is what is configured.
    async fn reads_webhook(&mut self, id: &str, configured: &Json) {
        let webhook = self.get(id).await.is(200).json();
        let callback = self.post(&format!("{id}/getCallbackConfig"), None).await.is(200).json();
        let properties = &webhook["properties"];
        let state = json!({
            "location": webhook["location"], "service_uri": callback["serviceUri"],
            "custom_headers": callback["customHeaders"], "actions": set(&properties["actions"]),
            "status": properties["status"], "scope": properties["scope"], "tags": webhook["tags"],
        });
        let mut expected = configured.clone();
        expected["actions"] = json!(set(&configured["actions"]));
        assert_eq!(state, expected);
    }
}

#[tokio::test]
async fn a_webhook_is_created_read_updated_and_deleted_and_no_plan_shows_a_change() {
    let mut terraform = Terraform::start().await;
    let id = format!("{}/webhooks/hook1", terraform.registry("boathook"));
    let hook = "registries/boathook/webhooks/hook1";
    let read = [format!("GET {hook} 200"), format!("POST {hook}/getCallbackConfig 200")];
    let [get, config] = &read;

    let configured = configured();
    let _ = terraform.get(&id).await.is(404);
    let body =
        json!({ "location": "westeurope", "properties": properties(&configured), "tags": {} });
    terraform.then_poll(Method::PUT, &id, Some(&body)).await;
    terraform.reads_webhook(&id, &configured).await;
    terraform.check(&[&format!("GET {hook} 404"), &format!("PUT {hook} 200"), get, get, config]);

    let everything = json!({
        "location": "westeurope", "service_uri": "http://hooks.example.com:8080/",
        "custom_headers": {"Content-Type": "application/json", "X-token": "a b=c"},
        "actions": ["quarantine", "push", "delete", "chart_push", "chart_delete"],
        "status": "disabled", "scope": "team/app:*", "tags": {"env": "ci", "Owner": ""},
    });
    for configured in [everything, configured] {
        let body = json!({ "properties": properties(&configured), "tags": configured["tags"] });
        terraform.then_poll(Method::PATCH, &id, Some(&body)).await;
        terraform.reads_webhook(&id, &configured).await;
        terraform.check(&[&format!("PATCH {hook} 200"), get, get, config]);
    }

    terraform.then_poll(Method::DELETE, &id, None).await;
    terraform.check(&[&format!("DELETE {hook} 200"), &format!("GET {hook} 404")]);
    terraform.stop();
}

#[tokio::test]
async fn a_webhook_is_created_in_the_region_that_a_registry_is_replicated_to() {
    let mut terraform = Terraform::start().await;
    let registry = terraform.registry("boathook");
    let replication = json!({
        "location": "eastus", "name": "eastus", "tags": {},
        "properties": {"regionEndpointEnabled": true, "zoneRedundancy": "Disabled"},
    });
    let path = format!("{registry}/replications/eastus");
    terraform.then_poll(Method::PUT, &path, Some(&replication)).await;
    let id = format!("{registry}/webhooks/hook1");
    let mut configured = configured();
    configured["location"] = "eastus".into();
    let body = json!({ "location": "eastus", "properties": properties(&configured), "tags": {} });
    terraform.then_poll(Method::PUT, &id, Some(&body)).await;
    terraform.reads_webhook(&id, &configured).await;
    terraform.stop();
}
