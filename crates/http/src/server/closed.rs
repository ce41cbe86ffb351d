//! What is answered while there is nobody who could: before the start is over, and once the end has begun.
//!
//! Such an answer has no id, no log line and no metric: what makes those is not there yet, or not any more.

use crate::{arm, oauth2, oci, ops, router, sign_in};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};

/// Why there is nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Closed {
    /// The server still prepares.
    Starting,
    /// The server finishes what had begun.
    Draining,
}

/// Answers a request by its method and path alone.
pub(super) fn answer(closed: Closed, method: &Method, path: &str) -> Response {
    let path = &*router::without_needless_escapes(path);
    let mut response = match path {
        "/healthz" => ops::alive(),
        "/readyz" => ops::not_ready(closed.word()),
        "/oauth2/exchange" | "/oauth2/token" => oauth2::away(closed),
        _ if arm::is_ours(path) => arm::away(closed),
        _ if sign_in::is_ours(path) => sign_in::away(closed),
        _ if router::is_page(path) => page(closed, method),
        _ => oci::away(closed),
    };
    if closed == Closed::Draining {
        // RFC 9112 §9.6: the client learns that its next request needs another connection.
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

/// What a browser is told, which asks for a page again by itself; whoever has sent a form sends it again by reloading.
/// Pages are made by nobody yet, or not any more.
fn page(closed: Closed, method: &Method) -> Response {
    let headers = [(header::CONTENT_TYPE, "text/plain; charset=utf-8"), (header::RETRY_AFTER, "1")];
    let mut response = (StatusCode::SERVICE_UNAVAILABLE, headers, closed.message()).into_response();
    if method == Method::GET {
        response.headers_mut().insert(header::REFRESH, HeaderValue::from_static("1"));
    }
    response
}

impl Closed {
    /// The word of `/readyz`.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Draining => "draining",
        }
    }

    /// What a client reads.
    pub(crate) fn message(self) -> &'static str {
        match self {
            Self::Starting => "the server is starting: try again in a moment",
            Self::Draining => "the server is stopping: try again in a moment",
        }
    }
}
