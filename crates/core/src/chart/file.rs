//! The files of a chart: the archive, and the signature beside it.

use super::{ChartName, ChartVersion};
use crate::name::{InvalidTag, TAG_BYTES_MAX, Tag};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

const ARCHIVE: &str = ".tgz";
const PROVENANCE: &str = ".prov";

/// A file of a chart, by its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChartFile {
    /// Which of the two it is.
    pub kind: FileKind,
    archive: Arc<str>,
    tag: Tag,
}

/// What is in a file of a chart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// The chart.
    Archive,
    /// Who vouches for it.
    Provenance,
}

/// Why a text is not the name of a chart's file.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "a chart's file is called `NAME-VERSION{ARCHIVE}` and its provenance `NAME-VERSION{ARCHIVE}{PROVENANCE}`, in \
     {TAG_BYTES_MAX} letters, digits, `_`, `.`, `-` and `+` at most"
)]
pub struct InvalidChartFile;

impl ChartFile {
    /// The name of the archive, be this its provenance.
    pub fn archive(&self) -> &str {
        &self.archive
    }

    /// The tag that the chart has in its repository.
    pub fn tag(&self) -> &Tag {
        &self.tag
    }

    /// The version, if this is a file of the chart of this name.
    pub(super) fn version_of(&self, name: &ChartName) -> Option<ChartVersion> {
        let rest = self.archive.strip_prefix(name.as_str())?.strip_prefix('-')?;
        rest.strip_suffix(ARCHIVE)?.parse().ok()
    }
}

/// What the archive of a chart is called.
pub fn file_name(name: &ChartName, version: &ChartVersion) -> String {
    format!("{name}-{version}{ARCHIVE}")
}

/// The tag of the archive with this name. Tags have no `+`, so that it becomes `_`, as it does in OCI registries; no
/// version has one of those.
pub fn tag(archive: &str) -> Result<Tag, InvalidTag> {
    archive.replace('+', "_").parse()
}

/// Says whether a tag may be that of a chart.
pub fn may_be_of_chart(tag: &Tag) -> bool {
    tag.as_str().strip_suffix(ARCHIVE).is_some()
}

impl FromStr for ChartFile {
    type Err = InvalidChartFile;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (archive, kind) = match text.strip_suffix(PROVENANCE) {
            Some(archive) => (archive, FileKind::Provenance),
            None => (text, FileKind::Archive),
        };
        let is_archive = archive.strip_suffix(ARCHIVE).is_some_and(|rest| !rest.is_empty());
        let tag = tag(archive).ok().filter(|_| is_archive).ok_or(InvalidChartFile)?;
        Ok(Self { kind, archive: archive.into(), tag })
    }
}

impl fmt::Display for ChartFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.archive)?;
        match self.kind {
            FileKind::Archive => Ok(()),
            FileKind::Provenance => f.write_str(PROVENANCE),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<(FileKind, &str)>) {
        let file = text.parse::<ChartFile>().ok();
        let found = file.as_ref().map(|file| (file.kind, file.tag().as_str()));
        assert_eq!(found, expected, "{text:?}");
        if let Some(file) = &file {
            assert_eq!(file.to_string(), text);
        }
    }

    #[test]
    fn names_of_files_are_told_apart() {
        check("a-1.0.0.tgz", Some((FileKind::Archive, "a-1.0.0.tgz")));
        check("a-1.0.0.tgz.prov", Some((FileKind::Provenance, "a-1.0.0.tgz")));
        check("a-1.0.0+b.5.tgz", Some((FileKind::Archive, "a-1.0.0_b.5.tgz")));
        for text in [
            "",
            ".tgz",
            ".tgz.prov",
            "a-1.0.0",
            "a-1.0.0.tar.gz",
            "a-1.0.0.prov",
            "-a.tgz",
            "a b.tgz",
            "a/b.tgz",
        ] {
            check(text, None);
        }
        let longest = format!("{}.tgz", "a".repeat(TAG_BYTES_MAX - 4));
        check(&longest, Some((FileKind::Archive, &longest)));
        check(&format!("a{longest}"), None);
    }

    #[test]
    fn a_chart_has_the_file_that_it_says() {
        let (name, version) = ("word-press".parse().unwrap(), "1.0.0+x".parse().unwrap());
        assert_eq!(file_name(&name, &version), "word-press-1.0.0+x.tgz");
        assert_eq!(tag(&file_name(&name, &version)).unwrap().as_str(), "word-press-1.0.0_x.tgz");
    }
}
