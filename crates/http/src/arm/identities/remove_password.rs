//! `POST …/servicePrincipals/{name}/removePassword`

use crate::arm::admit::Ask;
use crate::arm::error::ArmError;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use boathook_engine::manage::identities;
use boathook_wire::arm::identity::parse_remove_password;

pub(in crate::arm) async fn handle(
    ask: &Ask<'_>,
    name: &str,
    body: &[u8],
) -> Result<Response, ArmError> {
    let key_id = parse_remove_password(body)?;
    identities::remove_secret(ask.ctx, name, &key_id, &ask.actor()).await??;
    Ok(StatusCode::NO_CONTENT.into_response())
}
