//! Answers of the server in the shape in which `az` prints them.
//!
//! `az` reads an answer into its own models: `properties` are lifted to the top, a member that is absent is null,
//! what is unknown is dropped, times keep six digits, and a resource is given its `resourceGroup`. The order of the
//! members here is that of those models, because tables of queries show it. What Boathook adds beside ACR's shape
//! stands in `boathook`, and only where there is some.

use crate::cli::acr::{OWN_MEMBER, timestamp};
use crate::cli::value::{Object, Value};

/// Shapes a webhook.
pub(super) fn webhook(answer: &Value) -> Value {
    let properties = answer.member("properties");
    let mut webhook = picked(answer, &["id", "name", "type"]);
    add(&mut webhook, "systemData", shaped(answer.member("systemData"), system_data));
    extend(&mut webhook, picked(answer, &["tags", "location"]));
    extend(&mut webhook, picked(properties, &["status", "scope", "actions", "provisioningState"]));
    if let Some(group) = resource_group(answer) {
        add(&mut webhook, "resourceGroup", group.into());
    }
    add_own(&mut webhook, properties);
    webhook
}

/// Shapes an event of a webhook.
pub(super) fn event(answer: &Value) -> Value {
    let mut event = picked(answer, &["id"]);
    add(
        &mut event,
        "eventRequestMessage",
        shaped(answer.member("eventRequestMessage"), request_message),
    );
    add(
        &mut event,
        "eventResponseMessage",
        shaped(answer.member("eventResponseMessage"), response_message),
    );
    add_own(&mut event, answer);
    event
}

/// Shapes the configuration of a webhook.
pub(super) fn config(answer: &Value) -> Value {
    picked(answer, &["serviceUri", "customHeaders"])
}

/// Shapes the answer to a ping.
pub(super) fn ping(answer: &Value) -> Value {
    picked(answer, &["id"])
}

fn system_data(answer: &Value) -> Value {
    let mut data = picked(answer, &["createdBy", "createdByType"]);
    add(&mut data, "createdAt", time(answer.member("createdAt")));
    extend(&mut data, picked(answer, &["lastModifiedBy", "lastModifiedByType"]));
    add(&mut data, "lastModifiedAt", time(answer.member("lastModifiedAt")));
    data
}

fn request_message(answer: &Value) -> Value {
    let mut message = Value::object([("content", shaped(answer.member("content"), content))]);
    extend(&mut message, picked(answer, &["headers", "method", "requestUri", "version"]));
    message
}

fn response_message(answer: &Value) -> Value {
    picked(answer, &["content", "headers", "reasonPhrase", "statusCode", "version"])
}

fn content(answer: &Value) -> Value {
    const TARGET: [&str; 9] =
        ["mediaType", "size", "digest", "length", "repository", "url", "tag", "name", "version"];
    let part = |name: &str, members: &[&str]| match answer.member(name) {
        Value::Object(_) => picked(answer.member(name), members),
        _ => Value::Null,
    };
    let mut content = picked(answer, &["id"]);
    add(&mut content, "timestamp", time(answer.member("timestamp")));
    extend(&mut content, picked(answer, &["action"]));
    add(&mut content, "target", part("target", &TARGET));
    add(&mut content, "request", part("request", &["id", "addr", "host", "method", "useragent"]));
    add(&mut content, "actor", part("actor", &["name"]));
    add(&mut content, "source", part("source", &["addr", "instanceID"]));
    content
}

fn shaped(answer: &Value, shape: fn(&Value) -> Value) -> Value {
    if *answer == Value::Null { Value::Null } else { shape(answer) }
}

fn picked(answer: &Value, names: &[&str]) -> Value {
    let members =
        names.iter().map(|name| ((*name).to_owned(), answer.member(name).clone())).collect();
    Value::Object(Object { members, ..Object::default() })
}

fn add(value: &mut Value, name: &str, member: Value) {
    let Value::Object(object) = value else { unreachable!("only objects are built here") };
    object.members.push((name.to_owned(), member));
}

fn extend(value: &mut Value, more: Value) {
    let (Value::Object(object), Value::Object(more)) = (value, more) else {
        unreachable!("only objects are built here")
    };
    object.members.extend(more.members);
}

fn add_own(value: &mut Value, answer: &Value) {
    if let own @ Value::Object(_) = answer.member(OWN_MEMBER) {
        add(value, OWN_MEMBER, own.clone());
    }
}

fn time(value: &Value) -> Value {
    value.as_str().map_or(Value::Null, |text| timestamp::shown(text).into())
}

/// Returns the resource group out of a resource's id.
fn resource_group(answer: &Value) -> Option<&str> {
    let mut parts = answer.member("id").as_str()?.split('/').skip(3);
    parts.next().filter(|part| part.eq_ignore_ascii_case("resourceGroups"))?;
    parts.next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_boathook_adds_stands_beside_what_az_shows_and_only_where_there_is_some() {
        let plain = r#"{"id":"/subscriptions/s/resourceGroups/g/x","unknown":1,"properties":{"status":"enabled"}}"#;
        let shaped = webhook(&serde_json::from_str(plain).unwrap());
        assert_eq!(shaped.member("resourceGroup").as_str(), Some("g"));
        let Value::Object(object) = shaped else { panic!("an object") };
        assert!(object.get("boathook").is_none() && object.get("unknown").is_none());

        let paused = r#"{"properties":{"boathook":{"paused":"410"}}}"#;
        let shaped = webhook(&serde_json::from_str(paused).unwrap());
        assert_eq!(shaped.at(&["boathook", "paused"]).as_str(), Some("410"));
        let refused =
            r#"{"id":"e","eventResponseMessage":null,"boathook":{"error":"connection refused"}}"#;
        let shaped = event(&serde_json::from_str(refused).unwrap());
        assert_eq!(shaped.at(&["boathook", "error"]).as_str(), Some("connection refused"));
        assert_eq!(shaped.member("eventResponseMessage"), &Value::Null);
    }
}
