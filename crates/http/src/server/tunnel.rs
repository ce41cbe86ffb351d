//! `CONNECT`: names of this server lead to its own HTTPS, on whatever port, and no others lead anywhere.
//!
//! So a client that is told that the plain listener is its proxy finds `https://{registry}.{domain}` without DNS. What
//! it then says over TLS is read here and now: nothing goes over the network a second time.

use super::closed::Closed;
use super::visit::Visit;
use axum::body::Body;
use axum::http::uri::Scheme;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use boathook_core::host;
use boathook_wire::connect::{self, InvalidTarget};
use hyper::body::Incoming;
use hyper::upgrade::OnUpgrade;

/// The name of this machine, which needs no domain.
const LOCALHOST: &str = "localhost";

/// Why a client is led nowhere.
#[derive(Debug, thiserror::Error)]
enum Refusal {
    #[error(transparent)]
    Unreadable(#[from] InvalidTarget),
    #[error(
        "`{host}` is not a name of this server: a CONNECT leads to names under {domain}, and to localhost"
    )]
    Elsewhere { host: String, domain: String },
    #[error("there is no HTTPS here to lead to: start the server with --tls")]
    NoHttps,
    #[error("this is HTTPS already: ask the plain listener")]
    WithinHttps,
    #[error("{}", .0.message())]
    Closed(Closed),
}

/// Answers a CONNECT. With the answer comes what the connection becomes, if the client is led on.
pub(super) fn answer(
    visit: &Visit,
    scheme: &Scheme,
    request: hyper::Request<Incoming>,
) -> (Response, Option<OnUpgrade>) {
    let target = request.uri().authority().map_or("", |authority| authority.as_str());
    match judge(visit, scheme, target) {
        Ok(()) => (Response::new(Body::empty()), Some(hyper::upgrade::on(request))),
        Err(refusal) => (refusal.into_response(), None),
    }
}

fn judge(visit: &Visit, scheme: &Scheme, target: &str) -> Result<(), Refusal> {
    if let Some(closed) = visit.closed {
        return Err(Refusal::Closed(closed));
    }
    let target = connect::parse(target)?;
    if *scheme == Scheme::HTTPS {
        return Err(Refusal::WithinHttps);
    }
    let secure = visit.door.secure.as_ref().ok_or(Refusal::NoHttps)?;
    if target.host == LOCALHOST || host::is_under(&target.host, &secure.domain) {
        Ok(())
    } else {
        Err(Refusal::Elsewhere { host: target.host, domain: secure.domain.clone() })
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = match self {
            Self::Unreadable(_) => StatusCode::BAD_REQUEST,
            Self::Elsewhere { .. } => StatusCode::FORBIDDEN,
            Self::NoHttps | Self::WithinHttps => StatusCode::NOT_IMPLEMENTED,
            Self::Closed(_) => StatusCode::SERVICE_UNAVAILABLE,
        };
        let mut response = (status, format!("{self}\n")).into_response();
        if matches!(self, Self::Closed(_)) {
            // RFC 9112 §9.6: the client learns that its next request needs another connection.
            let headers = response.headers_mut();
            headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}
