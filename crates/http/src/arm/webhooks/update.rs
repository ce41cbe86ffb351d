//! `PATCH …/webhooks/{name}`: changes what the body names.

use super::{refused, resource};
use crate::arm::admit::Call;
use crate::arm::error::ArmError;
use crate::arm::print;
use axum::http::StatusCode;
use axum::response::Response;
use boathook_engine::manage::webhooks;
use boathook_wire::arm::webhook::parameters::Update;

pub(in crate::arm) async fn handle(
    call: &Call<'_>,
    name: &str,
    body: &[u8],
) -> Result<Response, ArmError> {
    let update = Update::parse(body)?;
    let (registry, condition, actor) = (&call.registry, &call.condition, call.actor());
    let changed = webhooks::update(call.ctx, registry, name, update, condition, &actor);
    let webhook = changed.await?.map_err(|refusal| refused(call, name, refusal))?;
    Ok(print::resource(StatusCode::OK, &webhook, &resource(&call.id, &webhook)))
}
