//! A ping asks whether a webhook works, whatever it listens to.

use boathook_engine::DeliveryState;
use boathook_testkit::{World, hook};
use boathook_wire::arm::webhook::parameters::Create;
use std::time::Duration;

#[tokio::test]
async fn a_ping_is_sent_whatever_the_webhooks_status_actions_and_scope() {
    let world = World::start().await;
    let receiver = world.receiver([200]);
    let create = Create {
        status: Some("disabled".to_owned()),
        scope: Some("nothing:here".to_owned()),
        actions: vec!["delete".to_owned()],
        ..hook(&receiver.uri())
    };
    world.create_webhook("hook1", create).await;
    let id = world.ping("hook1").await;
    world.tick_until_idle().await;
    let expected =
        format!(r#"{{"id":"{id}","timestamp":"2023-11-14T22:13:20.0000000Z","action":"ping"}}"#);
    assert_eq!(receiver.only().body, expected);
    let [event] = &world.events("hook1").await[..] else { panic!("the ping is listed") };
    assert_eq!((event.id.clone(), event.state), (id, DeliveryState::Delivered));
}

#[tokio::test]
async fn a_ping_is_never_retried() {
    let world = World::start().await;
    let receiver = world.receiver([503, 410]);
    world.create_webhook("hook1", hook(&receiver.uri())).await;
    world.ping("hook1").await;
    world.ping("hook1").await;
    world.run_for(Duration::from_hours(48)).await;
    assert_eq!(receiver.requests().len(), 2);
    let events = world.events("hook1").await;
    assert!(events.iter().all(|event| event.state == DeliveryState::Dead && event.attempts == 1));
    assert!(world.webhook("hook1").await.paused.is_none(), "a ping pauses nothing");
}

#[tokio::test]
async fn a_ping_of_a_deleted_webhook_is_not_sent() {
    let world = World::start().await;
    let receiver = world.receiver_always(200);
    world.create_webhook("hook1", hook(&receiver.uri())).await;
    world.ping("hook1").await;
    world.delete_webhook("hook1").await;
    world.tick_until_idle().await;
    assert!(receiver.requests().is_empty());
}

#[tokio::test]
async fn a_ping_is_sent_though_its_webhook_is_disabled_in_between() {
    let world = World::start().await;
    let receiver = world.receiver([200]);
    world.create_webhook("hook1", hook(&receiver.uri())).await;
    world.ping("hook1").await;
    world.set_status("hook1", "disabled").await;
    world.tick_until_idle().await;
    receiver.only();
}
