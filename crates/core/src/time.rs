//! Points in time as the registry stores them, and where they come from.

use std::fmt;
use std::str::FromStr;
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

/// Why a text is no point in time.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
#[error("a time is written as in `2027-01-31T00:00:00Z`, or with an offset instead of the `Z`")]
pub struct InvalidTimestamp;

impl FromStr for Timestamp {
    type Err = InvalidTimestamp;

    /// Reads ISO 8601 with `Z` or an offset; what is below a millisecond is left out.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let instant: jiff::Timestamp = text.parse().map_err(|_| InvalidTimestamp)?;
        Ok(Self(instant.as_millisecond()))
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
    fn a_timestamp_is_read_with_an_offset_or_none() {
        for text in [
            "2021-12-30T21:06:39.5160000Z",
            "2021-12-30T21:06:39.516+00:00",
            "2021-12-30T22:06:39.5169+01:00",
        ] {
            assert_eq!(text.parse(), Ok(Timestamp(1_640_898_399_516)), "{text}");
        }
        for text in ["", "2021-12-30", "2021-12-30T21:06:39", "tomorrow", "2021-13-30T21:06:39Z"] {
            assert_eq!(text.parse::<Timestamp>(), Err(InvalidTimestamp), "{text}");
        }
    }

    #[test]
    fn time_ends_rather_than_wraps() {
        assert_eq!(Timestamp(i64::MAX).after(Duration::from_secs(1)), Timestamp(i64::MAX));
        assert_eq!(Timestamp(5).since(Timestamp(9)), Duration::ZERO);
    }
}
