//! What the operating system says of this process.

use std::fs;

/// How many ticks of `/proc/self/stat` make a second; Linux shows every program 100.
const TICKS_PER_SECOND: u32 = 100;

/// How much the process uses.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Process {
    /// Memory that is in use, in bytes.
    pub(super) resident_bytes: u64,
    /// Time on processors since the start, in seconds.
    pub(super) cpu_seconds: f64,
}

impl Process {
    /// Reads `/proc/self`; `None` where there is no such thing.
    pub(super) fn read() -> Option<Self> {
        let status = fs::read_to_string("/proc/self/status").ok()?;
        let stat = fs::read_to_string("/proc/self/stat").ok()?;
        Self::parse(&status, &stat)
    }

    fn parse(status: &str, stat: &str) -> Option<Self> {
        let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        let resident_kib: u64 = resident.trim().strip_suffix("kB")?.trim().parse().ok()?;
        // The program's name stands in parentheses and may hold blanks. After it, user time is the 12th field and system
        // time the 13th.
        let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
        let user: u32 = fields.next()?.parse().ok()?;
        let system: u32 = fields.next()?.parse().ok()?;
        let cpu_seconds = (f64::from(user) + f64::from(system)) / f64::from(TICKS_PER_SECOND);
        Some(Self { resident_bytes: resident_kib * 1024, cpu_seconds })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_figures_are_found_behind_any_name() {
        let status = "Name:\ta) b\nVmHWM:\t  9 kB\nVmRSS:\t   2048 kB\n";
        let stat = "7 (a) b) S 1 7 7 0 -1 4194304 100 0 0 0 150 50 0 0 20 0 9";
        let expected = Process { resident_bytes: 2 * 1024 * 1024, cpu_seconds: 2.0 };
        assert_eq!(Process::parse(status, stat), Some(expected));
        assert_eq!(Process::parse("", stat), None);
        assert_eq!(Process::parse(status, ""), None);
    }
}
