//! Tokens of the authority: who one is.

use crate::sign_in::first_start;
use boathook_core::defaults;
use boathook_core::id::{AuditId, PrincipalId};
use boathook_core::time::{Clock, Timestamp};
use boathook_engine::audit::Actor;
use boathook_engine::auth::directory::{self, Audience, TOKEN_AGE};
use boathook_engine::auth::identity::{self, Principal, SignedIn};
use boathook_engine::auth::{self, Credentials, Unchecked};
use boathook_testkit::World;
use boathook_wire::sign_in::claims::{Claims, Issue};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use std::sync::Arc;
use std::time::Duration;

const ISSUER: &str = "https://localhost:5443/adfs";
const ALL: [Audience; 3] = [Audience::Management, Audience::Registry, Audience::Graph];

/// A world with its management identity.
async fn world() -> (World, Credentials, Arc<Principal>) {
    let world = World::start().await;
    let credentials = first_start(&world).await;
    let signed_in = sign_in(&world, &credentials.client_secret).await.unwrap();
    let SignedIn::As { principal: owner, until: None } = signed_in else {
        panic!("the first secret opens, and does not run out")
    };
    (world, credentials, owner)
}

async fn sign_in(world: &World, secret: &str) -> Result<SignedIn, Unchecked> {
    identity::sign_in(world.ctx(), defaults::CLIENT_ID, secret).await
}

async fn issue(world: &World, principal: &Principal, audience: Audience) -> String {
    directory::issue(world.ctx(), principal, audience, ISSUER).await.unwrap()
}

async fn is_taken(world: &World, token: &str) -> bool {
    let verified = directory::verify(world.ctx(), token, &[Audience::Management]).await;
    verified.unwrap().is_some()
}

#[tokio::test]
async fn a_client_signs_in_with_its_secret_and_no_other_way() {
    let (world, credentials, owner) = world().await;
    assert_eq!(owner.client_id.as_str(), credentials.client_id);
    assert_eq!(owner.id.as_str(), defaults::PRINCIPAL_ID);
    assert_eq!(owner.assignments.len(), 1);
    let secret = credentials.client_secret.as_str();
    let upper = defaults::CLIENT_ID.to_ascii_uppercase();
    let nobody = "b0a70001-0000-4000-8000-0000000000ff";
    for (client_id, secret, expected) in [
        (upper.as_str(), secret, SignedIn::As { principal: Arc::clone(&owner), until: None }),
        (defaults::CLIENT_ID, "wrong", SignedIn::WrongSecret),
        (defaults::CLIENT_ID, "", SignedIn::WrongSecret),
        (defaults::CLIENT_ID, &credentials.passwords[0], SignedIn::WrongSecret),
        (nobody, secret, SignedIn::UnknownClient),
        ("management", secret, SignedIn::UnknownClient),
    ] {
        let signed_in = identity::sign_in(world.ctx(), client_id, secret).await.unwrap();
        assert_eq!(signed_in, expected, "{client_id}");
    }
}

#[tokio::test]
async fn a_token_says_who_one_is_for_one_audience() {
    let (world, _, owner) = world().await;
    for audience in ALL {
        let token = issue(&world, &owner, audience).await;
        for asked in ALL {
            let verified = directory::verify(world.ctx(), &token, &[asked]).await.unwrap();
            assert_eq!(verified.is_some(), asked == audience, "{audience:?} for {asked:?}");
        }
        let verified = directory::verify(world.ctx(), &token, &ALL).await.unwrap().unwrap();
        assert_eq!(verified.principal, owner);
        assert_eq!(verified.expires, world.clock().now().after(TOKEN_AGE));
    }
}

#[tokio::test]
async fn a_token_counts_for_an_hour_give_or_take_what_clocks_are_apart() {
    let (world, _, owner) = world().await;
    let token = issue(&world, &owner, Audience::Management).await;
    let made = world.clock().now();
    for (offset_s, expected) in
        [(-61, false), (-60, true), (0, true), (3_659, true), (3_660, false)]
    {
        world.clock().set(Timestamp(made.0 + offset_s * 1_000));
        assert_eq!(is_taken(&world, &token).await, expected, "{offset_s} s");
    }
}

/// Gives the claims of a good token, which a test then changes.
fn claims(world: &World) -> Claims {
    let issued = u64::try_from(world.clock().now().0 / 1_000).unwrap();
    Claims::new(&Issue {
        audience: "https://management.azurecr.localhost",
        issuer: ISSUER,
        client_id: defaults::CLIENT_ID,
        object_id: defaults::PRINCIPAL_ID,
        tenant_id: defaults::TENANT_ID,
        token_id: "id",
        issued,
        life: 3_600,
    })
}

/// A token of the given claims, signed with the world's own key.
async fn signed(world: &World, claims: &Claims) -> String {
    let id = PrincipalId::new(defaults::PRINCIPAL_ID);
    let owner = identity::principal(world.ctx(), &id).await.unwrap().unwrap();
    let good = issue(world, &owner, Audience::Management).await;
    let kid = jsonwebtoken::decode_header(&good).unwrap().kid.unwrap();
    let rows = world.ctx().db.signing_keys().await.unwrap();
    let row = rows.iter().find(|row| row.id.as_str() == kid).unwrap();
    let key = world.ctx().seal.open(&format!("signing-key/{kid}"), &row.sealed).unwrap();
    let header = Header { kid: Some(kid), ..Header::new(Algorithm::ES256) };
    jsonwebtoken::encode(&header, claims, &EncodingKey::from_ec_der(&key)).unwrap()
}

