//! What takes longer than its request: begun by one, gone on with by whoever has the lease, looked up until it is old.

use crate::audit::{self, AuditEntry};
use crate::db::Db;
use crate::error::{Error, Fault};
use crate::registry;
use crate::row::{Row, params};
use crate::scope_map::count;
use crate::tx::Tx;
use boathook_core::name::RegistryName;
use boathook_core::time::Timestamp;

/// How many operations a registry has under way at most.
pub const OPERATIONS_OPEN_MAX: u64 = 100;

/// An operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperationRow {
    /// Its id.
    pub id: String,
    /// The registry that it changes; nothing where it ends one, or is about something else.
    pub registry: Option<RegistryName>,
    /// What kind of operation it is.
    pub kind: String,
    /// The resource of the registry that it changes; nothing where that is the registry itself.
    pub child: Option<String>,
    /// What is to be done, in the words of the kind; empty when it has ended, since it may hold secrets.
    pub command: String,
    /// How far it has come, in the words of the kind.
    pub progress: Option<String>,
    /// When it began.
    pub created: Timestamp,
    /// How it ended, unless it is under way.
    pub end: Option<OperationEnd>,
}

/// The end of an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperationEnd {
    /// When.
    pub at: Timestamp,
    /// Why it failed, if it did.
    pub failure: Option<OperationFailure>,
}

/// Why an operation failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperationFailure {
    /// A word for programs.
    pub code: String,
    /// Words for people.
    pub message: String,
}

impl Db {
    /// Begins an operation, which whoever asks first may go on with, or records one that has ended; `false` where the
    /// registry has [`OPERATIONS_OPEN_MAX`] under way.
    pub async fn begin_operation(
        &self,
        operation: OperationRow,
        entry: AuditEntry,
    ) -> Result<bool, Error> {
        self.write("begin_operation", async move |tx: &mut Tx<'_>| {
            if let Some(registry) = &operation.registry
                && !has_room(tx, registry).await?
            {
                return Ok(false);
            }
            insert(tx, &operation).await?;
            audit::record(tx, &entry).await?;
            Ok(true)
        })
        .await
    }

    /// Begins an operation that whoever begins it goes on with, until `until` at least; `false` where its registry has
    /// [`OPERATIONS_OPEN_MAX`] under way.
    pub async fn begin_leased_operation(
        &self,
        operation: OperationRow,
        until: Timestamp,
    ) -> Result<bool, Error> {
        self.write("begin_leased_operation", async move |tx: &mut Tx<'_>| {
            if let Some(registry) = &operation.registry
                && !has_room(tx, registry).await?
            {
                return Ok(false);
            }
            insert(tx, &operation).await?;
            lease(tx, &operation.id, until).await?;
            Ok(true)
        })
        .await
    }

    /// Begins an operation, unless the registry has one under way of the same kind that does the same, which is returned
    /// then; `None` where it has [`OPERATIONS_OPEN_MAX`] under way.
    pub async fn join_operation(
        &self,
        operation: OperationRow,
        registry: &RegistryName,
        entry: AuditEntry,
    ) -> Result<Option<OperationRow>, Error> {
        let of = registry.clone();
        self.write_in(registry, "join_operation", async move |tx: &mut Tx<'_>| {
            let sql = format!(
                "SELECT {COLUMNS} FROM operation WHERE registry = $1 AND ended_ms IS NULL AND kind = $2 AND command = $3
                 LIMIT 1"
            );
            let same = params![of.as_str(), &operation.kind, &operation.command];
            if let Some(found) = tx.query_opt(&sql, same).await? {
                return Ok(Some(self::operation(&found)));
            }
            if !has_room(tx, &of).await? {
                return Ok(None);
            }
            insert(tx, &operation).await?;
            audit::record(tx, &entry).await?;
            Ok(Some(operation))
        })
        .await
    }

    /// Looks an operation up.
    pub async fn operation(&self, id: &str) -> Result<Option<OperationRow>, Error> {
        let id = id.to_owned();
        self.read("operation", async move |tx: &mut Tx<'_>| {
            let sql = format!("SELECT {COLUMNS} FROM operation WHERE id = $1");
            Ok(tx.query_opt(&sql, params![&id]).await?.as_ref().map(operation))
        })
        .await
    }

    /// Leases an operation under way that nobody goes on with, until `until`.
    pub async fn claim_operation(
        &self,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<OperationRow>, Error> {
        self.write("claim_operation", async move |tx: &mut Tx<'_>| {
            let sql = format!(
                "SELECT {COLUMNS} FROM operation WHERE ended_ms IS NULL AND lease_ms <= $1 ORDER BY lease_ms LIMIT 1"
            );
            let found = tx.query_opt(&sql, params![now.0]).await?.as_ref().map(operation);
            if let Some(found) = &found {
                lease(tx, &found.id, until).await?;
            }
            Ok(found)
        })
        .await
    }

    /// Leases an operation under way for longer; one that has ended stays as it is.
    pub async fn keep_operation(&self, id: &str, until: Timestamp) -> Result<(), Error> {
        let id = id.to_owned();
        self.write("keep_operation", async move |tx: &mut Tx<'_>| lease(tx, &id, until).await).await
    }

    /// Writes how far an operation under way has come, and leases it for longer.
    pub async fn note_progress(
        &self,
        id: &str,
        progress: String,
        until: Timestamp,
    ) -> Result<(), Error> {
        let id = id.to_owned();
        self.write("note_progress", async move |tx: &mut Tx<'_>| {
            let sql = "UPDATE operation SET progress = $1, lease_ms = $2 WHERE id = $3 AND ended_ms IS NULL";
            tx.execute(sql, params![&progress, until.0, &id]).await?;
            Ok(())
        })
        .await
    }

    /// Ends an operation, and forgets what was to be done; one that has ended already stays as it is.
    pub async fn end_operation(&self, id: &str, end: OperationEnd) -> Result<(), Error> {
        let id = id.to_owned();
        self.write("end_operation", async move |tx: &mut Tx<'_>| {
            let failure = end.failure.as_ref();
            let sql = "UPDATE operation SET ended_ms = $1, error_code = $2, error_message = $3, command = ''
                       WHERE id = $4 AND ended_ms IS NULL";
            let code = failure.map(|failure| &failure.code);
            let message = failure.map(|failure| &failure.message);
            tx.execute(sql, params![end.at.0, code, message, &id]).await?;
            Ok(())
        })
        .await
    }

    /// Lets whoever asks first go on with what the last process had begun, which only holds where there is no other
    /// process; says how many operations these are.
    pub async fn inherit_operations(&self) -> Result<u64, Error> {
        if self.is_shared() {
            return Ok(0);
        }
        self.write("inherit_operations", async move |tx: &mut Tx<'_>| {
            let sql = "UPDATE operation SET lease_ms = 0 WHERE ended_ms IS NULL AND 0 < lease_ms";
            tx.execute(sql, params![]).await
        })
        .await
    }

    /// Forgets at most `limit` operations that ended before `before`; says how many.
    pub async fn forget_operations(&self, before: Timestamp, limit: u32) -> Result<u64, Error> {
        self.write("forget_operations", async move |tx: &mut Tx<'_>| {
            let sql = "DELETE FROM operation WHERE id IN
                           (SELECT id FROM operation WHERE ended_ms < $1 ORDER BY ended_ms LIMIT $2)";
            tx.execute(sql, params![before.0, i64::from(limit)]).await
        })
        .await
    }
}

