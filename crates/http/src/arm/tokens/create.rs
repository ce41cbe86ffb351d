//! `PUT …/tokens/{name}`: makes a token, or replaces one of the same name.

use super::{refused, resource};
use crate::arm::admit::Call;
use crate::arm::error::ArmError;
use crate::arm::print;
use axum::http::StatusCode;
use axum::response::Response;
use boathook_engine::manage::scope_maps::Done;
use boathook_engine::manage::tokens;
use boathook_wire::arm::token::parameters::Create;

pub(in crate::arm) async fn handle(
    call: &Call<'_>,
    name: &str,
    body: &[u8],
) -> Result<Response, ArmError> {
    let create = Create::parse(body)?;
    let (registry, condition) = (&call.registry, &call.condition);
    let put = tokens::create(call.ctx, registry, name, create, condition, &call.actor()).await?;
    let (status, put) = match put.map_err(|refusal| refused(call, name, refusal))? {
        Done::Created(made) => (StatusCode::CREATED, made),
        Done::Updated(changed) => (StatusCode::OK, changed),
    };
    Ok(print::resource(status, &put, &resource(&call.id, &put)))
}
