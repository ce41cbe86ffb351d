//! What is deleted and untagged in the portal: said beforehand, refused by locks, and announced as with a client.

use crate::site::{REGISTRY, Site};
use boathook_testkit::hook;
use serde_json::Value;

/// The bodies of the events that a webhook was sent, the oldest first, without what is each event's own.
async fn told(site: &Site) -> Vec<Value> {
    site.world.tick_until_idle().await;
    let events = site.world.events("hook1").await;
    let bodies = events.iter().rev().map(|event| {
        let mut body: Value = serde_json::from_slice(&event.body).unwrap();
        let members = body.as_object_mut().unwrap();
        members.remove("id");
        members.remove("timestamp");
        if let Some(request) = members.get_mut("request").and_then(Value::as_object_mut) {
            request.remove("id");
            request.remove("useragent");
        }
        body["target"].as_object_mut().unwrap().remove("digest");
        body
    });
    bodies.collect()
}

#[tokio::test]
async fn a_deletion_says_what_goes_and_is_announced_as_with_a_client() {
    let site = Site::start().await;
    let receiver = site.world.receiver_always(200);
    let mut create = hook(&receiver.uri());
    create.actions = vec!["delete".to_owned()];
    create.extra_actions = Some(vec!["untag".to_owned()]);
    site.world.create_webhook("hook1", create).await;
    // Where the overview says that clients find the registry.
    let client = site.client().at(&format!("localhost:{}", site.address.port()));
    let browser = site.owner().await;
    for name in ["a", "b"] {
        site.world.push(&format!("app:{name}1")).await;
        site.world.push_image(&format!("app:{name}2"), name.as_bytes()).await;
        site.world.push_image(&format!("app:{name}3"), name.as_bytes()).await;
    }
    let of = |content: &str| {
        let tag = if content == "a" { "a2" } else { "b2" };
        format!("{REGISTRY}/tag?repository=app&tag={tag}")
    };
    let digest = |html: &str| {
        let rest = html.split_once("digest=").unwrap().1;
        rest.split(['"', '&']).next().unwrap().replace("%3A", ":")
    };
    let by_client = digest(&browser.get(&of("a")).await.html);
    let by_portal = digest(&browser.get(&of("b")).await.html);
    let _ = client.delete("/acr/v1/app/_tags/a1").await.is(202);
    let _ = client.delete(&format!("/v2/app/manifests/{by_client}")).await.is(202);
    let by_client = told(&site).await;
    assert_eq!(by_client.len(), 2);

    let tag = format!("{REGISTRY}/tag?repository=app&tag=b1");
    let page = browser.get(&tag).await;
    let page = browser.send(&page, &tag, &[("do", "untag")]).await;
    page.shows("The tag was removed").hides(">b1<");
    let path = format!("{REGISTRY}/manifest/delete?repository=app&digest={by_portal}");
    let page = browser.get(&path).await;
    page.shows("app:b2").shows("app:b3").shows("one event, delete").shows("cannot be undone");
    // To look is not to delete: so far the tag has been told of.
    assert_eq!(told(&site).await.len(), 3);
    let page = browser.send(&page, &path, &[]).await;
    page.shows("The manifest was deleted").hides(">b2<").hides(">b3<");
    for path in [path.as_str(), &format!("{REGISTRY}/manifest?repository=app&digest={by_portal}")] {
        let page = browser.get(path).await;
        assert_eq!(page.status, 404, "{path}");
        page.shows("href=\"/portal/registries\"");
    }
    let replace = |body: &Value| body.to_string().replace("\"a1\"", "\"b1\"");
    let all = told(&site).await;
    let expected: Vec<_> = by_client.iter().map(replace).collect();
    assert_eq!(all[2..].iter().map(ToString::to_string).collect::<Vec<_>>(), expected);

    let path = format!("{REGISTRY}/repository/delete?name=app");
    let page = browser.get(&path).await;
    page.shows("2 manifests").hides("This takes a while");
    let page = browser.send(&page, &path, &[]).await;
    page.shows("The repository was deleted").shows("There is no repository yet");
    // One for each manifest that was left.
    assert_eq!(told(&site).await.len(), 4 + 2);
    assert_eq!(browser.get(&format!("{REGISTRY}/repository?name=app")).await.status, 404);
}

#[tokio::test]
async fn a_large_repository_goes_on_going() {
    let site = Site::start().await;
    for number in 0..21 {
        site.world.push(&format!("app:v{number}")).await;
    }
    let browser = site.owner().await;
    let path = format!("{REGISTRY}/repository/delete?name=app");
    let page = browser.get(&path).await;
    page.shows("21 manifests").shows("This takes a while");
    browser.send(&page, &path, &[]).await;
    while browser.get(&format!("{REGISTRY}/repository?name=app")).await.status != 404 {}
}

#[tokio::test]
async fn a_lock_refuses_and_says_so() {
    let site = Site::start().await;
    let digest = site.world.push("app:v1").await;
    let (client, browser) = (site.client(), site.owner().await);
    let body = r#"{"deleteEnabled":false}"#;
    let _ = client.ask(http::Method::PATCH, "/acr/v1/app/_tags/v1", &[], body).await.is(200);
    let tag = format!("{REGISTRY}/tag?repository=app&tag=v1");
    let manifest = format!("{REGISTRY}/manifest/delete?repository=app&digest={digest}");
    let repository = format!("{REGISTRY}/repository/delete?name=app");
    for path in [&manifest, &repository] {
        browser.get(path).await.shows("A tag of it is locked").hides("<button class=\"danger\"");
    }
    let form = browser.get(&tag).await;
    for (path, fields) in [(&tag, &[("do", "untag")][..]), (&manifest, &[]), (&repository, &[])] {
        let page = browser.send(&form, path, fields).await;
        assert_eq!(page.status, 409, "{path}");
        page.shows("This is locked").shows("A tag of it is locked");
    }
    let _ = client.get(&format!("/v2/app/manifests/{digest}")).await.is(200);
}

#[tokio::test]
async fn whoever_may_only_delete_deletes_and_nobody_else_does() {
    let site = Site::start().await;
    let digest = site.world.push("app:v1").await;
    let path = format!("{REGISTRY}/manifest/delete?repository=app&digest={digest}");
    let repository = format!("{REGISTRY}/repository/delete?name=app");
    let tag = format!("{REGISTRY}/tag?repository=app&tag=v1");
    for role in ["AcrPush", "Reader", "AcrPull"] {
        let somebody = site.somebody(&role.to_lowercase(), role).await;
        let form = somebody.get("/portal/sessions").await;
        for path in [&path, &repository] {
            assert_eq!(somebody.get(path).await.status, 403, "{role} {path}");
            assert_eq!(somebody.send(&form, path, &[]).await.status, 403, "{role} {path}");
        }
        assert_eq!(somebody.send(&form, &tag, &[("do", "untag")]).await.status, 403, "{role}");
    }
    let deleter = site.somebody("deleter", "AcrDelete").await;
    let form = deleter.get("/portal/sessions").await;
    deleter.send(&form, &path, &[]).await;
    let _ = site.client().get(&format!("/v2/app/manifests/{digest}")).await.is(404);
}
