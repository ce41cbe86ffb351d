//! Who may come in, and for how long.

use boathook_core::defaults;
use boathook_core::grant::Grants;
use boathook_core::time::{Clock, Timestamp};
use boathook_engine::auth::{self, Caller, Credentials};
use boathook_engine::place::{self, Registry};
use boathook_testkit::{FIRST_MS, Settings, World};
use boathook_wire::oauth2::authorization::Credentials as Shown;
use boathook_wire::oauth2::claims::{ACCESS_TOKEN, AccessClaims, ISSUER, VERSION};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use std::sync::Arc;
use std::time::Duration;

pub(crate) async fn first_start(world: &World) -> Credentials {
    let ctx = world.ctx();
    assert!(auth::is_first_start(&ctx.db, &ctx.site).await.unwrap());
    let credentials = Credentials::generate(&ctx.site, &*ctx.ids);
    auth::ensure_credentials(&ctx.db, &ctx.seal, &ctx.site, &credentials, ctx.clock.now())
        .await
        .unwrap();
    assert!(!auth::is_first_start(&ctx.db, &ctx.site).await.unwrap());
    credentials
}

async fn registry(world: &World) -> Arc<Registry> {
    let ctx = world.ctx();
    place::registry(ctx, &ctx.site.registry).await.unwrap().unwrap()
}

fn basic(user: &str, password: &str) -> Shown {
    Shown::Basic { user: user.to_owned(), password: password.to_owned() }
}

async fn caller(world: &World, shown: &Shown) -> Option<Caller> {
    auth::registry_caller(world.ctx(), &*registry(world).await, Some(shown)).await.unwrap()
}

fn admin() -> Caller {
    Caller::new("boathook".to_owned(), Grants::All)
}

async fn token(world: &World, caller: &Caller, scopes: &[&str]) -> String {
    let scopes: Vec<_> = scopes.iter().map(ToString::to_string).collect();
    auth::issue(world.ctx(), &*registry(world).await, caller, &scopes).token
}

#[tokio::test]
async fn either_password_opens_and_no_other() {
    let world = World::start().await;
    let Credentials { username, passwords: [first, second], client_secret, .. } =
        first_start(&world).await;
    for password in [&first, &second, &first] {
        let caller = caller(&world, &basic(&username, password)).await;
        assert_eq!(caller, Some(admin()));
    }
    let long = "a".repeat(2_000);
    for (user, password) in [
        (username.as_str(), "wrong"),
        (&username, ""),
        (&username, &client_secret),
        (&username, &long),
        ("somebody", &first),
        ("", &first),
        (defaults::CLIENT_ID, &first),
    ] {
        assert_eq!(caller(&world, &basic(user, password)).await, None, "{user}");
    }
    // The management identity owns the data too.
    let owner = caller(&world, &basic(defaults::CLIENT_ID, &client_secret)).await;
    let grants = owner.unwrap().grants;
    assert!(grants.allows(&"repository:any/app:pull,push,delete".parse().unwrap()));
    assert!(grants.allows(&"registry:catalog:*".parse().unwrap()));
}

#[tokio::test]
async fn passwords_survive_a_restart_and_are_kept_as_hashes() {
    let mut world = World::start().await;
    let credentials = first_start(&world).await;
    world.kill_and_restart().await;
    let again = Credentials::generate(&world.ctx().site, &*world.ctx().ids);
    let (ctx, now) = (world.ctx(), world.clock().now());
    auth::ensure_credentials(&ctx.db, &ctx.seal, &ctx.site, &again, now).await.unwrap();
    let [old, new] = [&credentials, &again].map(|credentials| &credentials.passwords[0]);
    assert!(caller(&world, &basic("boathook", old)).await.is_some());
    assert!(caller(&world, &basic("boathook", new)).await.is_none(), "the slots were taken");
    let hashes = ctx.db.secrets(&ctx.site.registry, "boathook").await.unwrap();
    assert!(hashes.iter().all(|hash| hash.starts_with("$argon2id$") && !hash.contains(old)));
}

#[tokio::test]
async fn no_secret_and_no_token_of_a_registry_opens_the_management_api() {
    let world = World::start().await;
    let credentials = first_start(&world).await;
    let manager = async |shown: Option<&Shown>| auth::manager(world.ctx(), shown).await.unwrap();
    let [password, _] = &credentials.passwords;
    let data_token = token(&world, &admin(), &["registry:catalog:*"]).await;
    for shown in [
        Some(Shown::Bearer(credentials.client_secret.clone())),
        Some(Shown::Bearer(password.clone())),
        Some(Shown::Bearer(data_token)),
        Some(basic(defaults::CLIENT_ID, &credentials.client_secret)),
        None,
    ] {
        assert_eq!(manager(shown.as_ref()).await, None);
    }
    let data = caller(&world, &Shown::Bearer(credentials.client_secret)).await;
    assert_eq!(data, None, "a secret is no token");
}

#[tokio::test]
async fn who_shows_nothing_may_do_nothing_unless_the_registry_is_open() {
    let anonymous = async |is_open| {
        let world = World::with(Settings { is_open, ..Settings::default() }).await;
        auth::registry_caller(world.ctx(), &*registry(&world).await, None)
            .await
            .unwrap()
            .unwrap()
            .grants
    };
    assert_eq!(anonymous(false).await, Grants::none());
    assert_eq!(anonymous(true).await, Grants::All);
}

