//! Manifests and tags go.

use super::locks::set;
use super::promises;
use super::samples::*;
use crate::db::Db;
use crate::{BlobDeletion, Deletion, Holder, ManifestForecast, Untagging};
use boathook_core::lock::{Attributes, Locked};
use boathook_core::name::Reference;
use futures_util::future::join_all;

promises![
    a_deleted_tag_leaves_its_manifest,
    a_deleted_manifest_takes_its_tags_and_leaves_one_event,
    a_deleted_manifest_no_longer_needs_its_blobs,
    what_is_not_there_is_not_deleted_and_not_announced,
    racing_deleters_announce_one_deletion,
    what_was_deleted_can_be_pushed_again,
    a_manifest_that_can_no_longer_be_read_can_be_deleted,
    a_forecast_is_what_a_deletion_does,
];

async fn a_deleted_tag_leaves_its_manifest(db: &Db) {
    let digest = pushed(db, "one", &["v1", "v2"], "e1").await;
    for expected in [Untagging::Removed, Untagging::Unknown] {
        assert_eq!(
            db.delete_tag(&place(), &app(), &tag("v1"), NOW, untagging("untag")).await.unwrap(),
            expected
        );
    }
    assert_eq!(db.tags(&place(), &app(), "", 9).await.unwrap().unwrap(), ["v2"]);
    let found = db.manifest(&place(), &app(), &Reference::Digest(digest)).await.unwrap();
    assert!(found.is_some());
}

async fn a_deleted_manifest_takes_its_tags_and_leaves_one_event(db: &Db) {
    let digest = pushed(db, "one", &["v2", "V1", "v10"], "e1").await;
    pushed(db, "two", &["other"], "e2").await;
    let deletion = db.delete_manifest(&place(), &app(), &digest, announcing("e3")).await.unwrap();
    let Deletion::Deleted(deleted) = deletion else { panic!("{deletion:?}") };
    assert_eq!(deleted.digest, digest);
    assert_eq!(deleted.tags, [tag("V1"), tag("v10"), tag("v2")]);
    assert_eq!(db.tags(&place(), &app(), "", 9).await.unwrap().unwrap(), ["other"]);
    for reference in ["v2", digest.as_str()] {
        let found = db.manifest(&place(), &app(), &reference.parse().unwrap()).await.unwrap();
        assert!(found.is_none());
    }
    let events = db.undispatched(9).await.unwrap();
    assert_eq!(events.len(), 3);
    assert_eq!(events[2].tags, ["V1", "v10", "v2"]);
}

async fn a_deleted_manifest_no_longer_needs_its_blobs(db: &Db) {
    db.commit_blob(blob("layer")).await.unwrap();
    let bytes = artifact("one", &["layer"], None);
    db.commit_push(push(&bytes, &[], "e1")).await.unwrap();
    let deletion = db.delete_blob(&place(), &app(), &sha256("layer"), NOW).await.unwrap();
    assert_eq!(deletion, BlobDeletion::Needed { by: digest_of(&bytes) });
    db.delete_manifest(&place(), &app(), &digest_of(&bytes), announcing("e2")).await.unwrap();
    let deletion = db.delete_blob(&place(), &app(), &sha256("layer"), NOW).await.unwrap();
    assert_eq!(deletion, BlobDeletion::Deleted);
}

async fn what_is_not_there_is_not_deleted_and_not_announced(db: &Db) {
    let absent = sha256("absent");
    let deletion = db.delete_manifest(&place(), &app(), &absent, announcing("e1")).await.unwrap();
    assert_eq!(deletion, Deletion::Unknown);
    assert!(undispatched(db).await.is_empty());
}

async fn racing_deleters_announce_one_deletion(db: &Db) {
    let digest = pushed(db, "one", &["v1"], "e0").await;
    let digest = &digest;
    let deleters = ["e1", "e2", "e3", "e4"].map(async |event_id| {
        db.delete_manifest(&place(), &app(), digest, announcing(event_id)).await.unwrap()
    });
    let deletions = join_all(deleters).await;
    let done = deletions.iter().filter(|deletion| matches!(deletion, Deletion::Deleted(_)));
    assert_eq!(done.count(), 1);
    assert_eq!(undispatched(db).await.len(), 2);
}

async fn what_was_deleted_can_be_pushed_again(db: &Db) {
    let digest = pushed(db, "one", &["v1"], "e1").await;
    db.delete_manifest(&place(), &app(), &digest, announcing("e2")).await.unwrap();
    assert_eq!(pushed(db, "one", &["v1"], "e3").await, digest);
    let found = db.manifest(&place(), &app(), &"v1".parse().unwrap()).await.unwrap();
    assert_eq!(found.unwrap().info.digest, digest);
}

async fn a_manifest_that_can_no_longer_be_read_can_be_deleted(db: &Db) {
    db.commit_blob(blob("layer")).await.unwrap();
    let mut unread = push(&artifact("one", &["layer"], None), &["v1"], "e1");
    unread.bytes = "what an older program took".into();
    let digest = unread.digest.clone();
    db.commit_push(unread).await.unwrap();
    let deletion = db.delete_manifest(&place(), &app(), &digest, announcing("e2")).await.unwrap();
    assert!(matches!(deletion, Deletion::Deleted(_)));
    let deletion = db.delete_blob(&place(), &app(), &sha256("layer"), NOW).await.unwrap();
    assert_eq!(deletion, BlobDeletion::Deleted, "nothing needs it any more");
}

async fn a_forecast_is_what_a_deletion_does(db: &Db) {
    let absent = sha256("absent");
    assert_eq!(db.manifest_forecast(&place(), &app(), &absent).await.unwrap(), None);
    assert_eq!(db.repository_forecast(&place(), &app()).await.unwrap(), None);
    let needed = artifact("one", &[], None);
    let digest = pushed(db, "one", &["v1"], "e1").await;
    let index = index(&[&needed]);
    db.commit_push(push(&index, &[], "e2")).await.unwrap();
    let locked = |locked| Some(ManifestForecast { locked, needed_by: vec![digest_of(&index)] });
    assert_eq!(db.manifest_forecast(&place(), &app(), &digest).await.unwrap(), locked(None));
    assert_eq!(db.repository_forecast(&place(), &app()).await.unwrap(), Some(Ok(())));
    let kept = Attributes { is_delete_enabled: false, ..Attributes::UNLOCKED };
    assert!(set(db, &Holder::Tag(tag("v1")), kept).await);
    let found = db.manifest_forecast(&place(), &app(), &digest).await.unwrap();
    assert_eq!(found, locked(Some(Locked::Tag)));
    let found = db.repository_forecast(&place(), &app()).await.unwrap();
    assert_eq!(found, Some(Err(Locked::Tag)));
    // To ask changes nothing.
    let found = db.manifest(&place(), &app(), &Reference::Digest(digest)).await.unwrap();
    assert!(found.is_some());
}
