//! Resource groups: names that registries are kept under.

use crate::audit::{self, Actor};
use crate::ctx::Ctx;
use crate::operations::{self, Kind, OperationRow};
use boathook_core::defaults::SUBSCRIPTION_ID;
use boathook_core::name::{InvalidName, Region, ResourceGroupName};
use boathook_store::{Error, PutGroupOutcome, ResourceGroupRow};
use boathook_wire::arm::condition::Condition;
use boathook_wire::arm::group::{Create, Update};
use boathook_wire::arm::object::Change;
use boathook_wire::arm::path::GroupId;
use std::collections::BTreeMap;

use super::deletion::{self, Order};
use super::etag::{self, Stale};
use super::scope_maps::Done;

/// What the audit log says of a group that is made or changed, and of one that goes.
const WRITE: &str = "Microsoft.Resources/subscriptions/resourceGroups/write";
const DELETE: &str = "Microsoft.Resources/subscriptions/resourceGroups/delete";

/// How many groups are in a page.
pub const PAGE_MAX: u32 = 100;

/// How many groups a server may have (Azure Resource Manager's limit for a subscription).
pub const GROUPS_MAX: u64 = 980;

/// How many tags a group may have, and how long they may be (Azure Resource Manager's limits).
const TAGS_MAX: usize = 50;
const TAG_NAME_BYTES_MAX: usize = 512;
const TAG_VALUE_BYTES_MAX: usize = 256;

/// Why a group is not made, changed or removed.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Refusal {
    /// Its name.
    #[error(transparent)]
    Name(InvalidName),
    /// The server has no such region.
    #[error(
        "The provided location '{location}' is not available for resource group. List of available regions is '{regions}'."
    )]
    Location {
        /// What was asked for.
        location: String,
        /// What there is.
        regions: String,
    },
    /// It is in another region already.
    #[error(
        "Invalid resource group location '{asked}'. The Resource group already exists in location '{location}'."
    )]
    Fixed {
        /// What was asked for.
        asked: Region,
        /// Where it is.
        location: Region,
    },
    /// There are too many tags, or too long ones.
    #[error(
        "a resource group has at most {TAGS_MAX} tags, with names of {TAG_NAME_BYTES_MAX} and values of {TAG_VALUE_BYTES_MAX} bytes"
    )]
    Tags,
    /// It is not as the caller last saw it.
    #[error(transparent)]
    Stale(#[from] Stale),
    /// The server has as many as it may.
    #[error(
        "a server has at most {GROUPS_MAX} resource groups: delete one that is not needed any more"
    )]
    TooMany,
    /// There is none of that name.
    #[error("Resource group '{0}' could not be found.")]
    NotFound(String),
    // The words of Azure Resource Manager, which tools look for.
    /// One of that name is being deleted.
    #[error(
        "The resource group '{0}' is in deprovisioning state and cannot perform this operation."
    )]
    Going(String),
}

impl Refusal {
    /// The member of the request that is at fault.
    pub fn target(&self) -> Option<&'static str> {
        match self {
            Self::Name(_) => Some("resourceGroupName"),
            Self::Location { .. } | Self::Fixed { .. } => Some("location"),
            Self::Tags => Some("tags"),
            Self::Stale(_) | Self::TooMany | Self::NotFound(_) | Self::Going(_) => None,
        }
    }
}

/// Looks up a group.
pub async fn get(ctx: &Ctx, name: &str) -> Result<Result<ResourceGroupRow, Refusal>, Error> {
    let found = match name.parse() {
        Ok(name) => ctx.db.resource_group(&name).await?,
        Err(_) => None,
    };
    Ok(found.ok_or_else(|| Refusal::NotFound(name.to_owned())))
}

/// A page of groups by name, those after `after`.
pub async fn list(
    ctx: &Ctx,
    after: Option<&ResourceGroupName>,
) -> Result<Vec<ResourceGroupRow>, Error> {
    ctx.db.resource_groups(after, PAGE_MAX).await
}

