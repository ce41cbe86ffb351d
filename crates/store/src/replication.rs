//! Replications: the regions that a registry is in beside its home. It has no more of them than its server has regions.

use crate::audit::{self, AuditEntry};
use crate::db::Db;
use crate::error::{Error, Fault};
use crate::guard::Guard;
use crate::operation::{self, OperationRow};
use crate::registry;
use crate::row::{Row, params};
use crate::tx::Tx;
use crate::{Put, Standing};
use boathook_core::name::{Place, Region, RegistryName, ReplicationName};
use boathook_core::time::Timestamp;

/// A replication.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ReplicationRow {
    /// Its name as it was typed.
    pub name: ReplicationName,
    /// Where it is.
    pub region: Region,
    /// Whether the registry's own host may lead there.
    pub is_endpoint_enabled: bool,
    /// Whether it is said to be kept in several zones.
    pub is_zone_redundant: bool,
    /// ARM's tags, a JSON object of strings.
    pub tags: String,
    /// When it was made, and by whom.
    pub created: (Timestamp, String),
    /// When it was last changed, and by whom.
    pub updated: (Timestamp, String),
}

/// Why a replication is not written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReplicationRefusal<E> {
    /// Another replication is in that region.
    Taken(ReplicationName),
    /// The rules said no.
    Rule(E),
}

/// What came of removing a replication.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplicationDeletion {
    /// It is gone.
    Deleted,
    /// There was none.
    Unknown,
    /// A webhook is in its region; nothing was changed.
    HasWebhook,
    /// Its guard said no; nothing was changed.
    Refused,
}

/// What a change of a replication is remembered by.
#[derive(Clone, Debug)]
pub struct ReplicationChange {
    /// The operation that tells of it, which has ended.
    pub operation: OperationRow,
    /// The entry of the audit log.
    pub entry: AuditEntry,
}

impl Db {
    /// Looks a replication up.
    pub async fn replication(
        &self,
        registry: &RegistryName,
        name: &ReplicationName,
    ) -> Result<Option<ReplicationRow>, Error> {
        let (registry, key) = (registry.clone(), name.key());
        self.read("replication", async move |tx: &mut Tx<'_>| find(tx, &registry, &key).await).await
    }

    /// All replications of a registry, by name.
    pub async fn replications(
        &self,
        registry: &RegistryName,
    ) -> Result<Vec<ReplicationRow>, Error> {
        let registry = registry.clone();
        self.read("replications", async move |tx: &mut Tx<'_>| all(tx, &registry).await).await
    }

    /// Writes what `decide` makes of what is there, unless another replication is in that region.
    pub async fn put_replication<E: Send + 'static>(
        &self,
        registry: &RegistryName,
        name: &ReplicationName,
        decide: impl Fn(Standing<'_, ReplicationRow>) -> Result<ReplicationRow, E>
        + Clone
        + Send
        + Sync
        + 'static,
        change: ReplicationChange,
    ) -> Result<Put<ReplicationRow, ReplicationRefusal<E>>, Error> {
        let (registry, key) = (registry.clone(), name.key());
        let of = registry.clone();
        self.write_in(&of, "put_replication", async move |tx: &mut Tx<'_>| {
            let rows = all(tx, &registry).await?;
            let before = rows.iter().find(|row| row.name.key() == key);
            let others = rows.iter().filter(|row| row.name.key() != key);
            let standing = match before {
                Some(row) => Standing::Row(row),
                None => Standing::Vacant {
                    others: others.clone().count() as u64,
                    sku: registry::sku(tx, &registry).await?,
                },
            };
            let after = match decide(standing) {
                Ok(after) => after,
                Err(refusal) => return Ok(Put::Refused(ReplicationRefusal::Rule(refusal))),
            };
            if let Some(other) = others.clone().find(|row| row.region == after.region) {
                return Ok(Put::Refused(ReplicationRefusal::Taken(other.name.clone())));
            }
            write(tx, &registry, &key, &after).await?;
            changed(tx, &change).await?;
            Ok(if before.is_some() { Put::Updated(after) } else { Put::Created(after) })
        })
        .await
    }

    /// Removes a replication that no webhook is in. What was pushed there stays, unreachable, until the registry is
    /// there again.
    pub async fn delete_replication(
        &self,
        registry: &RegistryName,
        name: &ReplicationName,
        guard: Guard<ReplicationRow>,
        change: ReplicationChange,
    ) -> Result<ReplicationDeletion, Error> {
        let (registry, key) = (registry.clone(), name.key());
        let of = registry.clone();
        self.write_in(&of, "delete_replication", async move |tx: &mut Tx<'_>| {
            let before = find(tx, &registry, &key).await?;
            if !guard.allows(before.as_ref()) {
                return Ok(ReplicationDeletion::Refused);
            }
            let Some(row) = before else { return Ok(ReplicationDeletion::Unknown) };
            let place = Place { registry: registry.clone(), region: row.region };
            let sql = "SELECT 1 FROM webhook WHERE registry = $1 AND region = $2 LIMIT 1";
            if tx.exists(sql, params![place.registry.as_str(), place.region.as_str()]).await? {
                return Ok(ReplicationDeletion::HasWebhook);
            }
            let sql = "DELETE FROM replication WHERE registry = $1 AND name_key = $2";
            tx.execute(sql, params![registry.as_str(), &key]).await?;
            changed(tx, &change).await?;
            Ok(ReplicationDeletion::Deleted)
        })
        .await
    }
}

