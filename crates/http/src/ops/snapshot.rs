//! The counts of the engine at one moment, and how they are printed.

use super::process::Process;
use crate::app::App;
use boathook_engine::{Histogram, TIME_BUCKETS_US};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Unit;
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

/// What the engine has counted.
#[derive(Debug)]
pub(super) struct Snapshot {
    content_bytes: BTreeMap<&'static str, u64>,
    attempts: BTreeMap<&'static str, u64>,
    failures: BTreeMap<&'static str, u64>,
    attempts_in_flight: u64,
    hashings: BTreeMap<&'static str, u64>,
    worker_panics: BTreeMap<&'static str, u64>,
    retired_manifests: u64,
    collections: Collections,
    uploads_open: u64,
    /// Zero where nothing is waiting; `None` where the database did not answer in time.
    oldest_event_age: Option<Duration>,
    transactions: BTreeMap<&'static str, Histogram>,
    process: Option<Process>,
}

/// What was removed that nobody needed.
#[derive(Debug)]
struct Collections {
    count: u64,
    seconds: f64,
    links: u64,
    blobs: u64,
    bytes: u64,
}

impl Snapshot {
    pub(super) async fn take(app: &App) -> Self {
        let App { ctx, database, .. } = app;
        let oldest_event = database.oldest_event(ctx).await;
        let now = ctx.clock.now();
        let age = |oldest: Option<_>| oldest.map(|oldest| now.since(oldest)).unwrap_or_default();
        let meters = &ctx.meters;
        Self {
            content_bytes: [("in", meters.bytes_in.get()), ("out", meters.bytes_out.get())].into(),
            attempts: meters.attempts.snapshot(),
            failures: meters.failures.snapshot(),
            attempts_in_flight: meters.in_flight.get(),
            hashings: meters.hashings.snapshot(),
            worker_panics: meters.panics.snapshot(),
            retired_manifests: meters.retired_manifests.get(),
            collections: Collections {
                count: meters.collections.get(),
                seconds: Duration::from_millis(meters.collection_ms.get()).as_secs_f64(),
                links: meters.collected_links.get(),
                blobs: meters.collected_blobs.get(),
                bytes: meters.collected_bytes.get(),
            },
            uploads_open: ctx.uploads.open_count() as u64,
            oldest_event_age: oldest_event.ok().map(age),
            transactions: ctx.db.times().snapshot(),
            process: Process::read(),
        }
    }
}

impl Collector for Snapshot {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let encoder = &mut encoder;
        let help = "Bytes of blobs and manifests taken in and given out";
        counters(encoder, ("content_bytes", help), "direction", &self.content_bytes)?;
        let help = "Attempts at deliveries, by what followed";
        counters(encoder, ("delivery_attempts", help), "result", &self.attempts)?;
        let help = "Attempts at deliveries that were not answered, by why";
        counters(encoder, ("delivery_failures", help), "class", &self.failures)?;
        let help = "Attempts at deliveries under way";
        let in_flight = self.attempts_in_flight;
        gauge(encoder, ("delivery_attempts_in_flight", help), None, in_flight)?;
        let help = "Passwords and secrets that were hashed to be checked, which takes its time";
        counters(encoder, ("password_hashings", help), "result", &self.hashings)?;
        let help = "Ticks of workers that panicked; the next tick goes on where they left off";
        counters(encoder, ("worker_panics", help), "worker", &self.worker_panics)?;
        collections(encoder, &self.collections)?;
        let help = "Untagged manifests that retention removed because their days were over";
        counter(encoder, ("retention_removed_manifests", help), None, self.retired_manifests)?;
        gauge(encoder, ("uploads_open", "Uploads in progress"), None, self.uploads_open)?;
        let is_reachable = u64::from(self.oldest_event_age.is_some());
        let help = "1 where the database answered, at most a second before";
        gauge(encoder, ("database_reachable", help), None, is_reachable)?;
        if let Some(age) = self.oldest_event_age {
            let help = "Age of the oldest event that is not dispatched or delivered; 0 where there is none";
            let name = "oldest_undelivered_event_age";
            gauge(encoder, (name, help), Some(&Unit::Seconds), age.as_secs_f64())?;
        }
        transactions(encoder, &self.transactions)?;
        self.process.map_or(Ok(()), |process| usage(encoder, process))
    }
}

