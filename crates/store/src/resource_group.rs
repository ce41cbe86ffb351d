//! Resource groups: names that registries are kept under.

use crate::audit::{self, AuditEntry};
use crate::db::Db;
use crate::error::{Error, Fault};
use crate::guard::{Guard, Removal};
use crate::operation::{self, OperationRow};
use crate::row::{Row, params};
use crate::tx::Tx;
use boathook_core::name::{Region, RegistryName, ResourceGroupName};
use boathook_core::role::RoleScope;
use boathook_core::time::Timestamp;

/// How many roles a step takes away.
const STEP_ROLES_MAX: i64 = 200;

/// A resource group.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ResourceGroupRow {
    /// Its name as it was typed.
    pub name: ResourceGroupName,
    /// The region that it is said to be in.
    pub location: Region,
    /// ARM's tags, a JSON object of strings.
    pub tags: String,
    /// When it was made, and by whom.
    pub created: (Timestamp, String),
    /// When it was last changed, and by whom.
    pub updated: (Timestamp, String),
}

/// What came of writing a resource group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PutGroupOutcome<E> {
    /// There was none before.
    Created(ResourceGroupRow),
    /// It was changed.
    Updated(ResourceGroupRow),
    /// The rules said no; nothing was changed.
    Refused(E),
    /// One of that name is being deleted; nothing was changed.
    Going,
}

impl Db {
    /// Looks up a group, in any case.
    pub async fn resource_group(
        &self,
        name: &ResourceGroupName,
    ) -> Result<Option<ResourceGroupRow>, Error> {
        let key = name.key();
        self.read("resource_group", async move |tx: &mut Tx<'_>| find(tx, &key).await).await
    }

    /// A page of groups by name: those after `after`.
    pub async fn resource_groups(
        &self,
        after: Option<&ResourceGroupName>,
        limit: u32,
    ) -> Result<Vec<ResourceGroupRow>, Error> {
        let after = after.map(ResourceGroupName::key).unwrap_or_default();
        self.read("resource_groups", async move |tx: &mut Tx<'_>| {
            let sql = format!(
                "SELECT {COLUMNS} FROM resource_group WHERE $1 < name_key AND deleting_ms IS NULL ORDER BY name_key LIMIT $2"
            );
            let rows = tx.query(&sql, params![&after, i64::from(limit)]).await?;
            Ok(rows.iter().map(group).collect())
        })
        .await
    }

    /// Writes what `decide` makes of the group as it is, and of how many others there are, those included that are being
    /// deleted; its name and its maker stay.
    pub async fn put_resource_group<E: Send + 'static>(
        &self,
        name: &ResourceGroupName,
        decide: impl Fn(Option<&ResourceGroupRow>, u64) -> Result<ResourceGroupRow, E>
        + Clone
        + Send
        + Sync
        + 'static,
        entry: AuditEntry,
    ) -> Result<PutGroupOutcome<E>, Error> {
        let key = name.key();
        self.write("put_resource_group", async move |tx: &mut Tx<'_>| {
            let before = find(tx, &key).await?;
            if before.is_none() && is_taken(tx, &key).await? {
                return Ok(PutGroupOutcome::Going);
            }
            let all = tx.count("SELECT COUNT(*) FROM resource_group", params![]).await?;
            let others = all - u64::from(before.is_some());
            match decide(before.as_ref(), others) {
                Err(refusal) => Ok(PutGroupOutcome::Refused(refusal)),
                Ok(after) => {
                    write(tx, &after).await?;
                    audit::record(tx, &entry).await?;
                    Ok(if before.is_some() {
                        PutGroupOutcome::Updated(after)
                    } else {
                        PutGroupOutcome::Created(after)
                    })
                }
            }
        })
        .await
    }

    /// Lets a group go, so that nothing is made in it any more. What is in it is still there.
    pub async fn delete_resource_group(
        &self,
        name: &ResourceGroupName,
        operation: OperationRow,
        guard: Guard<ResourceGroupRow>,
        entry: AuditEntry,
    ) -> Result<Removal, Error> {
        let key = name.key();
        self.write("delete_resource_group", async move |tx: &mut Tx<'_>| {
            if let Err(removal) = guard.pass(find(tx, &key).await?) {
                return Ok(removal);
            }
            let sql = "UPDATE resource_group SET deleting_ms = $1 WHERE name_key = $2";
            tx.execute(sql, params![operation.created.0, &key]).await?;
            operation::insert(tx, &operation).await?;
            audit::record(tx, &entry).await?;
            Ok(Removal::Removed)
        })
        .await
    }

    /// One of the registries of a group that are being deleted.
    pub async fn going_registry_of_group(
        &self,
        name: &ResourceGroupName,
    ) -> Result<Option<RegistryName>, Error> {
        let key = name.key();
        self.read("going_registry_of_group", async move |tx: &mut Tx<'_>| {
            let sql = "SELECT name FROM registry WHERE group_key = $1 AND deleting_ms IS NOT NULL
                       ORDER BY name LIMIT 1";
            Ok(tx.query_opt(sql, params![&key]).await?.map(|row| row.parsed(0)))
        })
        .await
    }

    /// Removes some of the roles that were given on a group which is being deleted, or else the group, if no registry is
    /// in it any more; `false` where there is nothing left to do.
    pub async fn erase_group(&self, name: &ResourceGroupName) -> Result<bool, Error> {
        let (key, scope) = (name.key(), RoleScope::ResourceGroup(name.clone()).key());
        self.write("erase_group", async move |tx: &mut Tx<'_>| {
            if !is_going(tx, &key).await? {
                return Ok(false);
            }
            let sql = "SELECT id FROM role_assignment WHERE scope_key = $1 ORDER BY id LIMIT $2";
            let roles = tx.query(sql, params![&scope, STEP_ROLES_MAX]).await?;
            let ids: Vec<_> = roles.iter().map(|row| vec![row.value(0)]).collect();
            tx.execute_each("DELETE FROM role_assignment WHERE id = $1", &ids).await?;
            tx.after.has_identity |= !ids.is_empty();
            if !ids.is_empty() || has_registry(tx, &key).await? {
                return Ok(true);
            }
            tx.execute("DELETE FROM resource_group WHERE name_key = $1", params![&key]).await?;
            Ok(false)
        })
        .await
    }
}

