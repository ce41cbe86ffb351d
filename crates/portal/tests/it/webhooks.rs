//! The how-to: a webhook is made, pinged, looked at, changed and deleted.

use crate::site::{REGISTRY, Site};
use boathook_testkit::{Reply, hook};

#[tokio::test]
async fn a_webhook_goes_through_the_how_to() {
    let site = Site::start().await;
    let receiver = site.world.receiver([Reply::from(200), Reply::from(503), Reply::from(204)]);
    let browser = site.owner().await;
    let list = format!("{REGISTRY}/webhooks");
    let form = browser.get(&format!("{list}/-/new")).await;
    let uri = receiver.uri();
    let fields = [
        ("name", "myhook"),
        ("location", "local"),
        ("service_uri", uri.as_str()),
        ("custom_headers", "Authorization: Basic c2VjcmV0\r\nX-Plain: yes"),
        ("actions", "push"),
        ("status", "enabled"),
        ("scope", "team/*:*"),
    ];
    let page = browser.send(&form, &format!("{list}/-/new"), &fields).await;
    let here = format!("{list}/myhook");
    assert_eq!(page.path, format!("{here}?done=created"));
    page.shows("The webhook was created").shows("nothing sent yet").shows("team/*:*");

    let page = browser.send(&page, &format!("{here}/ping"), &[]).await;
    page.shows("A ping is on its way").shows("waiting");
    site.world.tick_until_idle().await;
    browser.get(&here).await.shows("200 OK").shows("delivering");
    site.world.push("team/app:v1").await;
    site.world.tick_until_idle().await;
    let page = browser.get(&here).await;
    page.shows("team/app:v1").shows("503 Service Unavailable").shows("failing").shows("retrying");
    browser.get(&list).await.shows("myhook").shows("failing");
    let event = site.world.events("myhook").await.remove(0).id;
    let page = browser.get(&format!("{here}/events/{event}")).await;
    page.shows("X-Plain: yes")
        .shows("Authorization: ******")
        .hides("c2VjcmV0")
        .shows("Next attempt");
    let page = browser.send(&page, &format!("{here}/events/{event}/redeliver"), &[]).await;
    page.shows("The event is sent again");
    site.world.tick_until_idle().await;
    browser.get(&page.path).await.shows("204 No Content").shows("Attempt 2").hides("Next attempt");

    let filtered = browser.get(&format!("{here}?filter=ping")).await;
    filtered.shows("200 OK").hides("team/app:v1");
    let form = browser.get(&format!("{here}/configure")).await;
    form.shows("Authorization: Basic c2VjcmV0").shows("X-Plain: yes");
    let (etag, open) = (form.value("etag"), ("is_open", "yes"));
    let fields =
        [fields[2], fields[4], ("etag", &etag), open, ("scope", ""), ("status", "disabled")];
    let page = browser.send(&form, &format!("{here}/configure"), &fields).await;
    page.shows("The webhook was changed").shows("all events in the registry").shows("Off");
    assert_eq!(receiver.requests().len(), 3);

    browser.get(&list).await.hides("delivering");
    browser.get(&format!("{here}/events/{event}")).await.hides("/redeliver");
    let ping = site.world.events("myhook").await.remove(1).id;
    browser.get(&format!("{here}/events/{ping}")).await.shows("/redeliver");

    let page = browser.get(&format!("{here}/delete")).await;
    let etag = page.value("etag");
    let page = browser.send(&page, &format!("{here}/delete"), &[("etag", &etag)]).await;
    page.shows("The webhook was deleted").shows("There is no webhook yet");
    // Whoever presses twice is told the same.
    let page = browser.send(&page, &format!("{here}/delete"), &[("etag", &etag)]).await;
    page.shows("The webhook was deleted");
    assert_eq!(browser.get(&here).await.status, 404);
}

#[tokio::test]
async fn many_webhooks_and_events_come_in_pages() {
    let site = Site::start().await;
    let receiver = site.world.receiver_always(200);
    for number in 0..51 {
        site.world.create_webhook(&format!("hook{number:02}"), hook(&receiver.uri())).await;
    }
    let browser = site.owner().await;
    let list = format!("{REGISTRY}/webhooks");
    let page = browser.get(&list).await;
    page.shows(">hook49<").hides(">hook50<").shows("after=hook49").shows(">More<");
    let page = browser.get(&format!("{list}?after=hook49")).await;
    page.shows(">hook50<").hides(">hook49<").hides(">More<");
    browser.get(&format!("{list}?filter=hook50")).await.shows(">hook50<").hides(">hook49<");

    for _ in 0..51 {
        site.world.ping("hook00").await;
    }
    site.world.tick_until_idle().await;
    let events = site.world.events("hook00").await;
    let here = format!("{list}/hook00");
    let page = browser.get(&here).await;
    page.shows(events[39].id.as_str()).hides(events[40].id.as_str());
    browser.get(&format!("{here}?filter=none")).await.shows("Nothing has that text");
    let page = browser.get(&format!("{here}?after={}", events[39].id)).await;
    page.shows(events[40].id.as_str()).hides(&format!(">{}<", events[39].id)).hides(">Older<");
    assert!(page.html.len() < 50_000);
}

