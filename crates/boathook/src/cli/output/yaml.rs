//! YAML as `az` prints it: block style, members sorted, long text folded after eighty columns.
//!
//! `az` prints through `PyYAML`, whose quoting and folding no crate repeats, so this writes what that would.
//! Which quotes a text needs is decided in [`scalar`]; how text that could be mistaken for a number or a date is
//! told is in [`plain`].

mod plain;
mod scalar;

use crate::cli::output::{colour, python};
use crate::cli::value::Value;
use scalar::Style;

/// Returns the value as a YAML document.
pub(crate) fn print(value: &Value) -> String {
    Writer::default().document(value)
}

/// Returns the value as a YAML document for a terminal.
pub(crate) fn print_coloured(value: &Value) -> String {
    Writer { is_coloured: true, ..Writer::default() }.document(value)
}

/// Where the first entry of a collection begins.
#[derive(Clone, Copy, PartialEq)]
enum Start {
    /// On this line, after a dash.
    Here,
    /// On a new line.
    Line,
}

/// Text, and how far it has come on its line.
#[derive(Default)]
struct Writer {
    out: String,
    /// Characters on the current line.
    column: usize,
    is_coloured: bool,
}

impl Writer {
    fn document(mut self, value: &Value) -> String {
        let style = match value {
            Value::Array(items) if !items.is_empty() => {
                self.sequence(items, 0, Start::Line);
                Style::Flow
            }
            Value::Object(object) if !object.members.is_empty() => {
                self.mapping(&object.sorted(), 0, Start::Line);
                Style::Flow
            }
            leaf => self.leaf(leaf, 0),
        };
        self.line_break(0);
        if style == Style::Plain {
            // A plain text alone could go on; the end of the document says that it does not.
            self.push_as(colour::END, "...");
            self.line_break(0);
        }
        self.out
    }

    fn push(&mut self, text: &str) {
        self.out.push_str(text);
        self.column += text.chars().count();
    }

    fn push_as(&mut self, colour: &str, text: &str) {
        if self.is_coloured {
            colour::paint(&mut self.out, text, Some(colour));
            self.column += text.chars().count();
        } else {
            self.push(text);
        }
    }

    /// Pushes part of a quoted text, whose blanks have a colour of their own.
    fn push_quoted(&mut self, text: &str) {
        for run in scalar::runs(text) {
            let is_blank = run.starts_with(' ');
            self.push_as(if is_blank { colour::BLANK_IN_TEXT } else { colour::TEXT }, run);
        }
    }

    fn line_break(&mut self, indent: usize) {
        self.push_as(colour::BLANK, "\n");
        if indent > 0 {
            self.push_as(colour::BLANK, &" ".repeat(indent));
        }
        self.column = indent;
    }

    fn begin(&mut self, indent: usize, index: usize, start: Start) {
        if (index > 0 || start == Start::Line) && !self.out.is_empty() {
            self.line_break(indent);
        }
    }

    fn sequence(&mut self, items: &[Value], indent: usize, start: Start) {
        for (index, item) in items.iter().enumerate() {
            self.begin(indent, index, start);
            self.push("-");
            match item {
                Value::Array(items) if !items.is_empty() => {
                    self.push_as(colour::BLANK, " ");
                    self.sequence(items, indent + 2, Start::Here);
                }
                Value::Object(object) if !object.members.is_empty() => {
                    self.push_as(colour::BLANK, " ");
                    self.mapping(&object.sorted(), indent + 2, Start::Here);
                }
                leaf => {
                    self.push_as(colour::BLANK, " ");
                    self.leaf(leaf, indent);
                }
            }
        }
    }

    fn mapping(&mut self, members: &[(&str, &Value)], indent: usize, start: Start) {
        for (index, (name, value)) in members.iter().enumerate() {
            self.begin(indent, index, start);
            scalar::write_key(self, name);
            self.push(":");
            match value {
                // A list stands under its name without further indentation.
                Value::Array(items) if !items.is_empty() => {
                    self.sequence(items, indent, Start::Line);
                }
                Value::Object(object) if !object.members.is_empty() => {
                    self.mapping(&object.sorted(), indent + 2, Start::Line);
                }
                leaf => {
                    self.push_as(colour::BLANK, " ");
                    self.leaf(leaf, indent);
                }
            }
        }
    }

    fn leaf(&mut self, value: &Value, indent: usize) -> Style {
        match value {
            Value::Null => self.push("null"),
            Value::Bool(value) => self.push(if *value { "true" } else { "false" }),
            Value::Number(number) => self.push(&float(python::number(number))),
            Value::String(text) => return scalar::write(self, text, indent + 2),
            Value::Array(_) => {
                self.push("[]");
                return Style::Flow;
            }
            Value::Object(_) => {
                self.push("{}");
                return Style::Flow;
            }
        }
        Style::Plain
    }
}

/// Gives a number with an exponent its point, without which YAML takes it for text.
fn float(number: String) -> String {
    match number.split_once('e') {
        Some((mantissa, exponent)) if !mantissa.contains('.') => format!("{mantissa}.0e{exponent}"),
        _ => number,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Texts and what `PyYAML` 6.0.3 made of them, as JSON: `[[text, yaml of the text], …]`, written by `golden/README.md`.
    const TEXTS: &str = include_str!("../golden/yaml-texts.json");

    #[test]
    fn every_text_is_quoted_and_folded_as_pyyaml_does_it() {
        let cases: Vec<(String, String)> = serde_json::from_str(TEXTS).unwrap();
        assert!(cases.len() > 100);
        for (text, expected) in cases {
            let inside = Value::object([("v", text.as_str().into())]);
            let inside = Value::object([("k", Value::Array(vec![inside]))]);
            assert_eq!(print(&inside), expected, "{text:?}");
        }
    }
}
