//! What SQLite promises alone.

use super::engines::{Noon, on_sqlite, open, opened};
use super::samples::*;
use super::{Stop, caching::at_v1};
use crate::db::Db;
use crate::error::Error;
use crate::row::params;
use crate::tx::Tx;
use crate::{BlobContent, CommitBlob};
use boathook_core::digest::Algorithm;
use futures_util::future::{join, join_all};

#[tokio::test]
async fn a_file_is_opened_by_one_at_a_time() {
    on_sqlite(async |url: &str| {
        let first = open(url).await;
        let second = Db::open(url, &Noon).await.err();
        assert!(matches!(second, Some(Error::InUse { .. })), "{second:?}");
        first.close().await;
        open(url).await.close().await;
    })
    .await;
}

#[tokio::test]
async fn an_address_may_have_slashes_and_stays_absolute() {
    on_sqlite(async |url: &str| {
        let path = url.strip_prefix("sqlite:").unwrap();
        for slashes in ["", "//", "///"] {
            let db = open(&format!("sqlite:{slashes}{path}")).await;
            pushed(&db, "one", &[], &format!("e{slashes}")).await;
            db.close().await;
        }
        let db = open(url).await;
        assert_eq!(undispatched(&db).await.len(), 3);
        db.close().await;
    })
    .await;
}

/// Five times as much as the log may hold is written without a pause.
#[tokio::test]
async fn the_log_is_bounded_however_busy_the_writer_is() {
    on_sqlite(async |url: &str| {
        let db = open(url).await;
        let log = format!("{}-wal", url.strip_prefix("sqlite:").unwrap());
        let mut longest = 0;
        for number in 0..80 {
            let write = db.write("test", async move |tx: &mut Tx<'_>| {
                let sql = "INSERT INTO event (id, registry, region, action, repository, tags, body, occurred_ms, dispatched_ms)
                           VALUES ($1, 'r', 'l', 'push', NULL, '', zeroblob(4194304), 0, 0)";
                tx.execute(sql, params![&number.to_string()]).await
            });
            write.await.unwrap();
            longest = longest.max(std::fs::metadata(&log).unwrap().len());
        }
        assert!((16 << 20..128 << 20).contains(&longest), "{longest}");
        db.close().await;
        assert!(!std::fs::exists(log).unwrap(), "who closes the file cleans up");
    })
    .await;
}

/// Gives the file room for `pages` more pages than it has.
async fn make_room(db: &Db, pages: i64) {
    let limit = db.write("test", async move |tx: &mut Tx<'_>| {
        let count = tx.query("PRAGMA page_count", params![]).await?[0].int(0);
        tx.query(&format!("PRAGMA max_page_count = {}", count + pages), params![]).await
    });
    limit.await.unwrap();
}

/// Stores twelve blobs of 16 KiB at once, and says which were stored.
async fn fill(db: &Db, round: u8) -> Vec<u8> {
    let writes = (0..12).map(async |number: u8| {
        let content: Vec<u8> = [round, number].repeat(8 * 1024);
        let digest = Algorithm::Sha256.digest(&content);
        let blob = CommitBlob { digest, content: BlobContent::Inline(content.into()), ..blob("") };
        match db.commit_blob(blob).await {
            Ok(_) => Some(number),
            Err(Error::Full) => None,
            Err(other) => panic!("{other:?}"),
        }
    });
    join_all(writes).await.into_iter().flatten().collect()
}

async fn is_there(db: &Db, round: u8, number: u8) -> bool {
    let digest = Algorithm::Sha256.digest(&[round, number].repeat(8 * 1024));
    db.blob(&place(), &app(), &digest).await.unwrap().is_some()
}

#[tokio::test]
async fn a_full_disk_is_told_and_got_over() {
    let promise = async |db: &Db| {
        pushed(db, "one", &["v1"], "e1").await;
        make_room(db, 20).await;
        for round in 0..5 {
            let stored = fill(db, round).await;
            assert!(stored.len() < 12, "there was room");
            for number in 0..12 {
                assert_eq!(is_there(db, round, number).await, stored.contains(&number));
            }
        }
        assert!(db.manifest(&place(), &app(), &"v1".parse().unwrap()).await.unwrap().is_some());
        make_room(db, 1_000).await;
        assert_eq!(fill(db, 9).await.len(), 12);
        pushed(db, "two", &["v2"], "e2").await;
    };
    on_sqlite(async |url: &str| opened(url, promise).await).await;
}

/// What a transaction cannot survive fails with it; what comes after begins another.
#[tokio::test]
async fn one_that_loses_the_transaction_leaves_the_writer_whole() {
    let promise = async |db: &Db| {
        let writes = (0..20).map(async |number: u32| {
            let write = db.write("test", async move |tx: &mut Tx<'_>| {
                let sql = "INSERT INTO revision (subject, number) VALUES ($1, 1)";
                tx.execute(sql, params![&format!("row {number}")]).await?;
                if number == 7 {
                    tx.execute(
                        "INSERT OR ROLLBACK INTO revision (subject, number) VALUES ('webhook', 1)",
                        params![],
                    )
                    .await?;
                }
                Ok(())
            });
            write.await.is_ok()
        });
        let written = join_all(writes).await;
        assert!(!written[7] && written[8..].iter().all(|is_written| *is_written), "{written:?}");
        let rows = db.read("test", async move |tx: &mut Tx<'_>| {
            tx.query("SELECT subject FROM revision WHERE subject LIKE 'row %'", params![]).await
        });
        let expected = written.iter().filter(|is_written| **is_written).count();
        assert_eq!(rows.await.unwrap().len(), expected);
    };
    on_sqlite(async |url: &str| opened(url, promise).await).await;
}

/// Moves a tag, and looks while the writer stops at its commit.
async fn check_stopped(stop: Stop, is_moved: bool) {
    let promise = async |db: &Db| {
        let one = pushed(db, "one", &["v1"], "e1").await;
        let bytes = artifact("two", &[], None);
        let two = digest_of(&bytes);
        // So that it is remembered.
        assert_eq!(at_v1(db).await, Some(one.clone()));
        let mut stopped = db.stops().plan(stop);
        let looking = async {
            stopped.arrival().await;
            let by_digest = two.as_str().parse().unwrap();
            let found = db.manifest(&place(), &app(), &by_digest).await.unwrap();
            assert_eq!(found.is_some(), is_moved, "{stop:?}");
            let shown = if is_moved { &two } else { &one };
            for _ in 0..2 {
                assert_eq!(at_v1(db).await.as_ref(), Some(shown), "{stop:?}");
            }
            drop(stopped);
        };
        let pushing = db.commit_push(push(&bytes, &["v1"], "e2"));
        let (outcome, ()) = join(pushing, looking).await;
        outcome.unwrap();
        assert_eq!(at_v1(db).await, Some(two));
    };
    on_sqlite(async |url: &str| opened(url, promise).await).await;
}

#[tokio::test]
async fn who_sees_a_commit_sees_all_of_it_before_its_answer() {
    check_stopped(Stop::AfterCommit, true).await;
}

#[tokio::test]
async fn an_answer_that_was_read_before_a_commit_is_not_kept_past_it() {
    check_stopped(Stop::BeforeCommit, false).await;
}
