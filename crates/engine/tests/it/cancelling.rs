//! A webhook that is disabled or deleted hears nothing any more.

use boathook_core::id::EventId;
use boathook_engine::DeliveryState;
use boathook_engine::manage::webhooks::{self, Refusal};
use boathook_store::{DeliveryKind, NewDelivery};
use boathook_testkit::{Receiver, Reply, World, actor, hook};
use boathook_wire::arm::condition::Condition;
use boathook_wire::arm::webhook::parameters::Update;
use std::time::Duration;

/// How many attempts a new webhook's window lets go at once.
const WINDOW_FIRST: usize = 8;

/// Fills a webhook's window with attempts that wait for their answers, and its queue with others.
async fn with_a_full_queue(world: &World) -> Receiver {
    let receiver = world.receiver_always(Reply::from(200).held());
    world.create_webhook("hook1", hook(&receiver.uri())).await;
    for number in 0..3 * WINDOW_FIRST {
        world.push(&format!("app:v{number}")).await;
    }
    world.tick().await;
    receiver.has_received(WINDOW_FIRST).await;
    receiver
}

#[tokio::test]
async fn nothing_that_waits_is_sent_once_its_webhook_is_deleted() {
    let world = World::start().await;
    let receiver = with_a_full_queue(&world).await;
    world.delete_webhook("hook1").await;
    receiver.release();
    world.tick_until_idle().await;
    assert_eq!(receiver.requests().len(), WINDOW_FIRST, "only what was under way");
}

#[tokio::test]
async fn a_retry_is_cancelled_with_its_webhook() {
    let world = World::start().await;
    let receiver = world.receiver([503]);
    world.create_webhook("hook1", hook(&receiver.uri())).await;
    world.push("app:v1").await;
    world.tick_until_idle().await;
    world.delete_webhook("hook1").await;
    world.run_for(Duration::from_hours(48)).await;
    receiver.only();
}

#[tokio::test]
async fn what_happened_before_a_webhook_was_enabled_is_not_told() {
    let world = World::start().await;
    let receiver = world.receiver([200]);
    world.create_webhook("hook1", hook(&receiver.uri())).await;
    world.set_status("hook1", "disabled").await;
    world.push("app:v1").await;
    world.tick_until_idle().await;
    world.set_status("hook1", "enabled").await;
    world.push("app:v2").await;
    world.run_for(Duration::from_hours(1)).await;
    assert_eq!(receiver.only().json()["target"]["tag"], "v2");
}

#[tokio::test]
async fn a_webhook_made_anew_under_an_old_name_does_not_get_the_old_ones_events() {
    let world = World::start().await;
    let (old, new) = (world.receiver([503]), world.receiver([200]));
    world.create_webhook("hook1", hook(&old.uri())).await;
    world.push("app:v1").await;
    world.tick_until_idle().await;
    world.delete_webhook("hook1").await;
    world.create_webhook("hook1", hook(&new.uri())).await;
    assert!(world.events("hook1").await.is_empty());
    world.push("app:v2").await;
    world.run_for(Duration::from_hours(1)).await;
    assert_eq!(new.only().json()["target"]["tag"], "v2");
}

#[tokio::test]
async fn nothing_that_waits_is_sent_once_its_webhook_is_disabled() {
    let world = World::start().await;
    let receiver = with_a_full_queue(&world).await;
    world.set_status("hook1", "disabled").await;
    receiver.release();
    world.tick_until_idle().await;
    assert_eq!(receiver.requests().len(), WINDOW_FIRST, "only what was under way");
    let events = world.events("hook1").await;
    let is_cancelled = |state| state == DeliveryState::Cancelled;
    assert!(events.iter().all(|event| is_cancelled(event.state)), "all of them were pending");
    world.set_status("hook1", "enabled").await;
    world.run_for(Duration::from_hours(1)).await;
    assert_eq!(receiver.requests().len(), WINDOW_FIRST, "cancelled is for good");
}

#[tokio::test]
async fn a_webhook_enabled_at_once_after_it_was_disabled_hears_only_of_what_follows() {
    let world = World::start().await;
    let receiver = world.receiver([503, 200]);
    world.create_webhook("hook1", hook(&receiver.uri())).await;
    world.push("app:v1").await;
    world.tick_until_idle().await;
    world.set_status("hook1", "disabled").await;
    // No worker has come by yet.
    world.set_status("hook1", "enabled").await;
    world.push("app:v2").await;
    world.run_for(Duration::from_hours(1)).await;
    let requests = receiver.requests();
    assert_eq!(requests[1].json()["target"]["tag"], "v2");
    let states: Vec<_> = world.events("hook1").await.iter().map(|event| event.state).collect();
    assert_eq!(states, [DeliveryState::Delivered, DeliveryState::Cancelled]);
}

#[tokio::test]
async fn enabling_again_does_not_wait_for_ever_for_what_was_cancelled() {
    let world = World::start().await;
    let (db, now) = (&world.ctx().db, world.ctx().clock.now());
    let row = world.create_webhook("hook1", hook("https://example.com")).await;
    world.set_status("hook1", "disabled").await;
    let delivery = |number: u32| NewDelivery {
        webhook: row.id.clone(),
        event: EventId::new(number.to_string()),
        place: row.place.clone(),
        kind: DeliveryKind::Event,
        is_extended: false,
        due: now,
        lease: None,
        limit: now,
        now,
    };
    let revision = db.webhook_revision().await.unwrap();
    db.dispatch(revision, Vec::new(), (0..1_000).map(delivery).collect(), now).await.unwrap();
    let registry = world.registry().await;
    let status = Some("enabled".to_owned());
    let enable = Update { status, ..Update::default() };
    let time_flies = async {
        loop {
            world.clock().advance(Duration::from_secs(10));
            tokio::task::yield_now().await;
        }
    };
    let (any, actor) = (Condition::default(), actor());
    let told = tokio::select! {
        told = webhooks::update(world.ctx(), &registry, "hook1", enable, &any, &actor) => told.unwrap(),
        () = time_flies => unreachable!(),
    };
    assert!(matches!(told, Err(Refusal::Settling)), "{told:?}");
    world.set_status("hook1", "enabled").await;
    assert!(db.due().await.unwrap().is_empty(), "the same is done where there is time for it");
}
