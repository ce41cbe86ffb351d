//! An image and a chart, small and whole: `docker run` and `helm install` would take them.

use boathook_core::digest::{Algorithm, Digest};
use serde_json::{Value as Json, json};

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
/// A file system of one file, `hello.txt`.
const LAYER: &[u8] = include_bytes!("hello.tar");
/// A chart of one `ConfigMap`.
const CHART: &[u8] = include_bytes!("hello-0.1.0.tgz");

/// Something to push.
pub(super) struct Artifact {
    /// What people call it.
    pub(super) what: &'static str,
    pub(super) repository: &'static str,
    pub(super) tag: &'static str,
    pub(super) manifest: Vec<u8>,
    /// What the manifest refers to.
    pub(super) blobs: [Vec<u8>; 2],
}

impl Artifact {
    /// The media type of every manifest here.
    pub(super) const MEDIA_TYPE: &'static str = MANIFEST;

    /// The digest of the manifest.
    pub(super) fn digest(&self) -> Digest {
        Algorithm::Sha256.digest(&self.manifest)
    }
}

/// An image whose only layer has a greeting in it.
pub(super) fn image() -> Artifact {
    let config = json!({
        "architecture": "amd64",
        "os": "linux",
        "config": {},
        // The layer is not compressed, so that this is its digest too.
        "rootfs": { "type": "layers", "diff_ids": [Algorithm::Sha256.digest(LAYER).as_str()] },
    });
    artifact(
        ("image", "hello", "v1"),
        ("application/vnd.oci.image.config.v1+json", config.to_string().into_bytes()),
        ("application/vnd.oci.image.layer.v1.tar", LAYER.to_vec()),
    )
}

/// A Helm chart, as `helm push` sends it.
pub(super) fn chart() -> Artifact {
    let config =
        json!({ "name": "hello", "version": "0.1.0", "apiVersion": "v2", "type": "application" });
    artifact(
        ("chart", "charts/hello", "0.1.0"),
        ("application/vnd.cncf.helm.config.v1+json", config.to_string().into_bytes()),
        ("application/vnd.cncf.helm.chart.content.v1.tar+gzip", CHART.to_vec()),
    )
}

fn artifact(
    (what, repository, tag): (&'static str, &'static str, &'static str),
    config: (&str, Vec<u8>),
    layer: (&str, Vec<u8>),
) -> Artifact {
    let manifest = json!({
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": descriptor(&config),
        "layers": [descriptor(&layer)],
    });
    let blobs = [config.1, layer.1];
    Artifact { what, repository, tag, manifest: manifest.to_string().into_bytes(), blobs }
}

fn descriptor((media_type, bytes): &(&str, Vec<u8>)) -> Json {
    let digest = Algorithm::Sha256.digest(bytes);
    json!({ "mediaType": media_type, "digest": digest.as_str(), "size": bytes.len() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manifests_refer_to_the_blobs_that_are_pushed() {
        for artifact in [image(), chart()] {
            let manifest: Json = serde_json::from_slice(&artifact.manifest).unwrap();
            for (blob, descriptor) in
                artifact.blobs.iter().zip([&manifest["config"], &manifest["layers"][0]])
            {
                assert_eq!(descriptor["digest"], Algorithm::Sha256.digest(blob).as_str());
                assert_eq!(descriptor["size"], blob.len());
            }
        }
    }
}
