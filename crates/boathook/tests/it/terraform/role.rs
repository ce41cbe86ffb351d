//! `azurerm_role_assignment`, on a registry.

use super::Terraform;
use reqwest::Method;
use serde_json::{Value as Json, json};

/// The GUID that is configured, or that the provider makes of what is.
const NAME: &str = "b0a70001-0000-4000-9000-000000000001";
/// How many times in a row it looks whether what it has given is there.
const FOUND_COUNT: usize = 5;

impl Terraform {
    /// The id of the one role of this name that can be given on a scope.
    async fn finds_role(&mut self, scope: &str, name: &str) -> String {
        let list = format!("{scope}/providers/Microsoft.Authorization/roleDefinitions");
        let path = format!("{list}?$filter=roleName%20eq%20'{name}'");
        let found = self.get(&path).await.is(200).json();
        let [role] = &found["value"].as_array().unwrap()[..] else { panic!("{found}") };
        role["id"].as_str().unwrap().to_owned()
    }

    /// Reads a role that is given, and fails unless what the provider would keep is what is configured.
    async fn reads_assignment(&mut self, id: &str, configured: &Json) {
        let properties = self.get(id).await.is(200).json()["properties"].take();
        let role = properties["roleDefinitionId"].as_str().unwrap().to_owned();
        let definition = self.get(&role).await.is(200).json();
        let state = json!({
            "scope": properties["scope"], "role_definition_id": role, "principal_id": properties["principalId"],
            "role_definition_name": definition["properties"]["roleName"],
            "principal_type": properties["principalType"],
        });
        assert_eq!(state, *configured);
    }
}

#[tokio::test]
async fn a_role_is_given_on_a_registry_and_taken_away() {
    let mut terraform = Terraform::start().await;
    let identities = "providers/Boathook.Identity/servicePrincipals";
    let path = format!("{}/{identities}/ci", terraform.subscription());
    let identity = terraform.ask(Method::PUT, &path, Some(&json!({}))).await.is(201).json();
    let principal = &identity["properties"]["objectId"];
    let scope = terraform.registry("boathook");
    let id = format!("{scope}/providers/Microsoft.Authorization/roleAssignments/{NAME}");

    let role = terraform.finds_role(&scope, "AcrPull").await;
    let _ = terraform.get(&id).await.is(404);
    let mut body = json!({
        "properties": {"roleDefinitionId": role, "principalId": principal, "description": ""},
    });
    let made = terraform.ask(Method::PUT, &id, Some(&body)).await.is(201).json();
    assert_eq!(made["id"], id);
    for _ in 0..FOUND_COUNT {
        let _ = terraform.get(&id).await.is(200);
    }
    let configured = json!({
        "scope": scope, "role_definition_id": role, "principal_id": principal,
        "role_definition_name": "AcrPull", "principal_type": "ServicePrincipal",
    });
    terraform.reads_assignment(&id, &configured).await;

    // What it changes it sends with all that it was shown.
    body = json!({"properties": made["properties"]});
    let _ = terraform.ask(Method::PUT, &id, Some(&body)).await.is(200);
    terraform.reads_assignment(&id, &configured).await;
    body["properties"]["condition"] = "@Resource[name] StringEquals 'app'".into();
    body["properties"]["conditionVersion"] = "2.0".into();
    let refused = terraform.ask(Method::PUT, &id, Some(&body)).await.is(400).json();
    assert_eq!(refused["error"]["target"], "properties.condition");

    let _ = terraform.ask(Method::DELETE, &id, None).await.is(200);
    let _ = terraform.get(&id).await.is(404);
    terraform.stop();
}
