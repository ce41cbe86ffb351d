//! Scope maps: what the tokens of a registry may do. Those that every registry has are in `core`, and have no rows.

use crate::audit::{self, AuditEntry};
use crate::db::Db;
use crate::error::{Error, Fault};
use crate::guard::{Guard, Removal};
use crate::registry;
use crate::row::{Row, params};
use crate::tx::Tx;
use boathook_core::name::{RegistryName, ScopeMapName};
use boathook_core::quota::Sku;
use boathook_core::time::Timestamp;

/// A scope map that somebody made.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ScopeMapRow {
    /// Its name as it was typed.
    pub name: ScopeMapName,
    /// Words of its owner's.
    pub description: Option<String>,
    /// What it allows, none of which has a blank.
    pub actions: Vec<String>,
    /// When it was made, and by whom.
    pub created: (Timestamp, String),
    /// When it was last changed, and by whom.
    pub updated: (Timestamp, String),
}

/// What is there under a name, when somebody is about to write there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing<'a, R> {
    /// This.
    Row(&'a R),
    /// Nothing yet.
    Vacant {
        /// How many others of its kind the registry has.
        others: u64,
        /// The registry's SKU, which says how many it may have. It may have been another when the request came.
        sku: Sku,
    },
}

/// What came of writing a resource of a registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Put<R, E> {
    /// There was none before.
    Created(R),
    /// It was changed.
    Updated(R),
    /// The rules said no; nothing was changed.
    Refused(E),
}

impl<'a, R> Standing<'a, R> {
    /// What is there, if it is.
    pub fn row(&self) -> Option<&'a R> {
        match self {
            Self::Row(row) => Some(row),
            Self::Vacant { .. } => None,
        }
    }
}

impl Db {
    /// Looks up a scope map.
    pub async fn scope_map(
        &self,
        registry: &RegistryName,
        name: &ScopeMapName,
    ) -> Result<Option<ScopeMapRow>, Error> {
        let (registry, key) = (registry.clone(), name.key());
        self.read("scope_map", async move |tx: &mut Tx<'_>| find(tx, &registry, &key).await).await
    }

    /// The scope maps of a registry whose keys come after `after`, by key, `limit` at most.
    pub async fn scope_maps(
        &self,
        registry: &RegistryName,
        after: &str,
        limit: u32,
    ) -> Result<Vec<ScopeMapRow>, Error> {
        let (registry, after) = (registry.clone(), after.to_owned());
        self.read("scope_maps", async move |tx: &mut Tx<'_>| {
            let sql = format!(
                "SELECT {COLUMNS} FROM scope_map WHERE registry = $1 AND $2 < name_key ORDER BY name_key LIMIT $3"
            );
            let rows = tx.query(&sql, params![registry.as_str(), &after, i64::from(limit)]).await?;
            Ok(rows.iter().map(scope_map).collect())
        })
        .await
    }

    /// Writes what `decide` makes of what is there.
    pub async fn put_scope_map<E: Send + 'static>(
        &self,
        registry: &RegistryName,
        name: &ScopeMapName,
        decide: impl Fn(Standing<'_, ScopeMapRow>) -> Result<ScopeMapRow, E>
        + Clone
        + Send
        + Sync
        + 'static,
        entry: AuditEntry,
    ) -> Result<Put<ScopeMapRow, E>, Error> {
        let (registry, key) = (registry.clone(), name.key());
        let of = registry.clone();
        self.write_in(&of, "put_scope_map", async move |tx: &mut Tx<'_>| {
            let before = find(tx, &registry, &key).await?;
            let standing = match &before {
                Some(row) => Standing::Row(row),
                None => vacant(tx, COUNT, &registry).await?,
            };
            let after = match decide(standing) {
                Ok(after) => after,
                Err(refusal) => return Ok(Put::Refused(refusal)),
            };
            write(tx, &registry, &key, &after).await?;
            audit::record(tx, &entry).await?;
            Ok(if before.is_some() { Put::Updated(after) } else { Put::Created(after) })
        })
        .await
    }

    /// Removes a scope map. Tokens that have it may do nothing from now on.
    pub async fn delete_scope_map(
        &self,
        registry: &RegistryName,
        name: &ScopeMapName,
        guard: Guard<ScopeMapRow>,
        entry: AuditEntry,
    ) -> Result<Removal, Error> {
        let (registry, key) = (registry.clone(), name.key());
        self.write("delete_scope_map", async move |tx: &mut Tx<'_>| {
            if let Err(removal) = guard.pass(find(tx, &registry, &key).await?) {
                return Ok(removal);
            }
            let sql = "DELETE FROM scope_map WHERE registry = $1 AND name_key = $2";
            tx.execute(sql, params![registry.as_str(), &key]).await?;
            audit::record(tx, &entry).await?;
            Ok(Removal::Removed)
        })
        .await
    }

    /// How many scope maps a registry has, beside those that every registry has.
    pub async fn scope_map_count(&self, registry: &RegistryName) -> Result<u64, Error> {
        let registry = registry.clone();
        self.read("scope_map_count", async move |tx: &mut Tx<'_>| count(tx, COUNT, &registry).await)
            .await
    }
}

