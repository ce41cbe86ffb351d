//! Charts: what they are called, in which versions they come, in which files of the classic Helm repository, and under
//! which tags as OCI artifacts.
//!
//! The rules are Helm's own (`chart.Metadata`'s validation, and semantic versions as Masterminds reads them): what one of its
//! clients packages is taken here, and what is taken here can be read by them.

mod file;
mod oci;
mod version;

pub use file::{ChartFile, FileKind, InvalidChartFile, file_name, may_be_of_chart, tag};
pub use oci::{oci_tag, oci_version};
pub use version::{ChartVersion, InvalidChartVersion};

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// The longest name of a chart, in bytes: with a version behind it, it has to fit a tag.
pub const CHART_NAME_BYTES_MAX: usize = 120;

/// A chart's name.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChartName(Arc<str>);

/// Why a text is not the name of a chart.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "a chart's name has 1 to {CHART_NAME_BYTES_MAX} letters, digits, `_`, `.` and `-`, and begins with a letter or a digit"
)]
pub struct InvalidChartName;

impl ChartName {
    /// The name as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ChartName {
    type Err = InvalidChartName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_in_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
        let is_name = text.len() <= CHART_NAME_BYTES_MAX
            && text.starts_with(|c: char| c.is_ascii_alphanumeric())
            && text.chars().all(is_in_name);
        if is_name { Ok(Self(text.into())) } else { Err(InvalidChartName) }
    }
}

impl fmt::Display for ChartName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ChartName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ChartName({})", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: bool) {
        assert_eq!(text.parse::<ChartName>().is_ok(), expected, "{text:?}");
    }

    #[test]
    fn grammar() {
        check("wordpress", true);
        check("My_Chart.2-x", true);
        check("4", true);
        check("", false);
        check(".hidden", false);
        check("-dash", false);
        check("_under", false);
        check("a/b", false);
        check("a b", false);
        check("ä", false);
        check(&"n".repeat(CHART_NAME_BYTES_MAX), true);
        check(&"n".repeat(CHART_NAME_BYTES_MAX + 1), false);
    }
}
