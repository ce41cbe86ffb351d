//! How the columns of a table are picked while no query does it.

use crate::cli::acr::timestamp;
use crate::cli::output::python;
use crate::cli::value::{Object, Value};

/// Shows the members sorted by name: what has no columns of its own.
pub(crate) fn sorted(value: &Value) -> Value {
    match value {
        Value::Array(items) => Value::Array(items.iter().map(sorted).collect()),
        Value::Object(object) => {
            let members = object.sorted().into_iter();
            let members = members.map(|(name, value)| (name.to_owned(), value.clone()));
            Value::Object(Object { members: members.collect(), ..Object::default() })
        }
        scalar => scalar.clone(),
    }
}

/// Returns a time to the second, and a blank for what is absent.
pub(crate) fn date(value: &Value, path: &[&str]) -> Value {
    timestamp::to_the_second(&python::str(&text(value, path))).into()
}

/// Picks the columns of each item of a list, or of a single thing.
pub(crate) fn each(value: &Value, columns: fn(&Value) -> Value) -> Value {
    match value {
        Value::Array(items) => Value::Array(items.iter().map(columns).collect()),
        single => Value::Array(vec![columns(single)]),
    }
}

/// Returns a value as text, and a blank for what is absent or empty; zero and false are neither.
pub(crate) fn text(value: &Value, path: &[&str]) -> Value {
    let value = value.at(path);
    if value.is_empty() && *value != Value::Bool(false) {
        " ".into()
    } else {
        python::str(value).into()
    }
}

/// Joins two texts where both are there; shows the one that is where only one is.
pub(crate) fn joined(first: &Value, between: &str, second: &Value) -> Value {
    let parts: Vec<&str> = [first, second]
        .into_iter()
        .filter_map(Value::as_str)
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .collect();
    if parts.is_empty() { " ".into() } else { parts.join(between).into() }
}
