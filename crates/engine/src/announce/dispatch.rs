//! Events become deliveries.

use super::deliver::{Deliverer, Promise};
use super::directory::Directory;
use crate::ctx::Ctx;
use boathook_core::event::Subject;
use boathook_core::id::WebhookId;
use boathook_core::retry::RetryPolicy;
use boathook_core::time::Timestamp;
use boathook_store::{
    ClaimedDelivery, DeliveryKind, Dispatched, Error, NewDelivery, UndispatchedEvent,
};
use bytes::Bytes;
use std::sync::Arc;

/// How many events are dispatched in one transaction.
const BATCH_MAX: u32 = 256;
/// How many deliveries are made in one transaction, by whole events: pushes wait for the same writer.
const DELIVERIES_MAX: usize = 1_000;

/// Turns events into deliveries.
pub struct Dispatcher {
    policy: RetryPolicy,
}

impl Default for Dispatcher {
    fn default() -> Self {
        Self { policy: RetryPolicy::standard() }
    }
}

impl Dispatcher {
    /// Dispatches what has waited longest, and says how many events that were.
    pub async fn tick(&self, ctx: &Arc<Ctx>) -> Result<usize, Error> {
        let events = ctx.db.undispatched(BATCH_MAX).await?;
        if events.is_empty() {
            return Ok(0);
        }
        loop {
            let directory = ctx.deliverer.directory(ctx).await?;
            if let Some(dispatched) = self.dispatch(ctx, &directory, &events).await? {
                return Ok(dispatched);
            }
            ctx.deliverer.reload(ctx).await?;
        }
    }

    /// Dispatches as many of `events` as one transaction should, and says how many; `None` where the directory is stale.
    async fn dispatch(
        &self,
        ctx: &Arc<Ctx>,
        directory: &Directory,
        events: &[UndispatchedEvent],
    ) -> Result<Option<usize>, Error> {
        let now = ctx.clock.now();
        let lease: Arc<str> = ctx.ids.uuid().into();
        let (deliveries, held) = (Vec::new(), Vec::new());
        let mut batch = Batch { ctx, now, lease, deliveries, held };
        let mut ids = Vec::with_capacity(events.len());
        for event in events {
            if DELIVERIES_MAX <= batch.deliveries.len() {
                break;
            }
            ids.push(event.id.clone());
            let subject =
                Subject { action: event.action, repository: &event.repository, tags: &event.tags };
            let acrs = Bytes::from(event.body.clone());
            let extended = event.extended_body.clone().map(Bytes::from);
            let audience = directory.audience(&event.place);
            for webhook in audience.into_iter().flat_map(|audience| audience.of(&subject)) {
                let known = directory.webhook(webhook);
                let has_deleted_tags = known.is_some_and(|webhook| webhook.has_deleted_tags);
                let extended = extended.as_ref().filter(|_| has_deleted_tags);
                let plan = Plan {
                    is_paused: known.is_some_and(|webhook| webhook.is_paused),
                    is_extended: extended.is_some(),
                    body: extended.unwrap_or(&acrs),
                };
                batch.add(event, webhook, &plan, &self.policy);
            }
        }
        let Batch { deliveries, held, .. } = batch;
        let dispatched = ids.len();
        // Where nothing is made, the promises are dropped.
        match ctx.db.dispatch(directory.revision, ids, deliveries.clone(), now).await? {
            Dispatched::Made(made) => {
                for ((delivery, held), is_ours) in deliveries.into_iter().zip(held).zip(made) {
                    hand_over(ctx, delivery, held, is_ours);
                }
                Ok(Some(dispatched))
            }
            Dispatched::Stale => Ok(None),
        }
    }
}

struct Batch<'a> {
    ctx: &'a Ctx,
    now: Timestamp,
    lease: Arc<str>,
    deliveries: Vec<NewDelivery>,
    /// For each delivery, what its lane gets, and the place that it was promised.
    held: Vec<(Bytes, Option<Promise<'a>>)>,
}

/// What is known of a delivery before it is made.
struct Plan<'a> {
    /// Whether the webhook's events are held back.
    is_paused: bool,
    /// Whether the body is the event's extended one.
    is_extended: bool,
    body: &'a Bytes,
}

impl Batch<'_> {
    /// Plans a delivery; where its lane has room, with the lease of its first attempt.
    fn add(
        &mut self,
        event: &UndispatchedEvent,
        webhook: &WebhookId,
        plan: &Plan<'_>,
        policy: &RetryPolicy,
    ) {
        let limit = self.now.after(policy.age_max);
        let promise = if plan.is_paused { None } else { self.ctx.deliverer.reserve(webhook) };
        let is_leased = promise.is_some();
        let due = if is_leased { Deliverer::lease_until(self.ctx, self.now) } else { self.now };
        self.deliveries.push(NewDelivery {
            webhook: webhook.clone(),
            event: event.id.clone(),
            place: event.place.clone(),
            kind: DeliveryKind::Event,
            is_extended: plan.is_extended,
            due,
            lease: is_leased.then(|| Arc::clone(&self.lease)),
            limit,
            now: self.now,
        });
        self.held.push((plan.body.clone(), promise));
    }
}

/// Gives a delivery that was made to its lane.
fn hand_over(
    ctx: &Arc<Ctx>,
    made: NewDelivery,
    (body, promise): (Bytes, Option<Promise<'_>>),
    is_ours: bool,
) {
    let (Some(lease), Some(promise)) = (made.lease, promise) else {
        return ctx.deliverer.overflow(&made.webhook);
    };
    if !is_ours {
        return;
    }
    let delivery = ClaimedDelivery {
        webhook: made.webhook,
        event: made.event,
        place: made.place,
        kind: made.kind,
        attempts: 0,
        attempts_before: 0,
        limit: made.limit,
        lease,
        body,
    };
    ctx.deliverer.accept(ctx, promise, delivery, made.due);
}
