//! A page may do what its reader may, and no more.

use crate::site::{REGISTRY, Site};
use boathook_testkit::hook;

#[tokio::test]
async fn a_reader_looks_and_changes_nothing() {
    let site = Site::start().await;
    site.world.create_webhook("hook1", hook("http://user:secret@127.0.0.1:9/h?sig=secret")).await;
    let (owner, reader) = (site.owner().await, site.somebody("reader", "Reader").await);
    let hooks = format!("{REGISTRY}/webhooks");
    reader.get(&hooks).await.shows("hook1").hides("-/new");
    let page = reader.get(&format!("{hooks}/hook1")).await;
    page.hides("/ping")
        .hides("name=\"filter\"")
        .hides("/configure")
        .hides("/delete")
        .hides("127.0.0.1:9");
    page.shows("You may not look at the events");
    owner.get(&format!("{hooks}/hook1")).await.shows("127.0.0.1:9/h").hides("secret");
    for path in ["/-/new", "/hook1/configure", "/hook1/delete", "/-/check?name=hook2"] {
        let page = reader.get(&format!("{hooks}{path}")).await;
        assert_eq!(page.status, 403, "{path}");
        page.shows("Microsoft.ContainerRegistry/registries/webhooks/");
    }
    for path in
        ["/-/new", "/hook1/configure", "/hook1/delete", "/hook1/ping", "/hook1/events/x/redeliver"]
    {
        let page = reader.send(&page, &format!("{hooks}{path}"), &[("name", "hook2")]).await;
        assert_eq!(page.status, 403, "{path}");
    }
    assert!(site.world.events("hook1").await.is_empty());
}

#[tokio::test]
async fn whoever_may_see_no_registry_sees_none() {
    let site = Site::start().await;
    let remover = site.somebody("remover", "AcrDelete").await;
    remover.get("/portal/registries").await.hides("boathook</a>");
    for path in ["", "/webhooks", "/webhooks/hook1"] {
        assert_eq!(remover.get(&format!("{REGISTRY}{path}")).await.status, 403, "{path}");
    }
    let puller = site.somebody("puller", "AcrPull").await;
    let page = puller.get("/portal/registries").await;
    page.shows(&format!("href=\"{REGISTRY}/repositories\"")).hides("Premium");
    puller.get(&format!("{REGISTRY}/repositories")).await.shows("There is no repository yet");
    assert_eq!(puller.get(REGISTRY).await.status, 403);
    // Nor do they learn which there are.
    assert_eq!(remover.get("/portal/registries/nosuchregistry").await.status, 403);
}

#[tokio::test]
async fn what_is_not_there_is_a_page_that_leads_on() {
    let site = Site::start().await;
    let browser = site.owner().await;
    let gone = [
        "/portal/x",
        "/portal/registries/none",
        "/portal/registries/%00",
        "/portal/registries/boathook/webhooks/none",
    ];
    for path in gone {
        let page = browser.get(path).await;
        assert_eq!(page.status, 404, "{path}");
        page.shows("There is nothing here").shows("href=\"/portal/registries\"");
    }
    site.world.create_webhook("hook1", hook("http://127.0.0.1:9/")).await;
    let hooks = format!("{REGISTRY}/webhooks");
    for event in ["none", "%3Cb%3E", &"0".repeat(5_000)] {
        assert_eq!(browser.get(&format!("{hooks}/hook1/events/{event}")).await.status, 404);
    }
    // What takes forms alone has a page all the same.
    browser.get(&format!("{hooks}/hook1/ping")).await.shows("There is nothing here");
}

#[tokio::test]
async fn a_path_that_is_no_text_is_told_of_in_the_language_of_whoever_asks() {
    let site = Site::start().await;
    let (owner, guest) = (site.owner().await, site.guest());
    let chinese = site.guest().reading("zh-TW");
    for path in [
        "/portal/registries/%ff",
        "/portal/registries/%ff/webhooks",
        "/portal/registries/boathook/webhooks/%c3%28",
        "/portal/registries/boathook/webhooks/hook1/events/%ff",
        "/portal/static/%ff",
    ] {
        for browser in [&owner, &guest] {
            let page = browser.get(path).await;
            assert_eq!(page.status, 404, "{path}");
            page.shows("There is nothing here").shows("href=\"/portal/registries\"");
        }
        chinese.get(path).await.shows("這裡沒有內容");
    }
    owner.get("/portal/%ff").await.shows("There is nothing here");
    owner.get("/portal/registries/%ff").await.shows("Sign out");
    let page = owner.post(&format!("{REGISTRY}/webhooks/%ff/ping"), &[]).await;
    assert_eq!(page.status, 404);
    page.shows("There is nothing here");
}
