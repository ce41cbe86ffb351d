//! Registries: made, changed, listed and counted.

mod settings;

pub use settings::NotHere;

use super::deletion::{self, DELETE_REGISTRY};
use super::etag::{self, Stale};
use super::scope_maps::Done;
use super::webhooks::{self, is_tags, tags_text};
use crate::audit::{self, Actor};
use crate::auth::admin;
use crate::ctx::{Ctx, Limits};
use crate::operations::{self, Kind, OperationRow};
use boathook_core::name::{
    InvalidName, Region, RegistryLabel, RegistryName, ResourceGroupName, Unavailable,
};
use boathook_core::policy::InvalidPolicy;
use boathook_core::quota::{Counts, InvalidSku, QuotaExceeded, Sku, Usage};
use boathook_core::time::Timestamp;
use boathook_store::{DeleteRegistry, Error, Put, RegistryRow, RegistrySettings, RegistryStanding};
use boathook_wire::arm::condition::Condition;
use boathook_wire::arm::object::Change;
use boathook_wire::arm::path::RegistryId;
use boathook_wire::arm::registry::parameters::{self, Create, Update};
use std::collections::BTreeMap;

pub use super::scope_maps::id_of;

/// How many registries a server may have: as many as it knows without asking the database.
pub const REGISTRIES_MAX: u64 = 1_000;

/// How many registries are in a page.
pub const PAGE_MAX: u32 = 100;

