//! At the end of a world, nothing is left.

use super::{Node, World};
use std::sync::atomic::Ordering;

impl World {
    /// Ends the world, and fails the test if anything is left.
    pub fn finish(self) {
        drop(self);
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let Some(node) = self.node.take() else { return };
        if std::thread::panicking() || self.leaves_behind.load(Ordering::SeqCst) {
            return;
        }
        let left = node.block_on(leftovers(&node));
        assert!(left.is_empty(), "the world ends with {}", left.join(", "));
    }
}

async fn leftovers(node: &Node) -> Vec<String> {
    let ctx = node.ctx();
    let undispatched = ctx.db.undispatched(100).await.expect("the database works");
    let waiting = ctx.db.due().await.expect("the database works");
    let counts = [
        (undispatched.len(), "events that were not dispatched"),
        (waiting.len(), "webhooks that wait for something"),
        (ctx.deliverer.in_flight(), "attempts under way"),
        (ctx.uploads.open_count(), "uploads open"),
    ];
    let left = counts.into_iter().filter(|(count, _)| 0 < *count);
    left.map(|(count, what)| format!("{count} {what}")).collect()
}
