//! A receiver that answers 410 Gone pauses its webhook.

use boathook_engine::DeliveryState;
use boathook_testkit::{Reply, World, hook};
use boathook_wire::arm::webhook::parameters::Update;
use std::collections::BTreeMap;
use std::time::Duration;

#[tokio::test]
async fn after_410_events_wait_until_the_webhook_is_enabled_again() {
    let world = World::start().await;
    let receiver = world.receiver([410, 200, 200]);
    world.create_webhook("hook1", hook(&receiver.uri())).await;
    world.push("app:v1").await;
    world.tick_until_idle().await;
    let (_, reason) = world.webhook("hook1").await.paused.expect("it is paused");
    assert!(reason.contains("410 Gone"), "{reason}");
    world.push("app:v2").await;
    world.run_for(Duration::from_hours(5)).await;
    receiver.only();
    // A change that says nothing of the status leaves the pause.
    let tags = Some(BTreeMap::from([("team".to_owned(), "a".to_owned())]));
    world.update_webhook("hook1", Update { tags, ..Update::default() }).await;
    world.tick_until_idle().await;
    receiver.only();
    world.set_status("hook1", "enabled").await;
    world.tick_until_idle().await;
    assert_eq!(receiver.requests().len(), 3);
    let states: Vec<_> = world.events("hook1").await.iter().map(|event| event.state).collect();
    assert_eq!(states, [DeliveryState::Delivered; 2]);
}

#[tokio::test]
async fn a_ping_that_is_answered_resumes_and_one_that_is_not_does_not() {
    let world = World::start().await;
    let receiver = world.receiver([410, 500, 200, 200]);
    world.create_webhook("hook1", hook(&receiver.uri())).await;
    world.push("app:v1").await;
    world.tick_until_idle().await;
    world.ping("hook1").await;
    world.tick_until_idle().await;
    assert!(world.webhook("hook1").await.paused.is_some());
    world.ping("hook1").await;
    world.tick_until_idle().await;
    assert!(world.webhook("hook1").await.paused.is_none());
    let actions: Vec<_> =
        receiver.requests().iter().map(|request| request.json()["action"].clone()).collect();
    assert_eq!(actions, ["push", "ping", "ping", "push"]);
}

#[tokio::test]
async fn events_of_a_paused_webhook_die_when_their_time_is_over() {
    let world = World::start().await;
    let receiver = world.receiver([410]);
    world.create_webhook("hook1", hook(&receiver.uri())).await;
    world.push("app:v1").await;
    world.tick_until_idle().await;
    world.push("app:v2").await;
    world.run_for(Duration::from_hours(23)).await;
    let pending = |state| state == DeliveryState::Pending;
    assert!(world.events("hook1").await.iter().all(|event| pending(event.state)));
    world.run_for(Duration::from_hours(2)).await;
    let states: Vec<_> = world.events("hook1").await.iter().map(|event| event.state).collect();
    assert_eq!(states, [DeliveryState::Dead; 2]);
}

#[tokio::test]
async fn what_was_under_way_at_a_pause_is_tried_again_after_it_and_shown_as_it_ended() {
    let world = World::start().await;
    let receiver =
        world.receiver([Reply::from(410), Reply::from(503).held(), 200.into(), 200.into()]);
    world.create_webhook("hook1", hook(&receiver.uri())).await;
    world.push("app:v1").await;
    world.push("app:v2").await;
    world.tick().await;
    receiver.has_received(2).await;
    receiver.release();
    world.node().rests().await;
    assert!(world.webhook("hook1").await.paused.is_some());
    world.set_status("hook1", "enabled").await;
    world.run_for(Duration::from_mins(1)).await;
    for event in world.events("hook1").await {
        assert_eq!(event.state, DeliveryState::Delivered);
        assert_eq!(event.response.unwrap().status, 200, "the attempt that delivered it is shown");
        assert!(event.error.is_none());
    }
}

#[tokio::test]
async fn what_waits_in_the_queue_at_a_pause_is_sent_at_once_after_it() {
    let world = World::start().await;
    let receiver = world.receiver_always(Reply::from(410).held());
    world.create_webhook("hook1", hook(&receiver.uri())).await;
    for number in 0..20 {
        world.push(&format!("app:v{number}")).await;
    }
    world.tick().await;
    receiver.has_received(8).await;
    receiver.release();
    world.tick_until_idle().await;
    assert_eq!(receiver.requests().len(), 8, "only what was under way");
    receiver.answer(200);
    world.set_status("hook1", "enabled").await;
    // No lease has to run out first.
    world.tick_until_idle().await;
    assert_eq!(receiver.requests().len(), 8 + 20);
}
