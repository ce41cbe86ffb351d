//! What tables show of registries.

use crate::cli::acr::columns::{date, each, text};
use crate::cli::value::Value;

/// Picks the columns of registries.
pub(super) fn registries(value: &Value) -> Value {
    each(value, |registry| {
        Value::object([
            ("NAME", text(registry, &["name"])),
            ("RESOURCE GROUP", text(registry, &["resourceGroup"])),
            ("LOCATION", text(registry, &["location"])),
            ("SKU", text(registry, &["sku", "name"])),
            ("LOGIN SERVER", text(registry, &["loginServer"])),
            ("CREATION DATE", date(registry, &["creationDate"])),
            ("ADMIN ENABLED", text(registry, &["adminUserEnabled"])),
        ])
    })
}

/// Picks the columns of what a registry uses.
pub(super) fn usages(value: &Value) -> Value {
    each(value.member("value"), |usage| {
        Value::object([
            ("NAME", text(usage, &["name"])),
            ("LIMIT", text(usage, &["limit"])),
            ("CURRENT VALUE", text(usage, &["currentValue"])),
            ("UNIT", text(usage, &["unit"])),
        ])
    })
}

/// Picks the columns of the endpoints of a registry.
pub(super) fn endpoints(value: &Value) -> Value {
    let Value::Array(endpoints) = value.member("dataEndpoints") else { return Value::Null };
    let row = |endpoint: &Value| {
        Value::object([
            ("loginServer", text(value, &["loginServer"])),
            ("region", text(endpoint, &["region"])),
            ("endpoint", text(endpoint, &["endpoint"])),
        ])
    };
    Value::Array(endpoints.iter().map(row).collect())
}
