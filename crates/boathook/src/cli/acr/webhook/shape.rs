//! Webhooks and their events in the shape in which `az` prints them.

use crate::cli::acr::shape::{add, add_own, close, extend, picked, resource, shaped, time};
use crate::cli::value::Value;

/// Shapes a webhook.
pub(super) fn webhook(answer: &Value) -> Value {
    let mut webhook = resource(answer);
    extend(&mut webhook, picked(answer, &["tags", "location"]));
    let properties = ["status", "scope", "actions", "provisioningState"];
    extend(&mut webhook, picked(answer.member("properties"), &properties));
    close(&mut webhook, answer);
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

/// Shapes the answer that names an event which is sent.
pub(super) fn id(answer: &Value) -> Value {
    picked(answer, &["id"])
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
        Value::Object(_) => {
            let mut part = picked(answer.member(name), members);
            add_own(&mut part, answer.member(name));
            part
        }
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
        let told = r#"{"eventRequestMessage":{"content":{"target":{"boathook":{"tags":["v1"]}}}}}"#;
        let shaped = event(&serde_json::from_str(told).unwrap());
        let target = shaped.at(&["eventRequestMessage", "content", "target"]);
        assert!(matches!(target.member("boathook"), Value::Object(_)));
        let refused =
            r#"{"id":"e","eventResponseMessage":null,"boathook":{"error":"connection refused"}}"#;
        let shaped = event(&serde_json::from_str(refused).unwrap());
        assert_eq!(shaped.at(&["boathook", "error"]).as_str(), Some("connection refused"));
        assert_eq!(shaped.member("eventResponseMessage"), &Value::Null);
    }
}
