//! A registry goes: at once by its row, which is what everybody asks, and then step by step.
//!
//! Nothing that is written to a registry is written without a look at its row in the same transaction
//! ([`Db::write_in`](crate::Db)), so that nothing comes after what has been erased. The name is taken until the last row
//! is gone. Whatever is done here may be done twice, by several at once, and never touches a registry that is not being
//! deleted.

use super::RegistryRow;
use crate::audit::{self, AuditEntry};
use crate::db::Db;
use crate::error::{Error, Fault};
use crate::guard::{Guard, Removal};
use crate::operation::{self, OperationRow};
use crate::resource_group;
use crate::row::{Row, Value, params};
use crate::tx::Tx;
use crate::webhook;
use boathook_core::id::{EventId, WebhookId};
use boathook_core::name::{RegistryName, ResourceGroupName};
use boathook_core::time::Timestamp;
use std::sync::Arc;

/// How many rows of a table a step removes.
const STEP_ROWS_MAX: i64 = 200;
/// How many deliveries a step removes, each with its attempts.
const STEP_DELIVERIES_MAX: i64 = 100;
/// How many events of all registries a step looks at.
const STEP_EVENTS_MAX: i64 = 500;

/// What is found by the registry's name, and the key that begins with it or stands behind it in an index.
pub(crate) const TABLES: [(&str, &str); 24] = [
    ("role_assignment", "id"),
    ("operation", "id"),
    ("secret", "registry, owner, slot"),
    ("registry_token", "registry, name_key"),
    ("scope_map", "registry, name_key"),
    ("replication", "registry, name_key"),
    ("webhook", "registry, name_key"),
    ("chart_change", "registry, region, repository, revision"),
    ("chart_index", "registry, region, repository"),
    ("chart", "registry, region, repository, manifest"),
    ("oci_chart", "registry, region, repository, manifest"),
    ("tag", "registry, region, repository, name"),
    ("deleted_tag", "registry, region, repository, digest, name"),
    ("deleted_manifest", "registry, region, repository, digest"),
    ("untagged", "registry, region, repository, digest"),
    ("manifest_reference", "registry, region, repository, child, parent"),
    ("manifest", "registry, region, repository, digest"),
    ("repository_blob", "registry, region, repository, digest"),
    ("blob", "registry, region, digest"),
    ("blob_tally", "registry, region, shard"),
    ("collection", "registry, region"),
    ("traffic", "registry, kind, hour_ms, region"),
    ("repository_tally", "registry, region, repository, shard"),
    ("repository", "registry, region, name"),
];

/// A registry that is to go.
#[derive(Clone, Debug)]
pub struct DeleteRegistry {
    /// Its name.
    pub name: RegistryName,
    /// Who works it off; nobody in particular where somebody does already.
    pub operation: Option<OperationRow>,
    /// Whether it may go as it is.
    pub guard: Guard<RegistryRow>,
    /// The entry of the audit log.
    pub entry: AuditEntry,
    /// The group that takes it along. Where that is not being deleted, its name is another group's by now, and
    /// nothing goes.
    pub within: Option<ResourceGroupName>,
    /// Whether a start would make it again, which it then does not.
    pub is_default: bool,
    /// When.
    pub now: Timestamp,
}

