//! Replications: the regions that a registry is in beside its home. Each serves what is pushed to it.

use super::etag::{self, Stale};
use super::scope_maps::{Done, id_of};
use super::webhooks::{is_tags, tags_text};
use crate::audit::{self, Actor};
use crate::ctx::Ctx;
use crate::operations::{self, Kind, OperationRow};
use boathook_core::name::{InvalidName, Region, ReplicationName};
use boathook_core::quota::{Counts, Feature, QuotaExceeded, Sku};
use boathook_store::{
    Error, Put, RegistryRow, ReplicationChange, ReplicationDeletion, ReplicationRefusal, Standing,
};
use boathook_wire::arm::condition::Condition;
use boathook_wire::arm::object::Change;
use boathook_wire::arm::replication::parameters::{Create, Update};
use std::collections::BTreeMap;

pub use boathook_store::ReplicationRow;

/// Why a replication is not made, changed or removed.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Refusal {
    /// Its name.
    #[error(transparent)]
    Name(InvalidName),
    /// The SKU has none.
    #[error("a registry of the SKU {0} has no replications: change it to Premium first")]
    Sku(Sku),
    /// The server has no such region.
    #[error("this server has no region '{location}': it has {regions}")]
    NoRegion {
        /// What was asked for.
        location: String,
        /// What there is.
        regions: String,
    },
    // The words of `az`, which refuses it as well.
    /// It is the registry's home.
    #[error("Replication could not be created in the same location as the registry.")]
    Home,
    /// The home region is no replication that could be changed.
    #[error("the registry's home region cannot be changed or deleted")]
    IsHome,
    /// Another one is there.
    #[error("the replication '{0}' is in that region already")]
    Taken(String),
    /// It stays where it is.
    #[error("a replication's location cannot be changed: it is '{0}'")]
    LocationFixed(Region),
    /// A webhook would hear nothing any more.
    #[error("webhooks are in the replication's region: delete them first")]
    HasWebhook,
    /// There are too many tags, or too long ones.
    #[error(transparent)]
    Tags(super::webhooks::Refusal),
    /// The registry has as many as it may.
    #[error(transparent)]
    Quota(QuotaExceeded),
    /// It is not as the caller last saw it.
    #[error(transparent)]
    Stale(#[from] Stale),
    /// There is none of that name.
    #[error("there is no such replication")]
    NotFound,
}

impl Refusal {
    /// The member of the request that is at fault.
    pub fn target(&self) -> Option<&'static str> {
        match self {
            Self::Name(_) => Some("replicationName"),
            Self::NoRegion { .. } | Self::Home | Self::Taken(_) | Self::LocationFixed(_) => {
                Some("location")
            }
            Self::Tags(_) => Some("tags"),
            Self::Sku(_)
            | Self::IsHome
            | Self::HasWebhook
            | Self::Quota(_)
            | Self::Stale(_)
            | Self::NotFound => None,
        }
    }
}

/// Looks up a replication.
pub async fn get(
    ctx: &Ctx,
    registry: &RegistryRow,
    name: &str,
) -> Result<Option<ReplicationRow>, Error> {
    let Ok(name) = name.parse::<ReplicationName>() else { return Ok(None) };
    let wanted = name.key();
    let found = list(ctx, registry).await?;
    Ok(found.into_iter().find(|row| row.name.key() == wanted))
}

/// All replications by name, the home region before them, if there are any.
pub async fn list(ctx: &Ctx, registry: &RegistryRow) -> Result<Vec<ReplicationRow>, Error> {
    let mut rows = ctx.db.replications(&registry.name).await?;
    if !rows.is_empty()
        && let Ok(name) = registry.location.as_str().parse::<ReplicationName>()
        && rows.iter().all(|row| row.name.key() != name.key())
    {
        let home = ReplicationRow {
            name,
            region: registry.location.clone(),
            is_endpoint_enabled: true,
            is_zone_redundant: registry.settings.is_zone_redundant,
            tags: "{}".to_owned(),
            created: registry.created.clone(),
            updated: registry.created.clone(),
        };
        rows.insert(0, home);
    }
    Ok(rows)
}

/// Makes a replication, or replaces one of the same name; tells the operation that did so.
pub async fn create(
    ctx: &Ctx,
    registry: &RegistryRow,
    name: &str,
    create: Create,
    condition: &Condition,
    actor: &Actor,
) -> Result<Result<(Done<ReplicationRow>, OperationRow), Refusal>, Error> {
    let (name, region) = match check(ctx, registry, name, &create) {
        Ok(checked) => checked,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let now = (ctx.clock.now(), actor.name.clone());
    let made = ReplicationRow {
        name: name.clone(),
        region,
        is_endpoint_enabled: create.is_region_endpoint_enabled.unwrap_or(true),
        is_zone_redundant: create.is_zone_redundant.unwrap_or(false),
        tags: tags_text(&create.tags),
        created: now.clone(),
        updated: now,
    };
    let decide = move |standing: Standing<'_, ReplicationRow>| match standing {
        Standing::Row(before) if before.region != made.region => {
            Err(Refusal::LocationFixed(before.region.clone()))
        }
        Standing::Row(before) => Ok(ReplicationRow {
            name: before.name.clone(),
            created: before.created.clone(),
            ..made.clone()
        }),
        Standing::Vacant { others, sku } => {
            let counts = Counts { replications: others + 1, ..Counts::default() };
            sku.limits().check(sku, &counts).map_err(Refusal::Quota)?;
            Ok(made.clone())
        }
    };
    put(ctx, registry, &name, decide, (Kind::CreateReplication, condition, actor)).await
}

