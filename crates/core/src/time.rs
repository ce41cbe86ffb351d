//! Points in time as the registry stores them, and where they come from.

use std::fmt;
use std::time::Duration;

/// Milliseconds since the Unix epoch, in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// The moment `delay` after this one, stopping at the end of time.
    #[must_use]
    pub fn after(self, delay: Duration) -> Self {
        let delay_ms = i64::try_from(delay.as_millis()).unwrap_or(i64::MAX);
        Self(self.0.saturating_add(delay_ms))
    }

    /// How long it is from `earlier` until this moment; zero if this one comes first.
    pub fn since(self, earlier: Self) -> Duration {
        let elapsed_ms = self.0.saturating_sub(earlier.0);
        Duration::from_millis(u64::try_from(elapsed_ms).unwrap_or(0))
    }
}

/// ISO 8601 with seven fraction digits and `Z`, as ACR's webhook payloads have it.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let instant = jiff::Timestamp::from_millisecond(self.0).unwrap_or(jiff::Timestamp::MAX);
        write!(f, "{instant:.7}")
    }
}

/// Where the time comes from.
pub trait Clock: Send + Sync {
    /// The time of day.
    fn now(&self) -> Timestamp;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(timestamp_ms: i64, expected: &str) {
        assert_eq!(Timestamp(timestamp_ms).to_string(), expected);
    }

    #[test]
    fn a_timestamp_has_seven_fraction_digits() {
        check(0, "1970-01-01T00:00:00.0000000Z");
        check(1_640_898_399_516, "2021-12-30T21:06:39.5160000Z");
        check(-1, "1969-12-31T23:59:59.9990000Z");
    }

    #[test]
    fn time_ends_rather_than_wraps() {
        assert_eq!(Timestamp(i64::MAX).after(Duration::from_secs(1)), Timestamp(i64::MAX));
        assert_eq!(Timestamp(5).since(Timestamp(9)), Duration::ZERO);
    }
}
