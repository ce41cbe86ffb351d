//! `azurerm_container_registry_scope_map`, `…_token` and `…_token_password`, and the data sources of the first two.

use super::Terraform;
use reqwest::Method;
use serde_json::{Value as Json, json};

const MAP: &str = "registries/boathook/scopeMaps/team1";
const TOKEN: &str = "registries/boathook/tokens/robot";

impl Terraform {
    /// The description and the actions of a scope map, as the resource and the data source read them.
    async fn reads_scope_map(&mut self, id: &str) -> Json {
        let map = self.get(id).await.is(200).json();
        let description = map["properties"]["description"].as_str().unwrap_or_default();
        json!({"description": description, "actions": map["properties"]["actions"]})
    }

    /// What a token has, as the resource and the data source read it.
    async fn reads_token(&mut self, id: &str) -> Json {
        let token = self.get(id).await.is(200).json();
        let properties = &token["properties"];
        json!({"enabled": properties["status"] == "enabled", "scope_map_id": properties["scopeMapId"]})
    }

    /// The names and the ends of a token's passwords.
    async fn reads_passwords(&mut self, id: &str) -> Vec<(String, Option<String>)> {
        let token = self.get(id).await.is(200).json();
        // An empty list is not nothing to the provider, which gives up where there is none.
        let passwords = token["properties"]["credentials"]["passwords"].as_array().unwrap().iter();
        let text = |value: &Json| value.as_str().map(str::to_owned);
        passwords.map(|one| (text(&one["name"]).unwrap(), text(&one["expiry"]))).collect()
    }

    /// Makes a password, and returns what the provider takes for its value: the one in its own place.
    async fn generates(&mut self, token: &str, idx: usize, expiry: Option<&str>) -> String {
        let mut body = json!({"tokenId": token, "name": format!("password{}", idx + 1)});
        if let Some(expiry) = expiry {
            body["expiry"] = expiry.into();
        }
        let path = format!("{}/generateCredentials", self.registry("boathook"));
        let made = self.then_poll(Method::POST, &path, Some(&body)).await.json();
        made["passwords"][idx]["value"].as_str().unwrap_or_default().to_owned()
    }

    /// Whether a token signs in to the registry with a password.
    async fn signs_in(&self, password: &str) -> bool {
        let url = "https://boathook.azurecr.localhost/v2/";
        let answer = self.client.get(url).basic_auth("robot", Some(password)).send().await;
        answer.unwrap().status().is_success()
    }
}

#[tokio::test]
async fn a_scope_map_and_a_token_are_created_updated_and_deleted() {
    let mut terraform = Terraform::start().await;
    let registry = terraform.registry("boathook");
    let (map, token) = (format!("{registry}/scopeMaps/team1"), format!("{registry}/tokens/robot"));

    let _ = terraform.get(&map).await.is(404);
    let mut actions = json!(["repositories/app/content/read", "repositories/app/content/delete"]);
    let mut body = json!({"properties": {"actions": actions, "description": ""}});
    terraform.then_poll(Method::PUT, &map, Some(&body)).await;
    let expected = json!({"description": "", "actions": actions});
    assert_eq!(terraform.reads_scope_map(&map).await, expected);
    actions = json!(["repositories/app/metadata/write", "repositories/app/content/read"]);
    body = json!({"properties": {"actions": actions, "description": "what a team may"}});
    terraform.then_poll(Method::PATCH, &map, Some(&body)).await;
    let expected = json!({"description": "what a team may", "actions": actions});
    assert_eq!(terraform.reads_scope_map(&map).await, expected);
    let (get, gone) = (format!("GET {MAP} 200"), format!("GET {MAP} 404"));
    let (put, patch) = (format!("PUT {MAP} 201"), format!("PATCH {MAP} 200"));
    terraform.check(&[&gone, &put, &get, &get, &patch, &get, &get]);

    // The data source reads those that every registry has as well.
    let pull = format!("{registry}/scopeMaps/_repositories_pull");
    let actions = terraform.reads_scope_map(&pull).await["actions"].clone();
    assert!(actions.as_array().unwrap().contains(&json!("repositories/*/content/read")));
    terraform.script.clear();

    let _ = terraform.get(&token).await.is(404);
    for (method, is_enabled, scope_map) in
        [(Method::PUT, true, &map), (Method::PATCH, false, &map), (Method::PATCH, true, &pull)]
    {
        let status = if is_enabled { "enabled" } else { "disabled" };
        let body = json!({"properties": {"scopeMapId": scope_map, "status": status}});
        terraform.then_poll(method, &token, Some(&body)).await;
        let expected = json!({"enabled": is_enabled, "scope_map_id": scope_map});
        assert_eq!(terraform.reads_token(&token).await, expected);
    }
    terraform.then_poll(Method::DELETE, &token, None).await;
    let (get, gone) = (format!("GET {TOKEN} 200"), format!("GET {TOKEN} 404"));
    let (put, patch) = (format!("PUT {TOKEN} 201"), format!("PATCH {TOKEN} 200"));
    let deleted = format!("DELETE {TOKEN} 200");
    terraform
        .check(&[&gone, &put, &get, &get, &patch, &get, &get, &patch, &get, &get, &deleted, &gone]);
    terraform.then_poll(Method::DELETE, &map, None).await;
    terraform.stop();
}

#[tokio::test]
async fn the_passwords_of_a_token_are_made_one_by_one_and_each_is_known_afterwards() {
    let mut terraform = Terraform::start().await;
    let registry = terraform.registry("boathook");
    let token = format!("{registry}/tokens/robot");
    let pull = format!("{registry}/scopeMaps/_repositories_pull");
    let body = json!({"properties": {"scopeMapId": pull, "status": "enabled"}});
    terraform.then_poll(Method::PUT, &token, Some(&body)).await;
    terraform.script.clear();

    assert!(terraform.reads_passwords(&token).await.is_empty());
    let first = terraform.generates(&token, 0, None).await;
    let expiry = "2999-01-02T03:04:05Z";
    let second = terraform.generates(&token, 1, Some(expiry)).await;
    for password in [&first, &second] {
        assert!(terraform.signs_in(password).await, "`{password}` is a password");
    }
    let read = terraform.reads_passwords(&token).await;
    let [(one, None), (two, Some(end))] = &read[..] else { panic!("{read:?}") };
    assert_eq!((one.as_str(), two.as_str()), ("password1", "password2"));
    // They are compared as moments.
    let moment = |text: &str| text.parse::<jiff::Timestamp>().unwrap();
    assert_eq!(moment(end), moment(expiry));
    terraform.check(&[
        &format!("GET {TOKEN} 200"),
        "POST registries/boathook/generateCredentials 200",
        "GET registries/boathook 200",
        "POST registries/boathook/generateCredentials 200",
        "GET registries/boathook 200",
        &format!("GET {TOKEN} 200"),
    ]);

    // With one less configured, it names those that stay; with none, it deletes the resource.
    for (stay, expected) in
        [(json!([{"name": "password1", "value": ""}]), true), (json!([]), false)]
    {
        let body = json!({"properties": {"credentials": {"passwords": stay}}});
        terraform.then_poll(Method::PATCH, &token, Some(&body)).await;
        assert_eq!(terraform.signs_in(&first).await, expected);
        assert!(!terraform.signs_in(&second).await);
    }
    assert!(terraform.reads_passwords(&token).await.is_empty());
    terraform.stop();
}
