//! What is damaged is found, and what is repaired is what no image needs.

use boathook_core::digest::{Algorithm, Digest};
use boathook_core::time::Timestamp;
use boathook_engine::fsck::{self, Checked, Finding, Fsck};
use boathook_engine::registry::pull;
use boathook_testkit::World;
use std::fs;
use std::path::PathBuf;

/// 1 January 2100: every file is old.
const MUCH_LATER: Timestamp = Timestamp(4_102_444_800_000);
const LOOK: Fsck = Fsck { verifies_digests: true, repairs: false };
const REPAIR: Fsck = Fsck { verifies_digests: true, repairs: true };

fn large(name: &str) -> Vec<u8> {
    format!("{{\"name\":\"{name}\",\"fill\":\"{}\"}}", "x".repeat(20_000)).into_bytes()
}

fn path_of(world: &World, digest: &Digest) -> PathBuf {
    let hex = digest.hex();
    world.folder().join("blobs/boathook/local/sha256").join(&hex[..2]).join(hex)
}

async fn look(world: &World, fsck: Fsck, now: Timestamp) -> (Vec<Finding>, Checked) {
    let (ctx, mut findings) = (world.ctx(), Vec::new());
    let mut tell = |finding: &Finding, _| findings.push(finding.clone());
    let checked = fsck::check(&ctx.db, &ctx.blobs, fsck, now, &mut tell).await.unwrap();
    (findings, checked)
}

async fn is_clean(world: &World) {
    let (findings, _) = look(world, LOOK, MUCH_LATER).await;
    assert_eq!(findings, []);
}

#[tokio::test]
async fn a_blob_that_lost_its_bytes_breaks_its_image_until_it_is_pushed_again() {
    let world = World::start().await;
    let image = world.push_image("app:v1", &large("layer")).await;
    world.tick_until_idle().await;
    is_clean(&world).await;
    let layer = Algorithm::Sha256.digest(&large("layer"));
    let place = world.ctx().place();
    for fsck in [LOOK, REPAIR] {
        let is_there = fs::remove_file(path_of(&world, &layer)).is_ok();
        assert_eq!(is_there, fsck == LOOK);
        let (findings, checked) = look(&world, fsck, MUCH_LATER).await;
        assert_eq!(findings[0], Finding::MissingBytes(place.clone(), layer.clone()));
        let Finding::BrokenManifest(_, _, broken, why) = &findings[1] else {
            panic!("{findings:?}")
        };
        assert_eq!((broken, why), (&image, &format!("{layer} has no bytes")));
        assert_eq!((checked.found, checked.repaired), (2, 0));
    }
    // A client asks first, and pushes only what it is told is not there.
    let app = "app".parse().unwrap();
    let found = pull::blob(world.ctx(), &place, &app, &layer).await.unwrap().unwrap();
    assert!(found.is_none());
    world.push_blob(&"app".parse().unwrap(), &large("layer")).await;
    is_clean(&world).await;
    // The same number of other bytes.
    fs::write(path_of(&world, &layer), large("liyer")).unwrap();
    let (findings, _) = look(&world, Fsck::default(), MUCH_LATER).await;
    assert_eq!(findings, [], "nobody asked for the digests");
    let (findings, _) = look(&world, LOOK, MUCH_LATER).await;
    assert_eq!(findings, [Finding::DigestDiffers(place.clone(), layer.clone())]);
    fs::write(path_of(&world, &layer), "short").unwrap();
    let (findings, _) = look(&world, Fsck::default(), MUCH_LATER).await;
    assert_eq!(findings, [Finding::SizeDiffers(place, layer.clone(), 5)]);
    world.push_blob(&"app".parse().unwrap(), &large("layer")).await;
    is_clean(&world).await;
}

#[tokio::test]
async fn what_no_image_needs_is_repaired_when_that_is_asked_for() {
    let world = World::start().await;
    let lonely = world.push_blob(&"app".parse().unwrap(), &large("lonely")).await;
    fs::remove_file(path_of(&world, &lonely)).unwrap();
    let (orphan, unknown) = (path_of(&world, &Algorithm::Sha256.digest(b"orphan")), "notes.txt");
    let unknown = world.folder().join("blobs").join(unknown);
    let leftover = path_of(&world, &lonely).with_extension("mark");
    fs::create_dir_all(orphan.parent().unwrap()).unwrap();
    for path in [&orphan, &unknown, &leftover] {
        fs::write(path, "orphan").unwrap();
    }
    let now = Timestamp(1_000 * i64::try_from(fs_now()).unwrap());
    let (findings, _) = look(&world, LOOK, now).await;
    let of_row = Finding::MissingBytes(world.ctx().place(), lonely.clone());
    assert_eq!(findings, [of_row, Finding::UnknownFile(unknown.clone())], "the files are young");
    let (findings, checked) = look(&world, LOOK, MUCH_LATER).await;
    assert_eq!((findings.len(), checked.repaired), (4, 0));
    let (_, checked) = look(&world, REPAIR, MUCH_LATER).await;
    assert_eq!((checked.found, checked.repaired), (4, 3));
    assert!(unknown.exists() && !orphan.exists() && !leftover.exists());
    let (findings, _) = look(&world, LOOK, MUCH_LATER).await;
    assert_eq!(findings, [Finding::UnknownFile(unknown)]);
    assert_eq!(world.push_blob(&"app".parse().unwrap(), &large("lonely")).await, lonely);
}

#[tokio::test]
async fn nothing_is_repaired_where_another_database_says_what_is_needed() {
    let world = World::start().await;
    let orphan = path_of(&world, &Algorithm::Sha256.digest(b"orphan"));
    fs::create_dir_all(orphan.parent().unwrap()).unwrap();
    fs::write(&orphan, "orphan").unwrap();
    let lonely = world.push_blob(&"app".parse().unwrap(), &large("lonely")).await;
    fs::remove_file(path_of(&world, &lonely)).unwrap();
    let (db, blobs) = (&world.ctx().db, &world.ctx().blobs);
    fs::write(blobs.collector_path(), "another\n").unwrap();
    assert!(!fsck::may_repair(db, blobs).await.unwrap());
    let (_, checked) = look(&world, REPAIR, MUCH_LATER).await;
    assert_eq!((checked.found, checked.repaired, orphan.exists()), (2, 0, true));
    fs::remove_file(blobs.collector_path()).unwrap();
    assert!(fsck::may_repair(db, blobs).await.unwrap());
    let (_, checked) = look(&world, REPAIR, MUCH_LATER).await;
    assert_eq!((checked.found, checked.repaired, orphan.exists()), (2, 2, false));
}

/// What time it is to the files.
fn fs_now() -> u64 {
    let file = tempfile::NamedTempFile::new().unwrap();
    let modified = file.as_file().metadata().unwrap().modified().unwrap();
    modified.duration_since(std::time::UNIX_EPOCH).unwrap().as_secs()
}
