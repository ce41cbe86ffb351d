//! `PUT …/registries/{name}`: makes a registry, or replaces what is said of the one of that name.

use super::resource;
use crate::arm::admit::Ask;
use crate::arm::error::ArmError;
use crate::arm::print;
use axum::http::StatusCode;
use axum::response::Response;
use boathook_engine::manage::registries;
use boathook_engine::manage::scope_maps::Done;
use boathook_wire::arm::path::RegistryId;
use boathook_wire::arm::registry::parameters::Create;

pub(in crate::arm) async fn handle(
    ask: &Ask<'_>,
    id: &RegistryId,
    body: &[u8],
) -> Result<Response, ArmError> {
    let create = Create::parse(body)?;
    let RegistryId { resource_group, registry, .. } = id;
    let (condition, actor) = (&ask.condition, ask.actor());
    let put = registries::create(ask.ctx, resource_group, registry, create, condition, &actor);
    let (status, row) = match put.await?.map_err(ArmError::Registry)? {
        Done::Created(row) => (StatusCode::CREATED, row),
        Done::Updated(row) => (StatusCode::OK, row),
    };
    Ok(print::resource(status, &row, &resource(ask.ctx, &row, &ask.host())))
}
