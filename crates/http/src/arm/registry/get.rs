//! `GET …/registries/{name}`: shows a registry.

use super::resource;
use crate::arm::admit::Call;
use crate::arm::print;
use axum::response::Response;

pub(in crate::arm) fn handle(call: &Call<'_>) -> Response {
    print::json(&resource(call.ctx, &call.registry, &call.host()))
}
