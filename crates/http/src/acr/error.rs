//! How ACR's data API says no, in the shape of the distribution API. The table is `docs/status-codes.md`.

use super::records::UPDATE_BYTES_MAX;
use crate::body::Uncollected;
use crate::content_error::content_error;
use crate::oci::caller;
use crate::place::Unreachable;
use axum::http::{HeaderValue, StatusCode, header, request::Parts};
use axum::response::{IntoResponse, Response};
use boathook_core::digest::Digest;
use boathook_core::grant::Access;
use boathook_core::quarantine::{InvalidDetails, InvalidVerdict};
use boathook_engine::Error;
use boathook_engine::auth::Unchecked;
use boathook_engine::operations::TooMany;
use boathook_engine::registry::delete::repository::Refused;
use boathook_engine::registry::deleted::RESTORED_TOGETHER_MAX;
use boathook_engine::registry::quarantine::RELEASED_TAGS_MAX;
use boathook_wire::acr::query::InvalidQuery;
use boathook_wire::acr::restore::InvalidRestore;
use boathook_wire::acr::route::RouteError;
use boathook_wire::arm::object::InvalidBody;
use boathook_wire::oci::error::{Code, DISALLOWED, body};
use serde_json::{Value, json};

/// One variant for each answer that a client can tell apart.
#[derive(Debug, thiserror::Error)]
pub(super) enum AcrError {
    #[error(transparent)]
    Route(#[from] RouteError),
    #[error("this path takes {allowed}")]
    Method { allowed: &'static str },
    #[error("authentication required")]
    Unauthorized { wanted: Option<Access> },
    /// The host names no registry, or one that is not reached from there.
    #[error(transparent)]
    Unreachable(Unreachable),
    #[error(transparent)]
    TooManySignIns(Unchecked),
    #[error("there is no such repository")]
    NameUnknown,
    #[error("the repository has no such tag")]
    TagUnknown,
    #[error("the repository has no such manifest")]
    ManifestUnknown,
    #[error("{DISALLOWED}")]
    Locked,
    #[error(transparent)]
    TooManyOperations(#[from] TooMany),
    #[error(transparent)]
    Stopping(Refused),
    #[error(
        "the repository has no such deleted manifest: it is there, was never, or is gone for good"
    )]
    NotDeleted,
    #[error("the manifest has no such deleted tag: `_deleted/…/_tags` lists those that it had")]
    TagNotDeleted,
    #[error(
        "the tag is on `{by}` by now: restore another tag, or have it leave that one with `force=true`"
    )]
    TagTaken { by: Digest },
    #[error("what the manifest is about, `{subject}`, is deleted: restore that first")]
    SubjectDeleted { subject: Digest },
    #[error(
        "the index needs more than {RESTORED_TOGETHER_MAX} manifests that are deleted: restore some of them first"
    )]
    TooManyTogether,
    #[error(transparent)]
    Restore(#[from] InvalidRestore),
    #[error(transparent)]
    Query(#[from] InvalidQuery),
    #[error(transparent)]
    Body(#[from] InvalidBody),
    #[error(
        "only manifests are in quarantine: `quarantineState` and `quarantineDetails` are set at `_manifests/` and a digest"
    )]
    NoManifest,
    #[error(transparent)]
    Verdict(#[from] InvalidVerdict),
    #[error(transparent)]
    Details(#[from] InvalidDetails),
    #[error(
        "the manifest has more than {RELEASED_TAGS_MAX} tags, and each of them would be announced: remove some, or disable \
         the policy of the quarantine first"
    )]
    TooManyTags,
    #[error(
        "a chart of the classic Helm repository is never held back, and nobody judges it: leave out `quarantineState`"
    )]
    OfChart,
    #[error("the request's body has at most {UPDATE_BYTES_MAX} bytes")]
    TooLarge,
    #[error("the request's body ended before it was complete")]
    CutOff,
    /// It was there when the request came.
    #[error("the registry is not there any more")]
    RegistryGone,
    #[error("the registry's disk is full")]
    Full,
    #[error("the registry cannot answer now: try again")]
    Unavailable(#[source] Error),
    /// Our fault. Its cause goes to the log, never to the client.
    #[error("the registry failed")]
    Internal(#[source] Error),
}

impl AcrError {
    fn status_and_code(&self) -> (StatusCode, Code) {
        match self {
            Self::Route(RouteError::NoRoute) => (StatusCode::NOT_FOUND, Code::Unsupported),
            Self::Route(RouteError::Encoding | RouteError::Repository(_)) => {
                (StatusCode::BAD_REQUEST, Code::NameInvalid)
            }
            Self::Route(RouteError::Digest(_)) | Self::Query(InvalidQuery::Digest(_)) => {
                (StatusCode::BAD_REQUEST, Code::DigestInvalid)
            }
            Self::Route(RouteError::Tag(_))
            | Self::TagUnknown
            | Self::TagNotDeleted
            | Self::Restore(InvalidRestore::Tag(_)) => (StatusCode::NOT_FOUND, Code::TagUnknown),
            Self::Method { .. } => (StatusCode::METHOD_NOT_ALLOWED, Code::Unsupported),
            Self::Unauthorized { .. } => (StatusCode::UNAUTHORIZED, Code::Unauthorized),
            Self::TooManySignIns(_) | Self::TooManyOperations(_) => {
                (StatusCode::TOO_MANY_REQUESTS, Code::TooManyRequests)
            }
            Self::NameUnknown | Self::RegistryGone | Self::Unreachable(Unreachable::Unknown(_)) => {
                (StatusCode::NOT_FOUND, Code::NameUnknown)
            }
            Self::Unreachable(Unreachable::Denied(_)) => (StatusCode::FORBIDDEN, Code::Denied),
            Self::ManifestUnknown | Self::NotDeleted => {
                (StatusCode::NOT_FOUND, Code::ManifestUnknown)
            }
            Self::TagTaken { .. } | Self::SubjectDeleted { .. } | Self::TooManyTogether => {
                (StatusCode::CONFLICT, Code::Denied)
            }
            Self::Locked => (StatusCode::METHOD_NOT_ALLOWED, Code::RegistryDisallowedOperation),
            Self::Query(InvalidQuery::Page(_)) => {
                (StatusCode::BAD_REQUEST, Code::PaginationNumberInvalid)
            }
            Self::Query(InvalidQuery::Order)
            | Self::Body(_)
            | Self::NoManifest
            | Self::OfChart
            | Self::Verdict(_)
            | Self::Details(_)
            | Self::Restore(InvalidRestore::Force | InvalidRestore::Body(_)) => {
                (StatusCode::BAD_REQUEST, Code::Unsupported)
            }
            Self::TooManyTags => (StatusCode::CONFLICT, Code::Unsupported),
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, Code::SizeInvalid),
            Self::CutOff => (StatusCode::BAD_REQUEST, Code::SizeInvalid),
            Self::Full => (StatusCode::INSUFFICIENT_STORAGE, Code::Unknown),
            Self::Unavailable(_) | Self::Stopping(_) => {
                (StatusCode::SERVICE_UNAVAILABLE, Code::Unknown)
            }
            Self::Internal(_) | Self::Unreachable(Unreachable::Failed(_)) => {
                (StatusCode::INTERNAL_SERVER_ERROR, Code::Unknown)
            }
        }
    }

    /// The answer to a request: who is unknown is told how to sign in.
    pub(super) fn into_response_to(self, parts: &Parts) -> Response {
        if let Self::Unavailable(error) | Self::Internal(error) = &self {
            tracing::error!(error = error as &dyn std::error::Error, "a request failed");
        }
        if let Self::Unauthorized { wanted } = &self {
            return caller::challenge(parts, wanted.as_slice());
        }
        let (status, code) = self.status_and_code();
        // As ACR has it.
        let detail = if matches!(self, Self::Locked) { json!({}) } else { Value::Null };
        let body = body(code, &self.to_string(), &detail);
        let head = [(header::CONTENT_TYPE, "application/json; charset=utf-8")];
        let mut response = (status, head, body).into_response();
        let more = match &self {
            Self::Method { allowed } => Some((header::ALLOW, HeaderValue::from_static(allowed))),
            Self::Unavailable(_) | Self::Stopping(_) | Self::TooManyOperations(_) => {
                Some((header::RETRY_AFTER, HeaderValue::from_static("1")))
            }
            Self::TooManySignIns(unchecked) => {
                Some((header::RETRY_AFTER, unchecked.retry_after_seconds().into()))
            }
            _ => None,
        };
        response.headers_mut().extend(more);
        response
    }
}

content_error!(AcrError);

impl From<Refused> for AcrError {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Locked(locked) => locked.into(),
            Refused::TooMany(too_many) => too_many.into(),
            Refused::Stopping | Refused::StoppingForNow => Self::Stopping(refused),
        }
    }
}

impl From<Uncollected> for AcrError {
    fn from(uncollected: Uncollected) -> Self {
        match uncollected {
            Uncollected::TooLarge => Self::TooLarge,
            Uncollected::CutOff => Self::CutOff,
        }
    }
}
