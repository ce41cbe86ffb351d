//! Scope maps in the shape in which `az` prints them.

use crate::cli::acr::shape::{add, close, extend, picked, resource, time};
use crate::cli::value::Value;

/// Shapes a scope map. Whether it is the system's own is in a member that `az` hides behind the resource's type.
pub(super) fn scope_map(answer: &Value) -> Value {
    let properties = answer.member("properties");
    let mut scope_map = resource(answer);
    extend(&mut scope_map, picked(properties, &["description"]));
    add(&mut scope_map, "creationDate", time(properties.member("creationDate")));
    extend(&mut scope_map, picked(properties, &["provisioningState", "actions"]));
    close(&mut scope_map, answer);
    scope_map
}
