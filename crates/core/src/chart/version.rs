//! Versions of charts, and which of two is the newer one (semver.org §11).

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// The longest version, in bytes.
const CHART_VERSION_BYTES_MAX: usize = 120;

/// A version, as it was written; later ones are greater.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ChartVersion {
    text: Arc<str>,
    numbers: [u64; 3],
    /// Where in the text what comes before a release stands.
    pre_release: (usize, usize),
}

/// Why a text is not a version.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "a chart's version is one of SemVer 2, such as `1.4.0` or `1.4.0-rc.1+build.5`, perhaps with a `v` before it"
)]
pub struct InvalidChartVersion;

impl ChartVersion {
    /// The version as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    fn pre_release(&self) -> &str {
        &self.text[self.pre_release.0..self.pre_release.1]
    }
}

impl FromStr for ChartVersion {
    type Err = InvalidChartVersion;

    /// Minor and patch may be left out, as Helm lets them.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if CHART_VERSION_BYTES_MAX < text.len() {
            return Err(InvalidChartVersion);
        }
        let (rest, build) = split(text, '+');
        let (core, pre_release) = split(rest, '-');
        let mut numbers = [0; 3];
        let mut given = core.strip_prefix('v').unwrap_or(core).split('.');
        for (idx, slot) in numbers.iter_mut().enumerate() {
            match given.next() {
                Some(number) => *slot = parse_number(number)?,
                None if idx == 0 => return Err(InvalidChartVersion),
                None => (),
            }
        }
        let is_pre_release = |one: &str| is_identifier(one) && !has_needless_zero(one);
        if given.next().is_some()
            || pre_release.is_some_and(|text| !text.split('.').all(is_pre_release))
            || build.is_some_and(|text| !text.split('.').all(is_identifier))
        {
            return Err(InvalidChartVersion);
        }
        let pre_release = match pre_release {
            Some(found) => (core.len() + 1, core.len() + 1 + found.len()),
            None => (0, 0),
        };
        Ok(Self { text: text.into(), numbers, pre_release })
    }
}

fn split(text: &str, separator: char) -> (&str, Option<&str>) {
    text.split_once(separator).map_or((text, None), |(before, after)| (before, Some(after)))
}

fn parse_number(text: &str) -> Result<u64, InvalidChartVersion> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = if is_number { text.parse().ok() } else { None };
    number.filter(|_| !has_needless_zero(text)).ok_or(InvalidChartVersion)
}

fn is_identifier(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

fn has_needless_zero(text: &str) -> bool {
    1 < text.len() && text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit())
}

impl Ord for ChartVersion {
    /// What precedence leaves open, as between two builds, the text decides.
    fn cmp(&self, other: &Self) -> Ordering {
        let (ours, theirs) = (self.pre_release(), other.pre_release());
        let release = match (ours.is_empty(), theirs.is_empty()) {
            (true, true) => Ordering::Equal,
            (true, false) => Ordering::Greater,
            (false, true) => Ordering::Less,
            (false, false) => compare_pre_releases(ours, theirs),
        };
        self.numbers.cmp(&other.numbers).then(release).then_with(|| self.text.cmp(&other.text))
    }
}

impl PartialOrd for ChartVersion {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

fn compare_pre_releases(ours: &str, theirs: &str) -> Ordering {
    let (mut ours, mut theirs) = (ours.split('.'), theirs.split('.'));
    loop {
        match (ours.next(), theirs.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => return Ordering::Less,
            (Some(_), None) => return Ordering::Greater,
            (Some(one), Some(other)) => match compare_identifiers(one, other) {
                Ordering::Equal => (),
                unequal => return unequal,
            },
        }
    }
}

/// Numbers, which have no needless zeros, are the smaller the shorter they are.
fn compare_identifiers(one: &str, other: &str) -> Ordering {
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    match (is_number(one), is_number(other)) {
        (true, true) => one.len().cmp(&other.len()).then_with(|| one.cmp(other)),
        (true, false) => Ordering::Less,
        (false, true) => Ordering::Greater,
        (false, false) => one.cmp(other),
    }
}

impl fmt::Display for ChartVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for ChartVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ChartVersion({})", self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(text: &str, expected: bool) {
        assert_eq!(text.parse::<ChartVersion>().is_ok(), expected, "{text:?}");
    }

    #[test]
    fn what_helm_takes_is_a_version() {
        for text in [
            "1.2.3",
            "v1.2.3",
            "0.0.0",
            "1.2",
            "1",
            "1.2.3-rc.1",
            "1.2.3+b.01",
            "1.0.0-0A.is",
            "1.0.0--.-",
        ] {
            check(text, true);
        }
        for text in [
            "",
            "v",
            "one",
            "1.2.3.4",
            "1..2",
            "1.2.3-",
            "1.2.3+",
            "1.2.3-a..b",
            "1.02.3",
            "1.0.0-01",
            "V1.0.0",
            "1.0.0 ",
            "1.0.0-ä",
        ] {
            check(text, false);
        }
        check("18446744073709551615.0.0", true);
        check("18446744073709551616.0.0", false);
        check(&format!("1.0.0-{}", "a".repeat(CHART_VERSION_BYTES_MAX - 6)), true);
        check(&format!("1.0.0-{}", "a".repeat(CHART_VERSION_BYTES_MAX - 5)), false);
    }

    #[test]
    fn the_newer_one_is_greater() {
        let in_order = [
            "0.9.0",
            "1.0.0-alpha",
            "1.0.0-alpha.1",
            "1.0.0-alpha.beta",
            "1.0.0-beta",
            "1.0.0-beta.2",
            "1.0.0-beta.11",
            "1.0.0-rc.1",
            "1.0.0",
            "1.0.0+a",
            "1.0.0+b",
            "1.0.1",
            "1.2.0",
            "1.10.0",
            "v2.0.0",
        ];
        for pair in in_order.windows(2) {
            let [one, other] = [pair[0], pair[1]].map(|text| text.parse::<ChartVersion>().unwrap());
            assert!(one < other, "{one} < {other}");
        }
    }

    proptest! {
        #[test]
        fn parsing_never_panics_and_comparing_is_an_order(
            texts in proptest::collection::vec("v?[0-9]{1,3}(\\.[0-9]{1,2}){0,3}(-[0-9a-z.-]{0,4})?(\\+[0-9a-z.]{0,3})?|\\PC{0,6}", 3)
        ) {
            let mut versions: Vec<ChartVersion> = texts.iter().filter_map(|text| text.parse().ok()).collect();
            versions.sort();
            for pair in versions.windows(2) {
                prop_assert_eq!(pair[0].cmp(&pair[1]), pair[1].cmp(&pair[0]).reverse());
                prop_assert_eq!(pair[0] == pair[1], pair[0].cmp(&pair[1]) == Ordering::Equal);
            }
        }
    }
}
