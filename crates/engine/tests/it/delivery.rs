//! Who gets an event, and what it gets.

use boathook_testkit::{Reply, Settings, World, hook};
use boathook_wire::arm::webhook::parameters::{Create, Update};
use std::collections::BTreeSet;
use std::time::Duration;

#[tokio::test]
async fn an_event_is_delivered_to_every_webhook_that_wants_it_and_to_no_other() {
    let world = World::start().await;
    let receiver = world.receiver_always(200);
    let wanting = |path: &str, scope: &str, actions: &[&str]| Create {
        service_uri: format!("{}/{path}", receiver.uri()),
        scope: Some(scope.to_owned()),
        actions: actions.iter().map(ToString::to_string).collect(),
        ..hook("")
    };
    for (number, (path, scope, actions)) in [
        ("everything", "", &["push", "delete"][..]),
        ("repository", "team/app:*", &["push"]),
        ("tag", "team/app:v1", &["push"]),
        ("wildcard", "team/*:v*", &["push"]),
        ("other-tag", "team/app:v2", &["push"]),
        ("other-repository", "app:*", &["push"]),
        ("latest", "team/app", &["push"]),
        ("deletions", "", &["delete"]),
    ]
    .into_iter()
    .enumerate()
    {
        world.create_webhook(&format!("hook{number}"), wanting(path, scope, actions)).await;
    }
    let disabled =
        Create { status: Some("disabled".to_owned()), ..wanting("disabled", "", &["push"]) };
    world.create_webhook("hookoff", disabled).await;
    let heard = || {
        let requests = receiver.requests();
        let names = requests.iter().map(|request| request.path.rsplit('/').next().unwrap());
        names.map(str::to_owned).collect::<BTreeSet<_>>()
    };

    let digest = world.push("team/app:v1").await;
    world.tick_until_idle().await;
    let expected = ["everything", "repository", "tag", "wildcard"].map(str::to_owned);
    assert_eq!(heard(), expected.clone().into());
    assert_eq!(receiver.requests().len(), expected.len(), "each once");

    world.delete_manifest("team/app", &digest).await;
    world.tick_until_idle().await;
    assert_eq!(receiver.requests().len(), expected.len() + 2);
    assert!(heard().contains("deletions"));
}

#[tokio::test]
async fn what_a_receiver_gets_is_acrs_payload_with_acrs_headers() {
    let world = World::start().await;
    let receiver = world.receiver([200, 200]);
    world.create_webhook("hook1", hook(&receiver.uri())).await;
    let digest = world.push("team/app:v1").await;
    world.tick_until_idle().await;
    let request = receiver.only();
    assert_eq!((request.method.as_str(), request.path.as_str()), ("POST", "/hook"));
    assert_eq!(request.header("user-agent"), Some("AzureContainerRegistry/1.0"));
    assert_eq!(request.header("content-type"), Some("application/json; charset=utf-8"));
    assert_eq!(request.header("content-length"), Some(&*request.body.len().to_string()));
    let payload = request.json();
    let (id, request_id) = (&payload["id"], &payload["request"]["id"]);
    let size = &payload["target"]["size"];
    let expected = format!(
        r#"{{"id":{id},"timestamp":"2023-11-14T22:13:20.0000000Z","action":"push","target":{{"mediaType":"application/vnd.oci.image.manifest.v1+json","size":{size},"digest":"{digest}","length":{size},"repository":"team/app","tag":"v1"}},"request":{{"id":{request_id},"host":"boathook.azurecr.localhost","method":"PUT","useragent":"testkit/1"}}}}"#
    );
    assert_eq!(request.body, expected);

    world.delete_manifest("team/app", &digest).await;
    world.tick_until_idle().await;
    let request = receiver.requests().remove(1);
    let (id, request_id) = (request.event(), request.json()["request"]["id"].clone());
    let expected = format!(
        r#"{{"id":"{id}","timestamp":"2023-11-14T22:13:20.0000000Z","action":"delete","target":{{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"{digest}","repository":"team/app"}},"request":{{"id":{request_id},"host":"boathook.azurecr.localhost","method":"DELETE","useragent":"testkit/1"}}}}"#
    );
    assert_eq!(request.body, expected);
}

#[tokio::test]
async fn custom_headers_are_sent_and_replace_ours() {
    let world = World::start().await;
    let receiver = world.receiver([200]);
    let given = [("X-One", "1"), ("content-TYPE", "application/cloudevents+json")];
    let custom_headers = given.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    world.create_webhook("hook1", Create { custom_headers, ..hook(&receiver.uri()) }).await;
    world.push("app:v1").await;
    world.tick_until_idle().await;
    let request = receiver.only();
    assert_eq!(request.header("x-one"), Some("1"));
    let types =
        request.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    let types: Vec<_> = types.map(|(_, value)| value.as_str()).collect();
    assert_eq!(types, ["application/cloudevents+json"]);
    assert!(request.header("authorization").is_none());
}

