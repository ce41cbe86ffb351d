//! Answers of the server in the shape in which `az` prints them.
//!
//! `az` reads an answer into its own models: `properties` are lifted to the top, a member that is absent is null,
//! what is unknown is dropped, times keep six digits, and a resource is given its `resourceGroup`. The order of the
//! members here is that of those models, because tables of queries show it. What Boathook adds beside ACR's shape
//! stands in `boathook`, and only where there is some. What each kind of resource has is in its own `shape.rs`.

use crate::cli::acr::{OWN_MEMBER, timestamp};
use crate::cli::value::{Object, Value};

/// Shapes what every resource begins with.
pub(crate) fn resource(answer: &Value) -> Value {
    let mut resource = picked(answer, &["id", "name", "type"]);
    add(&mut resource, "systemData", shaped(answer.member("systemData"), system_data));
    resource
}

/// Adds what every resource ends with: its resource group, and what Boathook adds.
pub(crate) fn close(resource: &mut Value, answer: &Value) {
    if let Some(group) = resource_group(answer) {
        add(resource, "resourceGroup", group.into());
    }
    add_own(resource, answer.member("properties"));
}

/// Shapes the state of a registry or a replication.
pub(crate) fn status(answer: &Value) -> Value {
    let mut status = picked(answer, &["displayStatus", "message"]);
    add(&mut status, "timestamp", time(answer.member("timestamp")));
    status
}

/// Shapes a value that may be absent.
pub(crate) fn shaped(answer: &Value, shape: fn(&Value) -> Value) -> Value {
    if *answer == Value::Null { Value::Null } else { shape(answer) }
}

/// Picks members in this order; what is absent is null.
pub(crate) fn picked(answer: &Value, names: &[&str]) -> Value {
    let members =
        names.iter().map(|name| ((*name).to_owned(), answer.member(name).clone())).collect();
    Value::Object(Object { members, ..Object::default() })
}

/// Picks members of each item of a list.
pub(crate) fn each_picked(list: &Value, names: &[&str]) -> Value {
    match list {
        Value::Array(items) => Value::Array(items.iter().map(|item| picked(item, names)).collect()),
        other => other.clone(),
    }
}

/// Adds a member at the end.
pub(crate) fn add(value: &mut Value, name: &str, member: Value) {
    let Value::Object(object) = value else { unreachable!("only objects are built here") };
    object.members.push((name.to_owned(), member));
}

/// Adds the members of another object at the end.
pub(crate) fn extend(value: &mut Value, more: Value) {
    let (Value::Object(object), Value::Object(more)) = (value, more) else {
        unreachable!("only objects are built here")
    };
    object.members.extend(more.members);
}

/// Adds what Boathook has beside the shape of ACR, where there is some.
pub(crate) fn add_own(value: &mut Value, answer: &Value) {
    if let own @ Value::Object(_) = answer.member(OWN_MEMBER) {
        add(value, OWN_MEMBER, own.clone());
    }
}

/// Shows a time as `az` does.
pub(crate) fn time(value: &Value) -> Value {
    value.as_str().map_or(Value::Null, |text| timestamp::shown(text).into())
}

/// Returns the resource group out of a resource's id.
fn resource_group(answer: &Value) -> Option<&str> {
    let mut parts = answer.member("id").as_str()?.split('/').skip(3);
    parts.next().filter(|part| part.eq_ignore_ascii_case("resourceGroups"))?;
    parts.next()
}

fn system_data(answer: &Value) -> Value {
    let mut data = picked(answer, &["createdBy", "createdByType"]);
    add(&mut data, "createdAt", time(answer.member("createdAt")));
    extend(&mut data, picked(answer, &["lastModifiedBy", "lastModifiedByType"]));
    add(&mut data, "lastModifiedAt", time(answer.member("lastModifiedAt")));
    data
}
