//! How the provider starts: the cloud, who it is itself, and the providers that a subscription has to have.

use super::{METADATA_HOST, Terraform, received};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use reqwest::Method;
use serde_json::{Value as Json, json};

/// Tokens that last no longer than this are good for nothing to it.
const TOKEN_SECONDS_MIN: u64 = 20 * 60;
/// How many times in a row a provider has to be found registered.
const REGISTERED_COUNT: usize = 10;

impl Terraform {
    /// What comes before anything else.
    pub(super) async fn configure(&mut self) {
        let url = format!("https://{METADATA_HOST}/metadata/endpoints?api-version=2022-09-01");
        let cloud = received(self.client.get(url)).await.is(200).json();
        let text = |pointer: &str| {
            let text = cloud.pointer(pointer).and_then(Json::as_str).unwrap_or_default();
            assert!(!text.is_empty(), "`{pointer}` is missing in {cloud}");
            text.to_owned()
        };
        assert_ne!(text("/name"), "AzureStackCloud");
        assert_eq!(text("/authentication/identityProvider"), "AAD");
        assert_eq!(text("/authentication/tenant"), "common");
        // It makes clients of these two whether anybody needs them or not.
        for suffix in ["/suffixes/storage", "/suffixes/keyVaultDns"] {
            let _ = text(suffix);
        }
        self.resource_manager = text("/resourceManager");
        assert!(self.resource_manager.starts_with("https://"), "{cloud}");

        let authority = text("/authentication/loginEndpoint");
        let graph = self.token(&authority, &text("/microsoftGraphResourceId")).await;
        // Without `oid` it would ask Microsoft Graph who it is.
        let claims = claims(&graph);
        assert_eq!(claims["tid"], self.credentials["tenantId"]);
        assert_eq!(claims["appid"], self.credentials["clientId"]);
        assert!(claims["oid"].as_str().is_some_and(|oid| !oid.is_empty()), "{claims}");
        let management = self.token(&authority, &self.resource_manager).await;
        self.bearer = format!("Bearer {management}");
    }

    /// A token for an audience. It asks for no configuration before.
    async fn token(&self, authority: &str, audience: &str) -> String {
        let url = format!("{authority}/{}/oauth2/v2.0/token", self.credential("tenantId"));
        let form = [
            ("client_id", self.credential("clientId")),
            ("client_secret", self.credential("clientSecret")),
            ("grant_type", "client_credentials".to_owned()),
            ("scope", format!("{audience}/.default")),
        ];
        let mut url = url::Url::parse(&url).unwrap();
        let form = url.query_pairs_mut().extend_pairs(form).finish().query().unwrap().to_owned();
        url.set_query(None);
        let request = self.client.post(url).body(form);
        let request = request.header("Content-Type", "application/x-www-form-urlencoded");
        let token = received(request).await.is(200).json();
        assert_eq!(token["token_type"], "Bearer");
        assert!(
            token["expires_in"].as_u64().unwrap() > TOKEN_SECONDS_MIN,
            "{}",
            token["expires_in"]
        );
        token["access_token"].as_str().unwrap().to_owned()
    }
}

fn claims(token: &str) -> Json {
    let [_, claims, _] = token.split('.').collect::<Vec<_>>()[..] else {
        panic!("a token has three parts")
    };
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap()
}

#[tokio::test]
async fn no_provider_is_left_to_register_and_whoever_registers_one_finds_it_registered() {
    let mut terraform = Terraform::start().await;
    let providers = format!("{}/providers", terraform.subscription());
    // With `resource_provider_registrations = "legacy"`, which is what 4.x does where nothing is said.
    let version = "api-version=2022-09-01";
    let list = terraform.send(Method::GET, &format!("{providers}?{version}"), None).await;
    let list = list.is(200).json();
    let all = list["value"].as_array().unwrap();
    let named = |name: &str| all.iter().find(|one| one["namespace"] == name);
    assert!(named("Microsoft.ContainerRegistry").is_some(), "{list}");
    for one in all {
        // Only what is listed as something else is registered by it.
        assert_eq!(one["registrationState"], "Registered", "{one}");
    }
    assert!(list.get("nextLink").is_none());

    let provider = format!("{providers}/Microsoft.ContainerRegistry");
    let _ = terraform.post(&format!("{provider}/register"), Some(&json!({}))).await.is(200);
    for _ in 0..=REGISTERED_COUNT {
        let path = format!("{provider}?{version}");
        let found = terraform.send(Method::GET, &path, None).await.is(200).json();
        assert_eq!(found["registrationState"], "Registered");
    }
    terraform.stop();
}
