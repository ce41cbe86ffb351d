//! Who is signed in, until when.

use crate::site::{REGISTRY, Site};
use boathook_engine::auth::directory::{self, Audience};
use boathook_engine::auth::identity::{self, SignedIn};
use boathook_engine::auth::session::{IDLE_MAX, SESSION_AGE_MAX};
use boathook_engine::manage::identities;
use boathook_testkit::{actor, hook};
use boathook_wire::arm::identity::{AddPassword, Put};
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test]
async fn whoever_has_not_signed_in_is_asked_to_and_comes_back() {
    let site = Site::start().await;
    let (browser, hooks) = (site.guest(), format!("{REGISTRY}/webhooks?filter=a%26b"));
    let page = browser.get(&hooks).await;
    assert!(page.path.starts_with("/portal/sign-in?back="), "{}", page.path);
    let back = page.value("back").replace("&amp;", "&").replace("&#38;", "&");
    assert_eq!(back, hooks);
    let user = &site.credentials.client_id;
    let wrong = [("user", user.as_str()), ("password", "wrong"), ("back", &back)];
    let page = browser.post("/portal/sign-in", &wrong).await;
    assert_eq!(page.status, 401);
    page.shows("this is not its password").shows(user).hides("wrong");
    page.shows("autocomplete=\"current-password\" autofocus>");
    let right =
        [("user", user.as_str()), ("password", &site.credentials.client_secret), ("back", &back)];
    let page = browser.post("/portal/sign-in", &right).await;
    assert_eq!((page.status, page.path.as_str()), (200, hooks.as_str()));
    let elsewhere = [right[0], right[1], ("back", "https://evil.example/portal/")];
    assert_eq!(browser.post("/portal/sign-in", &elsewhere).await.path, "/portal/registries");
}

#[tokio::test]
async fn a_cookie_is_for_our_pages_alone() {
    let site = Site::start().await;
    let browser = site.owner().await;
    let attributes = browser.set_cookies.lock().unwrap().join("\n");
    assert!(attributes.contains("; Path=/; Max-Age=43200; HttpOnly; SameSite=Lax"), "{attributes}");
    let fields = [("user", "management"), ("password", site.credentials.client_secret.as_str())];
    let from = [("sec-fetch-site", "same-origin")];
    let page = site.guest().post_with("/portal/sign-in", &fields, &from).await;
    assert_eq!(page.status, 200);
    let held = browser.cookies.lock().unwrap().get("boathook_session").unwrap().clone();
    let stored = site.world.ctx().db.sessions(&site_principal(&site).await).await.unwrap();
    assert!(stored.iter().all(|row| !row.id.as_str().contains(&held)), "a hash is stored");
    for way in ["cross-site", "same-site", "none"] {
        let page = browser.post_with("/portal/sign-out", &[], &[("sec-fetch-site", way)]).await;
        assert_eq!(page.status, 403, "{way}");
    }
    let page =
        browser.post_with("/portal/sign-out", &[], &[("origin", "http://evil.example")]).await;
    assert_eq!(page.status, 403);
    // From here, but not from a form of this session: it is asked about, and nothing is done.
    let page = browser.post("/portal/sign-out", &[("form_key", "0")]).await;
    assert_eq!(page.status, 422);
    assert_eq!(browser.get(REGISTRY).await.status, 200);
}

async fn site_principal(site: &Site) -> boathook_core::id::PrincipalId {
    let found = identities::get(site.world.ctx(), "management").await.unwrap().unwrap();
    found.identity.principal
}

#[tokio::test]
async fn a_session_ends_by_itself_and_is_longer_for_whoever_uses_it() {
    let site = Site::start().await;
    let (idle, busy, clock) = (site.owner().await, site.owner().await, site.world.clock());
    let almost_idle = IDLE_MAX.saturating_sub(SECOND);
    let mut passed = Duration::ZERO;
    while passed + IDLE_MAX < SESSION_AGE_MAX {
        clock.advance(almost_idle);
        passed += almost_idle;
        assert_eq!(busy.get(REGISTRY).await.path, REGISTRY, "{passed:?}");
    }
    assert_ne!(idle.get(REGISTRY).await.path, REGISTRY);
    clock.advance(SESSION_AGE_MAX.saturating_sub(passed + SECOND));
    assert_eq!(busy.get(REGISTRY).await.path, REGISTRY);
    clock.advance(SECOND);
    assert_ne!(busy.get(REGISTRY).await.path, REGISTRY);
}