/// Why a registry is not made or changed.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Refusal {
    /// Its name.
    #[error(transparent)]
    Name(InvalidName),
    /// Another has the name, in whatever resource group.
    #[error("The registry {0} is already in use.")]
    Taken(RegistryName),
    /// The resource group is not there.
    #[error("Resource group '{0}' could not be found.")]
    NoGroup(String),
    /// The server is in no such region.
    #[error(
        "The provided location '{location}' is not available for resource type \
         'Microsoft.ContainerRegistry/registries'. List of available regions for the resource type is '{available}'."
    )]
    Location {
        /// What was asked for.
        location: String,
        /// What there is.
        available: String,
    },
    /// It is in another region, and stays there.
    #[error("the registry is in `{0}`, and cannot move: leave `location` as it is")]
    Moved(Region),
    /// Its SKU.
    #[error(transparent)]
    Sku(#[from] InvalidSku),
    /// The SKU is too small for what it has.
    #[error(transparent)]
    Quota(#[from] QuotaExceeded),
    /// The SKU does not have anonymous pull.
    #[error("`anonymousPullEnabled` needs the SKU `Standard` or `Premium`")]
    AnonymousPull,
    /// A policy.
    #[error(transparent)]
    Policy(#[from] InvalidPolicy),
    /// Something that this server does not have.
    #[error(transparent)]
    NotHere(#[from] NotHere),
    /// Its tags.
    #[error(transparent)]
    Tags(webhooks::Refusal),
    /// It is not as the caller last saw it.
    #[error(transparent)]
    Stale(#[from] Stale),
    /// The server has as many as it may.
    #[error(
        "a server has at most {REGISTRIES_MAX} registries: delete one that is not needed any more"
    )]
    TooMany,
    /// It is gone.
    #[error("there is no such registry")]
    NotFound,
}

impl Refusal {
    /// The member of the request that is at fault.
    pub fn target(&self) -> Option<String> {
        match self {
            Self::Name(_) => Some("registryName".to_owned()),
            Self::Location { .. } | Self::Moved(_) => Some("location".to_owned()),
            Self::Sku(_) => Some("sku.name".to_owned()),
            Self::AnonymousPull => Some("properties.anonymousPullEnabled".to_owned()),
            Self::Policy(policy) => Some(policy.member()),
            Self::NotHere(NotHere { member, .. }) => Some(format!("properties.{member}")),
            Self::Tags(_) => Some("tags".to_owned()),
            Self::Taken(_)
            | Self::NoGroup(_)
            | Self::Quota(_)
            | Self::Stale(_)
            | Self::TooMany
            | Self::NotFound => None,
        }
    }
}

/// Says whether a new registry may have a name.
pub async fn availability(ctx: &Ctx, name: &str) -> Result<Result<(), Unavailable>, Error> {
    let name: RegistryName = match name.parse() {
        Ok(name) => name,
        Err(invalid) => return Ok(Err(Unavailable::Invalid(invalid))),
    };
    let is_taken = ctx.db.is_registry_name_taken(&name).await?;
    Ok(if is_taken { Err(Unavailable::AlreadyExists(name)) } else { Ok(()) })
}

/// A page of registries by name, those after `after`, of a resource group or of all.
pub async fn list(
    ctx: &Ctx,
    group: Option<&ResourceGroupName>,
    after: Option<&RegistryName>,
) -> Result<Vec<RegistryRow>, Error> {
    ctx.db.registries(group, after, PAGE_MAX).await
}

/// How much a registry has of what is limited.
pub async fn usages(ctx: &Ctx, registry: &RegistryRow) -> Result<Vec<Usage>, Error> {
    let counts = ctx.db.registry_counts(&registry.name).await?;
    Ok(ctx.limits.of(registry.sku).usages(&counts))
}

/// Makes a registry, or replaces what is said of the one of that name.
pub async fn create(
    ctx: &Ctx,
    group: &str,
    name: &str,
    create: Create,
    condition: &Condition,
    actor: &Actor,
) -> Result<Result<Done<RegistryRow>, Refusal>, Error> {
    let label: RegistryLabel = match name.parse() {
        Ok(label) => label,
        Err(invalid) => return Ok(Err(Refusal::Name(invalid))),
    };
    let Ok(group_name) = group.parse::<ResourceGroupName>() else {
        return Ok(Err(Refusal::NoGroup(group.to_owned())));
    };
    let wanted = match Wanted::read(ctx, &create, actor) {
        Ok(wanted) => wanted,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let (name, group) = (label.name().clone(), group_name.clone());
    let decide = move |standing: RegistryStanding<'_>| wanted.decide(&label, &group, standing);
    let asked = (condition, actor);
    write(ctx, &name, &group_name, decide, create.settings.is_admin_user_enabled, asked).await
}

/// Changes what `update` names of a registry.
pub async fn update(
    ctx: &Ctx,
    registry: &RegistryRow,
    update: Update,
    condition: &Condition,
    actor: &Actor,
) -> Result<Result<RegistryRow, Refusal>, Error> {
    let (updated, limits) = ((ctx.clock.now(), actor.name.clone()), ctx.limits.clone());
    let enables = update.settings.is_admin_user_enabled;
    let decide = move |standing: RegistryStanding<'_>| {
        let before = standing.before.ok_or(Refusal::NotFound)?;
        if let Some(location) = &update.location {
            stays(before, location)?;
        }
        let sku = update.sku.as_deref().map_or(Ok(before.sku), str::parse)?;
        fits(&limits, before, sku, &standing.counts)?;
        Ok(RegistryRow {
            sku,
            tags: match &update.tags {
                Change::Keep => before.tags.clone(),
                Change::Clear => "{}".to_owned(),
                Change::Set(tags) => checked_tags(tags)?,
            },
            settings: settings::changed(&before.settings, &update.settings, sku, updated.0)?,
            revision: before.revision + 1,
            updated: updated.clone(),
            ..before.clone()
        })
    };
    let (name, group) = (&registry.name, &registry.resource_group);
    let done = write(ctx, name, group, decide, enables, (condition, actor)).await?;
    Ok(done.map(|done| match done {
        Done::Created(row) | Done::Updated(row) => row,
    }))
}

/// Lets a registry go, and tells the operation that works off what it held; nothing where it has gone already.
pub async fn delete(
    ctx: &Ctx,
    registry: &RegistryRow,
    condition: &Condition,
    actor: &Actor,
) -> Result<Result<Option<OperationRow>, Refusal>, Error> {
    let operation = operations::ending(ctx, Kind::DeleteRegistry, registry.name.to_string());
    let entry = audit::entry(ctx, actor, DELETE_REGISTRY, id_of(registry).to_string());
    let deletion = deletion::deletion(ctx, &registry.name, Some(operation.clone()), entry);
    let deletion = DeleteRegistry { guard: etag::guard(condition), ..deletion };
    let removal = ctx.db.delete_registry(deletion).await?;
    Ok(match etag::removed(removal) {
        Ok(was_there) => Ok(was_there.then_some(operation)),
        Err(stale) => Err(Refusal::Stale(stale)),
    })
}

/// What a registry shall be.
#[derive(Clone)]
struct Wanted {
    region: Option<Region>,
    location: String,
    available: String,
    sku: Sku,
    limits: Limits,
    tags: String,
    settings: parameters::Settings,
    made: (Timestamp, String),
}

impl Wanted {
    fn read(ctx: &Ctx, create: &Create, actor: &Actor) -> Result<Self, Refusal> {
        let Create { location, sku, tags, settings } = create;
        let regions = &ctx.site.regions;
        let region = location.parse().ok().filter(|region| regions.contains(region));
        Ok(Self {
            region,
            location: location.clone(),
            available: regions.iter().map(Region::as_str).collect::<Vec<_>>().join(","),
            sku: sku.parse()?,
            limits: ctx.limits.clone(),
            tags: checked_tags(tags)?,
            settings: settings.clone(),
            made: (ctx.clock.now(), actor.name.clone()),
        })
    }

    /// What is not said is as in a new registry: a PUT says everything.
    fn decide(
        &self,
        label: &RegistryLabel,
        group: &ResourceGroupName,
        standing: RegistryStanding<'_>,
    ) -> Result<RegistryRow, Refusal> {
        let Self { sku, made, .. } = self;
        let fresh = RegistrySettings::new(made.0);
        let settings = settings::changed(&fresh, &self.settings, *sku, made.0)?;
        let Some(before) = standing.before else {
            if standing.is_going {
                return Err(Refusal::Taken(label.name().clone()));
            }
            if REGISTRIES_MAX <= standing.others {
                return Err(Refusal::TooMany);
            }
            let region = self.region.clone().ok_or_else(|| Refusal::Location {
                location: self.location.clone(),
                available: self.available.clone(),
            })?;
            if !standing.has_group {
                return Err(Refusal::NoGroup(group.to_string()));
            }
            let row = RegistryRow::new(label.clone(), group.clone(), region, *sku, made.clone());
            return Ok(RegistryRow { tags: self.tags.clone(), settings, ..row });
        };
        if before.resource_group.key() != group.key() {
            return Err(Refusal::Taken(before.name.clone()));
        }
        stays(before, &self.location)?;
        fits(&self.limits, before, *sku, &standing.counts)?;
        Ok(RegistryRow {
            sku: *sku,
            tags: self.tags.clone(),
            settings,
            revision: before.revision + 1,
            updated: made.clone(),
            ..before.clone()
        })
    }
}

fn stays(before: &RegistryRow, location: &str) -> Result<(), Refusal> {
    let is_same = location.parse::<Region>().is_ok_and(|region| region == before.location);
    if is_same { Ok(()) } else { Err(Refusal::Moved(before.location.clone())) }
}

/// A registry that has more than it may, because what is configured was changed, can be changed in all else.
fn fits(
    limits: &Limits,
    before: &RegistryRow,
    sku: Sku,
    counts: &Counts,
) -> Result<(), QuotaExceeded> {
    if sku == before.sku { Ok(()) } else { limits.of(sku).check(sku, counts) }
}

fn checked_tags(tags: &BTreeMap<String, String>) -> Result<String, Refusal> {
    Ok(tags_text(&is_tags(tags).map_err(Refusal::Tags)?))
}

/// Passwords are made before the transaction, since hashing takes its time.
async fn write(
    ctx: &Ctx,
    name: &RegistryName,
    group: &ResourceGroupName,
    decide: impl Fn(RegistryStanding<'_>) -> Result<RegistryRow, Refusal>
    + Clone
    + Send
    + Sync
    + 'static,
    enables_admin: Option<bool>,
    (condition, actor): (&Condition, &Actor),
) -> Result<Result<Done<RegistryRow>, Refusal>, Error> {
    let condition = condition.clone();
    let decide = move |standing: RegistryStanding<'_>| {
        etag::check(&condition, standing.before)?;
        decide(standing)
    };
    let secrets = if enables_admin == Some(true) {
        let kept = ctx.db.sealed_secrets(name, name.as_str()).await?;
        if kept.is_empty() { admin::make_all(ctx, name).await } else { Vec::new() }
    } else {
        Vec::new()
    };
    let id = RegistryId {
        subscription: boathook_core::defaults::SUBSCRIPTION_ID.to_owned(),
        resource_group: group.to_string(),
        registry: name.to_string(),
    };
    let action = "Microsoft.ContainerRegistry/registries/write";
    let entry = audit::entry(ctx, actor, action, id.to_string());
    Ok(match ctx.db.put_registry(name, group, decide, secrets, entry).await? {
        Put::Created(row) => Ok(Done::Created(row)),
        Put::Updated(row) => Ok(Done::Updated(row)),
        Put::Refused(refusal) => Err(refusal),
    })
}
