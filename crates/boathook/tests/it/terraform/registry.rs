//! `azurerm_container_registry`: the resource and the data source.

use super::Terraform;
use reqwest::Method;
use serde_json::{Value as Json, json};

/// What is configured, with what the provider takes where nothing is said.
fn configured(sku: &str) -> Json {
    json!({
        "location": "westeurope", "sku": sku, "admin_enabled": false, "anonymous_pull_enabled": false,
        "data_endpoint_enabled": false, "encryption": [], "export_policy_enabled": true, "georeplications": [],
        "identity": [], "network_rule_bypass_option": "AzureServices", "network_rule_bypass_for_tasks_enabled": false,
        "network_rule_set": [{"default_action": "Allow", "ip_rule": []}], "public_network_access_enabled": true,
        "quarantine_policy_enabled": false, "retention_policy_in_days": 0,
        "role_assignment_mode": "LegacyRegistryPermissions", "azuread_authentication_as_arm_policy_enabled": true,
        "trust_policy_enabled": false, "zone_redundancy_enabled": false, "tags": {},
    })
}

/// The body of the PUT of provider 5.x.
fn body(sku: &str) -> Json {
    json!({
        "identity": {"type": "None", "userAssignedIdentities": null},
        "location": "westeurope",
        "properties": {
            "adminUserEnabled": false, "anonymousPullEnabled": false, "dataEndpointEnabled": false,
            "networkRuleBypassAllowedForTasks": false, "networkRuleBypassOptions": "AzureServices",
            "policies": {
                "azureADAuthenticationAsArmPolicy": {"status": "enabled"}, "exportPolicy": {"status": "enabled"},
                "quarantinePolicy": {"status": "disabled"}, "retentionPolicy": {},
            },
            "publicNetworkAccess": "Enabled", "roleAssignmentMode": "LegacyRegistryPermissions",
            "zoneRedundancy": "Disabled",
        },
        "sku": {"name": sku, "tier": sku},
        "tags": {},
    })
}

/// The body of the PUT of provider 4.x, which knows less of a registry and more of trust.
fn body_of_4(sku: &str) -> Json {
    let mut body = body(sku);
    let properties = body["properties"].as_object_mut().unwrap();
    properties.remove("networkRuleBypassAllowedForTasks");
    properties.remove("roleAssignmentMode");
    let policies = properties["policies"].as_object_mut().unwrap();
    policies.remove("azureADAuthenticationAsArmPolicy");
    policies.insert("trustPolicy".to_owned(), json!({}));
    body
}

/// What the provider keeps of a registry. It follows pointers without a look, so that what is indexed here has to be
/// there.
fn state(registry: &Json, replications: &Json) -> Json {
    let properties = &registry["properties"];
    let member = |pointer: &str| properties.pointer(pointer).expect(pointer);
    let is = |pointer: &str, on: &str| *member(pointer) == on;
    let rules = member("/networkRuleSet");
    let keeps = is("/policies/retentionPolicy/status", "enabled");
    let retention_days =
        if keeps { member("/policies/retentionPolicy/days").clone() } else { json!(0) };
    let mut elsewhere: Vec<_> = replications["value"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|replication| replication["location"] != registry["location"])
        .map(|replication| {
            let of = &replication["properties"];
            json!({
                "location": replication["location"], "tags": replication["tags"],
                "zone_redundancy_enabled": of["zoneRedundancy"].as_str().unwrap() == "Enabled",
                "regional_endpoint_enabled": of["regionEndpointEnabled"] == true,
            })
        })
        .collect();
    elsewhere.sort_by_key(|replication| replication["location"].to_string());
    json!({
        "location": registry["location"], "sku": registry["sku"]["tier"],
        "admin_enabled": member("/adminUserEnabled"), "anonymous_pull_enabled": member("/anonymousPullEnabled"),
        "data_endpoint_enabled": member("/dataEndpointEnabled"),
        "encryption": if is("/encryption/status", "disabled") { json!([]) } else { json!([properties["encryption"]]) },
        "export_policy_enabled": is("/policies/exportPolicy/status", "enabled"), "georeplications": elsewhere,
        "identity": registry.get("identity").unwrap_or(&json!([])),
        "network_rule_bypass_option": member("/networkRuleBypassOptions"),
        "network_rule_bypass_for_tasks_enabled": member("/networkRuleBypassAllowedForTasks"),
        "network_rule_set": [{"default_action": rules["defaultAction"], "ip_rule": rules["ipRules"]}],
        "public_network_access_enabled": is("/publicNetworkAccess", "Enabled"),
        "quarantine_policy_enabled": is("/policies/quarantinePolicy/status", "enabled"),
        "retention_policy_in_days": retention_days,
        "role_assignment_mode": member("/roleAssignmentMode"),
        "azuread_authentication_as_arm_policy_enabled":
            is("/policies/azureADAuthenticationAsArmPolicy/status", "enabled"),
        "trust_policy_enabled": is("/policies/trustPolicy/status", "enabled"),
        "zone_redundancy_enabled": is("/zoneRedundancy", "Enabled"),
        "tags": registry["tags"],
    })
}

