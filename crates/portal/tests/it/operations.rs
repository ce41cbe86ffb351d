//! Access keys, replications, the audit log and storage.

use crate::site::{REGISTRY, Site};
use boathook_engine::manage::{identities, replications};
use boathook_engine::operations::{self, Ticked};
use boathook_testkit::{Settings, actor, hook};
use boathook_wire::arm::condition::Condition;
use boathook_wire::arm::replication::parameters::Create;

#[tokio::test]
async fn the_keys_are_shown_and_made_anew_by_whoever_may() {
    let site = Site::start().await;
    let (owner, reader) = (site.owner().await, site.somebody("reader", "Reader").await);
    let keys = format!("{REGISTRY}/keys");
    let [first, second] = &site.credentials.passwords;
    let page = owner.get(&keys).await;
    page.shows(first).shows(second);
    let page = owner.send(&page, &keys, &[("slot", "1")]).await;
    page.hides(first).shows(second).shows("The password was made anew");
    assert_eq!(owner.send(&page, &keys, &[("slot", "3")]).await.status, 404);
    // No link leads a reader to what they may not see.
    let page = reader.get(REGISTRY).await;
    page.hides("/keys").shows("/replications");
    assert_eq!(reader.get(&keys).await.status, 403);
    assert_eq!(reader.send(&page, &keys, &[("slot", "2")]).await.status, 403);
    owner.get(&keys).await.shows(second);
}

#[tokio::test]
async fn replications_are_listed_with_their_regions() {
    let site = Site::with(Settings { regions: &["local", "east"], ..Settings::default() }).await;
    let browser = site.owner().await;
    let path = format!("{REGISTRY}/replications");
    browser.get(&path).await.shows("Home region: local").shows("in no other region");
    let registry = site.world.registry().await;
    let (condition, actor) = (Condition::default(), actor());
    let create = Create::parse(br#"{"location":"east"}"#).unwrap();
    let ctx = site.world.ctx();
    let made = replications::create(ctx, &registry, "eastern", create, &condition, &actor);
    assert!(made.await.unwrap().is_ok());
    browser.get(&path).await.shows(">eastern<").shows(">east<").shows("Ready");
    let form = browser.get(&format!("{REGISTRY}/webhooks/-/new")).await;
    form.shows("<option>east</option>").shows("<option selected>local</option>");
}

#[tokio::test]
async fn the_audit_log_comes_in_pages_and_can_be_filtered() {
    let site = Site::start().await;
    for number in 0..51 {
        site.world.create_webhook(&format!("hook{number:02}"), hook("http://127.0.0.1:9/")).await;
        site.world.clock().advance(std::time::Duration::from_secs(1));
    }
    let browser = site.owner().await;
    browser.get(REGISTRY).await.shows("href=\"/portal/activity\"");
    let page = browser.get("/portal/activity").await;
    page.shows("webhooks/hook50").hides("webhooks/hook00").shows(">Older<");
    page.shows("Microsoft.ContainerRegistry/registries/webhooks/write");
    assert!(page.html.len() < 50_000, "{}", page.html.len());
    let (_, rest) = page.html.split_once("href=\"/portal/activity?").unwrap();
    let next = rest.split('"').next().unwrap().replace("&#38;", "&");
    browser
        .get(&format!("/portal/activity?{next}"))
        .await
        .shows("webhooks/hook00")
        .hides("webhooks/hook50");
    browser.get("/portal/activity?caller=nobody").await.shows("Nothing has that text");
    browser.get("/portal/activity?caller=owner").await.shows("webhooks/hook50");
    browser.get("/portal/activity?group=other&before=%3Cb%3E").await.hides("webhooks/hook50");
    let pusher = site.somebody("pusher", "AcrPush").await;
    pusher.get("/portal/registries").await.hides("/portal/activity");
    assert_eq!(pusher.get("/portal/activity").await.status, 403);
}

#[tokio::test]
async fn a_collection_is_asked_for_and_its_outcome_shown() {
    let site = Site::start().await;
    let (owner, reader) = (site.owner().await, site.somebody("reader", "Reader").await);
    let path = format!("{REGISTRY}/storage");
    let page = owner.get(&path).await;
    page.shows("24 hours").shows("Nothing was collected yet");
    for (does, said) in [("look", "Needed by nothing, and goes later"), ("collect", "Freed")] {
        let page = owner.send(&page, &path, &[("do", does)]).await;
        page.shows("under way");
        loop {
            match operations::tick(site.world.ctx()).await.unwrap() {
                Ticked::PutOff(at) => site.world.clock().set(at),
                Ticked::Ended => (),
                Ticked::Nothing => break,
            }
        }
        owner.get(&page.path).await.shows("succeeded").shows(said).shows("0 blobs, 0 B");
        assert_eq!(reader.get(&page.path).await.status, 200);
    }
    owner.get(&path).await.hides("Nothing was collected yet");
    reader.get(&path).await.hides("Collect garbage now");
    assert_eq!(
        reader.send(&reader.get(&path).await, &path, &[("do", "collect")]).await.status,
        403
    );
    assert_eq!(owner.get(&format!("{path}?operation=none")).await.status, 404);
}

#[tokio::test]
async fn whoever_did_something_is_called_by_their_name_as_long_as_they_are_there() {
    let site = Site::start().await;
    let (owner, robot) = (site.owner().await, site.somebody("robot", "Contributor").await);
    let path = format!("{REGISTRY}/webhooks/-/new");
    let fields = [
        ("name", "hook1"),
        ("location", "local"),
        ("service_uri", "http://127.0.0.1:9/"),
        ("actions", "push"),
    ];
    let page = robot.send(&robot.get(&path).await, &path, &fields).await;
    assert_eq!(page.status, 200);
    let found = identities::get(site.world.ctx(), "robot").await.unwrap().unwrap();
    let client_id = found.identity.client_id.to_string();
    let hook = format!("{REGISTRY}/webhooks/hook1");
    owner.get(&hook).await.shows("<code>robot</code>").hides(&client_id);
    // The log is searched by the client id, and so shows both.
    let entry = format!("robot<br><code>{client_id}</code>");
    owner.get("/portal/activity").await.shows(&entry);
    identities::delete(site.world.ctx(), "robot", &actor()).await.unwrap().unwrap();
    owner.get(&hook).await.shows(&format!("<code>{client_id}</code>"));
    owner.get("/portal/activity").await.hides(&entry).shows(&format!("<code>{client_id}</code>"));
}
