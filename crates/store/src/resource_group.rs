//! Resource groups: names that registries are kept under.

use crate::db::Db;
use crate::error::{Error, Fault};
use crate::row::{Row, params};
use crate::tx::Tx;
use boathook_core::name::{Region, ResourceGroupName};
use boathook_core::time::Timestamp;

/// A resource group.
#[derive(Clone, Debug, PartialEq, Eq)]
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
}

/// What came of removing a resource group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupDeletion {
    /// It is gone.
    Deleted,
    /// There was none.
    Unknown,
    /// A registry is in it, perhaps one that is being deleted.
    NotEmpty,
}

impl Db {
    /// Makes the group unless it is there.
    pub async fn ensure_resource_group(&self, group: ResourceGroupRow) -> Result<(), Error> {
        self.write("ensure_resource_group", async move |tx: &mut Tx<'_>| {
            if find(tx, &group.name.key()).await?.is_none() {
                write(tx, &group).await?;
            }
            Ok(())
        })
        .await
    }

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
                "SELECT {COLUMNS} FROM resource_group WHERE $1 < name_key ORDER BY name_key LIMIT $2"
            );
            let rows = tx.query(&sql, params![&after, i64::from(limit)]).await?;
            Ok(rows.iter().map(group).collect())
        })
        .await
    }

    /// Writes what `decide` makes of the group as it is; its name and its maker stay.
    pub async fn put_resource_group<E: Send + 'static>(
        &self,
        name: &ResourceGroupName,
        decide: impl Fn(Option<&ResourceGroupRow>) -> Result<ResourceGroupRow, E>
        + Clone
        + Send
        + Sync
        + 'static,
    ) -> Result<PutGroupOutcome<E>, Error> {
        let key = name.key();
        self.write("put_resource_group", async move |tx: &mut Tx<'_>| {
            let before = find(tx, &key).await?;
            match decide(before.as_ref()) {
                Err(refusal) => Ok(PutGroupOutcome::Refused(refusal)),
                Ok(after) => {
                    write(tx, &after).await?;
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

    /// Removes a group that no registry is in.
    pub async fn delete_resource_group(
        &self,
        name: &ResourceGroupName,
    ) -> Result<GroupDeletion, Error> {
        let key = name.key();
        self.write("delete_resource_group", async move |tx: &mut Tx<'_>| {
            let sql = "SELECT 1 FROM registry WHERE group_key = $1 LIMIT 1";
            if tx.exists(sql, params![&key]).await? {
                return Ok(GroupDeletion::NotEmpty);
            }
            let sql = "DELETE FROM resource_group WHERE name_key = $1";
            let deleted = tx.execute(sql, params![&key]).await?;
            Ok(if deleted == 0 { GroupDeletion::Unknown } else { GroupDeletion::Deleted })
        })
        .await
    }
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
    let sql = format!("SELECT {COLUMNS} FROM resource_group WHERE name_key = $1");
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
