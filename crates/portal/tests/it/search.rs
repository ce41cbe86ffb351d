//! One box that finds things by what they are called.

use crate::site::{REGISTRY, Site};
use boathook_testkit::hook;

#[tokio::test]
async fn things_are_found_by_those_who_may_see_them() {
    let site = Site::start().await;
    site.world.create_webhook("deployhook", hook("http://127.0.0.1:9/")).await;
    let digest = site.world.push("team/app:v1").await;
    site.world.push("other:v1").await;
    let (owner, puller) = (site.owner().await, site.somebody("puller", "AcrPull").await);
    let hook = format!("href=\"{REGISTRY}/webhooks/deployhook\"");
    owner.get("/portal/search?q=Deploy").await.shows(&hook);
    puller.get("/portal/search?q=Deploy").await.hides(&hook).shows("Nothing has that text");
    owner.get("/portal/search?q=boat").await.shows(&format!("href=\"{REGISTRY}\""));
    puller.get("/portal/search?q=boat").await.shows(&format!("href=\"{REGISTRY}/repositories\""));
    let repository = "/repository?name=team%2Fapp";
    for asked in ["team", "team/app", "m/ap", "app"] {
        let page = puller.get(&format!("/portal/search?q={}", asked.replace('/', "%2F"))).await;
        page.shows(repository).hides("/repository?name=other");
    }
    let tag = "/tag?repository=team%2Fapp&#38;tag=v1";
    puller.get("/portal/search?q=team/app:v1").await.shows(tag);
    puller.get("/portal/search?q=team/app:v2").await.hides(tag);
    puller.get("/portal/search?q=v1").await.shows(tag).shows("other:v1");
    puller.get("/portal/search?q=v").await.hides(tag);
    let manifest = format!("digest={}", digest.as_str().replace(':', "%3A"));
    for asked in [digest.to_string(), format!("team/app@{digest}")] {
        let page = puller.get(&format!("/portal/search?q={asked}")).await;
        page.shows(&manifest)
            .shows(&format!("team/app@{digest}"))
            .hides(&format!("other@{digest}"));
    }
    let remover = site.somebody("remover", "AcrDelete").await;
    for asked in ["team", "team/app:v1", "boat", digest.as_str()] {
        remover.get(&format!("/portal/search?q={asked}")).await.shows("Nothing has that text");
    }
    for odd in [
        "",
        "%20",
        "%00",
        "%3Cscript%3Ealert(1)%3C/script%3E",
        ":",
        "@",
        "a:@b",
        &"x".repeat(5_000),
    ] {
        let page = owner.get(&format!("/portal/search?q={odd}")).await;
        assert_eq!(page.status, 200, "{odd}");
        page.hides("<script>alert");
    }
}

#[tokio::test]
async fn the_beginning_of_a_name_is_found_behind_a_thousand_others() {
    let site = Site::start().await;
    let digest = site.world.push("zzz/last:v1").await;
    for number in 0..1_000 {
        site.world.push(&format!("many/{number:04}:v1")).await;
    }
    let browser = site.owner().await;
    let last = "/repository?name=zzz%2Flast";
    for asked in ["zzz", "zzz/last", "zzz/l"] {
        browser.get(&format!("/portal/search?q={asked}")).await.shows(last);
    }
    // Within a name, only the first are looked at; and no more is shown than a few.
    browser.get("/portal/search?q=last").await.hides(last);
    let page = browser.get("/portal/search?q=many").await;
    assert_eq!(page.html.matches("/repository?name=many").count(), 20);
    browser.get(&format!("/portal/search?q={digest}")).await.shows("zzz/last@");
    let page = browser.get("/portal/search?q=v1").await;
    page.shows("many/0000:v1").hides("zzz/last:v1");
    browser.get(&format!("/portal/search?q=zzz/last@{digest}")).await.shows("zzz/last@");
}
