//! Forms that are filled in wrongly, twice, late, or by two people at once.

use crate::browser::{Browser, Page};
use crate::site::{REGISTRY, Site};
use boathook_testkit::hook;

const URI: &str = "http://127.0.0.1:9/";

async fn create(browser: &Browser, fields: &[(&str, &str)]) -> Page {
    let path = format!("{REGISTRY}/webhooks/-/new");
    let form = browser.get(&path).await;
    browser.send(&form, &path, fields).await
}

/// Says what is said of a form in which one field is otherwise than it should be.
async fn check(browser: &Browser, field: (&str, &str), said: &str) {
    let right = [
        ("name", "hook1"),
        ("location", "local"),
        ("service_uri", URI),
        ("custom_headers", "X-Kept: as it was"),
        ("actions", "push"),
        ("scope", "kept:*"),
    ];
    let others = right.iter().filter(|(name, _)| *name != field.0).copied();
    let fields: Vec<_> = others.chain([field]).collect();
    let page = create(browser, &fields).await;
    assert_eq!(page.status, 422, "{field:?}");
    page.shows(said);
    // Whoever sent it goes on where it is wrong, and is told which fields are.
    let controls: Vec<_> = page.html.split('<').filter(|tag| tag.contains(" autofocus")).collect();
    let [control] = *controls else { panic!("{controls:?}") };
    assert!(control.contains(&format!(" id=\"{}\"", field.0)), "{control}");
    page.shows(&format!("<li><a href=\"#{}\">", field.0));
    assert_eq!(page.html.matches("<li><a href=\"#").count(), 1, "{field:?}");
    if field.0 != "custom_headers" {
        page.shows("X-Kept: as it was");
    }
    if field.0 != "scope" {
        page.shows("kept:*");
    }
}

#[tokio::test]
async fn what_is_wrong_is_said_and_what_was_typed_is_kept() {
    let site = Site::start().await;
    let browser = site.owner().await;
    for name in ["", "hook", "my-hook", "höök1", "<b>hook</b>", "hook\u{202e}1", "🪝🪝🪝🪝🪝"]
    {
        check(&browser, ("name", name), "a webhook&#39;s name has 5 to 50 letters and digits")
            .await;
    }
    check(&browser, ("location", "mars"), "could not be found in the location").await;
    check(&browser, ("service_uri", ""), "this is needed").await;
    check(&browser, ("service_uri", "ftp://h/"), "begins with <code>http://</code>").await;
    check(&browser, ("service_uri", "http://a\u{202e}b/"), "a service URI").await;
    check(&browser, ("service_uri", "http://169.254.169.254/"), "169.254.169.254").await;
    check(&browser, ("custom_headers", "no header"), "line 1 is no header").await;
    check(&browser, ("custom_headers", "A: b\r\n\r\nB"), "line 3 is no header").await;
    check(
        &browser,
        ("custom_headers", "Host: evil"),
        "<code>Host</code> cannot be a custom header",
    )
    .await;
    check(&browser, ("custom_headers", "A: b\rX-Evil: c"), "may hold no line breaks").await;
    check(&browser, ("custom_headers", "🪝: b"), "the name of a custom header").await;
    check(&browser, ("custom_headers", "A: b\na: c"), "is given twice").await;
    check(&browser, ("actions", "dance"), "<code>dance</code> is no action").await;
    check(&browser, ("scope", "Foo:*"), "a scope&#39;s repository").await;
    let chinese = site.guest().reading("zh-TW");
    chinese.sign_in("management", &site.credentials.client_secret).await;
    check(&chinese, ("name", "x"), "Webhook 名稱為 5 到 50 個英文字母與數字").await;
    check(&chinese, ("service_uri", "ftp://h/"), "服務 URI 以 <code>http://</code>").await;
    let none = create(&browser, &[("name", "hook1"), ("service_uri", URI)]).await;
    none.shows("a webhook has at least one action").shows("id=\"actions\" autofocus>");
    let all = [("name", "x"), ("scope", "Foo:*"), ("service_uri", URI)];
    let all = create(&browser, &all).await;
    for (id, called) in
        [("name", "Webhook name"), ("actions", "Trigger actions"), ("scope", "Scope")]
    {
        all.shows(&format!("<li><a href=\"#{id}\">{called}</a></li>"));
    }
    assert_eq!(all.html.matches(" autofocus").count(), 1);
    browser.get(&format!("{REGISTRY}/webhooks/-/new")).await.hides("autofocus");
    assert_eq!(browser.get(&format!("{REGISTRY}/webhooks/hook1")).await.status, 404);
}

#[tokio::test]
async fn markup_stays_text() {
    let site = Site::start().await;
    let browser = site.owner().await;
    let evil = "\"><script>alert(1)</script>";
    let fields = [("name", evil), ("service_uri", evil), ("custom_headers", evil), ("scope", evil)];
    create(&browser, &fields).await.hides("<script>alert");
    browser
        .get(&format!("{REGISTRY}/webhooks?filter=%22%3E%3Cscript%3Ealert"))
        .await
        .hides("<script>alert");
    browser.get("/portal/sign-in?back=%22%3E%3Cscript%3Ealert").await.hides("<script>alert");
    browser.get("/portal/%3Cscript%3Ealert?x=%3Cscript%3Ealert").await.hides("<script>alert");
}

