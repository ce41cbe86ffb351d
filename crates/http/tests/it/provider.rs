//! Tokens of an identity provider outside, in the management API and at registries.

#![expect(clippy::unwrap_used, reason = "what helps a test may fail as a test may")]

use crate::auth::basic;
use crate::served::Served;
use boathook_engine::auth::ProviderSettings;
use boathook_testkit::{Answer, ProviderKey, Receiver, Settings, key_set};
use http::{Method, header};
use serde_json::{Value, json};
use std::time::Duration;

const REGISTRY: &str = "/subscriptions/b0a70001-0000-4000-8000-000000000001/resourceGroups/boathook/providers/Microsoft.ContainerRegistry/registries/boathook";

struct Believing {
    served: Served,
    provider: Receiver,
    key: ProviderKey,
    issuer: String,
}

impl Believing {
    async fn start() -> Self {
        let (served, _) = Served::private().await;
        let key = ProviderKey::new("k1");
        let provider = served.world.receiver_always(key_set(&[&key]));
        let issuer = format!("http://{}", provider.address());
        let believing = Self { served, provider, key, issuer };
        believing.with_roles(&["ops = Owner", &format!("dev = AcrPush on {REGISTRY}")]).await
    }

    /// Restarts the server with other roles.
    async fn with_roles(self, roles: &[&str]) -> Self {
        let settings = ProviderSettings {
            issuer: self.issuer.parse().unwrap(),
            audience: "boathook".to_owned(),
            keys_uri: Some(self.provider.uri().parse().unwrap()),
            name_claim: "sub".to_owned(),
            roles_claim: "roles".to_owned(),
            roles: roles.iter().map(|role| role.parse().unwrap()).collect(),
        };
        let settings = Settings { provider: Some(settings), ..Settings::default() };
        Self { served: self.served.restart_with(settings).await, ..self }
    }

    /// A token that counts for ten minutes.
    fn token(&self, roles: &[&str]) -> String {
        let now = 1_700_000_000;
        self.key.sign(&json!({
            "iss": self.issuer, "aud": "boathook", "sub": "ann", "exp": now + 600, "roles": roles,
        }))
    }

    async fn manage(&self, token: &str, method: Method, path: &str) -> Answer {
        let request = self.served.client.request(method, &format!("{path}?api-version=2025-11-01"));
        let request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        self.served.client.send(request, "").await
    }

    async fn exchange(&self, token: &str) -> Answer {
        let form = format!("grant_type=access_token&service=localhost:5000&access_token={token}");
        self.served.post_form("/oauth2/exchange", &form, None).await
    }

    /// What the refresh token gives.
    async fn actions(&self, refresh: &str) -> Value {
        let path = "/oauth2/token?service=localhost&scope=repository:app:pull,push,delete";
        let docker = basic("00000000-0000-0000-0000-000000000000", refresh);
        let answer = self.served.asked_by(Some(&docker), &Method::GET, path).await;
        if answer.status != 200 {
            return json!(answer.status);
        }
        let bearer = answer.json()["access_token"].as_str().unwrap().to_owned();
        let payload = bearer.split('.').nth(1).unwrap();
        let claims = base64::Engine::decode(&base64::prelude::BASE64_URL_SAFE_NO_PAD, payload);
        let claims: Value = serde_json::from_slice(&claims.unwrap()).unwrap();
        claims["access"][0]["actions"].clone()
    }
}

fn refresh_token(answer: &Answer) -> String {
    answer.json()["refresh_token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_claim_s_roles_say_what_one_may_do_in_the_management_api() {
    let believing = Believing::start().await;
    for (roles, expected) in [(&["ops"][..], 200), (&["dev"], 403), (&["cook"], 403), (&[], 403)] {
        let answer = believing.manage(&believing.token(roles), Method::GET, REGISTRY).await;
        assert_eq!(answer.status, expected, "{roles:?}: {}", answer.text());
    }
    let told = believing.manage(&believing.token(&[]), Method::GET, REGISTRY).await;
    let who = format!("{}#ann", believing.issuer);
    assert!(told.text().contains(&who), "{}", told.text());
}

#[tokio::test]
async fn a_token_is_exchanged_and_what_its_roles_mean_is_looked_up_each_time() {
    let believing = Believing::start().await;
    let refresh =
        refresh_token(&believing.exchange(&believing.token(&["dev", "cook"])).await.is(200));
    assert_eq!(believing.actions(&refresh).await, json!(["pull", "push"]));
    let nothing = refresh_token(&believing.exchange(&believing.token(&["cook"])).await.is(200));
    assert_eq!(believing.actions(&nothing).await, json!(null));
    let believing = believing.with_roles(&["dev = AcrPull"]).await;
    assert_eq!(believing.actions(&refresh).await, json!(["pull"]));
    // It ends with what it was exchanged for.
    believing.served.world.clock().advance(Duration::from_mins(10));
    assert_eq!(believing.actions(&refresh).await, json!(401));
    let _ = believing.exchange(&believing.token(&["dev"])).await.is(200);
    believing.served.world.clock().advance(Duration::from_mins(1));
    let _ = believing.exchange(&believing.token(&["dev"])).await.is(401);
}

#[tokio::test]
async fn a_provider_that_is_no_longer_believed_opens_nothing() {
    let believing = Believing::start().await;
    let token = believing.token(&["ops"]);
    let refresh = refresh_token(&believing.exchange(&token).await.is(200));
    let served = believing.served.restart_with(Settings::default()).await;
    let believing = Believing { served, ..believing };
    let _ = believing.manage(&token, Method::GET, REGISTRY).await.is(401);
    let _ = believing.exchange(&token).await.is(401);
    assert_eq!(believing.actions(&refresh).await, json!(401));
}

#[tokio::test]
async fn while_the_keys_cannot_be_had_one_is_told_to_come_again() {
    let believing = Believing::start().await;
    believing.provider.answer(503);
    let token = believing.token(&["ops"]);
    let managed = believing.manage(&token, Method::GET, REGISTRY).await.is(503);
    assert_eq!(managed.json()["error"]["code"], "ServiceUnavailable");
    assert_eq!(managed.header("retry-after"), "10");
    let exchanged = believing.exchange(&token).await.is(503);
    assert_eq!(exchanged.json()["error"], "temporarily_unavailable");
    assert_eq!(exchanged.header("retry-after"), "10");
    believing.provider.answer(key_set(&[&believing.key]));
    believing.served.world.clock().advance(Duration::from_secs(10));
    let _ = believing.manage(&token, Method::GET, REGISTRY).await.is(200);
}