impl Terraform {
    /// Reads a registry, and fails unless what it would keep is what is configured.
    async fn reads_registry(&mut self, id: &str, configured: &Json) {
        let registry = self.reads_data_source(id).await;
        let replications = self.get(&format!("{id}/replications")).await.is(200).json();
        assert_eq!(state(&registry, &replications), *configured);
    }

    /// What the data source asks for, and the resource before anything else.
    async fn reads_data_source(&mut self, id: &str) -> Json {
        let registry = self.get(id).await.is(200).json();
        let server = registry["properties"]["loginServer"].as_str().unwrap();
        assert!(server.contains(".azurecr.localhost"), "{server}");
        if registry["properties"]["adminUserEnabled"].as_bool().unwrap() {
            let path = format!("{id}/listCredentials");
            let credentials = self.post(&path, None).await.is(200).json();
            assert_eq!(credentials["username"], registry["name"]);
            assert!(!credentials["passwords"][0]["value"].as_str().unwrap().is_empty());
        }
        registry
    }

    /// What comes before the PUT: nothing of the name may be there.
    async fn finds_free(&mut self, id: &str, name: &str) {
        let _ = self.get(id).await.is(404);
        let path = format!(
            "{}/providers/Microsoft.ContainerRegistry/checkNameAvailability",
            self.subscription()
        );
        let wanted = json!({"name": name, "type": "Microsoft.ContainerRegistry/registries"});
        let answer = self.post(&path, Some(&wanted)).await.is(200).json();
        assert_eq!(answer["nameAvailable"], true);
    }
}

#[tokio::test]
async fn a_registry_of_each_sku_is_created_as_each_provider_does_and_deleted() {
    let mut terraform = Terraform::start().await;
    for (name, sku, body) in [
        ("basic1", "Basic", body("Basic")),
        ("standard1", "Standard", body("Standard")),
        ("premium1", "Premium", body("Premium")),
        ("basic2", "Basic", body_of_4("Basic")),
    ] {
        let id = terraform.registry(name);
        terraform.finds_free(&id, name).await;
        terraform.then_poll(Method::PUT, &id, Some(&body)).await;
        terraform.reads_registry(&id, &configured(sku)).await;
        terraform.check(&[
            &format!("GET registries/{name} 404"),
            "POST checkNameAvailability 200",
            &format!("PUT registries/{name} 201"),
            &format!("GET registries/{name} 200"),
            &format!("GET registries/{name} 200"),
            &format!("GET registries/{name}/replications 200"),
        ]);
        terraform.then_poll(Method::DELETE, &id, None).await;
        terraform.check(&[
            &format!("DELETE registries/{name} 202"),
            "poll",
            &format!("GET registries/{name} 404"),
        ]);
        // The name is free again when it says that it is done.
        terraform.finds_free(&id, name).await;
        terraform.script.clear();
    }
    terraform.stop();
}

#[tokio::test]
async fn a_registry_is_updated_by_what_has_changed_alone() {
    let mut terraform = Terraform::start().await;
    let id = terraform.registry("acr01");
    terraform.then_poll(Method::PUT, &id, Some(&body("Standard"))).await;
    let mut configured = configured("Standard");
    terraform.script.clear();
    for (attribute, value, patch) in [
        ("admin_enabled", json!(true), json!({"properties": {"adminUserEnabled": true}})),
        (
            "anonymous_pull_enabled",
            json!(true),
            json!({"properties": {"anonymousPullEnabled": true}}),
        ),
        (
            "azuread_authentication_as_arm_policy_enabled",
            json!(false),
            json!({"properties": {"policies": {"azureADAuthenticationAsArmPolicy": {"status": "disabled"}}}}),
        ),
        ("tags", json!({"env": "ci"}), json!({"properties": {}, "tags": {"env": "ci"}})),
        ("tags", json!({}), json!({"properties": {}, "tags": {}})),
    ] {
        configured[attribute] = value;
        terraform.then_poll(Method::PATCH, &id, Some(&patch)).await;
        terraform.reads_registry(&id, &configured).await;
        terraform.check(&[
            "PATCH registries/acr01 200",
            "GET registries/acr01 200",
            "GET registries/acr01 200",
            "POST registries/acr01/listCredentials 200",
            "GET registries/acr01/replications 200",
        ]);
    }
    terraform.reads_data_source(&id).await;
    terraform.check(&["GET registries/acr01 200", "POST registries/acr01/listCredentials 200"]);
    terraform.stop();
}

