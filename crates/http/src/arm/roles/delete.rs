//! `DELETE {scope}/…/roleAssignments/{id}`: takes a role away, and shows once more what it was.

use super::{resource, scope};
use crate::arm::admit::Ask;
use crate::arm::error::ArmError;
use crate::arm::print;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use boathook_engine::manage::roles;
use boathook_wire::arm::path::Scope;

pub(in crate::arm) async fn handle(
    ask: &Ask<'_>,
    asked: &Scope,
    id: &str,
) -> Result<Response, ArmError> {
    Ok(match roles::unassign(ask.ctx, &scope(asked)?, id, &ask.actor()).await?? {
        Some(row) => print::json(&resource(row)),
        None => StatusCode::NO_CONTENT.into_response(),
    })
}
