//! Where promises are tried: an empty database of either engine.

use super::samples::{made, registry};
use crate::db::Db;
use crate::row::params;
use crate::tx::Tx;
use boathook_core::time::{Clock, Timestamp};
use deadpool_postgres::{Manager, Pool};
use futures_util::FutureExt;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::sync::atomic::{AtomicU32, Ordering};
use tokio_postgres::NoTls;

/// The variable that names a PostgreSQL server.
const SERVER: &str = "BOATHOOK_TEST_POSTGRES";

/// A clock that stands still.
pub(super) struct Noon;

impl Clock for Noon {
    fn now(&self) -> Timestamp {
        Timestamp(1_700_000_000_000)
    }
}

/// Opens a database that has the registry which the samples are of.
pub(super) async fn open(url: &str) -> Db {
    let db = Db::open(url, &Noon).await.unwrap();
    made(&db, registry("boathook")).await;
    db
}

/// Tries a promise on an open database, and then looks whether the blobs are as large as the database says.
pub(super) async fn opened(url: &str, promise: impl AsyncFnOnce(&Db)) {
    let db = open(url).await;
    promise(&db).await;
    assert_eq!(volumes(&db, "blob_tally", "bytes").await, volumes(&db, "blob", "size").await);
    db.close().await;
}

/// The sums of a column in each place that has any, of the registries that are there.
async fn volumes(
    db: &Db,
    table: &'static str,
    column: &'static str,
) -> BTreeMap<(String, String), i64> {
    let sql = format!(
        "SELECT b.registry, b.region, b.{column} FROM {table} b JOIN registry r ON r.name = b.registry
         WHERE r.deleting_ms IS NULL"
    );
    let rows = db.read("test", async move |tx: &mut Tx<'_>| tx.query(&sql, params![]).await);
    let mut volumes = BTreeMap::new();
    for row in rows.await.unwrap() {
        let place = (row.text(0).to_owned(), row.text(1).to_owned());
        *volumes.entry(place).or_default() += row.int(2);
    }
    volumes.retain(|_, volume| *volume != 0);
    volumes
}

pub(super) async fn on_sqlite(promise: impl AsyncFnOnce(&str)) {
    let folder = tempfile::tempdir().unwrap();
    promise(&format!("sqlite:{}", folder.path().join("store.db").display())).await;
}

/// The database sorts by the rules of a language, as many do, so that a column that forgets to ask for bytes is found.
pub(super) async fn on_postgres(promise: impl AsyncFnOnce(&str)) {
    let Some(server) = server() else { return };
    let name = database_name();
    administer(
        &server,
        &format!(
            "CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'
             LOCALE_PROVIDER icu ICU_LOCALE 'en-US'"
        ),
    )
    .await;
    let kept = AssertUnwindSafe(promise(&format!("{server}/{name}"))).catch_unwind().await;
    administer(&server, &format!("DROP DATABASE {name} WITH (FORCE)")).await;
    kept.unwrap_or_else(|panic| resume_unwind(panic));
}

/// Runs a statement on the server itself.
pub(super) async fn administer(server: &str, sql: &str) {
    let manager = Manager::new(format!("{server}/postgres").parse().unwrap(), NoTls);
    let pool = Pool::builder(manager).max_size(1).build().unwrap();
    pool.get().await.unwrap().batch_execute(sql).await.unwrap();
}

/// The server's address; without one nothing is tried, which CI does not forgive.
pub(super) fn server() -> Option<String> {
    let server = std::env::var(SERVER).ok();
    assert!(
        server.is_some() || std::env::var("CI").as_deref() != Ok("true"),
        "{SERVER} is not set: CI has to try every promise on PostgreSQL"
    );
    if server.is_none() {
        eprintln!("not run: {SERVER} names no PostgreSQL server");
    }
    server.map(|address| address.trim_end_matches('/').to_owned())
}

fn database_name() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    format!("boathook_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
}
