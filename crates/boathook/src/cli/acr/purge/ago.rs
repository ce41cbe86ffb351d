//! How long ago something was changed last: days, and a duration as Go writes it.

use std::str::FromStr;
use std::time::Duration;

/// The longest time that is told apart from a longer one, as `acr-cli` has it: 150 years.
const MAX: Duration = Duration::from_hours(150 * 365 * 24);
const BAD: &str =
    "it is a number of days, a duration or both, such as `30d`, `2d3h6m`, `1.5h` or `10m`";
/// What Go calls its units, in nanoseconds.
const UNITS: [(&str, f64); 8] = [
    ("ns", 1.0),
    ("us", 1e3),
    ("µs", 1e3),
    ("μs", 1e3),
    ("ms", 1e6),
    ("s", 1e9),
    ("m", 60e9),
    ("h", 3_600e9),
];

/// A time that has to have passed, at most [`MAX`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ago(pub(super) Duration);

impl FromStr for Ago {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (days, rest) = match text.split_once('d') {
            Some((days, rest)) => (read_days(days)?, rest),
            None => (Duration::ZERO, text),
        };
        let rest = match (rest, text.contains('d')) {
            ("", true) => Duration::ZERO,
            (rest, _) => read_duration(rest)?,
        };
        Ok(Self(days.saturating_add(rest).min(MAX)))
    }
}

fn read_days(text: &str) -> Result<Duration, &'static str> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(BAD);
    }
    // What is no number now has too many digits.
    let days = text.parse::<u64>().unwrap_or(u64::MAX);
    Ok(Duration::from_secs(days.saturating_mul(24 * 60 * 60)))
}

/// Reads a duration such as `1h15m30.5s`; `0` is one as well.
fn read_duration(mut text: &str) -> Result<Duration, &'static str> {
    if text == "0" {
        return Ok(Duration::ZERO);
    }
    if text.is_empty() {
        return Err(BAD);
    }
    let mut all = Duration::ZERO;
    while !text.is_empty() {
        let number_end = text.find(|c: char| !c.is_ascii_digit() && c != '.').ok_or(BAD)?;
        let (number, rest) = text.split_at(number_end);
        let unit_end = rest.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(rest.len());
        let (unit, rest) = rest.split_at(unit_end);
        let number: f64 = number.parse().map_err(|_| BAD)?;
        let (_, nanos) = UNITS.into_iter().find(|(name, _)| *name == unit).ok_or(BAD)?;
        let part = Duration::try_from_secs_f64(number * nanos / 1e9).unwrap_or(Duration::MAX);
        all = all.saturating_add(part);
        text = rest;
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Result<Duration, ()>) {
        assert_eq!(text.parse().map(|Ago(time)| time).map_err(|_| ()), expected, "{text:?}");
    }

    #[test]
    fn days_and_a_duration_of_go_are_read() {
        const DAY: Duration = Duration::from_hours(24);
        for (text, expected) in [
            ("30d", 30 * DAY),
            ("0d", Duration::ZERO),
            ("0", Duration::ZERO),
            ("0s", Duration::ZERO),
            ("10m", Duration::from_mins(10)),
            ("1h15m", Duration::from_mins(75)),
            ("1.5h", Duration::from_mins(90)),
            (".5s", Duration::from_millis(500)),
            ("2d3h6m", 2 * DAY + Duration::from_mins(186)),
            ("1d0", DAY),
            ("3us2ns", Duration::from_nanos(3_002)),
            ("1µs", Duration::from_micros(1)),
        ] {
            check(text, Ok(expected));
        }
    }

    #[test]
    fn what_is_none_is_refused() {
        for text in [
            "", "d", "1", "1x", "h", "-1d", "-1h", "+1h", "1d-1h", "1dd", "1d2d", "1 d", "1h ",
            "1..5h", "1e3s", "1,5h", "forever", "١d",
        ] {
            check(text, Err(()));
        }
    }

    #[test]
    fn what_is_longer_than_anything_is_as_long_as_anything_may_be() {
        check("54750d", Ok(MAX));
        for text in ["54751d", "99999999999999999999999d", "9999999999999h", "54750d1ns"] {
            check(text, Ok(MAX));
        }
    }
}
