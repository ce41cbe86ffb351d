//! Deliveries are sent, and what came of them is written down.

use super::directory::Directory;
use super::lane::{Lane, Leased};
use super::ledger::Ledger;
use super::{SETTLE_MAX, attempt};
use crate::ctx::Ctx;
use crate::supervisor::Supervisor;
use boathook_core::id::WebhookId;
use boathook_core::name::Place;
use boathook_core::time::Timestamp;
use boathook_store::{ClaimedDelivery, Error};
use std::collections::HashMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;
use tokio::sync::Notify;

/// How many attempts may be under way in all.
const IN_FLIGHT_MAX: usize = 1_024;
/// How long a lease lasts beyond what has to be left of it when an attempt begins: twice the longest attempt.
const LEASE: Duration = Duration::from_mins(1);

/// The lanes of all webhooks.
pub struct Deliverer {
    supervisor: Supervisor,
    lanes: Mutex<Lanes>,
    directory: RwLock<Known>,
    /// Held by whoever reads the directory.
    reading: tokio::sync::Mutex<()>,
    pub(super) ledger: Ledger,
    /// A lane wants to be filled, or there is more that is over.
    pub hungry: Notify,
}

#[derive(Default)]
struct Lanes {
    by_webhook: HashMap<WebhookId, Lane>,
    in_flight: usize,
}

/// The directory, and the count of changes at which it was read.
#[derive(Default)]
struct Known {
    changes: Option<u64>,
    directory: Arc<Directory>,
}

impl Deliverer {
    /// Spawns its attempts through `supervisor`.
    pub fn new(supervisor: Supervisor) -> Self {
        Self {
            supervisor,
            lanes: Mutex::default(),
            directory: RwLock::default(),
            reading: tokio::sync::Mutex::default(),
            ledger: Ledger::default(),
            hungry: Notify::new(),
        }
    }

    /// Claims what is due, as far as the lanes have room, ends some of what is over, and says when there will be something
    /// to do next.
    pub async fn tick(&self, ctx: &Arc<Ctx>) -> Result<Option<Timestamp>, Error> {
        let directory = self.directory(ctx).await?;
        if ctx.db.is_shared() && ctx.db.webhook_revision().await? != directory.revision {
            self.reload(ctx).await?;
        }
        let mut next: Option<Timestamp> = None;
        for waiting in ctx.db.due().await? {
            let now = ctx.clock.now();
            let is_past = |at: Option<Timestamp>| at.is_some_and(|at| at <= now);
            let later = waiting.due.into_iter().chain(waiting.over).filter(|at| now < *at);
            next = next.into_iter().chain(later).min();
            if self.supervisor.is_stopping() {
                continue;
            }
            if is_past(waiting.over) {
                ctx.db.settle(&waiting.webhook, now, SETTLE_MAX).await?;
                // There may be more, which is for the next tick: other webhooks have something due.
                self.hungry.notify_one();
            }
            if is_past(waiting.due) {
                self.fill(ctx, &waiting.webhook, now).await?;
            }
        }
        Ok(next)
    }

    /// Claims for one lane as much as it has room for.
    async fn fill(&self, ctx: &Arc<Ctx>, webhook: &WebhookId, now: Timestamp) -> Result<(), Error> {
        let room = {
            let mut lanes = self.lanes();
            let lane = lanes.by_webhook.entry(webhook.clone()).or_default();
            lane.has_more = true;
            lane.room()
        };
        if room == 0 {
            return Ok(());
        }
        let limit = u32::try_from(room).expect("a lane has a few hundred places");
        let until = Self::lease_until(ctx, now);
        let claimed = ctx.db.claim(webhook, now, ctx.ids.uuid().into(), until, limit).await?;
        let mut lanes = self.lanes();
        let lane = lanes.by_webhook.entry(webhook.clone()).or_default();
        lane.has_more = claimed.len() == room;
        for delivery in claimed {
            lane.push(Leased { delivery, until });
        }
        self.start(ctx, &mut lanes, webhook);
        Ok(())
    }

    /// When a lease that begins now runs out.
    pub(super) fn lease_until(ctx: &Ctx, now: Timestamp) -> Timestamp {
        now.after(LEASE + 2 * ctx.limits.attempt_timeout)
    }