#[tokio::test]
async fn a_token_that_says_something_else_is_refused_though_its_signature_is_right() {
    let (world, _, _) = world().await;
    let good = claims(&world);
    assert!(is_taken(&world, &signed(&world, &good).await).await);
    let text = |text: &str| text.to_owned();
    for (what, claims) in [
        ("tenant", Claims { tid: text("b0a70001-0000-4000-8000-0000000000ff"), ..good.clone() }),
        ("issuer", Claims { iss: text("https://login.example/adfs/other"), ..good.clone() }),
        ("audience", Claims { aud: text("https://management.azure.com"), ..good.clone() }),
        ("audience", Claims { aud: String::new(), ..good.clone() }),
        ("client", Claims { appid: text("b0a70001-0000-4000-8000-0000000000ff"), ..good.clone() }),
        ("object", Claims { oid: text("b0a70001-0000-4000-8000-0000000000ff"), ..good.clone() }),
        ("expiry", Claims { exp: good.iat - 61, ..good.clone() }),
        ("beginning", Claims { nbf: good.iat + 61, ..good.clone() }),
    ] {
        assert!(!is_taken(&world, &signed(&world, &claims).await).await, "{what}");
    }
}

#[tokio::test]
async fn a_token_by_others_or_by_nobody_is_refused() {
    let (world, _, owner) = world().await;
    let good = issue(&world, &owner, Audience::Management).await;
    let [head, body, signature] = &good.split('.').collect::<Vec<_>>()[..] else {
        panic!("a token has three parts")
    };
    let (stranger, _, other) = self::world().await;
    let foreign = issue(&stranger, &other, Audience::Management).await;
    let kid = jsonwebtoken::decode_header(&good).unwrap().kid;
    let public = serde_json::to_value(auth::key_set(world.ctx()).await.unwrap()).unwrap();
    let public = public.to_string();
    let confused = Header { kid: kid.clone(), ..Header::new(Algorithm::HS256) };
    let key = EncodingKey::from_secret(public.as_bytes());
    let confused = jsonwebtoken::encode(&confused, &claims(&world), &key).unwrap();
    let nameless = good.replacen(head, "eyJhbGciOiJFUzI1NiJ9", 1);
    let none = "eyJhbGciOiJub25lIn0";
    for bad in [
        foreign.clone(),
        format!("{head}.{body}.{}", foreign.split('.').nth(2).unwrap()),
        confused,
        nameless,
        format!("{none}.{body}.{signature}"),
        format!("{none}.{body}."),
        format!("{head}.{body}."),
        format!("{head}.{body}"),
        good[..good.len() - 1].to_owned(),
        format!("{good}A"),
        format!("{head}.{}.{signature}", "A".repeat(9_000)),
        "x".repeat(100_000),
        String::new(),
    ] {
        assert!(!is_taken(&world, &bad).await, "{bad:.80}");
    }
    assert!(is_taken(&world, &good).await);
}

#[tokio::test]
async fn a_new_key_logs_nobody_out_and_the_old_one_goes_when_its_tokens_have() {
    let (mut world, _, owner) = world().await;
    let shown = async |world: &World| auth::key_set(world.ctx()).await.unwrap().keys.len();
    let kid = |token: &str| jsonwebtoken::decode_header(token).unwrap().kid;
    let old = issue(&world, &owner, Audience::Management).await;
    assert_eq!(shown(&world).await, 1);
    auth::rotate(world.ctx(), &Actor::server()).await.unwrap();
    assert_eq!(shown(&world).await, 2);
    // The new key is shown before it is used.
    let between = issue(&world, &owner, Audience::Management).await;
    assert_eq!(kid(&between), kid(&old));
    world.clock().advance(Duration::from_secs(10));
    let new = issue(&world, &owner, Audience::Management).await;
    assert_ne!(kid(&new), kid(&old));
    world.kill_and_restart().await;
    for token in [&old, &between, &new] {
        assert!(is_taken(&world, token).await);
    }
    world.clock().advance(TOKEN_AGE);
    assert!(is_taken(&world, &new).await);
    world.clock().advance(Duration::from_mins(2));
    assert_eq!(shown(&world).await, 1);
    assert!(!is_taken(&world, &old).await);
    let log = world.ctx().db.audit(boathook_store::AuditPage {
        before: AuditId::new("g"),
        since: Timestamp(0),
        limit: 1,
    });
    assert_eq!(log.await.unwrap()[0].action, "Boathook.Identity/signingKeys/write");
}

#[tokio::test]
async fn a_key_that_is_old_gets_a_successor_by_itself() {
    let (world, _, owner) = world().await;
    issue(&world, &owner, Audience::Management).await;
    world.node().sweep().await;
    assert_eq!(world.ctx().db.signing_keys().await.unwrap().len(), 1);
    world.clock().advance(Duration::from_hours(90 * 24));
    world.node().sweep().await;
    world.node().sweep().await;
    assert_eq!(world.ctx().db.signing_keys().await.unwrap().len(), 2);
}