#[tokio::test]
async fn a_session_is_ended_by_its_owner_and_by_whoever_disables_the_owner() {
    let site = Site::start().await;
    let one = site.owner().await;
    site.world.clock().advance(SECOND);
    let other = site.owner().await;
    let page = one.get("/portal/sessions").await;
    let ids: Vec<_> =
        page.html.split("name=\"id\" value=\"").skip(1).map(|rest| &rest[..64]).collect();
    assert_eq!(ids.len(), 2);
    page.shows("this one");
    // The newest is the first, and the other's.
    let page = one.send(&page, "/portal/sessions", &[("id", ids[0])]).await;
    assert_eq!(page.path, "/portal/sessions");
    assert_ne!(other.get(REGISTRY).await.path, REGISTRY);
    let page = one.send(&page, "/portal/sign-out", &[]).await;
    assert_eq!(page.path, "/portal/sign-in");
    assert_ne!(one.get(REGISTRY).await.path, REGISTRY);

    let reader = site.somebody("somebody", "Reader").await;
    for is_enabled in [false, true] {
        let put = Put { is_enabled: Some(is_enabled) };
        identities::put(site.world.ctx(), "somebody", put, &actor()).await.unwrap().unwrap();
        assert_ne!(reader.get(REGISTRY).await.path, REGISTRY, "and it stays ended");
    }
}

#[tokio::test]
async fn whoever_takes_a_password_away_ends_what_began_with_it() {
    let site = Site::start().await;
    let (ctx, reader) = (site.world.ctx(), site.somebody("somebody", "Reader").await);
    assert_eq!(reader.get(REGISTRY).await.path, REGISTRY);
    let found = identities::get(ctx, "somebody").await.unwrap().unwrap();
    let id = found.secrets[0].id.as_str();
    identities::remove_secret(ctx, "somebody", id, &actor()).await.unwrap().unwrap();
    assert_ne!(reader.get(REGISTRY).await.path, REGISTRY);
}

#[tokio::test]
async fn a_page_that_only_follows_events_is_no_use_of_its_session() {
    let site = Site::start().await;
    site.world.create_webhook("hook1", hook("http://127.0.0.1:9/")).await;
    let browser = site.owner().await;
    let live = format!("{REGISTRY}/webhooks/hook1/live");
    for _ in 0..2 {
        site.world.clock().advance((IDLE_MAX / 2).saturating_sub(SECOND));
        browser.follow(&live).await;
    }
    site.world.clock().advance(2 * SECOND);
    assert_ne!(browser.get(REGISTRY).await.path, REGISTRY);
}

#[tokio::test]
async fn whoever_signs_out_everywhere_is_out_everywhere() {
    let site = Site::start().await;
    let (one, other) = (site.owner().await, site.owner().await);
    let page = one.get("/portal/sessions").await;
    one.send(&page, "/portal/sessions", &[]).await;
    for browser in [one, other] {
        assert_ne!(browser.get(REGISTRY).await.path, REGISTRY);
    }
}

#[tokio::test]
async fn a_browser_is_shown_by_the_name_that_people_know() {
    let site = Site::start().await;
    let fields = [("user", "management"), ("password", site.credentials.client_secret.as_str())];
    let firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
    let (browser, program) = (site.guest(), site.guest().reading("zh-TW"));
    for (browser, agent) in [(&browser, firefox), (&program, "probe/<1.0>")] {
        browser.post_with("/portal/sign-in", &fields, &[("user-agent", agent)]).await;
    }
    let page = browser.get("/portal/sessions").await;
    page.shows("Firefox on Linux").shows(firefox).shows("probe/&#60;1.0&#62;");
    program.get("/portal/sessions").await.shows("Linux 上的 Firefox").shows(firefox);
}

