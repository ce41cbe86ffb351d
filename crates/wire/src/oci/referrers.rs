//! The list of manifests that are about another one (OCI distribution-spec 1.1, "Listing Referrers").

use boathook_core::digest::Digest;
use boathook_core::media_type::OCI_INDEX;
use serde::Serialize;
use serde_json::{Map, Value};
use url::form_urlencoded;

/// The name of the one filter, in queries and in [`FILTERS_APPLIED`](super::header::FILTERS_APPLIED).
pub const ARTIFACT_TYPE: &str = "artifactType";

/// One manifest in the list.
#[derive(Clone, Debug, PartialEq)]
pub struct Descriptor {
    /// Its media type.
    pub media_type: String,
    /// Its size in bytes.
    pub size: u64,
    /// Its digest.
    pub digest: Digest,
    /// What kind of artifact it is.
    pub artifact_type: Option<String>,
    /// Its annotations.
    pub annotations: Option<Map<String, Value>>,
}

/// Reads the type that a query wants the list filtered by.
pub fn artifact_type(query: Option<&str>) -> Option<String> {
    form_urlencoded::parse(query?.as_bytes())
        .find(|(name, value)| name == ARTIFACT_TYPE && !value.is_empty())
        .map(|(_, value)| value.into_owned())
}

/// Prints the list, an image index, in the order given.
pub fn body(descriptors: &[Descriptor]) -> Vec<u8> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Index<'a> {
        schema_version: u32,
        media_type: &'a str,
        manifests: Vec<Entry<'a>>,
    }
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Entry<'a> {
        media_type: &'a str,
        size: u64,
        digest: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        artifact_type: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        annotations: Option<&'a Map<String, Value>>,
    }
    let manifests = descriptors
        .iter()
        .map(|descriptor| Entry {
            media_type: &descriptor.media_type,
            size: descriptor.size,
            digest: descriptor.digest.as_str(),
            artifact_type: descriptor.artifact_type.as_deref(),
            annotations: descriptor.annotations.as_ref(),
        })
        .collect();
    let index = Index { schema_version: 2, media_type: OCI_INDEX, manifests };
    serde_json::to_vec(&index).expect("because strings and JSON values are always printable")
}

#[cfg(test)]
mod tests {
    use super::*;
    use boathook_core::digest::Algorithm;

    #[test]
    fn an_empty_list_is_an_index_too() {
        let expected = br#"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}"#;
        assert_eq!(body(&[]), expected);
    }

    #[test]
    fn members_that_are_not_known_are_left_out() {
        let plain = Descriptor {
            media_type: "application/vnd.oci.image.manifest.v1+json".to_owned(),
            size: 3,
            digest: Algorithm::Sha256.digest(b""),
            artifact_type: None,
            annotations: None,
        };
        let full = Descriptor {
            artifact_type: Some("application/spdx+json".to_owned()),
            annotations: serde_json::json!({ "a": "b" }).as_object().cloned(),
            ..plain.clone()
        };
        let expected = concat!(
            r#"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":["#,
            r#"{"mediaType":"application/vnd.oci.image.manifest.v1+json","size":3,"#,
            r#""digest":"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},"#,
            r#"{"mediaType":"application/vnd.oci.image.manifest.v1+json","size":3,"#,
            r#""digest":"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855","#,
            r#""artifactType":"application/spdx+json","annotations":{"a":"b"}}]}"#,
        );
        assert_eq!(String::from_utf8(body(&[plain, full])).unwrap(), expected);
    }

    #[test]
    fn the_filter_is_read_from_the_query() {
        assert_eq!(artifact_type(Some("n=1&artifactType=a%2Fb")).as_deref(), Some("a/b"));
        assert_eq!(artifact_type(Some("artifactType=")), None);
        assert_eq!(artifact_type(None), None);
    }
}
