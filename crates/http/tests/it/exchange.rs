//! `az acr login` and the SDKs: a token of the authority becomes a refresh token, and that an access token.

#![expect(clippy::unwrap_used, reason = "what helps a test may fail as a test may")]

use crate::auth::basic;
use crate::identities::{IDENTITIES, Made, Managed, REGISTRY, assignment};
use crate::sign_in::form;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use boathook_core::defaults::TENANT_ID;
use boathook_testkit::Answer;
use http::{Method, header};
use serde_json::Value;
use std::time::Duration;

/// Whom docker signs in as with a refresh token.
const NOBODY: &str = "00000000-0000-0000-0000-000000000000";

impl Managed {
    /// A token of the authority.
    async fn directory_token(&self, made: &Made, audience: &str) -> String {
        let form = form(&made.client_id, &made.secret, &format!("{audience}/.default"));
        let answer = self.served.post_form("/adfs/oauth2/token", &form, None).await.is(200).json();
        answer["access_token"].as_str().unwrap().to_owned()
    }

    async fn exchange(&self, rest: &str) -> Answer {
        self.served.post_form("/oauth2/exchange", rest, None).await
    }

    /// A refresh token, got as `az` gets it.
    async fn refresh_token(&self, made: &Made) -> String {
        let token = self.directory_token(made, "https://containerregistry.azure.net").await;
        let form = format!(
            "grant_type=access_token&service=boathook.azurecr.localhost&tenant={TENANT_ID}&access_token={token}"
        );
        let answer = self.exchange(&form).await.is(200);
        assert_eq!(answer.header("cache-control"), "no-store");
        let answer = answer.json();
        assert_eq!(answer.as_object().unwrap().len(), 1);
        answer["refresh_token"].as_str().unwrap().to_owned()
    }

    async fn refresh(&self, token: &str, scope: &str) -> Answer {
        let form = format!(
            "grant_type=refresh_token&service=boathook.azurecr.localhost&scope={scope}&refresh_token={token}"
        );
        self.served.post_form("/oauth2/token", &form, None).await
    }

    /// What an access token for `scope` holds, got with a refresh token.
    async fn scopes(&self, token: &str, scope: &str) -> Value {
        let answer = self.refresh(token, scope).await.is(200).json();
        claims(answer["access_token"].as_str().unwrap())["access"].clone()
    }
}

/// The claims of a token as the Python SDK reads them: with the base64 of files.
pub(crate) fn claims(token: &str) -> Value {
    let payload = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&STANDARD_NO_PAD.decode(payload).unwrap()).unwrap()
}

#[track_caller]
fn check(answer: &Answer, status: u16, error: &str) {
    assert_eq!(
        (answer.status, answer.json()["error"].as_str()),
        (status, Some(error)),
        "{}",
        answer.text()
    );
}

#[tokio::test]
async fn az_acr_login_leads_to_a_push_with_docker() {
    let managed = Managed::start().await;
    let made = managed.make("robot").await;
    let _ = managed.assign(REGISTRY, 1, "AcrPush", &made.principal).await.is(201);
    let refresh = managed.refresh_token(&made).await;
    let told = claims(&refresh);
    assert_eq!(told["sub"], made.principal);
    assert_eq!(told["iss"], "Azure Container Registry");
    assert_eq!(told["aud"], "boathook.azurecr.localhost");
    assert_eq!(told["grant_type"], "refresh_token");
    assert_eq!(told["tenant"], TENANT_ID);
    // The authority's token counts for an hour, and the refresh token does not outlive it.
    assert_eq!(told["exp"].as_u64().unwrap() - told["iat"].as_u64().unwrap(), 3_600);

    let docker = basic(NOBODY, &refresh);
    let path = format!(
        "/oauth2/token?account={NOBODY}&client_id=docker&offline_token=true&service=boathook.azurecr.localhost"
    );
    let answer = managed.served.asked_by(Some(&docker), &Method::GET, &path).await.is(200).json();
    // Docker would keep it in the place of the password, and ACR gives none here either.
    assert!(answer.get("refresh_token").is_none());
    let bearer = managed.served.token(&docker, "repository:app:pull,push,delete").await;
    for (method, path, status) in [
        (Method::GET, "/v2/", 200),
        (Method::POST, "/v2/app/blobs/uploads/", 202),
        (Method::DELETE, "/v2/app/manifests/v1", 401),
    ] {
        let answer = managed.served.asked_by(Some(&bearer), &method, path).await;
        assert_eq!(answer.status, status, "{method} {path}");
    }
    // An access token in the place of the refresh token does as well, and gets no further than itself.
    let access = basic(NOBODY, bearer.strip_prefix("Bearer ").unwrap());
    let again = managed.served.token(&access, "repository:app:pull repository:other:pull").await;
    let told = claims(&again)["access"].clone();
    assert_eq!(told.as_array().unwrap().len(), 1);
    assert_eq!(told[0]["name"], "app");
}

