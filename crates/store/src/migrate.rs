//! Bringing a schema up to date.
//!
//! Migrations are numbered files, one text for both engines, never edited after a release; what was applied is recorded
//! with a checksum. The few words that the engines spell differently are filled in: `{text}`, `{bytes}`, `{clustered}`.

use crate::error::{Error, Fault};
use crate::row::{Row, params};
use crate::tx::{Connection, Dialect, Tx};
use boathook_core::digest::Algorithm;
use boathook_core::time::Timestamp;

const MIGRATIONS: &[(i64, &str)] = &[
    (1, include_str!("migrations/0001_spine.sql")),
    (2, include_str!("migrations/0002_repairs.sql")),
    (3, include_str!("migrations/0003_identities.sql")),
    (4, include_str!("migrations/0004_tokens.sql")),
    (5, include_str!("migrations/0005_attributes.sql")),
    (6, include_str!("migrations/0006_registries.sql")),
    (7, include_str!("migrations/0007_operations.sql")),
    (8, include_str!("migrations/0008_replications.sql")),
    (9, include_str!("migrations/0009_operation_index.sql")),
    (10, include_str!("migrations/0010_deletions.sql")),
    (11, include_str!("migrations/0011_reader.sql")),
    (12, include_str!("migrations/0012_quarantine.sql")),
    (13, include_str!("migrations/0013_collection.sql")),
    (14, include_str!("migrations/0014_charts.sql")),
    (15, include_str!("migrations/0015_soft_delete.sql")),
    (16, include_str!("migrations/0016_operation_progress.sql")),
    (17, include_str!("migrations/0017_extras.sql")),
    (18, include_str!("migrations/0018_retention.sql")),
    (19, include_str!("migrations/0019_asked_collection.sql")),
    (20, include_str!("migrations/0020_oci_charts.sql")),
    (21, include_str!("migrations/0021_charts_passed.sql")),
    (22, include_str!("migrations/0022_tag_locks.sql")),
    (23, include_str!("migrations/0023_redeliveries.sql")),
    (24, include_str!("migrations/0024_sessions.sql")),
    (25, include_str!("migrations/0025_pushed_by.sql")),
    (26, include_str!("migrations/0026_traffic.sql")),
    (27, include_str!("migrations/0027_blob_tally.sql")),
];

/// Any number will do, as long as every Boathook uses the same.
const ADVISORY_LOCK: &str = "SELECT pg_advisory_xact_lock(705912365)";

const RECORD: &str = "CREATE TABLE IF NOT EXISTS schema_migration (
    number BIGINT NOT NULL PRIMARY KEY, checksum TEXT NOT NULL, applied_ms BIGINT NOT NULL)";

/// What is done where migrations are outstanding.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Outstanding {
    /// They are applied, as of now.
    Applied(Timestamp),
    /// The database is left as it is, and not used.
    Refused,
}

impl Outstanding {
    /// When those that are outstanding are applied, if there are any.
    fn applied(self, outstanding: &[(i64, &str)]) -> Result<Timestamp, Error> {
        match self {
            Self::Applied(now) => Ok(now),
            Self::Refused if outstanding.is_empty() => Ok(Timestamp(0)),
            Self::Refused => Err(Error::Older { outstanding: outstanding.len() }),
        }
    }
}

pub(crate) fn sqlite(
    connection: &mut rusqlite::Connection,
    then: Outstanding,
) -> Result<(), Error> {
    let failed = |error: rusqlite::Error| Fault::from(error).of("migrate");
    connection
        .execute_batch("BEGIN IMMEDIATE")
        .and_then(|()| connection.execute_batch(RECORD))
        .map_err(failed)?;
    let applied = {
        let mut statement = connection.prepare(APPLIED).map_err(failed)?;
        let rows = statement.query_map([], |row| Row::from_sqlite(row, 2)).map_err(failed)?;
        rows.collect::<rusqlite::Result<Vec<_>>>().map_err(failed)?
    };
    let outstanding = outstanding(&applied)?;
    // A transaction that is not committed is rolled back with its connection.
    let now = then.applied(outstanding)?;
    for (number, text) in outstanding {
        connection.execute_batch(&spell(text, Dialect::Sqlite)).map_err(failed)?;
        connection.execute(DONE, (number, checksum(text), now.0)).map_err(failed)?;
    }
    connection.execute_batch("COMMIT").map_err(failed)
}

pub(crate) async fn postgres(
    client: &mut deadpool_postgres::Client,
    then: Outstanding,
) -> Result<(), Error> {
    let failed = |error: tokio_postgres::Error| Fault::from(error).of("migrate");
    let transaction = client.transaction().await.map_err(failed)?;
    transaction.batch_execute(ADVISORY_LOCK).await.map_err(failed)?;
    transaction.batch_execute(RECORD).await.map_err(failed)?;
    let mut tx = Tx::new(Connection::Postgres(&transaction));
    let applied = tx.query(APPLIED, params![]).await.map_err(|fault| fault.of("migrate"))?;
    let outstanding = outstanding(&applied)?;
    let now = then.applied(outstanding)?;
    for (number, text) in outstanding {
        transaction.batch_execute(&spell(text, Dialect::Postgres)).await.map_err(failed)?;
        let checksum = checksum(text);
        let done = tx.execute(DONE, params![*number, &checksum, now.0]).await;
        done.map_err(|fault| fault.of("migrate"))?;
    }
    drop(tx);
    transaction.commit().await.map_err(failed)
}

const APPLIED: &str = "SELECT number, checksum FROM schema_migration ORDER BY number";
const DONE: &str =
    "INSERT INTO schema_migration (number, checksum, applied_ms) VALUES ($1, $2, $3)";

/// The migrations that are still to do, given rows of number and checksum.
fn outstanding(applied: &[Row]) -> Result<&'static [(i64, &'static str)], Error> {
    for row in applied {
        let number = row.int(0);
        match MIGRATIONS.iter().find(|(known, _)| *known == number) {
            None => {
                let known = MIGRATIONS.last().expect("there is a first migration").0;
                let found = applied.last().expect("one is at hand").int(0);
                return Err(Error::Newer { found, known });
            }
            Some((_, text)) if checksum(text) != row.text(1) => {
                return Err(Error::Altered { number });
            }
            Some(_) => (),
        }
    }
    Ok(&MIGRATIONS[applied.len()..])
}

fn checksum(text: &str) -> String {
    Algorithm::Sha256.digest(text.as_bytes()).to_string()
}

/// Fills in what the engines spell differently. PostgreSQL has to be told to compare text by bytes.
fn spell(text: &str, dialect: Dialect) -> String {
    let (column, bytes, clustered) = match dialect {
        Dialect::Sqlite => ("TEXT", "BLOB", "WITHOUT ROWID"),
        Dialect::Postgres => ("TEXT COLLATE \"C\"", "BYTEA", ""),
    };
    text.replace("{text}", column).replace("{bytes}", bytes).replace("{clustered}", clustered)
}