#[tokio::test]
async fn a_token_gives_what_was_asked_for_as_far_as_its_owner_has_it() {
    let world = World::start().await;
    let asked =
        ["repository:app:pull,push", "repository:other:delete", "nonsense", "repository:A:x"];
    let full = caller(&world, &Shown::Bearer(token(&world, &admin(), &asked).await)).await.unwrap();
    let allows = |caller: &Caller, text: &str| caller.grants.allows(&text.parse().unwrap());
    assert!(allows(&full, "repository:app:pull,push") && allows(&full, "repository:other:delete"));
    assert!(!allows(&full, "repository:app:delete") && !allows(&full, "registry:catalog:*"));
    // Whoever comes with a token gets no more from the next one.
    let less = token(&world, &full, &["repository:app:*", "repository:third:pull"]).await;
    let less = caller(&world, &Shown::Bearer(less)).await.unwrap();
    assert!(allows(&less, "repository:app:pull,push"));
    assert!(!allows(&less, "repository:app:delete") && !allows(&less, "repository:third:pull"));
    assert_eq!(less.name, "boathook");
}

#[tokio::test]
async fn a_token_counts_for_75_minutes_and_not_long_before_it_was_made() {
    let world = World::start().await;
    let shown = Shown::Bearer(token(&world, &admin(), &["repository:app:pull"]).await);
    world.clock().advance(Duration::from_secs(75 * 60 - 1));
    assert!(caller(&world, &shown).await.is_some());
    world.clock().advance(Duration::from_secs(1));
    assert!(caller(&world, &shown).await.is_none());
    // A node's clock may be behind that of the one which made it, by a minute.
    world.clock().set(Timestamp(FIRST_MS - 60_000));
    assert!(caller(&world, &shown).await.is_some());
    world.clock().set(Timestamp(FIRST_MS - 61_000));
    assert!(caller(&world, &shown).await.is_none());
}

#[tokio::test]
async fn a_token_that_was_touched_or_made_by_others_is_no_token() {
    let world = World::start().await;
    let good = token(&world, &admin(), &["repository:app:pull"]).await;
    let [head, claims, signature] = &good.split('.').collect::<Vec<_>>()[..] else {
        panic!("a token has three parts")
    };
    let more = token(&world, &admin(), &["repository:app:*"]).await;
    let other_claims = more.split('.').nth(1).unwrap();
    // {"alg":"none"}
    let none = "eyJhbGciOiJub25lIn0";
    for bad in [
        format!("{head}.{other_claims}.{signature}"),
        format!("{none}.{claims}.{signature}"),
        format!("{none}.{claims}."),
        format!("{head}.{claims}."),
        format!("{head}.{claims}"),
        String::new(),
        "x".repeat(100_000),
    ] {
        assert_eq!(caller(&world, &Shown::Bearer(bad.clone())).await, None, "{bad:.60}");
    }
    let stranger = World::with(Settings { signing_key: [3; 32], ..Settings::default() }).await;
    let foreign = token(&stranger, &admin(), &["repository:app:pull"]).await;
    assert_eq!(caller(&world, &Shown::Bearer(foreign)).await, None);
}

#[tokio::test]
async fn a_token_for_another_registry_or_purpose_is_refused() {
    let world = World::start().await;
    let seconds = u64::try_from(FIRST_MS / 1_000).unwrap();
    let good = AccessClaims {
        jti: "id".to_owned(),
        sub: "boathook".to_owned(),
        nbf: seconds,
        exp: seconds + 60,
        iat: seconds,
        iss: ISSUER.to_owned(),
        aud: "boathook.azurecr.localhost".to_owned(),
        version: VERSION.to_owned(),
        access: Vec::new(),
        roles: Vec::new(),
        grant_type: ACCESS_TOKEN.to_owned(),
        registry_created_ms: registry(&world).await.row.created.0.0,
    };
    let is_taken = async |claims: AccessClaims| {
        let key = EncodingKey::from_secret(&Settings::default().signing_key);
        let token = jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &key).unwrap();
        caller(&world, &Shown::Bearer(token)).await.is_some()
    };
    assert!(is_taken(good.clone()).await);
    let aud = "another.azurecr.localhost".to_owned();
    assert!(!is_taken(AccessClaims { aud, ..good.clone() }).await);
    assert!(!is_taken(AccessClaims { iss: "Somebody".to_owned(), ..good.clone() }).await);
    let grant_type = "refresh_token".to_owned();
    assert!(!is_taken(AccessClaims { grant_type, ..good.clone() }).await);
    // One that was deleted may have had the same name a moment before.
    let registry_created_ms = good.registry_created_ms - 1;
    assert!(!is_taken(AccessClaims { registry_created_ms, ..good }).await);
}

#[tokio::test]
async fn a_token_of_nobody_ends_with_the_open_door() {
    let open = Settings { is_open: true, ..Settings::default() };
    let mut world = World::with(open).await;
    let nobody =
        auth::registry_caller(world.ctx(), &*registry(&world).await, None).await.unwrap().unwrap();
    let shown = Shown::Bearer(token(&world, &nobody, &["repository:app:push"]).await);
    assert!(caller(&world, &shown).await.is_some());
    world.kill_and_restart_with(Settings::default()).await;
    assert_eq!(caller(&world, &shown).await, None);
}