#[tokio::test]
async fn scopes_are_given_as_far_as_roles_reach_in_either_form() {
    let managed = Managed::start().await;
    let made = managed.make("reader").await;
    let _ = managed.assign(REGISTRY, 1, "AcrPull", &made.principal).await.is(201);
    let refresh = managed.refresh_token(&made).await;
    let spaced = "repository:a:pull,push+repository:b:pull";
    let repeated = "repository:a:pull,push&scope=repository:b:pull";
    for scope in [spaced, repeated] {
        let access = managed.scopes(&refresh, scope).await;
        assert_eq!(access.as_array().unwrap().len(), 2);
        assert_eq!(access[0]["actions"], serde_json::json!(["pull"]));
    }
    let nothing = managed.scopes(&refresh, "repository:a:delete").await;
    assert_eq!(nothing, serde_json::json!([]));
    // The other ways in give the same.
    let token = managed.directory_token(&made, "https://management.azurecr.localhost").await;
    let form = format!("grant_type=access_token&service=s&scope={spaced}&access_token={token}");
    let direct = managed.served.post_form("/oauth2/token", &form, None).await.is(200).json();
    let direct = claims(direct["access_token"].as_str().unwrap())["access"].clone();
    assert_eq!(direct, managed.scopes(&refresh, spaced).await);
    let secret = managed
        .served
        .token(&basic(&made.client_id, &made.secret), "repository:a:pull,push repository:b:pull")
        .await;
    assert_eq!(claims(&secret)["access"], direct);
}

#[tokio::test]
async fn whoever_shows_a_refresh_token_is_looked_up_again() {
    let managed = Managed::start().await;
    let made = managed.make("robot").await;
    let _ = managed.assign(REGISTRY, 1, "AcrPull", &made.principal).await.is(201);
    let refresh = managed.refresh_token(&made).await;
    let pull = "repository:a:pull";
    assert_eq!(managed.scopes(&refresh, pull).await.as_array().unwrap().len(), 1);
    let _ = managed.owner(Method::DELETE, &assignment(REGISTRY, 1), "").await.is(200);
    assert_eq!(managed.scopes(&refresh, pull).await, serde_json::json!([]));
    let path = format!("{IDENTITIES}/robot");
    let disabled = r#"{"properties":{"accountEnabled":false}}"#;
    let _ = managed.owner(Method::PUT, &path, disabled).await.is(200);
    check(&managed.refresh(&refresh, pull).await, 401, "invalid_grant");
    let enabled = r#"{"properties":{"accountEnabled":true}}"#;
    let _ = managed.owner(Method::PUT, &path, enabled).await.is(200);
    let _ = managed.refresh(&refresh, pull).await.is(200);
    managed.served.world.clock().advance(Duration::from_hours(1));
    check(&managed.refresh(&refresh, pull).await, 401, "invalid_grant");
}

#[tokio::test]
async fn an_identity_that_is_gone_is_nobody() {
    let managed = Managed::start().await;
    let made = managed.make("robot").await;
    let refresh = managed.refresh_token(&made).await;
    let docker = basic(NOBODY, &refresh);
    let _ = managed.served.asked_by(Some(&docker), &Method::GET, "/v2/").await.is(200);
    let _ = managed.owner(Method::DELETE, &format!("{IDENTITIES}/robot"), "").await.is(200);
    check(&managed.refresh(&refresh, "repository:a:pull").await, 401, "invalid_grant");
    let _ = managed.served.asked_by(Some(&docker), &Method::GET, "/v2/").await.is(401);
}

