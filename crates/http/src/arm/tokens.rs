//! Tokens: one file for each thing that can be done with them.

pub(super) mod create;
pub(super) mod delete;
pub(super) mod generate;
pub(super) mod get;
pub(super) mod list;
pub(super) mod update;

use super::admit::Call;
use super::error::ArmError;
use super::print;
use boathook_engine::manage::tokens::{PASSWORD_NAMES, Refusal};
use boathook_engine::{PasswordRow, TokenRow};
use boathook_wire::arm::path::RegistryId;
use boathook_wire::arm::token::{Credentials, Password, Properties, TYPE, Token};

/// A token as it is shown.
fn resource(id: &RegistryId, row: &TokenRow) -> Token {
    let passwords = row.passwords.iter().zip(PASSWORD_NAMES);
    let passwords = passwords.filter_map(|(row, name)| Some(password(row.as_ref()?, name)));
    Token {
        r#type: TYPE,
        id: id.token(row.name.as_str()),
        name: row.name.to_string(),
        system_data: print::system_data(&row.created, &row.updated),
        properties: Properties {
            creation_date: row.created.0,
            provisioning_state: "Succeeded",
            scope_map_id: id.scope_map(row.scope_map.as_str()),
            credentials: Credentials { passwords: passwords.collect(), ..Credentials::default() },
            is_enabled: row.is_enabled,
        },
    }
}

fn password(row: &PasswordRow, name: &'static str) -> Password {
    Password { creation_time: row.created, expiry: row.expires, name }
}

/// There is no token of that name.
fn unknown(call: &Call<'_>, name: &str) -> ArmError {
    ArmError::no_child(&call.id, "tokens", name)
}

/// The engine's refusal to do something with the token of that name.
fn refused(call: &Call<'_>, name: &str, refusal: Refusal) -> ArmError {
    match refusal {
        Refusal::NotFound => unknown(call, name),
        refusal => ArmError::Token(refusal),
    }
}
