//! Percentiles, medians, and the one line that a row prints.

use std::time::Duration;

use serde::Serialize;

use crate::process::Usage;

/// Bytes in the megabyte of MB/s and ms/MB.
pub(crate) const MEGABYTE: f64 = 1_000_000.0;

/// What the clients of one row did together.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// How long each operation took.
    pub(crate) took: Vec<Duration>,
    /// Bytes of blobs that went either way.
    pub(crate) bytes: u64,
    /// From the start of the first operation to the end of the last.
    pub(crate) elapsed: Duration,
}

/// The results of one row against one server; members that do not apply are left out.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Measurement {
    /// The row's name.
    pub(crate) row: String,
    /// Which server was measured.
    pub(crate) server: String,
    /// Operations that were counted.
    pub(crate) operations: u64,
    /// Operations a second; for webhooks, deliveries a second.
    pub(crate) per_second: f64,
    /// Megabytes (1,000,000 bytes) a second.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) mb_per_second: Option<f64>,
    /// Half of the operations took no longer, in milliseconds.
    pub(crate) p50_ms: f64,
    /// Of a hundred operations, 99 took no longer, in milliseconds.
    pub(crate) p99_ms: f64,
    /// The server's own CPU time for one operation, in microseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cpu_us: Option<f64>,
    /// The server's own CPU time for one megabyte, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cpu_ms_per_mb: Option<f64>,
    /// Memory resident after the row, in MiB.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) rss_mib: Option<f64>,
    /// The most memory that was ever resident, in MiB.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) rss_peak_mib: Option<f64>,
    /// How the p99 compares with that of the same without what disturbs it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ratio: Option<f64>,
    /// What only some rows tell, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) note: Option<String>,
    /// Operations that were answered wrongly; the row stops at the first.
    pub(crate) errors: u64,
    /// The first of them, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<String>,
}

impl Measurement {
    /// Works out a row's figures from what its clients did and what the server spent meanwhile.
    pub(crate) fn of(row: &str, server: &str, mut tally: Tally, spent: Option<Usage>) -> Self {
        tally.took.sort_unstable();
        let operations = tally.took.len();
        let count = as_f64(operations);
        let seconds = tally.elapsed.as_secs_f64();
        #[expect(clippy::cast_precision_loss, reason = "nine quadrillion bytes are out of reach")]
        let megabytes = (tally.bytes > 0).then(|| tally.bytes as f64 / MEGABYTE);
        let cpu = spent.map(|usage| usage.cpu.as_secs_f64());
        Self {
            row: row.to_owned(),
            server: server.to_owned(),
            operations: operations as u64,
            per_second: round(count / seconds),
            mb_per_second: megabytes.map(|megabytes| round(megabytes / seconds)),
            p50_ms: millis(percentile(&tally.took, 50)),
            p99_ms: millis(percentile(&tally.took, 99)),
            cpu_us: cpu.map(|cpu| round(cpu * 1e6 / count)),
            cpu_ms_per_mb: cpu.zip(megabytes).map(|(cpu, megabytes)| round(cpu * 1e3 / megabytes)),
            rss_mib: spent.map(|usage| mebibytes(usage.rss_bytes)),
            rss_peak_mib: spent.map(|usage| mebibytes(usage.rss_peak_bytes)),
            ..Self::default()
        }
    }

    /// Tells of a row that could not be measured.
    pub(crate) fn failed(row: &str, server: &str, cause: &anyhow::Error) -> Self {
        Self {
            row: row.to_owned(),
            server: server.to_owned(),
            errors: 1,
            error: Some(format!("{cause:#}")),
            ..Self::default()
        }
    }

    /// Takes `pick`, such as the median, of each figure over the rounds that were measured; `None` when every round
    /// failed.
    pub(crate) fn over(rounds: &[Self], pick: fn(Vec<f64>) -> f64) -> Option<Self> {
        let good: Vec<&Self> = rounds.iter().filter(|round| round.errors == 0).collect();
        let first = *good.first()?;
        let over = |figure: fn(&Self) -> f64| pick(good.iter().map(|m| figure(m)).collect());
        let over_some = |figure: fn(&Self) -> Option<f64>| {
            let figures: Vec<f64> = good.iter().filter_map(|m| figure(m)).collect();
            (!figures.is_empty()).then(|| pick(figures))
        };
        Some(Self {
            per_second: over(|m| m.per_second),
            mb_per_second: over_some(|m| m.mb_per_second),
            p50_ms: over(|m| m.p50_ms),
            p99_ms: over(|m| m.p99_ms),
            cpu_us: over_some(|m| m.cpu_us),
            cpu_ms_per_mb: over_some(|m| m.cpu_ms_per_mb),
            ratio: over_some(|m| m.ratio),
            rss_mib: over_some(|m| m.rss_mib),
            rss_peak_mib: over_some(|m| m.rss_peak_mib),
            ..first.clone()
        })
    }
}

/// The figures of one row against one server over all rounds.
pub(crate) struct Spread {
    /// The median of each figure.
    pub(crate) median: Measurement,
    low: Measurement,
    high: Measurement,
}

