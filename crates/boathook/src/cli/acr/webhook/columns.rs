//! What tables show of webhooks and their events.

use crate::cli::acr::timestamp;
use crate::cli::output::python;
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

/// Picks the column of a ping.
pub(super) fn ping(value: &Value) -> Value {
    // Under another name than `id`, which tables leave out.
    each(value, |ping| Value::object([("ID", text(ping, &["id"]))]))
}

/// Picks the columns of events.
pub(super) fn events(value: &Value) -> Value {
    each(value, |event| {
        let content = event.at(&["eventRequestMessage", "content"]);
        let target = content.member("target");
        let response = event.member("eventResponseMessage");
        let timestamp = python::str(&text(content, &["timestamp"]));
        Value::object([
            ("ID", text(event, &["id"])),
            ("ACTION", text(content, &["action"])),
            ("IMAGE", joined(target.member("repository"), ":", target.member("tag"))),
            (
                "HTTP STATUS",
                joined(response.member("statusCode"), " ", response.member("reasonPhrase")),
            ),
            ("TIMESTAMP", timestamp::to_the_second(&timestamp).into()),
        ])
    })
}

fn each(value: &Value, columns: fn(&Value) -> Value) -> Value {
    match value {
        Value::Array(items) => Value::Array(items.iter().map(columns).collect()),
        single => Value::Array(vec![columns(single)]),
    }
}

/// Returns a value as text, and a blank for what is absent or empty.
fn text(value: &Value, path: &[&str]) -> Value {
    let value = value.at(path);
    if value.is_empty() { " ".into() } else { python::str(value).into() }
}

/// Joins two texts where both are there; shows the one that is where only one is.
fn joined(first: &Value, between: &str, second: &Value) -> Value {
    let parts: Vec<&str> = [first, second]
        .into_iter()
        .filter_map(Value::as_str)
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .collect();
    if parts.is_empty() { " ".into() } else { parts.join(between).into() }
}
