//! Events that appear by themselves.

use crate::site::{REGISTRY, Site};
use boathook_engine::live;
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
