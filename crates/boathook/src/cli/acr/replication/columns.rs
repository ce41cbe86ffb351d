//! What tables show of replications.

use crate::cli::acr::columns::{each, text};
use crate::cli::value::Value;

/// Picks the columns of replications.
pub(super) fn replications(value: &Value) -> Value {
    each(value, |replication| {
        Value::object([
            ("NAME", text(replication, &["name"])),
            ("LOCATION", text(replication, &["location"])),
            ("PROVISIONING STATE", text(replication, &["provisioningState"])),
            ("STATUS", text(replication, &["status", "displayStatus"])),
            ("REGION ENDPOINT ENABLED", text(replication, &["regionEndpointEnabled"])),
        ])
    })
}
