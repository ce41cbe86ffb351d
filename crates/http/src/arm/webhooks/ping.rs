//! `POST …/webhooks/{name}/ping`: sends a ping and answers with its id, without waiting for the receiver.

use super::unknown;
use crate::arm::admit::Call;
use crate::arm::error::ArmError;
use crate::arm::print;
use axum::response::Response;
use boathook_engine::manage::events;
use boathook_wire::arm::webhook::Ping;

pub(in crate::arm) async fn handle(call: &Call<'_>, name: &str) -> Result<Response, ArmError> {
    let event = events::ping(call.ctx, &call.registry, name).await?;
    let event = event.ok_or_else(|| unknown(call, name))?;
    Ok(print::json(&Ping { id: event.to_string() }))
}