/// Changes what `update` names of a replication; tells the operation that did so.
pub async fn update(
    ctx: &Ctx,
    registry: &RegistryRow,
    name: &str,
    update: Update,
    condition: &Condition,
    actor: &Actor,
) -> Result<Result<(ReplicationRow, OperationRow), Refusal>, Error> {
    let Ok(name) = name.parse::<ReplicationName>() else { return Ok(Err(Refusal::NotFound)) };
    if ctx.db.replication(&registry.name, &name).await?.is_none()
        && name.key() == registry.location.as_str()
    {
        return Ok(Err(Refusal::IsHome));
    }
    let updated = (ctx.clock.now(), actor.name.clone());
    let decide = move |standing: Standing<'_, ReplicationRow>| {
        let Standing::Row(before) = standing else { return Err(Refusal::NotFound) };
        let tags = match &update.tags {
            Change::Keep => before.tags.clone(),
            Change::Clear => tags_text(&BTreeMap::new()),
            Change::Set(tags) => tags_text(&is_tags(tags).map_err(Refusal::Tags)?),
        };
        let enabled = update.is_region_endpoint_enabled;
        Ok(ReplicationRow {
            is_endpoint_enabled: enabled.unwrap_or(before.is_endpoint_enabled),
            tags,
            updated: updated.clone(),
            ..before.clone()
        })
    };
    let done =
        put(ctx, registry, &name, decide, (Kind::UpdateReplication, condition, actor)).await?;
    Ok(done.map(|(done, operation)| match done {
        Done::Created(row) | Done::Updated(row) => (row, operation),
    }))
}

/// Removes a replication and tells the operation that did so; nothing where there was none.
pub async fn delete(
    ctx: &Ctx,
    registry: &RegistryRow,
    name: &str,
    condition: &Condition,
    actor: &Actor,
) -> Result<Result<Option<OperationRow>, Refusal>, Error> {
    let Ok(name) = name.parse::<ReplicationName>() else { return Ok(Ok(None)) };
    let change = change(ctx, registry, &name, Kind::DeleteReplication, actor);
    let operation = change.operation.clone();
    let guard = etag::guard(condition);
    Ok(match ctx.db.delete_replication(&registry.name, &name, guard, change).await? {
        ReplicationDeletion::Deleted => Ok(Some(operation)),
        ReplicationDeletion::Unknown if name.key() == registry.location.as_str() => {
            Err(Refusal::IsHome)
        }
        ReplicationDeletion::Unknown => Ok(None),
        ReplicationDeletion::HasWebhook => Err(Refusal::HasWebhook),
        ReplicationDeletion::Refused => Err(Refusal::Stale(Stale)),
    })
}

/// Checks what a replication is created with.
fn check(
    ctx: &Ctx,
    registry: &RegistryRow,
    name: &str,
    create: &Create,
) -> Result<(ReplicationName, Region), Refusal> {
    let name = name.parse().map_err(Refusal::Name)?;
    if !registry.sku.has(Feature::Replications) {
        return Err(Refusal::Sku(registry.sku));
    }
    let region = create.location.parse::<Region>().ok();
    let region = region.filter(|region| ctx.site.regions.contains(region)).ok_or_else(|| {
        let regions: Vec<_> = ctx.site.regions.iter().map(Region::as_str).collect();
        Refusal::NoRegion { location: create.location.clone(), regions: regions.join(", ") }
    })?;
    if region == registry.location {
        return Err(Refusal::Home);
    }
    is_tags(&create.tags).map_err(Refusal::Tags)?;
    Ok((name, region))
}

/// What remembers a change, which is done as soon as it is written.
fn change(
    ctx: &Ctx,
    registry: &RegistryRow,
    name: &ReplicationName,
    kind: Kind,
    actor: &Actor,
) -> ReplicationChange {
    let action = match kind {
        Kind::DeleteReplication => "Microsoft.ContainerRegistry/registries/replications/delete",
        _ => "Microsoft.ContainerRegistry/registries/replications/write",
    };
    let path = id_of(registry).replication(name.as_str());
    ReplicationChange {
        operation: operations::ended(ctx, kind, &registry.name, name.key()),
        entry: audit::entry(ctx, actor, action, path),
    }
}

async fn put(
    ctx: &Ctx,
    registry: &RegistryRow,
    name: &ReplicationName,
    decide: impl Fn(Standing<'_, ReplicationRow>) -> Result<ReplicationRow, Refusal>
    + Clone
    + Send
    + Sync
    + 'static,
    (kind, condition, actor): (Kind, &Condition, &Actor),
) -> Result<Result<(Done<ReplicationRow>, OperationRow), Refusal>, Error> {
    let condition = condition.clone();
    let decide = move |standing: Standing<'_, ReplicationRow>| {
        etag::check(&condition, standing.row())?;
        decide(standing)
    };
    let change = change(ctx, registry, name, kind, actor);
    let operation = change.operation.clone();
    Ok(match ctx.db.put_replication(&registry.name, name, decide, change).await? {
        Put::Created(row) => Ok((Done::Created(row), operation)),
        Put::Updated(row) => Ok((Done::Updated(row), operation)),
        Put::Refused(ReplicationRefusal::Rule(refusal)) => Err(refusal),
        Put::Refused(ReplicationRefusal::Taken(name)) => Err(Refusal::Taken(name.to_string())),
    })
}