impl Db {
    /// Lets a registry go, its webhooks and with them their pending deliveries. What it held is still there, and
    /// can be reached by nobody.
    ///
    /// The webhooks, of which there are no more than its quota, are all that it touches beside single rows.
    pub async fn delete_registry(&self, deletion: DeleteRegistry) -> Result<Removal, Error> {
        self.write("delete_registry", async move |tx: &mut Tx<'_>| {
            let DeleteRegistry { name, operation, guard, entry, within, is_default, now } =
                &deletion;
            let before = match guard.pass(super::find(tx, name).await?) {
                Ok(before) => before,
                Err(removal) => return Ok(removal),
            };
            if let Some(group) = within {
                let is_in = before.resource_group.key() == group.key();
                if !is_in || !resource_group::is_going(tx, &group.key()).await? {
                    return Ok(Removal::Unknown);
                }
            }
            let sql = "UPDATE registry SET deleting_ms = $1 WHERE name = $2";
            tx.execute(sql, params![now.0, name.as_str()]).await?;
            tx.after.has_identity = true;
            let sql = "DELETE FROM webhook WHERE registry = $1";
            if 0 < tx.execute(sql, params![name.as_str()]).await? {
                webhook::changed(tx).await?;
            }
            if *is_default {
                let sql = "INSERT INTO forgone (name) VALUES ($1) ON CONFLICT DO NOTHING";
                tx.execute(sql, params![name.as_str()]).await?;
            }
            if let Some(operation) = operation {
                operation::insert(tx, operation).await?;
            }
            audit::record(tx, entry).await?;
            Ok(Removal::Removed)
        })
        .await
    }

    /// Removes some of what a registry held that is being deleted; `false` where there is no more of it, events and
    /// deliveries aside.
    pub async fn erase_rows(&self, registry: &RegistryName) -> Result<bool, Error> {
        let registry = registry.clone();
        self.write("erase_rows", async move |tx: &mut Tx<'_>| {
            if !is_going(tx, &registry).await? {
                return Ok(false);
            }
            for (table, key) in TABLES {
                if erase(tx, &registry, table, key).await? {
                    // Roles are known without asking.
                    tx.after.has_identity |= table == "role_assignment";
                    return Ok(true);
                }
            }
            Ok(false)
        })
        .await
    }

    /// Removes some deliveries of a registry that is being deleted, with their attempts; `false` where there are no more.
    pub async fn erase_deliveries(&self, registry: &RegistryName) -> Result<bool, Error> {
        let name = registry.clone();
        let found = self.read("find_deliveries", async move |tx: &mut Tx<'_>| {
            tx.query_opt(FIND_WEBHOOK, params![name.as_str()]).await
        });
        let Some(found) = found.await? else { return Ok(false) };
        let (registry, webhook) = (registry.clone(), WebhookId::new(found.text(0)));
        self.write("erase_deliveries", async move |tx: &mut Tx<'_>| {
            if !is_going(tx, &registry).await? {
                return Ok(false);
            }
            let sql = "SELECT webhook, event, region FROM delivery WHERE webhook = $1
                       ORDER BY event, region LIMIT $2";
            let rows = tx.query(sql, params![webhook.as_str(), STEP_DELIVERIES_MAX]).await?;
            let keys: Vec<_> = rows.iter().map(|row| values(row, 3)).collect();
            for sql in [
                "DELETE FROM attempt WHERE webhook = $1 AND event = $2 AND region = $3",
                "DELETE FROM delivery WHERE webhook = $1 AND event = $2 AND region = $3",
            ] {
                tx.execute_each(sql, &keys).await?;
            }
            Ok(true)
        })
        .await
    }

    /// Looks at some of all events, those after `after`, and removes those of a registry that is being deleted; says
    /// which it has looked at last, if there was any.
    pub async fn erase_events(
        &self,
        registry: &RegistryName,
        after: Option<&EventId>,
    ) -> Result<Option<EventId>, Error> {
        let after = after.map(EventId::as_str).unwrap_or_default().to_owned();
        let found = self.read("find_events", async move |tx: &mut Tx<'_>| {
            let sql = "SELECT id, registry FROM event WHERE $1 < id ORDER BY id LIMIT $2";
            tx.query(sql, params![&after, STEP_EVENTS_MAX]).await
        });
        let found = found.await?;
        let Some(last) = found.last().map(|row| EventId::new(row.text(0))) else { return Ok(None) };
        let own = found.iter().filter(|row| row.text(1) == registry.as_str());
        let own: Vec<_> = own.map(|row| row.text(0).to_owned()).collect();
        if own.is_empty() {
            return Ok(Some(last));
        }
        let registry = registry.clone();
        self.write("erase_events", async move |tx: &mut Tx<'_>| {
            if is_going(tx, &registry).await? {
                let ids: Vec<_> = own.iter().map(|id| params![id].to_vec()).collect();
                tx.execute_each("DELETE FROM event WHERE id = $1", &ids).await?;
            }
            Ok(())
        })
        .await?;
        Ok(Some(last))
    }

    /// Frees the name of a registry that was being deleted; `false` where something of it is still there.
    ///
    /// `set_aside` takes its files out of the way of the next registry of that name, in the same transaction: it is called
    /// by the one who frees the name, and by nobody afterwards. Where the commit fails, the registry is still being
    /// deleted, nobody reaches its files, and whoever tries again finds none.
    pub async fn forget_registry(
        &self,
        registry: &RegistryName,
        set_aside: impl Fn() -> Result<(), Error> + Send + Sync + 'static,
    ) -> Result<bool, Error> {
        let (registry, set_aside) = (registry.clone(), Arc::new(set_aside));
        self.write("forget_registry", async move |tx: &mut Tx<'_>| {
            for (table, _) in TABLES {
                let sql = format!("SELECT 1 FROM {table} WHERE registry = $1 LIMIT 1");
                if is_going(tx, &registry).await?
                    && tx.exists(&sql, params![registry.as_str()]).await?
                {
                    return Ok(false);
                }
            }
            let sql = "DELETE FROM registry WHERE name = $1 AND deleting_ms IS NOT NULL";
            if tx.execute(sql, params![registry.as_str()]).await? == 1 {
                set_aside()?;
            }
            tx.after.has_forgotten = true;
            tx.after.has_identity = true;
            Ok(true)
        })
        .await
    }
}

