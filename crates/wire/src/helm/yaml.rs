//! JSON written as YAML, block by block.
//!
//! What might be read as something else than text is quoted as JSON quotes it, which YAML 1.2 §5.7 takes as it is.

use serde_json::Value;
use std::fmt::Write;

/// Appends the members of an object, each on a line of its own that begins with `indent` blanks.
///
/// The first line has no indent, because whoever begins the list or the line has written it.
pub(super) fn members(text: &mut String, members: &serde_json::Map<String, Value>, indent: usize) {
    for (idx, (key, value)) in members.iter().enumerate() {
        if idx != 0 {
            blanks(text, indent);
        }
        scalar(text, key);
        text.push(':');
        match value {
            Value::Array(list) if !list.is_empty() => {
                text.push('\n');
                for entry in list {
                    blanks(text, indent);
                    text.push_str("- ");
                    element(text, entry, indent + 2);
                }
            }
            Value::Object(object) if !object.is_empty() => {
                text.push('\n');
                blanks(text, indent + 2);
                self::members(text, object, indent + 2);
            }
            value => {
                text.push(' ');
                single(text, value);
            }
        }
    }
}

/// An element of a list, behind its dash.
fn element(text: &mut String, value: &Value, indent: usize) {
    match value {
        Value::Object(object) if !object.is_empty() => members(text, object, indent),
        value => single(text, value),
    }
}

/// A value on one line.
fn single(text: &mut String, value: &Value) {
    match value {
        Value::String(string) => scalar(text, string),
        // Lists in lists are rare, and JSON is YAML.
        other => write!(text, "{other}").expect("because a string takes all"),
    }
    text.push('\n');
}

fn blanks(text: &mut String, count: usize) {
    text.extend(std::iter::repeat_n(' ', count));
}

/// Text, quoted unless it is sure to be read as text.
pub(super) fn scalar(text: &mut String, string: &str) {
    if is_plain(string) {
        text.push_str(string);
    } else {
        text.push_str(&Value::from(string).to_string());
    }
}

fn is_plain(text: &str) -> bool {
    /// What YAML 1.1 reads as something else than text, in any case.
    const OTHERS: [&str; 10] = ["true", "false", "null", "yes", "no", "on", "off", "y", "n", "inf"];
    let is_in = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | ' ');
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && !text.ends_with(' ')
        && text.chars().all(is_in)
        && !OTHERS.iter().any(|other| text.eq_ignore_ascii_case(other))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn print(value: &Value) -> String {
        let mut text = String::new();
        members(&mut text, value.as_object().unwrap(), 0);
        text
    }

    #[test]
    fn blocks_are_indented() {
        let value = json!({
            "a": "plain text", "b": ["x", "1.0"], "c": {"d": {}, "e": [{"f": "no", "g": true}], "h": []},
            "i/j": "two\nlines: \"x\"", "true": null,
        });
        let expected = "a: plain text\nb:\n- x\n- \"1.0\"\nc:\n  d: {}\n  e:\n  - f: \"no\"\n    g: true\n  h: []\n\
                        i/j: \"two\\nlines: \\\"x\\\"\"\n\"true\": null\n";
        assert_eq!(print(&value), expected);
    }

    fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i32>().prop_map(Value::from),
            "(true|Yes|~|1e3|0x1|- a|a: b|#c|\\PC{0,8}|[a-z \n\t\"'\\\\]{0,8})"
                .prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 20, 4, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                proptest::collection::btree_map("(y|a b|\\PC{0,4}|[a-z]{1,4})", inner, 0..4)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(inner in any_value()) {
            let value = json!({"x": inner, "y": "z"});
            let text = print(&value);
            let read: Value = serde_saphyr::from_str(&text).map_err(|error| TestCaseError::fail(format!("{error}\n{text}")))?;
            prop_assert_eq!(read, value, "{}", text);
        }
    }
}
