//! `PATCH …/tokens/{name}`: changes what the body names.

use super::{refused, resource};
use crate::arm::admit::Call;
use crate::arm::error::ArmError;
use crate::arm::print;
use axum::http::StatusCode;
use axum::response::Response;
use boathook_engine::manage::tokens;
use boathook_wire::arm::token::parameters::Update;

pub(in crate::arm) async fn handle(
    call: &Call<'_>,
    name: &str,
    body: &[u8],
) -> Result<Response, ArmError> {
    let update = Update::parse(body)?;
    let (registry, condition) = (&call.registry, &call.condition);
    let changed =
        tokens::update(call.ctx, registry, name, update, condition, &call.actor()).await?;
    let changed = changed.map_err(|refusal| refused(call, name, refusal))?;
    Ok(print::resource(StatusCode::OK, &changed, &resource(&call.id, &changed)))
}
