//! `DELETE …/scopeMaps/{name}`: 200 where there was one, 204 where there was none.

use crate::arm::admit::Call;
use crate::arm::error::ArmError;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use boathook_engine::manage::scope_maps;

pub(in crate::arm) async fn handle(call: &Call<'_>, name: &str) -> Result<Response, ArmError> {
    let (registry, condition) = (&call.registry, &call.condition);
    let deleted = scope_maps::delete(call.ctx, registry, name, condition, &call.actor()).await?;
    let was_there = deleted.map_err(ArmError::ScopeMap)?;
    let status = if was_there { StatusCode::OK } else { StatusCode::NO_CONTENT };
    Ok(status.into_response())
}
