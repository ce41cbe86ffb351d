//! What tables show of charts.

use crate::cli::acr::columns::{each, text};
use crate::cli::value::Value;

/// How much of a description is shown, in characters; Helm shows about as much.
const DESCRIPTION_CHARS: usize = 57;

/// Picks the columns of a list of all charts, by name.
pub(super) fn charts(value: &Value) -> Value {
    let Value::Object(charts) = value else { return versions(value) };
    let lists = charts.members.iter().map(|(_, list)| versions(list));
    let rows = lists.flat_map(|list| match list {
        Value::Array(rows) => rows,
        single => vec![single],
    });
    Value::Array(rows.collect())
}

/// Picks the columns of versions of a chart.
pub(super) fn versions(value: &Value) -> Value {
    each(value, |version| {
        let whole = text(version, &["description"]);
        let whole = whole.as_str().unwrap_or_default();
        let description = match whole.char_indices().nth(DESCRIPTION_CHARS) {
            Some((end, _)) => format!("{}...", &whole[..end]),
            None => whole.to_owned(),
        };
        Value::object([
            ("NAME", text(version, &["name"])),
            ("CHART VERSION", text(version, &["version"])),
            ("APP VERSION", text(version, &["appVersion"])),
            ("DESCRIPTION", description.as_str().into()),
        ])
    })
}
