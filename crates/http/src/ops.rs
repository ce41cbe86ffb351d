//! Health, readiness and metrics.

use crate::app::App;
use axum::extract::State;
use axum::http::{Method, StatusCode};
use std::time::Duration;

pub(crate) async fn healthz() -> &'static str {
    "ok"
}

pub(crate) async fn readyz(State(app): State<App>) -> StatusCode {
    if app.is_ready() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }
}

pub(crate) async fn metrics() -> &'static str {
    ""
}

#[derive(Default)]
pub(crate) struct RequestMetrics;

impl RequestMetrics {
    pub(crate) fn record(&self, _: &'static str, _: &Method, _: u16, _: Duration) {}
}
