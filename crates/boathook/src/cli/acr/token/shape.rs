//! Tokens and their passwords in the shape in which `az` prints them.

use crate::cli::acr::shape::{add, close, extend, picked, resource, shaped, time};
use crate::cli::value::Value;

/// Shapes a token.
pub(super) fn token(answer: &Value) -> Value {
    token_with(answer, shaped(answer.at(&["properties", "credentials"]), credentials))
}

/// Shapes a token, and shows it with these credentials.
pub(super) fn token_with(answer: &Value, credentials: Value) -> Value {
    let properties = answer.member("properties");
    let mut token = resource(answer);
    add(&mut token, "creationDate", time(properties.member("creationDate")));
    extend(&mut token, picked(properties, &["provisioningState", "scopeMapId"]));
    add(&mut token, "credentials", credentials);
    extend(&mut token, picked(properties, &["status"]));
    close(&mut token, answer);
    token
}

/// Shapes passwords that were just made, which are shown this once.
pub(super) fn generated(answer: &Value) -> Value {
    let mut generated = picked(answer, &["username"]);
    add(&mut generated, "passwords", passwords(answer));
    generated
}

fn credentials(answer: &Value) -> Value {
    let mut credentials = picked(answer, &["certificates"]);
    add(&mut credentials, "passwords", passwords(answer));
    credentials
}

fn passwords(answer: &Value) -> Value {
    match answer.member("passwords") {
        Value::Array(passwords) => Value::Array(passwords.iter().map(password).collect()),
        other => other.clone(),
    }
}

fn password(answer: &Value) -> Value {
    let mut password = Value::object([
        ("creationTime", time(answer.member("creationTime"))),
        ("expiry", time(answer.member("expiry"))),
    ]);
    extend(&mut password, picked(answer, &["name", "value"]));
    password
}
