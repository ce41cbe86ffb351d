//! The bars that Boathook has to reach, and whether it does.

use crate::row::{Row, Way, Work};
use crate::stats::Measurement;

/// What a row has to reach; what it does not name does not matter.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Bar {
    /// At least so many times the speed of the fastest registry beside it.
    peer_min: Option<f64>,
    /// At least so many times the speed of nginx.
    nginx_min: Option<f64>,
    /// At least so many times the speed of the same upload in one piece.
    mono_min: Option<f64>,
    /// At least so many operations a second.
    per_second_min: Option<f64>,
    /// At most so much CPU time of the server for an operation, in microseconds.
    cpu_us_max: Option<f64>,
    /// At most so much CPU time of the server for a megabyte, in milliseconds.
    cpu_ms_per_mb_max: Option<f64>,
    /// At most so long for half of the operations, in milliseconds.
    p50_ms_max: Option<f64>,
    /// At most so long for 99 of 100 operations, in milliseconds.
    p99_ms_max: Option<f64>,
    /// At most so many times the undisturbed p99.
    ratio_max: Option<f64>,
}

/// What a row is held against.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Against<'a> {
    /// Boathook's own figures.
    pub(crate) own: &'a Measurement,
    /// How many times the speed of the fastest registry beside it.
    pub(crate) peer: Option<f64>,
    /// How many times the speed of nginx.
    pub(crate) nginx: Option<f64>,
    /// How many times the speed of the same upload in one piece.
    pub(crate) mono: Option<f64>,
}

impl Bar {
    /// Gives the bar of a row, from the product's contract.
    pub(crate) fn of(row: Row) -> Self {
        let none = Self::default();
        let many = row.clients > 1;
        match row.work {
            Work::Ping => none,
            Work::ManifestTag | Work::ManifestDigest => {
                Self { cpu_us_max: Some(40.0), peer_min: Some(2.5), nginx_min: Some(0.6), ..none }
            }
            Work::HeadBlob => Self { cpu_us_max: Some(40.0), peer_min: Some(1.5), ..none },
            Work::Blob10k => Self {
                cpu_us_max: Some(60.0),
                peer_min: Some(4.0),
                p50_ms_max: (!many).then_some(1.0),
                ..none
            },
            Work::Blob100m => Self { nginx_min: Some(0.9), cpu_ms_per_mb_max: Some(0.5), ..none },
            Work::Push100m(way) => Self {
                peer_min: Some(if many { 1.1 } else { 1.5 }),
                mono_min: (way == Way::Chunked).then_some(0.85),
                cpu_ms_per_mb_max: Some(1.6),
                ..none
            },
            Work::PushImage => Self { peer_min: Some(if many { 4.0 } else { 2.5 }), ..none },
            Work::PutManifest => Self { per_second_min: many.then_some(1500.0), ..none },
            Work::Mount => Self { peer_min: Some(1.0), ..none },
            Work::TagsPage | Work::CatalogPage => Self { p50_ms_max: Some(1.0), ..none },
            Work::HookLag => Self { p50_ms_max: Some(5.0), p99_ms_max: Some(20.0), ..none },
            Work::HookDeliveries => Self { per_second_min: Some(5000.0), ..none },
            Work::HookBesideHang => Self { ratio_max: Some(1.2), ..none },
            // The whole request, though the contract speaks of the token alone.
            Work::Token => Self { cpu_us_max: Some(100.0), ..none },
            Work::ManifestToken => Self { cpu_us_max: Some(140.0), ..none },
            Work::WebhooksPage => Self { p99_ms_max: Some(50.0), ..none },
            Work::HelmIndex => Self { p50_ms_max: Some(5.0), ..none },
        }
    }

    /// Says what has to be reached, and for each part whether it is.
    pub(crate) fn judge(&self, against: &Against<'_>) -> String {
        let own = against.own;
        let floors = [
            (self.peer_min, against.peer, "× the fastest registry"),
            (self.nginx_min, against.nginx, "× nginx"),
            (self.mono_min, against.mono, "× one piece"),
            (self.per_second_min, Some(own.per_second), "/s"),
        ];
        let ceilings = [
            (self.cpu_us_max, own.cpu_us, " µs of CPU"),
            (self.cpu_ms_per_mb_max, own.cpu_ms_per_mb, " ms of CPU a MB"),
            (self.p50_ms_max, Some(own.p50_ms), " ms at p50"),
            (self.p99_ms_max, Some(own.p99_ms), " ms at p99"),
            (self.ratio_max, own.ratio, "× the undisturbed p99"),
        ];
        let floors = floors.iter().filter_map(|&(bar, figure, unit)| {
            let (bar, figure) = bar.zip(figure)?;
            Some(verdict(&format!("≥ {bar}{unit}"), figure >= bar))
        });
        let ceilings = ceilings.iter().filter_map(|&(bar, figure, unit)| {
            let (bar, figure) = bar.zip(figure)?;
            Some(verdict(&format!("≤ {bar}{unit}"), figure <= bar))
        });
        floors.chain(ceilings).collect::<Vec<_>>().join("; ")
    }
}

/// Writes a bar with whether it is reached.
pub(crate) fn verdict(bar: &str, reached: bool) -> String {
    format!("{bar}: {}", if reached { "yes" } else { "**no**" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_part_of_a_bar_is_judged_by_itself() {
        let own = Measurement { cpu_us: Some(41.0), ..Measurement::default() };
        let against = Against { own: &own, peer: Some(2.5), nginx: Some(0.59), mono: None };
        let bar = Bar::of("manifest-tag-c16".parse().unwrap());
        assert_eq!(
            bar.judge(&against),
            "≥ 2.5× the fastest registry: yes; ≥ 0.6× nginx: **no**; ≤ 40 µs of CPU: **no**"
        );
    }

    #[test]
    fn an_upload_in_chunks_is_held_against_the_one_in_one_piece() {
        let own = Measurement { cpu_ms_per_mb: Some(1.6), ..Measurement::default() };
        let against = Against { own: &own, peer: None, nginx: None, mono: Some(0.84) };
        let judge = |row: &str| Bar::of(row.parse().unwrap()).judge(&against);
        assert_eq!(
            judge("push100m-chunked-c1"),
            "≥ 0.85× one piece: **no**; ≤ 1.6 ms of CPU a MB: yes"
        );
        assert_eq!(judge("push100m-patch-c1"), "≤ 1.6 ms of CPU a MB: yes");
    }

    #[test]
    fn what_was_not_measured_is_not_judged() {
        let own = Measurement::default();
        let bar = Bar::of("mount-c16".parse().unwrap());
        assert_eq!(bar.judge(&Against { own: &own, peer: None, nginx: None, mono: None }), "");
    }
}
