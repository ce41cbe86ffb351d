//! Pairs as they are typed: tags, and the headers of a webhook.

use serde_json::{Map, Value as Json};

/// Reads `key=value`, `key` for an empty value, and an empty text for none.
pub(super) fn read(given: &[String]) -> Map<String, Json> {
    let pair = |item: &String| {
        let (key, value) = item.split_once('=').unwrap_or((item, ""));
        (key.to_owned(), value.into())
    };
    given.iter().filter(|item| !item.is_empty()).map(pair).collect()
}
