//! The schema is brought up to date.

use super::engines::{Noon, open};
use super::promises;
use super::samples::*;
use crate::db::Db;
use crate::error::Error;
use crate::row::params;
use crate::tx::Tx;
use futures_util::future::join_all;

promises![at:
    migrating_twice_is_harmless,
    what_was_stored_is_there_after_a_restart,
    a_newer_schema_is_refused,
    who_only_looks_changes_no_schema,
    an_altered_migration_is_refused,
];

/// Runs a statement behind the store's back.
async fn tamper(url: &str, sql: &'static str) {
    let db = open(url).await;
    db.write("tamper", async move |tx: &mut Tx<'_>| tx.execute(sql, params![]).await)
        .await
        .unwrap();
    db.close().await;
}

async fn migrating_twice_is_harmless(url: &str) {
    open(url).await.close().await;
    open(url).await.close().await;
    if url.starts_with("postgres") {
        // Nodes may start at the same moment.
        join_all((0..3).map(|_| open(url))).await;
    }
}

async fn what_was_stored_is_there_after_a_restart(url: &str) {
    let db = open(url).await;
    pushed(&db, "one", &["v1"], "e1").await;
    db.close().await;
    let db = open(url).await;
    assert!(db.manifest(&place(), &app(), &"v1".parse().unwrap()).await.unwrap().is_some());
    assert_eq!(undispatched(&db).await, ["e1"]);
    db.close().await;
}

async fn a_newer_schema_is_refused(url: &str) {
    let sql = "INSERT INTO schema_migration (number, checksum, applied_ms)
               VALUES (98, 'x', 0), (99, 'x', 0)";
    tamper(url, sql).await;
    match Db::open(url, &Noon).await {
        Err(Error::Newer { found: 99, known }) => assert!(known < 99),
        other => panic!("{:?}", other.err()),
    }
}

async fn who_only_looks_changes_no_schema(url: &str) {
    tamper(
        url,
        "DELETE FROM schema_migration WHERE number = (SELECT MAX(number) FROM schema_migration)",
    )
    .await;
    match Db::open_as_it_is(url).await {
        Err(Error::Older { outstanding: 1 }) => (),
        other => panic!("{:?}", other.err()),
    }
    let empty = url.replace("store.db", "empty.db");
    if empty != url {
        let error = Db::open_as_it_is(&empty).await.err();
        assert!(matches!(error, Some(Error::Older { .. })), "{error:?}");
    }
}

async fn an_altered_migration_is_refused(url: &str) {
    tamper(url, "UPDATE schema_migration SET checksum = 'x' WHERE number = 1").await;
    let error = Db::open(url, &Noon).await.err();
    assert!(matches!(error, Some(Error::Altered { number: 1 })), "{error:?}");
}