fn collections(encoder: &mut DescriptorEncoder<'_>, collections: &Collections) -> fmt::Result {
    let Collections { count, seconds, links, blobs, bytes } = *collections;
    let help = "Collections of content that nobody needs, by place, that have ended";
    counter(encoder, ("gc_runs", help), None, count)?;
    let help = "How long they took";
    counter(encoder, ("gc_duration", help), Some(&Unit::Seconds), seconds)?;
    let help = "Blobs of repositories that they removed because no manifest needed them";
    counter(encoder, ("gc_removed_links", help), None, links)?;
    let help = "Blobs that they removed because no repository had them any more";
    counter(encoder, ("gc_removed_blobs", help), None, blobs)?;
    let help = "The sizes of the blobs that they removed";
    counter(encoder, ("gc_removed", help), Some(&Unit::Bytes), bytes)
}

fn counter<N>(
    encoder: &mut DescriptorEncoder<'_>,
    (name, help): (&str, &str),
    unit: Option<&Unit>,
    value: N,
) -> fmt::Result
where
    ConstCounter<N>: EncodeMetric,
{
    let metric = encoder.encode_descriptor(name, help, unit, MetricType::Counter)?;
    ConstCounter::new(value).encode(metric)
}

fn counters(
    encoder: &mut DescriptorEncoder<'_>,
    (name, help): (&str, &str),
    label: &'static str,
    counts: &BTreeMap<&'static str, u64>,
) -> fmt::Result {
    let mut family = encoder.encode_descriptor(name, help, None, MetricType::Counter)?;
    for (value, count) in counts {
        ConstCounter::new(*count).encode(family.encode_family(&[(label, *value)])?)?;
    }
    Ok(())
}

fn gauge<N>(
    encoder: &mut DescriptorEncoder<'_>,
    (name, help): (&str, &str),
    unit: Option<&Unit>,
    value: N,
) -> fmt::Result
where
    ConstGauge<N>: EncodeMetric,
{
    let metric = encoder.encode_descriptor(name, help, unit, MetricType::Gauge)?;
    ConstGauge::new(value).encode(metric)
}

fn transactions(
    encoder: &mut DescriptorEncoder<'_>,
    transactions: &BTreeMap<&'static str, Histogram>,
) -> fmt::Result {
    let help = "How long transactions took, waiting included";
    let unit = Some(&Unit::Seconds);
    let mut family = encoder.encode_descriptor("transaction", help, unit, MetricType::Histogram)?;
    for (name, histogram) in transactions {
        let bounds = TIME_BUCKETS_US.map(|bound_us| Duration::from_micros(bound_us).as_secs_f64());
        let bounds = bounds.into_iter().chain([f64::INFINITY]);
        let buckets: Vec<_> = bounds.zip(histogram.counts).collect();
        let (sum, count) = (histogram.sum.as_secs_f64(), histogram.counts.iter().sum());
        let labels = [("name", *name)];
        family
            .encode_family(&labels)?
            .encode_histogram::<NoLabelSet>(sum, count, &buckets, None)?;
    }
    Ok(())
}

fn usage(encoder: &mut DescriptorEncoder<'_>, process: Process) -> fmt::Result {
    let help = "Memory that the process has in use";
    let resident_bytes = process.resident_bytes;
    gauge(encoder, ("process_resident_memory", help), Some(&Unit::Bytes), resident_bytes)?;
    let help = "Time that the process has spent on processors";
    counter(encoder, ("process_cpu", help), Some(&Unit::Seconds), process.cpu_seconds)
}
