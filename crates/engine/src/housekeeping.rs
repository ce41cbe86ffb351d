//! The workers' loops, and what has to be done now and then. The loops have nothing in them but a net: all work is in
//! ticks, and one that fails or panics is followed by another.

use crate::announce::Dispatcher;
use crate::audit;
use crate::auth;
use crate::collection;
use crate::ctx::Ctx;
use crate::live;
use crate::operations::{self, Ticked};
use crate::registry::{deleted, retention};
use crate::remote::FETCHED_AT_ONCE_MAX;
use crate::steps::{Steps, rest_after};
use crate::supervisor::Supervisor;
use crate::traffic;
use boathook_core::id::EventId;
use boathook_core::time::Timestamp;
use boathook_store::Error;
use futures_util::FutureExt as _;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

/// How long a worker waits that nobody nudges: what other processes leave behind is found within this time.
const POLL: Duration = Duration::from_millis(500);
/// How often old things are looked for.
const SWEEP_PERIOD: Duration = Duration::from_mins(10);
/// How many events are forgotten in one transaction.
const RETIRE_MAX: u32 = 500;
/// How often somebody looks for untagged manifests whose days are over. Where there are none, that is one look into an index.
const RETENTION_PERIOD: Duration = Duration::from_secs(5);
/// How many operations are gone on with at a time: those that wait for registries elsewhere, and as many others.
const OPERATORS: usize = 2 * FETCHED_AT_ONCE_MAX;

/// Starts every worker.
pub fn start(ctx: &Arc<Ctx>, supervisor: &Supervisor) {
    supervisor.spawn(dispatch(Arc::clone(ctx), supervisor.clone()));
    supervisor.spawn(deliver(Arc::clone(ctx), supervisor.clone()));
    for _ in 0..OPERATORS {
        supervisor.spawn(operate(Arc::clone(ctx), supervisor.clone()));
    }
    supervisor.spawn(sweep_now_and_then(Arc::clone(ctx), supervisor.clone()));
    supervisor.spawn(show_what_comes(Arc::clone(ctx), supervisor.clone()));
    supervisor.spawn(write_traffic(Arc::clone(ctx), supervisor.clone()));
    spawn_steps::<collection::Pass>(ctx, supervisor, COLLECTOR, ctx.limits.collection_interval);
    spawn_steps::<retention::Pass>(ctx, supervisor, RETENTION, RETENTION_PERIOD);
    spawn_steps::<deleted::Pass>(ctx, supervisor, PURGER, SWEEP_PERIOD);
}

fn spawn_steps<P: Steps + 'static>(
    ctx: &Arc<Ctx>,
    supervisor: &Supervisor,
    worker: Worker,
    period: Duration,
) {
    supervisor.spawn(take_steps::<P>(Arc::clone(ctx), supervisor.clone(), worker, period));
}

async fn dispatch(ctx: Arc<Ctx>, supervisor: Supervisor) {
    let dispatcher = Dispatcher::default();
    while !supervisor.is_stopping() {
        let ticked = survive(&ctx, &supervisor, &DISPATCHER, dispatcher.tick(&ctx)).await;
        if ticked == Some(0) {
            tokio::select! {
                () = ctx.db.signals().event.notified() => (),
                () = supervisor.pause(POLL) => (),
            }
        }
    }
    hand_back(&ctx).await;
}

async fn deliver(ctx: Arc<Ctx>, supervisor: Supervisor) {
    while !supervisor.is_stopping() {
        let ticked = survive(&ctx, &supervisor, &DELIVERER, ctx.deliverer.tick(&ctx)).await;
        let Some(next) = ticked else { continue };
        let until_next = next.map_or(POLL, |due| due.since(ctx.clock.now()).min(POLL));
        tokio::select! {
            () = ctx.db.signals().delivery.notified() => (),
            () = ctx.deliverer.hungry.notified() => (),
            () = supervisor.pause(until_next) => (),
        }
    }
    hand_back(&ctx).await;
}

/// Hands back what waits. Dispatcher and deliverer both fill the lanes, so each does this when it is done.
async fn hand_back(ctx: &Ctx) {
    if let Err(error) = ctx.deliverer.release(ctx).await {
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            "leases are not handed back: they will run out"
        );
    }
}

async fn operate(ctx: Arc<Ctx>, supervisor: Supervisor) {
    // When the first may be gone on with that was put off since there was last nothing to do.
    let mut next: Option<Timestamp> = None;
    while !supervisor.is_stopping() {
        let tick = Box::pin(operations::tick(&ctx));
        let ticked = tokio::select! {
            ticked = survive(&ctx, &supervisor, &OPERATOR, tick) => ticked,
            // Whatever it is at may break off at any point, and a download keeps nobody from stopping.
            () = supervisor.stopping() => return,
        };
        match ticked {
            Some(Ticked::PutOff(at)) => next = Some(next.map_or(at, |next| next.min(at))),
            Some(Ticked::Nothing) => {
                let until_next = next.take().map_or(POLL, |at| at.since(ctx.clock.now()).min(POLL));
                tokio::select! {
                    () = ctx.db.signals().operation.notified() => (),
                    () = supervisor.pause(until_next) => (),
                }
            }
            Some(Ticked::Ended) | None => (),
        }
    }
}

async fn sweep_now_and_then(ctx: Arc<Ctx>, supervisor: Supervisor) {
    while !supervisor.is_stopping() {
        survive(&ctx, &supervisor, &SWEEPER, sweep(&ctx)).await;
        supervisor.pause(SWEEP_PERIOD).await;
    }
}