const COUNT: &str = "SELECT COUNT(*) FROM scope_map WHERE registry = $1";

/// Counts rows of a registry, which its quota bounds.
pub(crate) async fn count(
    tx: &mut Tx<'_>,
    sql: &str,
    registry: &RegistryName,
) -> Result<u64, Fault> {
    tx.count(sql, params![registry.as_str()]).await
}

/// What is there of a registry's resource that is not there yet; `sql` counts the others.
pub(crate) async fn vacant<R: 'static>(
    tx: &mut Tx<'_>,
    sql: &str,
    registry: &RegistryName,
) -> Result<Standing<'static, R>, Fault> {
    let (others, sku) = (count(tx, sql, registry).await?, registry::sku(tx, registry).await?);
    Ok(Standing::Vacant { others, sku })
}

/// Says whether a registry has a scope map.
pub(crate) async fn exists(
    tx: &mut Tx<'_>,
    registry: &RegistryName,
    key: &str,
) -> Result<bool, Fault> {
    let sql = "SELECT 1 FROM scope_map WHERE registry = $1 AND name_key = $2";
    tx.exists(sql, params![registry.as_str(), key]).await
}

/// Takes a column of actions apart.
pub(crate) fn actions(text: &str) -> Vec<String> {
    text.split_ascii_whitespace().map(str::to_owned).collect()
}

const COLUMNS: &str = "name, description, actions, created_ms, created_by, updated_ms, updated_by";

async fn find(
    tx: &mut Tx<'_>,
    registry: &RegistryName,
    key: &str,
) -> Result<Option<ScopeMapRow>, Fault> {
    let sql = format!("SELECT {COLUMNS} FROM scope_map WHERE registry = $1 AND name_key = $2");
    Ok(tx.query_opt(&sql, params![registry.as_str(), key]).await?.as_ref().map(scope_map))
}

fn scope_map(row: &Row) -> ScopeMapRow {
    ScopeMapRow {
        name: row.parsed(0),
        description: row.opt_text(1).map(str::to_owned),
        actions: actions(row.text(2)),
        created: (Timestamp(row.int(3)), row.text(4).to_owned()),
        updated: (Timestamp(row.int(5)), row.text(6).to_owned()),
    }
}

async fn write(
    tx: &mut Tx<'_>,
    registry: &RegistryName,
    key: &str,
    map: &ScopeMapRow,
) -> Result<(), Fault> {
    tx.execute(
        "INSERT INTO scope_map (registry, name_key, name, description, actions, created_ms, created_by, updated_ms,
                                updated_by)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         ON CONFLICT (registry, name_key) DO UPDATE SET
             description = excluded.description, actions = excluded.actions, updated_ms = excluded.updated_ms,
             updated_by = excluded.updated_by",
        params![
            registry.as_str(),
            key,
            map.name.as_str(),
            map.description.as_ref(),
            map.actions.join(" ").as_str(),
            map.created.0.0,
            &map.created.1,
            map.updated.0.0,
            &map.updated.1,
        ],
    )
    .await?;
    Ok(())
}
