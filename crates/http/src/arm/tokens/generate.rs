//! `POST …/generateCredentials`: new passwords of a token, shown this once.

use crate::arm::admit::Call;
use crate::arm::error::ArmError;
use crate::arm::{body, print};
use axum::body::Body;
use axum::response::Response;
use boathook_engine::manage::tokens;
use boathook_wire::arm::credentials::{Generate, TokenCredentials, TokenPassword};

pub(in crate::arm) async fn handle(call: &Call<'_>, body: Body) -> Result<Response, ArmError> {
    let wanted = Generate::parse(&body::read(call, body).await?)?;
    let made = tokens::generate(call.ctx, &call.registry, wanted, &call.actor()).await?;
    let made = made.map_err(ArmError::Token)?;
    let (creation_time, expiry) = (made.created, made.expires);
    let passwords = made.passwords.into_iter();
    let passwords =
        passwords.map(|(name, value)| TokenPassword { creation_time, expiry, name, value });
    Ok(print::json(&TokenCredentials {
        username: made.username.to_string(),
        passwords: passwords.collect(),
    }))
}
