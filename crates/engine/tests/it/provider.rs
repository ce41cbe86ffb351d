//! Tokens of an identity provider outside: whom they are believed of, and what that takes of the provider.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa;
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use boathook_core::role::{ArmAction, RoleScope};
use boathook_core::time::Clock;
use boathook_engine::auth::identity::Principal;
use boathook_engine::auth::{self, ProviderSettings, Unchecked};
use boathook_testkit::{ProviderKey, Receiver, Reply, Settings, World, key_set};
use boathook_wire::oauth2::authorization::Credentials as Shown;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

/// Long enough that the provider is asked again.
const PAUSE: Duration = Duration::from_secs(10);

/// A world, and the provider that it believes.
struct Believing {
    world: World,
    provider: Receiver,
    issuer: String,
}

impl Believing {
    /// A world that finds the keys at an address of their own.
    async fn start(keys: impl Into<Reply>) -> Self {
        Self::with(keys, |uri| Some(uri.to_owned())).await
    }

    async fn with(answer: impl Into<Reply>, keys_uri: impl Fn(&str) -> Option<String>) -> Self {
        let mut world = World::start().await;
        let provider = world.receiver_always(answer);
        let issuer = format!("http://{}/realm", provider.address());
        let settings = ProviderSettings {
            issuer: issuer.parse().unwrap(),
            audience: "boathook".to_owned(),
            keys_uri: keys_uri(&issuer).map(|uri| uri.parse().unwrap()),
            name_claim: "email".to_owned(),
            roles_claim: "realm_access.roles".to_owned(),
            roles: vec!["ops = Owner".parse().unwrap(), "dev = Reader".parse().unwrap()],
        };
        world
            .kill_and_restart_with(Settings { provider: Some(settings), ..Settings::default() })
            .await;
        Self { world, provider, issuer }
    }

    /// The claims of a good token, which a test then changes.
    fn claims(&self) -> Value {
        let now = self.world.clock().now().0 / 1_000;
        json!({
            "iss": self.issuer, "aud": ["account", "boathook"], "sub": "7", "email": "ann@example.com",
            "iat": now, "nbf": now, "exp": now + 300, "realm_access": { "roles": ["ops", "cook"] },
        })
    }

    fn claims_but(&self, member: &str, value: Value) -> Value {
        let mut claims = self.claims();
        claims[member] = value;
        claims
    }

    async fn show(&self, token: &str) -> Result<Option<Arc<Principal>>, Unchecked> {
        auth::manager(self.world.ctx(), Some(&Shown::Bearer(token.to_owned()))).await
    }

    async fn is_taken(&self, token: &str) -> bool {
        self.show(token).await.unwrap().is_some()
    }

    fn asked(&self) -> usize {
        self.provider.requests().len()
    }
}

#[tokio::test]
async fn a_token_says_who_one_is_and_its_claims_give_roles() {
    let key = ProviderKey::new("k1");
    let believing = Believing::start(key_set(&[&key])).await;
    let ann = believing.show(&key.sign(&believing.claims())).await.unwrap().unwrap();
    assert_eq!(ann.name, "ann@example.com");
    assert_eq!(ann.client_id.as_str(), format!("{}#ann@example.com", believing.issuer));
    let delete = ArmAction::parse("Microsoft.ContainerRegistry/registries/delete").unwrap();
    let read = ArmAction::parse("Microsoft.ContainerRegistry/registries/read").unwrap();
    let everywhere = RoleScope::Subscription;
    assert!(ann.may(delete, &everywhere));
    for (roles, may_read) in
        [(json!(["dev"]), true), (json!("dev"), true), (json!(["DEV"]), false), (json!([]), false)]
    {
        let claims = believing.claims_but("realm_access", json!({ "roles": roles }));
        let bob = believing.show(&key.sign(&claims)).await.unwrap().unwrap();
        assert_eq!(bob.may(read, &everywhere), may_read, "{roles}");
        assert!(!bob.may(delete, &everywhere));
    }
}

#[tokio::test]
async fn a_token_for_others_or_for_another_time_is_refused() {
    let key = ProviderKey::new("k1");
    let believing = Believing::start(key_set(&[&key])).await;
    let now = believing.world.clock().now().0 / 1_000;
    for (member, value, expected) in [
        ("aud", json!("boathook"), true),
        ("aud", json!("Boathook"), false),
        ("aud", json!([]), false),
        ("aud", json!(null), false),
        ("iss", json!(format!("{}/", believing.issuer)), false),
        ("exp", json!(now - 59), true),
        ("exp", json!(now - 60), false),
        ("exp", json!(1_700_000_000.5), true),
        ("exp", json!("tomorrow"), false),
        ("nbf", json!(now + 60), true),
        ("nbf", json!(now + 61), false),
        ("nbf", json!(null), true),
        ("email", json!(""), false),
        ("email", json!("a\nb"), false),
        ("email", json!("x".repeat(257)), false),
        ("email", json!(null), false),
    ] {
        let token = key.sign(&believing.claims_but(member, value.clone()));
        assert_eq!(believing.is_taken(&token).await, expected, "{member} {value}");
    }
}

