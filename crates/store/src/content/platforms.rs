//! What an index says of its manifests, as a column has it.

use boathook_core::digest::Digest;
use boathook_core::manifest::Platform;
use serde_json::{Value, json};

/// Prints a list of three texts for each manifest, two of which may be missing.
pub(super) fn print(platforms: &[(Digest, Platform)]) -> String {
    let entries = platforms
        .iter()
        .map(|(digest, platform)| json!([digest.as_str(), platform.architecture, platform.os]));
    Value::Array(entries.collect()).to_string()
}

/// Reads what was printed.
pub(super) fn read(text: &str) -> Vec<(Digest, Platform)> {
    let entries: Vec<(String, Option<String>, Option<String>)> =
        serde_json::from_str(text).expect("what is stored was printed before");
    let entry = |(digest, architecture, os): (String, _, _)| {
        let digest = digest.parse().expect("what is stored was parsed before");
        (digest, Platform { architecture, os })
    };
    entries.into_iter().map(entry).collect()
}
