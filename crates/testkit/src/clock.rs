//! A clock that stands still until a test moves it.

use boathook_core::time::{Clock, Timestamp};
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

/// A clock that stands still until a test moves it.
#[derive(Debug)]
pub struct ManualClock {
    now_ms: AtomicI64,
    is_broken: AtomicBool,
}

impl ManualClock {
    /// Starts at `now`.
    pub fn new(now: Timestamp) -> Self {
        Self { now_ms: AtomicI64::new(now.0), is_broken: AtomicBool::new(false) }
    }

    /// Moves the clock to `now`, which may lie in the past.
    pub fn set(&self, now: Timestamp) {
        self.now_ms.store(now.0, Ordering::SeqCst);
    }

    /// Moves the clock on.
    pub fn advance(&self, by: Duration) {
        self.set(self.now().after(by));
    }

    /// From now on, whoever asks for the time panics.
    pub fn break_down(&self) {
        self.is_broken.store(true, Ordering::SeqCst);
    }

    /// Has the clock tell the time again.
    pub fn mend(&self) {
        self.is_broken.store(false, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        assert!(!self.is_broken.load(Ordering::SeqCst), "the clock is broken");
        Timestamp(self.now_ms.load(Ordering::SeqCst))
    }
}
