//! Scope maps: what tokens may do, by name. Every registry has some that nobody can change.

use super::etag::{self, Stale};
use crate::audit::{self, Actor};
use crate::ctx::Ctx;
use boathook_core::name::{InvalidName, ScopeMapName};
use boathook_core::quota::{Counts, QuotaExceeded};
use boathook_core::scope_map::{self, InvalidScopeMap, SYSTEM, SystemScopeMap, system};
use boathook_store::{Error, Put, RegistryRow, ScopeMapRow, Standing};
use boathook_wire::arm::condition::Condition;
use boathook_wire::arm::object::Change;
use boathook_wire::arm::path::RegistryId;
use boathook_wire::arm::scope_map::parameters::{Create, Update};

/// How many scope maps are in a page, beside those that every registry has.
pub const PAGE_MAX: u32 = 100;

/// A scope map as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScopeMap {
    /// What it is.
    pub row: ScopeMapRow,
    /// Whether every registry has it.
    pub is_system: bool,
}

/// Why a scope map is not made or changed.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Refusal {
    /// Its name.
    #[error(transparent)]
    Name(InvalidName),
    /// What it allows, or says of itself.
    #[error(transparent)]
    Rule(InvalidScopeMap),
    /// The registry has as many as it may.
    #[error(transparent)]
    Quota(QuotaExceeded),
    /// Every registry has it.
    #[error("every registry has the scope map `{0}`, and nobody can change or delete it")]
    System(&'static str),
    /// It is not as the caller last saw it.
    #[error(transparent)]
    Stale(#[from] Stale),
    /// There is none of that name.
    #[error("there is no such scope map")]
    NotFound,
}

impl Refusal {
    /// The member of the request that is at fault.
    pub fn target(&self) -> Option<&'static str> {
        match self {
            Self::Name(_) => Some("scopeMapName"),
            Self::Rule(InvalidScopeMap::Description) => Some("properties.description"),
            Self::Rule(InvalidScopeMap::TooMany | InvalidScopeMap::Action { .. }) => {
                Some("properties.actions")
            }
            Self::Quota(_) | Self::System(_) | Self::Stale(_) | Self::NotFound => None,
        }
    }
}

/// What became of a scope map, or of a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Done<T> {
    /// It is new.
    Created(T),
    /// It was there, and is as it was asked to be.
    Updated(T),
}

/// Looks up a scope map.
pub async fn get(ctx: &Ctx, registry: &RegistryRow, name: &str) -> Result<Option<ScopeMap>, Error> {
    if let Some(map) = system(name) {
        return Ok(Some(of_system(registry, map)));
    }
    let Ok(name) = name.parse() else { return Ok(None) };
    Ok(ctx.db.scope_map(&registry.name, &name).await?.map(own))
}

/// A page of scope maps by name, those after `after`; the first page has those that every registry has before them.
pub async fn list(
    ctx: &Ctx,
    registry: &RegistryRow,
    after: Option<&ScopeMapName>,
) -> Result<Vec<ScopeMap>, Error> {
    let first: &[SystemScopeMap] = if after.is_none() { &SYSTEM } else { &[] };
    let after = after.map(ScopeMapName::key).unwrap_or_default();
    let rows = ctx.db.scope_maps(&registry.name, &after, PAGE_MAX).await?;
    let system = first.iter().map(|map| of_system(registry, map));
    Ok(system.chain(rows.into_iter().map(own)).collect())
}

/// Makes a scope map, or replaces one of the same name.
pub async fn create(
    ctx: &Ctx,
    registry: &RegistryRow,
    name: &str,
    create: Create,
    condition: &Condition,
    actor: &Actor,
) -> Result<Result<Done<ScopeMap>, Refusal>, Error> {
    if let Some(map) = system(name) {
        return Ok(Err(Refusal::System(map.name)));
    }
    let name: ScopeMapName = match name.parse() {
        Ok(name) => name,
        Err(invalid) => return Ok(Err(Refusal::Name(invalid))),
    };
    let Create { description, actions } = create;
    if let Err(invalid) = scope_map::check(&actions, description.as_deref()) {
        return Ok(Err(Refusal::Rule(invalid)));
    }
    let now = (ctx.clock.now(), actor.name.clone());
    let row = ScopeMapRow {
        name: name.clone(),
        description,
        actions,
        created: now.clone(),
        updated: now,
    };
    let decide = move |standing: Standing<'_, ScopeMapRow>| match standing {
        Standing::Row(before) => Ok(ScopeMapRow {
            name: before.name.clone(),
            created: before.created.clone(),
            ..row.clone()
        }),
        Standing::Vacant { others, sku } => {
            let counts = Counts { scope_maps: others + 1, ..Counts::default() };
            sku.limits().check(sku, &counts).map_err(Refusal::Quota)?;
            Ok(row.clone())
        }
    };
    put(ctx, registry, &name, decide, (condition, actor)).await
}