#[tokio::test]
async fn a_form_that_is_sent_twice_makes_one_webhook_and_never_replaces_another() {
    let site = Site::start().await;
    let browser = site.owner().await;
    let fields = [
        ("name", "hook1"),
        ("location", "local"),
        ("service_uri", URI),
        ("custom_headers", "A: b"),
        ("actions", "push"),
    ];
    for _ in 0..2 {
        let page = create(&browser, &fields).await;
        assert_eq!(page.path, format!("{REGISTRY}/webhooks/hook1?done=created"));
    }
    let other = [fields[0], fields[1], fields[2], fields[3], ("actions", "delete")];
    let page = create(&browser, &other).await;
    assert_eq!(page.status, 422);
    page.shows("there is already a webhook of this name");
    assert_eq!(site.world.webhook("hook1").await.actions.len(), 1);
    let check = format!("{REGISTRY}/webhooks/-/check");
    browser.get(&format!("{check}?name=hook1")).await.shows("there is already").hides("<html");
    browser.get(&format!("{check}?name=hook2")).await.hides("problem");
    browser.get(&format!("{check}?name=x")).await.shows("5 to 50");
}

#[tokio::test]
async fn the_later_of_two_who_change_a_webhook_is_told() {
    let site = Site::start().await;
    site.world.create_webhook("hook1", hook(URI)).await;
    let browser = site.owner().await;
    let path = format!("{REGISTRY}/webhooks/hook1/configure");
    let (first, second) = (browser.get(&path).await, browser.get(&path).await);
    let fields = |scope: &'static str, etag: &str| {
        let fixed =
            [("service_uri", URI), ("actions", "push"), ("is_open", "yes"), ("scope", scope)];
        let etag = ("etag", etag.to_owned());
        fixed
            .map(|(name, value)| (name, value.to_owned()))
            .into_iter()
            .chain([etag])
            .collect::<Vec<_>>()
    };
    let send = async |form: &Page, scope: &'static str| {
        let fields = fields(scope, &form.value("etag"));
        let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        browser.send(form, &path, &fields).await
    };
    assert_eq!(send(&first, "first:*").await.status, 200);
    let told = send(&second, "second:*").await;
    assert_eq!(told.status, 422);
    told.shows("has changed this webhook at").shows("second:*");
    told.shows("role=\"alert\" tabindex=\"-1\" autofocus>").hides("<a href=\"#name\">");
    assert_eq!(site.world.webhook("hook1").await.scope.as_str(), "first:*");
    // Whoever sends it once more means it, and whoever presses twice is not told that they were late.
    for _ in 0..2 {
        assert_eq!(send(&told, "second:*").await.status, 200);
    }
    assert_eq!(site.world.webhook("hook1").await.scope.as_str(), "second:*");
    let page = browser
        .send(
            &first,
            &format!("{REGISTRY}/webhooks/hook1/delete"),
            &[("etag", &first.value("etag"))],
        )
        .await;
    assert_eq!(page.status, 409);
}

#[tokio::test]
async fn a_scope_says_which_present_tags_it_lets_through() {
    let site = Site::start().await;
    for name in ["team/app:v1", "team/app:v2", "other:v1"] {
        site.world.push(name).await;
    }
    let browser = site.owner().await;
    let check = format!("{REGISTRY}/webhooks/-/check");
    let page = browser.get(&format!("{check}?scope=team/*:v1&location=local")).await;
    page.shows("team/app:v1").hides("team/app:v2").hides("other:v1").hides("<html");
    browser.get(&format!("{check}?scope=none")).await.shows("None of the tags");
    browser.get(&format!("{check}?scope=A:")).await.shows("a scope&#39;s repository");
    // Without script, the form answers.
    let page = create(
        &browser,
        &[("name", "x"), ("scope", "other"), ("do", "test-scope"), ("location", "local")],
    )
    .await;
    page.shows("None of the tags")
        .shows("value=\"x\"")
        .hides("5 to 50 letters and digits</p>\n<p class=\"problem\"");
}

#[tokio::test]
async fn a_form_that_is_too_large_or_cut_off_changes_nothing() {
    let site = Site::start().await;
    let browser = site.owner().await;
    let large = "x".repeat(600 * 1024);
    let page = create(&browser, &[("name", "hook1"), ("custom_headers", &large)]).await;
    assert_eq!(page.status, 413);
    page.shows("larger than this server takes");
    let list = browser.get(&format!("{REGISTRY}/webhooks")).await;
    list.shows("There is no webhook yet");
    let page =
        browser.send(&list, &format!("{REGISTRY}/webhooks/x/delete"), &[("etag", "a,b")]).await;
    assert_eq!(page.path, format!("{REGISTRY}/webhooks?done=deleted"));
    site.world.create_webhook("hook1", hook(URI)).await;
    for etag in ["", "a,b", "\"", "*"] {
        let delete = format!("{REGISTRY}/webhooks/hook1/delete");
        assert_eq!(browser.send(&list, &delete, &[("etag", etag)]).await.status, 409, "{etag}");
    }
}
