//! JSON as `az` prints it: members sorted, two blanks of indentation, other scripts left as they are.

use crate::cli::output::python;
use crate::cli::value::Value;

/// Returns the value as JSON text, with a newline at its end.
pub(crate) fn print(value: &Value) -> String {
    let mut out = String::new();
    write(&mut out, value, 0);
    out.push('\n');
    out
}

fn write(out: &mut String, value: &Value, depth: usize) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Value::Number(number) => out.push_str(&python::number(number)),
        Value::String(text) => out.push_str(&quoted(text)),
        Value::Array(items) if items.is_empty() => out.push_str("[]"),
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                begin_entry(out, index, depth + 1);
                write(out, item, depth + 1);
            }
            end_entries(out, depth);
            out.push(']');
        }
        Value::Object(object) if object.members.is_empty() => out.push_str("{}"),
        Value::Object(object) => {
            out.push('{');
            for (index, (name, value)) in object.sorted().into_iter().enumerate() {
                begin_entry(out, index, depth + 1);
                out.push_str(&quoted(name));
                out.push_str(": ");
                write(out, value, depth + 1);
            }
            end_entries(out, depth);
            out.push('}');
        }
    }
}

fn begin_entry(out: &mut String, index: usize, depth: usize) {
    if index > 0 {
        out.push(',');
    }
    end_entries(out, depth);
}

fn end_entries(out: &mut String, depth: usize) {
    out.push('\n');
    out.push_str(&"  ".repeat(depth));
}

/// Returns a string between quotes, escaped.
pub(crate) fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("because a string is always JSON")
}
