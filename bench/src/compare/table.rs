//! The tables, in Markdown.

use std::fmt::{self, Display, Formatter};
use std::fs;

use crate::peer::{BOATHOOK, BOATHOOK_ON_POSTGRES, NGINX, Peer};
use crate::row::{Row, Way, Work};
use crate::server::Start;
use crate::stats::{Measurement, Spread, mebibytes, median};

use super::bar::{Against, Bar, verdict};

/// The most memory that Boathook may have after its start, in MiB.
const IDLE_MIB_MAX: f64 = 32.0;
/// The most memory that it may have under all of the rows, in MiB.
const PEAK_MIB_MAX: f64 = 100.0;
/// The largest that its binary may be, in bytes.
const BINARY_BYTES_MAX: u64 = 40_000_000;

/// What is told of a server besides the rows.
pub(crate) struct Standing {
    /// The server's name.
    pub(crate) name: &'static str,
    /// Size of its binary, in bytes.
    binary_bytes: u64,
    /// How long each start on an empty folder took.
    pub(crate) starts_ms: Vec<Start>,
    /// How long each start took on all that the rows had stored.
    pub(crate) restarts_ms: Vec<Start>,
    /// Memory after each start, before anything was asked but `/v2/`, in bytes.
    pub(crate) idle_bytes: Vec<u64>,
    /// The most memory that it ever had, in bytes.
    pub(crate) peak_bytes: u64,
}

impl Standing {
    /// Begins with what can be told before it runs.
    pub(crate) fn new(peer: &Peer) -> Self {
        Self {
            name: peer.name(),
            binary_bytes: fs::metadata(peer.binary()).map_or(0, |file| file.len()),
            starts_ms: Vec::new(),
            restarts_ms: Vec::new(),
            idle_bytes: Vec::new(),
            peak_bytes: 0,
        }
    }

    fn idle_mib(&self) -> f64 {
        median(self.idle_bytes.iter().map(|bytes| mebibytes(*bytes)).collect())
    }
}

/// All that a comparison found.
pub(crate) struct Report<'a> {
    /// The rows, in order.
    pub(crate) rows: &'a [Row],
    /// Every single measurement.
    pub(crate) results: &'a [Measurement],
    /// What is told besides the rows; its order is that of the columns.
    pub(crate) standings: &'a [Standing],
}

impl Display for Report<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if self.standings.iter().any(|standing| standing.name == BOATHOOK) {
            self.write_ratios(f)?;
        }
        self.write_medians(f)?;
        self.write_standings(f)?;
        self.write_failures(f)
    }
}

