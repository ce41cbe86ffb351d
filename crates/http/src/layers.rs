//! What surrounds every request: an id, a guard against panics, one wide log line and the metrics.

use crate::app::{App, Phase};
use crate::facts::RequestId;
use crate::oci;
use crate::tale::Tale;
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use futures_util::FutureExt;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

const CORRELATION_ID: HeaderName = HeaderName::from_static("x-ms-correlation-request-id");

pub(crate) async fn around(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let id = app.ctx.ids.uuid();
    let tale = Tale::begin(Arc::clone(&app.requests), id.clone(), &request);
    let correlation = HeaderValue::from_str(&id);
    request.extensions_mut().insert(RequestId(id));
    let answered = AssertUnwindSafe(next.run(request)).catch_unwind().await;
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