#[tokio::test]
async fn a_token_signs_in_for_no_longer_than_it_counts() {
    let site = Site::start().await;
    let ctx = site.world.ctx();
    let signed =
        identity::sign_in(ctx, &site.credentials.client_id, &site.credentials.client_secret);
    let SignedIn::As { principal, .. } = signed.await.unwrap() else {
        panic!("the password is right")
    };
    let issue = async |audience| {
        directory::issue(ctx, &principal, audience, "http://localhost/adfs").await.unwrap()
    };
    let browser = site.guest();
    for wrong in ["x", &issue(Audience::Registry).await] {
        let page = browser.post("/portal/sign-in", &[("token", wrong)]).await;
        assert_eq!(page.status, 401);
        page.shows("not one for this server");
    }
    let token = issue(Audience::Management).await;
    let page = browser.post("/portal/sign-in", &[("token", &token)]).await;
    assert_eq!((page.status, page.path.as_str()), (200, "/portal/registries"));
    site.world.clock().advance(directory::TOKEN_AGE.saturating_sub(SECOND));
    assert_eq!(browser.get(REGISTRY).await.path, REGISTRY);
    site.world.clock().advance(SECOND);
    assert_ne!(browser.get(REGISTRY).await.path, REGISTRY);
}

#[tokio::test]
async fn a_password_signs_in_for_no_longer_than_it_counts() {
    let site = Site::start().await;
    let (ctx, clock) = (site.world.ctx(), site.world.clock());
    let lasting = site.identity("somebody", "Reader").await;
    let age = IDLE_MAX + IDLE_MAX / 2;
    let end = Some(ctx.clock.now().after(age).to_string());
    let wanted = AddPassword { display_name: None, end };
    let added = identities::add_secret(ctx, "somebody", wanted, &actor()).await.unwrap();
    let short = added.unwrap_or_else(|refusal| panic!("{refusal}")).secret;
    let (ending, staying) = (site.guest(), site.guest());
    ending.sign_in("somebody", &short).await;
    staying.sign_in("somebody", &lasting).await;
    for passed in [IDLE_MAX.saturating_sub(SECOND), IDLE_MAX / 2] {
        clock.advance(passed);
        assert_eq!(ending.get(REGISTRY).await.path, REGISTRY, "{passed:?}");
        assert_eq!(staying.get(REGISTRY).await.path, REGISTRY, "{passed:?}");
    }
    clock.advance(SECOND);
    assert_ne!(ending.get(REGISTRY).await.path, REGISTRY);
    assert_eq!(staying.get(REGISTRY).await.path, REGISTRY);
}

#[tokio::test]
async fn what_was_typed_survives_the_end_of_a_session() {
    let site = Site::start().await;
    let browser = site.owner().await;
    let path = format!("{REGISTRY}/webhooks/-/new");
    let form = browser.get(&path).await;
    site.world.clock().advance(SESSION_AGE_MAX);
    let headers = "X-A: <b>\nX-C: d&e";
    let fields = [
        ("name", "hook1"),
        ("location", "local"),
        ("service_uri", "http://127.0.0.1:9/"),
        ("custom_headers", headers),
        ("actions", "push"),
        ("actions", "delete"),
    ];
    let page = browser.send(&form, &path, &fields).await;
    assert_eq!(page.status, 401);
    let unescape = |text: String| text.replace("&#38;", "&").replace("&amp;", "&");
    let (kept_path, kept) = (page.value("kept_path"), unescape(page.value("kept_fields")));
    assert!(!kept.contains("form_key"), "{kept}");
    let (user, password) = (&site.credentials.client_id, &site.credentials.client_secret);
    let again = [
        ("user", user.as_str()),
        ("password", password),
        ("kept_path", &kept_path),
        ("kept_fields", &kept),
    ];
    let page = browser.post("/portal/sign-in", &again).await;
    page.shows("has not been sent yet").shows("hook1").hides("<b>");
    assert!(
        site.world.ctx().db.webhooks(&site.world.registry().await.name).await.unwrap().is_empty()
    );
    let page = browser.send(&page, &kept_path, &fields).await;
    assert_eq!(page.path, format!("{REGISTRY}/webhooks/hook1?done=created"));
    assert_eq!(site.world.webhook("hook1").await.actions.len(), 2);
}

#[tokio::test]
async fn a_part_of_a_page_is_no_place_to_sign_in() {
    let site = Site::start().await;
    let page = site.guest().part(&format!("{REGISTRY}/webhooks?filter=x")).await;
    assert_eq!((page.status, page.html.as_str()), (204, ""));
}
