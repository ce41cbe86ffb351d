//! Registries as the management API knows them.

mod settings;

pub use settings::RegistrySettings;

use crate::db::Db;
use crate::error::{Error, Fault};
use crate::row::{Row, Value, params};
use crate::tx::Tx;
use boathook_core::name::{Region, RegistryLabel, RegistryName, ResourceGroupName};
use boathook_core::quota::Sku;
use boathook_core::time::Timestamp;
use settings::{SETTING_COLUMNS, SETTINGS_COUNT};

/// A registry.
#[derive(Clone, Debug, PartialEq, Eq)]
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

impl Db {
    /// Makes the registry unless it is there.
    pub async fn ensure_registry(&self, registry: RegistryRow) -> Result<(), Error> {
        self.write("ensure_registry", async move |tx: &mut Tx<'_>| {
            insert(tx, &registry).await?;
            tx.after.has_identity = true;
            Ok(())
        })
        .await
    }

    /// Looks up a registry, unless it is being deleted.
    pub async fn registry(&self, name: &RegistryName) -> Result<Option<RegistryRow>, Error> {
        let name = name.clone();
        self.read("registry", async move |tx: &mut Tx<'_>| find(tx, &name).await).await
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
