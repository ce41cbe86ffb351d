//! Literals in sentences: what the engine's sentences have between backticks is code on a page.

use askama::filters::{Escaper as _, Html};

/// A sentence as HTML.
pub(crate) fn html(sentence: &str) -> String {
    let parts: Vec<_> = sentence.split('`').collect();
    // A backtick without another stands for itself, as where somebody has typed it.
    let paired = (parts.len() - 1) / 2 * 2;
    let mut html = String::new();
    for (idx, part) in parts.into_iter().enumerate() {
        match idx {
            _ if idx % 2 == 0 => escape(part, &mut html),
            _ if idx < paired => {
                html.push_str("<code>");
                escape(part, &mut html);
                html.push_str("</code>");
            }
            _ => {
                html.push('`');
                escape(part, &mut html);
            }
        }
    }
    html
}

/// As templates do.
fn escape(text: &str, html: &mut String) {
    Html.write_escaped_str(html, text).expect("it is memory");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(sentence: &str, expected: &str) {
        assert_eq!(html(sentence), expected);
    }

    #[test]
    fn what_stands_between_backticks_is_code() {
        check("", "");
        check("plain", "plain");
        check("begins with `http://` or `x`", "begins with <code>http://</code> or <code>x</code>");
        check("`a` `", "<code>a</code> `");
        check("`", "`");
        check("``", "<code></code>");
    }

    #[test]
    fn markup_stays_text() {
        check("<b> & `<i>\"'`", "&#60;b&#62; &#38; <code>&#60;i&#62;&#34;&#39;</code>");
        check("a`<script>", "a`&#60;script&#62;");
    }
}
