//! A read sees every write that was answered before it.

use super::promises;
use super::samples::*;
use crate::db::Db;
use boathook_core::digest::Digest;
use std::sync::atomic::{AtomicBool, Ordering};

promises![
    a_read_after_a_write_sees_it,
    a_read_of_a_blob_after_its_deletion_finds_none,
    a_hammering_reader_never_sees_an_older_push,
];

pub(super) async fn at_v1(db: &Db) -> Option<Digest> {
    let found = db.manifest(&place(), &app(), &"v1".parse().unwrap()).await.unwrap();
    found.map(|manifest| manifest.info.digest.clone())
}

async fn a_read_after_a_write_sees_it(db: &Db) {
    assert_eq!(at_v1(db).await, None);
    let one = pushed(db, "one", &["v1"], "e1").await;
    assert_eq!(at_v1(db).await, Some(one.clone()));
    let two = pushed(db, "two", &["v1"], "e2").await;
    assert_eq!(at_v1(db).await, Some(two.clone()));
    db.delete_tag(&place(), &app(), &tag("v1"), NOW, untagging("untag")).await.unwrap();
    assert_eq!(at_v1(db).await, None);
    pushed(db, "one", &["v1"], "e3").await;
    assert_eq!(at_v1(db).await, Some(one.clone()));
    db.delete_manifest(&place(), &app(), &one, announcing("e4")).await.unwrap();
    assert_eq!(at_v1(db).await, None);
    let by_digest = one.as_str().parse().unwrap();
    assert!(db.manifest(&place(), &app(), &by_digest).await.unwrap().is_none());
    let by_digest = two.as_str().parse().unwrap();
    assert!(db.manifest(&place(), &app(), &by_digest).await.unwrap().is_some());
}

async fn a_read_of_a_blob_after_its_deletion_finds_none(db: &Db) {
    db.commit_blob(blob("layer")).await.unwrap();
    for _ in 0..2 {
        assert!(db.blob(&place(), &app(), &sha256("layer")).await.unwrap().is_some());
    }
    db.delete_blob(&place(), &app(), &sha256("layer"), NOW).await.unwrap();
    assert!(db.blob(&place(), &app(), &sha256("layer")).await.unwrap().is_none());
    db.commit_blob(blob("layer")).await.unwrap();
    assert!(db.blob(&place(), &app(), &sha256("layer")).await.unwrap().is_some());
}

async fn a_hammering_reader_never_sees_an_older_push(db: &Db) {
    let is_over = AtomicBool::new(false);
    let hammer = async || {
        while !is_over.load(Ordering::Relaxed) {
            at_v1(db).await;
            tokio::task::yield_now().await;
        }
    };
    let writer = async {
        for turn in 0..50 {
            let digest = pushed(db, &format!("{}", turn % 3), &["v1"], &format!("e{turn}")).await;
            assert_eq!(at_v1(db).await, Some(digest));
        }
        db.delete_tag(&place(), &app(), &tag("v1"), NOW, untagging("untag")).await.unwrap();
        assert_eq!(at_v1(db).await, None);
        is_over.store(true, Ordering::Relaxed);
    };
    tokio::join!(writer, hammer(), hammer());
}