#[tokio::test]
async fn a_registry_goes_up_to_premium_first_and_down_last_and_is_replicated_between() {
    let mut terraform = Terraform::start().await;
    let id = terraform.registry("acr01");
    terraform.then_poll(Method::PUT, &id, Some(&body("Basic"))).await;
    terraform.script.clear();
    let sku = |sku: &str| json!({"sku": {"name": sku, "tier": sku}});
    let rest = json!({"properties": {}});
    let replication = |is_enabled: bool| {
        json!({
            "location": "eastus", "name": "eastus", "tags": {"k": "v"},
            "properties": {"regionEndpointEnabled": is_enabled, "zoneRedundancy": "Disabled"},
        })
    };
    let replicated = |is_enabled: bool| {
        let mut configured = configured("Premium");
        configured["georeplications"] = json!([{
            "location": "eastus", "tags": {"k": "v"}, "zone_redundancy_enabled": false,
            "regional_endpoint_enabled": is_enabled,
        }]);
        configured
    };
    let eastus = format!("{id}/replications/eastus");

    terraform.then_poll(Method::PATCH, &id, Some(&sku("Premium"))).await;
    terraform.then_poll(Method::PUT, &eastus, Some(&replication(false))).await;
    terraform.then_poll(Method::PATCH, &id, Some(&rest)).await;
    terraform.reads_registry(&id, &replicated(false)).await;
    terraform.check(&[
        "PATCH registries/acr01 200",
        "GET registries/acr01 200",
        "PUT registries/acr01/replications/eastus 201",
        "poll",
        "PATCH registries/acr01 200",
        "GET registries/acr01 200",
        "GET registries/acr01 200",
        "GET registries/acr01/replications 200",
    ]);

    terraform.then_poll(Method::PUT, &eastus, Some(&replication(true))).await;
    terraform.reads_registry(&id, &replicated(true)).await;
    terraform.script.clear();

    terraform.then_poll(Method::DELETE, &eastus, None).await;
    terraform.then_poll(Method::PATCH, &id, Some(&rest)).await;
    terraform.then_poll(Method::PATCH, &id, Some(&sku("Basic"))).await;
    terraform.reads_registry(&id, &configured("Basic")).await;
    terraform.check(&[
        "DELETE registries/acr01/replications/eastus 202",
        "poll",
        "GET registries/acr01/replications/eastus 404",
        "PATCH registries/acr01 200",
        "GET registries/acr01 200",
        "PATCH registries/acr01 200",
        "GET registries/acr01 200",
        "GET registries/acr01 200",
        "GET registries/acr01/replications 200",
    ]);
    terraform.stop();
}

#[tokio::test]
async fn a_premium_registry_is_closed_and_nothing_is_exported_from_it() {
    let mut terraform = Terraform::start().await;
    let id = terraform.registry("acr01");
    let mut body = body("Premium");
    body["properties"]["publicNetworkAccess"] = "Disabled".into();
    body["properties"]["policies"]["exportPolicy"]["status"] = "disabled".into();
    terraform.then_poll(Method::PUT, &id, Some(&body)).await;
    let mut configured = configured("Premium");
    configured["public_network_access_enabled"] = false.into();
    configured["export_policy_enabled"] = false.into();
    terraform.reads_registry(&id, &configured).await;
    terraform.stop();
}

#[tokio::test]
async fn what_this_server_does_not_do_ends_the_apply_with_the_member_named() {
    let mut terraform = Terraform::start().await;
    let id = terraform.registry("acr01");
    for (pointer, value) in [
        ("zoneRedundancy", json!("Enabled")),
        ("dataEndpointEnabled", json!(true)),
        ("networkRuleBypassOptions", json!("None")),
        ("roleAssignmentMode", json!("AbacRepositoryPermissions")),
        ("policies/trustPolicy", json!({"status": "enabled"})),
    ] {
        let mut body = body("Premium");
        let (parent, name) = pointer.rsplit_once('/').unwrap_or(("", pointer));
        let parent = format!("/properties/{parent}").trim_end_matches('/').to_owned();
        body.pointer_mut(&parent).unwrap()[name] = value;
        let refused = terraform.ask(Method::PUT, &id, Some(&body)).await.is(400).json();
        let target = format!("properties.{}", pointer.replace('/', "."));
        assert_eq!(refused["error"]["code"], "InvalidRequest");
        assert_eq!(refused["error"]["target"], target, "{refused}");
    }
    let _ = terraform.get(&id).await.is(404);
    terraform.stop();
}
