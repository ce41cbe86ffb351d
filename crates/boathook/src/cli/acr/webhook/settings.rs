//! What may be set on a webhook, as it is typed.

use serde::Serialize;
use serde_json::{Map, Value as Json};

/// What a webhook may be told of.
#[derive(Clone, Copy, Serialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
#[value(rename_all = "snake_case")]
pub(super) enum Action {
    Push,
    Delete,
    Quarantine,
    ChartPush,
    ChartDelete,
}

/// Whether a webhook is told anything.
#[derive(Clone, Copy, Serialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(super) enum Status {
    Enabled,
    Disabled,
}

/// Reads custom headers: `key=value`, `key` for an empty value, and an empty text for none.
pub(super) fn headers(given: &[String]) -> Map<String, Json> {
    pairs(given)
}

/// Reads tags, written as headers are.
pub(super) fn tags(given: &[String]) -> Map<String, Json> {
    pairs(given)
}

fn pairs(given: &[String]) -> Map<String, Json> {
    let pair = |item: &String| {
        let (key, value) = item.split_once('=').unwrap_or((item, ""));
        (key.to_owned(), value.into())
    };
    given.iter().filter(|item| !item.is_empty()).map(pair).collect()
}
