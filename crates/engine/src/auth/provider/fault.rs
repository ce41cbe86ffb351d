//! Why the keys of a provider are not known.

use crate::courier::failure::Failure;
use boathook_core::service_uri::InvalidServiceUri;
use http::StatusCode;

/// Why the keys of a provider could not be fetched. What it displays is for the operator.
#[derive(Debug, thiserror::Error)]
pub(super) enum Fault {
    #[error("{uri} gave no answer: {failure}")]
    Unanswered { uri: String, failure: Failure },
    #[error("{uri} answered {status}")]
    Status { uri: String, status: StatusCode },
    #[error("{uri} answered with more than {max} bytes")]
    TooLong { uri: String, max: usize },
    #[error("{uri} answered with what is not expected there: {error}")]
    Unreadable { uri: String, error: serde_json::Error },
    #[error("its discovery document speaks for `{0}`")]
    OtherIssuer(String),
    #[error("its discovery document has the keys at `{uri}`: {error}")]
    Address { uri: String, error: InvalidServiceUri },
    #[error("its discovery document has the keys at `{0}`, which is not HTTPS as the issuer is")]
    Insecure(String),
    #[error("{0} has no key that a token could be checked with")]
    NoKeys(String),
}
