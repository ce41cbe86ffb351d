//! Manifests of charts: the one that the registry writes for a chart of the classic repository, and those that `helm push`
//! writes.

use boathook_core::digest::Digest;
use boathook_core::media_type::{HELM_ARCHIVE, HELM_CHART, HELM_CONFIG, HELM_PROVENANCE};
use serde::{Deserialize, Serialize};

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

/// Reads the parts of a chart from the manifest of an OCI artifact; nothing where that is no chart's.
pub fn parts(manifest: &[u8]) -> Option<Parts> {
    let Artifact { config, layers } = serde_json::from_slice(manifest).ok()?;
    let layer = |media_type| layers.iter().find(|layer| layer.media_type == media_type);
    if config.media_type != HELM_CONFIG {
        return None;
    }
    Some(Parts {
        config: config.part()?,
        archive: layer(HELM_ARCHIVE)?.part()?,
        provenance: match layer(HELM_PROVENANCE) {
            Some(layer) => Some(layer.part()?),
            None => None,
        },
    })
}

#[derive(Deserialize)]
struct Artifact {
    config: Given,
    layers: Vec<Given>,
}

/// A descriptor as somebody else has written it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Given {
    media_type: String,
    digest: String,
    size: u64,
}

impl Given {
    fn part(&self) -> Option<Part> {
        Some(Part { digest: self.digest.parse().ok()?, size: self.size })
    }
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

    #[test]
    fn the_parts_of_an_artifact_are_read() {
        let part =
            |text: &str, size| Part { digest: Algorithm::Sha256.digest(text.as_bytes()), size };
        for provenance in [None, Some(part("p", 3))] {
            let written = Parts { config: part("c", 1), archive: part("a", 2), provenance };
            assert_eq!(parts(&print(&written)), Some(written));
        }
        let text = r#"{"config":{"mediaType":"x","digest":"x","size":1},"layers":[]}"#;
        for other in ["", "{}", text, &text.replacen('x', HELM_CONFIG, 1)] {
            assert_eq!(parts(other.as_bytes()), None, "{other}");
        }
    }
}
