//! What lists and `index.yaml` say of a chart's version.

use super::yaml;
use boathook_core::chart::ChartName;
use boathook_core::digest::Digest;
use boathook_core::time::Timestamp;
use serde_json::{Map, Value};

/// The annotation in which ACR names the manifest of a chart.
pub const MANIFEST_DIGEST: &str = "azurecr.io/manifest-digest";

/// A version of a chart, as it lies in a repository.
#[derive(Clone, Debug)]
pub struct Entry<'a> {
    /// What the chart says of itself, as JSON.
    pub metadata: &'a str,
    /// When it was pushed.
    pub created: Timestamp,
    /// The digest of its archive.
    pub digest: &'a Digest,
    /// The digest of its manifest.
    pub manifest: &'a Digest,
    /// Where it is to be had.
    pub url: &'a str,
}

impl Entry<'_> {
    /// The entry's members, by name, as Helm sorts them.
    fn members(&self) -> Map<String, Value> {
        let metadata = serde_json::from_str(self.metadata).unwrap_or_default();
        let Value::Object(mut members) = metadata else { return Map::new() };
        let annotations = members.entry("annotations").or_insert_with(|| Map::new().into());
        if let Value::Object(annotations) = annotations {
            annotations.insert(MANIFEST_DIGEST.to_owned(), self.manifest.as_str().into());
        }
        members.insert("created".to_owned(), self.created.to_string().into());
        // Helm's own index has no word before the number.
        members.insert("digest".to_owned(), self.digest.hex().into());
        members.insert("urls".to_owned(), vec![Value::from(self.url)].into());
        members
    }

    /// The entry in a list: compact JSON.
    pub fn json(&self) -> String {
        Value::from(self.members()).to_string()
    }

    /// The entry in `index.yaml`, below the name of its chart.
    pub fn yaml(&self) -> String {
        let mut text = "  - ".to_owned();
        yaml::members(&mut text, &self.members(), 4);
        text
    }
}

/// How `index.yaml` begins.
pub fn index_begin(has_entries: bool) -> &'static str {
    if has_entries { "apiVersion: v1\nentries:\n" } else { "apiVersion: v1\nentries: {}\n" }
}

/// The line before the entries of a chart, the newest first.
pub fn index_chart(name: &ChartName) -> String {
    let mut text = "  ".to_owned();
    yaml::scalar(&mut text, name.as_str());
    text.push_str(":\n");
    text
}

/// How `index.yaml` ends.
pub fn index_end(generated: Timestamp) -> String {
    format!("generated: \"{generated}\"\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use boathook_core::digest::Algorithm;

    #[test]
    fn an_index_is_what_helm_reads() {
        let (digest, manifest) = (Algorithm::Sha256.digest(b"a"), Algorithm::Sha256.digest(b"m"));
        let entry = Entry {
            metadata: r#"{"name":"hello","version":"1.0.0","apiVersion":"v2","annotations":{"b":"1"}}"#,
            created: Timestamp(0),
            digest: &digest,
            manifest: &manifest,
            url: "_blobs/hello-1.0.0.tgz",
        };
        let text = [
            index_begin(true),
            &index_chart(&"hello".parse().unwrap()),
            &entry.yaml(),
            &index_end(Timestamp(1)),
        ]
        .concat();
        let expected = format!(
            "apiVersion: v1
entries:
  hello:
  - annotations:
      azurecr.io/manifest-digest: \"{manifest}\"
      b: \"1\"
    apiVersion: v2
    created: \"1970-01-01T00:00:00.0000000Z\"
    digest: {}
    name: hello
    urls:
    - \"_blobs/hello-1.0.0.tgz\"
    version: \"1.0.0\"
generated: \"1970-01-01T00:00:00.0010000Z\"
",
            digest.hex()
        );
        assert_eq!(text, expected);
        assert!(serde_saphyr::from_str::<Value>(&text).is_ok());
    }
}
