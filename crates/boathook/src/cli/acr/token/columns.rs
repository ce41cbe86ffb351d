//! What tables show of tokens and their passwords.

use crate::cli::acr::columns::{date, each, text};
use crate::cli::output::python;
use crate::cli::value::{Object, Value};

/// Picks the columns of tokens.
pub(super) fn tokens(value: &Value) -> Value {
    each(value, |token| {
        let scope_map = python::str(&text(token, &["scopeMapId"]));
        let scope_map = scope_map.rsplit('/').next().unwrap_or_default();
        Value::object([
            ("NAME", text(token, &["name"])),
            ("SCOPE MAP", scope_map.into()),
            ("PASSWORD1 EXPIRY", expiry_of(token, "password1")),
            ("PASSWORD2 EXPIRY", expiry_of(token, "password2")),
            ("STATUS", capitalized(&text(token, &["status"]))),
            ("PROVISIONING STATE", text(token, &["provisioningState"])),
            ("CREATION DATE", date(token, &["creationDate"])),
        ])
    })
}

/// Picks the columns of passwords that were just made.
pub(super) fn generated(value: &Value) -> Value {
    each(value, |generated| {
        let mut columns = Object::default();
        columns.set("USERNAME".to_owned(), text(generated, &["username"]));
        for password in items(generated.member("passwords")) {
            let name = python::str(&text(password, &["name"])).to_uppercase();
            columns.set(name.clone(), text(password, &["value"]));
            columns.set(format!("{name} EXPIRY"), expiry(password));
        }
        Value::Object(columns)
    })
}

fn expiry_of(token: &Value, name: &str) -> Value {
    let passwords = items(token.at(&["credentials", "passwords"]));
    let password = passwords.iter().find(|password| {
        password.member("name").as_str().is_some_and(|it| it.eq_ignore_ascii_case(name))
    });
    password.map_or_else(|| "".into(), expiry)
}

fn expiry(password: &Value) -> Value {
    if password.member("expiry").is_empty() { "Never".into() } else { date(password, &["expiry"]) }
}

fn items(list: &Value) -> &[Value] {
    if let Value::Array(items) = list { items } else { &[] }
}

fn capitalized(text: &Value) -> Value {
    let text = python::str(text);
    let mut rest = text.chars();
    let first = rest.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}", rest.as_str().to_lowercase()).into()
}
