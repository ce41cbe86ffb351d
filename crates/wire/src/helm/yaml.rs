//! JSON written as YAML, block by block.
//!
//! What might be read as something else than text is quoted as JSON quotes it, which YAML 1.2 §5.7 takes as it is, but for
//! characters that it wants escaped (§5.1).

use serde_json::Value;
use std::fmt::Write;

/// How long a key may be that stands before its colon (YAML 1.2 §7.4.2), in bytes: those that are longer are announced.
const KEY_BYTES_MAX: usize = 1_024;

/// Appends the members of an object, each on a line of its own that begins with `indent` blanks.
///
/// The first line has no indent, because whoever begins the list or the line has written it.
pub(super) fn members(text: &mut String, members: &serde_json::Map<String, Value>, indent: usize) {
    for (idx, (key, value)) in members.iter().enumerate() {
        if idx != 0 {
            blanks(text, indent);
        }
        let begin = text.len();
        scalar(text, key);
        if KEY_BYTES_MAX < text.len() - begin {
            text.insert_str(begin, "? ");
            text.push('\n');
            blanks(text, indent);
        }
        text.push(':');
        match value {
            Value::Array(list) if !list.is_empty() => {
                text.push('\n');
                blanks(text, indent);
                elements(text, list, indent);
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

/// The elements of a list, each on a line of its own but the first, which has no indent.
fn elements(text: &mut String, list: &[Value], indent: usize) {
    for (idx, value) in list.iter().enumerate() {
        if idx != 0 {
            blanks(text, indent);
        }
        text.push_str("- ");
        match value {
            Value::Object(object) if !object.is_empty() => members(text, object, indent + 2),
            Value::Array(list) if !list.is_empty() => elements(text, list, indent + 2),
            value => single(text, value),
        }
    }
}

/// A value on one line.
fn single(text: &mut String, value: &Value) {
    match value {
        Value::String(string) => scalar(text, string),
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
        for c in Value::from(string).to_string().chars() {
            if is_printable(c) {
                text.push(c);
            } else {
                write!(text, "\\u{:04X}", u32::from(c)).expect("because a string takes all");
            }
        }
    }
}

/// Says whether a character of text that JSON has quoted stands for itself in YAML, of either version: all others are in
/// the first plane.
fn is_printable(c: char) -> bool {
    !matches!(
        c,
        '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}'
    )
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
        let lists = json!({"a": [[1, ["x"]], [], [{"b": 2, "c": 3}]]});
        assert_eq!(print(&lists), "a:\n- - 1\n  - - x\n- []\n- - b: 2\n    c: 3\n");
    }

    #[test]
    fn what_yaml_would_not_print_is_escaped() {
        for c in
            ['\u{7f}', '\u{80}', '\u{85}', '\u{9f}', '\u{2028}', '\u{feff}', '\u{fffe}', '\u{ffff}']
        {
            assert_eq!(print(&json!({"a": c})), format!("a: \"\\u{:04X}\"\n", u32::from(c)));
        }
        for c in ['\u{a0}', 'é', '\u{fffd}', '\u{10000}', '\u{10ffff}'] {
            assert_eq!(print(&json!({"a": c})), format!("a: \"{c}\"\n"));
        }
    }

    #[test]
    fn long_keys_are_announced() {
        let (longest, longer) = ("k".repeat(KEY_BYTES_MAX), "k".repeat(KEY_BYTES_MAX + 1));
        let value = json!({"a": {&longest: [1], &longer: [1, 2], "z": {&longer: {"x": 1}}}});
        let expected = format!(
            "a:\n  {longest}:\n  - 1\n  ? {longer}\n  :\n  - 1\n  - 2\n  z:\n    ? {longer}\n    :\n      x: 1\n"
        );
        assert_eq!(print(&value), expected);
    }

    /// Text of any characters, those in front that few fonts have.
    fn any_text() -> impl Strategy<Value = String> {
        let rare = proptest::sample::select(vec![
            '\0', '\u{7f}', '\u{80}', '\u{85}', '\u{9f}', '\u{a0}', '\u{2028}', '\u{2029}',
            '\u{feff}', '\u{fffe}', '\u{ffff}',
        ]);
        let any = prop_oneof![rare, any::<char>()];
        proptest::collection::vec(any, 0..8).prop_map(String::from_iter)
    }

    fn any_key() -> impl Strategy<Value = String> {
        let long = (any_text(), 1_000_usize..1_100);
        prop_oneof![
            8 => "(y|a b|\\PC{0,4}|[a-z]{1,4})",
            2 => any_text(),
            1 => long.prop_map(|(text, len)| text + &"k".repeat(len)),
        ]
    }

    fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i32>().prop_map(Value::from),
            "(true|Yes|~|1e3|0x1|- a|a: b|#c|\\PC{0,8}|[a-z \n\t\"'\\\\]{0,8})"
                .prop_map(Value::from),
            any_text().prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 20, 4, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                proptest::collection::btree_map(any_key(), inner, 0..4)
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
