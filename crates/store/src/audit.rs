//! The audit log: who changed what, written in the transaction of the change.

use crate::db::Db;
use crate::error::{Error, Fault};
use crate::row::{Row, params};
use crate::tx::Tx;
use boathook_core::id::AuditId;
use boathook_core::time::Timestamp;

/// An entry of the audit log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    /// Its id; later ones sort after earlier ones.
    pub id: AuditId,
    /// When it happened.
    pub at: Timestamp,
    /// Who did it.
    pub caller: String,
    /// What was done, in ARM's words: `Microsoft.Authorization/roleAssignments/write`.
    pub action: &'static str,
    /// To what: a path of the management API.
    pub resource: String,
    /// The id of the request that did it; empty where there was none.
    pub request: String,
    /// What else is worth knowing, a JSON object of texts. No secret is in it.
    pub details: String,
}

/// An entry as it is read back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRow {
    /// Its id.
    pub id: AuditId,
    /// When it happened.
    pub at: Timestamp,
    /// Who did it.
    pub caller: String,
    /// What was done.
    pub action: String,
    /// To what.
    pub resource: String,
    /// The request that did it.
    pub request: String,
    /// What else is worth knowing.
    pub details: String,
}

/// Which entries are asked for.
#[derive(Clone, Debug)]
pub struct AuditPage {
    /// Those whose ids sort before this one.
    pub before: AuditId,
    /// Those of this moment and later.
    pub since: Timestamp,
    /// At most so many.
    pub limit: u32,
}

/// Writes an entry with whatever else the transaction writes.
pub(crate) async fn record(tx: &mut Tx<'_>, entry: &AuditEntry) -> Result<(), Fault> {
    let AuditEntry { id, at, caller, action, resource, request, details } = entry;
    tx.execute(
        "INSERT INTO audit (id, at_ms, caller, action, resource, request, details)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        params![id.as_str(), at.0, caller, *action, resource, request, details],
    )
    .await?;
    Ok(())
}

impl Db {
    /// A page of the audit log, newest first.
    pub async fn audit(&self, page: AuditPage) -> Result<Vec<AuditRow>, Error> {
        self.read("audit", async move |tx: &mut Tx<'_>| {
            let sql = "SELECT id, at_ms, caller, action, resource, request, details FROM audit
                       WHERE $1 <= id AND id < $2 ORDER BY id DESC LIMIT $3";
            let earliest = AuditId::earliest(page.since);
            let limit = i64::from(page.limit);
            let rows =
                tx.query(sql, params![earliest.as_str(), page.before.as_str(), limit]).await?;
            Ok(rows.iter().map(read).collect())
        })
        .await
    }

    /// Forgets at most `limit` entries that sort before `before`; says how many.
    pub async fn forget_audit(&self, before: &AuditId, limit: u32) -> Result<u64, Error> {
        let before = before.clone();
        self.write("forget_audit", async move |tx: &mut Tx<'_>| {
            let sql = "DELETE FROM audit WHERE id IN
                           (SELECT id FROM audit WHERE id < $1 ORDER BY id LIMIT $2)";
            tx.execute(sql, params![before.as_str(), i64::from(limit)]).await
        })
        .await
    }
}

fn read(row: &Row) -> AuditRow {
    AuditRow {
        id: AuditId::new(row.text(0)),
        at: Timestamp(row.int(1)),
        caller: row.text(2).to_owned(),
        action: row.text(3).to_owned(),
        resource: row.text(4).to_owned(),
        request: row.text(5).to_owned(),
        details: row.text(6).to_owned(),
    }
}
