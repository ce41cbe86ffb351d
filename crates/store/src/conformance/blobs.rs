//! Blobs become known to repositories, and unknown again.

use super::promises;
use super::samples::*;
use crate::db::Db;
use crate::{BlobContent, BlobDeletion, Blobs, CommitBlob, Mount, MountOutcome};
use futures_util::future::join_all;

promises![
    a_blob_is_known_to_its_own_repository_alone,
    a_small_blob_comes_back_from_its_row,
    a_large_blob_has_no_bytes_in_its_row,
    a_blob_that_a_manifest_needs_is_not_deleted,
    a_blob_that_nothing_needs_is_deleted,
    a_mount_needs_a_source,
    a_mount_without_a_source_named_takes_any,
    a_blob_is_never_deleted_from_under_a_racing_push,
];

async fn a_blob_is_known_to_its_own_repository_alone(db: &Db) {
    db.commit_blob(blob("layer")).await.unwrap();
    assert!(db.blob(&place(), &app(), &sha256("layer")).await.unwrap().is_some());
    let other = repository("team/other");
    assert!(db.blob(&place(), &other, &sha256("layer")).await.unwrap().is_none());
}

async fn a_small_blob_comes_back_from_its_row(db: &Db) {
    db.commit_blob(blob("layer")).await.unwrap();
    let found = db.blob(&place(), &app(), &sha256("layer")).await.unwrap().unwrap();
    assert_eq!((found.info.size, found.info.inline.as_deref()), (5, Some(&b"layer"[..])));
    db.commit_blob(blob("")).await.unwrap();
    let empty = db.blob(&place(), &app(), &sha256("")).await.unwrap().unwrap();
    assert_eq!((empty.info.size, empty.info.inline.as_deref()), (0, Some(&b""[..])));
}

async fn a_large_blob_has_no_bytes_in_its_row(db: &Db) {
    let folder = tempfile::tempdir().unwrap();
    let blobs = Blobs::open(folder.path()).unwrap();
    let staged = folder.path().join("staged");
    std::fs::write(&staged, "layer").unwrap();
    blobs.adopt(&staged, &place(), &sha256("layer")).unwrap();
    let content = BlobContent::InFile(blobs);
    db.commit_blob(CommitBlob { content, size: 1 << 40, ..blob("layer") }).await.unwrap();
    let found = db.blob(&place(), &app(), &sha256("layer")).await.unwrap().unwrap();
    assert_eq!((found.info.size, found.info.inline.as_deref()), (1 << 40, None));
}

async fn a_blob_that_a_manifest_needs_is_not_deleted(db: &Db) {
    db.commit_blob(blob("layer")).await.unwrap();
    let bytes = artifact("one", &["layer"], None);
    db.commit_push(push(&bytes, &["v1"], "e1")).await.unwrap();
    let deletion = db.delete_blob(&place(), &app(), &sha256("layer"), NOW).await.unwrap();
    assert_eq!(deletion, BlobDeletion::Needed { by: digest_of(&bytes) });
    assert!(db.blob(&place(), &app(), &sha256("layer")).await.unwrap().is_some());
}

async fn a_blob_that_nothing_needs_is_deleted(db: &Db) {
    db.commit_blob(blob("layer")).await.unwrap();
    let deletion = db.delete_blob(&place(), &app(), &sha256("layer"), NOW).await.unwrap();
    assert_eq!(deletion, BlobDeletion::Deleted);
    assert!(db.blob(&place(), &app(), &sha256("layer")).await.unwrap().is_none());
    let deletion = db.delete_blob(&place(), &app(), &sha256("layer"), NOW).await.unwrap();
    assert_eq!(deletion, BlobDeletion::Unknown);
}

fn mount(sources: Option<&[&str]>) -> Mount {
    Mount {
        place: place(),
        repository: repository("team/other"),
        digest: sha256("layer"),
        sources: sources.map(|names| names.iter().map(|name| repository(name)).collect()),
        now: NOW,
    }
}

async fn a_mount_needs_a_source(db: &Db) {
    assert_eq!(db.mount_blob(mount(Some(&["team/app"]))).await.unwrap(), MountOutcome::NoSource);
    db.commit_blob(blob("layer")).await.unwrap();
    assert_eq!(db.mount_blob(mount(Some(&[]))).await.unwrap(), MountOutcome::NoSource);
    assert_eq!(db.mount_blob(mount(Some(&["team/absent"]))).await.unwrap(), MountOutcome::NoSource);
    assert_eq!(
        db.mount_blob(mount(Some(&["team/absent", "team/app"]))).await.unwrap(),
        MountOutcome::Mounted
    );
    let other = repository("team/other");
    let found = db.blob(&place(), &other, &sha256("layer")).await.unwrap().unwrap();
    assert_eq!(found.info.inline.as_deref(), Some(&b"layer"[..]));
}

async fn a_mount_without_a_source_named_takes_any(db: &Db) {
    assert_eq!(db.mount_blob(mount(None)).await.unwrap(), MountOutcome::NoSource);
    db.commit_blob(blob("layer")).await.unwrap();
    assert_eq!(db.mount_blob(mount(None)).await.unwrap(), MountOutcome::Mounted);
    assert_eq!(db.mount_blob(mount(None)).await.unwrap(), MountOutcome::Mounted);
}

async fn a_blob_is_never_deleted_from_under_a_racing_push(db: &Db) {
    let races = (0..12).map(async |race| {
        let content = format!("layer {race}");
        db.commit_blob(blob(&content)).await.unwrap();
        let bytes = artifact("one", &[&content], None);
        let event_id = format!("e{race}");
        let (pushed, deleted) = tokio::join!(db.commit_push(push(&bytes, &[], &event_id)), async {
            db.delete_blob(&place(), &app(), &sha256(&content), NOW).await
        },);
        let is_pushed = pushed.unwrap() == crate::PushOutcome::Stored;
        let is_deleted = deleted.unwrap() == BlobDeletion::Deleted;
        assert!(is_pushed != is_deleted, "pushed: {is_pushed}, deleted: {is_deleted}");
    });
    join_all(races).await;
}
