//! The part of a `$filter` that clients of the management API use: comparisons for equality, joined by `and`.

/// A member and the value that it shall have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Comparison {
    pub(super) member: String,
    pub(super) value: String,
}

/// Why a `$filter` cannot be followed: `InvalidFilterInQueryString`.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum InvalidFilter {
    /// It is not made of comparisons for equality.
    #[error("`$filter` is made of `member eq 'value'`, joined by `and`")]
    Form,
    /// It compares what cannot be compared here.
    #[error("`{member}` cannot be filtered by: there are {known}")]
    Member {
        /// The member, as it was given.
        member: String,
        /// Those that can be.
        known: &'static str,
    },
}

/// Reads a filter. Words are known in any case; a quote within a value is written twice.
pub(super) fn comparisons(text: &str) -> Result<Vec<Comparison>, InvalidFilter> {
    let mut comparisons = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let (comparison, after) = comparison(rest).ok_or(InvalidFilter::Form)?;
        comparisons.push(comparison);
        let after = after.trim_start();
        rest = match word(after) {
            None if after.is_empty() => after,
            Some((and, next)) if and.eq_ignore_ascii_case("and") && !next.is_empty() => next,
            _ => return Err(InvalidFilter::Form),
        };
    }
    Ok(comparisons)
}

/// Reads one comparison, and says what follows it.
fn comparison(text: &str) -> Option<(Comparison, &str)> {
    let (member, rest) = word(text)?;
    let (equals, rest) = word(rest)?;
    let is_name = member.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/._".contains(&byte));
    if !is_name || !equals.eq_ignore_ascii_case("eq") {
        return None;
    }
    let (value, rest) = quoted(rest)?;
    Some((Comparison { member: member.to_owned(), value }, rest))
}

/// A word that a blank ends, and what follows the blanks.
pub(super) fn word(text: &str) -> Option<(&str, &str)> {
    let (word, rest) = text.split_once(' ')?;
    (!word.is_empty()).then(|| (word, rest.trim_start()))
}

/// A text in quotes, and what follows it.
pub(super) fn quoted(text: &str) -> Option<(String, &str)> {
    let mut rest = text.strip_prefix('\'')?;
    let mut value = String::new();
    loop {
        let (before, after) = rest.split_once('\'')?;
        value.push_str(before);
        match after.strip_prefix('\'') {
            Some(next) => {
                value.push('\'');
                rest = next;
            }
            None => return Some((value, after)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(text: &str, expected: &[(&str, &str)]) {
        let expected = expected.iter().map(|&(member, value)| Comparison {
            member: member.to_owned(),
            value: value.to_owned(),
        });
        assert_eq!(comparisons(text), Ok(expected.collect()), "{text:?}");
    }

    #[test]
    fn comparisons_are_read() {
        check("", &[]);
        check(" a eq 'b' ", &[("a", "b")]);
        check("a  EQ  'b c' AND d eq ''", &[("a", "b c"), ("d", "")]);
        check("a eq 'it''s'and b eq 'and'", &[("a", "it's"), ("b", "and")]);
    }

    #[test]
    fn other_forms_are_refused() {
        for text in [
            "a",
            "a eq",
            "a eq b",
            "a eq 'b",
            "a eq 'b' and",
            "a eq 'b' and ",
            "a eq 'b' or c eq 'd'",
            "a ne 'b'",
            "a eq 'b' c eq 'd'",
            "startswith(a, 'b') eq 'c'",
            "atScope()",
        ] {
            assert_eq!(comparisons(text), Err(InvalidFilter::Form), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn every_value_can_be_asked_for(value in "\\PC{0,12}", other in "\\PC{0,12}") {
            let quote = |value: &str| value.replace('\'', "''");
            let text = format!("a eq '{}' and b eq '{}'", quote(&value), quote(&other));
            let found: Vec<_> = comparisons(&text).unwrap().into_iter().map(|found| found.value).collect();
            prop_assert_eq!(found, vec![value, other]);
        }

        #[test]
        fn reading_never_panics(text in "(a|eq|and|'|''| |\\PC)*") {
            let _ = comparisons(&text);
        }
    }
}
