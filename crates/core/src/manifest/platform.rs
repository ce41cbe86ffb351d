//! Which machines a manifest is for, as far as it is said. Whatever is said wrongly is as good as unsaid.

use crate::digest::Digest;
use crate::media_type::ManifestKind;
use serde_json::{Map, Value};

/// How many entries of an index are remembered with what they are for.
pub const PLATFORMS_MAX: usize = 100;
/// How long the name of a processor or a system is, in bytes. Longer ones are nobody's.
const NAME_BYTES_MAX: usize = 64;

/// What something runs on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Platform {
    /// The processor, such as `amd64`.
    pub architecture: Option<String>,
    /// The system, such as `linux`.
    pub os: Option<String>,
}

impl Platform {
    /// Reads what an image's configuration says (OCI image-spec 1.1, `config.md`).
    #[must_use]
    pub fn of_config(bytes: &[u8]) -> Self {
        serde_json::from_slice(bytes).map(|config| Self::of(&config)).unwrap_or_default()
    }

    fn of(value: &Value) -> Self {
        let name = |member| {
            let name = value.get(member)?.as_str()?;
            (!name.is_empty() && name.len() <= NAME_BYTES_MAX).then(|| name.to_owned())
        };
        Self { architecture: name("architecture"), os: name("os") }
    }
}

/// The manifests of an index, each with what it is for.
pub(super) fn of_index(kind: ManifestKind, object: &Map<String, Value>) -> Vec<(Digest, Platform)> {
    let entries = object.get("manifests").and_then(Value::as_array);
    let entries = entries.filter(|_| kind == ManifestKind::Index).into_iter().flatten();
    let known = entries.filter_map(|entry| {
        let digest = entry.get("digest")?.as_str()?.parse().ok()?;
        Some((digest, entry.get("platform").map(Platform::of).unwrap_or_default()))
    });
    known.take(PLATFORMS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest;
    use crate::media_type::OCI_INDEX;
    use serde_json::json;

    #[track_caller]
    fn check(config: &str, architecture: Option<&str>, os: Option<&str>) {
        let found = Platform::of_config(config.as_bytes());
        assert_eq!((found.architecture.as_deref(), found.os.as_deref()), (architecture, os));
    }

    #[test]
    fn a_configuration_says_what_it_runs_on() {
        check(r#"{"architecture":"arm64","os":"linux","config":{}}"#, Some("arm64"), Some("linux"));
        check(r#"{"os":"windows"}"#, None, Some("windows"));
        check("{}", None, None);
    }

    #[test]
    fn what_is_said_wrongly_is_unsaid() {
        check("", None, None);
        check("[]", None, None);
        check(r#"{"architecture":1,"os":""}"#, None, None);
        let (fits, long) = ("a".repeat(NAME_BYTES_MAX), "a".repeat(NAME_BYTES_MAX + 1));
        let config = json!({ "architecture": long, "os": fits }).to_string();
        check(&config, None, Some(&fits));
    }

    #[test]
    fn an_index_says_what_each_of_its_manifests_is_for() {
        let digest = |idx: usize| format!("sha256:{idx:064}");
        let index = |count| {
            let entry = |idx| {
                json!({ "mediaType": "application/vnd.oci.image.manifest.v1+json", "size": 2,
                    "digest": digest(idx), "platform": { "architecture": "amd64", "os": "linux" } })
            };
            let entries: Vec<_> = (0..count).map(entry).collect();
            let index = json!({ "schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": entries });
            manifest::parse(None, index.to_string().as_bytes()).unwrap()
        };
        let platform =
            Platform { architecture: Some("amd64".to_owned()), os: Some("linux".to_owned()) };
        assert_eq!(index(1).platforms, [(digest(0).parse().unwrap(), platform)]);
        assert_eq!(index(PLATFORMS_MAX).platforms.len(), PLATFORMS_MAX);
        let more = index(PLATFORMS_MAX + 1);
        assert_eq!(more.platforms.len(), PLATFORMS_MAX);
        assert_eq!(more.references.len(), PLATFORMS_MAX + 1, "it needs all of them");
    }
}
