//! What nobody needs goes, file and all, and nothing else.

use boathook_core::digest::{Algorithm, Digest};
use boathook_core::time::{Clock, Timestamp};
use boathook_engine::manage::garbage::{self, Report};
use boathook_engine::operations::{self, Ticked};
use boathook_engine::registry::pull;
use boathook_engine::steps::Steps as _;
use boathook_store::faults::Moment;
use boathook_testkit::{Settings, World, actor};
use std::time::Duration;

const HOUR: Duration = Duration::from_hours(1);
/// The grace of these worlds.
const GRACE: Duration = Duration::from_hours(24);
/// Not yet half a grace.
const YOUNG: Duration = Duration::from_hours(11);

/// A config that is too large for a row.
fn large(name: &str) -> Vec<u8> {
    format!("{{\"name\":\"{name}\",\"fill\":\"{}\"}}", "x".repeat(20_000)).into_bytes()
}

fn digest_of(name: &str) -> Digest {
    Algorithm::Sha256.digest(&large(name))
}

/// Whether a client is told that the repository has the blob.
async fn is_shown(world: &World, digest: &Digest) -> bool {
    let (ctx, app) = (world.ctx(), "app".parse().unwrap());
    pull::blob(ctx, &ctx.place(), &app, digest).await.unwrap().unwrap().is_some()
}

fn has_file(world: &World, digest: &Digest) -> bool {
    world.ctx().blobs.read(&world.ctx().place(), digest).is_ok()
}

async fn collect_after(world: &World, age: Duration) {
    let later = world.clock().now().after(age);
    world.clock().set(later);
    world.node().collect().await;
}

#[tokio::test]
async fn the_blobs_of_a_deleted_image_go_when_the_grace_is_over() {
    let world = World::start().await;
    let kept = world.push_image("app:kept", &large("kept")).await;
    let image = world.push_image("app:v1", &large("layer")).await;
    collect_after(&world, GRACE * 2).await;
    assert!(has_file(&world, &digest_of("layer")), "an image needs it");
    world.delete_manifest("app", &image).await;
    collect_after(&world, Duration::from_millis(24 * 60 * 60 * 1_000 - 1)).await;
    assert!(has_file(&world, &digest_of("layer")));
    collect_after(&world, Duration::from_millis(1)).await;
    assert!(!has_file(&world, &digest_of("layer")));
    assert!(!is_shown(&world, &digest_of("layer")).await);
    assert!(has_file(&world, &digest_of("kept")) && is_shown(&world, &digest_of("kept")).await);
    let registry = world.ctx().place().registry;
    let last = world.ctx().db.collections(&registry).await.unwrap().remove(0);
    let bytes = large("layer").len() as u64;
    assert_eq!((last.link_count, last.blob_count, last.blob_bytes), (1, 1, bytes));
    assert_eq!(last.ended, Some(world.clock().now()));
    assert_eq!(world.ctx().meters.collected_bytes.get(), bytes);
    world.push_image("app:v1", &large("layer")).await;
    assert!(has_file(&world, &digest_of("layer")));
    world.delete_manifest("app", &kept).await;
    world.tick_until_idle().await;
}

#[tokio::test]
async fn who_was_told_of_a_blob_has_half_a_grace_to_push_what_needs_it() {
    let world = World::start().await;
    let app = "app".parse().unwrap();
    world.push_blob(&app, &large("layer")).await;
    let layer = digest_of("layer");
    // Asked for while it is young, it is not written to; asked for later, it stays for another grace.
    world.clock().set(world.clock().now().after(YOUNG));
    assert!(is_shown(&world, &layer).await);
    let idle = async || {
        let found = world.ctx().db.blob(&world.ctx().place(), &app, &layer).await.unwrap();
        found.unwrap().info.idle
    };
    let pushed = world.clock().now().0 - i64::try_from(YOUNG.as_millis()).unwrap();
    assert_eq!(idle().await, Some(Timestamp(pushed)));
    world.clock().set(world.clock().now().after(HOUR));
    assert!(is_shown(&world, &layer).await);
    assert_eq!(idle().await, Some(world.clock().now()));
    collect_after(&world, Duration::from_hours(23)).await;
    assert!(is_shown(&world, &layer).await);
    collect_after(&world, Duration::from_hours(23)).await;
    assert!(has_file(&world, &layer), "it was asked for");
    collect_after(&world, HOUR).await;
    assert!(!is_shown(&world, &layer).await && !has_file(&world, &layer));
}

#[tokio::test]
async fn who_was_told_by_a_server_that_does_not_collect_is_heard_by_one_that_does() {
    let mut settings = Settings::default();
    settings.limits.collects = false;
    let mut world = World::with(settings).await;
    world.push_blob(&"app".parse().unwrap(), &large("layer")).await;
    let layer = digest_of("layer");
    collect_after(&world, Duration::from_hours(23)).await;
    assert!(is_shown(&world, &layer).await);
    world.kill_and_restart_with(Settings::default()).await;
    collect_after(&world, Duration::from_hours(23)).await;
    assert!(is_shown(&world, &layer).await && has_file(&world, &layer));
}

#[tokio::test]
async fn one_place_that_cannot_be_collected_keeps_no_other_from_it() {
    let settings = Settings { regions: &["local", "second"], ..Settings::default() };
    let world = World::with(settings).await;
    let blobs = world.folder().join("blobs");
    // There cannot be a folder where a file is.
    let first = blobs.join("boathook/local");
    std::fs::create_dir_all(&first).unwrap();
    std::fs::write(first.join("gone"), "in the way").unwrap();
    let second = blobs.join("boathook/second/gone");
    std::fs::create_dir_all(&second).unwrap();
    std::fs::write(second.join("leftover"), "to be removed").unwrap();
    world.node().collect().await;
    assert!(!second.join("leftover").exists());
    // The same with what is left of registries.
    std::fs::write(second.join("leftover"), "to be removed").unwrap();
    std::fs::write(blobs.join(".gone"), "in the way").unwrap();
    world.node().collect().await;
    assert!(!second.join("leftover").exists());
}

