//! What PostgreSQL promises alone.

use super::collecting::{files, step};
use super::engines::{Noon, administer, on_postgres, open, opened, server};
use super::samples::*;
use crate::db::Db;
use crate::error::{Error, Fault};
use crate::row::params;
use crate::tx::Tx;
use crate::{Holder, RemovedBlobs};
use boathook_core::digest::Digest;
use boathook_core::lock::Attributes;
use futures_util::future::join_all;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use tokio::runtime::Handle;
use tokio::sync::Barrier;

async fn promise(promise: impl AsyncFnOnce(&Db)) {
    on_postgres(async |url: &str| opened(url, promise).await).await;
}

async fn execute(db: &Db, sql: &'static str) {
    db.write("test", async move |tx: &mut Tx<'_>| tx.execute(sql, params![]).await).await.unwrap();
}

#[tokio::test]
async fn sessions_that_the_server_has_ended_are_replaced() {
    on_postgres(async |url: &str| {
        let name = url.rsplit('/').next().unwrap();
        let end_all = format!(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
        );
        let promise = async |db: &Db| {
            for round in 0..3 {
                let many = (0..8).map(async |number| {
                    pushed(db, "one", &["v1"], &format!("e{round}{number}")).await;
                });
                join_all(many).await;
                administer(&server().unwrap(), &end_all).await;
                assert_eq!(db.tags(&place(), &app(), "", 9).await.unwrap().unwrap(), ["v1"]);
                administer(&server().unwrap(), &end_all).await;
                pushed(db, "one", &["v1"], &format!("e{round}")).await;
            }
            assert_eq!(undispatched(db).await.len(), 27);
        };
        opened(url, promise).await;
    })
    .await;
}

/// Has a collector move a file whose session has ended, so that somebody has pushed the blob meanwhile.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_was_moved_without_a_lock_is_put_back() {
    on_postgres(async |url: &str| {
        let name = url.rsplit('/').next().unwrap();
        let end_all = format!(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
        );
        let files = Arc::new(files());
        let (db, pusher) = (open(url).await, Arc::new(Db::open(url, &Noon).await.unwrap()));
        files.push(&db, "layer", "first").await;
        db.review_links(step(NOW.0)).await.unwrap();
        let (moving, pushing) = (Arc::clone(&files), Arc::clone(&pusher));
        let set_aside = move |digest: &Digest| {
            let push = async {
                administer(&server().unwrap(), &end_all).await;
                moving.push(&pushing, "layer", "second").await;
            };
            tokio::task::block_in_place(|| Handle::current().block_on(push));
            moving.blobs.set_aside(&place(), digest)
        };
        let put_back = |digest: &Digest| files.blobs.put_back(&place(), digest);
        let removed = db.remove_blobs(step(NOW.0), set_aside, put_back).await.unwrap();
        assert_eq!(removed, RemovedBlobs::default(), "it is doomed no more");
        assert!(db.blob(&place(), &app(), &sha256("layer")).await.unwrap().is_some());
        assert!(files.has("layer"));
        db.close().await;
        drop(pusher);
    })
    .await;
}

const END_OWN_SESSION: &str =
    "SELECT CASE WHEN pg_terminate_backend(pg_backend_pid()) THEN 1 ELSE 0 END";

/// Writes a row, and ends its own session in the first `endings` runs.
async fn interrupted(db: &Db, endings: u32) -> Result<u32, Error> {
    let runs = Arc::new(AtomicU32::new(0));
    db.write("test", async move |tx: &mut Tx<'_>| {
        let sql = "INSERT INTO revision (subject, number) VALUES ('row', 1)";
        tx.execute(sql, params![]).await?;
        let run = runs.fetch_add(1, Ordering::Relaxed) + 1;
        if run <= endings {
            tx.query(END_OWN_SESSION, params![]).await?;
        }
        Ok(run)
    })
    .await
}

#[tokio::test]
async fn a_write_whose_session_ends_in_the_middle_runs_again() {
    promise(async |db: &Db| assert_eq!(interrupted(db, 1).await.unwrap(), 2)).await;
}

#[tokio::test]
async fn a_write_whose_sessions_keep_ending_hears_that_the_server_is_unreachable() {
    promise(async |db: &Db| {
        let error = interrupted(db, 9).await.unwrap_err();
        assert!(matches!(error, Error::Unreachable { transaction: "test", .. }), "{error:?}");
        assert!(error.is_transient());
        assert_eq!(interrupted(db, 0).await.unwrap(), 1);
    })
    .await;
}

/// Nobody can tell whether it was committed, so that only its caller may decide to run it again.
#[tokio::test]
async fn a_write_whose_session_ends_at_the_commit_is_not_run_again() {
    promise(async |db: &Db| {
        execute(
            db,
            "CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS
                     'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END'",
        )
        .await;
        execute(
            db,
            "CREATE CONSTRAINT TRIGGER die AFTER INSERT ON revision DEFERRABLE INITIALLY DEFERRED
                     FOR EACH ROW EXECUTE FUNCTION die()",
        )
        .await;
        let runs = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&runs);
        let write = db.write("test", async move |tx: &mut Tx<'_>| {
            counted.fetch_add(1, Ordering::Relaxed);
            let sql = "INSERT INTO revision (subject, number) VALUES ('row', 1)";
            tx.execute(sql, params![]).await
        });
        let error = write.await.unwrap_err();
        assert!(matches!(error, Error::Unreachable { .. }), "{error:?}");
        assert_eq!(runs.load(Ordering::Relaxed), 1);
        pushed(db, "one", &[], "e1").await;
    })
    .await;
}

