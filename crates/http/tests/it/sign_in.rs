//! Signing in to the management API, as `az`, the SDKs and Terraform do.

use crate::served::Served;
use boathook_core::defaults::{CLIENT_ID, TENANT_ID};
use boathook_engine::auth::directory::{self, Audience};
use boathook_engine::auth::{self, Credentials};
use boathook_testkit::Answer;
use http::{Method, header};
use serde_json::Value;
use std::time::Duration;

/// What `az` asks for.
const MANAGEMENT: &str = "https://management.azurecr.localhost/.default";
const SUBSCRIPTIONS: &str = "/subscriptions/b0a70001-0000-4000-8000-000000000001/resourceGroups/boathook/providers/Microsoft.ContainerRegistry/registries/boathook?api-version=2025-11-01";

impl Served {
    async fn at(&self, host: &str, path: &str) -> Answer {
        let request = self.client.request(Method::GET, path).header(header::HOST, host);
        self.client.send(request, "").await
    }

    pub(crate) async fn post_form(&self, path: &str, form: &str, basic: Option<&str>) -> Answer {
        let form_type = "application/x-www-form-urlencoded";
        let request = self.client.request(Method::POST, path);
        let request = request.header(header::CONTENT_TYPE, form_type);
        let request = basic
            .into_iter()
            .fold(request, |request, value| request.header(header::AUTHORIZATION, value));
        self.client.send(request, form.to_owned()).await
    }

    /// A token for the management API, got as `az` gets it.
    pub(crate) async fn bearer(&self, client_id: &str, secret: &str) -> String {
        let form = form(client_id, secret, MANAGEMENT);
        let answer = self.post_form("/adfs/oauth2/token", &form, None).await.is(200).json();
        format!("Bearer {}", answer["access_token"].as_str().expect("there is a token"))
    }

    async fn manages(&self, authorization: &str) -> Answer {
        self.asked_by(Some(authorization), &Method::GET, SUBSCRIPTIONS).await
    }
}

pub(crate) fn form(client_id: &str, secret: &str, scope: &str) -> String {
    format!(
        "client_id={client_id}&client_secret={secret}&grant_type=client_credentials&client_info=1&scope={scope}"
    )
}

fn text<'a>(json: &'a Value, path: &str) -> &'a str {
    json.pointer(path).and_then(Value::as_str).unwrap_or_else(|| panic!("{path} in {json}"))
}

#[tokio::test]
async fn the_cloud_is_described_in_both_shapes_at_the_address_that_was_asked() {
    let (served, _) = Served::private().await;
    for (host, base, suffix) in [
        ("localhost:5000", "http://localhost:5000", "azurecr.localhost:5000"),
        (
            "management.azurecr.localhost",
            "http://management.azurecr.localhost",
            "azurecr.localhost",
        ),
    ] {
        let path = "/metadata/endpoints?api-version=2022-09-01";
        let cloud = served.at(host, path).await.is(200).json();
        assert_eq!(text(&cloud, "/resourceManager"), base);
        assert_eq!(text(&cloud, "/authentication/loginEndpoint"), format!("{base}/adfs"));
        assert_eq!(text(&cloud, "/suffixes/acrLoginServer"), suffix);
        let audience = text(&cloud, "/authentication/audiences/0");
        assert_eq!(audience, "https://management.azurecr.localhost");
        // What Terraform insists on.
        assert_eq!(text(&cloud, "/authentication/identityProvider"), "AAD");
        assert_eq!(text(&cloud, "/authentication/tenant"), "common");
        for member in ["/microsoftGraphResourceId", "/suffixes/storage", "/suffixes/keyVaultDns"] {
            assert!(!text(&cloud, member).is_empty());
        }
        let path = "/Metadata/Endpoints?api-version=2019-05-01";
        assert_eq!(served.at(host, path).await.is(200).json(), Value::Array(vec![cloud]));
    }
    let answer = served.asked_by(None, &Method::POST, "/metadata/endpoints").await.is(405);
    assert_eq!(answer.header("allow"), "GET, HEAD");
}

