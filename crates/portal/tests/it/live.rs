//! Events that appear by themselves.

use crate::site::{REGISTRY, Site};
use boathook_engine::live::{self, WATCHERS_OF_ONE_MAX};
use boathook_engine::manage::identities;
use boathook_testkit::hook;

#[tokio::test]
async fn an_open_page_is_told_of_what_is_sent() {
    let site = Site::start().await;
    let receiver = site.world.receiver_always(204);
    site.world.create_webhook("hook1", hook(&receiver.uri())).await;
    let browser = site.owner().await;
    let here = format!("{REGISTRY}/webhooks/hook1");
    browser.get(&here).await.shows(&format!("data-live=\"{here}/live\""));
    browser.get(&format!("{here}?filter=x")).await.hides("data-live");
    let mut stream = browser.follow(&format!("{here}/live")).await;
    live::look(site.world.ctx()).await.unwrap();
    assert!(stream.next_event().await.contains("Nothing was sent yet"));
    site.world.ping("hook1").await;
    site.world.tick_until_idle().await;
    live::look(site.world.ctx()).await.unwrap();
    let told = stream.next_event().await;
    assert!(told.contains("204 No Content") && !told.contains("<html"), "{told}");
    let reader = site.somebody("reader", "Reader").await;
    assert_eq!(reader.get(&format!("{here}/live")).await.status, 403);
}

#[tokio::test]
async fn pages_that_follow_one_webhook_are_told_each_in_its_language() {
    let site = Site::start().await;
    site.world.create_webhook("hook1", hook("http://127.0.0.1:9/")).await;
    let chinese = site.guest().reading("zh-TW");
    chinese.sign_in("management", &site.credentials.client_secret).await;
    let (english, path) = (site.owner().await, format!("{REGISTRY}/webhooks/hook1/live"));
    let mut streams = Vec::new();
    for browser in [&english, &chinese, &english] {
        streams.push(browser.follow(&path).await);
    }
    live::look(site.world.ctx()).await.unwrap();
    for (stream, said) in
        streams.iter_mut().zip(["Nothing was sent", "尚未傳送", "Nothing was sent"])
    {
        let told = stream.next_event().await;
        assert!(told.contains(said), "{told}");
    }
}

#[tokio::test]
async fn nobody_takes_the_places_of_all_who_follow_events() {
    let site = Site::start().await;
    let ctx = site.world.ctx();
    let webhook = site.world.create_webhook("hook1", hook("http://127.0.0.1:9/")).await;
    let (owner, here) = (site.owner().await, format!("{REGISTRY}/webhooks/hook1"));
    let live = format!("{here}/live");
    let other = site.somebody("other", "Contributor").await;
    let found = identities::get(ctx, "management").await.unwrap().unwrap();
    let principal = found.identity.principal;
    let mut pages: Vec<_> =
        (0..WATCHERS_OF_ONE_MAX).map(|_| live::watch(ctx, &webhook, &principal).unwrap()).collect();
    let refused = owner.get(&live).await;
    assert_eq!(refused.status, 429);
    refused.shows(&format!("{WATCHERS_OF_ONE_MAX} pages of your identity follow events already"));
    // The page itself works, and says so where its script finds that it is not brought up to date.
    owner
        .get(&here)
        .await
        .shows("Nothing was sent yet")
        .shows("id=\"not-live\" hidden>New events are");
    other.follow(&live).await;
    pages.pop();
    owner.follow(&live).await;
}