#[tokio::test]
async fn a_token_that_the_provider_has_not_signed_is_refused() {
    let key = ProviderKey::new("k1");
    let believing = Believing::start(key_set(&[&key])).await;
    let claims = believing.claims();
    let good = key.sign(&claims);
    let [head, body, signature] = &good.split('.').collect::<Vec<_>>()[..] else {
        panic!("a token has three parts")
    };
    let named = |algorithm| Header { kid: Some("k1".to_owned()), ..Header::new(algorithm) };
    // Signed with the key that everybody can read, as if it were a password.
    let public = EncodingKey::from_secret(key.public().to_string().as_bytes());
    let confused = jsonwebtoken::encode(&named(Algorithm::HS256), &claims, &public).unwrap();
    let critical = Header { crit: Some(vec!["b64".to_owned()]), ..named(Algorithm::ES256) };
    let none = URL_SAFE_NO_PAD.encode(br#"{"alg":"none","kid":"k1"}"#);
    let rsa = URL_SAFE_NO_PAD.encode(br#"{"alg":"RS256","kid":"k1"}"#);
    for bad in [
        ProviderKey::new("k1").sign(&claims),
        confused,
        key.sign_as(&critical, &claims),
        format!("{none}.{body}.{signature}"),
        format!("{none}.{body}."),
        format!("{rsa}.{body}.{signature}"),
        format!("{head}.{body}."),
        format!("{head}.{}.{signature}", URL_SAFE_NO_PAD.encode(claims.to_string() + " ")),
        key.sign(&believing.claims_but("more", json!("x".repeat(16_384)))),
    ] {
        assert!(!believing.is_taken(&bad).await, "{bad:.80}");
    }
    assert!(believing.is_taken(&good).await);
}

#[tokio::test]
async fn a_token_need_not_name_its_key_where_only_one_can_be_meant() {
    let (first, second) = (ProviderKey::new("k1"), ProviderKey::new("k2"));
    let believing = Believing::start(key_set(&[&first])).await;
    let token = first.sign_as(&Header::new(Algorithm::ES256), &believing.claims());
    assert!(believing.is_taken(&token).await);
    believing.provider.answer(key_set(&[&first, &second]));
    believing.world.clock().advance(Duration::from_hours(1));
    let token = first.sign_as(&Header::new(Algorithm::ES256), &believing.claims());
    assert!(!believing.is_taken(&token).await);
}

#[tokio::test]
async fn keys_of_other_kinds_are_passed_over_and_rsa_is_known() {
    let pair = rsa::KeyPair::generate(rsa::KeySize::Rsa2048).unwrap();
    let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let n = encode(pair.public_key().modulus().big_endian_without_leading_zero());
    let e = encode(pair.public_key().exponent().big_endian_without_leading_zero());
    let rsa =
        |id: &str, r#use: &str| json!({ "kty": "RSA", "kid": id, "use": r#use, "n": n, "e": e });
    let keys = json!({ "keys": [
        7, { "kty": "AKP", "kid": "r1" }, { "kty": "oct", "kid": "secret", "k": "c2VjcmV0" },
        rsa("encrypting", "enc"), rsa("r1", "sig"),
    ] });
    let believing = Believing::start(Reply::new(200, &[], &keys.to_string())).await;
    let token = |id: &str| {
        let head = encode(json!({ "alg": "RS256", "kid": id }).to_string().as_bytes());
        let said = format!("{head}.{}", encode(believing.claims().to_string().as_bytes()));
        let mut signature = vec![0; pair.public_modulus_len()];
        let random = SystemRandom::new();
        pair.sign(&RSA_PKCS1_SHA256, &random, said.as_bytes(), &mut signature).unwrap();
        format!("{said}.{}", encode(&signature))
    };
    assert!(believing.is_taken(&token("r1")).await);
    assert!(!believing.is_taken(&token("encrypting")).await);
    let header = Header { kid: Some("secret".to_owned()), ..Header::new(Algorithm::HS256) };
    let secret = EncodingKey::from_secret(b"secret");
    let shared = jsonwebtoken::encode(&header, &believing.claims(), &secret).unwrap();
    assert!(!believing.is_taken(&shared).await);
}

#[tokio::test]
async fn a_new_key_is_found_when_a_token_names_it_but_unknown_ones_cost_the_provider_little() {
    let (first, second) = (ProviderKey::new("k1"), ProviderKey::new("k2"));
    let believing = Believing::start(key_set(&[&first])).await;
    let (old, new) = (first.sign(&believing.claims()), second.sign(&believing.claims()));
    assert!(believing.is_taken(&old).await);
    believing.provider.answer(key_set(&[&first, &second]));
    for _ in 0..3 {
        assert!(!believing.is_taken(&new).await);
    }
    assert_eq!(believing.asked(), 1);
    believing.world.clock().advance(PAUSE);
    for token in [&new, &old, &new] {
        assert!(believing.is_taken(token).await);
    }
    assert_eq!(believing.asked(), 2);
}

#[tokio::test]
async fn a_key_that_is_withdrawn_counts_no_longer_after_an_hour() {
    let (first, second) = (ProviderKey::new("k1"), ProviderKey::new("k2"));
    let believing = Believing::start(key_set(&[&first, &second])).await;
    assert!(believing.is_taken(&first.sign(&believing.claims())).await);
    believing.provider.answer(key_set(&[&second]));
    believing.world.clock().advance(Duration::from_mins(59));
    assert!(believing.is_taken(&first.sign(&believing.claims())).await);
    believing.world.clock().advance(Duration::from_mins(1));
    assert!(!believing.is_taken(&first.sign(&believing.claims())).await);
    assert!(believing.is_taken(&second.sign(&believing.claims())).await);
    assert_eq!(believing.asked(), 2);
}

#[tokio::test]
async fn a_provider_that_is_away_takes_sign_in_away_after_a_day_alone() {
    let key = ProviderKey::new("k1");
    let believing = Believing::start(503).await;
    let clock = believing.world.clock();
    let unchecked = async || {
        let shown = believing.show(&key.sign(&believing.claims())).await;
        matches!(shown, Err(Unchecked::NoKeys))
    };
    assert!(unchecked().await);
    believing.provider.answer(key_set(&[&key]));
    // It was asked only now.
    assert!(unchecked().await);
    clock.advance(PAUSE);
    assert!(believing.is_taken(&key.sign(&believing.claims())).await);
    for bad in [
        Reply::hang_up(),
        Reply::from(503),
        Reply::new(302, &[("Location", "/keys")], ""),
        Reply::new(200, &[], "<html>"),
        Reply::new(200, &[], r#"{"keys":[]}"#),
        Reply::new(200, &[], &format!(r#"{{"keys":[]}}{}"#, " ".repeat(256 * 1024))),
        Reply::endless(),
    ] {
        believing.provider.answer(bad);
        clock.advance(Duration::from_hours(1));
        let asked = believing.asked();
        assert!(believing.is_taken(&key.sign(&believing.claims())).await);
        assert!(asked < believing.asked());
    }
    clock.advance(Duration::from_hours(17));
    assert!(unchecked().await);
}

#[tokio::test]
async fn those_who_wait_for_the_keys_cost_one_question() {
    let key = ProviderKey::new("k1");
    let believing = Believing::start(key_set(&[&key]).held()).await;
    let token = key.sign(&believing.claims());
    let release = async {
        believing.provider.has_received(1).await;
        believing.provider.release();
    };
    let (first, second, third, ()) = tokio::join!(
        believing.is_taken(&token),
        believing.is_taken(&token),
        believing.is_taken(&token),
        release
    );
    assert!(first && second && third);
    assert_eq!(believing.asked(), 1);
}

#[tokio::test]
async fn where_the_keys_are_is_discovered_and_no_other_issuer_s() {
    let key = ProviderKey::new("k1");
    let keys_at = World::start().await;
    let keys = keys_at.receiver_always(key_set(&[&key]));
    let believing = Believing::with(404, |_| None).await;
    let clock = believing.world.clock();
    let document = |issuer: &str, keys_uri: &str| {
        Reply::new(200, &[], &json!({ "issuer": issuer, "jwks_uri": keys_uri }).to_string())
    };
    let issuer = &believing.issuer;
    for bad in [
        Reply::from(404),
        document("https://other.example", &keys.uri()),
        document(issuer, "keys"),
        document(issuer, "file:///etc/passwd"),
    ] {
        believing.provider.answer(bad);
        let shown = believing.show(&key.sign(&believing.claims())).await;
        assert!(matches!(shown, Err(Unchecked::NoKeys)));
        assert_eq!(keys.requests().len(), 0);
        clock.advance(PAUSE);
    }
    believing.provider.answer(document(issuer, &keys.uri()));
    assert!(believing.is_taken(&key.sign(&believing.claims())).await);
    let path = &believing.provider.requests()[0].path;
    assert_eq!(path, "/realm/.well-known/openid-configuration");
    assert_eq!((keys.only().method.as_str(), keys.only().path.as_str()), ("GET", "/hook"));
}

#[tokio::test]
async fn without_a_provider_nobody_else_s_token_counts() {
    let key = ProviderKey::new("k1");
    let believing = Believing::start(key_set(&[&key])).await;
    let token = key.sign(&believing.claims());
    let world = World::start().await;
    let shown = auth::manager(world.ctx(), Some(&Shown::Bearer(token))).await.unwrap();
    assert_eq!(shown, None);
}
