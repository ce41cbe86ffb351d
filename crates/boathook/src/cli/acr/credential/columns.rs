//! What tables show of credentials.

use crate::cli::acr::columns::{each, text};
use crate::cli::value::Value;

/// Picks the columns of the admin user's credentials.
pub(super) fn credentials(value: &Value) -> Value {
    each(value, |credentials| {
        let password = |at: usize| match credentials.member("passwords") {
            Value::Array(passwords) => {
                passwords.get(at).map_or_else(|| " ".into(), |password| text(password, &["value"]))
            }
            _ => " ".into(),
        };
        Value::object([
            ("USERNAME", text(credentials, &["username"])),
            ("PASSWORD", password(0)),
            ("PASSWORD2", password(1)),
        ])
    })
}
