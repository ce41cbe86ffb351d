//! The tables of what removing costs others, with the bars.

use std::fmt::{self, Display, Formatter};
use std::time::Duration;

use crate::compare::verdict;
use crate::stats::{Measurement, Spread};

/// What is pushed beside a collection.
pub(super) const PUSH: &str = "pushimg-c16";
/// What is asked for beside a deletion: a manifest of another repository, a thousand times a second.
pub(super) const GET: &str = "manifest-tag-paced-c4";
/// A collection that looks at links and removes them.
pub(super) const LINKS: &str = "a collection of links";
/// A collection that removes blobs with their files.
pub(super) const FILES: &str = "a collection of files";
/// The deletion of a repository.
pub(super) const DELETION: &str = "the deletion of a repository";
/// What that is compared with.
pub(super) const NO_DELETION: &str = "no deletion";

/// Pushes beside a collection have at least this part of their rate without one.
const PUSH_RATIO_MIN: f64 = 0.9;
/// A p99 beside a deletion is at most so many times that without one.
const P99_RATIO_MAX: f64 = 1.2;
/// The most memory during a collection, in MiB.
const MEMORY_MIB_MAX: f64 = 64.0;

/// The same data, and no collection.
pub(super) fn without(what: &str) -> String {
    format!("without {what}")
}

/// A collection that was waited for.
pub(super) struct Whole {
    /// How many blobs it removed.
    pub(super) blobs: u64,
    /// How long it took.
    pub(super) took: Duration,
    /// The most memory that the server had since its start, in MiB.
    pub(super) rss_peak_mib: f64,
}

/// All that was found.
pub(super) struct Report<'a> {
    /// Every single measurement.
    pub(super) results: &'a [Measurement],
    /// The collection that was waited for.
    pub(super) whole: Option<Whole>,
    /// The part that was filled: one in so many.
    pub(super) one_in: u64,
}

impl Display for Report<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "## Beside collections and deletions\n")?;
        if self.one_in > 1 {
            writeln!(f, "Filled to one in {} only: these figures say nothing.\n", self.one_in)?;
        }
        writeln!(f, "| beside | row | with | without | ratio | the bar |\n|{}", "---|".repeat(6))?;
        for with in [LINKS, FILES] {
            let rate = |m: &Measurement| m.per_second;
            if let Some((found, base)) = self.pair(PUSH, with, &without(with)) {
                let ratio = rate(&found.median) / rate(&base.median);
                writeln!(
                    f,
                    "| {with} | {PUSH} | {}/s | {}/s | {ratio:.2} | {} |",
                    found.write(rate, 0),
                    base.write(rate, 0),
                    verdict("≥ 0.9× the rate", PUSH_RATIO_MIN <= ratio)
                )?;
            }
        }
        if let Some((found, base)) = self.pair(GET, DELETION, NO_DELETION) {
            let ratio = found.median.p99_ms / base.median.p99_ms;
            writeln!(
                f,
                "| {DELETION} | {GET} | p50 {}, p99 {} ms | p50 {}, p99 {} ms | {ratio:.2} | {} |",
                found.write(|m| m.p50_ms, 2),
                found.write(|m| m.p99_ms, 2),
                base.write(|m| m.p50_ms, 2),
                base.write(|m| m.p99_ms, 2),
                verdict("p99 ≤ 1.2×", ratio <= P99_RATIO_MAX)
            )?;
        }
        if let Some(Whole { blobs, took, rss_peak_mib }) = &self.whole {
            writeln!(
                f,
                "\n| a collection of | took | most memory since the start | the bar |\n|---|---|---|---|\n\
                 | {blobs} blobs | {:.0} s | {rss_peak_mib:.1} MiB | {} |",
                took.as_secs_f64(),
                verdict("< 64 MiB", *rss_peak_mib < MEMORY_MIB_MAX)
            )?;
        }
        for failed in self.results.iter().filter(|result| result.errors > 0) {
            let cause = failed.error.as_deref().unwrap_or("unknown");
            write!(f, "\nFailed: {} beside {}: {cause}", failed.row, failed.server)?;
        }
        Ok(())
    }
}

impl Report<'_> {
    fn pair(&self, row: &str, with: &str, without: &str) -> Option<(Spread, Spread)> {
        Spread::of(self.results, row, with).zip(Spread::of(self.results, row, without))
    }
}
