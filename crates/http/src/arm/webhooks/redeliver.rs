//! `POST …/webhooks/{name}/redeliver`: sends an event again, and answers without waiting for the receiver.

use super::{event_id, unknown};
use crate::arm::admit::Call;
use crate::arm::error::ArmError;
use crate::arm::print;
use axum::response::Response;
use boathook_engine::manage::events::{self, NoSuchEvent};
use boathook_wire::arm::webhook::Redeliver;

pub(in crate::arm) async fn handle(
    call: &Call<'_>,
    name: &str,
    body: &[u8],
) -> Result<Response, ArmError> {
    let asked = Redeliver::parse(body)?;
    let event = event_id(&asked.id).ok_or(NoSuchEvent)?;
    let sent = events::redeliver(call.ctx, &call.registry, name, &event).await?;
    sent.ok_or_else(|| unknown(call, name))??;
    Ok(print::json(&asked))
}
