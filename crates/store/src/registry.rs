//! Registries as the management API knows them.

mod erase;
mod settings;

pub use erase::DeleteRegistry;
#[cfg(test)]
pub(crate) use erase::TABLES as ERASED_TABLES;
pub use settings::RegistrySettings;

use crate::account::{self, NewSecret};
use crate::audit::{self, AuditEntry};
use crate::db::Db;
use crate::error::{Error, Fault};
use crate::resource_group::{self, ResourceGroupRow};
use crate::row::{Row, Value, params};
use crate::scope_map::{Put, count};
use crate::tx::Tx;
use boathook_core::name::{Place, Region, RegistryLabel, RegistryName, ResourceGroupName};
use boathook_core::policy::Status;
use boathook_core::quota::{Counts, Sku};
use boathook_core::time::Timestamp;
use settings::{SETTING_COLUMNS, SETTINGS_COUNT};

/// A registry.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RegistryRow {
    /// Its name.
    pub name: RegistryName,
    /// Its name as it was typed.
    pub label: RegistryLabel,
    /// The resource group that it is in.
    pub resource_group: ResourceGroupName,
    /// Its home region.
    pub location: Region,
    /// How much it may have.
    pub sku: Sku,
    /// ARM's tags, a JSON object of strings.
    pub tags: String,
    /// What its owner has set.
    pub settings: RegistrySettings,
    /// Counts its changes.
    pub revision: i64,
    /// When it was made, and by whom.
    pub created: (Timestamp, String),
    /// When it was last changed, and by whom.
    pub updated: (Timestamp, String),
}

impl RegistryRow {
    /// A registry of which nobody has said anything yet.
    pub fn new(
        label: RegistryLabel,
        resource_group: ResourceGroupName,
        location: Region,
        sku: Sku,
        created: (Timestamp, String),
    ) -> Self {
        Self {
            name: label.name().clone(),
            label,
            resource_group,
            location,
            sku,
            tags: "{}".to_owned(),
            settings: RegistrySettings::new(created.0),
            revision: 1,
            updated: created.clone(),
            created,
        }
    }
}

/// What is there under the name of a registry, when somebody is about to write there.
#[derive(Clone, Copy, Debug)]
pub struct RegistryStanding<'a> {
    /// The registry.
    pub before: Option<&'a RegistryRow>,
    /// Whether the name is taken all the same, by one that is being deleted.
    pub is_going: bool,
    /// Whether the resource group that a new one would be in is there.
    pub has_group: bool,
    /// How much it has of what its SKU bounds, its content aside.
    pub counts: Counts,
    /// How many others there are, those included that are being deleted; only told of where there is none of the name.
    pub others: u64,
}

