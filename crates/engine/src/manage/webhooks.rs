//! Webhooks: made, changed, shown, removed.

mod rules;

pub use rules::Refusal;
pub(super) use rules::{region, tags as is_tags, tags_text};

use super::etag::{self, Stale};
use super::scope_maps::id_of;
use super::target::Target;
use crate::announce::SETTLE_MAX;
use crate::audit::{self, Actor};
use crate::ctx::Ctx;
use crate::place;
use boathook_core::id::WebhookId;
use boathook_core::name::{Place, WebhookName};
use boathook_core::quota::Counts;
use boathook_core::time::Timestamp;
use boathook_core::webhook::Status;
use boathook_store::{Error, PutOutcome, RegistryRow, Standing, WebhookRow};
use boathook_wire::arm::condition::Condition;
use boathook_wire::arm::webhook::parameters::{Create, Update};
use rules::Rules;
use std::sync::Arc;
use std::time::Duration;

/// What the audit log says of a webhook that is made or changed, and of one that is removed.
const WRITE: &str = "Microsoft.ContainerRegistry/registries/webhooks/write";
const DELETE: &str = "Microsoft.ContainerRegistry/registries/webhooks/delete";

/// How long a request works off what was cancelled before its webhook is enabled again.
const SETTLE_TIME_MAX: Duration = Duration::from_secs(10);

/// Makes a webhook, or replaces one of the same name.
pub async fn create(
    ctx: &Ctx,
    registry: &RegistryRow,
    name: &str,
    create: Create,
    condition: &Condition,
    actor: &Actor,
) -> Result<Result<WebhookRow, Refusal>, Error> {
    let known = place::registry(ctx, &registry.name).await?;
    let regions = known.map_or_else(Vec::new, |known| known.regions.clone());
    let made = Rules { ctx, registry, regions: &regions }.create(name, &create);
    let (name, wanted) = match made {
        Ok(made) => made,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let (id, now) = (WebhookId::new(ctx.ids.uuid()), ctx.clock.now());
    let limits = ctx.limits.clone();
    // Sealed for either owner: which of the two it is will be known inside the transaction.
    let by = actor.name.as_str();
    let fresh = wanted.row(ctx, registry, &name, &id, now, by);
    let existing = ctx.db.webhook(&registry.name, &name).await?;
    if let Some(before) = existing.as_ref().filter(|row| row.place.region != wanted.region) {
        let location = before.place.region.to_string();
        return Ok(Err(Refusal::LocationFixed { location }));
    }
    let replaced = existing.map(|row| wanted.row(ctx, registry, &name, &row.id, now, by));
    let decide = move |standing: Standing<'_, WebhookRow>| match (standing, &replaced) {
        (Standing::Row(before), Some(replaced)) if before.id == replaced.id => {
            Ok(WebhookRow { created: before.created.clone(), ..replaced.clone() })
        }
        (Standing::Row(_), _) => Err(Refusal::Changing),
        (Standing::Vacant { others, sku }, _) => {
            let counts = Counts { webhooks: others + 1, ..Counts::default() };
            limits.of(sku).check(sku, &counts).map_err(Refusal::Quota)?;
            Ok(fresh.clone())
        }
    };
    put(ctx, registry, &name, decide, (condition, actor)).await
}

/// Changes what `update` names of a webhook.
pub async fn update(
    ctx: &Ctx,
    registry: &RegistryRow,
    name: &str,
    update: Update,
    condition: &Condition,
    actor: &Actor,
) -> Result<Result<WebhookRow, Refusal>, Error> {
    let Ok(name) = name.parse::<WebhookName>() else { return Ok(Err(Refusal::NotFound)) };
    let Some(existing) = ctx.db.webhook(&registry.name, &name).await? else {
        return Ok(Err(Refusal::NotFound));
    };
    let target = Target::open(&ctx.seal, &existing.id, &existing.target).ok();
    let regions = [existing.place.region.clone()];
    let rules = Rules { ctx, registry, regions: &regions };
    let changed = match rules.update(&update, target) {
        Ok(changed) => changed,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let sealed = changed.target.map(|target| target.close(&ctx.seal, &existing.id));
    let (now, by) = (ctx.clock.now(), actor.name.clone());
    let (id, updated) = (existing.id.clone(), existing.updated.clone());
    let decide = move |standing: Standing<'_, WebhookRow>| {
        let before = standing.row().ok_or(Refusal::NotFound)?;
        if before.id != id || (sealed.is_some() && before.updated != updated) {
            return Err(Refusal::Changing);
        }
        let is_enabled_again = changed.status == Some(Status::Enabled);
        Ok(WebhookRow {
            target: sealed.clone().unwrap_or_else(|| before.target.clone()),
            actions: changed.actions.clone().unwrap_or_else(|| before.actions.clone()),
            extra_actions: changed
                .extra_actions
                .clone()
                .unwrap_or_else(|| before.extra_actions.clone()),
            has_deleted_tags: changed.has_deleted_tags.unwrap_or(before.has_deleted_tags),
            scope: changed.scope.clone().unwrap_or_else(|| before.scope.clone()),
            status: changed.status.unwrap_or(before.status),
            tags: changed.tags.as_ref().map_or_else(|| before.tags.clone(), tags_text),
            paused: before.paused.clone().filter(|_| !is_enabled_again),
            updated: (now, by.clone()),
            ..before.clone()
        })
    };
    put(ctx, registry, &name, decide, (condition, actor)).await
}

