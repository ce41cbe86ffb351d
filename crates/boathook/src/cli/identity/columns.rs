//! What tables show of identities, secrets, roles and the audit log.

use crate::cli::acr::columns::{date, each, text};
use crate::cli::value::Value;

/// Picks the columns of identities.
pub(super) fn identities(value: &Value) -> Value {
    each(value, |identity| {
        let count = match identity.member("passwordCredentials") {
            Value::Array(secrets) => secrets.len(),
            _ => 0,
        };
        Value::object([
            ("NAME", text(identity, &["name"])),
            ("CLIENT ID", text(identity, &["appId"])),
            ("OBJECT ID", text(identity, &["objectId"])),
            ("ENABLED", text(identity, &["accountEnabled"])),
            ("SECRETS", count.to_string().as_str().into()),
        ])
    })
}

/// Picks the columns of a secret that was just made.
pub(super) fn secrets(value: &Value) -> Value {
    each(value, |secret| {
        Value::object([
            ("NAME", text(secret, &["name"])),
            ("CLIENT ID", text(secret, &["appId"])),
            ("PASSWORD", text(secret, &["password"])),
            ("END DATE", date(secret, &["endDateTime"])),
        ])
    })
}

/// Picks the columns of roles that are given.
pub(super) fn assignments(value: &Value) -> Value {
    each(value, |assignment| {
        Value::object([
            ("PRINCIPAL", text(assignment, &["principalName"])),
            ("ROLE", text(assignment, &["roleDefinitionName"])),
            ("SCOPE", text(assignment, &["scope"])),
        ])
    })
}

/// Picks the columns of the audit log.
pub(super) fn entries(value: &Value) -> Value {
    each(value, |entry| {
        Value::object([
            ("TIMESTAMP", date(entry, &["eventTimestamp"])),
            ("CALLER", text(entry, &["caller"])),
            ("OPERATION", text(entry, &["operationName"])),
            ("RESOURCE", text(entry, &["resourceId"])),
        ])
    })
}
