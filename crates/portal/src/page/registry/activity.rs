//! How much went through a registry: plots of the last hours, and the same in numbers.

use crate::plot::{Colour, Plot};
use crate::text::Text;
use crate::time::Moment;
use boathook_engine::traffic::{Activity, HOURS, TrafficKind};

/// What the page shows of it.
pub(super) struct Traffic {
    pub(super) kinds: Vec<Kind>,
    pub(super) hours: Vec<Hour>,
}

/// All that is said of one kind.
pub(super) struct Kind {
    /// What is counted.
    pub(super) name: &'static str,
    /// What its last time is called, and when that was.
    pub(super) last: (&'static str, Option<Moment>),
    pub(super) plot: Plot,
}

/// How often there was each kind in an hour.
pub(super) struct Hour {
    pub(super) begins: Moment,
    /// Each with what is counted.
    pub(super) counts: [(&'static str, u64); TrafficKind::ALL.len()],
}

impl Traffic {
    pub(super) fn new(t: &'static dyn Text, activity: &Activity) -> Self {
        let kind = |kind: TrafficKind| {
            let (name, last) = words(t, kind);
            let counts = activity.hours.iter().map(|hour| hour.counts[kind as usize]);
            let bars: Vec<_> = counts.map(|count| (count, Colour::Plain)).collect();
            let total = bars.iter().map(|(count, _)| count).sum();
            Kind {
                name,
                last: (last, activity.last.get(&kind).map(|at| (*at).into())),
                plot: Plot::new(t.in_24_hours(name, total), HOURS, &bars),
            }
        };
        let hour = |hour: &boathook_engine::traffic::Hour| Hour {
            begins: hour.begins.into(),
            counts: TrafficKind::ALL.map(|kind| (words(t, kind).0, hour.counts[kind as usize])),
        };
        Self {
            kinds: TrafficKind::ALL.into_iter().map(kind).collect(),
            // The latest is what a reader looks for.
            hours: activity.hours.iter().rev().map(hour).collect(),
        }
    }
}

fn words(t: &'static dyn Text, kind: TrafficKind) -> (&'static str, &'static str) {
    match kind {
        TrafficKind::Push => (t.pushes(), t.last_push()),
        TrafficKind::Pull => (t.pulls(), t.last_pull()),
        TrafficKind::Delivery => (t.deliveries(), t.last_delivery()),
    }
}
