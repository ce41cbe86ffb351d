//! What operators and their machines ask of a server: is it alive, should requests come here, how much of everything.
//!
//! Not here: the counts themselves. Those of use cases are `engine`'s meters; only requests are counted in this crate.

mod database;
mod process;
mod ready;
mod requests;
mod snapshot;

pub(crate) use database::DatabaseProbe;
pub(crate) use requests::{RequestEnd, RequestMetrics};

use crate::app::App;
use crate::facts::Facts;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;
use snapshot::Snapshot;

const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Answers as long as the process runs.
pub(crate) async fn healthz() -> Response {
    alive()
}

pub(crate) fn alive() -> Response {
    told("ops.healthz", StatusCode::OK, "ok")
}

/// Says whether requests should be sent here, and if not, why in one word.
pub(crate) async fn readyz(State(app): State<App>) -> Response {
    match ready::why_not(&app).await {
        None => told("ops.readyz", StatusCode::OK, "ready"),
        Some(reason) => not_ready(reason),
    }
}

pub(crate) fn not_ready(reason: &'static str) -> Response {
    told("ops.readyz", StatusCode::SERVICE_UNAVAILABLE, reason)
}

/// Prints every count in the text format that Prometheus reads (`OpenMetrics` 1.0).
pub(crate) async fn metrics(State(app): State<App>) -> Response {
    let mut registry = Registry::with_prefix("boathook");
    app.requests.register(&mut registry);
    let version = [("version", env!("CARGO_PKG_VERSION"))];
    registry.register("build", "What is running", Info::new(version));
    registry.register_collector(Box::new(Snapshot::take(&app).await));
    let mut text = String::new();
    encode(&mut text, &registry).expect("because a string takes whatever is written");
    let mut response = ([(header::CONTENT_TYPE, OPENMETRICS)], text).into_response();
    tell(&mut response, "ops.metrics");
    response
}

fn told(route: &'static str, status: StatusCode, word: &'static str) -> Response {
    let mut response = (status, [(header::CACHE_CONTROL, "no-store")], word).into_response();
    tell(&mut response, route);
    response
}

fn tell(response: &mut Response, route: &'static str) {
    response.extensions_mut().insert(Facts { route: Some(route), ..Facts::default() });
}

#[cfg(test)]
mod tests;