#[tokio::test]
async fn one_place_that_cannot_be_collected_keeps_no_other_from_what_was_asked_for() {
    let settings = Settings { regions: &["local", "second"], ..Settings::default() };
    let world = World::with(settings).await;
    let ctx = world.ctx();
    world.push_blob(&"app".parse().unwrap(), &large("layer")).await;
    let second = world.folder().join("blobs/boathook/second");
    std::fs::create_dir_all(&second).unwrap();
    std::fs::write(second.join("gone"), "in the way").unwrap();
    world.clock().set(world.clock().now().after(GRACE));
    let begun = garbage::begin(ctx, &world.registry().await, false, &actor()).await;
    let begun = begun.unwrap().unwrap();
    while let Ticked::PutOff(at) = operations::tick(ctx).await.unwrap() {
        world.clock().set(at);
    }
    let end = ctx.db.operation(&begun.id).await.unwrap().unwrap().end.expect("it has ended");
    let failure = end.failure.expect("it has failed");
    assert!(failure.message.contains("in second, for the reasons"), "{}", failure.message);
    assert!(!has_file(&world, &digest_of("layer")));
    let last = garbage::last(ctx, &world.registry().await.name).await.unwrap();
    let [local, second] = &last[..] else { panic!("{last:?}") };
    assert!(local.ended.is_some() && second.ended.is_none());
    for row in [local, second] {
        assert!(!garbage::is_under_way(ctx, row).await.unwrap(), "{row:?}");
    }
}

#[tokio::test]
async fn a_killed_collector_is_followed_by_another() {
    let mut world = World::start().await;
    for name in ["one", "two"] {
        world.push_blob(&"app".parse().unwrap(), &large(name)).await;
    }
    world.clock().set(world.clock().now().after(GRACE));
    let mut pass = boathook_engine::collection::Pass::default();
    // The pass begins, the run begins, the links go.
    for _ in 0..3 {
        assert!(pass.step(world.ctx()).await.unwrap());
    }
    drop(pass);
    assert!(has_file(&world, &digest_of("one")));
    world.kill_and_restart().await;
    world.node().collect().await;
    assert!(has_file(&world, &digest_of("one")), "the lease of the dead process still runs");
    collect_after(&world, Duration::from_mins(1)).await;
    for name in ["one", "two"] {
        assert!(!has_file(&world, &digest_of(name)));
    }
}

#[tokio::test]
async fn nothing_goes_where_it_is_switched_off_or_another_database_decides() {
    let mut settings = Settings::default();
    settings.limits.collects = false;
    let mut world = World::with(settings).await;
    world.push_blob(&"app".parse().unwrap(), &large("layer")).await;
    collect_after(&world, GRACE * 2).await;
    assert!(has_file(&world, &digest_of("layer")));
    world.kill_and_restart_with(Settings::default()).await;
    let path = world.ctx().blobs.collector_path();
    std::fs::write(&path, "another\n").unwrap();
    world.node().collect().await;
    assert!(has_file(&world, &digest_of("layer")));
    std::fs::remove_file(path).unwrap();
    world.node().collect().await;
    assert!(!has_file(&world, &digest_of("layer")));
}

/// Has one write of the operation fail; whether it came to that before the end.
async fn breaks_off_at(world: &World, number: u32, moment: Moment) -> bool {
    let (ctx, app) = (world.ctx(), "app".parse().unwrap());
    let names = ["one", "two"].map(|name| format!("{name} {number} {moment:?}"));
    for name in &names {
        world.push_blob(&app, &large(name)).await;
    }
    world.clock().set(world.clock().now().after(GRACE));
    let begun = garbage::begin(ctx, &world.registry().await, false, &actor()).await;
    let begun = begun.unwrap().unwrap();
    ctx.db.faults().plan(number, moment);
    let ended = loop {
        match operations::tick(ctx).await {
            Ok(Ticked::PutOff(at)) => world.clock().set(at),
            Ok(Ticked::Ended) => (),
            // Whoever was at it is dead, and its leases run out.
            Err(_) | Ok(Ticked::Nothing) => {
                world.clock().set(world.clock().now().after(Duration::from_mins(1)));
            }
        }
        let found = ctx.db.operation(&begun.id).await.unwrap().unwrap();
        if found.end.is_some() {
            break found;
        }
    };
    let report = Report::of(&ended).unwrap();
    let bytes = names.iter().map(|name| large(name).len() as u64).sum();
    let all = garbage::Amount { links: 2, blobs: 2, bytes };
    assert_eq!((report.due, report.freed), (all, all), "{number} {moment:?}");
    assert!(names.iter().all(|name| !has_file(world, &digest_of(name))), "{number} {moment:?}");
    !ctx.db.faults().drop_plan()
}

#[tokio::test]
async fn what_is_asked_for_breaks_off_anywhere_and_counts_each_blob_once() {
    let world = World::start().await;
    for moment in [Moment::BeforeCommit, Moment::AfterCommit] {
        let mut number = 1;
        while breaks_off_at(&world, number, moment).await {
            number += 1;
        }
        // A turn that looks is claimed, begins, is noted and put off; one that removes is claimed, goes on, reviews, removes
        // twice, ends, and is noted with the end of the operation.
        assert_eq!(number, 13, "{moment:?}");
    }
}
