//! Registries and resource groups that go: what is done after they have been answered for.
//!
//! Each step is a transaction of its own, and whoever repeats it gets the rest done: nothing remembers how far it is, and
//! nobody gives up before the name is free.

use super::registries;
use crate::audit::{self, Actor};
use crate::ctx::Ctx;
use crate::operations::{Cause, LEASE, OperationFailure, OperationRow};
use boathook_core::defaults::SUBSCRIPTION_ID;
use boathook_core::name::{RegistryName, ResourceGroupName};
use boathook_core::time::Timestamp;
use boathook_store::{AuditEntry, DeleteRegistry, Error, Guard};
use boathook_wire::arm::path::GroupId;
use serde::{Deserialize, Serialize};
use std::time::{Duration, UNIX_EPOCH};

/// What the audit log says of a registry that goes.
pub(super) const DELETE_REGISTRY: &str = "Microsoft.ContainerRegistry/registries/delete";

/// A group that goes, and on whose word.
#[derive(Serialize, Deserialize)]
pub(super) struct Order {
    pub(super) group: String,
    pub(super) caller: String,
    pub(super) request: String,
}

/// Removes what a registry held, and frees its name.
pub(crate) async fn registry(
    ctx: &Ctx,
    operation: &OperationRow,
) -> Result<Result<(), OperationFailure>, Error> {
    let Ok(name) = operation.command.parse() else { return Ok(Err(unreadable())) };
    erase(ctx, &name, &mut Keeper::new(ctx, operation)).await?;
    Ok(Ok(()))
}

/// Removes the registries of a group one after the other, then the roles that were given on it, and frees its name.
/// Nothing is done to a later group of that name.
pub(crate) async fn group(
    ctx: &Ctx,
    operation: &OperationRow,
) -> Result<Result<(), OperationFailure>, Error> {
    let Ok(order) = serde_json::from_str::<Order>(&operation.command) else {
        return Ok(Err(unreadable()));
    };
    let Ok(group) = order.group.parse::<ResourceGroupName>() else { return Ok(Err(unreadable())) };
    let actor = Actor { name: order.caller, request: order.request };
    let mut keeper = Keeper::new(ctx, operation);
    loop {
        let_go(ctx, &group, &actor).await?;
        while let Some(name) = ctx.db.going_registry_of_group(&group).await? {
            erase(ctx, &name, &mut keeper).await?;
        }
        if !ctx.db.erase_group(&group).await? {
            return Ok(Ok(()));
        }
        keeper.keep().await?;
    }
}

/// Lets the registries of a group go that is being deleted: nobody reaches one of them while others are worked off.
pub(super) async fn let_go(
    ctx: &Ctx,
    group: &ResourceGroupName,
    actor: &Actor,
) -> Result<(), Error> {
    let mut after = None;
    loop {
        let page = registries::list(ctx, Some(group), after.as_ref()).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after = Some(last.name.clone());
        for registry in &page {
            let entry = entry(ctx, actor, group, &registry.name);
            let deletion = deletion(ctx, &registry.name, None, entry);
            let deletion = DeleteRegistry { within: Some(group.clone()), ..deletion };
            ctx.db.delete_registry(deletion).await?;
        }
    }
}

/// A registry that is to go.
pub(super) fn deletion(
    ctx: &Ctx,
    name: &RegistryName,
    operation: Option<OperationRow>,
    entry: AuditEntry,
) -> DeleteRegistry {
    let is_default = *name == ctx.site.registry;
    let (guard, now) = (Guard::open(), ctx.clock.now());
    DeleteRegistry { name: name.clone(), operation, guard, entry, within: None, is_default, now }
}

fn entry(
    ctx: &Ctx,
    actor: &Actor,
    group: &ResourceGroupName,
    registry: &RegistryName,
) -> AuditEntry {
    let group =
        GroupId { subscription: SUBSCRIPTION_ID.to_owned(), resource_group: group.to_string() };
    let id = group.registry(registry.as_str());
    audit::entry(ctx, actor, DELETE_REGISTRY, id.to_string())
}

fn unreadable() -> OperationFailure {
    Cause::Failed.because("this version cannot read what was to be done")
}

/// Rows first, the name last: whoever makes a registry of that name finds nothing of this one.
///
/// The files are taken out of the way by whoever frees the name, with the name: one who has lost the lease without noticing
/// it does nothing to those of a later registry. They are removed by the next collection.
async fn erase(ctx: &Ctx, registry: &RegistryName, keeper: &mut Keeper<'_>) -> Result<(), Error> {
    erase_rows(ctx, registry, keeper).await?;
    let mut after = None;
    while let Some(last) = ctx.db.erase_events(registry, after.as_ref()).await? {
        after = Some(last);
        keeper.keep().await?;
    }
    let (uploads, name) = (ctx.uploads.clone(), registry.clone());
    let now = UNIX_EPOCH + ctx.clock.now().since(Timestamp(0));
    let removed = tokio::task::spawn_blocking(move || uploads.expire_of(&name, now)).await;
    removed.expect("removing files does not panic")?;
    // A dispatcher may have been at work when the webhooks went.
    loop {
        erase_rows(ctx, registry, keeper).await?;
        let (blobs, name, mark) = (ctx.blobs.clone(), registry.clone(), ctx.ids.uuid());
        let set_aside = move || blobs.set_registry_aside(&name, &mark);
        if ctx.db.forget_registry(registry, set_aside).await? {
            ctx.uploads.forget(registry);
            return Ok(());
        }
    }
}

async fn erase_rows(
    ctx: &Ctx,
    registry: &RegistryName,
    keeper: &mut Keeper<'_>,
) -> Result<(), Error> {
    while ctx.db.erase_rows(registry).await? || ctx.db.erase_deliveries(registry).await? {
        keeper.keep().await?;
    }
    Ok(())
}

/// Keeps the lease of an operation that takes many steps.
struct Keeper<'a> {
    ctx: &'a Ctx,
    operation: &'a OperationRow,
    since: Timestamp,
}

impl<'a> Keeper<'a> {
    /// After how much of the lease it is made longer.
    const PERIOD: Duration = Duration::from_secs(LEASE.as_secs() / 4);

    fn new(ctx: &'a Ctx, operation: &'a OperationRow) -> Self {
        Self { ctx, operation, since: ctx.clock.now() }
    }

    async fn keep(&mut self) -> Result<(), Error> {
        let now = self.ctx.clock.now();
        if Self::PERIOD <= now.since(self.since) {
            self.ctx.db.keep_operation(&self.operation.id, now.after(LEASE)).await?;
            self.since = now;
        }
        Ok(())
    }
}