/// Makes a group, or replaces its tags.
pub async fn put(
    ctx: &Ctx,
    name: &str,
    create: Create,
    condition: &Condition,
    actor: &Actor,
) -> Result<Result<Done<ResourceGroupRow>, Refusal>, Error> {
    let name: ResourceGroupName = match name.parse() {
        Ok(name) => name,
        Err(invalid) => return Ok(Err(Refusal::Name(invalid))),
    };
    let regions = &ctx.site.regions;
    // Azure's portal and scripts write `West US` for `westus`.
    let asked = create.location.replace(' ', "").to_ascii_lowercase();
    let Some(location) = regions.iter().find(|region| region.as_str() == asked).cloned() else {
        let regions = regions.iter().map(Region::as_str).collect::<Vec<_>>().join(",");
        return Ok(Err(Refusal::Location { location: create.location, regions }));
    };
    let tags = match tags(&create.tags) {
        Ok(tags) => tags,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let now = (ctx.clock.now(), actor.name.clone());
    let row = ResourceGroupRow { name, location, tags, created: now.clone(), updated: now };
    let (name, condition) = (row.name.clone(), condition.clone());
    let decide = move |before: Option<&ResourceGroupRow>, others| {
        etag::check(&condition, before)?;
        match before {
            None if GROUPS_MAX <= others => Err(Refusal::TooMany),
            None => Ok(row.clone()),
            Some(before) if before.location != row.location => Err(Refusal::Fixed {
                asked: row.location.clone(),
                location: before.location.clone(),
            }),
            Some(before) => Ok(ResourceGroupRow {
                name: before.name.clone(),
                created: before.created.clone(),
                ..row.clone()
            }),
        }
    };
    let entry = audit::entry(ctx, actor, WRITE, id_of(&name));
    Ok(match ctx.db.put_resource_group(&name, decide, entry).await? {
        PutGroupOutcome::Created(row) => Ok(Done::Created(row)),
        PutGroupOutcome::Updated(row) => Ok(Done::Updated(row)),
        PutGroupOutcome::Refused(refusal) => Err(refusal),
        PutGroupOutcome::Going => Err(Refusal::Going(name.to_string())),
    })
}

/// Changes what `update` names of a group.
pub async fn update(
    ctx: &Ctx,
    name: &str,
    update: Update,
    condition: &Condition,
    actor: &Actor,
) -> Result<Result<ResourceGroupRow, Refusal>, Error> {
    let unknown = Refusal::NotFound(name.to_owned());
    let Ok(name) = name.parse::<ResourceGroupName>() else { return Ok(Err(unknown)) };
    let changed = match &update.tags {
        Change::Keep => Ok(None),
        Change::Clear => Ok(Some("{}".to_owned())),
        Change::Set(given) => tags(given).map(Some),
    };
    let changed = match changed {
        Ok(changed) => changed,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let updated = (ctx.clock.now(), actor.name.clone());
    let condition = condition.clone();
    let decide = move |before: Option<&ResourceGroupRow>, _| {
        etag::check(&condition, before)?;
        let before = before.ok_or_else(|| unknown.clone())?;
        let tags = changed.clone().unwrap_or_else(|| before.tags.clone());
        Ok(ResourceGroupRow { tags, updated: updated.clone(), ..before.clone() })
    };
    let entry = audit::entry(ctx, actor, WRITE, id_of(&name));
    Ok(match ctx.db.put_resource_group(&name, decide, entry).await? {
        PutGroupOutcome::Created(row) | PutGroupOutcome::Updated(row) => Ok(row),
        PutGroupOutcome::Refused(refusal) => Err(refusal),
        PutGroupOutcome::Going => Err(Refusal::NotFound(name.to_string())),
    })
}

/// Lets a group go with its registries, and tells the operation that works off what they held.
pub async fn delete(
    ctx: &Ctx,
    group: &ResourceGroupRow,
    condition: &Condition,
    actor: &Actor,
) -> Result<Result<OperationRow, Refusal>, Error> {
    let name = &group.name;
    let order = Order {
        group: name.to_string(),
        caller: actor.name.clone(),
        request: actor.request.clone(),
    };
    let command = serde_json::to_string(&order).expect("strings can be written");
    let operation = operations::ending(ctx, Kind::DeleteGroup, command);
    let entry = audit::entry(ctx, actor, DELETE, id_of(name));
    let guard = etag::guard(condition);
    let removal = ctx.db.delete_resource_group(name, operation.clone(), guard, entry).await?;
    Ok(match etag::removed(removal) {
        Ok(true) => {
            deletion::let_go(ctx, name, actor).await?;
            Ok(operation)
        }
        Ok(false) => Err(Refusal::NotFound(name.to_string())),
        Err(stale) => Err(Refusal::Stale(stale)),
    })
}

fn id_of(name: &ResourceGroupName) -> String {
    let subscription = SUBSCRIPTION_ID.to_owned();
    GroupId { subscription, resource_group: name.to_string() }.to_string()
}

/// Tags as they are stored.
fn tags(given: &BTreeMap<String, String>) -> Result<String, Refusal> {
    let is_long = |(name, value): (&String, &String)| {
        TAG_NAME_BYTES_MAX < name.len() || TAG_VALUE_BYTES_MAX < value.len()
    };
    if TAGS_MAX < given.len() || given.iter().any(is_long) {
        return Err(Refusal::Tags);
    }
    Ok(serde_json::to_string(given).expect("strings can be written"))
}
