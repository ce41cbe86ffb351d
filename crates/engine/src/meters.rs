//! Counts for whoever watches. They say nothing that is decided by.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

/// The counts of one server since it started.
#[derive(Debug, Default)]
pub struct Meters {
    /// Bytes of blobs and manifests taken in.
    pub bytes_in: Counter,
    /// Bytes of blobs and manifests given out.
    pub bytes_out: Counter,
    /// Attempts at deliveries, by what followed: `delivered`, `retry`, `dead`, `paused`.
    pub attempts: Family,
    /// Failed attempts by the class of their failure.
    pub failures: Family,
    /// Attempts under way.
    pub in_flight: Counter,
    /// Passwords and secrets that were hashed to be checked, each once for every hash: `right`, `wrong`.
    pub hashings: Family,
    /// Ticks that panicked, by worker: `dispatcher`, `deliverer`, `operator`, `sweeper`, `collector`, `retention`,
    /// `purger`, `shower`, `counter`.
    pub panics: Family,
    /// Untagged manifests that retention has removed.
    pub retired_manifests: Counter,
    /// Collections that have ended.
    pub collections: Counter,
    /// How long they took, in milliseconds.
    pub collection_ms: Counter,
    /// Links of blobs to repositories that they removed.
    pub collected_links: Counter,
    /// Blobs that they removed.
    pub collected_blobs: Counter,
    /// How large those were, in bytes.
    pub collected_bytes: Counter,
}

/// A number that changes.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// Adds to it.
    pub fn add(&self, count: u64) {
        self.0.fetch_add(count, Ordering::Relaxed);
    }

    /// Takes one away.
    pub fn decrement(&self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }

    /// The number now.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Numbers by name.
#[derive(Debug, Default)]
pub struct Family(Mutex<BTreeMap<&'static str, u64>>);

impl Family {
    /// Adds one under `name`.
    pub fn increment(&self, name: &'static str) {
        *self.0.lock().expect("nothing panics while counts are held").entry(name).or_default() += 1;
    }

    /// All of them now.
    pub fn snapshot(&self) -> BTreeMap<&'static str, u64> {
        self.0.lock().expect("nothing panics while counts are held").clone()
    }
}