    /// Promises a place in a webhook's lane, if there is one.
    pub(super) fn reserve(&self, webhook: &WebhookId) -> Option<Promise<'_>> {
        let is_promised = self.lanes().by_webhook.entry(webhook.clone()).or_default().reserve();
        is_promised.then(|| Promise { deliverer: self, webhook: webhook.clone() })
    }

    /// Notes that a webhook has more due than its lane could take.
    pub(super) fn overflow(&self, webhook: &WebhookId) {
        self.lanes().by_webhook.entry(webhook.clone()).or_default().has_more = true;
    }

    /// Takes a delivery whose place was promised.
    pub(super) fn accept(
        &self,
        ctx: &Arc<Ctx>,
        promise: Promise<'_>,
        delivery: ClaimedDelivery,
        until: Timestamp,
    ) {
        drop(promise);
        let webhook = delivery.webhook.clone();
        let mut lanes = self.lanes();
        let lane = lanes.by_webhook.entry(webhook.clone()).or_default();
        lane.push(Leased { delivery, until });
        self.start(ctx, &mut lanes, &webhook);
    }

    /// Starts as many attempts as the window of a lane, and the server, allow.
    fn start(&self, ctx: &Arc<Ctx>, lanes: &mut Lanes, webhook: &WebhookId) {
        let Some(lane) = lanes.by_webhook.get_mut(webhook) else { return };
        let latest = ctx.clock.now().after(2 * ctx.limits.attempt_timeout);
        while lanes.in_flight < IN_FLIGHT_MAX && !self.supervisor.is_stopping() {
            let Some(delivery) = lane.start(latest) else { break };
            lanes.in_flight += 1;
            ctx.meters.in_flight.add(1);
            self.supervisor.spawn(attempt::run(Arc::clone(ctx), delivery));
        }
        if lane.has_more && lane.is_low() {
            self.hungry.notify_one();
        }
    }

    /// Makes room after an attempt.
    pub(super) fn finished(&self, ctx: &Arc<Ctx>, webhook: &WebhookId, is_success: bool) {
        ctx.meters.in_flight.decrement();
        let mut lanes = self.lanes();
        let was_full = lanes.in_flight == IN_FLIGHT_MAX;
        lanes.in_flight -= 1;
        if let Some(lane) = lanes.by_webhook.get_mut(webhook) {
            lane.finish(is_success);
        }
        self.start(ctx, &mut lanes, webhook);
        if was_full {
            let others: Vec<_> =
                lanes.by_webhook.keys().filter(|other| *other != webhook).cloned().collect();
            for other in others {
                self.start(ctx, &mut lanes, &other);
            }
        }
    }

    /// How many attempts are under way.
    pub fn in_flight(&self) -> usize {
        self.lanes().in_flight
    }

    /// Says whether an enabled webhook of a place asks for pulls. Another process's change is known when the next tick has
    /// seen it.
    pub(crate) async fn is_asked_for_pulls(&self, ctx: &Ctx, place: &Place) -> Result<bool, Error> {
        Ok(self.directory(ctx).await?.asks_for_pulls(place))
    }

    /// What is known of webhooks, read again if one of them has changed here.
    pub(super) async fn directory(&self, ctx: &Ctx) -> Result<Arc<Directory>, Error> {
        if let Some(directory) = self.known(ctx) {
            return Ok(directory);
        }
        // Pulls ask as well, many at a time, and one of them reads for all.
        let _reading = self.reading.lock().await;
        match self.known(ctx) {
            Some(directory) => Ok(directory),
            None => self.reload(ctx).await,
        }
    }

    /// What is known of webhooks, unless one of them has changed here since it was read.
    fn known(&self, ctx: &Ctx) -> Option<Arc<Directory>> {
        let changes = ctx.db.signals().webhook_changes.load(Ordering::Acquire);
        let known = self.directory.read().unwrap_or_else(PoisonError::into_inner);
        (known.changes == Some(changes)).then(|| Arc::clone(&known.directory))
    }

    /// Reads all webhooks again, and forgets what waits for those that hear nothing any more.
    pub(super) async fn reload(&self, ctx: &Ctx) -> Result<Arc<Directory>, Error> {
        let changes = ctx.db.signals().webhook_changes.load(Ordering::Acquire);
        let directory = Arc::new(Directory::load(ctx).await?);
        let held_back = self.learn(Known { changes: Some(changes), directory });
        if !held_back.is_empty() {
            ctx.db.release(held_back, ctx.clock.now()).await?;
        }
        let known = self.directory.read().unwrap_or_else(PoisonError::into_inner);
        Ok(Arc::clone(&known.directory))
    }

    /// Goes by what was read, unless somebody was quicker who has read something newer: what is leased by that must not be
    /// judged by the older. Returns what is held back by it.
    fn learn(&self, read: Known) -> Vec<ClaimedDelivery> {
        let mut known = self.directory.write().unwrap_or_else(PoisonError::into_inner);
        if read.directory.revision < known.directory.revision {
            return Vec::new();
        }
        *known = read;
        let mut held_back = Vec::new();
        self.lanes().by_webhook.retain(|webhook, lane| {
            let webhook = known.directory.webhook(webhook);
            if webhook.is_none_or(|webhook| !webhook.is_enabled || webhook.is_paused) {
                let dropped = lane.drop_events();
                // What a disabled webhook has waiting is cancelled: nobody will ask for its leases.
                if webhook.is_some_and(|webhook| webhook.is_enabled) {
                    held_back.extend(dropped);
                }
                lane.has_more = false;
            }
            !lane.is_idle()
        });
        held_back
    }

    /// Hands back the leases of what has not been tried.
    pub async fn release(&self, ctx: &Ctx) -> Result<(), Error> {
        let waiting: Vec<_> = self.lanes().by_webhook.values_mut().flat_map(Lane::drain).collect();
        if waiting.is_empty() { Ok(()) } else { ctx.db.release(waiting, ctx.clock.now()).await }
    }

    pub(super) fn is_stopping(&self) -> bool {
        self.supervisor.is_stopping()
    }

    pub(super) async fn pause(&self, duration: Duration) {
        self.supervisor.pause(duration).await;
    }

    fn lanes(&self) -> MutexGuard<'_, Lanes> {
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A place in a lane that is promised, until this is dropped, by whatever way.
pub(super) struct Promise<'a> {
    deliverer: &'a Deliverer,
    webhook: WebhookId,
}

