//! The table of the levels, with the bars that are about growth.

use std::fmt::{self, Display, Formatter};

use crate::compare::verdict;
use crate::stats::{Measurement, Spread};

use super::figure;
use super::giant::Giant;
use super::level::Level;

/// A p99 may be so many times that of ten thousand tags.
const P99_RATIO_MAX: f64 = 1.1;
/// Pushes may become this slow, as a part of their speed in an empty registry.
const PUT_RATIO_MIN: f64 = 0.9;
/// The longest that half of the pages may take, in milliseconds.
const PAGE_MS_MAX: f64 = 1.0;
/// The longest that a start may take, in milliseconds.
const START_MS_MAX: f64 = 300.0;
/// The most memory with a million pending deliveries, in MiB.
const PENDING_MIB_MAX: f64 = 256.0;
/// The most memory that one very large blob may add, in MiB.
const GIANT_MIB_MAX: f64 = 32.0;

/// All that was found at the levels.
pub(crate) struct Report<'a> {
    /// The levels, in order.
    pub(crate) levels: &'a [Level],
    /// Every single measurement.
    pub(crate) results: &'a [Measurement],
    /// How the very large blob went.
    pub(crate) giant: Option<Giant>,
    /// The part that was filled: one in so many.
    pub(crate) one_in: u64,
}

impl Display for Report<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "## Growth\n")?;
        if self.one_in > 1 {
            writeln!(f, "Filled to one in {} only: these figures say nothing.\n", self.one_in)?;
        }
        writeln!(
            f,
            "| level | start | GET by tag | to the receiver | 100 tags | 100 repositories | PUT | memory |"
        )?;
        writeln!(f, "|{}", "---|".repeat(8))?;
        for level in self.levels {
            writeln!(f, "{}", self.line(*level))?;
        }
        writeln!(f, "\n| level | the bar |\n|---|---|")?;
        for level in self.levels {
            let verdicts = self.verdicts(*level);
            if !verdicts.is_empty() {
                writeln!(f, "| {} | {} |", level.name(), verdicts.join("; "))?;
            }
        }
        if let Some(giant) = &self.giant {
            writeln!(
                f,
                "\n| a blob of {} GiB | memory added | the bar |\n|---|---|---|",
                giant.gib
            )?;
            for (what, mib) in [("push", giant.push_mib), ("pull", giant.pull_mib)] {
                writeln!(
                    f,
                    "| {what} | {mib:.1} MiB | {} |",
                    verdict(&format!("< {GIANT_MIB_MAX} MiB"), mib < GIANT_MIB_MAX)
                )?;
            }
        }
        for failed in self.results.iter().filter(|result| result.errors > 0) {
            let cause = failed.error.as_deref().unwrap_or("unknown");
            write!(f, "\nFailed: {} at {}: {cause}", failed.row, failed.server)?;
        }
        Ok(())
    }
}