#[tokio::test]
async fn each_authority_says_where_its_tokens_and_keys_are_and_they_are_there() {
    let (served, credentials) = Served::private().await;
    let upper = TENANT_ID.to_ascii_uppercase();
    for (configuration, issuer) in [
        ("/adfs/.well-known/openid-configuration".to_owned(), "/adfs".to_owned()),
        (
            format!("/adfs/{TENANT_ID}/v2.0/.well-known/openid-configuration"),
            format!("/adfs/{TENANT_ID}/v2.0"),
        ),
        (format!("/{upper}/v2.0/.well-known/openid-configuration"), format!("/{TENANT_ID}/v2.0")),
    ] {
        let told = served.client.get(&configuration).await.is(200).json();
        let base = format!("http://{}", served.address);
        assert_eq!(text(&told, "/issuer"), format!("{base}{issuer}"));
        assert!(text(&told, "/authorization_endpoint").starts_with(&base));
        let keys = served.client.get(text(&told, "/jwks_uri")).await.is(200).json();
        assert_eq!(text(&keys, "/keys/0/kty"), "EC");
        let form = form(CLIENT_ID, &credentials.client_secret, MANAGEMENT);
        let endpoint = text(&told, "/token_endpoint").strip_prefix(&base).unwrap().to_owned();
        let answer = served.post_form(&endpoint, &form, None).await.is(200);
        assert_eq!(answer.header("cache-control"), "no-store");
        let answer = answer.json();
        assert_eq!(
            (text(&answer, "/token_type"), &answer["expires_in"]),
            ("Bearer", &3_600.into())
        );
        let token = text(&answer, "/access_token");
        assert_eq!(token.split('.').count(), 3);
        let _ = served.manages(&format!("Bearer {token}")).await.is(200);
    }
}

#[tokio::test]
async fn a_token_is_for_what_was_asked_in_whatever_form() {
    let (served, credentials) = Served::private().await;
    let host = format!("http%3A%2F%2F{}", served.address);
    for (scope, audience) in [
        ("scope=https%3A%2F%2Fmanagement.azurecr.localhost%2F%2F.default", Audience::Management),
        ("scope=https://management.azure.com/.default", Audience::Management),
        ("scope=https://management.azurecr.localhost/.default openid", Audience::Management),
        ("resource=https://management.core.windows.net/", Audience::Management),
        (&format!("scope={host}%2F.default"), Audience::Management),
        ("scope=https://containerregistry.azure.net/.default", Audience::Registry),
        ("scope=https://graph.azurecr.localhost/.default", Audience::Graph),
    ] {
        let secret = &credentials.client_secret;
        let rest = format!("grant_type=client_credentials&{scope}");
        let whole = format!("{rest}&client_id={CLIENT_ID}&client_secret={secret}");
        let basic = crate::auth::basic(CLIENT_ID, secret);
        let path = format!("/adfs/{TENANT_ID}/oauth2/v2.0/token");
        for answer in [
            served.post_form(&path, &whole, None).await,
            served.post_form(&path, &rest, Some(&basic)).await,
        ] {
            let answer = answer.is(200).json();
            let token = text(&answer, "/access_token").to_owned();
            let verified = directory::verify(served.world.ctx(), &token, &[audience]).await;
            assert!(verified.unwrap().is_some(), "{scope}");
            let manages = served.manages(&format!("Bearer {token}")).await.status;
            assert_eq!(manages == 200, audience == Audience::Management, "{scope}");
        }
    }
}

/// Compares a refusal with what clients print and people search for.
#[track_caller]
fn check(answer: &Answer, status: u16, error: &str, number: u32) {
    let told = answer.json();
    let description = text(&told, "/error_description");
    assert_eq!((answer.status, text(&told, "/error")), (status, error), "{description}");
    assert!(description.starts_with(&format!("AADSTS{number}: ")), "{description}");
    assert_eq!(answer.header("x-ms-correlation-request-id"), text(&told, "/trace_id"));
}