impl Report<'_> {
    fn write_ratios(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "## Ratios, and the bars of the product\n")?;
        writeln!(
            f,
            "| row | ÷ fastest registry | ÷ nginx | CPU | the bar |\n|---|---|---|---|---|"
        )?;
        for row in self.rows {
            let Some(own) = self.median(*row, BOATHOOK) else { continue };
            let than = |other: Measurement| speed(*row, &own) / speed(*row, &other);
            let mono = Row { work: Work::Push100m(Way::Mono), clients: row.clients };
            let against = Against {
                own: &own,
                peer: self.fastest_registry(*row).map(than),
                nginx: self.median(*row, NGINX).map(than),
                mono: self.median(mono, BOATHOOK).map(than),
            };
            let ratio = |ratio: Option<f64>| {
                ratio.map_or_else(|| "–".to_owned(), |ratio| format!("{ratio:.2}"))
            };
            let (peer, nginx) = (ratio(against.peer), ratio(against.nginx));
            let verdict = Bar::of(*row).judge(&against);
            writeln!(f, "| {row} | {peer} | {nginx} | {} | {verdict} |", cpu(*row, &own))?;
        }
        writeln!(f)
    }

    fn write_medians(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.standings.iter().map(|standing| standing.name).collect();
        writeln!(f, "## Medians\n")?;
        writeln!(f, "| row | {} |\n|---|{}", names.join(" | "), "---|".repeat(names.len()))?;
        for row in self.rows {
            let cells = names.iter().map(|name| {
                Spread::of(self.results, &row.to_string(), name)
                    .map_or("–".into(), |found| cell(*row, &found))
            });
            writeln!(f, "| {row} | {} |", cells.collect::<Vec<_>>().join(" | "))?;
        }
        writeln!(f)
    }

    fn write_standings(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.standings.iter().map(|standing| standing.name).collect();
        writeln!(f, "## Memory, start and size\n")?;
        writeln!(
            f,
            "| | {} | the bar |\n|---|{}---|",
            names.join(" | "),
            "---|".repeat(names.len())
        )?;
        let own = self.standings.iter().find(|standing| standing.name == BOATHOOK);
        let judge = |bar: &str, reached: fn(&Standing) -> bool| {
            own.map_or_else(String::new, |own| verdict(bar, reached(own)))
        };
        let idle = judge("< 32 MiB", |own| own.idle_mib() < IDLE_MIB_MAX);
        self.write_standing(f, "memory after the start", &idle, |standing| {
            format!("{:.1} MiB", standing.idle_mib())
        })?;
        let peak = judge("< 100 MiB", |own| mebibytes(own.peak_bytes) < PEAK_MIB_MAX);
        self.write_standing(f, "most memory ever", &peak, |standing| {
            format!("{:.1} MiB", mebibytes(standing.peak_bytes))
        })?;
        self.write_standing(f, "start, empty", "", |standing| starts(&standing.starts_ms))?;
        self.write_standing(f, "start, with all that the rows stored", "", |standing| {
            starts(&standing.restarts_ms)
        })?;
        let size = judge("< 40 MB", |own| own.binary_bytes < BINARY_BYTES_MAX);
        self.write_standing(f, "binary", &size, |standing| {
            format!("{:.1} MiB", mebibytes(standing.binary_bytes))
        })
    }

    fn write_standing(
        &self,
        f: &mut Formatter<'_>,
        what: &str,
        bar: &str,
        tell: fn(&Standing) -> String,
    ) -> fmt::Result {
        let cells: Vec<String> = self.standings.iter().map(tell).collect();
        writeln!(f, "| {what} | {} | {bar} |", cells.join(" | "))
    }

    fn write_failures(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for failed in self.results.iter().filter(|result| result.errors > 0) {
            let cause = failed.error.as_deref().unwrap_or("unknown");
            write!(f, "\nFailed: {} against {}: {cause}", failed.row, failed.server)?;
        }
        Ok(())
    }

    fn median(&self, row: Row, server: &str) -> Option<Measurement> {
        Spread::of(self.results, &row.to_string(), server).map(|spread| spread.median)
    }

    fn fastest_registry(&self, row: Row) -> Option<Measurement> {
        const NO_PEERS: [&str; 3] = [BOATHOOK, BOATHOOK_ON_POSTGRES, NGINX];
        let others = self.standings.iter().filter(|standing| !NO_PEERS.contains(&standing.name));
        let medians = others.filter_map(|standing| self.median(row, standing.name));
        medians.max_by(|one, other| speed(row, one).total_cmp(&speed(row, other)))
    }
}

/// Gives the figure that two servers are compared by; more is better.
fn speed(row: Row, found: &Measurement) -> f64 {
    found.mb_per_second.filter(|_| row.work.counts_bytes()).unwrap_or(found.per_second)
}

fn cpu(row: Row, found: &Measurement) -> String {
    match (found.cpu_us, found.cpu_ms_per_mb) {
        (_, Some(millis)) if row.work.counts_bytes() => format!("{millis:.2} ms/MB"),
        (Some(micros), _) => format!("{micros:.0} µs"),
        _ => "–".to_owned(),
    }
}

/// Writes medians, with the range of speed and CPU time, which the bars are about.
fn cell(row: Row, found: &Spread) -> String {
    let cpu = match (found.median.cpu_us, found.median.cpu_ms_per_mb) {
        (_, Some(_)) if row.work.counts_bytes() => {
            format!("{} ms/MB", found.write(|m| m.cpu_ms_per_mb.unwrap_or_default(), 2))
        }
        (Some(_), _) => format!("{} µs", found.write(|m| m.cpu_us.unwrap_or_default(), 0)),
        _ => "–".to_owned(),
    };
    if row.work.counts_bytes() {
        let speed = found.write(|m| m.mb_per_second.unwrap_or_default(), 0);
        return format!("{speed} MB/s, {cpu}");
    }
    let (p50, p99) = (found.median.p50_ms, found.median.p99_ms);
    format!("{}/s, p50 {p50:.2}, p99 {p99:.2} ms, {cpu}", found.write(|m| m.per_second, 0))
}

