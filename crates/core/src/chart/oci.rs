//! Charts as OCI artifacts: `helm push` names the repository after the chart and the tag after the version.

use super::{ChartFile, ChartName, ChartVersion};
use crate::name::{InvalidTag, Tag};

/// The tag of a version. Tags have no `+`, so that it becomes `_`; no version has one of those.
pub fn oci_tag(version: &ChartVersion) -> Result<Tag, InvalidTag> {
    version.as_str().replace('+', "_").parse()
}

/// The version that has a tag, if it may be that of one.
pub fn oci_version(tag: &Tag) -> Option<ChartVersion> {
    tag.as_str().replace('_', "+").parse().ok()
}

impl ChartFile {
    /// The tag that the chart of this name has as an OCI artifact; none where the file is not called after the chart.
    pub fn oci_tag(&self, name: &ChartName) -> Option<Tag> {
        let version = self.version_of(name)?;
        oci_tag(&version).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(version: &str, expected: &str) {
        let version: ChartVersion = version.parse().unwrap();
        let tag = oci_tag(&version).unwrap();
        assert_eq!(tag.as_str(), expected);
        assert_eq!(oci_version(&tag), Some(version));
    }

    #[test]
    fn a_version_and_its_tag_lead_to_each_other() {
        check("1.2.3", "1.2.3");
        check("v1", "v1");
        check("1.0.0-rc.1+build.5", "1.0.0-rc.1_build.5");
        for tag in ["latest", "1.0.0_a_b", "hello-1.0.0.tgz", "_1.0.0"] {
            assert_eq!(oci_version(&tag.parse().unwrap()), None, "{tag}");
        }
    }

    #[test]
    fn a_file_leads_to_the_tag_if_it_is_called_after_the_chart() {
        let tag = |file: &str, name: &str| {
            let file: ChartFile = file.parse().unwrap();
            file.oci_tag(&name.parse().unwrap()).map(|tag| tag.to_string())
        };
        assert_eq!(tag("hello-1.0.0+b.tgz", "hello").as_deref(), Some("1.0.0_b"));
        assert_eq!(tag("hello-1.0.0.tgz.prov", "hello").as_deref(), Some("1.0.0"));
        assert_eq!(tag("a-1-2.0.0.tgz", "a").as_deref(), Some("1-2.0.0"));
        assert_eq!(tag("a-1-2.0.0.tgz", "a-1").as_deref(), Some("2.0.0"));
        assert_eq!(tag("hello-1.0.0.tgz", "hell"), None);
        assert_eq!(tag("hello-one.tgz", "hello"), None);
    }
}