impl Db {
    /// Makes the registry and its group, unless they are there, or it was there and somebody has deleted it.
    pub async fn ensure_registry(
        &self,
        registry: RegistryRow,
        group: ResourceGroupRow,
    ) -> Result<(), Error> {
        self.write("ensure_registry", async move |tx: &mut Tx<'_>| {
            let sql = "SELECT 1 FROM forgone WHERE name = $1";
            if tx.exists(sql, params![registry.name.as_str()]).await? {
                return Ok(());
            }
            resource_group::ensure(tx, &group).await?;
            insert(tx, &registry).await?;
            tx.after.has_identity = true;
            Ok(())
        })
        .await
    }

    /// Says whether a name is taken, by one that is being deleted too.
    pub async fn is_registry_name_taken(&self, name: &RegistryName) -> Result<bool, Error> {
        let name = name.clone();
        self.read("is_registry_name_taken", async move |tx: &mut Tx<'_>| is_taken(tx, &name).await)
            .await
    }

    /// Looks up a registry, unless it is being deleted.
    pub async fn registry(&self, name: &RegistryName) -> Result<Option<RegistryRow>, Error> {
        let name = name.clone();
        self.read("registry", async move |tx: &mut Tx<'_>| find(tx, &name).await).await
    }

    /// Writes what `decide` makes of the registry that is there. While its admin user may sign in, it has `secrets`, if
    /// it has none in their slots.
    pub async fn put_registry<E: Send + 'static>(
        &self,
        name: &RegistryName,
        group: &ResourceGroupName,
        decide: impl Fn(RegistryStanding<'_>) -> Result<RegistryRow, E> + Clone + Send + Sync + 'static,
        secrets: Vec<NewSecret>,
        entry: AuditEntry,
    ) -> Result<Put<RegistryRow, E>, Error> {
        let (name, group) = (name.clone(), group.clone());
        self.write("put_registry", async move |tx: &mut Tx<'_>| {
            let before = find(tx, &name).await?;
            let has_group = resource_group::is_there(tx, &group).await?;
            let counts = counts(tx, &name).await?;
            let is_going = before.is_none() && is_taken(tx, &name).await?;
            let all = "SELECT COUNT(*) FROM registry";
            let others = if before.is_none() { tx.count(all, params![]).await? } else { 0 };
            let standing =
                RegistryStanding { before: before.as_ref(), is_going, has_group, counts, others };
            let after = match decide(standing) {
                Ok(after) => after,
                Err(refusal) => return Ok(Put::Refused(refusal)),
            };
            if before.is_some() {
                update(tx, &after).await?;
            } else {
                insert(tx, &after).await?;
            }
            if after.settings.is_admin_user_enabled {
                account::insert(tx, &secrets, after.updated.0).await?;
            }
            audit::record(tx, &entry).await?;
            tx.after.has_identity = true;
            Ok(if before.is_some() { Put::Updated(after) } else { Put::Created(after) })
        })
        .await
    }

    /// How much a registry has of what its SKU bounds.
    pub async fn registry_counts(&self, name: &RegistryName) -> Result<Counts, Error> {
        let name = name.clone();
        self.read("registry_counts", async move |tx: &mut Tx<'_>| {
            let size_bytes = size_bytes(tx, &name).await?;
            Ok(Counts { size_bytes, ..counts(tx, &name).await? })
        })
        .await
    }

    /// A page of registries by name: those after `after`, of one group or of all.
    pub async fn registries(
        &self,
        group: Option<&ResourceGroupName>,
        after: Option<&RegistryName>,
        limit: u32,
    ) -> Result<Vec<RegistryRow>, Error> {
        let (group, after) = (group.map(ResourceGroupName::key), after.cloned());
        self.read("registries", async move |tx: &mut Tx<'_>| {
            let after = after.as_ref().map_or("", RegistryName::as_str);
            let columns = columns();
            let rows = if let Some(group) = &group {
                let sql = format!(
                    "SELECT {columns} FROM registry
                     WHERE group_key = $1 AND $2 < name AND deleting_ms IS NULL ORDER BY name LIMIT $3"
                );
                tx.query(&sql, params![group, after, i64::from(limit)]).await?
            } else {
                let sql = format!(
                    "SELECT {columns} FROM registry
                     WHERE $1 < name AND deleting_ms IS NULL ORDER BY name LIMIT $2"
                );
                tx.query(&sql, params![after, i64::from(limit)]).await?
            };
            Ok(rows.iter().map(registry).collect())
        })
        .await
    }
}

/// Says whether a registry is there, and is not being deleted.
pub(crate) async fn is_there(tx: &mut Tx<'_>, name: &RegistryName) -> Result<bool, Fault> {
    let sql = "SELECT 1 FROM registry WHERE name = $1 AND deleting_ms IS NULL";
    tx.exists(sql, params![name.as_str()]).await
}

/// How a place holds back what is pushed to it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hold {
    /// Whether it does.
    pub(crate) policy: Status,
    /// Whether some webhook hears of what is pushed before it has passed.
    pub(crate) is_heard: bool,
}

/// How a place holds back what is pushed to it; nothing where its registry is not there, or is being deleted.
pub(crate) async fn hold(tx: &mut Tx<'_>, place: &Place) -> Result<Option<Hold>, Fault> {
    let sql = "SELECT g.quarantine, (SELECT COUNT(*) FROM webhook w
                                     WHERE w.registry = g.name AND w.region = $2
                                       AND w.is_enabled = 1 AND w.actions LIKE '%quarantine%')
               FROM registry g WHERE g.name = $1 AND g.deleting_ms IS NULL";
    let row = tx.query_opt(sql, params![place.registry.as_str(), place.region.as_str()]).await?;
    Ok(row.map(|row| Hold { policy: row.parsed(0), is_heard: row.int(1) != 0 }))
}

/// The SKU of a registry that is there.
pub(crate) async fn sku(tx: &mut Tx<'_>, name: &RegistryName) -> Result<Sku, Fault> {
    let sql = "SELECT sku FROM registry WHERE name = $1 AND deleting_ms IS NULL";
    let row = tx.query_opt(sql, params![name.as_str()]).await?;
    Ok(row.ok_or(Fault::NoRegistry)?.parsed(0))
}

