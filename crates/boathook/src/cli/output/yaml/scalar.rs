//! Text in YAML: without quotes where that is safe, else in single quotes, else in double quotes.

use super::Writer;
use super::plain;
use crate::cli::output::colour;

/// Columns after which text is folded at its next blank.
const WIDTH_COLUMNS: usize = 80;

/// How a value was written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Style {
    Plain,
    Single,
    Double,
    /// An empty list or object.
    Flow,
}

/// Writes the name of a member, which is never folded.
pub(super) fn write_key(writer: &mut Writer, name: &str) {
    match style(name) {
        Style::Double => write_double(writer, name, None),
        Style::Single if name.contains(is_break) => write_double(writer, name, None),
        Style::Single => write_single(writer, name, None),
        Style::Plain | Style::Flow => writer.push_as(colour::NAME, name),
    }
}

/// Writes a text; its further lines begin after `indent` blanks.
pub(super) fn write(writer: &mut Writer, text: &str, indent: usize) -> Style {
    let style = style(text);
    match style {
        Style::Plain | Style::Flow => write_plain(writer, text, indent),
        Style::Single => write_single(writer, text, Some(indent)),
        Style::Double => write_double(writer, text, Some(indent)),
    }
    style
}

fn is_break(c: char) -> bool {
    matches!(c, '\n' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

fn is_space(c: char) -> bool {
    matches!(c, '\0' | ' ' | '\t' | '\r') || is_break(c)
}

/// Says whether the character stands for itself outside double quotes.
fn is_printable(c: char) -> bool {
    matches!(c, '\n' | ' '..='~' | '\u{85}' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..='\u{10fffe}')
        && c != '\u{feff}'
}

fn style(text: &str) -> Style {
    let chars: Vec<char> = text.chars().collect();
    let (Some(&first), Some(&last)) = (chars.first(), chars.last()) else { return Style::Single };
    let around_break = |a: char, b: char| (a == ' ' && is_break(b)) || (is_break(a) && b == ' ');
    if chars.iter().any(|&c| !is_printable(c))
        || chars.windows(2).any(|pair| around_break(pair[0], pair[1]))
    {
        return Style::Double;
    }
    let at_the_edge = |c: char| c == ' ' || is_break(c);
    let is_plain = !at_the_edge(first)
        && !at_the_edge(last)
        && !text.contains(is_break)
        && !has_indicator(&chars)
        && !plain::is_mistakable(text);
    if is_plain { Style::Plain } else { Style::Single }
}

/// Says whether the text holds what YAML would read as its own punctuation.
fn has_indicator(chars: &[char]) -> bool {
    if matches!(chars, ['-', '-', '-', ..] | ['.', '.', '.', ..]) {
        return true;
    }
    chars.iter().enumerate().any(|(index, &c)| {
        let before_space = chars.get(index + 1).is_none_or(|&next| is_space(next));
        let after_space = index == 0 || is_space(chars[index - 1]);
        match c {
            '?' | '-' => index == 0 && before_space,
            ':' => before_space,
            '#' => after_space,
            ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%' | '@'
            | '`' => index == 0,
            _ => false,
        }
    })
}

fn write_plain(writer: &mut Writer, text: &str, indent: usize) {
    for run in runs(text) {
        if run == " " && writer.column > WIDTH_COLUMNS {
            writer.line_break(indent);
        } else {
            writer.push(run);
        }
    }
}

fn write_single(writer: &mut Writer, text: &str, indent: Option<usize>) {
    writer.push_as(colour::TEXT, "'");
    let mut at = 0;
    for run in runs(text) {
        let is_inside = at > 0 && at + run.len() < text.len();
        at += run.len();
        match indent {
            Some(indent) if run == " " && is_inside && writer.column > WIDTH_COLUMNS => {
                writer.line_break(indent);
            }
            Some(indent) if run.starts_with(is_break) => {
                // One break is folded away by the reader, so the first is written twice.
                if run.starts_with('\n') {
                    writer.out.push('\n');
                }
                for c in run.chars() {
                    writer.out.push(c);
                }
                writer.out.push_str(&" ".repeat(indent));
                writer.column = indent;
            }
            _ => {
                for (part, word) in run.split('\'').enumerate() {
                    if part > 0 {
                        writer.push_as(colour::TEXT, "''");
                    }
                    if !word.is_empty() {
                        writer.push_quoted(word);
                    }
                }
            }
        }
    }
    writer.push_as(colour::TEXT, "'");
}

/// Splits a text into runs of blanks, runs of line breaks, and words.
pub(super) fn runs(text: &str) -> impl Iterator<Item = &str> {
    let kind = |c: char| {
        if c == ' ' {
            0
        } else if is_break(c) {
            1
        } else {
            2
        }
    };
    let mut rest = text;
    std::iter::from_fn(move || {
        let first = kind(rest.chars().next()?);
        let end = rest.find(|c| kind(c) != first).unwrap_or(rest.len());
        let (run, after) = rest.split_at(end);
        rest = after;
        Some(run)
    })
}

fn write_double(writer: &mut Writer, text: &str, indent: Option<usize>) {
    writer.push_as(colour::TEXT, "\"");
    let chars: Vec<char> = text.chars().collect();
    let mut written = 0;
    for (index, &c) in chars.iter().enumerate() {
        if let Some(escape) = escape(c) {
            push_chars(writer, &chars[written..index]);
            writer.push_as(colour::TEXT, &escape);
            written = index + 1;
        }
        let Some(indent) = indent else { continue };
        let is_inside = index > 0 && index + 1 < chars.len();
        let may_fold = is_inside && (c == ' ' || written >= index);
        if may_fold && writer.column + index > WIDTH_COLUMNS + written {
            if written < index {
                push_chars(writer, &chars[written..index]);
                written = index;
            }
            writer.push_as(colour::TEXT, "\\");
            writer.line_break(indent);
            // A blank that begins a line is lost unless it is escaped.
            if chars[written] == ' ' {
                writer.push_as(colour::TEXT, "\\");
            }
        }
    }
    push_chars(writer, &chars[written..]);
    writer.push_as(colour::TEXT, "\"");
}

fn push_chars(writer: &mut Writer, chars: &[char]) {
    writer.push_quoted(&chars.iter().collect::<String>());
}

fn escape(c: char) -> Option<String> {
    let letter = match c {
        '\0' => '0',
        '\u{7}' => 'a',
        '\u{8}' => 'b',
        '\t' => 't',
        '\n' => 'n',
        '\u{b}' => 'v',
        '\u{c}' => 'f',
        '\r' => 'r',
        '\u{1b}' => 'e',
        '"' => '"',
        '\\' => '\\',
        '\u{85}' => 'N',
        '\u{2028}' => 'L',
        '\u{2029}' => 'P',
        ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fefe}' | '\u{ff00}'..='\u{fffd}' => {
            return None;
        }
        c => {
            let code = u32::from(c);
            return Some(match code {
                0..=0xff => format!("\\x{code:02X}"),
                0x100..=0xffff => format!("\\u{code:04X}"),
                _ => format!("\\U{code:08X}"),
            });
        }
    };
    Some(format!("\\{letter}"))
}
