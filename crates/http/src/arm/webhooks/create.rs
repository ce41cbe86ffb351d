//! `PUT …/webhooks/{name}`: makes a webhook, or replaces one of the same name.

use super::{refused, resource};
use crate::arm::admit::Call;
use crate::arm::error::ArmError;
use crate::arm::print;
use axum::http::StatusCode;
use axum::response::Response;
use boathook_engine::manage::webhooks;
use boathook_wire::arm::webhook::parameters::Create;

pub(in crate::arm) async fn handle(
    call: &Call<'_>,
    name: &str,
    body: &[u8],
) -> Result<Response, ArmError> {
    let create = Create::parse(body)?;
    let (registry, condition) = (&call.registry, &call.condition);
    let made = webhooks::create(call.ctx, registry, name, create, condition, &call.actor()).await;
    let webhook = made?.map_err(|refusal| refused(call, name, refusal))?;
    // ACR answers 200, whether there was one before or not.
    Ok(print::resource(StatusCode::OK, &webhook, &resource(&call.id, &webhook)))
}