/// Finds a webhook that has deliveries in the registry, those included that were deleted before. Steps from webhook to
/// webhook, each of which is of one registry.
const FIND_WEBHOOK: &str = "WITH RECURSIVE known (webhook) AS (
        SELECT MIN(webhook) FROM delivery
        UNION ALL
        SELECT (SELECT MIN(d.webhook) FROM delivery d WHERE known.webhook < d.webhook)
        FROM known WHERE known.webhook IS NOT NULL
    )
    SELECT webhook FROM known WHERE webhook IS NOT NULL AND
        (SELECT d.registry FROM delivery d WHERE d.webhook = known.webhook ORDER BY d.event, d.region LIMIT 1) = $1
    LIMIT 1";

async fn is_going(tx: &mut Tx<'_>, registry: &RegistryName) -> Result<bool, Fault> {
    let sql = "SELECT 1 FROM registry WHERE name = $1 AND deleting_ms IS NOT NULL";
    tx.exists(sql, params![registry.as_str()]).await
}

/// Removes some rows of a table; `false` where there are none. They are named one by one, so that no engine looks at
/// those that stay.
async fn erase(
    tx: &mut Tx<'_>,
    registry: &RegistryName,
    table: &str,
    key: &str,
) -> Result<bool, Fault> {
    let sql = format!("SELECT {key} FROM {table} WHERE registry = $1 ORDER BY {key} LIMIT $2");
    let rows = tx.query(&sql, params![registry.as_str(), STEP_ROWS_MAX]).await?;
    let columns = key.split(", ").enumerate();
    let columns: Vec<_> = columns.map(|(idx, name)| format!("{name} = ${}", idx + 1)).collect();
    let keys: Vec<_> = rows.iter().map(|row| values(row, columns.len())).collect();
    let sql = format!("DELETE FROM {table} WHERE {}", columns.join(" AND "));
    tx.execute_each(&sql, &keys).await?;
    Ok(!rows.is_empty())
}

fn values(row: &Row, count: usize) -> Vec<Value<'_>> {
    (0..count).map(|idx| row.value(idx)).collect()
}
