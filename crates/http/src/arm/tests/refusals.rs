//! What is refused, and how: nothing of it changes anything.

use super::face::{Answer, Face, REGISTRY, create};
use crate::arm::body::BODY_BYTES_MAX;
use axum::body::{Body, Bytes};
use axum::http::{Method, Request, StatusCode, header};
use boathook_engine::Limits;
use futures_util::stream;
use std::io;

type Expected = (u16, &'static str, Option<&'static str>);

/// A body for PUT, with one member of its properties replaced or added.
fn with(member: &str, value: &str) -> String {
    let mut body: serde_json::Value = serde_json::from_str(&create("http://example.com/")).unwrap();
    body["properties"][member] = serde_json::from_str(value).unwrap();
    body.to_string()
}

#[track_caller]
fn check(what: &str, answer: &Answer, expected: Expected) {
    let error = &answer.json()["error"];
    let found = (answer.status.as_u16(), error["code"].as_str().unwrap(), error["target"].as_str());
    assert_eq!(found, expected, "{what}: {}", answer.text);
    assert!(!error["message"].as_str().unwrap().is_empty(), "{what}");
}

/// A body that names an event which nobody has.
const EVENT: &str = r#"{"id":"01a20446-2709-706f-81ef-1f7af3adb6bb"}"#;

