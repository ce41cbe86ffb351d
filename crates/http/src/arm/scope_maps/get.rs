//! `GET …/scopeMaps/{name}`.

use super::{resource, unknown};
use crate::arm::admit::Call;
use crate::arm::error::ArmError;
use crate::arm::print;
use axum::http::StatusCode;
use axum::response::Response;
use boathook_engine::manage::scope_maps;

pub(in crate::arm) async fn handle(call: &Call<'_>, name: &str) -> Result<Response, ArmError> {
    let found = scope_maps::get(call.ctx, &call.registry, name).await?;
    let found = found.ok_or_else(|| unknown(call, name))?;
    Ok(print::resource(StatusCode::OK, &found.row, &resource(&call.id, &found)))
}
