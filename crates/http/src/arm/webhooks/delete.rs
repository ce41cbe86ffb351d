//! `DELETE …/webhooks/{name}`: 200 where there was one, 204 where there was none.

use crate::arm::admit::Call;
use crate::arm::error::ArmError;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use boathook_engine::manage::webhooks;

pub(in crate::arm) async fn handle(call: &Call<'_>, name: &str) -> Result<Response, ArmError> {
    let (registry, condition) = (&call.registry, &call.condition);
    let deleted = webhooks::delete(call.ctx, registry, name, condition, &call.actor()).await?;
    let status = if deleted? { StatusCode::OK } else { StatusCode::NO_CONTENT };
    Ok(status.into_response())
}