/// Notes a change: the registry leads to other regions from now on.
async fn changed(tx: &mut Tx<'_>, change: &ReplicationChange) -> Result<(), Fault> {
    operation::insert(tx, &change.operation).await?;
    audit::record(tx, &change.entry).await?;
    tx.after.has_identity = true;
    Ok(())
}

const COLUMNS: &str = "name, region, is_endpoint_enabled, is_zone_redundant, tags, created_ms, created_by, updated_ms,
    updated_by";

fn replication(row: &Row) -> ReplicationRow {
    ReplicationRow {
        name: row.parsed(0),
        region: row.parsed(1),
        is_endpoint_enabled: row.int(2) == 1,
        is_zone_redundant: row.int(3) == 1,
        tags: row.text(4).to_owned(),
        created: (Timestamp(row.int(5)), row.text(6).to_owned()),
        updated: (Timestamp(row.int(7)), row.text(8).to_owned()),
    }
}

async fn all(tx: &mut Tx<'_>, registry: &RegistryName) -> Result<Vec<ReplicationRow>, Fault> {
    let sql = format!("SELECT {COLUMNS} FROM replication WHERE registry = $1 ORDER BY name_key");
    Ok(tx.query(&sql, params![registry.as_str()]).await?.iter().map(replication).collect())
}

async fn find(
    tx: &mut Tx<'_>,
    registry: &RegistryName,
    key: &str,
) -> Result<Option<ReplicationRow>, Fault> {
    let sql = format!("SELECT {COLUMNS} FROM replication WHERE registry = $1 AND name_key = $2");
    Ok(tx.query_opt(&sql, params![registry.as_str(), key]).await?.as_ref().map(replication))
}

async fn write(
    tx: &mut Tx<'_>,
    registry: &RegistryName,
    key: &str,
    row: &ReplicationRow,
) -> Result<(), Fault> {
    tx.execute(
        "INSERT INTO replication (registry, name_key, name, region, is_endpoint_enabled, is_zone_redundant, tags,
                                  created_ms, created_by, updated_ms, updated_by)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
         ON CONFLICT (registry, name_key) DO UPDATE SET
             is_endpoint_enabled = excluded.is_endpoint_enabled, is_zone_redundant = excluded.is_zone_redundant,
             tags = excluded.tags, updated_ms = excluded.updated_ms, updated_by = excluded.updated_by",
        params![
            registry.as_str(),
            key,
            row.name.as_str(),
            row.region.as_str(),
            i64::from(row.is_endpoint_enabled),
            i64::from(row.is_zone_redundant),
            &row.tags,
            row.created.0.0,
            &row.created.1,
            row.updated.0.0,
            &row.updated.1,
        ],
    )
    .await?;
    Ok(())
}
