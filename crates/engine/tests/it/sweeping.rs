//! What is old goes, and nothing else.

use boathook_core::time::Timestamp;
use boathook_engine::registry::upload::{self, At};
use boathook_testkit::{Settings, World, hook};
use std::time::Duration;

/// 1 January 2100, which lies more than a day after any file that a test makes.
const MUCH_LATER_MS: i64 = 4_102_444_800_000;

async fn begin(world: &World) -> At {
    let (place, repository) = (world.ctx().place(), "app".parse().unwrap());
    let id = upload::begin(world.ctx(), &place, &repository).await.unwrap().unwrap();
    At { place, repository, id }
}

#[tokio::test]
async fn uploads_that_nobody_goes_on_with_are_removed() {
    let world = World::start().await;
    let at = begin(&world).await;
    world.node().sweep().await;
    assert_eq!(upload::status(world.ctx(), at.clone()).await.unwrap(), Some(0), "it is young");
    world.clock().set(Timestamp(MUCH_LATER_MS));
    world.node().sweep().await;
    assert_eq!(upload::status(world.ctx(), at).await.unwrap(), None);
    assert_eq!(world.ctx().uploads.open_count(), 0);
}

#[tokio::test]
async fn the_uploads_of_a_process_that_died_count_and_give_way_in_time() {
    let mut settings = Settings::default();
    settings.limits.uploads_open_max = 1;
    let mut world = World::with(settings).await;
    let abandoned = begin(&world).await;
    world.kill_and_restart().await;
    assert_eq!(world.ctx().uploads.open_count(), 1);
    let (place, repository) = (world.ctx().place(), "app".parse().unwrap());
    let refused = upload::begin(world.ctx(), &place, &repository).await.unwrap();
    assert_eq!(refused, Err(upload::Refusal::TooMany));
    world.clock().set(Timestamp(MUCH_LATER_MS));
    let next = begin(&world).await;
    assert_eq!(upload::status(world.ctx(), abandoned).await.unwrap(), None);
    upload::cancel(world.ctx(), next).await.unwrap().unwrap();
}

#[tokio::test]
async fn events_are_kept_for_thirty_days() {
    let world = World::start().await;
    let receiver = world.receiver_always(200);
    world.create_webhook("hook1", hook(&receiver.uri())).await;
    let tagged = world.push("app:v1").await;
    world.tick_until_idle().await;
    world.run_for(Duration::from_hours(24 * 29)).await;
    world.push("app:v2").await;
    world.tick_until_idle().await;
    world.node().sweep().await;
    assert_eq!(world.events("hook1").await.len(), 2);
    world.run_for(Duration::from_hours(24 * 2)).await;
    world.node().sweep().await;
    assert_eq!(world.events("hook1").await.len(), 1);
    // What the events told of stays.
    let (place, app) = (world.ctx().place(), "app".parse().unwrap());
    let reference = tagged.to_string().parse().unwrap();
    let manifest = world.ctx().db.manifest(&place, &app, &reference).await.unwrap();
    assert!(manifest.is_some());
}

#[tokio::test]
async fn an_event_that_somebody_still_waits_for_is_not_forgotten() {
    let mut settings = Settings::default();
    settings.limits.event_age_max = Duration::from_mins(1);
    let world = World::with(settings).await;
    let receiver = world.receiver([503, 503, 503, 503, 503, 503, 200]);
    world.create_webhook("hook1", hook(&receiver.uri())).await;
    world.push("app:v1").await;
    world.run_for(Duration::from_mins(30)).await;
    world.node().sweep().await;
    world.run_for(Duration::from_hours(1)).await;
    assert_eq!(receiver.requests().len(), 7, "{}", receiver.transcript());
    world.node().sweep().await;
    assert!(world.events("hook1").await.is_empty());
}

#[tokio::test]
async fn an_event_that_nobody_wants_is_forgotten_at_once() {
    let world = World::start().await;
    world.push("app:v1").await;
    assert_eq!(world.ctx().db.undispatched(10).await.unwrap().len(), 1);
    world.tick_until_idle().await;
    assert_eq!(world.ctx().db.backlog().await.unwrap().oldest, None);
    assert!(world.ctx().db.undispatched(10).await.unwrap().is_empty());
}