async fn is_taken(tx: &mut Tx<'_>, name: &RegistryName) -> Result<bool, Fault> {
    tx.exists("SELECT 1 FROM registry WHERE name = $1", params![name.as_str()]).await
}

/// Quotas bound what is counted. The content is left out, so that nobody who writes waits for those who push.
async fn counts(tx: &mut Tx<'_>, name: &RegistryName) -> Result<Counts, Fault> {
    let of = |table: &str| format!("SELECT COUNT(*) FROM {table} WHERE registry = $1");
    Ok(Counts {
        size_bytes: 0,
        webhooks: count(tx, &of("webhook"), name).await?,
        replications: count(tx, &of("replication"), name).await?,
        scope_maps: count(tx, &of("scope_map"), name).await?,
        tokens: count(tx, &of("registry_token"), name).await?,
    })
}

/// The bytes of a registry's blobs in all of its regions.
async fn size_bytes(tx: &mut Tx<'_>, name: &RegistryName) -> Result<u64, Fault> {
    let sql = "SELECT bytes FROM blob_tally WHERE registry = $1";
    let rows = tx.query(sql, params![name.as_str()]).await?;
    let bytes: i64 = rows.iter().map(|row| row.int(0)).sum();
    Ok(bytes.max(0).unsigned_abs())
}

fn columns() -> String {
    format!("{OWN_COLUMNS}, {SETTING_COLUMNS}")
}

const OWN_COLUMNS: &str = "name, label, resource_group, group_key, location, sku, tags, revision, created_ms, created_by, updated_ms,
    updated_by";
const OWN_COUNT: usize = 12;

fn registry(row: &Row) -> RegistryRow {
    RegistryRow {
        name: row.parsed(0),
        label: row.parsed(1),
        resource_group: row.parsed(2),
        location: row.parsed(4),
        sku: row.parsed(5),
        tags: row.text(6).to_owned(),
        revision: row.int(7),
        created: (Timestamp(row.int(8)), row.text(9).to_owned()),
        updated: (Timestamp(row.int(10)), row.text(11).to_owned()),
        settings: RegistrySettings::of(row, OWN_COUNT),
    }
}

async fn find(tx: &mut Tx<'_>, name: &RegistryName) -> Result<Option<RegistryRow>, Fault> {
    let columns = columns();
    let sql = format!("SELECT {columns} FROM registry WHERE name = $1 AND deleting_ms IS NULL");
    Ok(tx.query_opt(&sql, params![name.as_str()]).await?.as_ref().map(registry))
}

/// Makes the registry, unless one has its name.
async fn insert(tx: &mut Tx<'_>, registry: &RegistryRow) -> Result<bool, Fault> {
    let (columns, numbers) = (columns(), numbers(1..=OWN_COUNT + SETTINGS_COUNT));
    let sql = format!("INSERT INTO registry ({columns}) VALUES ({numbers}) ON CONFLICT DO NOTHING");
    let group_key = registry.resource_group.key();
    let mut values = own_values(registry, &group_key);
    values.extend(registry.settings.values());
    Ok(tx.execute(&sql, &values).await? == 1)
}

async fn update(tx: &mut Tx<'_>, registry: &RegistryRow) -> Result<(), Fault> {
    let columns = columns();
    let names = columns.split(',').map(str::trim).enumerate();
    let pairs: Vec<_> = names.map(|(idx, name)| format!("{name} = ${}", idx + 1)).collect();
    let sql = format!("UPDATE registry SET {} WHERE name = $1", pairs.join(", "));
    let group_key = registry.resource_group.key();
    let mut values = own_values(registry, &group_key);
    values.extend(registry.settings.values());
    tx.execute(&sql, &values).await?;
    Ok(())
}

fn own_values<'a>(registry: &'a RegistryRow, group_key: &'a str) -> Vec<Value<'a>> {
    params![
        registry.name.as_str(),
        registry.label.as_str(),
        registry.resource_group.as_str(),
        group_key,
        registry.location.as_str(),
        registry.sku.as_str(),
        &registry.tags,
        registry.revision,
        registry.created.0.0,
        &registry.created.1,
        registry.updated.0.0,
        &registry.updated.1,
    ]
    .to_vec()
}

/// `$1, $2, $3`
fn numbers(range: std::ops::RangeInclusive<usize>) -> String {
    range.map(|number| format!("${number}")).collect::<Vec<_>>().join(", ")
}
