//! The world goes on: workers tick, and the clock moves from one due time to the next.

use super::{Node, World};
use crate::PATIENCE;
use boathook_core::time::{Clock, Timestamp};
use boathook_engine::registry::{deleted, retention};
use boathook_engine::steps::Steps as _;
use boathook_engine::{WebhookDue, collection, housekeeping};
use std::sync::Arc;
use std::time::Duration;

/// How many rounds of ticks may pass before something must be turning in circles.
const ROUNDS_MAX: usize = 2_000;

impl Node {
    /// Lets the dispatcher work once; says how many events it took.
    pub async fn tick_dispatcher(&self) -> usize {
        let (ctx, dispatcher) = (Arc::clone(self.ctx()), Arc::clone(&self.dispatcher));
        let ticked = self.run(async move { dispatcher.tick(&ctx).await }).await;
        ticked.expect("the database works")
    }

    /// Lets the deliverer work once; says when something will be due.
    pub async fn tick_deliverer(&self) -> Option<Timestamp> {
        let ctx = Arc::clone(self.ctx());
        let ticked = self.run(async move { ctx.deliverer.tick(&ctx).await }).await;
        ticked.expect("the database works")
    }

    /// Lets dispatcher and deliverer work once, and waits for nobody.
    pub async fn tick(&self) -> Option<Timestamp> {
        self.tick_dispatcher().await;
        self.tick_deliverer().await
    }

    /// Waits until no attempt is under way.
    pub async fn rests(&self) {
        let has_ended = self.supervisor().ended(PATIENCE).await;
        assert!(has_ended, "{} attempts do not end", self.ctx().deliverer.in_flight());
    }

    /// Lets the workers work until nothing is due and nothing is under way; says when something will be due.
    pub async fn tick_until_idle(&self) -> Option<Timestamp> {
        for _ in 0..ROUNDS_MAX {
            let dispatched = self.tick_dispatcher().await;
            self.tick_deliverer().await;
            self.rests().await;
            let waiting = self.ctx().db.due().await.expect("the database works");
            let next = waiting.iter().filter_map(WebhookDue::first).min();
            let is_due = next.is_some_and(|due| due <= self.ctx().clock.now());
            if dispatched == 0 && !is_due {
                return next;
            }
        }
        panic!("the workers turn in circles");
    }

    /// Sweeps old things away.
    pub async fn sweep(&self) {
        let ctx = Arc::clone(self.ctx());
        let swept = self.run(async move { housekeeping::sweep(&ctx).await }).await;
        swept.expect("the database and the disk work");
    }

    /// Removes what nobody needs.
    pub async fn collect(&self) {
        let ctx = Arc::clone(self.ctx());
        let collected = self.run(async move { collection::Pass::all(&ctx).await }).await;
        collected.expect("the database and the disk work");
    }

    /// Removes untagged manifests whose days are over.
    pub async fn retire(&self) {
        let ctx = Arc::clone(self.ctx());
        let retired = self.run(async move { retention::Pass::all(&ctx).await }).await;
        retired.expect("the database works");
    }

    /// Removes for good what was deleted and is kept no longer.
    pub async fn purge(&self) {
        let ctx = Arc::clone(self.ctx());
        let purged = self.run(async move { deleted::Pass::all(&ctx).await }).await;
        purged.expect("the database works");
    }
}

impl World {
    /// Lets dispatcher and deliverer work once, and waits for nobody.
    pub async fn tick(&self) -> Option<Timestamp> {
        self.node().tick().await
    }

    /// Lets the workers work until nothing is due and nothing is under way; says when something will be due.
    pub async fn tick_until_idle(&self) -> Option<Timestamp> {
        self.node().tick_until_idle().await
    }

    /// Moves the clock from due time to due time until `duration` is over, and lets the workers work at each.
    pub async fn run_for(&self, duration: Duration) {
        let end = self.clock().now().after(duration);
        while let Some(next) = self.tick_until_idle().await.filter(|next| *next <= end) {
            self.clock().set(next);
        }
        self.clock().set(end);
    }
}
