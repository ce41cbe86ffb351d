//! How the distribution API says no. The table is `docs/status-codes.md`.

use crate::body::Uncollected;
use crate::content_error::content_error;
use crate::oci::caller;
use crate::place::Unreachable;
use crate::server::Closed;
use axum::http::{HeaderValue, Method, StatusCode, header, request::Parts};
use axum::response::{IntoResponse, Response};
use boathook_core::digest::{Digest, InvalidDigest};
use boathook_core::grant::Access;
use boathook_core::manifest::{InvalidManifest, MANIFEST_BYTES_MAX, Reference};
use boathook_engine::Error;
use boathook_engine::auth::Unchecked;
use boathook_engine::registry::upload::Refusal;
use boathook_wire::oauth2::challenge;
use boathook_wire::oci::error::{Code, DISALLOWED, QUARANTINED, body};
use boathook_wire::oci::page::InvalidPage;
use boathook_wire::oci::range::{InvalidChunk, received_range};
use boathook_wire::oci::route::RouteError;
use serde_json::{Value, json};

/// One variant for each answer that a client can tell apart.
#[derive(Debug, thiserror::Error)]
pub(super) enum OciError {
    #[error("there is nothing at this path")]
    NoRoute,
    #[error(transparent)]
    Route(#[from] RouteError),
    #[error("this path takes {allowed}")]
    Method { allowed: &'static str },
    #[error("authentication required")]
    Unauthorized { wanted: Option<Access> },
    /// The host names no registry, or one that is not reached from there.
    #[error(transparent)]
    Unreachable(Unreachable),
    #[error("the repository has no such manifest")]
    ManifestUnknown,
    #[error("the manifest is of the type `{0}`, which the request's `Accept` leaves out")]
    NotAcceptable(String),
    #[error(transparent)]
    ManifestInvalid(#[from] InvalidManifest),
    #[error("a manifest has at most {MANIFEST_BYTES_MAX} bytes")]
    ManifestTooLarge,
    #[error("the manifest refers to `{}`, which the repository does not have", .0.digest)]
    ManifestBlobUnknown(Reference),
    #[error("the manifest says that `{}` has {} bytes, but it has {size}", .reference.digest, .reference.size)]
    SizeDiffers { reference: Reference, size: u64 },
    #[error("the content's digest is `{actual}`")]
    DigestDiffers { actual: Digest },
    #[error(transparent)]
    DigestInvalid(#[from] InvalidDigest),
    #[error("{DISALLOWED}")]
    Locked,
    #[error("{QUARANTINED}")]
    Quarantined,
    #[error("the tag is that of a chart of the classic Helm repository: delete the chart first")]
    TagOfChart,
    #[error("the repository has no such blob")]
    BlobUnknown,
    #[error("the blob is needed by the manifest `{by}`: delete that first")]
    BlobNeeded { by: Digest },
    #[error("the range lies outside the blob, which has {size} bytes")]
    RangeNotSatisfiable { size: u64 },
    #[error("there is no such repository")]
    NameUnknown,
    #[error(transparent)]
    Page(#[from] InvalidPage),
    #[error(transparent)]
    Chunk(#[from] InvalidChunk),
    #[error("there is no such upload: start one with a POST to `blobs/uploads/`")]
    UploadUnknown,
    #[error("another request is writing to this upload")]
    UploadBusy,
    #[error("the piece has to begin at the offset {offset}")]
    OutOfOrder { location: String, offset: u64 },
    #[error("the body is not as long as its `Content-Range` says")]
    LengthDiffers,
    #[error("too many uploads are open: finish or cancel some, or try again later")]
    TooManyUploads,
    #[error(transparent)]
    TooManySignIns(Unchecked),
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
    #[error("the registry failed")]
    Panicked,
    #[error("{}", .0.message())]
    Away(Closed),
}

impl OciError {
    fn status_and_code(&self) -> (StatusCode, Code) {
        match self {
            Self::NoRoute | Self::Route(RouteError::NoRoute) => {
                (StatusCode::NOT_FOUND, Code::Unsupported)
            }
            Self::Route(RouteError::Encoding | RouteError::Repository(_)) => {
                (StatusCode::BAD_REQUEST, Code::NameInvalid)
            }
            Self::Route(RouteError::Digest(_))
            | Self::DigestInvalid(_)
            | Self::DigestDiffers { .. } => (StatusCode::BAD_REQUEST, Code::DigestInvalid),
            Self::Route(RouteError::Upload) | Self::UploadUnknown => {
                (StatusCode::NOT_FOUND, Code::BlobUploadUnknown)
            }
            Self::Method { .. } | Self::BlobNeeded { .. } | Self::TagOfChart => {
                (StatusCode::METHOD_NOT_ALLOWED, Code::Unsupported)
            }
            Self::Locked => (StatusCode::METHOD_NOT_ALLOWED, Code::RegistryDisallowedOperation),
            Self::Quarantined => (StatusCode::METHOD_NOT_ALLOWED, Code::ImageQuarantined),
            Self::Unauthorized { .. } => (StatusCode::UNAUTHORIZED, Code::Unauthorized),
            Self::ManifestUnknown | Self::NotAcceptable(_) => {
                (StatusCode::NOT_FOUND, Code::ManifestUnknown)
            }
            Self::Route(RouteError::Tag(_)) | Self::ManifestInvalid(_) => {
                (StatusCode::BAD_REQUEST, Code::ManifestInvalid)
            }
            Self::ManifestTooLarge => (StatusCode::PAYLOAD_TOO_LARGE, Code::SizeInvalid),
            Self::ManifestBlobUnknown(_) => (StatusCode::BAD_REQUEST, Code::ManifestBlobUnknown),
            Self::SizeDiffers { .. } | Self::LengthDiffers => {
                (StatusCode::BAD_REQUEST, Code::SizeInvalid)
            }
            Self::BlobUnknown => (StatusCode::NOT_FOUND, Code::BlobUnknown),
            Self::RangeNotSatisfiable { .. } => {
                (StatusCode::RANGE_NOT_SATISFIABLE, Code::SizeInvalid)
            }
            Self::NameUnknown | Self::RegistryGone | Self::Unreachable(Unreachable::Unknown(_)) => {
                (StatusCode::NOT_FOUND, Code::NameUnknown)
            }
            Self::Unreachable(Unreachable::Denied(_)) => (StatusCode::FORBIDDEN, Code::Denied),
            Self::Page(_) => (StatusCode::BAD_REQUEST, Code::PaginationNumberInvalid),
            Self::Chunk(_) | Self::CutOff => (StatusCode::BAD_REQUEST, Code::BlobUploadInvalid),
            Self::UploadBusy => (StatusCode::CONFLICT, Code::BlobUploadInvalid),
            Self::OutOfOrder { .. } => (StatusCode::RANGE_NOT_SATISFIABLE, Code::BlobUploadInvalid),
            Self::TooManyUploads | Self::TooManySignIns(_) => {
                (StatusCode::TOO_MANY_REQUESTS, Code::TooManyRequests)
            }
            Self::Full => (StatusCode::INSUFFICIENT_STORAGE, Code::Unknown),
            Self::Unavailable(_) | Self::Away(_) => {
                (StatusCode::SERVICE_UNAVAILABLE, Code::Unknown)
            }
            Self::Internal(_) | Self::Panicked | Self::Unreachable(Unreachable::Failed(_)) => {
                (StatusCode::INTERNAL_SERVER_ERROR, Code::Unknown)
            }
        }
    }

    /// What a program could make use of.
    fn detail(&self) -> Value {
        match self {
            Self::ManifestBlobUnknown(reference) | Self::SizeDiffers { reference, .. } => {
                json!({ "digest": reference.digest.as_str() })
            }
            Self::DigestDiffers { actual } => json!({ "actual": actual.as_str() }),
            // As ACR has it.
            Self::Locked | Self::Quarantined => json!({}),
            Self::BlobNeeded { by } => json!({ "manifest": by.as_str() }),
            Self::OutOfOrder { offset, .. } => json!({ "offset": offset }),
            _ => Value::Null,
        }
    }

    /// The answer to a request: a bad tag can only be looked for in vain, and who is unknown is told how to sign in.
    pub(super) fn into_response_to(self, parts: &Parts) -> Response {
        match self {
            Self::Route(RouteError::Tag(_)) if parts.method != Method::PUT => {
                Self::ManifestUnknown.into_response()
            }
            Self::Unauthorized { wanted } => caller::challenge(parts, wanted.as_slice()),
            error => error.into_response(),
        }
    }

    fn log(&self) {
        if let Self::Unavailable(error) | Self::Internal(error) = self {
            tracing::error!(error = error as &dyn std::error::Error, "a request failed");
        }
    }
}

content_error!(OciError);

impl From<Uncollected> for OciError {
    fn from(uncollected: Uncollected) -> Self {
        match uncollected {
            Uncollected::TooLarge => Self::ManifestTooLarge,
            Uncollected::CutOff => Self::CutOff,
        }
    }
}

impl OciError {
    /// An upload's refusal; `location` is the upload's path.
    pub(super) fn upload(refusal: &Refusal, location: String) -> Self {
        match *refusal {
            Refusal::Unknown => Self::UploadUnknown,
            Refusal::Busy => Self::UploadBusy,
            Refusal::OutOfOrder { offset } => Self::OutOfOrder { location, offset },
            Refusal::LengthDiffers => Self::LengthDiffers,
            Refusal::CutOff => Self::CutOff,
            Refusal::TooMany => Self::TooManyUploads,
            Refusal::Locked(locked) => locked.into(),
        }
    }
}

impl IntoResponse for OciError {
    fn into_response(self) -> Response {
        self.log();
        let (status, code) = self.status_and_code();
        let body = match &self {
            Self::Unauthorized { wanted } => challenge::body(wanted.as_slice()),
            error => body(code, &error.to_string(), &error.detail()),
        };
        let mut response =
            (status, [(header::CONTENT_TYPE, "application/json; charset=utf-8")], body)
                .into_response();
        let mut set = |name, value: &str| {
            if let Ok(value) = HeaderValue::from_str(value) {
                response.headers_mut().insert(name, value);
            }
        };
        match &self {
            Self::Method { allowed } => set(header::ALLOW, allowed),
            Self::Unavailable(_) | Self::Away(_) | Self::TooManyUploads => {
                set(header::RETRY_AFTER, "1");
            }
            Self::TooManySignIns(unchecked) => {
                set(header::RETRY_AFTER, &unchecked.retry_after_seconds().to_string());
            }
            Self::RangeNotSatisfiable { size } => {
                set(header::CONTENT_RANGE, &boathook_wire::oci::range::unsatisfied_range(*size));
            }
            Self::OutOfOrder { location, offset } => {
                set(header::LOCATION, location);
                set(header::RANGE, &received_range(*offset));
            }
            _ => (),
        }
        response
    }
}