#[tokio::test]
async fn a_filter_says_how_far_it_has_looked() {
    let site = Site::start().await;
    let receiver = site.world.receiver_always(200);
    site.world.create_webhook("hook1", hook(&receiver.uri())).await;
    site.world.push("team/app:v1").await;
    for _ in 0..200 {
        site.world.ping("hook1").await;
    }
    site.world.tick_until_idle().await;
    let browser = site.owner().await;
    let here = format!("{REGISTRY}/webhooks/hook1");
    let page = browser.get(&format!("{here}?filter=team/app")).await;
    page.shows("None of the 200 events").shows(">Older<").hides("Nothing has that text");
    let (_, older) = page.html.split_once("<p><a href=\"").unwrap();
    let older = older.split('"').next().unwrap().replace("&#38;", "&");
    browser.get(&older).await.shows("team/app:v1").hides(">Older<");
}

#[tokio::test]
async fn every_chinese_reader_gets_traditional_chinese_and_may_choose() {
    let site = Site::start().await;
    let browser = site.guest().reading("zh-CN,zh;q=0.9");
    let page = browser.get("/portal/sign-in").await;
    page.shows("<html lang=\"zh-Hant\">").shows("登入").shows("English");
    let page = browser.get("/portal/sign-in?back=%2Fportal%2Fsessions&lang=en").await;
    page.shows("<html lang=\"en\">").shows("back=%2Fportal%2Fsessions&#38;lang=zh-Hant");
    // The choice is kept.
    browser.get("/portal/sign-in").await.shows("<html lang=\"en\">");
}

#[tokio::test]
async fn every_page_has_its_headers() {
    let site = Site::start().await;
    let browser = site.owner().await;
    let page = browser.get(REGISTRY).await;
    let policy = page.answer.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none'; script-src 'nonce-"), "{policy}");
    assert_eq!(page.answer.header("cache-control"), "no-store");
    let nonce = policy.split("'nonce-").nth(1).unwrap().split('\'').next().unwrap();
    assert_eq!(page.html.matches(&format!("nonce=\"{nonce}\"")).count(), 3);
    assert_eq!(page.html.matches("<script").count(), 2);
    page.hides("http://").hides("https://example");
    let again = browser.get(REGISTRY).await;
    assert_ne!(again.answer.header("content-security-policy"), policy);
    let style = page.html.split("href=\"/portal/static/portal-").nth(1).unwrap();
    let style = format!("/portal/static/portal-{}", style.split('"').next().unwrap());
    let sheet = browser.get(&style).await;
    assert_eq!(sheet.answer.header("cache-control"), "public, max-age=31536000, immutable");
    assert_eq!(browser.get("/portal/static/portal-0.css").await.status, 404);
}

/// The first load of a page, as transferred, in bytes.
const FIRST_LOAD_BYTES_MAX: usize = 60_000;

#[tokio::test]
async fn all_that_a_first_load_transfers_is_small() {
    let site = Site::start().await;
    let browser = site.owner().await;
    let page = browser.get(REGISTRY).await;
    let linked = page.html.split('"').filter(|text| text.starts_with("/portal/static/"));
    let mut bytes = 0;
    for path in linked.chain([REGISTRY]) {
        let answer = browser.compressed(path).await.is(200);
        assert_eq!(answer.header("content-encoding"), "gzip", "{path}");
        bytes += answer.body.len();
    }
    assert!(bytes < FIRST_LOAD_BYTES_MAX, "{bytes}");
}

/// How large a page may be before it is compressed, in bytes.
const PAGE_BYTES_MAX: usize = 50_000;

#[tokio::test]
async fn a_page_of_the_longest_names_is_small() {
    let site = Site::start().await;
    let receiver = site.world.receiver_always(200);
    let name = "h".repeat(50);
    site.world.create_webhook(&name, hook(&receiver.uri())).await;
    let repository = format!("{}/{}", "r".repeat(127), "r".repeat(127));
    for number in 0..101 {
        site.world.push(&format!("{repository}:{}{number:03}", "t".repeat(125))).await;
    }
    site.world.tick_until_idle().await;
    let browser = site.owner().await.reading("zh-TW");
    let page = browser.get(&format!("{REGISTRY}/webhooks/{name}")).await;
    assert!(page.html.len() < PAGE_BYTES_MAX, "{}", page.html.len());
    for number in 10..60 {
        let mut create = hook(&receiver.uri());
        create.scope = Some(format!("{repository}:{}", "t".repeat(128)));
        site.world.create_webhook(&format!("{}{number}", "h".repeat(48)), create).await;
    }
    let page = browser.get(&format!("{REGISTRY}/webhooks")).await;
    assert!(page.html.len() < PAGE_BYTES_MAX, "{}", page.html.len());
}

#[tokio::test]
async fn why_an_attempt_failed_is_said_in_the_language_of_its_reader() {
    let site = Site::start().await;
    site.world.create_webhook("hook1", hook("http://127.0.0.1:9/")).await;
    let event = site.world.ping("hook1").await;
    site.world.tick_until_idle().await;
    let chinese = site.guest().reading("zh-TW");
    chinese.sign_in("management", &site.credentials.client_secret).await;
    let list = format!("{REGISTRY}/webhooks/hook1");
    let path = format!("{list}/events/{event}");
    let detail = "<span lang=\"en\">could not connect to <code>127.0.0.1:9</code>: ";
    for (browser, said) in
        [(site.owner().await, "The connection was refused"), (chinese, "連線遭拒")]
    {
        let page = browser.get(&path).await;
        page.shows(&format!(": {said}</h2>")).shows(detail);
        page.shows(&format!("{said} <code>connection_refused</code>"));
        browser.get(&list).await.shows(&format!(">{said}</td>")).hides("connection_refused");
    }
}
