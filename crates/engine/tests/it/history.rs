//! What the owner of a webhook is shown of its deliveries, and what nobody is shown.

use boathook_engine::DeliveryState;
use boathook_engine::manage::events;
use boathook_engine::manage::webhooks::Refusal;
use boathook_testkit::{Reply, Settings, World, hook};
use boathook_wire::arm::webhook::parameters::Create;
use std::time::Duration;

fn pairs(given: &[(&str, &str)]) -> Vec<(String, String)> {
    given.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[tokio::test]
async fn events_are_listed_newest_first_a_hundred_a_page() {
    let world = World::start().await;
    let receiver = world.receiver_always(200);
    world.create_webhook("hook1", hook(&receiver.uri())).await;
    for number in 0..250 {
        world.push_image(&format!("app:v{number}"), b"{}").await;
        world.clock().advance(Duration::from_millis(number % 3));
    }
    world.tick_until_idle().await;
    let registry = world.registry().await;
    let (mut listed, mut sizes, mut after) = (Vec::new(), Vec::new(), None);
    loop {
        let page = events::list(world.ctx(), &registry, "hook1", after.as_ref()).await;
        let page = page.unwrap().unwrap();
        sizes.push(page.events.len());
        listed.extend(page.events.into_iter().map(|event| {
            let payload: serde_json::Value = serde_json::from_slice(&event.body).unwrap();
            payload["target"]["tag"].as_str().unwrap().to_owned()
        }));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(sizes, [100, 100, 50]);
    let expected: Vec<_> = (0..250).rev().map(|number| format!("v{number}")).collect();
    assert_eq!(listed, expected);
}

#[tokio::test]
async fn a_last_page_that_is_full_has_no_next() {
    let world = World::start().await;
    let receiver = world.receiver_always(200);
    world.create_webhook("hook1", hook(&receiver.uri())).await;
    for number in 0..100 {
        world.push_image(&format!("app:v{number}"), b"{}").await;
    }
    world.tick_until_idle().await;
    let registry = world.registry().await;
    let page = events::list(world.ctx(), &registry, "hook1", None).await.unwrap().unwrap();
    assert_eq!((page.events.len(), page.next), (100, None));
    let nowhere = events::list(world.ctx(), &registry, "nosuch", None).await.unwrap();
    assert!(nowhere.is_none());
}

#[tokio::test]
async fn an_event_is_listed_before_its_first_attempt() {
    let world = World::start().await;
    let receiver = world.receiver([Reply::from(200).held()]);
    world.create_webhook("hook1", hook(&receiver.uri())).await;
    world.push("app:v1").await;
    world.tick().await;
    receiver.has_received(1).await;
    let event = world.events("hook1").await.remove(0);
    assert_eq!((event.state, event.attempts), (DeliveryState::Pending, 0));
    assert!(event.response.is_none() && event.error.is_none());
    assert_eq!(event.request_uri, receiver.uri());
    receiver.release();
    world.tick_until_idle().await;
}

#[tokio::test]
async fn secret_headers_and_userinfo_are_not_shown() {
    let world = World::start().await;
    let receiver = world.receiver([200]);
    let secret = [
        "X-Api-Key",
        "Cookie",
        "Proxy-Authorization",
        "X-Auth-Token",
        "My-SECRET-Thing",
        "X-Password",
        "X-Hub-Signature",
        "ApiKey",
    ];
    let custom_headers: Vec<_> = secret.map(|name| (name, "hunter2")).into();
    let custom_headers = [pairs(&custom_headers), pairs(&[("X-Plain", "shown")])].concat();
    let uri = receiver.uri().replace("http://", "http://user:hunter2@");
    world.create_webhook("hook1", Create { custom_headers, ..hook(&uri) }).await;
    world.push("app:v1").await;
    world.tick_until_idle().await;
    assert_eq!(receiver.only().header("x-api-key"), Some("hunter2"), "it is sent");
    let event = world.events("hook1").await.remove(0);
    assert_eq!(event.request_uri, receiver.uri());
    for name in secret.into_iter().chain(["Authorization"]) {
        let shown = event.headers.iter().find(|(shown, _)| shown == name);
        assert_eq!(shown.map(|(_, value)| value.as_str()), Some("******"), "{name}");
    }
    assert!(event.headers.contains(&("X-Plain".to_owned(), "shown".to_owned())));
    assert!(event.headers.iter().all(|(_, value)| !value.contains("hunter2")));
}

#[tokio::test]
async fn secrets_are_nowhere_on_the_disk_in_clear() {
    let world = World::start().await;
    let receiver = world.receiver_always(503);
    let uri = receiver.uri().replace("http://", "http://user:usersecret@") + "?code=querysecret";
    let custom_headers = pairs(&[("Authorization", "Bearer headersecret")]);
    world.create_webhook("hook1", Create { custom_headers, ..hook(&uri) }).await;
    world.push("app:v1").await;
    world.run_for(Duration::from_mins(5)).await;
    assert_eq!(receiver.requests()[0].path, "/hook?code=querysecret", "it is sent");
    let mut read = Vec::new();
    for entry in std::fs::read_dir(world.folder()).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            let bytes = std::fs::read(&path).unwrap();
            for secret in ["usersecret", "querysecret", "headersecret"] {
                let is_in_clear = bytes.windows(secret.len()).any(|part| part == secret.as_bytes());
                assert!(!is_in_clear, "{secret} is in {}", path.display());
            }
            read.push((path.extension().unwrap().to_owned(), bytes.len()));
        }
    }
    assert!(read.iter().any(|(kind, len)| kind == "db-wal" && 10_000 < *len), "{read:?}");
    world.leaves_behind();
}

