//! `PUT {scope}/…/roleAssignments/{id}`: gives a role.

use super::{resource, scope};
use crate::arm::admit::Ask;
use crate::arm::error::ArmError;
use crate::arm::print;
use axum::http::StatusCode;
use axum::response::Response;
use boathook_engine::manage::roles::{self, Given};
use boathook_wire::arm::path::Scope;
use boathook_wire::arm::role::Assign;

pub(in crate::arm) async fn handle(
    ask: &Ask<'_>,
    asked: &Scope,
    id: &str,
    body: &[u8],
) -> Result<Response, ArmError> {
    let wanted = Assign::parse(body)?;
    Ok(match roles::assign(ask.ctx, &scope(asked)?, id, wanted, &ask.actor()).await?? {
        Given::Created(row) => print::json_as(StatusCode::CREATED, &resource(row)),
        Given::AsBefore(row) => print::json(&resource(row)),
    })
}
