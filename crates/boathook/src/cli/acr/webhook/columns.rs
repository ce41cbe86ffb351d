//! What tables show of webhooks and their events.

use crate::cli::acr::columns::{date, each, joined, text};
use crate::cli::value::Value;

/// Picks the columns of webhooks.
pub(super) fn webhooks(value: &Value) -> Value {
    each(value, |webhook| {
        Value::object([
            ("NAME", text(webhook, &["name"])),
            ("LOCATION", text(webhook, &["location"])),
            ("ACTIONS", text(webhook, &["actions"])),
            ("SCOPE", text(webhook, &["scope"])),
            ("STATUS", text(webhook, &["status"])),
        ])
    })
}

/// Picks the columns of a webhook's configuration.
pub(super) fn config(value: &Value) -> Value {
    each(value, |config| {
        Value::object([
            ("SERVICE URI", text(config, &["serviceUri"])),
            ("HEADERS", text(config, &["customHeaders"])),
        ])
    })
}

/// Picks the column of an event that is sent.
pub(super) fn id(value: &Value) -> Value {
    // Under another name than `id`, which tables leave out.
    each(value, |event| Value::object([("ID", text(event, &["id"]))]))
}

/// Picks the columns of events.
pub(super) fn events(value: &Value) -> Value {
    each(value, |event| {
        let content = event.at(&["eventRequestMessage", "content"]);
        let target = content.member("target");
        let response = event.member("eventResponseMessage");
        Value::object([
            ("ID", text(event, &["id"])),
            ("ACTION", text(content, &["action"])),
            ("IMAGE", joined(target.member("repository"), ":", target.member("tag"))),
            (
                "HTTP STATUS",
                joined(response.member("statusCode"), " ", response.member("reasonPhrase")),
            ),
            ("TIMESTAMP", date(content, &["timestamp"])),
        ])
    })
}

/// Picks the columns of deliveries. Where the latest attempt was not answered, its status says what kind of failure it was.
pub(super) fn deliveries(value: &Value) -> Value {
    each(value, |delivery| {
        let latest = match delivery.member("attempts") {
            Value::Array(attempts) => attempts.first().unwrap_or(&Value::Null),
            _ => &Value::Null,
        };
        let status = match latest.member("response") {
            Value::Null => text(latest, &["error", "class"]),
            response => joined(response.member("statusCode"), " ", response.member("reasonPhrase")),
        };
        Value::object([
            ("ID", text(delivery, &["id"])),
            ("ACTION", text(delivery, &["body", "action"])),
            ("STATE", text(delivery, &["state"])),
            ("ATTEMPTS", text(delivery, &["attemptCount"])),
            ("STATUS", status),
            ("NEXT ATTEMPT", date(delivery, &["nextAttempt"])),
        ])
    })
}

/// Picks the columns of tags that a webhook would hear of.
pub(super) fn tags(value: &Value) -> Value {
    each(value, |heard| {
        Value::object([
            ("REPOSITORY", text(heard, &["repository"])),
            ("TAG", text(heard, &["tag"])),
        ])
    })
}
