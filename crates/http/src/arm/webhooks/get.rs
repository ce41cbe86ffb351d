//! `GET …/webhooks/{name}`.

use super::{resource, unknown};
use crate::arm::admit::Call;
use crate::arm::error::ArmError;
use crate::arm::print;
use axum::http::StatusCode;
use axum::response::Response;
use boathook_engine::manage::webhooks;

pub(in crate::arm) async fn handle(call: &Call<'_>, name: &str) -> Result<Response, ArmError> {
    let webhook = webhooks::get(call.ctx, &call.registry, name).await?;
    let webhook = webhook.ok_or_else(|| unknown(call, name))?;
    Ok(print::resource(StatusCode::OK, &webhook, &resource(&call.id, &webhook)))
}
