//! The table of the pages, with the bars.

use std::fmt::{self, Display, Formatter};

use crate::compare::verdict;
use crate::peer::BOATHOOK;
use crate::stats::{MEGABYTE, Measurement, Spread};

use super::visit::{Page, Sizes};

/// The most HTML of a page, in bytes.
const HTML_BYTES_MAX: u64 = 50_000;
/// The most that a page's first load transfers, in bytes.
const FIRST_LOAD_BYTES_MAX: u64 = 60_000;
/// The most of the server's CPU time that a page takes, in milliseconds.
const CPU_MS_MAX: f64 = 5.0;

/// All that was found.
pub(super) struct Report<'a> {
    /// The pages, in order.
    pub(super) pages: &'a [Page],
    /// How large each is.
    pub(super) sizes: &'a [Sizes],
    /// What a first load transfers beside its page, in bytes.
    pub(super) assets: u64,
    /// Every single measurement.
    pub(super) results: &'a [Measurement],
    /// The part that was filled: one in so many.
    pub(super) one_in: u64,
}

impl Display for Report<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "## The portal's pages\n")?;
        if self.one_in > 1 {
            writeln!(f, "Filled to one in {} only: these figures say nothing.\n", self.one_in)?;
        }
        writeln!(f, "| page | HTML | transferred | p50 | CPU | the bar |\n|{}", "---|".repeat(6))?;
        for (page, sizes) in self.pages.iter().zip(self.sizes) {
            let Some(found) = Spread::of(self.results, page.name, BOATHOOK) else { continue };
            let cpu_ms = cpu_ms(&found.median);
            writeln!(
                f,
                "| {} | {} KB | {} KB | {} ms | {} ms | {} |",
                page.name,
                kilobytes(sizes.html),
                kilobytes(sizes.transferred),
                found.write(|m| m.p50_ms, 2),
                found.write(self::cpu_ms, 2),
                verdicts(*sizes, cpu_ms)
            )?;
        }
        let largest = self.sizes.iter().map(|sizes| sizes.transferred).max().unwrap_or_default();
        let first = self.assets + largest;
        writeln!(
            f,
            "\nStyle, scripts and icon: {} KB as transferred. With the largest page {} KB; {}.",
            kilobytes(self.assets),
            kilobytes(first),
            verdict("< 60 KB", first < FIRST_LOAD_BYTES_MAX)
        )?;
        for failed in self.results.iter().filter(|result| result.errors > 0) {
            let cause = failed.error.as_deref().unwrap_or("unknown");
            write!(f, "\nFailed: {}: {cause}", failed.row)?;
        }
        Ok(())
    }
}

fn cpu_ms(measured: &Measurement) -> f64 {
    measured.cpu_us.unwrap_or_default() / 1e3
}

fn verdicts(sizes: Sizes, cpu_ms: f64) -> String {
    let html = verdict("HTML < 50 KB", sizes.html < HTML_BYTES_MAX);
    format!("{html}; {}", verdict("CPU < 5 ms", cpu_ms < CPU_MS_MAX))
}

#[expect(clippy::cast_precision_loss, reason = "pages are far below 2^53 bytes")]
fn kilobytes(bytes: u64) -> String {
    format!("{:.1}", bytes as f64 * 1e3 / MEGABYTE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_bar_is_judged_by_itself() {
        for (html, cpu_ms, expected) in [
            (49_999, 4.99, "HTML < 50 KB: yes; CPU < 5 ms: yes"),
            (50_000, 4.99, "HTML < 50 KB: **no**; CPU < 5 ms: yes"),
            (49_999, 5.0, "HTML < 50 KB: yes; CPU < 5 ms: **no**"),
        ] {
            assert_eq!(verdicts(Sizes { html, transferred: 1 }, cpu_ms), expected);
        }
    }
}
