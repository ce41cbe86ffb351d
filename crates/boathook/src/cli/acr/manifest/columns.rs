//! What tables show of manifests.

use crate::cli::acr::columns::{each, text};
use crate::cli::value::Value;

/// Picks the columns of manifests.
pub(super) fn manifests(value: &Value) -> Value {
    each(value, |manifest| {
        Value::object([
            ("MediaType", text(manifest, &["mediaType"])),
            ("ArtifactType", text(manifest, &["artifactType"])),
            ("SubjectDigest", text(manifest, &["subject", "digest"])),
        ])
    })
}

/// Picks the columns of what refers to a manifest.
pub(super) fn referrers(value: &Value) -> Value {
    each(value.member("manifests"), |manifest| {
        Value::object([
            ("Digest", text(manifest, &["digest"])),
            ("ArtifactType", text(manifest, &["artifactType"])),
            ("MediaType", text(manifest, &["mediaType"])),
            ("Size", text(manifest, &["size"])),
        ])
    })
}
