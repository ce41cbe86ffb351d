//! The documents of an image: config and manifest.

use serde_json::json;

use crate::content::Blob;

/// The media type of an OCI image manifest.
pub(crate) const MANIFEST_TYPE: &str = "application/vnd.oci.image.manifest.v1+json";

/// The media type of the configs made here.
pub(crate) const CONFIG_TYPE: &str = "application/vnd.oci.image.config.v1+json";
const LAYER_TYPE: &str = "application/vnd.oci.image.layer.v1.tar";

/// Makes the config of an image with these layers.
pub(crate) fn config(layers: &[Blob]) -> Blob {
    let layers: Vec<&str> = layers.iter().map(|layer| layer.digest.as_str()).collect();
    let document = json!({
        "architecture": "amd64",
        "os": "linux",
        "rootfs": { "type": "layers", "diff_ids": layers },
    });
    Blob::from_bytes(document.to_string())
}

/// Makes a manifest; `label` is written into it, so that another label is another manifest.
pub(crate) fn manifest(config: &Blob, layers: &[Blob], label: &str) -> String {
    let layers: Vec<_> = layers.iter().map(|layer| descriptor(LAYER_TYPE, layer)).collect();
    let document = json!({
        "schemaVersion": 2,
        "mediaType": MANIFEST_TYPE,
        "config": descriptor(CONFIG_TYPE, config),
        "layers": layers,
        "annotations": { "bench": label },
    });
    document.to_string()
}

/// Makes a manifest of exactly `size` bytes, by the length of its label.
pub(crate) fn manifest_of_size(config: &Blob, layers: &[Blob], size: usize) -> String {
    let bare = manifest(config, layers, "").len();
    let label = "x".repeat(
        size.checked_sub(bare).expect("because the sizes asked for leave room for three layers"),
    );
    manifest(config, layers, &label)
}

fn descriptor(media_type: &str, blob: &Blob) -> serde_json::Value {
    json!({ "mediaType": media_type, "digest": blob.digest, "size": blob.len() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_has_the_size_asked_for() {
        let layers = [Blob::from_bytes("a"), Blob::from_bytes("b"), Blob::from_bytes("c")];
        assert_eq!(manifest_of_size(&config(&layers), &layers, 1024).len(), 1024);
    }
}