#[tokio::test]
async fn userinfo_is_sent_as_basic_unless_a_custom_header_says_otherwise() {
    let world = World::start().await;
    let receiver = world.receiver([200, 200]);
    let uri = receiver.uri().replace("http://", "http://$site:p%40ss@");
    world.create_webhook("hook1", hook(&uri)).await;
    world.push("app:v1").await;
    world.tick_until_idle().await;
    let custom_headers = Some(vec![("Authorization".to_owned(), "Bearer own".to_owned())]);
    world.update_webhook("hook1", Update { custom_headers, ..Update::default() }).await;
    world.push("app:v2").await;
    world.tick_until_idle().await;
    let sent = receiver.requests();
    let sent: Vec<_> = sent.iter().map(|request| request.header("authorization")).collect();
    assert_eq!(sent, [Some("Basic JHNpdGU6cEBzcw=="), Some("Bearer own")]);
}

#[tokio::test]
async fn a_changed_webhook_is_used_by_the_next_attempt_and_the_body_stays() {
    let world = World::start().await;
    let (before, after) = (world.receiver([503]), world.receiver([200]));
    world.create_webhook("hook1", hook(&before.uri())).await;
    world.push("app:v1").await;
    world.tick_until_idle().await;
    let update = Update {
        service_uri: Some(after.uri()),
        scope: Some("other:*".to_owned()),
        ..Update::default()
    };
    world.update_webhook("hook1", update).await;
    world.run_for(Duration::from_mins(1)).await;
    assert_eq!(after.only().body, before.only().body);
}

#[tokio::test]
async fn a_thousand_events_through_one_webhook_all_arrive_once() {
    let world = World::start().await;
    let receiver = world.receiver_always(200);
    world.create_webhook("hook1", hook(&receiver.uri())).await;
    for number in 0..1_000 {
        // One image under many tags: many events, few blobs.
        world.push_image(&format!("app:v{number}"), b"{}").await;
    }
    world.tick_until_idle().await;
    let arrived = receiver.events();
    assert_eq!(arrived.len(), 1_000);
    assert_eq!(arrived.into_iter().collect::<BTreeSet<_>>().len(), 1_000);
}

#[tokio::test]
async fn more_deliveries_than_one_transaction_makes_all_arrive_once() {
    let world = World::start().await;
    let receiver = world.receiver_always(200);
    for number in 0..60 {
        world.create_webhook(&format!("hook{number}"), hook(&receiver.uri())).await;
    }
    for number in 0..20 {
        world.push_image(&format!("app:v{number}"), b"{}").await;
    }
    assert!(world.node().tick_dispatcher().await < 20, "one transaction does not make them all");
    world.tick_until_idle().await;
    assert_eq!(receiver.requests().len(), 60 * 20);
}

#[tokio::test]
async fn a_receiver_that_never_answers_holds_up_nobody_else() {
    let world = World::start().await;
    let stuck = world.receiver_always(Reply::from(200).held());
    world.create_webhook("stuck", hook(&stuck.uri())).await;
    let others: Vec<_> = (0..10).map(|_| world.receiver_always(200)).collect();
    for (number, receiver) in others.iter().enumerate() {
        world.create_webhook(&format!("other{number}"), hook(&receiver.uri())).await;
    }
    for number in 0..8 {
        world.push(&format!("app:v{number}")).await;
    }
    world.tick().await;
    for receiver in &others {
        receiver.has_received(8).await;
    }
    stuck.has_received(8).await;
    // What comes later arrives too.
    world.push("app:later").await;
    world.tick().await;
    for receiver in &others {
        receiver.has_received(9).await;
    }
    assert_eq!(stuck.requests().len(), 8, "no more than its window");
    stuck.release();
    world.tick_until_idle().await;
    assert_eq!(stuck.requests().len(), 9);
}

#[tokio::test]
async fn an_attempt_that_may_take_longer_than_a_lease_is_made_all_the_same() {
    let mut settings = Settings::default();
    settings.limits.attempt_timeout = Duration::from_mins(5);
    let world = World::with(settings).await;
    let receiver = world.receiver([200]);
    world.create_webhook("hook1", hook(&receiver.uri())).await;
    world.push("app:v1").await;
    world.tick_until_idle().await;
    receiver.only();
}
