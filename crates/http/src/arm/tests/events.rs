//! Pings, and the list of what was sent.

use super::face::{Face, REGISTRY, create};
use axum::body::Body;
use axum::http::{Method, StatusCode};
use serde_json::Value;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

#[tokio::test]
async fn a_ping_is_listed_before_it_is_sent_and_with_its_answer_afterwards() {
    let face = Face::start().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let headers = r#""customHeaders":{"X-Api-Token":"secret","Key":"value"},"actions""#;
    let body = create(&format!("http://user:secret@127.0.0.1:{port}/hook?a=b"));
    let body = body.replace(r#""actions""#, headers);
    assert_eq!(face.put("/webhooks/hook01", &body).await.status, StatusCode::OK);
    let ping = face.post("/webhooks/hook01/ping").await;
    insta::assert_snapshot!(ping.golden(), @r#"200 {"id":"ID"}"#);
    let planned = face.post("/webhooks/hook01/listDeliveries").await;
    insta::assert_snapshot!(planned.golden(), @r#"200 {"value":[{"id":"ID","state":"pending","attemptCount":0,"nextAttempt":"TIME","body":{"id":"ID","timestamp":"TIME","action":"ping"},"attempts":[]}]}"#);
    let before = face.post("/webhooks/hook01/listEvents").await;
    assert!(before.text.contains(ping.json()["id"].as_str().unwrap()));
    let port = format!(":{port}/");
    insta::assert_snapshot!(before.golden().replace(&port, ":PORT/"), @r#"200 {"value":[{"eventRequestMessage":{"content":{"id":"ID","timestamp":"TIME","action":"ping"},"headers":{"X-Api-Token":"******","Key":"value","Authorization":"******","Content-Type":"application/json; charset=utf-8","Content-Length":"104"},"method":"POST","requestUri":"http://127.0.0.1:PORT/hook?a=b","version":"1.1"},"eventResponseMessage":null,"id":"ID","boathook":{"state":"pending","attempts":0,"nextAttempt":"TIME"}}]}"#);

    let receiver = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = [0; 4_096];
        assert_ne!(stream.read(&mut request).await.unwrap(), 0);
        let answer = "HTTP/1.1 403 Forbidden\r\nContent-Type: text/plain\r\nA: b\r\nContent-Length: 2\r\n\r\nno";
        stream.write_all(answer.as_bytes()).await.unwrap();
    };
    let ((), ticked) = tokio::join!(receiver, face.app.ctx.deliverer.tick(&face.app.ctx));
    ticked.unwrap();
    assert!(face.supervisor.ended(Duration::from_secs(10)).await, "the attempt has not ended");
    let deliveries = face.post("/webhooks/hook01/listDeliveries").await;
    insta::assert_snapshot!(without_duration(&deliveries.golden()).replace(&port, ":PORT/"), @r#"200 {"value":[{"id":"ID","state":"dead","attemptCount":1,"nextAttempt":null,"body":{"id":"ID","timestamp":"TIME","action":"ping"},"attempts":[{"number":1,"startTime":"TIME","durationMs":MS,"request":{"headers":{"X-Api-Token":"******","Key":"value","Authorization":"******","Content-Type":"application/json; charset=utf-8","Content-Length":"104"},"method":"POST","requestUri":"http://127.0.0.1:PORT/hook?a=b","version":"1.1"},"response":{"content":"no","headers":{"a":"b","content-length":"2","content-type":"text/plain"},"reasonPhrase":"Forbidden","statusCode":"403","version":"1.1"},"error":{"class":"status","message":"the receiver answered 403 Forbidden"}}]}]}"#);
    let one = face.call(Method::POST, "/webhooks/hook01/listDeliveries", &ping.text).await;
    assert_eq!(one.text, deliveries.text, "there is but one");
    let after = face.post("/webhooks/hook01/listEvents").await;
    insta::assert_snapshot!(after.golden().replace(&port, ":PORT/"), @r#"200 {"value":[{"eventRequestMessage":{"content":{"id":"ID","timestamp":"TIME","action":"ping"},"headers":{"X-Api-Token":"******","Key":"value","Authorization":"******","Content-Type":"application/json; charset=utf-8","Content-Length":"104"},"method":"POST","requestUri":"http://127.0.0.1:PORT/hook?a=b","version":"1.1"},"eventResponseMessage":{"content":"no","headers":{"a":"b","content-length":"2","content-type":"text/plain"},"reasonPhrase":"Forbidden","statusCode":"403","version":"1.1"},"id":"ID","boathook":{"state":"dead","attempts":1,"error":{"class":"status","message":"the receiver answered 403 Forbidden"}}}]}"#);
}

/// A text without the one number in it that differs from run to run.
fn without_duration(text: &str) -> String {
    let (before, rest) = text.split_once(r#""durationMs":"#).unwrap();
    format!(r#"{before}"durationMs":MS{}"#, rest.trim_start_matches(|c: char| c.is_ascii_digit()))
}

/// Lists what a webhook was sent, page by page, which has to be all of it; gives the sizes of the pages.
async fn check_pages(action: &str, count: usize) -> Vec<usize> {
    let face = Face::start().await;
    face.hook("hook01").await;
    let mut sent = Vec::new();
    for _ in 0..count {
        sent.push(face.post("/webhooks/hook01/ping").await.json()["id"].clone());
    }
    sent.reverse();
    let (mut listed, mut sizes): (Vec<Value>, Vec<usize>) = Default::default();
    let mut page = face.post(&format!("/webhooks/hook01/{action}")).await.json();
    loop {
        let events = page["value"].as_array().unwrap();
        sizes.push(events.len());
        listed.extend(events.iter().map(|event| event["id"].clone()));
        let Some(link) = page["nextLink"].as_str() else { break };
        let path = link.strip_prefix("http://localhost:5000").unwrap();
        let own = format!("{REGISTRY}/webhooks/hook01/{action}?api-version=2025-11-01&");
        assert!(path.starts_with(&own), "{path}");
        // The SDKs follow the link with GET.
        let method = if sizes.len() == 1 { Method::GET } else { Method::POST };
        let request = face.request(&method, path).body(Body::empty()).unwrap();
        page = face.send(request).await.json();
    }
    assert_eq!(listed, sent, "{action}");
    sizes
}

#[tokio::test]
async fn events_come_in_pages_newest_first_and_none_is_missing() {
    assert_eq!(check_pages("listEvents", 201).await, [100, 100, 1]);
    assert_eq!(check_pages("listDeliveries", 51).await, [25, 25, 1]);
}

#[tokio::test]
async fn a_page_that_begins_at_no_event_is_refused() {
    let face = Face::start().await;
    face.hook("hook01").await;
    for action in ["listEvents", "listDeliveries"] {
        for token in ["x", "%00", "~", "../../../../../../../../../../../etc/pwd"] {
            let query = format!("/webhooks/hook01/{action}?api-version=1&$skipToken={token}");
            let answer = face.get(&query).await;
            assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{token}");
            assert_eq!(answer.json()["error"]["target"], "$skipToken", "{token}");
        }
    }
}

#[tokio::test]
async fn an_event_is_sent_again_or_looked_at_by_its_id() {
    let face = Face::start().await;
    face.hook("hook01").await;
    let ping = face.post("/webhooks/hook01/ping").await.json();
    let later = face.post("/webhooks/hook01/ping").await.json();
    let (again, look) = ("/webhooks/hook01/redeliver", "/webhooks/hook01/listDeliveries");
    let answer = face.call(Method::POST, again, &ping.to_string()).await;
    assert_eq!((answer.status, &answer.json()), (StatusCode::OK, &ping));
    for one in [ping, later] {
        let page = face.call(Method::POST, look, &one.to_string()).await.json();
        assert_eq!(page["value"].as_array().unwrap().len(), 1);
        assert_eq!(page["value"][0]["id"], one["id"]);
    }
    for body in ["", "{}"] {
        let page = face.call(Method::POST, look, body).await.json();
        assert_eq!(page["value"].as_array().unwrap().len(), 2, "{body}");
        let refused = face.call(Method::POST, again, body).await;
        assert_eq!(refused.json()["error"]["code"], "InvalidRequestContent", "{body}");
    }
    for (body, status, code) in [
        (r#"{"id":1}"#, 400, "InvalidRequestContent"),
        (r#"{"id":"x","at":"y"}"#, 400, "InvalidRequestContent"),
        (r#"{"id":""}"#, 404, "ResourceNotFound"),
        (r#"{"id":"\u0000"}"#, 404, "ResourceNotFound"),
        (r#"{"id":"01a20446-2709-706f-81ef-1f7af3adb6bb"}"#, 404, "ResourceNotFound"),
    ] {
        let answer = face.call(Method::POST, again, body).await;
        assert_eq!(answer.status.as_u16(), status, "{body}");
        assert_eq!(answer.json()["error"]["code"], code, "{body}");
        let looked = face.call(Method::POST, look, body).await;
        assert_eq!((looked.status, looked.text), (answer.status, answer.text), "{body}");
    }
}