impl Spread {
    /// Puts together what the rounds showed; `None` when every one failed or none was made.
    pub(crate) fn of(results: &[Measurement], row: &str, server: &str) -> Option<Self> {
        let of_row = results.iter().filter(|result| result.row == row && result.server == server);
        let rounds: Vec<Measurement> = of_row.cloned().collect();
        Some(Self {
            median: Measurement::over(&rounds, median)?,
            low: Measurement::over(&rounds, least)?,
            high: Measurement::over(&rounds, most)?,
        })
    }

    /// Writes a figure as its median and, if the rounds differ, their range: `17 (16–19)`.
    pub(crate) fn write(&self, figure: fn(&Measurement) -> f64, digits: usize) -> String {
        let [median, low, high] =
            [&self.median, &self.low, &self.high].map(|m| format!("{:.digits$}", figure(m)));
        if low == high { median } else { format!("{median} ({low}–{high})") }
    }
}

fn least(values: Vec<f64>) -> f64 {
    values.into_iter().fold(f64::INFINITY, f64::min)
}

fn most(values: Vec<f64>) -> f64 {
    values.into_iter().fold(f64::NEG_INFINITY, f64::max)
}

/// Finds the value that `percent` in a hundred of the sorted values do not exceed (nearest rank); zero if there are none.
pub(crate) fn percentile<T: Copy + Default>(sorted: &[T], percent: usize) -> T {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied().unwrap_or_default()
}

/// Finds the middle value, or the mean of the two in the middle; zero if there are none.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.as_slice() {
        [] => 0.0,
        sorted if sorted.len() % 2 == 1 => sorted[middle],
        sorted => f64::midpoint(sorted[middle - 1], sorted[middle]),
    }
}

/// Gives a duration in milliseconds, to the microsecond.
pub(crate) fn millis(duration: Duration) -> f64 {
    round(duration.as_secs_f64() * 1e3)
}

/// Counts bytes in MiB.
#[expect(clippy::cast_precision_loss, reason = "memory is far below 2^53 bytes")]
pub(crate) fn mebibytes(bytes: u64) -> f64 {
    round(bytes as f64 / (1024.0 * 1024.0))
}

/// Turns a count into a figure to divide with.
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
pub(crate) fn as_f64(count: usize) -> f64 {
    count as f64
}

/// Keeps three digits after the point: more would be noise.
pub(crate) fn round(value: f64) -> f64 {
    (value * 1e3).round() / 1e3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_the_nearest_rank() {
        let hundred: Vec<u32> = (1..=100).collect();
        for (sorted, percent, expected) in [
            (hundred.as_slice(), 50, 50),
            (&hundred, 99, 99),
            (&hundred, 100, 100),
            (&[7], 50, 7),
            (&[7], 99, 7),
            (&[1, 2, 3], 50, 2),
            (&[1, 2, 3], 99, 3),
            (&[], 99, 0),
        ] {
            assert_eq!(percentile(sorted, percent), expected, "{percent} of {sorted:?}");
        }
    }

    #[test]
    fn a_median_is_the_middle_or_the_mean_of_the_middle_two() {
        for (values, expected) in
            [(vec![], 0.0), (vec![3.0, 1.0, 2.0], 2.0), (vec![4.0, 1.0, 3.0, 2.0], 2.5)]
        {
            assert!((median(values) - expected).abs() < 1e-9);
        }
    }

    #[test]
    fn figures_follow_from_the_tally_and_the_cpu_time() {
        let tally = Tally {
            took: vec![Duration::from_millis(4), Duration::from_millis(2)],
            bytes: 50_000_000,
            elapsed: Duration::from_secs(2),
        };
        let spent =
            Usage { cpu: Duration::from_millis(100), rss_bytes: 1 << 20, rss_peak_bytes: 1 << 21 };
        let measured = Measurement::of("blob100m-c1", "x", tally, Some(spent));
        let line = serde_json::to_value(&measured).unwrap();
        let expected = serde_json::json!({
            "row": "blob100m-c1", "server": "x", "operations": 2, "per_second": 1.0, "mb_per_second": 25.0,
            "p50_ms": 2.0, "p99_ms": 4.0, "cpu_us": 50_000.0, "cpu_ms_per_mb": 2.0,
            "rss_mib": 1.0, "rss_peak_mib": 2.0, "errors": 0,
        });
        assert_eq!(line, expected);
    }

    fn measured(per_second: f64) -> Measurement {
        let (row, server) = ("r".to_owned(), "s".to_owned());
        Measurement { row, server, per_second, ..Measurement::default() }
    }

    #[test]
    fn a_round_that_failed_does_not_count_in_the_median() {
        let failed = Measurement::failed("r", "s", &anyhow::anyhow!("no"));
        let rounds = [measured(10.0), failed.clone(), measured(30.0)];
        let found = Measurement::over(&rounds, median).unwrap();
        assert!((found.per_second - 20.0).abs() < 1e-9);
        assert!(Measurement::over(&[failed], median).is_none());
    }

    #[test]
    fn a_figure_is_written_with_the_range_of_its_rounds() {
        let rounds = [measured(30.0), measured(10.0), measured(11.2)];
        let write = |rounds| Spread::of(rounds, "r", "s").unwrap().write(|m| m.per_second, 0);
        assert_eq!(write(&rounds), "11 (10–30)");
        assert_eq!(write(&rounds[..1]), "30");
        assert!(Spread::of(&rounds, "r", "other").is_none());
    }
}
