//! What surrounds every request: an id, a guard against panics, one wide log line and the metrics.

use crate::app::{App, Phase};
use crate::facts::RequestId;
use crate::oci;
use crate::tale::Tale;
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

const CORRELATION_ID: HeaderName = HeaderName::from_static("x-ms-correlation-request-id");

pub(crate) async fn around(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let id = app.ctx.ids.uuid();
    let tale = Tale::begin(Arc::clone(&app.requests), id.clone(), &request);
    let correlation = HeaderValue::from_str(&id);
    request.extensions_mut().insert(RequestId(id));
    // RFC 9112 §3.2: it would be for one registry to us, and for another to whoever has passed it on.
    let has_two_hosts = 1 < request.headers().get_all(header::HOST).iter().count();
    let answer = async {
        if has_two_hosts {
            StatusCode::BAD_REQUEST.into_response()
        } else {
            next.run(request).await
        }
    };
    let answered = AssertUnwindSafe(answer).catch_unwind().await;
    let mut response = answered.unwrap_or_else(|_| oci::broken());
    let headers = response.headers_mut();
    if let Ok(value) = correlation {
        headers.insert(CORRELATION_ID, value);
    }
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if app.phase() == Phase::Draining {
        // RFC 9112 §9.6: the client learns that its next request needs another connection, to another server.
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    tale.follow(response)
}
