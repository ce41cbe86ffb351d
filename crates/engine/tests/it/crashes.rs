//! A process may die after any line, and every event that was committed still arrives.

use boathook_engine::DeliveryState;
use boathook_testkit::{Reply, Settings, World, hook};
use boathook_wire::arm::webhook::parameters::Update;
use std::time::Duration;

#[tokio::test]
async fn an_event_survives_a_process_that_dies_before_dispatching_it() {
    let mut world = World::start().await;
    let receiver = world.receiver([200]);
    world.create_webhook("hook1", hook(&receiver.uri())).await;
    world.push("app:v1").await;
    world.kill_and_restart().await;
    world.tick_until_idle().await;
    receiver.only();
}

#[tokio::test]
async fn an_event_survives_a_process_that_dies_between_dispatching_and_sending() {
    let mut world = World::start().await;
    let receiver = world.receiver([200]);
    world.create_webhook("hook1", hook(&receiver.uri())).await;
    world.push("app:v1").await;
    // A process that is stopping starts no attempts, though it holds the leases.
    world.node().supervisor().stop();
    assert_eq!(world.node().tick_dispatcher().await, 1);
    assert!(receiver.requests().is_empty());
    world.kill_and_restart().await;
    world.tick_until_idle().await;
    assert!(receiver.requests().is_empty(), "the lease of the dead process still runs");
    world.run_for(Duration::from_mins(3)).await;
    receiver.only();
}

#[tokio::test]
async fn an_event_that_was_sent_and_not_written_down_is_sent_again_with_the_same_id() {
    let mut world = World::start().await;
    let receiver = world.receiver([Reply::from(200).held(), Reply::from(200)]);
    world.create_webhook("hook1", hook(&receiver.uri())).await;
    world.push("app:v1").await;
    world.tick().await;
    receiver.has_received(1).await;
    world.kill_and_restart().await;
    world.run_for(Duration::from_mins(3)).await;
    let [first, second] = &receiver.requests()[..] else { panic!("{}", receiver.transcript()) };
    assert_eq!(first.body, second.body);
    assert_eq!(world.events("hook1").await[0].state, DeliveryState::Delivered);
}

#[tokio::test]
async fn a_process_that_stops_gracefully_hands_back_what_it_has_not_tried() {
    let mut world = World::start().await;
    let receiver = world.receiver_always(Reply::from(200).held());
    world.create_webhook("hook1", hook(&receiver.uri())).await;
    for number in 0..20 {
        world.push(&format!("app:v{number}")).await;
    }
    world.tick().await;
    receiver.has_received(8).await;
    world.node().supervisor().stop();
    world.ctx().deliverer.release(world.ctx()).await.unwrap();
    receiver.release();
    world.node().rests().await;
    assert_eq!(receiver.requests().len(), 8, "what was under way was finished, and no more begun");
    world.kill_and_restart().await;
    // No lease has to run out first.
    world.tick_until_idle().await;
    let mut arrived = receiver.events();
    arrived.sort();
    arrived.dedup();
    assert_eq!((receiver.requests().len(), arrived.len()), (20, 20));
}

#[tokio::test]
async fn a_webhook_whose_secrets_cannot_be_opened_gets_its_events_once_they_can() {
    let mut world = World::start().await;
    let receiver = world.receiver([200]);
    world.create_webhook("hook1", hook(&receiver.uri())).await;
    world.push("app:v1").await;
    world.kill_and_restart_with(Settings { seal_key: [9; 32], ..Settings::default() }).await;
    world.run_for(Duration::from_mins(10)).await;
    assert!(receiver.requests().is_empty());
    world.kill_and_restart_with(Settings::default()).await;
    world.run_for(Duration::from_mins(10)).await;
    receiver.only();
}

#[tokio::test]
async fn a_webhook_whose_secrets_cannot_be_opened_does_not_keep_its_events_for_ever() {
    let mut world = World::start().await;
    let receiver = world.receiver_always(200);
    world.create_webhook("hook1", hook(&receiver.uri())).await;
    world.push("app:v1").await;
    world.kill_and_restart_with(Settings { seal_key: [9; 32], ..Settings::default() }).await;
    world.ping("hook1").await;
    world.run_for(Duration::from_hours(25)).await;
    let events = world.events("hook1").await;
    assert!(events.iter().all(|event| event.state == DeliveryState::Dead), "two are dead");
    assert!(receiver.requests().is_empty());
}

#[tokio::test]
async fn a_webhook_whose_secrets_cannot_be_opened_can_be_given_them_anew() {
    let mut world = World::start().await;
    let receiver = world.receiver([200]);
    world.create_webhook("hook1", hook(&receiver.uri())).await;
    world.push("app:v1").await;
    world.kill_and_restart_with(Settings { seal_key: [9; 32], ..Settings::default() }).await;
    let anew = Update {
        service_uri: Some(receiver.uri()),
        custom_headers: Some(Vec::new()),
        ..Update::default()
    };
    world.update_webhook("hook1", anew).await;
    world.run_for(Duration::from_mins(10)).await;
    receiver.only();
}
