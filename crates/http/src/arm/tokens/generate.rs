//! `POST …/generateCredentials`: the passwords of a token, those that are new shown this once.

use crate::arm::admit::Call;
use crate::arm::error::ArmError;
use crate::arm::print;
use axum::response::Response;
use boathook_engine::PasswordRow;
use boathook_engine::manage::tokens;
use boathook_wire::arm::credentials::{
    Generate, TokenCredentials, TokenPassword, TokenPasswordName,
};

pub(in crate::arm) async fn handle(call: &Call<'_>, body: &[u8]) -> Result<Response, ArmError> {
    let wanted = Generate::parse(body)?;
    let made = tokens::generate(call.ctx, &call.registry, wanted, &call.actor()).await?;
    let made = made.map_err(ArmError::Token)?;
    let names = [TokenPasswordName::Password1, TokenPasswordName::Password2];
    let places = names.into_iter().zip(made.token.passwords).zip(made.secrets);
    let passwords = places.filter_map(|((name, row), value)| {
        let PasswordRow { created, expires, .. } = row?;
        Some(TokenPassword { creation_time: created, expiry: expires, name, value })
    });
    Ok(print::json(&TokenCredentials {
        username: made.token.name.to_string(),
        passwords: passwords.collect(),
    }))
}
