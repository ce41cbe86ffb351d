//! How much goes through registries: pushes, pulls and deliveries, counted in memory and written down every few seconds, so
//! that none of them costs a write of its own. A process that dies takes along what it has counted since, and what it is
//! not sure to have written is counted again; nothing is decided by it.

use crate::ctx::Ctx;
use boathook_core::name::{Place, RegistryName};
use boathook_core::time::Timestamp;
use boathook_store::{Error, TrafficRow};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

pub use boathook_store::TrafficKind;

/// How often what was counted is written down.
pub(crate) const WRITE_EVERY: Duration = Duration::from_secs(10);
/// How many hours are told of, this one among them.
pub const HOURS: usize = 24;
/// How long hours are remembered: for somebody who wants to know when a registry was last used.
const AGE_MAX: Duration = Duration::from_hours(30 * 24);
/// How many rows are written or forgotten in one transaction.
const ROWS_MAX: u32 = 200;
const HOUR_MS: i64 = 3_600_000;

/// What was counted and is not written down yet. There are no more places in it than registries have regions.
#[derive(Debug, Default)]
pub struct Traffic(Mutex<HashMap<Place, [Count; TrafficKind::ALL.len()]>>);

#[derive(Clone, Copy, Debug)]
struct Count {
    count: u64,
    last: Timestamp,
}

impl Default for Count {
    fn default() -> Self {
        Self { count: 0, last: Timestamp(i64::MIN) }
    }
}

/// How much went through a registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Activity {
    /// When there was something of a kind for the last time, as far as that is remembered.
    pub last: BTreeMap<TrafficKind, Timestamp>,
    /// The last [`HOURS`] hours, the oldest first.
    pub hours: Vec<Hour>,
}

/// How much went through in an hour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hour {
    /// When it began.
    pub begins: Timestamp,
    /// How often, in the order of [`TrafficKind::ALL`].
    pub counts: [u64; TrafficKind::ALL.len()],
}

impl Traffic {
    fn lock(&self) -> MutexGuard<'_, HashMap<Place, [Count; TrafficKind::ALL.len()]>> {
        self.0.lock().expect("nothing panics while counts are held")
    }

    /// Counts one of a kind.
    pub(crate) fn note(&self, place: &Place, kind: TrafficKind, at: Timestamp) {
        let mut counted = self.lock();
        let add = |counts: &mut [Count]| {
            let Count { count, last } = &mut counts[kind as usize];
            *count += 1;
            *last = at.max(*last);
        };
        // Nothing is copied for a place that is there already: pulls are many.
        match counted.get_mut(place) {
            Some(counts) => add(counts),
            None => add(counted.entry(place.clone()).or_default()),
        }
    }

    /// What was counted at a place, all of it in the hour of the last.
    fn rows(place: &Place, counts: &[Count]) -> Vec<TrafficRow> {
        let row = |(kind, Count { count, last }): (TrafficKind, &Count)| TrafficRow {
            place: place.clone(),
            kind,
            hour: hour_of(*last),
            count: *count,
            last: *last,
        };
        let counted = TrafficKind::ALL.into_iter().zip(counts);
        counted.filter(|(_, count)| count.count != 0).map(row).collect()
    }

    /// What was counted in a registry and is not written down yet.
    fn waiting(&self, of: &RegistryName) -> Vec<TrafficRow> {
        let counted = self.lock();
        let here = counted.iter().filter(|(place, _)| place.registry == *of);
        here.flat_map(|(place, counts)| Self::rows(place, counts)).collect()
    }

    fn take(&self) -> Vec<TrafficRow> {
        let counted = std::mem::take(&mut *self.lock());
        counted.iter().flat_map(|(place, counts)| Self::rows(place, counts)).collect()
    }

    /// Counts again what could not be written down.
    fn put_back(&self, rows: Vec<TrafficRow>) {
        let mut counted = self.lock();
        for row in rows {
            let Count { count, last } =
                &mut counted.entry(row.place).or_default()[row.kind as usize];
            *count += row.count;
            *last = row.last.max(*last);
        }
    }
}

fn hour_of(at: Timestamp) -> Timestamp {
    Timestamp(at.0 - at.0.rem_euclid(HOUR_MS))
}

/// Writes down what was counted. What cannot be written is counted again.
pub async fn write(ctx: &Ctx) -> Result<(), Error> {
    let mut rows = ctx.traffic.take();
    while !rows.is_empty() {
        let rest = rows.split_off(rows.len().min(ROWS_MAX as usize));
        if let Err(error) = ctx.db.add_traffic(rows.clone()).await {
            rows.extend(rest);
            ctx.traffic.put_back(rows);
            return Err(error);
        }
        rows = rest;
    }
    Ok(())
}

/// How much went through a registry, in all its regions, up to now.
pub async fn of(ctx: &Ctx, registry: &RegistryName) -> Result<Activity, Error> {
    let this_hour = hour_of(ctx.clock.now());
    let begins = |hour: usize| {
        let ago = i64::try_from(HOURS - 1 - hour).expect("they are few");
        Timestamp(this_hour.0 - ago * HOUR_MS)
    };
    let hours = (0..HOURS).map(|hour| Hour { begins: begins(hour), counts: Default::default() });
    let mut activity = Activity { last: BTreeMap::new(), hours: hours.collect() };
    let mut rows = ctx.db.traffic(registry, begins(0)).await?;
    rows.extend(ctx.traffic.waiting(registry));
    for row in rows {
        let last = activity.last.entry(row.kind).or_insert(row.last);
        *last = row.last.max(*last);
        if let Some(hour) = activity.hours.iter_mut().find(|hour| hour.begins == row.hour) {
            hour.counts[row.kind as usize] += row.count;
        }
    }
    Ok(activity)
}

/// Forgets hours that are old.
pub(crate) async fn forget_old(ctx: &Ctx) -> Result<(), Error> {
    let age_ms = i64::try_from(AGE_MAX.as_millis()).unwrap_or(i64::MAX);
    let before = Timestamp(ctx.clock.now().0.saturating_sub(age_ms));
    while 0 < ctx.db.forget_traffic(before, ROWS_MAX).await? {}
    Ok(())
}
