//! `POST …/listCredentials` and `…/regenerateCredential`: the admin user's passwords.

use crate::arm::admit::Call;
use crate::arm::error::ArmError;
use crate::arm::print;
use axum::response::Response;
use boathook_engine::auth::admin::{self, Refusal};
use boathook_wire::arm::credentials::{
    AdminCredentials, AdminPassword, AdminPasswordName, parse_regenerate,
};

pub(in crate::arm) async fn list(call: &Call<'_>) -> Result<Response, ArmError> {
    shown(call, admin::passwords(call.ctx, &call.registry).await?)
}

pub(in crate::arm) async fn regenerate(call: &Call<'_>, body: &[u8]) -> Result<Response, ArmError> {
    let slot = match parse_regenerate(body)? {
        AdminPasswordName::Password => 1,
        AdminPasswordName::Password2 => 2,
    };
    shown(call, admin::regenerate(call.ctx, &call.registry, slot, &call.actor()).await?)
}

fn shown(call: &Call<'_>, passwords: Result<Vec<String>, Refusal>) -> Result<Response, ArmError> {
    let names = [AdminPasswordName::Password, AdminPasswordName::Password2];
    let passwords = passwords.map_err(ArmError::Admin)?;
    Ok(print::json(&AdminCredentials {
        username: call.registry.name.to_string(),
        passwords: names
            .into_iter()
            .zip(passwords)
            .map(|(name, value)| AdminPassword { name, value })
            .collect(),
    }))
}
