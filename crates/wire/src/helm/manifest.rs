//! The manifest that the registry writes for a chart of the classic repository.

use boathook_core::digest::Digest;
use boathook_core::media_type::{HELM_ARCHIVE, HELM_CHART, HELM_CONFIG, HELM_PROVENANCE};
use serde::Serialize;

/// Bytes that a manifest refers to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Their digest.
    pub digest: Digest,
    /// How many they are.
    pub size: u64,
}

/// The parts of a chart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parts {
    /// What it says of itself, as JSON.
    pub config: Part,
    /// The archive.
    pub archive: Part,
    /// Who vouches for it.
    pub provenance: Option<Part>,
}

/// Prints the manifest: that of an OCI image in all but its type.
pub fn print(parts: &Parts) -> Vec<u8> {
    let archive = Descriptor::new(HELM_ARCHIVE, &parts.archive);
    let provenance = parts.provenance.as_ref().map(|part| Descriptor::new(HELM_PROVENANCE, part));
    let manifest = Manifest {
        schema_version: 2,
        media_type: HELM_CHART,
        config: Descriptor::new(HELM_CONFIG, &parts.config),
        layers: [archive].into_iter().chain(provenance).collect(),
    };
    serde_json::to_vec(&manifest).expect("because strings and numbers are always printable")
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Manifest<'a> {
    schema_version: u8,
    media_type: &'static str,
    config: Descriptor<'a>,
    layers: Vec<Descriptor<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Descriptor<'a> {
    media_type: &'static str,
    digest: &'a str,
    size: u64,
}

impl<'a> Descriptor<'a> {
    fn new(media_type: &'static str, part: &'a Part) -> Self {
        Self { media_type, digest: part.digest.as_str(), size: part.size }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use boathook_core::digest::Algorithm;
    use boathook_core::manifest;

    #[test]
    fn it_is_read_as_what_it_is() {
        let part =
            |text: &str, size| Part { digest: Algorithm::Sha256.digest(text.as_bytes()), size };
        let mut parts = Parts { config: part("c", 1), archive: part("a", 2), provenance: None };
        let read = manifest::parse(None, &print(&parts)).unwrap();
        assert_eq!(read.media_type, HELM_CHART);
        assert_eq!(read.config.unwrap().media_type, HELM_CONFIG);
        assert_eq!(read.references.len(), 2);
        parts.provenance = Some(part("p", 3));
        let text = String::from_utf8(print(&parts)).unwrap();
        let digest = |part: &Part| part.digest.to_string();
        let expected = format!(
            r#"{{"schemaVersion":2,"mediaType":"application/vnd.acr.helm.chart","config":{{"mediaType":"application/vnd.cncf.helm.config.v1+json","digest":"{}","size":1}},"layers":[{{"mediaType":"application/vnd.cncf.helm.chart.content.v1.tar+gzip","digest":"{}","size":2}},{{"mediaType":"application/vnd.cncf.helm.chart.provenance.v1.prov","digest":"{}","size":3}}]}}"#,
            digest(&parts.config),
            digest(&parts.archive),
            digest(parts.provenance.as_ref().unwrap())
        );
        assert_eq!(text, expected);
    }
}
