//! `DELETE …/registries/{registry}`: it is gone with the answer; the operation works off what it held.

use crate::arm::admit::{Ask, registry};
use crate::arm::error::ArmError;
use crate::arm::operations;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use boathook_engine::manage::registries;
use boathook_wire::arm::path::RegistryId;

pub(in crate::arm) async fn handle(ask: &Ask<'_>, id: &RegistryId) -> Result<Response, ArmError> {
    let Some(found) = registry(ask.ctx, id).await? else {
        return Ok(StatusCode::NO_CONTENT.into_response());
    };
    let deleted = registries::delete(ask.ctx, &found, &ask.condition, &ask.actor()).await?;
    match deleted.map_err(ArmError::Registry)? {
        Some(operation) => operations::accepted_beside(ask, &found.location, &operation),
        None => Ok(StatusCode::NO_CONTENT.into_response()),
    }
}
