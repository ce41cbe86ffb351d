//! `GET …/registries/{name}`: shows a registry.

use super::resource;
use crate::arm::admit::Call;
use crate::arm::print;
use axum::http::StatusCode;
use axum::response::Response;

pub(in crate::arm) fn handle(call: &Call<'_>) -> Response {
    let row = &call.registry;
    print::resource(StatusCode::OK, row, &resource(call.ctx, row, &call.host()))
}
