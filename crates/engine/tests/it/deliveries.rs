//! How deliveries went, as their webhook's owner is shown it.

use boathook_engine::DeliveryState;
use boathook_engine::manage::events::{self, DeliveryPage, DeliveryView, NoSuchEvent};
use boathook_testkit::{Reply, World, hook};
use boathook_wire::arm::webhook::parameters::Create;
use std::time::Duration;

/// A page of what `hook1` was sent.
async fn page(world: &World, after: Option<&DeliveryPage>) -> DeliveryPage {
    let after = after.map(|page| page.next.as_ref().unwrap());
    let registry = world.registry().await;
    events::deliveries(world.ctx(), &registry, "hook1", after).await.unwrap().unwrap()
}

/// The latest delivery to `hook1`.
async fn latest(world: &World) -> DeliveryView {
    page(world, None).await.deliveries.remove(0)
}

/// Sends the latest event of `hook1` again.
async fn try_again(world: &World) {
    let (event, registry) = (latest(world).await.id, world.registry().await);
    let sent = events::redeliver(world.ctx(), &registry, "hook1", &event).await;
    sent.unwrap().unwrap().unwrap();
    world.tick_until_idle().await;
}

fn numbers(delivery: &DeliveryView) -> Vec<u32> {
    delivery.attempts.iter().map(|attempt| attempt.number).collect()
}

#[tokio::test]
async fn deliveries_are_listed_newest_first_twenty_five_a_page() {
    let world = World::start().await;
    let receiver = world.receiver_always(200);
    world.create_webhook("hook1", hook(&receiver.uri())).await;
    let mut pinged = Vec::new();
    for _ in 0..25 {
        pinged.insert(0, world.ping("hook1").await);
        world.clock().advance(Duration::from_millis(1));
    }
    world.tick_until_idle().await;
    let ids = |page: &DeliveryPage| -> Vec<_> {
        page.deliveries.iter().map(|delivery| delivery.id.clone()).collect()
    };
    let only = page(&world, None).await;
    assert_eq!((ids(&only), &only.next), (pinged.clone(), &None), "a full page may be the last");
    pinged.insert(0, world.ping("hook1").await);
    world.tick_until_idle().await;
    let first = page(&world, None).await;
    assert_eq!((ids(&first), first.next.as_ref()), (pinged[..25].to_vec(), Some(&pinged[24])));
    let second = page(&world, Some(&first)).await;
    assert_eq!((ids(&second), &second.next), (pinged[25..].to_vec(), &None));
    let registry = world.registry().await;
    assert!(events::deliveries(world.ctx(), &registry, "nosuch", None).await.unwrap().is_none());
}

#[tokio::test]
async fn of_a_delivery_the_latest_twenty_attempts_are_shown() {
    let world = World::start().await;
    let receiver = world.receiver_always(503);
    world.create_webhook("hook1", hook(&receiver.uri())).await;
    world.ping("hook1").await;
    world.tick_until_idle().await;
    for _ in 1..20 {
        try_again(&world).await;
    }
    let delivery = latest(&world).await;
    assert_eq!(numbers(&delivery), (1..=20).rev().collect::<Vec<_>>());
    assert_eq!(delivery.attempt_count, 20);
    try_again(&world).await;
    let delivery = latest(&world).await;
    assert_eq!(numbers(&delivery), (2..=21).rev().collect::<Vec<_>>());
    assert_eq!(delivery.attempt_count, 21);
}

#[tokio::test]
async fn each_attempt_says_what_was_sent_and_what_came_of_it() {
    let world = World::start().await;
    let refused = Reply::new(503, &[("B", "2"), ("a", "1")], "busy");
    let receiver = world.receiver([refused, Reply::garbage("nonsense\r\n\r\n"), Reply::from(202)]);
    let custom_headers = vec![
        ("X-Api-Key".to_owned(), "hunter2".to_owned()),
        ("X-Plain".to_owned(), "shown".to_owned()),
    ];
    let uri = receiver.uri().replace("http://", "http://user:hunter2@");
    world.create_webhook("hook1", Create { custom_headers, ..hook(&uri) }).await;
    world.push("app:v1").await;
    let pushed = world.tick_until_idle().await;
    let delivery = latest(&world).await;
    assert_eq!((delivery.state, delivery.next_attempt), (DeliveryState::Pending, pushed));
    assert!(delivery.next_attempt.is_some());
    world.run_for(Duration::from_mins(2)).await;

    let delivery = latest(&world).await;
    assert_eq!((delivery.state, delivery.next_attempt), (DeliveryState::Delivered, None));
    assert_eq!(numbers(&delivery), [3, 2, 1]);
    let requests = receiver.requests();
    assert_eq!(delivery.body, requests[0].body);
    for (attempt, request) in delivery.attempts.iter().rev().zip(&requests) {
        assert_eq!(attempt.started, request.at);
        assert_eq!(attempt.request.uri, receiver.uri());
        let shown = |name: &str| {
            let found = attempt.request.headers.iter().find(|(shown, _)| shown == name);
            found.map(|(_, value)| value.as_str())
        };
        assert_eq!(shown("X-Api-Key"), Some("******"));
        assert_eq!(shown("Authorization"), Some("******"));
        assert_eq!(shown("X-Plain"), Some("shown"));
    }
    let [last, middle, first] = &delivery.attempts[..] else { panic!("there are three") };
    let response = first.response.as_ref().unwrap();
    assert_eq!((response.status, &*response.reason), (503, "Service Unavailable"));
    assert_eq!(response.body, "busy");
    let header = |name: &str| response.headers.iter().find(|(shown, _)| shown == name);
    assert_eq!(header("a").unwrap().1, "1");
    assert_eq!(first.error.as_ref().unwrap().0, "status");
    assert!(middle.response.is_none());
    assert!(!middle.error.as_ref().unwrap().1.is_empty());
    assert_eq!(last.response.as_ref().unwrap().status, 202);
    assert!(last.error.is_none());
}

#[tokio::test]
async fn one_delivery_is_shown_by_its_event() {
    let world = World::start().await;
    let receiver = world.receiver_always(200);
    world.create_webhook("hook1", hook(&receiver.uri())).await;
    world.create_webhook("hook2", hook(&receiver.uri())).await;
    let event = world.ping("hook1").await;
    world.ping("hook1").await;
    world.tick_until_idle().await;
    let registry = world.registry().await;
    let one = async |name: &str| {
        let found = events::delivery(world.ctx(), &registry, name, &event).await.unwrap();
        found.map(|found| found.map(|delivery| (numbers(&delivery), delivery.id)))
    };
    assert_eq!(one("hook1").await, Some(Ok((vec![1], event.clone()))));
    assert_eq!(one("hook2").await, Some(Err(NoSuchEvent)), "it is another webhook's");
    assert_eq!(one("nosuch").await, None);
}