/// Says whether a group is being deleted.
pub(crate) async fn is_going(tx: &mut Tx<'_>, key: &str) -> Result<bool, Fault> {
    let sql = "SELECT 1 FROM resource_group WHERE name_key = $1 AND deleting_ms IS NOT NULL";
    tx.exists(sql, params![key]).await
}

async fn has_registry(tx: &mut Tx<'_>, key: &str) -> Result<bool, Fault> {
    tx.exists("SELECT 1 FROM registry WHERE group_key = $1 LIMIT 1", params![key]).await
}

/// Makes the group unless it is there.
pub(crate) async fn ensure(tx: &mut Tx<'_>, group: &ResourceGroupRow) -> Result<(), Fault> {
    if !is_taken(tx, &group.name.key()).await? {
        write(tx, group).await?;
    }
    Ok(())
}

/// Says whether a group is there, and is not being deleted.
pub(crate) async fn is_there(tx: &mut Tx<'_>, name: &ResourceGroupName) -> Result<bool, Fault> {
    let sql = "SELECT 1 FROM resource_group WHERE name_key = $1 AND deleting_ms IS NULL";
    tx.exists(sql, params![&name.key()]).await
}

async fn is_taken(tx: &mut Tx<'_>, key: &str) -> Result<bool, Fault> {
    tx.exists("SELECT 1 FROM resource_group WHERE name_key = $1", params![key]).await
}

const COLUMNS: &str = "name, location, tags, created_ms, created_by, updated_ms, updated_by";

fn group(row: &Row) -> ResourceGroupRow {
    ResourceGroupRow {
        name: row.parsed(0),
        location: row.parsed(1),
        tags: row.text(2).to_owned(),
        created: (Timestamp(row.int(3)), row.text(4).to_owned()),
        updated: (Timestamp(row.int(5)), row.text(6).to_owned()),
    }
}

async fn find(tx: &mut Tx<'_>, key: &str) -> Result<Option<ResourceGroupRow>, Fault> {
    let sql =
        format!("SELECT {COLUMNS} FROM resource_group WHERE name_key = $1 AND deleting_ms IS NULL");
    Ok(tx.query_opt(&sql, params![key]).await?.as_ref().map(group))
}

async fn write(tx: &mut Tx<'_>, group: &ResourceGroupRow) -> Result<(), Fault> {
    tx.execute(
        "INSERT INTO resource_group (name_key, name, location, tags, created_ms, created_by, updated_ms, updated_by)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
         ON CONFLICT (name_key) DO UPDATE SET
             tags = excluded.tags, updated_ms = excluded.updated_ms, updated_by = excluded.updated_by",
        params![
            group.name.key().as_str(),
            group.name.as_str(),
            group.location.as_str(),
            &group.tags,
            group.created.0.0,
            &group.created.1,
            group.updated.0.0,
            &group.updated.1,
        ],
    )
    .await?;
    Ok(())
}