#[tokio::test]
async fn a_registry_can_refuse_tokens_that_are_for_the_management_api() {
    let managed = Managed::start().await;
    let made = managed.make("robot").await;
    let own = managed.directory_token(&made, "https://containerregistry.azure.net").await;
    let arm = managed.directory_token(&made, "https://management.azurecr.localhost").await;
    let form = |token: &str| format!("grant_type=access_token&service=s&access_token={token}");
    let set = async |status: &str| {
        let policy =
            serde_json::json!({ "azureADAuthenticationAsArmPolicy": { "status": status } });
        let body = serde_json::json!({ "properties": { "policies": policy } }).to_string();
        let changed = managed.owner(Method::PATCH, REGISTRY, &body).await.is(200).json();
        let policies = &changed["properties"]["policies"];
        assert_eq!(policies["azureADAuthenticationAsArmPolicy"]["status"], status);
    };
    let _ = managed.exchange(&form(&arm)).await.is(200);
    set("disabled").await;
    check(&managed.exchange(&form(&arm)).await, 401, "invalid_grant");
    let _ = managed.exchange(&form(&own)).await.is(200);
    set("enabled").await;
    let _ = managed.exchange(&form(&arm)).await.is(200);
}

#[tokio::test]
async fn what_is_for_something_else_is_exchanged_for_nothing() {
    let managed = Managed::start().await;
    let made = managed.make("robot").await;
    let refresh = managed.refresh_token(&made).await;
    let good = managed.directory_token(&made, "https://containerregistry.azure.net").await;
    let graph = managed.directory_token(&made, "https://graph.azurecr.localhost").await;
    let access = managed.refresh(&refresh, "registry:catalog:*").await.is(200).json();
    let access = access["access_token"].as_str().unwrap();
    let cut = &good[..good.len() - 2];
    let long = "x".repeat(9_000);
    for token in [graph.as_str(), &refresh, access, cut, "x", "a.b.c", &long] {
        let form = format!("grant_type=access_token&service=s&access_token={token}");
        check(&managed.exchange(&form).await, 401, "invalid_grant");
    }
    for token in [&good, access, "x", "a.b.c", &long] {
        check(&managed.refresh(token, "repository:a:pull").await, 401, "invalid_grant");
    }
    // A refresh token opens nothing by itself.
    let bearer = format!("Bearer {refresh}");
    let _ = managed.served.asked_by(Some(&bearer), &Method::GET, "/v2/").await.is(401);
    for (form, error) in [
        (String::new(), "invalid_request"),
        ("grant_type=access_token".to_owned(), "invalid_request"),
        (format!("grant_type=password&access_token={good}"), "unsupported_grant_type"),
        (
            format!("grant_type=access_token&service=other.azurecr.localhost&access_token={good}"),
            "invalid_request",
        ),
        (
            format!("grant_type=access_token&service=s&tenant={NOBODY}&access_token={good}"),
            "invalid_request",
        ),
    ] {
        check(&managed.exchange(&form).await, 400, error);
    }
    let form =
        format!("grant_type=refresh_token&service=other.azurecr.localhost&refresh_token={refresh}");
    let other = managed.served.post_form("/oauth2/token", &form, None).await;
    check(&other, 400, "invalid_request");
    let form = "grant_type=refresh_token&service=s&refresh_token=x";
    check(&managed.exchange(form).await, 401, "invalid_grant");
    let both = format!(
        "grant_type=access_token_refresh_token&service=s&tenant=adfs&access_token={good}&refresh_token=x"
    );
    let _ = managed.exchange(&both).await.is(200);
    let get = managed.served.asked_by(None, &Method::GET, "/oauth2/exchange").await.is(405);
    assert_eq!(get.header(header::ALLOW.as_str()), "POST");
}
