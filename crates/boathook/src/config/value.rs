//! Reading single settings from text, with words for what would be right, and writing them again.

use std::fmt::Display;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;
use std::time::Duration;

use ipnet::IpNet;
use serde::de::{Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serializer};

/// What a second, a minute, an hour and a day are called, the longest first.
const UNITS: [(&str, u64); 5] =
    [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

/// What an address to listen on is.
pub(super) const ADDRESS: &str = "an address and a port, such as 127.0.0.1:5000 or [::]:5000";

/// Reads what says itself what would be right.
pub(super) fn parsed<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr<Err: Display>,
{
    let text = String::deserialize(deserializer)?;
    text.parse().map_err(|right| D::Error::custom(wrong(&text, &right)))
}

/// Writes a setting as the text that it can be read from.
pub(super) fn shown<S: Serializer>(value: &impl Display, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

/// Reads a list, or a text with commas.
pub(super) fn parsed_list<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr<Err: Display>,
{
    list(deserializer)?
        .into_iter()
        .map(|text| text.parse().map_err(|right: T::Err| D::Error::custom(wrong(&text, &right))))
        .collect()
}

/// Writes a list of texts that can be read again.
pub(super) fn shown_list<S: Serializer>(
    values: &[impl Display],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(values.iter().map(ToString::to_string))
}

/// Reads an address to listen on.
pub(super) fn address<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SocketAddr, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.parse().map_err(|_| D::Error::custom(wrong(&text, &ADDRESS)))
}

/// Reads networks; an address alone is the network of that address.
pub(super) fn networks<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<IpNet>, D::Error> {
    let right = "a network is an address and a length, such as 10.0.0.0/8 or fd00::/8";
    let network = |text: &String| {
        let network = text.parse().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from));
        network.ok_or_else(|| D::Error::custom(wrong(text, &right)))
    };
    list(deserializer)?.iter().map(network).collect()
}

/// Reads a duration with its unit.
pub(super) fn duration<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let text = String::deserialize(deserializer)?;
    let right = "a number and a unit of ms, s, m, h or d, such as 30s";
    parse_duration(&text).ok_or_else(|| D::Error::custom(wrong(&text, &right)))
}

/// Writes a duration in the longest unit that it is a whole number of.
pub(super) fn shown_duration<S: Serializer>(
    duration: &Duration,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format_duration(*duration))
}

fn parse_duration(text: &str) -> Option<Duration> {
    let unit_idx = text.find(|letter: char| !letter.is_ascii_digit())?;
    let (number, unit) = text.split_at(unit_idx);
    let (_, unit_ms) = UNITS.iter().find(|(name, _)| *name == unit.trim_start())?;
    Some(Duration::from_millis(number.parse::<u64>().ok()?.checked_mul(*unit_ms)?))
}

/// Says a duration in the longest unit that it is a whole number of.
pub(super) fn format_duration(duration: Duration) -> String {
    let millis = duration.as_millis();
    let fits =
        |(_, unit_ms): &&(&str, u64)| millis != 0 && millis.is_multiple_of(u128::from(*unit_ms));
    let (name, unit_ms) = UNITS.iter().find(fits).unwrap_or(&("s", 1_000));
    format!("{}{name}", millis / u128::from(*unit_ms))
}

fn wrong(text: &str, right: &impl Display) -> String {
    format!("`{text}` is not right: {right}")
}

/// Reads texts from a list, or from one text that separates them by commas, as variables do.
fn list<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    struct Texts;

    impl<'de> Visitor<'de> for Texts {
        type Value = Vec<String>;

        fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            formatter.write_str("a list, or a text with commas")
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<Vec<String>, E> {
            let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
            Ok(parts.map(str::to_owned).collect())
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Vec<String>, A::Error> {
            let mut texts = Vec::new();
            while let Some(text) = items.next_element()? {
                texts.push(text);
            }
            Ok(texts)
        }
    }

    deserializer.deserialize_any(Texts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_a_whole_number_with_a_unit() {
        for (text, expected_ms) in [
            ("250ms", Some(250)),
            ("30s", Some(30_000)),
            ("5 m", Some(300_000)),
            ("30d", Some(30 * 86_400_000)),
            ("30", None),
            ("s", None),
            ("-1s", None),
            ("1.5s", None),
            ("1S", None),
            ("213503982335d", None),
            ("", None),
        ] {
            let parsed = parse_duration(text).map(|duration| duration.as_millis());
            assert_eq!(parsed, expected_ms, "{text:?}");
        }
    }

    #[test]
    fn a_duration_is_shown_in_its_longest_whole_unit() {
        for text in ["0s", "1ms", "1500ms", "90s", "5m", "36h", "30d"] {
            assert_eq!(format_duration(parse_duration(text).unwrap()), text);
        }
    }
}