#[tokio::test]
async fn what_a_webhook_may_not_be_is_named() {
    let face = Face::start().await;
    let good = create("http://example.com/");
    let elsewhere = good.replace("local", "westus");
    let tags: Vec<_> = (0..51).map(|idx| format!(r#""t{idx}":"""#)).collect();
    let too_many_tags = good.replacen('{', &format!(r#"{{"tags":{{{}}},"#, tags.join(",")), 1);
    let rule = |target| (400, "InvalidRequest", Some(target));
    let shape = |target| (400, "InvalidRequestContent", target);
    let [name, uri, headers, actions] =
        ["webhookName", "properties.serviceUri", "properties.customHeaders", "properties.actions"];
    let cases = [
        ("hook", good.clone(), rule(name)),
        ("hook-01", good.clone(), rule(name)),
        ("hook01", elsewhere, (404, "RegistryResourceNotFound", Some("location"))),
        ("hook01", with("serviceUri", r#""example.com""#), rule(uri)),
        ("hook01", with("serviceUri", r#""ftp://example.com/""#), rule(uri)),
        ("hook01", with("serviceUri", r#""http://10.1.2.3/""#), rule(uri)),
        ("hook01", with("serviceUri", r#""http://169.254.169.254/""#), rule(uri)),
        ("hook01", with("customHeaders", r#"{"Host":"a"}"#), rule(headers)),
        ("hook01", with("customHeaders", r#"{"a":"b\r\nc"}"#), rule(headers)),
        ("hook01", with("actions", r#"["pull"]"#), rule(actions)),
        ("hook01", with("actions", r#"["ping"]"#), rule(actions)),
        ("hook01", with("actions", "[]"), rule(actions)),
        ("hook01", with("status", r#""on""#), rule("properties.status")),
        ("hook01", with("scope", r#""A B""#), rule("properties.scope")),
        ("hook01", too_many_tags, rule("tags")),
        ("hook01", String::new(), shape(None)),
        ("hook01", "[]".to_owned(), shape(None)),
        ("hook01", good[..20].to_owned(), shape(None)),
        ("hook01", "{}".to_owned(), shape(Some("location"))),
        ("hook01", with("actions", r#""push""#), shape(Some(actions))),
        ("hook01", with("colour", "1"), shape(Some("properties.colour"))),
    ];
    for (name, body, expected) in cases {
        let answer = face.put(&format!("/webhooks/{name}"), &body).await;
        check(&format!("{name} {body}"), &answer, expected);
    }
    assert_eq!(face.get("/webhooks").await.text, r#"{"value":[]}"#);
}

#[tokio::test]
async fn a_change_that_is_refused_changes_nothing() {
    let face = Face::start().await;
    face.hook("hook01").await;
    let before = face.get("/webhooks/hook01").await.text;
    let cases = [
        (r#"{"location":"westus"}"#, "InvalidRequest", "location"),
        (
            r#"{"properties":{"scope":"app","actions":["x"]}}"#,
            "InvalidRequest",
            "properties.actions",
        ),
        (r#"{"properties":{"scope":"app"},"colour":1}"#, "InvalidRequestContent", "colour"),
    ];
    for (body, code, target) in cases {
        check(body, &face.patch("/webhooks/hook01", body).await, (400, code, Some(target)));
    }
    assert_eq!(face.get("/webhooks/hook01").await.text, before);
}

#[tokio::test]
async fn a_webhook_that_is_not_there_is_named() {
    let face = Face::start().await;
    let missing = (404, "ResourceNotFound", None);
    check("get", &face.get("/webhooks/nobody").await, missing);
    check("patch", &face.patch("/webhooks/nobody", "{}").await, missing);
    for action in ["ping", "listEvents", "listDeliveries", "getCallbackConfig"] {
        check(action, &face.post(&format!("/webhooks/nobody/{action}")).await, missing);
    }
    for action in ["redeliver", "listDeliveries"] {
        let path = format!("/webhooks/nobody/{action}");
        check(action, &face.call(Method::POST, &path, EVENT).await, missing);
    }
    let message = "The Resource 'Microsoft.ContainerRegistry/registries/boathook/webhooks/a-b' under resource group \
                   'boathook' was not found.";
    assert_eq!(face.get("/webhooks/a%2Db").await.json()["error"]["message"], message);
}

#[tokio::test]
async fn a_path_that_leads_nowhere_says_which_part_of_it_does_not() {
    let face = Face::start().await;
    face.hook("hook01").await;
    let hook = format!("{REGISTRY}/webhooks/hook01");
    let registry = |name: &str| hook.replace("registries/boathook", &format!("registries/{name}"));
    let missing = (404, "ResourceNotFound", None);
    let unknown = (404, "InvalidResourceType", None);
    let cases = [
        (hook.replace("b0a70001-", "b0a70002-"), (404, "SubscriptionNotFound", None), "b0a70002-"),
        (hook.replace("Groups/boathook", "Groups/other"), missing, "resource group 'other'"),
        (registry("other"), missing, "'Microsoft.ContainerRegistry/registries/other'"),
        (registry("a"), missing, "registries/a'"),
        (registry("boat%00hook"), missing, "registries/boat"),
        (hook.replace("webhooks", "gadgets"), unknown, "path"),
        (format!("{hook}/pong"), unknown, "path"),
        ("/providers/a".to_owned(), unknown, "path"),
        ("/SUBSCRIPTIONS/a".to_owned(), (404, "SubscriptionNotFound", None), "'a'"),
    ];
    for (path, expected, word) in cases {
        let request = face.request(&Method::GET, &path).body(Body::empty()).unwrap();
        let answer = face.send(request).await;
        check(&path, &answer, expected);
        assert!(answer.text.contains(word), "{}", answer.text);
    }
}

#[tokio::test]
async fn a_version_has_to_be_named_and_any_will_do() {
    let face = Face::start().await;
    for query in ["", "api-version=", "version=2025-11-01"] {
        let answer = face.get(&format!("?{query}")).await;
        check(query, &answer, (400, "MissingApiVersionParameter", None));
    }
    for query in ["api-version=2017-10-01", "API-VERSION=tomorrow"] {
        assert_eq!(face.get(&format!("?{query}")).await.status, StatusCode::OK, "{query}");
    }
}

#[tokio::test]
async fn only_a_token_opens_the_management_api() {
    let face = Face::start().await;
    let wrong = format!("Bearer {}", "0".repeat(48));
    let shown =
        [None, Some(&*wrong), Some("Basic Ym9hdGhvb2s6MDAw"), Some("Bearer"), Some("nonsense")];
    for path in [REGISTRY, "/subscriptions/s/nothing"] {
        for authorization in shown {
            let mut request = Request::get(format!("{path}?api-version=1"));
            if let Some(value) = authorization {
                request = request.header(header::AUTHORIZATION, value);
            }
            let answer = face.send(request.body(Body::empty()).unwrap()).await;
            check(&format!("{authorization:?}"), &answer, (401, "AuthenticationFailed", None));
            assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
        }
    }
}

#[tokio::test]
async fn a_method_that_a_resource_does_not_take_is_answered_with_those_it_does() {
    let face = Face::start().await;
    let cases = [
        ("", Method::POST, "GET, PUT, PATCH, DELETE"),
        ("/webhooks", Method::POST, "GET"),
        ("/webhooks/hook01", Method::POST, "GET, PUT, PATCH, DELETE"),
        ("/webhooks/hook01", Method::HEAD, "GET, PUT, PATCH, DELETE"),
        ("/webhooks/hook01/ping", Method::GET, "POST"),
        ("/webhooks/hook01/getCallbackConfig", Method::GET, "POST"),
        ("/webhooks/hook01/redeliver", Method::GET, "POST"),
        ("/webhooks/hook01/listEvents", Method::PUT, "GET, POST"),
        ("/webhooks/hook01/listDeliveries", Method::PUT, "GET, POST"),
        ("/testScope", Method::PUT, "GET, POST"),
    ];
    for (rest, method, allowed) in cases {
        let answer = face.call(method.clone(), rest, "").await;
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{method} {rest}");
        assert_eq!(answer.header("allow"), Some(allowed), "{method} {rest}");
    }
}

#[tokio::test]
async fn a_body_may_be_as_large_as_the_limit_and_no_larger() {
    let face = Face::start().await;
    let good = create("http://example.com/");
    let filled = |bytes: usize| good.clone() + &" ".repeat(bytes - good.len());
    let answer = face.put("/webhooks/hook01", &filled(BODY_BYTES_MAX)).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    let too_large = (413, "RequestEntityTooLarge", None);
    let answer = face.put("/webhooks/hook02", &filled(BODY_BYTES_MAX + 1)).await;
    check("in one piece", &answer, too_large);

    let request = || face.request(&Method::PUT, &format!("{REGISTRY}/webhooks/hook02"));
    let blanks = || Ok::<_, io::Error>(Bytes::from_static(&[b' '; 4_096]));
    let endless = || Body::from_stream(stream::repeat_with(blanks));
    let chunked = request().body(endless()).unwrap();
    check("in pieces", &face.send(chunked).await, too_large);
    let lying = request().header(header::CONTENT_LENGTH, 5).body(endless()).unwrap();
    check("longer than it says", &face.send(lying).await, too_large);
    let huge = request().header(header::CONTENT_LENGTH, u64::MAX).body(Body::empty()).unwrap();
    check("announced", &face.send(huge).await, too_large);
    assert_eq!(face.get("/webhooks/hook02").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_body_that_is_cut_off_changes_nothing() {
    let face = Face::start().await;
    let pieces = [
        Ok(Bytes::from(create("http://example.com/"))),
        Err(io::Error::from(io::ErrorKind::UnexpectedEof)),
    ];
    let request = face.request(&Method::PUT, &format!("{REGISTRY}/webhooks/hook01"));
    let request = request.body(Body::from_stream(stream::iter(pieces))).unwrap();
    check("cut off", &face.send(request).await, (400, "InvalidRequestContent", None));
    assert_eq!(face.get("/webhooks/hook01").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn no_more_webhooks_are_made_than_the_sku_allows() {
    let limits = Limits { webhooks_max: [0, 0, 2], ..Limits::default() };
    let face = Face::with_limits(limits).await;
    face.hook("hook01").await;
    face.hook("hook02").await;
    let answer = face.put("/webhooks/hook03", &create("http://example.com/")).await;
    check("one too many", &answer, (403, "QuotaExceeded", None));
    let message = "Quota exceeded for resource type webhooks for the registry SKU Premium. It may have 2: delete one \
                   that is not needed any more.";
    assert_eq!(answer.json()["error"]["message"], message);
    // One that is there already may still be put.
    face.hook("hook02").await;
}

#[tokio::test]
async fn a_database_that_fails_is_told_without_its_words() {
    let face = Face::start().await;
    face.hook("hook01").await;
    face.damage_database();
    let answer = face.get("/webhooks/hook01").await;
    let expected = r#"{"error":{"code":"InternalServerError","message":"the server failed"}}"#;
    assert_eq!((answer.status.as_u16(), answer.text.as_str()), (500, expected));
}
