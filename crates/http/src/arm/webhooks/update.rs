//! `PATCH …/webhooks/{name}`: changes what the body names.

use super::{refused, resource};
use crate::arm::admit::Call;
use crate::arm::error::ArmError;
use crate::arm::{body, print};
use axum::body::Body;
use axum::response::Response;
use boathook_engine::manage::webhooks;
use boathook_wire::arm::webhook::parameters::Update;

pub(in crate::arm) async fn handle(
    call: &Call<'_>,
    name: &str,
    body: Body,
) -> Result<Response, ArmError> {
    let update = Update::parse(&body::read(call, body).await?)?;
    let changed = webhooks::update(call.ctx, &call.registry, name, update, &call.actor()).await?;
    let webhook = changed.map_err(|refusal| refused(call, name, refusal))?;
    Ok(print::json(&resource(&call.id, &webhook)))
}
