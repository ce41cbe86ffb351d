//! How the OCI face says no: its codes, and the body that carries them.
//!
//! Which status goes with which code is the face's business.

use serde::Serialize;
use serde_json::Value;

/// What went wrong, in the words that clients compare (OCI distribution-spec 1.1, "Error Codes").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// The blob is not there.
    BlobUnknown,
    /// The upload cannot go on as asked.
    BlobUploadInvalid,
    /// The upload is not there.
    BlobUploadUnknown,
    /// The digest is no digest, or not the content's.
    DigestInvalid,
    /// Something has the chart's name already. Not OCI's: the classic Helm repository's, as the next two.
    ChartExists,
    /// The chart, its provenance or a file's name is not what it should be.
    ChartInvalid,
    /// The chart is not there.
    ChartUnknown,
    /// The manifest refers to what is not there.
    ManifestBlobUnknown,
    /// The manifest cannot be taken.
    ManifestInvalid,
    /// The manifest is not there.
    ManifestUnknown,
    /// The repository's name breaks the grammar.
    NameInvalid,
    /// The repository is not there.
    NameUnknown,
    /// The number of entries asked for is no number. Not OCI's: distribution has the code, and its clients know it.
    PaginationNumberInvalid,
    /// The thing is locked. Not OCI's: ACR's code, which its clients compare.
    RegistryDisallowedOperation,
    /// The manifest is held back. Not OCI's: ACR's code.
    ImageQuarantined,
    /// The content is too large, or not as long as was said.
    SizeInvalid,
    /// The tag is not there. Not OCI's, which has no route for a tag alone.
    TagUnknown,
    /// The caller has to say who it is.
    Unauthorized,
    /// The caller may not do this.
    Denied,
    /// The registry does not do this.
    Unsupported,
    /// The caller has to slow down.
    TooManyRequests,
    /// The registry failed. Not OCI's: distribution's code for the same.
    Unknown,
}

impl Code {
    /// The code as clients see it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BlobUnknown => "BLOB_UNKNOWN",
            Self::BlobUploadInvalid => "BLOB_UPLOAD_INVALID",
            Self::BlobUploadUnknown => "BLOB_UPLOAD_UNKNOWN",
            Self::ChartExists => "CHART_EXISTS",
            Self::ChartInvalid => "CHART_INVALID",
            Self::ChartUnknown => "CHART_UNKNOWN",
            Self::DigestInvalid => "DIGEST_INVALID",
            Self::ManifestBlobUnknown => "MANIFEST_BLOB_UNKNOWN",
            Self::ManifestInvalid => "MANIFEST_INVALID",
            Self::ManifestUnknown => "MANIFEST_UNKNOWN",
            Self::NameInvalid => "NAME_INVALID",
            Self::NameUnknown => "NAME_UNKNOWN",
            Self::PaginationNumberInvalid => "PAGINATION_NUMBER_INVALID",
            Self::RegistryDisallowedOperation => "REGISTRY_DISALLOWED_OPERATION",
            Self::ImageQuarantined => "IMAGE_QUARANTINED",
            Self::SizeInvalid => "SIZE_INVALID",
            Self::TagUnknown => "TAG_UNKNOWN",
            Self::Unauthorized => "UNAUTHORIZED",
            Self::Denied => "DENIED",
            Self::Unsupported => "UNSUPPORTED",
            Self::TooManyRequests => "TOOMANYREQUESTS",
            Self::Unknown => "UNKNOWN",
        }
    }
}

/// What ACR says of what is locked, letter for letter.
pub const DISALLOWED: &str = "The operation is disallowed on this registry, repository or image. View troubleshooting \
steps at https://aka.ms/acr/faq/#why-does-my-pull-or-push-request-fail-with-disallowed-operation";

/// What ACR says of what is held back.
pub const QUARANTINED: &str = "The image is quarantined.";

/// Prints the body of an error. `detail` is whatever a client could make use of, or null.
pub fn body(code: Code, message: &str, detail: &Value) -> Vec<u8> {
    #[derive(Serialize)]
    struct Body<'a> {
        errors: [Entry<'a>; 1],
    }
    #[derive(Serialize)]
    struct Entry<'a> {
        code: &'static str,
        message: &'a str,
        detail: &'a Value,
    }
    let body = Body { errors: [Entry { code: code.as_str(), message, detail }] };
    serde_json::to_vec(&body).expect("because strings and JSON values are always printable")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_body_is_a_compact_list_of_one() {
        let printed = body(Code::NameInvalid, "no \"good\"", &Value::Null);
        let expected =
            r#"{"errors":[{"code":"NAME_INVALID","message":"no \"good\"","detail":null}]}"#;
        assert_eq!(String::from_utf8(printed).unwrap(), expected);
    }

    #[test]
    fn a_detail_is_carried_as_it_is() {
        let printed = body(Code::SizeInvalid, "m", &serde_json::json!({ "limit": 4 }));
        assert!(String::from_utf8(printed).unwrap().ends_with(r#""detail":{"limit":4}}]}"#));
    }
}
