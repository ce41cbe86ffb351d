//! `POST …/Boathook.Identity/signingKeys/rotate`: gives the authority's key a successor.

use crate::arm::admit::Ask;
use crate::arm::error::ArmError;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use boathook_engine::auth;

pub(in crate::arm) async fn handle(ask: &Ask<'_>) -> Result<Response, ArmError> {
    auth::rotate(ask.ctx, &ask.actor()).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
