//! Which registry a request is for, and in which of its regions, by the host that it was sent to.
//!
//! A pull must not ask the database for that. A registry is kept until the next change by this process; where other
//! processes write too, for half a second.

use crate::audit::Actor;
use crate::auth::fresh::{Fresh, Moment};
use crate::ctx::{Ctx, Site};
use boathook_core::defaults;
use boathook_core::host::Host;
use boathook_core::name::{Place, Region, RegistryName, ResourceGroupName};
use boathook_core::quota::Sku;
use boathook_core::time::Timestamp;
use boathook_store::{Db, Error, RegistryRow, ResourceGroupRow};
use std::sync::Arc;

/// How many registries are known without asking the database.
const KNOWN_MAX: usize = 1_000;

/// A registry and where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registry {
    /// The registry.
    pub row: RegistryRow,
    /// Its regions, the first of which is home.
    pub regions: Vec<Region>,
}

impl Registry {
    /// The name by which its tokens are for it, and which does not depend on the listener.
    pub fn audience(&self, domain: &str) -> String {
        format!("{}.{domain}", self.row.name)
    }
}

/// Registries that need not be looked up again.
pub struct Registries(Fresh<RegistryName, Arc<Registry>>);

impl Default for Registries {
    fn default() -> Self {
        Self(Fresh::new(KNOWN_MAX))
    }
}

/// What a host leads to.
#[derive(Clone, Debug)]
pub struct Found {
    /// The registry.
    pub registry: Arc<Registry>,
    /// It, in the region that is asked.
    pub place: Place,
}

/// Finds what a `Host` header leads to; `None` where it names a registry, or a region of one, that is not there. Any
/// name that is not under the server's domain leads to the default registry.
pub async fn of_host(ctx: &Ctx, host: &str) -> Result<Option<Found>, Error> {
    let (name, region) = match Host::parse(host, &ctx.site.domain) {
        Host::Named { registry, region } => (registry, region),
        Host::UnderDomainButNoRegistry => return Ok(None),
        Host::Other => (ctx.site.registry.clone(), None),
    };
    let Some(registry) = registry(ctx, &name).await? else { return Ok(None) };
    let region = region.unwrap_or_else(|| registry.row.location.clone());
    let place = registry.regions.contains(&region).then_some(Place { registry: name, region });
    Ok(place.map(|place| Found { registry, place }))
}

/// Looks a registry up: as it is now, or on a shared database as it was half a second ago.
pub async fn registry(ctx: &Ctx, name: &RegistryName) -> Result<Option<Arc<Registry>>, Error> {
    if let Some(registry) = ctx.registries.0.get(ctx, name) {
        return Ok(Some(registry));
    }
    let asked = Moment::now(ctx);
    let Some(row) = ctx.db.registry(name).await? else { return Ok(None) };
    let regions = regions_of(ctx, &row).await?;
    let registry = Arc::new(Registry { row, regions });
    ctx.registries.0.put(asked, name.clone(), Arc::clone(&registry));
    Ok(Some(registry))
}

/// The regions that a registry is in, the first of which is home.
async fn regions_of(ctx: &Ctx, registry: &RegistryRow) -> Result<Vec<Region>, Error> {
    let replications = ctx.db.replications(&registry.name).await?;
    let others = replications.into_iter().map(|row| row.region);
    Ok([registry.location.clone()].into_iter().chain(others).collect())
}

/// Makes the default registry and its resource group, unless they are there or somebody has deleted the registry.
pub async fn ensure_default(db: &Db, site: &Site, sku: Sku, now: Timestamp) -> Result<(), Error> {
    let name: ResourceGroupName = defaults::RESOURCE_GROUP.parse().expect("it is a group's name");
    let made = (now, Actor::server().name);
    let group = ResourceGroupRow {
        name: name.clone(),
        location: site.home().clone(),
        tags: "{}".to_owned(),
        created: made.clone(),
        updated: made.clone(),
    };
    let label = site.registry.as_str().parse().expect("a name is a label too");
    let mut registry = RegistryRow::new(label, name, site.home().clone(), sku, made);
    registry.settings.is_admin_user_enabled = true;
    db.ensure_registry(registry, group).await
}
