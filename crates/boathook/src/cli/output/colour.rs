//! Colours for a terminal: those of `az`, token by token.
//!
//! Names are bright blue, text is yellow, other values are blue, and blanks are white.

use std::fmt::Write;

/// The name of a member.
pub(super) const NAME: &str = "94";
/// Text between quotes.
pub(super) const TEXT: &str = "33";
/// A value that is no text.
const VALUE: &str = "34";
/// Blanks and ends of lines.
pub(super) const BLANK: &str = "37";
/// Blanks between quotes, in YAML.
pub(super) const BLANK_IN_TEXT: &str = "31";
/// The end of a document, in YAML.
pub(super) const END: &str = "04m\x1b[36";
const RESET: &str = "\x1b[39;49;00m";

/// Colours JSON that [`super::json`] printed.
pub(crate) fn json(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let (end, colour) = match first {
            '"' => {
                let end = string_end(rest);
                (end, Some(if rest[end..].starts_with(':') { NAME } else { TEXT }))
            }
            ' ' | '\n' => (run_end(rest, |c| matches!(c, ' ' | '\n')), Some(BLANK)),
            '{' | '}' | '[' | ']' | ',' | ':' => (1, None),
            _ => (run_end(rest, |c| !matches!(c, ',' | '\n' | ' ')), Some(VALUE)),
        };
        let (token, after) = rest.split_at(end);
        paint(&mut out, token, colour);
        rest = after;
    }
    out
}

/// Colours each line of a token by itself, so that no colour runs over a line's end.
pub(super) fn paint(out: &mut String, token: &str, colour: Option<&str>) {
    let Some(colour) = colour else {
        out.push_str(token);
        return;
    };
    for line in token.split_inclusive('\n') {
        let text = line.trim_end_matches('\n');
        write!(out, "\x1b[{colour}m{text}{RESET}")
            .expect("because a string takes all that is written");
        out.push_str(&line[text.len()..]);
    }
}

/// Returns where the quoted text ends that the given one begins with.
fn string_end(text: &str) -> usize {
    let mut is_escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        if !is_escaped && c == '"' {
            return at + 1;
        }
        is_escaped = c == '\\' && !is_escaped;
    }
    text.len()
}

fn run_end(text: &str, belongs: impl Fn(char) -> bool) -> usize {
    text.find(|c| !belongs(c)).unwrap_or(text.len())
}
