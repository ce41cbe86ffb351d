//! The management API.

use crate::app::App;
use axum::extract::Request;
use axum::response::Response;

pub(crate) fn is_ours(_: &str) -> bool {
    false
}

pub(crate) async fn handle(_: &App, _: Request) -> Response {
    crate::oci::nothing_here()
}
