//! How Python shows a value, because `az` is written in it.
//!
//! Tables and tab-separated values of `az` hold the `str` of what is in them: `None`, `True`, `['push']`.

use std::fmt::Write;

use serde_json::Number;

use crate::cli::value::Value;

/// Returns Python's `str` of a value: a string as it is, anything else as [`repr`].
pub(crate) fn str(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => repr(other),
    }
}

/// Returns Python's `repr` of a value.
pub(crate) fn repr(value: &Value) -> String {
    match value {
        Value::Null => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Number(value) => number(value),
        Value::String(text) => quoted(text),
        Value::Array(items) => {
            let items: Vec<_> = items.iter().map(repr).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(object) => {
            let members: Vec<_> = object
                .members
                .iter()
                .map(|(name, value)| format!("{}: {}", quoted(name), repr(value)))
                .collect();
            format!("{{{}}}", members.join(", "))
        }
    }
}

/// Returns Python's `repr` of a number: `1000.0`, `1e-07`, `1e+16`.
pub(crate) fn number(number: &Number) -> String {
    if !number.is_f64() {
        return number.to_string();
    }
    let float = number.as_f64().expect("because it was just found to be one");
    let scientific = format!("{float:e}");
    let (mantissa, exponent) =
        scientific.split_once('e').expect("because this format always has an exponent");
    let exponent: i32 = exponent.parse().expect("because it is a float's exponent");
    if (-4..16).contains(&exponent) || float == 0.0 {
        let plain = float.to_string();
        return if plain.contains('.') { plain } else { format!("{plain}.0") };
    }
    format!("{mantissa}e{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.abs())
}

fn quoted(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut out = String::from(quote);
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\\' => out.push_str("\\\\"),
            c if c == quote => {
                out.push('\\');
                out.push(c);
            }
            c if u32::from(c) < 0x20 || (0x7f..0xa1).contains(&u32::from(c)) => {
                write!(out, "\\x{:02x}", u32::from(c))
                    .expect("because a string takes all that is written");
            }
            c => out.push(c),
        }
    }
    out.push(quote);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(json: &str, expected: &str) {
        let value: Value = serde_json::from_str(json).unwrap();
        assert_eq!(repr(&value), expected, "{json}");
    }

    #[test]
    fn a_value_looks_as_python_shows_it() {
        check("null", "None");
        check("[true,false]", "[True, False]");
        check(r#"{"a":"it's","b":["x"]}"#, r#"{'a': "it's", 'b': ['x']}"#);
        check(r#""it's \"so\"""#, r#"'it\'s "so"'"#);
        check(r#""a\n\t\\\u0001é""#, r"'a\n\t\\\x01é'");
    }

    #[test]
    fn a_number_looks_as_python_shows_it() {
        check("12345678901234567890", "12345678901234567890");
        check("1e3", "1000.0");
        check("-0.0", "-0.0");
        check("0.0001", "0.0001");
        check("0.00001", "1e-05");
        check("1.25e-7", "1.25e-07");
        check("1e15", "1000000000000000.0");
        check("1e16", "1e+16");
        check("1.5e300", "1.5e+300");
    }
}