impl Report<'_> {
    fn line(&self, level: Level) -> String {
        let tell = |row: &str, write: fn(&Spread) -> String| {
            self.spread(row, level).map_or_else(|| "–".to_owned(), |spread| write(&spread))
        };
        let cells = [
            tell(figure::START, |found| format!("{} ms", found.write(|m| m.p50_ms, 0))),
            tell(figure::GET, |found| format!("{}, {}", latency(found), cpu(found))),
            tell(figure::LAG, latency),
            tell(figure::TAGS, p50),
            tell(figure::REPOSITORIES, p50),
            tell(figure::PUT, |found| {
                format!("{}/s, {}", found.write(|m| m.per_second, 0), cpu(found))
            }),
            tell(figure::PUT, |found| {
                format!("{} MiB", found.write(|m| m.rss_peak_mib.unwrap_or_default(), 0))
            }),
        ];
        format!("| {} | {} |", level.name(), cells.join(" | "))
    }

    /// Holds a level against what the contract says of it; what was not measured is not judged.
    fn verdicts(&self, level: Level) -> Vec<String> {
        let ratio = |row: &str, than: Level, figure: fn(&Measurement) -> f64| {
            let (own, base) = self.spread(row, level).zip(self.spread(row, than))?;
            Some(figure(&own.median) / figure(&base.median))
        };
        let mut verdicts = Vec::new();
        if matches!(level, Level::Tags1m | Level::Finished10m) {
            for (row, what) in [(figure::GET, "GET"), (figure::LAG, "receiver")] {
                if let Some(ratio) = ratio(row, Level::Tags10k, |m| m.p99_ms) {
                    let bar = format!("{what} p99 ≤ 1.1× that of tags-10k ({ratio:.2})");
                    verdicts.push(verdict(&bar, ratio <= P99_RATIO_MAX));
                }
            }
        }
        if matches!(level, Level::Tags100k | Level::Tags1m | Level::Pending1m)
            && let Some(ratio) = ratio(figure::PUT, Level::Empty, |m| m.per_second)
        {
            let bar = format!("PUT ≥ 0.9× that of empty ({ratio:.2})");
            verdicts.push(verdict(&bar, ratio >= PUT_RATIO_MIN));
        }
        for (row, what) in [(figure::TAGS, "tags"), (figure::REPOSITORIES, "repositories")] {
            if let Some(found) = self.spread(row, level) {
                verdicts.push(verdict(
                    &format!("100 {what} ≤ 1 ms"),
                    found.median.p50_ms <= PAGE_MS_MAX,
                ));
            }
        }
        if level == Level::Repositories100k
            && let Some(found) = self.spread(figure::START, level)
        {
            verdicts.push(verdict("start < 300 ms", found.median.p50_ms < START_MS_MAX));
        }
        if level == Level::Pending1m
            && let Some(mib) =
                self.spread(figure::PUT, level).and_then(|found| found.median.rss_peak_mib)
        {
            verdicts.push(verdict("memory < 256 MiB", mib < PENDING_MIB_MAX));
        }
        verdicts
    }

    fn spread(&self, row: &str, level: Level) -> Option<Spread> {
        Spread::of(self.results, row, level.name())
    }
}

fn p50(found: &Spread) -> String {
    format!("{} ms", found.write(|m| m.p50_ms, 2))
}

fn latency(found: &Spread) -> String {
    format!("p50 {:.2}, p99 {} ms", found.median.p50_ms, found.write(|m| m.p99_ms, 2))
}

fn cpu(found: &Spread) -> String {
    format!("{} µs", found.write(|m| m.cpu_us.unwrap_or_default(), 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(row: &str, level: Level, per_second: f64, p99_ms: f64) -> Measurement {
        let (row, server) = (row.to_owned(), level.name().to_owned());
        Measurement {
            row,
            server,
            per_second,
            p50_ms: p99_ms / 2.0,
            p99_ms,
            ..Measurement::default()
        }
    }

    fn report(results: &[Measurement]) -> String {
        let levels = [Level::Empty, Level::Tags10k, Level::Tags1m];
        Report { levels: &levels, results, giant: None, one_in: 1 }.to_string()
    }

    #[test]
    fn a_level_is_held_against_the_ones_below() {
        let text = report(&[
            found(figure::PUT, Level::Empty, 1000.0, 1.0),
            found(figure::PUT, Level::Tags1m, 890.0, 1.0),
            found(figure::GET, Level::Tags10k, 1.0, 2.0),
            found(figure::GET, Level::Tags1m, 1.0, 2.2),
        ]);
        let bars = "| tags-1m | GET p99 ≤ 1.1× that of tags-10k (1.10): yes; PUT ≥ 0.9× that of empty (0.89): **no** |";
        assert!(text.contains(bars), "{text}");
        assert!(
            text.contains(
                "| tags-1m | – | p50 1.10, p99 2.20 ms, 0 µs | – | – | – | 890/s, 0 µs | 0 MiB |"
            ),
            "{text}"
        );
    }

    #[test]
    fn what_was_not_measured_is_not_judged() {
        let text = report(&[found(figure::PUT, Level::Tags1m, 890.0, 1.0)]);
        assert!(!text.contains("yes") && !text.contains("**no**"), "{text}");
    }

    #[test]
    fn memory_that_a_large_blob_adds_is_judged() {
        let giant = Some(Giant { gib: 10, push_mib: 31.9, pull_mib: 32.0 });
        let text = Report { levels: &[], results: &[], giant, one_in: 1 }.to_string();
        assert!(text.contains("| push | 31.9 MiB | < 32 MiB: yes |"), "{text}");
        assert!(text.contains("| pull | 32.0 MiB | < 32 MiB: **no** |"), "{text}");
    }
}
