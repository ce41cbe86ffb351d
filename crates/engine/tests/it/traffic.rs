//! Counts of what goes through a registry.

use boathook_engine::traffic::{self, Activity, HOURS, TrafficKind};
use boathook_store::faults::Moment;
use boathook_testkit::World;
use std::time::Duration;

async fn activity(world: &World) -> Activity {
    traffic::of(world.ctx(), &world.ctx().place().registry).await.unwrap()
}

/// How many pushes each hour had, the oldest first.
fn pushes(activity: &Activity) -> Vec<u64> {
    activity.hours.iter().map(|hour| hour.counts[TrafficKind::Push as usize]).collect()
}

#[tokio::test]
async fn counts_are_by_the_hour_and_outlive_the_process() {
    let mut world = World::start().await;
    world.leaves_behind();
    world.push("app:v1").await;
    world.push("app:v2").await;
    let first = world.ctx().clock.now();
    world.clock().advance(Duration::from_hours(2));
    traffic::write(world.ctx()).await.unwrap();
    world.push("app:v3").await;
    traffic::write(world.ctx()).await.unwrap();
    let last = world.ctx().clock.now();
    world.kill_and_restart().await;
    let told = activity(&world).await;
    assert_eq!(told.hours.len(), HOURS);
    assert_eq!(pushes(&told)[HOURS - 3..], [2, 0, 1]);
    assert_eq!(told.last.get(&TrafficKind::Push), Some(&last));
    assert_eq!(told.last.get(&TrafficKind::Pull), None);
    assert!(told.hours[HOURS - 3].begins <= first && first < told.hours[HOURS - 2].begins);
}

#[tokio::test]
async fn what_cannot_be_written_down_is_counted_on() {
    let world = World::start().await;
    world.leaves_behind();
    world.push("app:v1").await;
    world.ctx().db.faults().plan(1, Moment::BeforeCommit);
    traffic::write(world.ctx()).await.unwrap_err();
    assert_eq!(pushes(&activity(&world).await)[HOURS - 1], 1);
    world.push("app:v2").await;
    traffic::write(world.ctx()).await.unwrap();
    assert_eq!(pushes(&activity(&world).await)[HOURS - 1], 2);
    // Nothing waits any more, and nothing is written where nothing was counted.
    world.ctx().db.faults().plan(1, Moment::BeforeCommit);
    traffic::write(world.ctx()).await.unwrap();
    assert!(world.ctx().db.faults().drop_plan());
}

#[tokio::test]
async fn hours_are_kept_for_thirty_days() {
    let world = World::start().await;
    world.push("app:v1").await;
    traffic::write(world.ctx()).await.unwrap();
    world.run_for(Duration::from_hours(24 * 29)).await;
    world.node().sweep().await;
    assert!(activity(&world).await.last.contains_key(&TrafficKind::Push));
    world.run_for(Duration::from_hours(24 * 2)).await;
    world.node().sweep().await;
    assert!(activity(&world).await.last.is_empty());
}
