//! A registry's overview: how much went through it, and when for the last time.

use crate::site::{REGISTRY, Site};
use boathook_engine::traffic;
use boathook_testkit::{Reply, hook};
use std::time::Duration;

#[tokio::test]
async fn the_overview_tells_what_went_through_the_registry() {
    let site = Site::start().await;
    let browser = site.owner().await;
    let page = browser.get(REGISTRY).await;
    page.shows("Pushes: 0 in 24 hours").shows("<dt>Last push</dt><dd>None</dd>").hides("<path");
    let receiver = site.world.receiver([Reply::from(503), Reply::from(200), Reply::from(200)]);
    site.world.create_webhook("deployhook", hook(&receiver.uri())).await;
    site.world.push("team/app:v1").await;
    site.world.push("team/app:v2").await;
    let client = site.client();
    for tag in ["v1", "v2", "v2"] {
        let pulled = client.get(&format!("/v2/team/app/manifests/{tag}")).await;
        assert_eq!(pulled.status, 200);
    }
    assert_eq!(client.head("/v2/team/app/manifests/v1").await.status, 200);
    site.world.tick_until_idle().await;
    let told = ["Pushes: 2 in 24 hours", "Pulls: 3 in 24 hours", "Deliveries: 1 in 24 hours"];
    let shows = async |page: &str| {
        let page = browser.get(page).await;
        for told in told {
            page.shows(told);
        }
        page
    };
    // What is counted is shown before it is written down, and once after that.
    shows(REGISTRY)
        .await
        .hides("<dd>None</dd>")
        .shows("<td role=\"cell\" data-label=\"Pulls\">3</td>");
    traffic::write(site.world.ctx()).await.unwrap();
    shows(REGISTRY)
        .await
        .hides("<dd>None</dd>")
        .shows("<td role=\"cell\" data-label=\"Pulls\">3</td>");
    assert_eq!(client.get("/v2/team/app/manifests/v1").await.status, 200);
    let page = browser.get(REGISTRY).await;
    page.shows("Pulls: 4 in 24 hours").shows("<td role=\"cell\" data-label=\"Pulls\">4</td>");

    site.world.clock().advance(Duration::from_hours(25));
    let browser = site.owner().await;
    let page = browser.get(REGISTRY).await;
    page.shows("Pulls: 0 in 24 hours").hides("<dd>None</dd>").hides("<path");
    let page = site.owner().await.reading("zh-TW").get(REGISTRY).await;
    page.shows("推送：24 小時內 0 次").shows("上次提取");
}

#[tokio::test]
async fn a_webhook_shows_how_its_latest_attempts_went() {
    let site = Site::start().await;
    let replies = [503, 200, 200].map(Reply::from);
    let receiver = site.world.receiver(replies);
    site.world.create_webhook("deployhook", hook(&receiver.uri())).await;
    let here = format!("{REGISTRY}/webhooks/deployhook");
    let browser = site.owner().await;
    browser.get(&here).await.hides("Latency and failures");
    for tag in ["v1", "v2", "v3"] {
        site.world.push(&format!("team/app:{tag}")).await;
        site.world.tick_until_idle().await;
    }
    let page = browser.get(&here).await;
    page.shows("Duration of the last 3 attempts, 1 of which failed");
    page.shows("<path class=\"bad\" d=\"M0 40").shows("<path class=\"good\" d=\"M12 40");
    page.shows("<td role=\"cell\" data-label=\"Attempts\">3</td><td role=\"cell\" data-label=\"Failed\">1</td>");
    let reader = site.somebody("puller", "AcrPull").await;
    reader.get(&here).await.hides("Latency and failures");
}