fn starts(starts: &[Start]) -> String {
    let answered = median(starts.iter().map(|start| start.answered).collect());
    let ready: Vec<f64> = starts.iter().filter_map(|start| start.ready).collect();
    if ready.is_empty() {
        return format!("{answered:.0} ms");
    }
    format!("{answered:.0} ms, said ready at {:.0} ms", median(ready))
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    fn found(row: &str, server: &str, per_second: f64) -> Measurement {
        let (row, server) = (row.to_owned(), server.to_owned());
        Measurement {
            row,
            server,
            per_second,
            p50_ms: 0.5,
            p99_ms: 1.0,
            cpu_us: Some(30.0),
            ..Measurement::default()
        }
    }

    fn standings() -> Vec<Standing> {
        let path = PathBuf::from("/nowhere");
        [Peer::Boathook(path.clone()), Peer::DockerRegistry(path.clone()), Peer::Nginx(path)]
            .iter()
            .map(Standing::new)
            .collect()
    }

    #[test]
    fn ratios_are_those_of_the_medians() {
        let row = "manifest-tag-c16";
        let results = [
            found(row, "boathook", 900.0),
            found(row, "boathook", 1000.0),
            found(row, "boathook", 5000.0),
            found(row, "docker-registry", 100.0),
            found(row, "nginx", 2000.0),
        ];
        let (rows, standings) = ([row.parse().unwrap()], standings());
        let text = Report { rows: &rows, results: &results, standings: &standings }.to_string();
        let ratios = "| manifest-tag-c16 | 10.00 | 0.50 | 30 µs | ≥ 2.5× the fastest registry: yes; ≥ 0.6× nginx: \
            **no**; ≤ 40 µs of CPU: yes |";
        assert!(text.contains(ratios), "{text}");
        assert!(
            text.contains("| 1000 (900–5000)/s, p50 0.50, p99 1.00 ms, 30 µs | 100/s"),
            "{text}"
        );
    }

    #[test]
    fn without_boathook_there_are_medians_and_no_ratios() {
        let results = [found("mount-c16", "docker-registry", 100.0)];
        let (rows, standings) = (["mount-c16".parse().unwrap()], standings());
        let text =
            Report { rows: &rows, results: &results, standings: &standings[1..] }.to_string();
        assert!(!text.contains('÷') && !text.contains("yes"), "{text}");
        assert!(text.contains("| mount-c16 | 100/s, p50 0.50, p99 1.00 ms, 30 µs | – |"), "{text}");
    }

    #[test]
    fn memory_and_size_are_judged_by_the_figures_of_boathook() {
        let mut standings = standings();
        standings[0].idle_bytes = vec![40 << 20, 20 << 20, 31 << 20];
        standings[0].peak_bytes = 100 << 20;
        standings[1].peak_bytes = 1 << 20;
        let text = Report { rows: &[], results: &[], standings: &standings }.to_string();
        assert!(
            text.contains(
                "| memory after the start | 31.0 MiB | 0.0 MiB | 0.0 MiB | < 32 MiB: yes |"
            ),
            "{text}"
        );
        assert!(
            text.contains(
                "| most memory ever | 100.0 MiB | 1.0 MiB | 0.0 MiB | < 100 MiB: **no** |"
            ),
            "{text}"
        );
    }

    #[test]
    fn a_failed_row_is_named_with_its_cause() {
        let results =
            [Measurement::failed("mount-c16", "boathook", &anyhow::anyhow!("answered 500"))];
        let (rows, standings) = (["mount-c16".parse().unwrap()], standings());
        let text = Report { rows: &rows, results: &results, standings: &standings }.to_string();
        assert!(text.ends_with("Failed: mount-c16 against boathook: answered 500"), "{text}");
    }

    #[test]
    fn rows_of_bytes_are_compared_in_bytes() {
        let row = "blob100m-c8".parse().unwrap();
        let found = Measurement {
            mb_per_second: Some(99.0),
            cpu_ms_per_mb: Some(0.25),
            ..found("", "", 7.0)
        };
        let spread = Spread::of(std::slice::from_ref(&found), "", "").unwrap();
        assert_eq!(cell(row, &spread), "99 MB/s, 0.25 ms/MB");
        assert!((speed("hook-lag-c1".parse().unwrap(), &found) - 7.0).abs() < 1e-9);
    }
}
