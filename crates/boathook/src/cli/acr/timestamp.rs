//! Times as `az` shows them: read into a clock of microseconds and printed again.

use jiff::civil::{Date, DateTime};
use jiff::fmt::strtime;

/// Digits of a second's fraction that `az` keeps.
const FRACTION_DIGITS_MAX: usize = 6;

/// Returns the time with at most six digits of fraction and its offset in digits, such as
/// `2026-11-22T13:51:01.984221+00:00`; text that is no time is returned as it is.
pub(crate) fn shown(text: &str) -> String {
    let Some((clock, fraction, offset)) = parts(text) else { return text.to_owned() };
    let fraction: String = fraction.chars().take(FRACTION_DIGITS_MAX).collect();
    let fraction = match fraction.trim_end_matches('0') {
        "" => String::new(),
        _ => format!(".{fraction:0<FRACTION_DIGITS_MAX$}"),
    };
    format!("{clock}{fraction}{}", if offset == "Z" { "+00:00" } else { offset })
}

/// Returns the time to the second, as tables show it: `2026-11-22T13:51:01Z`.
pub(crate) fn to_the_second(text: &str) -> String {
    parts(text).map_or_else(|| text.to_owned(), |(clock, _, _)| format!("{clock}Z"))
}

/// Returns the time so many days later, of which `az` reads nothing but the date.
pub(crate) fn days_after(text: &str, days: u32) -> Option<String> {
    let (date, clock) = text.split_once('T')?;
    let date: Date = strtime::parse("%Y-%m-%d", date).ok()?.to_date().ok()?;
    let later = date.checked_add(jiff::Span::new().days(i64::from(days))).ok()?;
    Some(format!("{later}T{clock}"))
}

/// Splits a time into date and clock, the digits of its fraction, and its offset.
fn parts(text: &str) -> Option<(&str, &str, &str)> {
    let (clock, rest) = text.split_at_checked("2026-11-22T13:51:01".len())?;
    let _: DateTime = strtime::parse("%Y-%m-%dT%H:%M:%S", clock).ok()?.to_datetime().ok()?;
    let (fraction, offset) = match rest.strip_prefix('.') {
        Some(rest) => rest.split_at(rest.find(|c: char| !c.is_ascii_digit())?),
        None => ("", rest),
    };
    let is_offset = offset == "Z" || matches!(offset.as_bytes(), [b'+' | b'-', _, _, b':', _, _]);
    is_offset.then_some((clock, fraction, offset))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_keeps_six_digits_and_shows_its_offset() {
        for (text, expected) in [
            ("2026-11-22T13:51:01.9842219Z", "2026-11-22T13:51:01.984221+00:00"),
            ("2026-11-22T13:51:01.5Z", "2026-11-22T13:51:01.500000+00:00"),
            ("2026-11-22T13:51:01.0000009Z", "2026-11-22T13:51:01+00:00"),
            ("2026-11-22T13:51:01Z", "2026-11-22T13:51:01+00:00"),
            ("2026-11-22T13:51:01.123456789+02:00", "2026-11-22T13:51:01.123456+02:00"),
            ("2026-13-22T13:51:01Z", "2026-13-22T13:51:01Z"),
            ("yesterday", "yesterday"),
            (" ", " "),
        ] {
            assert_eq!(shown(text), expected);
        }
        let later = days_after("2024-02-28T13:51:01.9842219Z", 2);
        assert_eq!(later.as_deref(), Some("2024-03-01T13:51:01.9842219Z"));
        assert_eq!(days_after("yesterday", 2), None);
        assert_eq!(to_the_second("2026-11-22T13:51:01.984221+00:00"), "2026-11-22T13:51:01Z");
        assert_eq!(to_the_second(" "), " ");
    }
}
