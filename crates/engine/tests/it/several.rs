//! Several processes on one PostgreSQL.

use boathook_engine::DeliveryState;
use boathook_engine::manage::webhooks;
use boathook_testkit::{Reply, Settings, World, actor, hook};
use boathook_wire::arm::condition::Condition;
use std::collections::BTreeSet;
use std::time::Duration;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_processes_make_one_delivery_of_each_event() {
    let Some(world) = World::on_postgres(Settings::default()).await else { return };
    let receiver = world.receiver_always(200);
    world.create_webhook("hook1", hook(&receiver.uri())).await;
    let (second, third) = (world.sibling().await, world.sibling().await);
    for number in 0..200 {
        world.push_image(&format!("app:v{number}"), b"{}").await;
    }
    tokio::join!(world.tick_until_idle(), second.tick_until_idle(), third.tick_until_idle());
    // Whoever was idle first did not see what the others left for later.
    world.tick_until_idle().await;
    let arrived = receiver.events();
    assert_eq!(arrived.len(), 200, "none twice");
    assert_eq!(arrived.into_iter().collect::<BTreeSet<_>>().len(), 200, "none lost");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_takes_over_what_a_dead_one_held() {
    let Some(mut world) = World::on_postgres(Settings::default()).await else { return };
    let receiver = world.receiver([Reply::from(200).held(), Reply::from(200)]);
    world.create_webhook("hook1", hook(&receiver.uri())).await;
    let survivor = world.sibling().await;
    world.push("app:v1").await;
    world.tick().await;
    receiver.has_received(1).await;
    survivor.tick_until_idle().await;
    assert_eq!(receiver.requests().len(), 1, "the lease is respected while it runs");
    world.kill_and_restart().await;
    world.clock().advance(Duration::from_mins(3));
    survivor.tick_until_idle().await;
    let [first, second] = &receiver.events()[..] else { panic!("{}", receiver.transcript()) };
    assert_eq!(first, second);
    assert_eq!(world.events("hook1").await[0].state, DeliveryState::Delivered);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_webhook_that_another_process_disabled_is_sent_nothing() {
    let Some(world) = World::on_postgres(Settings::default()).await else { return };
    let receiver = world.receiver([200]);
    world.create_webhook("hook1", hook(&receiver.uri())).await;
    let other = world.sibling().await;
    world.push("app:v1").await;
    other.tick_until_idle().await;
    receiver.only();
    world.set_status("hook1", "disabled").await;
    world.push("app:v2").await;
    other.tick_until_idle().await;
    receiver.only();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_that_make_the_same_webhook_make_one() {
    let Some(world) = World::on_postgres(Settings::default()).await else { return };
    let receiver = world.receiver_always(200);
    let other = world.sibling().await;
    let registry = world.registry().await;
    let (any, actor) = (Condition::default(), actor());
    let make = |ctx| webhooks::create(ctx, &registry, "hook1", hook(&receiver.uri()), &any, &actor);
    let (one, two) = tokio::join!(make(world.ctx()), make(other.ctx()));
    assert!(one.unwrap().is_ok() || two.unwrap().is_ok());
    assert_eq!(webhooks::list(world.ctx(), &registry).await.unwrap().len(), 1);
    world.push("app:v1").await;
    other.tick_until_idle().await;
    receiver.only();
}