impl Drop for Promise<'_> {
    fn drop(&mut self) {
        // A lane with a promise is not idle, and so is there.
        if let Some(lane) = self.deliverer.lanes().by_webhook.get_mut(&self.webhook) {
            lane.unreserve();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use boathook_core::id::EventId;
    use boathook_core::name::Place;
    use boathook_store::DeliveryKind;

    #[test]
    fn what_was_read_before_does_not_count_after_what_was_read_later() {
        let (deliverer, hook) = (Deliverer::new(Supervisor::default()), WebhookId::new("hook"));
        let learn = |revision, is_enabled| {
            let directory = Arc::new(Directory::of_one(revision, hook.clone(), is_enabled));
            deliverer.learn(Known { changes: Some(0), directory });
        };
        let fill = || {
            let delivery = ClaimedDelivery {
                webhook: hook.clone(),
                event: EventId::new("event"),
                place: Place {
                    registry: "boathook".parse().unwrap(),
                    region: "local".parse().unwrap(),
                },
                kind: DeliveryKind::Event,
                attempts: 0,
                attempts_before: 0,
                limit: Timestamp(0),
                lease: "lease".into(),
                body: bytes::Bytes::new(),
            };
            let mut lanes = deliverer.lanes();
            let lane = lanes.by_webhook.entry(hook.clone()).or_default();
            lane.push(Leased { delivery, until: Timestamp(0) });
        };
        let waiting = || {
            let mut lanes = deliverer.lanes();
            lanes.by_webhook.get_mut(&hook).map_or(0, |lane| lane.drain().count())
        };
        fill();
        learn(2, false);
        assert_eq!(waiting(), 0, "it is disabled");
        learn(3, true);
        fill();
        learn(2, false);
        assert_eq!(waiting(), 1, "it has been enabled since");
        assert_eq!(deliverer.directory.read().unwrap().directory.revision, 3);
    }

    #[test]
    fn a_promise_is_taken_back_once_however_it_ends() {
        let (deliverer, hook) = (Deliverer::new(Supervisor::default()), WebhookId::new("hook"));
        let promise_all = || std::iter::from_fn(|| deliverer.reserve(&hook)).collect::<Vec<_>>();
        let promises = promise_all();
        let count = promises.len();
        assert!(0 < count && deliverer.reserve(&hook).is_none());
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(move || {
            let _promises = promises;
            panic!("as it is to");
        }));
        assert!(panicked.is_err());
        assert_eq!(promise_all().len(), count);
        assert_eq!(promise_all().len(), count);
    }
}
