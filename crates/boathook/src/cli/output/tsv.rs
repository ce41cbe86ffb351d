//! Tab-separated values as `az` prints them: a line an item, no header, no escapes.
//!
//! A list inside a line shows as its length and an object as nothing, so that every line has the same columns.

use crate::cli::output::python;
use crate::cli::value::{Order, Value};

/// Returns the value as lines.
pub(crate) fn print(value: &Value) -> String {
    match value {
        Value::Array(rows) => rows.iter().map(row).collect(),
        single => row(single),
    }
}

fn row(value: &Value) -> String {
    let cells: Vec<String> = match value {
        Value::Array(items) => items.iter().map(cell).collect(),
        Value::Object(object) => match object.order {
            Order::Chosen => object.members.iter().map(|(_, value)| cell(value)).collect(),
            Order::Received => object.sorted().into_iter().map(|(_, value)| cell(value)).collect(),
        },
        Value::Bool(true) => vec!["true".to_owned()],
        Value::Bool(false) => vec!["false".to_owned()],
        scalar => vec![cell(scalar)],
    };
    cells.join("\t") + "\n"
}

fn cell(value: &Value) -> String {
    match value {
        Value::Array(items) => items.len().to_string(),
        Value::Object(_) => String::new(),
        scalar => python::str(scalar),
    }
}
