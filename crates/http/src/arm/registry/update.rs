//! `PATCH …/registries/{name}`: changes what the body names.

use super::resource;
use crate::arm::admit::Call;
use crate::arm::error::ArmError;
use crate::arm::print;
use axum::http::StatusCode;
use axum::response::Response;
use boathook_engine::manage::registries::{self, Refusal};
use boathook_wire::arm::registry::parameters::Update;

pub(in crate::arm) async fn handle(call: &Call<'_>, body: &[u8]) -> Result<Response, ArmError> {
    let update = Update::parse(body)?;
    let (registry, condition) = (&call.registry, &call.condition);
    let changed = registries::update(call.ctx, registry, update, condition, &call.actor()).await?;
    let row = changed.map_err(|refusal| match refusal {
        Refusal::NotFound => ArmError::not_found(&call.id, None),
        refusal => ArmError::Registry(refusal),
    })?;
    Ok(print::resource(StatusCode::OK, &row, &resource(call.ctx, &row, &call.host())))
}
