//! An event is tried until its receiver has accepted it, or its time is over.

use boathook_engine::DeliveryState;
use boathook_testkit::{FIRST_MS, Receiver, Reply, World, hook};
use std::time::Duration;

/// When the requests came, in seconds after the world began.
fn arrivals_s(receiver: &Receiver) -> Vec<i64> {
    receiver.requests().iter().map(|request| (request.at.0 - FIRST_MS) / 1_000).collect()
}

#[tokio::test]
async fn a_receiver_that_recovers_gets_the_event() {
    let world = World::start().await;
    let receiver = world.receiver([503, 503, 200]);
    world.create_webhook("hook1", hook(&receiver.uri())).await;
    world.push("team/app:1.4").await;
    world.run_for(Duration::from_mins(10)).await;
    let [first, second, third] = arrivals_s(&receiver)[..] else {
        panic!("three attempts, and not\n{}", receiver.transcript())
    };
    assert_eq!(first, 0);
    // The schedule is 10 and 30 seconds; chance lengthens each wait by up to a fifth.
    assert!((10..=12).contains(&second), "{}", receiver.transcript());
    assert!((30..=36).contains(&(third - second)), "{}", receiver.transcript());
    let [event] = &world.events("hook1").await[..] else { panic!("there is one event") };
    assert_eq!((event.state, event.attempts), (DeliveryState::Delivered, 3));
    assert_eq!(event.response.as_ref().unwrap().status, 200);
    assert!(event.error.is_none());
}

#[tokio::test]
async fn success_is_2xx_and_nothing_else() {
    let world = World::start().await;
    let receiver = world.receiver([404, 304, 429, 500, 204]);
    world.create_webhook("hook1", hook(&receiver.uri())).await;
    world.push("app:v1").await;
    world.run_for(Duration::from_hours(1)).await;
    assert_eq!(receiver.requests().len(), 5);
    let events = world.events("hook1").await;
    assert_eq!((events[0].state, events[0].attempts), (DeliveryState::Delivered, 5));
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_not_followed() {
    let world = World::start().await;
    let elsewhere = world.receiver_always(200);
    let redirect = Reply::new(307, &[("Location", &elsewhere.uri())], "");
    let receiver = world.receiver([redirect, Reply::from(200)]);
    world.create_webhook("hook1", hook(&receiver.uri())).await;
    world.push("app:v1").await;
    world.tick_until_idle().await;
    let (class, message) = world.events("hook1").await[0].error.clone().unwrap();
    assert_eq!(class, "status");
    assert!(message.contains("redirects are not followed"), "{message}");
    world.run_for(Duration::from_mins(1)).await;
    assert!(elsewhere.requests().is_empty());
}

#[tokio::test]
async fn retry_after_lengthens_and_never_shortens() {
    let world = World::start().await;
    let wish = |seconds| Reply::new(503, &[("Retry-After", seconds)], "");
    let receiver = world.receiver([wish("1"), wish("500"), Reply::from(200)]);
    world.create_webhook("hook1", hook(&receiver.uri())).await;
    world.push("app:v1").await;
    world.run_for(Duration::from_hours(1)).await;
    let arrivals = arrivals_s(&receiver);
    assert!(10 <= arrivals[1], "not shorter than planned: {arrivals:?}");
    assert_eq!(arrivals[2] - arrivals[1], 500, "{arrivals:?}");
}

#[tokio::test]
async fn after_a_day_a_delivery_is_dead_and_kept() {
    let world = World::start().await;
    let receiver = world.receiver_always(503);
    world.create_webhook("hook1", hook(&receiver.uri())).await;
    world.push("app:v1").await;
    world.run_for(Duration::from_hours(48)).await;
    let arrivals = arrivals_s(&receiver);
    assert!((10..=12).contains(&arrivals.len()), "{}", receiver.transcript());
    assert!(*arrivals.last().unwrap() <= 24 * 3_600, "{}", receiver.transcript());
    let [event] = &world.events("hook1").await[..] else { panic!("it is kept") };
    assert_eq!(event.state, DeliveryState::Dead);
    assert_eq!(event.attempts as usize, arrivals.len());
    assert_eq!(event.response.as_ref().unwrap().status, 503);
    assert!(event.next_attempt.is_none());
}

#[tokio::test]
async fn a_receiver_that_is_down_for_longer_than_a_lease_gets_the_event_once() {
    let world = World::start().await;
    let receiver = world.receiver_always(Reply::hang_up());
    world.create_webhook("hook1", hook(&receiver.uri())).await;
    world.push("app:v1").await;
    world.run_for(Duration::from_mins(30)).await;
    let before = receiver.requests().len();
    assert!(3 < before);
    receiver.answer(200);
    world.run_for(Duration::from_hours(2)).await;
    assert_eq!(receiver.requests().len(), before + 1);
    assert_eq!(world.events("hook1").await[0].state, DeliveryState::Delivered);
}

#[tokio::test]
async fn whatever_a_receiver_does_its_event_arrives_when_it_behaves_again() {
    let misdeeds = [
        Reply::garbage("SSH-2.0-OpenSSH_9.2\r\n"),
        Reply::hang_up(),
        Reply::garbage("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\ntoo short"),
        Reply::new(500, &[], &"x".repeat(1_000_000)),
    ];
    let world = World::start().await;
    let receiver = world.receiver(misdeeds.into_iter().chain([Reply::from(200)]));
    world.create_webhook("hook1", hook(&receiver.uri())).await;
    world.push("app:v1").await;
    world.run_for(Duration::from_hours(1)).await;
    let event = world.events("hook1").await.remove(0);
    assert_eq!((event.state, event.attempts), (DeliveryState::Delivered, 5));
}

#[tokio::test]
async fn an_answer_without_end_is_an_answer() {
    let world = World::start().await;
    let receiver = world.receiver([Reply::endless()]);
    world.create_webhook("hook1", hook(&receiver.uri())).await;
    world.push("app:v1").await;
    world.tick_until_idle().await;
    let event = world.events("hook1").await.remove(0);
    assert_eq!(event.state, DeliveryState::Delivered);
    assert_eq!(event.response.unwrap().body.len(), 4_096);
}

#[tokio::test]
async fn a_change_of_the_webhook_does_not_shorten_what_its_receiver_asked_for() {
    let world = World::start().await;
    let receiver = world.receiver([Reply::new(503, &[("Retry-After", "999999")], ""), 200.into()]);
    world.create_webhook("hook1", hook(&receiver.uri())).await;
    world.push("app:v1").await;
    world.tick_until_idle().await;
    world.set_status("hook1", "enabled").await;
    world.tick_until_idle().await;
    assert_eq!(receiver.requests().len(), 1, "the webhook was not paused: nothing is let go");
    world.run_for(Duration::from_hours(24)).await;
    assert_eq!(arrivals_s(&receiver), [0, 24 * 3_600]);
}
