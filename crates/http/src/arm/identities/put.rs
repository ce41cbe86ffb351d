//! `PUT …/servicePrincipals/{name}`: makes an identity, without a secret yet, or changes the one that is there.

use super::resource;
use crate::arm::admit::Ask;
use crate::arm::error::ArmError;
use crate::arm::print;
use axum::http::StatusCode;
use axum::response::Response;
use boathook_engine::manage::identities::{self, Done};
use boathook_wire::arm::identity::Put;

pub(in crate::arm) async fn handle(
    ask: &Ask<'_>,
    name: &str,
    body: &[u8],
) -> Result<Response, ArmError> {
    let put = Put::parse(body)?;
    Ok(match identities::put(ask.ctx, name, put, &ask.actor()).await?? {
        Done::Created(made) => print::json_as(StatusCode::CREATED, &resource(made)),
        Done::Updated(found) => print::json(&resource(found)),
    })
}
