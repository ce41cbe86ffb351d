//! How long transactions take, by name.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// The upper bounds of the histogram's buckets, in microseconds; a last bucket takes the rest.
pub const BUCKETS_US: [u64; 10] =
    [100, 300, 1_000, 3_000, 10_000, 30_000, 100_000, 300_000, 1_000_000, 10_000_000];

/// A histogram for each transaction's name.
#[derive(Default)]
pub struct TransactionTimes(Mutex<BTreeMap<&'static str, Histogram>>);

/// How often a transaction ran, and how long it took.
#[derive(Clone, Copy, Debug, Default)]
pub struct Histogram {
    /// How many ran within each bound of [`BUCKETS_US`]; the last count is of those that took longer.
    pub counts: [u64; BUCKETS_US.len() + 1],
    /// How long all of them took together.
    pub sum: Duration,
}

impl TransactionTimes {
    /// The histograms so far.
    pub fn snapshot(&self) -> BTreeMap<&'static str, Histogram> {
        self.0.lock().expect("nothing panics while the times are held").clone()
    }

    pub(crate) fn start(&self, name: &'static str) -> Timer<'_> {
        Timer { times: self, name, started: now() }
    }
}

pub(crate) struct Timer<'a> {
    times: &'a TransactionTimes,
    name: &'static str,
    started: Instant,
}

impl Timer<'_> {
    pub(crate) fn stop(self) {
        let elapsed = now().duration_since(self.started);
        let elapsed_us = u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX);
        let bucket_idx = BUCKETS_US.partition_point(|bound_us| *bound_us < elapsed_us);
        let mut times = self.times.0.lock().expect("nothing panics while the times are held");
        let histogram = times.entry(self.name).or_default();
        histogram.counts[bucket_idx] += 1;
        histogram.sum += elapsed;
    }
}

#[expect(clippy::disallowed_methods, reason = "a stopwatch for metrics: nothing is decided by it")]
fn now() -> Instant {
    Instant::now()
}
