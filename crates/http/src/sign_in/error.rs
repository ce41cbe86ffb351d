//! How the sign-in says no. The table is `docs/status-codes.md`.

use super::token::FORM_BYTES_MAX;
use crate::body::Uncollected;
use crate::facts::RequestId;
use crate::server::Closed;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use boathook_core::time::Timestamp;
use boathook_engine::Error;
use boathook_engine::auth::Unchecked;
use boathook_wire::oauth2::error::{self, Code};
use boathook_wire::sign_in::error::Refusal as Told;

/// One variant for each kind of answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refusal {
    /// In the directory's words.
    #[error(transparent)]
    Told(#[from] Told),
    #[error(transparent)]
    TooMany(Unchecked),
    #[error("there is nothing of the sign-in at this path")]
    Path,
    #[error("this is asked for with {allowed}")]
    Method { allowed: &'static str },
    #[error("nobody signs in here by hand: ask for a token with `grant_type=client_credentials`")]
    Interactive,
    #[error("the form has at most {FORM_BYTES_MAX} bytes, and comes whole")]
    Form(Uncollected),
    #[error("the server cannot answer now")]
    Broken(#[from] Error),
}

impl Refusal {
    pub(super) fn into_response(self, now: Timestamp, id: Option<&RequestId>) -> Response {
        let id = id.map_or("", |RequestId(id)| id);
        let plain = |code| error::body(code, &self.to_string());
        let (status, body) = match &self {
            Self::Told(told) => (status_of(told), told.body(now, id)),
            Self::TooMany(_) => {
                (StatusCode::TOO_MANY_REQUESTS, Told::TooManyRequests.body(now, id))
            }
            Self::Path => (StatusCode::NOT_FOUND, plain(Code::InvalidRequest)),
            Self::Method { .. } => (StatusCode::METHOD_NOT_ALLOWED, plain(Code::InvalidRequest)),
            Self::Interactive | Self::Form(Uncollected::CutOff) => {
                (StatusCode::BAD_REQUEST, plain(Code::InvalidRequest))
            }
            Self::Form(Uncollected::TooLarge) => {
                (StatusCode::PAYLOAD_TOO_LARGE, plain(Code::InvalidRequest))
            }
            Self::Broken(error) => {
                tracing::error!(error = error as &dyn std::error::Error, "nobody can sign in");
                (StatusCode::SERVICE_UNAVAILABLE, plain(Code::TemporarilyUnavailable))
            }
        };
        let header = match &self {
            Self::TooMany(unchecked) => {
                Some((header::RETRY_AFTER, unchecked.retry_after_seconds().into()))
            }
            Self::Broken(_) => Some((header::RETRY_AFTER, HeaderValue::from_static("1"))),
            Self::Method { allowed } => Some((header::ALLOW, HeaderValue::from_static(allowed))),
            // RFC 6749 §5.2: a client that showed itself by the header is told so.
            Self::Told(_) if status == StatusCode::UNAUTHORIZED => Some((
                header::WWW_AUTHENTICATE,
                HeaderValue::from_static("Basic realm=\"sign-in\""),
            )),
            Self::Told(_) | Self::Path | Self::Interactive | Self::Form(_) => None,
        };
        let mut response = printed(status, body);
        response.headers_mut().extend(header);
        response
    }
}

/// The answer where there is nobody to answer.
pub(super) fn away(closed: Closed) -> Response {
    let body = error::body(Code::TemporarilyUnavailable, closed.message());
    let mut response = printed(StatusCode::SERVICE_UNAVAILABLE, body);
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    response
}

fn printed(status: StatusCode, body: Vec<u8>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "application/json; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (status, headers, body).into_response()
}

fn status_of(told: &Told) -> StatusCode {
    match told {
        Told::WrongSecret { .. } | Told::ExpiredSecret { .. } | Told::Disabled { .. } => {
            StatusCode::UNAUTHORIZED
        }
        Told::TooManyRequests => StatusCode::TOO_MANY_REQUESTS,
        Told::UnknownClient { .. }
        | Told::UnknownAudience { .. }
        | Told::UnknownTenant(_)
        | Told::Missing(_)
        | Told::Scope(_)
        | Told::UnsupportedGrantType(_) => StatusCode::BAD_REQUEST,
    }
}

impl From<Unchecked> for Refusal {
    fn from(unchecked: Unchecked) -> Self {
        match unchecked {
            Unchecked::Failed(error) => Self::Broken(error),
            // A provider's tokens are not shown here; what is said fits as well.
            Unchecked::Busy | Unchecked::Guessed(_) | Unchecked::NoKeys => Self::TooMany(unchecked),
        }
    }
}