#[tokio::test]
async fn a_response_is_kept_with_its_headers_and_4096_characters() {
    let world = World::start().await;
    let body = "ä".repeat(5_000);
    let receiver = world.receiver([Reply::new(202, &[("X-Answer", "yes")], &body)]);
    world.create_webhook("hook1", hook(&receiver.uri())).await;
    world.push("app:v1").await;
    world.tick_until_idle().await;
    let response = world.events("hook1").await.remove(0).response.unwrap();
    assert_eq!((response.status, response.reason.as_str()), (202, "Accepted"));
    assert_eq!(response.version, "1.1");
    let headers: serde_json::Value = serde_json::from_str(&response.headers).unwrap();
    assert_eq!(headers["x-answer"], "yes");
    assert_eq!(String::from_utf8(response.body).unwrap(), "ä".repeat(4_096));
}

#[tokio::test]
async fn a_time_out_is_shown_as_a_gateway_timeout_with_its_true_cause() {
    let mut settings = Settings::default();
    settings.limits.attempt_timeout = Duration::from_millis(300);
    let world = World::with(settings).await;
    let stuck = Reply::stuck_after("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
    let receiver = world.receiver([Reply::never(), stuck]);
    world.create_webhook("hook1", hook(&receiver.uri())).await;
    for _ in 0..2 {
        world.ping("hook1").await;
        world.tick_until_idle().await;
        let event = world.events("hook1").await.remove(0);
        let response = event.response.unwrap();
        assert_eq!((response.status, response.reason.as_str()), (504, "Gateway Timeout"));
        assert!(response.body.is_empty());
        let (class, message) = event.error.unwrap();
        assert_eq!(class, "timeout");
        assert!(message.starts_with("the time ran out while"), "{message}");
    }
}

#[tokio::test]
async fn a_name_that_leads_where_webhooks_may_not_go_is_refused_at_each_attempt() {
    let world = World::with(Settings { allows_loopback: false, ..Settings::default() }).await;
    let receiver = world.receiver_always(200);
    let uri = receiver.uri();
    let refusal = world.try_create_webhook("hook1", hook(&uri)).await.unwrap_err();
    assert!(matches!(refusal, Refusal::Address(_)), "a literal address is judged at once");
    assert_eq!(refusal.target(), Some("properties.serviceUri"));
    assert!(refusal.to_string().contains("webhooks.allow_cidrs"), "{refusal}");
    let uri = uri.replace("127.0.0.1", "localhost");
    world.create_webhook("hook1", hook(&uri)).await;
    world.push("app:v1").await;
    world.tick_until_idle().await;
    let event = world.events("hook1").await.remove(0);
    assert_eq!((event.state, event.attempts), (DeliveryState::Pending, 1));
    assert!(event.response.is_none());
    let (class, message) = event.error.unwrap();
    assert_eq!(class, "address_refused");
    assert!(message.contains("webhooks.allow_cidrs"), "{message}");
    assert!(receiver.requests().is_empty());
    world.leaves_behind();
}

#[tokio::test]
async fn a_refused_connection_is_shown_without_a_response() {
    let world = World::start().await;
    let uri = world.receiver_always(200).uri();
    // The receiver is gone, and nobody listens at its port.
    world.create_webhook("hook1", hook(&uri)).await;
    world.ping("hook1").await;
    world.tick_until_idle().await;
    let event = world.events("hook1").await.remove(0);
    assert!(event.response.is_none());
    assert_eq!(event.error.unwrap().0, "connection_refused");
}

#[tokio::test]
async fn a_registry_has_as_many_webhooks_as_its_sku_allows() {
    let world = World::with(Settings { sku: "Basic", ..Settings::default() }).await;
    let receiver = world.receiver_always(200);
    world.create_webhook("hook1", hook(&receiver.uri())).await;
    world.create_webhook("hook2", hook(&receiver.uri())).await;
    let refusal = world.try_create_webhook("hook3", hook(&receiver.uri())).await.unwrap_err();
    assert!(matches!(refusal, Refusal::Quota(_)), "{refusal}");
    // One that is there may be replaced, whichever case its name is written in.
    world.create_webhook("HOOK2", hook(&receiver.uri())).await;
    world.delete_webhook("hook1").await;
    world.create_webhook("hook3", hook(&receiver.uri())).await;
}
