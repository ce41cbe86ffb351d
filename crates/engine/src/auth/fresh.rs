//! Answers of the database that need not be asked for each time.
//!
//! With SQLite all changes are this process's own: an answer is kept until the next one. With PostgreSQL others write
//! too, and an answer is kept for [`STALE_MAX`] at most.

use crate::ctx::Ctx;
use boathook_core::time::Timestamp;
use quick_cache::sync::Cache;
use std::hash::Hash;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// How long another process's change may go unnoticed.
const STALE_MAX: Duration = Duration::from_millis(500);

/// A bounded number of answers.
pub(crate) struct Fresh<K, V> {
    shelf: Cache<K, (Moment, V)>,
}

/// When an answer was asked for.
#[derive(Clone, Copy)]
pub(crate) struct Moment {
    changes: u64,
    at: Timestamp,
}

impl Moment {
    /// The present one; taken before the database is asked, so that what changes meanwhile is not overlooked.
    pub(crate) fn now(ctx: &Ctx) -> Self {
        let changes = ctx.db.signals().identity_changes.load(Ordering::Acquire);
        Self { changes, at: ctx.clock.now() }
    }
}

impl<K: Clone + Eq + Hash, V: Clone> Fresh<K, V> {
    pub(crate) fn new(answers_max: usize) -> Self {
        Self { shelf: Cache::new(answers_max) }
    }

    /// The answer, if it still counts.
    pub(crate) fn get(&self, ctx: &Ctx, key: &K) -> Option<V> {
        let (asked, answer) = self.shelf.get(key)?;
        let now = Moment::now(ctx);
        // A clock may be set back.
        let age = now.at.since(asked.at).max(asked.at.since(now.at));
        let is_fresh = asked.changes == now.changes && (!ctx.db.is_shared() || age < STALE_MAX);
        is_fresh.then_some(answer)
    }

    pub(crate) fn put(&self, asked: Moment, key: K, answer: V) {
        self.shelf.insert(key, (asked, answer));
    }
}
