//! How the classic Helm repository says no, in the shape of the distribution API. The table is `docs/status-codes.md`.

use crate::content_error::content_error;
use crate::oci::caller;
use crate::place::Unreachable;
use axum::http::{HeaderValue, StatusCode, header, request::Parts};
use axum::response::{IntoResponse, Response};
use boathook_core::grant::Access;
use boathook_engine::Error;
use boathook_engine::auth::Unchecked;
use boathook_engine::charts::InvalidArchive;
use boathook_engine::registry::upload::Refusal;
use boathook_wire::helm::route::RouteError;
use boathook_wire::oci::error::{Code, DISALLOWED, body};
use serde_json::{Value, json};

/// One variant for each answer that a client can tell apart.
#[derive(Debug, thiserror::Error)]
pub(super) enum HelmError {
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
    #[error("the repository has no such chart")]
    ChartUnknown,
    #[error("the repository has no chart of this name: push the chart before its provenance")]
    NoChart,
    #[error("the repository has this already: send it with PATCH (`--force`) to replace it")]
    Exists,
    #[error(
        "the tag that the chart would have is an image's, or that of a chart of another name and version: delete that first, or \
         give the chart another version"
    )]
    Taken,
    #[error(transparent)]
    Invalid(InvalidArchive),
    #[error(
        "the provenance is not one that `helm package --sign` has made of the chart that is here"
    )]
    InvalidProvenance,
    #[error("{DISALLOWED}")]
    Locked,
    #[error("such a file has at most {bytes_max} bytes")]
    TooLarge { bytes_max: u64 },
    #[error("too many uploads are open: finish or cancel some, or try again later")]
    TooManyUploads,
    #[error("the request's body ended before it was complete")]
    CutOff,
    #[error("somebody has changed the chart in between: send the request again")]
    Interrupted,
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

impl HelmError {
    fn status_and_code(&self) -> (StatusCode, Code) {
        match self {
            Self::Route(RouteError::NoRoute) => (StatusCode::NOT_FOUND, Code::Unsupported),
            Self::Route(RouteError::Encoding | RouteError::Repository(_)) => {
                (StatusCode::BAD_REQUEST, Code::NameInvalid)
            }
            Self::Route(RouteError::File(_)) | Self::Invalid(_) | Self::InvalidProvenance => {
                (StatusCode::BAD_REQUEST, Code::ChartInvalid)
            }
            Self::Route(RouteError::Name(_) | RouteError::Version(_))
            | Self::ChartUnknown
            | Self::NoChart => (StatusCode::NOT_FOUND, Code::ChartUnknown),
            Self::Method { .. } => (StatusCode::METHOD_NOT_ALLOWED, Code::Unsupported),
            Self::Unauthorized { .. } => (StatusCode::UNAUTHORIZED, Code::Unauthorized),
            Self::TooManySignIns(_) | Self::TooManyUploads => {
                (StatusCode::TOO_MANY_REQUESTS, Code::TooManyRequests)
            }
            Self::NameUnknown | Self::RegistryGone | Self::Unreachable(Unreachable::Unknown(_)) => {
                (StatusCode::NOT_FOUND, Code::NameUnknown)
            }
            Self::Unreachable(Unreachable::Denied(_)) => (StatusCode::FORBIDDEN, Code::Denied),
            Self::Exists | Self::Taken => (StatusCode::CONFLICT, Code::ChartExists),
            Self::Locked => (StatusCode::METHOD_NOT_ALLOWED, Code::RegistryDisallowedOperation),
            Self::TooLarge { .. } => (StatusCode::PAYLOAD_TOO_LARGE, Code::SizeInvalid),
            Self::CutOff => (StatusCode::BAD_REQUEST, Code::SizeInvalid),
            Self::Full => (StatusCode::INSUFFICIENT_STORAGE, Code::Unknown),
            Self::Unavailable(_) | Self::Interrupted => {
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
            Self::Unavailable(_) | Self::TooManyUploads | Self::Interrupted => {
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

    /// What has kept a file from being taken in. It has no upload that anybody could continue.
    pub(super) fn upload(refusal: &Refusal) -> Self {
        match *refusal {
            Refusal::Locked(locked) => locked.into(),
            Refusal::TooMany => Self::TooManyUploads,
            Refusal::CutOff
            | Refusal::Unknown
            | Refusal::Busy
            | Refusal::OutOfOrder { .. }
            | Refusal::LengthDiffers => Self::CutOff,
        }
    }
}

content_error!(HelmError);
