//! Which tags of which repositories are meant: `repository:tag`, each a regular expression.
//!
//! The expression for the repository has to match its whole name, the one for the tag a part of it, as `acr-cli` has it.
//! Its expressions may look around (`^(?!latest$)`), so these may; what that costs has a limit.

use std::fmt;
use std::str::FromStr;

use fancy_regex::{Regex, RegexBuilder};

use crate::cli::failure::Failure;

/// How long a filter may be, in bytes.
const FILTER_BYTES_MAX: usize = 1_000;
/// How large an expression may become when it is prepared, in bytes.
const REGEX_BYTES_MAX: usize = 1024 * 1024;
/// How often an expression that looks around may turn back in one name.
const BACKTRACKS_MAX: usize = 100_000;

/// Tags of repositories.
#[derive(Clone, Debug)]
pub(super) struct Filter {
    text: String,
    repositories: Repositories,
    tag: Regex,
}

#[derive(Clone, Debug)]
enum Repositories {
    Named(String),
    Matching(Regex),
}

/// Why a text is no filter.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub(super) enum InvalidFilter {
    #[error(
        "it is an expression for the repository and one for the tag with one `:` between them, such as `hello-world:^v1`, \
         or `.*:.*` for everything"
    )]
    Parts,
    #[error("it is longer than {FILTER_BYTES_MAX} bytes: give --filter several times")]
    TooLong,
    #[error("`{expression}` is no regular expression, or one too large: {why}")]
    Expression { expression: String, why: String },
}

impl FromStr for Filter {
    type Err = InvalidFilter;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if FILTER_BYTES_MAX < text.len() {
            return Err(InvalidFilter::TooLong);
        }
        let (repository, tag) = split(text).ok_or(InvalidFilter::Parts)?;
        let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '-' | '_');
        let repositories = if repository.chars().all(is_name) {
            Repositories::Named(repository.to_owned())
        } else {
            prepare(repository)?;
            Repositories::Matching(prepare(&format!("^(?:{repository})$"))?)
        };
        Ok(Self { text: text.to_owned(), repositories, tag: prepare(tag)? })
    }
}

impl Filter {
    /// The one repository that it names, if it is no expression.
    pub(super) fn repository(&self) -> Option<&str> {
        match &self.repositories {
            Repositories::Named(name) => Some(name),
            Repositories::Matching(_) => None,
        }
    }

    /// Says whether tags of a repository are meant.
    pub(super) fn has_repository(&self, name: &str) -> Result<bool, Failure> {
        match &self.repositories {
            Repositories::Named(named) => Ok(named == name),
            Repositories::Matching(regex) => self.matches(regex, name),
        }
    }

    /// Says whether a tag is meant.
    pub(super) fn has_tag(&self, name: &str) -> Result<bool, Failure> {
        self.matches(&self.tag, name)
    }

    fn matches(&self, regex: &Regex, name: &str) -> Result<bool, Failure> {
        regex.is_match(name).map_err(|_| {
            Failure::Argument(format!(
                "the filter `{self}` takes too long on `{name}`: write it without repetitions inside repetitions"
            ))
        })
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn prepare(expression: &str) -> Result<Regex, InvalidFilter> {
    let mut builder = RegexBuilder::new(expression);
    builder.delegate_size_limit(REGEX_BYTES_MAX).backtrack_limit(BACKTRACKS_MAX);
    builder.build().map_err(|error| InvalidFilter::Expression {
        expression: expression.to_owned(),
        why: error.to_string(),
    })
}

/// Splits at the one colon that is part of no group (`(?i:`) and no class (`[[:alpha:]]`); neither half is empty.
fn split(text: &str) -> Option<(&str, &str)> {
    let mut colons = Vec::new();
    let (mut class_depth, mut is_escaped, mut is_flags) = (0_usize, false, false);
    let mut before = ' ';
    for (idx, c) in text.char_indices() {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            '[' => class_depth += 1,
            ']' => class_depth = class_depth.saturating_sub(1),
            '?' if before == '(' => is_flags = true,
            ':' if is_flags => is_flags = false,
            ':' if class_depth == 0 => colons.push(idx),
            'a'..='z' | 'A'..='Z' | '-' | '^' => {}
            _ => is_flags = false,
        }
        before = c;
    }
    let [colon] = colons[..] else { return None };
    let (repository, tag) = (&text[..colon], &text[colon + 1..]);
    (!repository.is_empty() && !tag.is_empty()).then_some((repository, tag))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, repository: &str, tag: &str, expected: (bool, bool)) {
        let filter: Filter = text.parse().unwrap();
        let found = (filter.has_repository(repository).unwrap(), filter.has_tag(tag).unwrap());
        assert_eq!(found, expected, "{text:?} on {repository}:{tag}");
    }

    #[test]
    fn repositories_match_as_a_whole_and_tags_in_part() {
        check("hello-world:^hello.*", "hello-world", "hello-1", (true, true));
        check("hello-world:^hello.*", "hello-world2", "a-hello", (false, false));
        check("hello:world", "hello", "the-world-1", (true, true));
        check("hello:^world$", "hello", "the-world", (true, false));
        check(".*:.*", "team/app", "v1", (true, true));
        check("team/.*:v", "other/team/app", "v1", (false, true));
        check("one|two:v", "twofold", "v1", (false, true));
        check("one|two:v", "two", "v1", (true, true));
        check("team/app.v1:x", "team/app-v1", "x", (true, true));
    }

    #[test]
    fn expressions_may_look_around_and_have_colons_of_their_own() {
        check("app:^(?!latest$)", "app", "latest", (true, false));
        check("app:^(?!latest$)", "app", "latest-1", (true, true));
        check("(?i:APP):(?i:V1)", "app", "v1", (true, true));
        check("app:[[:digit:]]{2}", "app", "v10", (true, true));
        check("[a:b]+:v", "a", "v", (true, true));
        check(r"app:^v\d+\.\d+$", "app", "v1.20", (true, true));
    }

    #[test]
    fn what_is_no_filter_is_refused() {
        for text in ["", ":", "app", "app:", ":v1", "a:b:c", "[a:b"] {
            assert_eq!(text.parse::<Filter>().unwrap_err(), InvalidFilter::Parts, "{text:?}");
        }
        for text in ["app:(", "app:[b", "a(:b", "app:*", r"app:\p{Nothing}", "a)(b:c"] {
            let refused = text.parse::<Filter>().unwrap_err();
            assert!(matches!(refused, InvalidFilter::Expression { .. }), "{text:?}: {refused}");
        }
        let fitting = format!("a:{}", "b".repeat(FILTER_BYTES_MAX - 2));
        assert!(fitting.parse::<Filter>().is_ok());
        let long = format!("{fitting}b");
        assert_eq!(long.parse::<Filter>().unwrap_err(), InvalidFilter::TooLong);
    }

    #[test]
    fn what_an_expression_costs_has_a_limit() {
        let refused = "app:((a{1000}){1000}){1000}".parse::<Filter>().unwrap_err();
        assert!(matches!(refused, InvalidFilter::Expression { .. }), "{refused}");
        let filter: Filter = r"app:^(?=(a+)+$)(a|a)*\1!$".parse().unwrap();
        let refused = filter.has_tag(&"a".repeat(128)).unwrap_err().to_string();
        assert!(refused.contains("takes too long"), "{refused}");
    }
}
