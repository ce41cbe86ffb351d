//! Replications in the shape in which `az` prints them.

use crate::cli::acr::shape::{add, close, extend, picked, resource, shaped, status};
use crate::cli::value::Value;

/// Shapes a replication.
pub(super) fn replication(answer: &Value) -> Value {
    let properties = answer.member("properties");
    let mut replication = resource(answer);
    extend(&mut replication, picked(answer, &["tags", "location"]));
    extend(&mut replication, picked(properties, &["provisioningState"]));
    add(&mut replication, "status", shaped(properties.member("status"), status));
    extend(&mut replication, picked(properties, &["regionEndpointEnabled", "zoneRedundancy"]));
    close(&mut replication, answer);
    replication
}
