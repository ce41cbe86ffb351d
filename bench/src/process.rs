//! What a server's processes have used: CPU time and memory, read from `/proc`.

use std::fs;
use std::time::Duration;

use anyhow::{Context, Result};

/// Ticks a second in which Linux tells CPU time to programs (`USER_HZ`), the same on every common machine.
const TICKS_PER_SECOND: u64 = 100;

/// What a process and its descendants have used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Usage {
    /// CPU time in user and kernel mode, all threads, to the nearest 10 ms a process.
    pub(crate) cpu: Duration,
    /// Memory resident now; pages that two of the processes share count twice.
    pub(crate) rss_bytes: u64,
    /// The most memory that was ever resident, summed over the processes.
    pub(crate) rss_peak_bytes: u64,
}

impl Usage {
    /// Reads what `pid` and its descendants have used so far.
    pub(crate) fn of(pid: u32) -> Result<Self> {
        let mut total = Self::default();
        for pid in family(pid)? {
            let (_, cpu) = read_stat(pid)
                .with_context(|| format!("cannot read the CPU time of process {pid}"))?;
            let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
            total.cpu += cpu;
            total.rss_bytes += status_bytes(&status, "VmRSS:");
            total.rss_peak_bytes += status_bytes(&status, "VmHWM:");
        }
        Ok(total)
    }

    /// Says what was used since `before`; memory is as it is now.
    pub(crate) fn since(self, before: Self) -> Self {
        Self { cpu: self.cpu.saturating_sub(before.cpu), ..self }
    }
}

/// Lets the most memory that a process ever had count from now; only its owner may.
pub(crate) fn forget_peak(pid: u32) -> Result<()> {
    // See `clear_refs` in proc(5).
    fs::write(format!("/proc/{pid}/clear_refs"), "5")
        .context("cannot reset the peak of a process's memory")
}

/// Lists a process and its descendants.
fn family(pid: u32) -> Result<Vec<u32>> {
    let mut parents = Vec::new();
    for entry in fs::read_dir("/proc")? {
        let name = entry?.file_name();
        let Some(child) = name.to_str().and_then(|name| name.parse().ok()) else { continue };
        // A process may end between the listing and the reading.
        if let Ok((parent, _)) = read_stat(child) {
            parents.push((child, parent));
        }
    }
    let mut members = vec![pid];
    let mut next = 0;
    while let Some(&parent) = members.get(next) {
        members.extend(parents.iter().filter(|(_, of)| *of == parent).map(|(child, _)| *child));
        next += 1;
    }
    Ok(members)
}

/// Reads the parent and the CPU time of one process.
fn read_stat(pid: u32) -> Result<(u32, Duration)> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    parse_stat(&stat).with_context(|| format!("`/proc/{pid}/stat` is not as proc(5) says"))
}

/// Finds the parent (field 4) and user and system time (14 and 15); the name (2) may hold blanks and brackets.
fn parse_stat(stat: &str) -> Option<(u32, Duration)> {
    let (_, after_name) = stat.rsplit_once(") ")?;
    let mut fields = after_name.split(' ');
    let parent = fields.nth(1)?.parse().ok()?;
    let user: u64 = fields.nth(9)?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    Some((parent, Duration::from_millis((user + system) * (1000 / TICKS_PER_SECOND))))
}

/// Reads a line such as `VmRSS:     1234 kB`; zero if it is not there, as for kernel threads.
fn status_bytes(status: &str, name: &str) -> u64 {
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let kibibytes = line
        .and_then(|rest| rest.split_whitespace().next())
        .and_then(|count| count.parse::<u64>().ok());
    kibibytes.unwrap_or(0) * 1024
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parent_and_cpu_time_are_found_behind_any_name() {
        let stat = "42 (a) (b c) S 7 42 42 0 -1 4194560 100 0 0 0 150 25 9 9 20 0 3 0 123 456 789";
        assert_eq!(parse_stat(stat), Some((7, Duration::from_millis(1750))));
        assert_eq!(parse_stat("42 (a) S 7"), None);
    }

    #[test]
    fn memory_is_read_in_bytes() {
        assert_eq!(
            status_bytes("Name:\tx\nVmHWM:\t    2048 kB\nVmRSS:\t  1024 kB\n", "VmRSS:"),
            1 << 20
        );
        assert_eq!(status_bytes("Name:\tx\n", "VmRSS:"), 0);
    }

    #[test]
    fn the_usage_of_this_very_process_is_readable() {
        let usage = Usage::of(std::process::id()).unwrap();
        assert!(usage.rss_bytes > 0 && usage.rss_peak_bytes >= usage.rss_bytes);
    }
}