async fn put(
    ctx: &Ctx,
    registry: &RegistryRow,
    name: &WebhookName,
    decide: impl Fn(Standing<'_, WebhookRow>) -> Result<WebhookRow, Refusal> + Send + Sync + 'static,
    (condition, actor): (&Condition, &Actor),
) -> Result<Result<WebhookRow, Refusal>, Error> {
    let (decide, condition) = (Arc::new(decide), condition.clone());
    let decide = move |standing: Standing<'_, WebhookRow>| {
        etag::check(&condition, standing.row())?;
        decide(standing)
    };
    let end = ctx.clock.now().after(SETTLE_TIME_MAX);
    let entry = audit::entry(ctx, actor, WRITE, id_of(registry).webhook(name.as_str()));
    loop {
        match ctx.db.put_webhook(&registry.name, name, decide.clone(), entry.clone()).await? {
            PutOutcome::Created(row) | PutOutcome::Updated(row) => return Ok(Ok(row)),
            PutOutcome::Refused(refusal) => return Ok(Err(refusal)),
            PutOutcome::Elsewhere => return Ok(Err(Refusal::Changing)),
            PutOutcome::Unsettled(webhook) => {
                let now = ctx.clock.now();
                // The deliverer goes on with it.
                if end <= now {
                    return Ok(Err(Refusal::Settling));
                }
                ctx.db.settle(&webhook, now, SETTLE_MAX).await?;
            }
        }
    }
}

/// Looks up a webhook.
pub async fn get(
    ctx: &Ctx,
    registry: &RegistryRow,
    name: &str,
) -> Result<Option<WebhookRow>, Error> {
    match name.parse() {
        Ok(name) => ctx.db.webhook(&registry.name, &name).await,
        Err(_) => Ok(None),
    }
}

/// All webhooks of a registry, by name. There are no more than its quota.
pub async fn list(ctx: &Ctx, registry: &RegistryRow) -> Result<Vec<WebhookRow>, Error> {
    ctx.db.webhooks(&registry.name).await
}

/// A page of a registry's webhooks by name, those after the key `after`.
pub async fn page(
    ctx: &Ctx,
    registry: &RegistryRow,
    after: &str,
    limit: u32,
) -> Result<Vec<WebhookRow>, Error> {
    ctx.db.webhooks_after(&registry.name, after, limit).await
}

/// Removes a webhook and cancels its deliveries; `false` where there was none.
pub async fn delete(
    ctx: &Ctx,
    registry: &RegistryRow,
    name: &str,
    condition: &Condition,
    actor: &Actor,
) -> Result<Result<bool, Stale>, Error> {
    let Ok(name) = name.parse::<WebhookName>() else { return Ok(Ok(false)) };
    let entry = audit::entry(ctx, actor, DELETE, id_of(registry).webhook(name.as_str()));
    let removal = ctx.db.delete_webhook(&registry.name, &name, etag::guard(condition), entry);
    Ok(etag::removed(removal.await?))
}

/// Where a webhook points and what it sends along, secrets included.
pub async fn callback(
    ctx: &Ctx,
    registry: &RegistryRow,
    name: &str,
) -> Result<Option<Result<Target, Refusal>>, Error> {
    let webhook = get(ctx, registry, name).await?;
    Ok(webhook
        .map(|row| Target::open(&ctx.seal, &row.id, &row.target).map_err(|_| Refusal::Sealed)))
}

impl rules::Wanted {
    fn row(
        &self,
        ctx: &Ctx,
        registry: &RegistryRow,
        name: &WebhookName,
        id: &WebhookId,
        now: Timestamp,
        by: &str,
    ) -> WebhookRow {
        WebhookRow {
            id: id.clone(),
            place: Place { registry: registry.name.clone(), region: self.region.clone() },
            name: name.clone(),
            target: self.target.close(&ctx.seal, id),
            actions: self.actions.clone(),
            extra_actions: self.extra_actions.clone(),
            has_deleted_tags: self.has_deleted_tags,
            scope: self.scope.clone(),
            status: self.status,
            tags: tags_text(&self.tags),
            paused: None,
            created: (now, by.to_owned()),
            updated: (now, by.to_owned()),
        }
    }
}
