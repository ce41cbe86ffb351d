//! `DELETE …/servicePrincipals/{name}`

use crate::arm::admit::Ask;
use crate::arm::error::ArmError;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use boathook_engine::manage::identities;

pub(in crate::arm) async fn handle(ask: &Ask<'_>, name: &str) -> Result<Response, ArmError> {
    let was_there = identities::delete(ask.ctx, name, &ask.actor()).await??;
    let status = if was_there { StatusCode::OK } else { StatusCode::NO_CONTENT };
    Ok(status.into_response())
}
