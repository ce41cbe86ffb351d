//! What was sent is sent again, because its webhook's owner asks for it.

use boathook_engine::DeliveryState;
use boathook_engine::manage::events::{self, NotRedelivered};
use boathook_testkit::{Receiver, Reply, World, hook};
use std::time::Duration;

const DAYS: Duration = Duration::from_hours(48);

/// Has the latest event of a webhook sent again.
async fn redeliver(world: &World, name: &str) -> Result<(), NotRedelivered> {
    let event = world.events(name).await.remove(0).id;
    let registry = world.registry().await;
    events::redeliver(world.ctx(), &registry, name, &event).await.unwrap().unwrap()
}

/// Says how long after the first of some requests the others came, in seconds.
fn waits_s(receiver: &Receiver, from: usize) -> Vec<i64> {
    let requests = &receiver.requests()[from..];
    requests.iter().map(|request| (request.at.0 - requests[0].at.0) / 1_000).collect()
}

#[tokio::test]
async fn a_dead_event_is_sent_again_with_all_its_tries() {
    let world = World::start().await;
    let receiver = world.receiver_always(503);
    world.create_webhook("hook1", hook(&receiver.uri())).await;
    world.push("app:v1").await;
    world.run_for(DAYS).await;
    let first = receiver.requests();
    assert_eq!(world.events("hook1").await[0].state, DeliveryState::Dead);
    assert_eq!(redeliver(&world, "hook1").await, Ok(()));
    world.run_for(DAYS).await;
    let requests = receiver.requests();
    assert!(requests.iter().all(|request| request.body == first[0].body), "the body never changes");
    let again = waits_s(&receiver, first.len());
    assert!((10..=12).contains(&again[1]), "the schedule begins anew: {again:?}");
    assert!(again.last().unwrap() <= &(24 * 3_600), "and ends within a day: {again:?}");
    let [event] = &world.events("hook1").await[..] else { panic!("it is the same event") };
    assert_eq!(event.state, DeliveryState::Dead);
    assert_eq!(event.attempts as usize, requests.len());
}

#[tokio::test]
async fn an_event_that_was_delivered_or_waits_is_sent_at_once() {
    let world = World::start().await;
    let receiver = world.receiver([Reply::from(200), Reply::from(503), Reply::from(202)]);
    world.create_webhook("hook1", hook(&receiver.uri())).await;
    world.push("app:v1").await;
    world.tick_until_idle().await;
    for (state, status) in [(DeliveryState::Pending, 503), (DeliveryState::Delivered, 202)] {
        assert_eq!(redeliver(&world, "hook1").await, Ok(()));
        world.tick_until_idle().await;
        let event = world.events("hook1").await.remove(0);
        assert_eq!((event.state, event.response.unwrap().status), (state, status));
    }
    assert_eq!(waits_s(&receiver, 0), [0, 0, 0]);
}

#[tokio::test]
async fn a_ping_is_sent_again_once() {
    let world = World::start().await;
    let receiver = world.receiver_always(503);
    world.create_webhook("hook1", hook(&receiver.uri())).await;
    world.ping("hook1").await;
    world.tick_until_idle().await;
    assert_eq!(redeliver(&world, "hook1").await, Ok(()));
    world.run_for(DAYS).await;
    assert_eq!(receiver.requests().len(), 2);
}

#[tokio::test]
async fn what_a_disabled_webhook_had_is_sent_again_when_it_is_enabled() {
    let world = World::start().await;
    let receiver = world.receiver([503, 200]);
    world.create_webhook("hook1", hook(&receiver.uri())).await;
    world.push("app:v1").await;
    world.tick_until_idle().await;
    world.set_status("hook1", "disabled").await;
    world.tick_until_idle().await;
    assert_eq!(redeliver(&world, "hook1").await, Err(NotRedelivered::Disabled));
    assert_eq!(world.events("hook1").await[0].state, DeliveryState::Cancelled);
    world.set_status("hook1", "enabled").await;
    assert_eq!(redeliver(&world, "hook1").await, Ok(()));
    world.tick_until_idle().await;
    assert_eq!(world.events("hook1").await[0].state, DeliveryState::Delivered);
}