/// Says whether a registry may have one more operation under way.
async fn has_room(tx: &mut Tx<'_>, registry: &RegistryName) -> Result<bool, Fault> {
    if !registry::is_there(tx, registry).await? {
        return Err(Fault::NoRegistry);
    }
    let open = "SELECT COUNT(*) FROM operation WHERE registry = $1 AND ended_ms IS NULL";
    Ok(count(tx, open, registry).await? < OPERATIONS_OPEN_MAX)
}

async fn lease(tx: &mut Tx<'_>, id: &str, until: Timestamp) -> Result<(), Fault> {
    let sql = "UPDATE operation SET lease_ms = $1 WHERE id = $2 AND ended_ms IS NULL";
    tx.execute(sql, params![until.0, id]).await?;
    Ok(())
}

const COLUMNS: &str =
    "id, registry, kind, child, command, created_ms, ended_ms, error_code, error_message, progress";

fn operation(row: &Row) -> OperationRow {
    let text = |idx| row.opt_text(idx).map(str::to_owned);
    let failure = text(7).zip(text(8)).map(|(code, message)| OperationFailure { code, message });
    OperationRow {
        id: row.text(0).to_owned(),
        registry: Some(row.text(1)).filter(|name| !name.is_empty()).map(|_| row.parsed(1)),
        kind: row.text(2).to_owned(),
        child: text(3),
        command: row.text(4).to_owned(),
        progress: text(9),
        created: Timestamp(row.int(5)),
        end: row.opt_int(6).map(|at| OperationEnd { at: Timestamp(at), failure }),
    }
}

/// Writes a new operation with whatever else the transaction writes.
pub(crate) async fn insert(tx: &mut Tx<'_>, operation: &OperationRow) -> Result<(), Fault> {
    let OperationRow { id, registry, kind, child, command, progress, created, end } = operation;
    let failure = end.as_ref().and_then(|end| end.failure.as_ref());
    tx.execute(
        "INSERT INTO operation (id, registry, kind, child, command, lease_ms, created_ms, ended_ms, error_code,
                                error_message, progress)
         VALUES ($1, $2, $3, $4, $5, 0, $6, $7, $8, $9, $10)",
        params![
            id,
            registry.as_ref().map_or("", RegistryName::as_str),
            kind,
            child.as_ref(),
            command,
            created.0,
            end.as_ref().map(|end| end.at.0),
            failure.map(|failure| &failure.code),
            failure.map(|failure| &failure.message),
            progress.as_ref(),
        ],
    )
    .await?;
    tx.after.has_operation |= end.is_none();
    Ok(())
}
