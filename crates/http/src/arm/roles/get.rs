//! `GET {scope}/…/roleAssignments/{id}`

use super::{resource, scope, unknown};
use crate::arm::admit::Ask;
use crate::arm::error::ArmError;
use crate::arm::print;
use axum::response::Response;
use boathook_engine::manage::roles;
use boathook_wire::arm::path::Scope;

pub(in crate::arm) async fn handle(
    ask: &Ask<'_>,
    asked: &Scope,
    id: &str,
) -> Result<Response, ArmError> {
    let scope = scope(asked)?;
    let found = roles::get(ask.ctx, &scope, id).await?.ok_or_else(|| unknown(&scope, id))?;
    Ok(print::json(&resource(found)))
}