/// Changes what `update` names of a scope map.
pub async fn update(
    ctx: &Ctx,
    registry: &RegistryRow,
    name: &str,
    update: Update,
    condition: &Condition,
    actor: &Actor,
) -> Result<Result<ScopeMap, Refusal>, Error> {
    if let Some(map) = system(name) {
        return Ok(Err(Refusal::System(map.name)));
    }
    let Ok(name) = name.parse::<ScopeMapName>() else { return Ok(Err(Refusal::NotFound)) };
    let updated = (ctx.clock.now(), actor.name.clone());
    let decide = move |standing: Standing<'_, ScopeMapRow>| {
        let Standing::Row(before) = standing else { return Err(Refusal::NotFound) };
        let after = ScopeMapRow {
            description: match &update.description {
                Change::Keep => before.description.clone(),
                Change::Clear => None,
                Change::Set(text) => Some(text.clone()),
            },
            actions: update.actions.clone().unwrap_or_else(|| before.actions.clone()),
            updated: updated.clone(),
            ..before.clone()
        };
        scope_map::check(&after.actions, after.description.as_deref()).map_err(Refusal::Rule)?;
        Ok(after)
    };
    let done = put(ctx, registry, &name, decide, (condition, actor)).await?;
    Ok(done.map(|done| match done {
        Done::Created(map) | Done::Updated(map) => map,
    }))
}

/// Removes a scope map; `false` where there was none. Tokens that have it may do nothing from now on.
pub async fn delete(
    ctx: &Ctx,
    registry: &RegistryRow,
    name: &str,
    condition: &Condition,
    actor: &Actor,
) -> Result<Result<bool, Refusal>, Error> {
    if let Some(map) = system(name) {
        return Ok(Err(Refusal::System(map.name)));
    }
    let Ok(name) = name.parse::<ScopeMapName>() else { return Ok(Ok(false)) };
    let action = "Microsoft.ContainerRegistry/registries/scopeMaps/delete";
    let entry = audit::entry(ctx, actor, action, path(registry, &name));
    let removal = ctx.db.delete_scope_map(&registry.name, &name, etag::guard(condition), entry);
    Ok(etag::removed(removal.await?).map_err(Refusal::Stale))
}

async fn put(
    ctx: &Ctx,
    registry: &RegistryRow,
    name: &ScopeMapName,
    decide: impl Fn(Standing<'_, ScopeMapRow>) -> Result<ScopeMapRow, Refusal>
    + Clone
    + Send
    + Sync
    + 'static,
    (condition, actor): (&Condition, &Actor),
) -> Result<Result<Done<ScopeMap>, Refusal>, Error> {
    let condition = condition.clone();
    let decide = move |standing: Standing<'_, ScopeMapRow>| {
        etag::check(&condition, standing.row())?;
        decide(standing)
    };
    let action = "Microsoft.ContainerRegistry/registries/scopeMaps/write";
    let entry = audit::entry(ctx, actor, action, path(registry, name));
    Ok(match ctx.db.put_scope_map(&registry.name, name, decide, entry).await? {
        Put::Created(row) => Ok(Done::Created(own(row))),
        Put::Updated(row) => Ok(Done::Updated(own(row))),
        Put::Refused(refusal) => Err(refusal),
    })
}

fn own(row: ScopeMapRow) -> ScopeMap {
    ScopeMap { row, is_system: false }
}

/// It is as old as its registry.
fn of_system(registry: &RegistryRow, map: &SystemScopeMap) -> ScopeMap {
    let made = (registry.created.0, Actor::server().name);
    let row = ScopeMapRow {
        name: map.name.parse().expect("the names of the system's scope maps are names"),
        description: Some(map.description.to_owned()),
        actions: map.actions.iter().map(ToString::to_string).collect(),
        created: made.clone(),
        updated: made,
    };
    ScopeMap { row, is_system: true }
}

fn path(registry: &RegistryRow, name: &ScopeMapName) -> String {
    id_of(registry).scope_map(name.as_str())
}

/// The id of a registry.
pub fn id_of(registry: &RegistryRow) -> RegistryId {
    RegistryId {
        subscription: boathook_core::defaults::SUBSCRIPTION_ID.to_owned(),
        resource_group: registry.resource_group.to_string(),
        registry: registry.name.to_string(),
    }
}
