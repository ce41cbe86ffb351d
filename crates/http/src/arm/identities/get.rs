//! `GET …/servicePrincipals/{name}`

use super::{resource, unknown};
use crate::arm::admit::Ask;
use crate::arm::error::ArmError;
use crate::arm::print;
use axum::response::Response;
use boathook_engine::manage::identities;

pub(in crate::arm) async fn handle(ask: &Ask<'_>, name: &str) -> Result<Response, ArmError> {
    let found = identities::get(ask.ctx, name).await?.ok_or_else(|| unknown(name))?;
    Ok(print::json(&resource(found)))
}