async fn show_what_comes(ctx: Arc<Ctx>, supervisor: Supervisor) {
    while !supervisor.is_stopping() {
        survive(&ctx, &supervisor, &SHOWER, live::look(&ctx)).await;
        supervisor.pause(live::LOOK_EVERY).await;
    }
}

/// Writes down what was counted. Whoever stops the server writes the rest.
async fn write_traffic(ctx: Arc<Ctx>, supervisor: Supervisor) {
    while !supervisor.is_stopping() {
        supervisor.pause(traffic::WRITE_EVERY).await;
        survive(&ctx, &supervisor, &COUNTER, traffic::write(&ctx)).await;
    }
}

/// Makes one pass after the other, with a rest after each step.
async fn take_steps<P: Steps>(
    ctx: Arc<Ctx>,
    supervisor: Supervisor,
    worker: Worker,
    period: Duration,
) {
    while !supervisor.is_stopping() {
        let mut pass = P::default();
        loop {
            let began = ctx.clock.now();
            if survive(&ctx, &supervisor, &worker, pass.step(&ctx)).await != Some(true) {
                break;
            }
            supervisor.pause(rest_after(&ctx, ctx.clock.now().since(began))).await;
            if supervisor.is_stopping() {
                return;
            }
        }
        supervisor.pause(period).await;
    }
}

/// What is said and counted where a worker's tick fails.
#[derive(Clone, Copy)]
struct Worker {
    name: &'static str,
    trouble: &'static str,
}

const DISPATCHER: Worker = Worker { name: "dispatcher", trouble: "events cannot be dispatched" };
const DELIVERER: Worker = Worker { name: "deliverer", trouble: "deliveries cannot be claimed" };
const OPERATOR: Worker = Worker { name: "operator", trouble: "operations cannot be gone on with" };
const SWEEPER: Worker = Worker { name: "sweeper", trouble: "old things cannot be swept" };
const SHOWER: Worker =
    Worker { name: "shower", trouble: "open pages cannot be brought up to date" };
const COUNTER: Worker =
    Worker { name: "counter", trouble: "what went through registries cannot be written down" };
const COLLECTOR: Worker =
    Worker { name: "collector", trouble: "content that nobody needs cannot be removed" };
const RETENTION: Worker =
    Worker { name: "retention", trouble: "untagged manifests cannot be removed" };

const PURGER: Worker =
    Worker { name: "purger", trouble: "what was deleted and is kept no longer cannot be removed" };

/// Has a worker tick once; `None` where that fails. A panic ends the tick and never the worker, since the next tick finds
/// in the database what this one has left. After a failure it waits, so that a database that is away is not asked all
/// the time.
async fn survive<T>(
    ctx: &Ctx,
    supervisor: &Supervisor,
    worker: &Worker,
    tick: impl Future<Output = Result<T, Error>> + Send,
) -> Option<T> {
    let trouble = worker.trouble;
    match AssertUnwindSafe(tick).catch_unwind().await {
        Ok(Ok(done)) => return Some(done),
        Ok(Err(error)) => {
            tracing::error!(error = &error as &dyn std::error::Error, "{trouble}");
        }
        Err(panic) => {
            ctx.meters.panics.increment(worker.name);
            let words = panic.downcast_ref::<String>().map(String::as_str);
            let words = words.or_else(|| panic.downcast_ref::<&str>().copied());
            tracing::error!(error = words, "{trouble}: the {} panicked", worker.name);
        }
    }
    supervisor.pause(POLL).await;
    None
}

/// Removes uploads that nobody goes on with, forgets events, operations, entries of the audit log and counts that are old, and
/// gives the authority a new key where its last one is. What fails keeps nothing else from being swept; the first failure is
/// returned, and the others are logged.
pub async fn sweep(ctx: &Arc<Ctx>) -> Result<(), Error> {
    let mut first = None;
    let expired = noted(expire_uploads(ctx).await, &mut first);
    let retired = noted(retire_events(ctx).await, &mut first);
    noted(auth::rotate_if_old(ctx).await, &mut first);
    noted(audit::forget_old(ctx).await, &mut first);
    noted(operations::forget_old(ctx).await, &mut first);
    noted(traffic::forget_old(ctx).await, &mut first);
    if 0 < expired || 0 < retired {
        tracing::info!(uploads = expired, events = retired, "swept what was old");
    }
    first.map_or(Ok(()), Err)
}

/// What came of a part of the sweep; nothing where it failed.
fn noted<T: Default>(part: Result<T, Error>, first: &mut Option<Error>) -> T {
    part.unwrap_or_else(|error| {
        if first.is_some() {
            tracing::error!(error = &error as &dyn std::error::Error, "{}", SWEEPER.trouble);
        } else {
            *first = Some(error);
        }
        T::default()
    })
}

async fn expire_uploads(ctx: &Ctx) -> Result<usize, Error> {
    let (uploads, age_max) = (ctx.uploads.clone(), ctx.limits.upload_age_max);
    let system_now = UNIX_EPOCH + ctx.clock.now().since(Timestamp(0));
    let expired =
        tokio::task::spawn_blocking(move || uploads.expire_everywhere(system_now, age_max)).await;
    expired.expect("removing files does not panic")
}

async fn retire_events(ctx: &Ctx) -> Result<u64, Error> {
    let now = ctx.clock.now();
    let event_age_ms = i64::try_from(ctx.limits.event_age_max.as_millis()).unwrap_or(i64::MAX);
    let before = EventId::earliest(Timestamp(now.0.saturating_sub(event_age_ms)));
    let mut retired = 0;
    loop {
        match ctx.db.retire(&before, RETIRE_MAX).await? {
            0 => return Ok(retired),
            count => retired += count,
        }
    }
}