#[tokio::test]
async fn whoever_may_not_have_a_token_is_told_why_in_the_directorys_numbers() {
    let (served, credentials) = Served::private().await;
    let secret = &credentials.client_secret;
    let nobody = "b0a70001-0000-4000-8000-0000000000ff";
    let good = form(CLIENT_ID, secret, MANAGEMENT);
    for (form, status, error, number) in [
        (form(CLIENT_ID, "wrong", MANAGEMENT), 401, "invalid_client", 7_000_215),
        (form(nobody, secret, MANAGEMENT), 400, "unauthorized_client", 700_016),
        (form("management", secret, MANAGEMENT), 400, "unauthorized_client", 700_016),
        (
            form(CLIENT_ID, secret, "https://vault.azure.net/.default"),
            400,
            "invalid_resource",
            500_011,
        ),
        (form(CLIENT_ID, secret, "openid"), 400, "invalid_scope", 1_002_012),
        (form(CLIENT_ID, secret, ""), 400, "invalid_request", 900_144),
        (form(CLIENT_ID, "", MANAGEMENT), 400, "invalid_request", 900_144),
        (String::new(), 400, "invalid_request", 900_144),
        (good.replace("client_credentials", "password"), 400, "unsupported_grant_type", 70_003),
    ] {
        let answer = served.post_form("/adfs/oauth2/token", &form, None).await;
        check(&answer, status, error, number);
        assert!(!answer.text().contains(secret.as_str()), "{}", answer.text());
    }
    for path in
        [format!("/{nobody}/oauth2/v2.0/token"), "/adfs/common/oauth2/v2.0/token".to_owned()]
    {
        check(&served.post_form(&path, &good, None).await, 400, "invalid_request", 90_002);
    }
    let _ = served.asked_by(None, &Method::GET, "/adfs/oauth2/token").await.is(405);
    let _ = served.asked_by(None, &Method::GET, "/adfs/oauth2/authorize").await.is(400);
    let long = format!("{good}&claims={}", "x".repeat(64 * 1024));
    let _ = served.post_form("/adfs/oauth2/token", &long, None).await.is(413);
    for number in 1..10 {
        let form = form(CLIENT_ID, &format!("guess{number}"), MANAGEMENT);
        let _ = served.post_form("/adfs/oauth2/token", &form, None).await.is(401);
    }
    let answer = served
        .post_form("/adfs/oauth2/token", &form(CLIENT_ID, "one too many", MANAGEMENT), None)
        .await;
    check(&answer, 429, "invalid_request", 90_055);
    assert_eq!(answer.header("retry-after"), "60");
}

#[tokio::test]
async fn a_bad_token_opens_nothing() {
    let (served, credentials) = Served::private().await;
    let good = served.bearer(CLIENT_ID, &credentials.client_secret).await;
    let _ = served.manages(&good).await.is(200);
    let (stranger, others): (Served, Credentials) = Served::private().await;
    let foreign = stranger.bearer(CLIENT_ID, &others.client_secret).await;
    let parts: Vec<&str> = good.trim_start_matches("Bearer ").split('.').collect();
    let [head, body, signature] = parts[..] else { panic!("a token has three parts") };
    // {"alg":"none"} and {"alg":"HS256"}
    let (none, hs256) = ("eyJhbGciOiJub25lIn0", "eyJhbGciOiJIUzI1NiJ9");
    let registry_token = served
        .token(&crate::auth::basic("boathook", &credentials.passwords[0]), "registry:catalog:*")
        .await;
    for bad in [
        foreign,
        format!("Bearer {none}.{body}."),
        format!("Bearer {none}.{body}.{signature}"),
        format!("Bearer {hs256}.{body}.{signature}"),
        format!("Bearer {head}.{body}"),
        format!("Bearer {head}.{body}.{}", &signature[1..]),
        format!("Bearer {head}.{}.{signature}", "A".repeat(9 * 1024)),
        format!("Bearer {registry_token}"),
        format!("Basic {body}"),
    ] {
        let answer = served.manages(&bad).await.is(401);
        assert!(answer.text().contains("AuthenticationFailed"), "{bad:.80}: {}", answer.text());
    }
    let path = "/subscriptions/b0a70001-0000-4000-8000-000000000001/providers/Boathook.Identity/signingKeys/rotate";
    let path = format!("{path}?api-version=1");
    // One that has yet to begin gets no successor.
    for _ in 0..2 {
        let _ = served.asked_by(Some(&good), &Method::POST, &path).await.is(204);
    }
    let keys = auth::key_set(served.world.ctx()).await.expect("the database works").keys;
    assert_eq!(keys.len(), 2);
    let _ = served.manages(&good).await.is(200);
    served.world.clock().advance(Duration::from_mins(61));
    let _ = served.manages(&good).await.is(401);
    let again = served.bearer(CLIENT_ID, &credentials.client_secret).await;
    let _ = served.manages(&again).await.is(200);
}