/// Each of two writers reads what the other changes: no order of the two explains what both saw.
#[tokio::test]
async fn a_loser_that_is_told_at_its_commit_runs_again() {
    promise(async |db: &Db| {
        execute(db, "INSERT INTO revision (subject, number) VALUES ('left', 0), ('right', 0)")
            .await;
        let (barrier, runs) = (Arc::new(Barrier::new(2)), Arc::new(AtomicU32::new(0)));
        let copy = async |from: &'static str, to: &'static str| {
            let (barrier, runs) = (Arc::clone(&barrier), Arc::clone(&runs));
            let write = db.write("test", async move |tx: &mut Tx<'_>| {
                let is_first = runs.fetch_add(1, Ordering::Relaxed) < 2;
                let sql = "SELECT number FROM revision WHERE subject = $1";
                let seen = tx.query(sql, params![from]).await?[0].int(0);
                let sql = "UPDATE revision SET number = $1 WHERE subject = $2";
                tx.execute(sql, params![seen + 1, to]).await?;
                if is_first {
                    barrier.wait().await;
                }
                Ok::<_, Fault>(seen)
            });
            write.await.unwrap()
        };
        let (left, right) = tokio::join!(copy("left", "right"), copy("right", "left"));
        assert_eq!(left + right, 1, "one of them has seen the other's");
        // Once more at least: the server may turn a loser away while the winner is not quite done.
        assert!(2 < runs.load(Ordering::Relaxed));
    })
    .await;
}

#[tokio::test]
async fn a_server_that_is_not_there_is_unreachable() {
    let error = Db::open("postgres://postgres@127.0.0.1:1/boathook", &Noon).await.err().unwrap();
    assert!(matches!(error, Error::Unreachable { transaction: "open", .. }), "{error:?}");
    assert!(error.is_transient());
}

#[tokio::test]
async fn what_another_node_has_written_is_read() {
    on_postgres(async |url: &str| {
        let (here, there) = (open(url).await, open(url).await);
        let read = async |reference: &str| {
            let found = here.manifest(&place(), &app(), &reference.parse().unwrap()).await;
            found
                .unwrap()
                .map(|manifest| (manifest.info.digest.clone(), manifest.info.media_type.clone()))
        };
        let artifact_type = boathook_core::media_type::OCI_ARTIFACT.to_owned();
        let one = pushed(&here, "one", &["v1"], "e1").await;
        assert_eq!(read("v1").await, Some((one.clone(), artifact_type.clone())));
        let two = pushed(&there, "two", &["v1"], "e2").await;
        assert_eq!(read("v1").await, Some((two.clone(), artifact_type.clone())));
        there.delete_tag(&place(), &app(), &tag("v1"), NOW, untagging("untag")).await.unwrap();
        assert_eq!(read("v1").await, None);
        assert_eq!(read(one.as_str()).await, Some((one.clone(), artifact_type)));
        there.delete_manifest(&place(), &app(), &one, announcing("e3")).await.unwrap();
        assert_eq!(read(one.as_str()).await, None);
        let mut again = push(&artifact("one", &[], None), &["v1"], "e4");
        again.manifest.media_type = "application/x-other".to_owned();
        there.commit_push(again).await.unwrap();
        for reference in ["v1", one.as_str()] {
            assert_eq!(
                read(reference).await,
                Some((one.clone(), "application/x-other".to_owned()))
            );
        }
        here.commit_blob(blob("layer")).await.unwrap();
        assert!(here.blob(&place(), &app(), &sha256("layer")).await.unwrap().is_some());
        there.delete_blob(&place(), &app(), &sha256("layer"), NOW).await.unwrap();
        assert!(here.blob(&place(), &app(), &sha256("layer")).await.unwrap().is_none());
    })
    .await;
}

#[tokio::test]
async fn what_another_node_has_locked_is_locked() {
    on_postgres(async |url: &str| {
        let (here, there) = (open(url).await, open(url).await);
        let digest = pushed(&here, "one", &["v1"], "e1").await;
        let read = async || {
            let found = here.manifest(&place(), &app(), &"v1".parse().unwrap()).await;
            let found = found.unwrap().unwrap();
            (found.repository, found.manifest, found.tag.unwrap())
        };
        let all = Attributes::UNLOCKED;
        let locked = Attributes { is_read_enabled: false, ..all };
        assert_eq!(read().await, (all, all, all));
        for (holder, expected) in [
            (Holder::Tag(tag("v1")), (all, all, locked)),
            (Holder::Manifest(digest), (all, locked, locked)),
            (Holder::Repository, (locked, locked, locked)),
        ] {
            let lock = move |_| locked;
            assert!(
                there
                    .set_attributes(&place(), &app(), holder, lock, NOW, relocking("lock"))
                    .await
                    .unwrap()
            );
            assert_eq!(read().await, expected);
        }
    })
    .await;
}
