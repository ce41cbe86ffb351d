//! What surrounds every request: an id, a guard against panics, one wide log line and the metrics.

use crate::app::{App, Phase};
use crate::facts::{Facts, RequestId, stopwatch};
use crate::oci;
use axum::body::HttpBody;
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use futures_util::FutureExt;
use std::panic::AssertUnwindSafe;

const CORRELATION_ID: HeaderName = HeaderName::from_static("x-ms-correlation-request-id");

pub(crate) async fn around(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let started = stopwatch();
    let id = app.ctx.ids.uuid();
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let agent = header_text(&request, &header::USER_AGENT);
    request.extensions_mut().insert(RequestId(id.clone()));
    let answered = AssertUnwindSafe(next.run(request)).catch_unwind().await;
    let mut response = answered.unwrap_or_else(|_| oci::broken());
    let facts = response.extensions_mut().remove::<Facts>().unwrap_or_default();
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(CORRELATION_ID, value);
    }
    response
        .headers_mut()
        .insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if app.phase() == Phase::Draining {
        // RFC 9112 §9.6: the client learns that its next request needs another connection, to another server.
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    let elapsed = started.elapsed();
    let status = response.status().as_u16();
    let route = facts.route.unwrap_or("other");
    app.requests.record(route, &method, status, elapsed);
    tracing::info!(
        request.id = id,
        http.method = %method,
        http.path = path,
        http.status = status,
        http.route = route,
        http.user_agent = agent,
        caller = facts.caller,
        repository = facts.repository,
        subject = facts.subject,
        bytes = response.body().size_hint().exact(),
        duration_us = u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX),
        "answered {method} {path} with {status}",
    );
    response
}

fn header_text(request: &Request, name: &HeaderName) -> Option<String> {
    request.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
}
