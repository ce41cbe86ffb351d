//! Which repositories and tags a webhook listens to.
//!
//! ACR's four forms keep their exact meaning: empty is everything, `foo:*` all of `foo`, `foo:bar` that tag alone, and
//! `foo` the same as `foo:latest` (`acr-facts` §2). Boathook adds `*` inside the repository or the tag, standing for any
//! run of characters, `/` included.

use crate::name::{REPOSITORY_BYTES_MAX, TAG_BYTES_MAX};
use crate::pattern;
use std::fmt;
use std::str::FromStr;

/// A webhook's scope.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Scope {
    text: String,
    /// Nothing stands for everything.
    filter: Option<Filter>,
}

/// A scope that is not empty.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Filter {
    /// The repository, perhaps with stars.
    pub repository: String,
    /// The tag, perhaps with stars; `*` alone takes untagged content too.
    pub tag: String,
}

/// Where something stands among all tags of a place: they are ordered by repository and tag, byte by byte. Neither text
/// has to be a name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The repository.
    pub repository: String,
    /// The tag.
    pub tag: String,
}

impl Position {
    /// After all tags of a repository, and before those of the next.
    pub fn after_repository(repository: &str) -> Self {
        Self { repository: repository.to_owned(), tag: LAST.to_owned() }
    }
}

/// What sorts after every character that a repository or a tag may have.
const LAST: &str = "~";

/// Why a text is no scope.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
pub enum InvalidScope {
    /// The part before the colon.
    #[error(
        "a scope's repository has 1 to {REPOSITORY_BYTES_MAX} lower-case letters, digits, `/`, `.`, `_`, `-`, or `*` \
         for any run of characters"
    )]
    Repository,
    /// The part after the colon.
    #[error(
        "a scope's tag has 1 to {TAG_BYTES_MAX} letters, digits, `.`, `_`, `-`, or `*` for any run of characters"
    )]
    Tag,
}

impl Scope {
    /// The scope as it was given.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What it is narrowed to; `None` where it is everything.
    pub fn filter(&self) -> Option<&Filter> {
        self.filter.as_ref()
    }

    /// Says whether content of `repository` that carries `tags` is in the scope.
    ///
    /// Content without tags is only in scopes that name no tag: the empty one and those that end in `:*`.
    pub fn matches(&self, repository: &str, tags: &[String]) -> bool {
        let Some(Filter { tag, .. }) = &self.filter else { return true };
        self.reaches(repository)
            && (tag == "*" || tags.iter().any(|carried| pattern::matches(tag, carried)))
    }

    /// Says whether anything of `repository` can be in the scope.
    pub fn reaches(&self, repository: &str) -> bool {
        self.filter.as_ref().is_none_or(|filter| pattern::matches(&filter.repository, repository))
    }

    /// From where to where, both included, all tags stand that are in the scope. Where it names one repository, no other's
    /// are between the two; where it names one tag of one, none is but that.
    pub fn span(&self) -> (Position, Position) {
        let everything = Filter { repository: "*".to_owned(), tag: "*".to_owned() };
        let Filter { repository, tag } = self.filter.as_ref().unwrap_or(&everything);
        let (first, last) = ends(repository);
        let (first_tag, last_tag) = ends(tag);
        (
            Position { repository: first, tag: first_tag },
            Position { repository: last, tag: last_tag },
        )
    }
}

/// From where to where all texts stand that `pattern` describes: they begin as it does up to its first star.
fn ends(pattern: &str) -> (String, String) {
    match pattern.split_once('*') {
        Some((beginning, _)) => (beginning.to_owned(), format!("{beginning}{LAST}")),
        None => (pattern.to_owned(), pattern.to_owned()),
    }
}

impl FromStr for Scope {
    type Err = InvalidScope;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.is_empty() {
            return Ok(Self { text: String::new(), filter: None });
        }
        let (repository, tag) = text.split_once(':').unwrap_or((text, "latest"));
        let is_in_repository =
            |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "/._-*".contains(c);
        if !(1..=REPOSITORY_BYTES_MAX).contains(&repository.len())
            || !repository.chars().all(is_in_repository)
        {
            return Err(InvalidScope::Repository);
        }
        let is_in_tag = |c: char| c.is_ascii_alphanumeric() || "._-*".contains(c);
        if !(1..=TAG_BYTES_MAX).contains(&tag.len()) || !tag.chars().all(is_in_tag) {
            return Err(InvalidScope::Tag);
        }
        let filter = Filter { repository: repository.to_owned(), tag: tag.to_owned() };
        Ok(Self { text: text.to_owned(), filter: Some(filter) })
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(scope: &str, repository: &str, tags: &[&str], expected: bool) {
        let scope: Scope = scope.parse().unwrap();
        let tags: Vec<_> = tags.iter().map(ToString::to_string).collect();
        assert_eq!(
            scope.matches(repository, &tags),
            expected,
            "{scope:?} on {repository}:{tags:?}"
        );
    }

    #[test]
    fn acrs_four_forms_keep_their_meaning() {
        check("", "any/thing", &["v1"], true);
        check("", "any/thing", &[], true);
        check("foo:*", "foo", &["v1"], true);
        check("foo:*", "foo", &[], true);
        check("foo:*", "foo/bar", &["v1"], false);
        check("foo:bar", "foo", &["bar"], true);
        check("foo:bar", "foo", &["bars"], false);
        check("foo:bar", "foo", &[], false);
        check("foo", "foo", &["latest"], true);
        check("foo", "foo", &["v1"], false);
        check("foo", "foo", &[], false);
    }

    #[test]
    fn a_deleted_manifest_is_heard_by_every_tag_that_it_carried() {
        check("foo:bar", "foo", &["latest", "bar"], true);
        check("foo:baz", "foo", &["latest", "bar"], false);
    }

    #[test]
    fn stars_reach_over_slashes() {
        check("team/*:*", "team/a/b", &[], true);
        check("team/*", "team/app", &["latest"], true);
        check("team/*", "team/app", &["v1"], false);
        check("*:v1.*", "any/thing", &["v1.2"], true);
        check("*:v1.*", "any/thing", &[], false);
        check("*", "app", &["latest"], true);
    }

    #[test]
    fn what_is_in_a_scope_stands_within_its_span() {
        for (scope, first, last) in [
            ("", ("", ""), ("~", "~")),
            ("foo", ("foo", "latest"), ("foo", "latest")),
            ("foo:bar", ("foo", "bar"), ("foo", "bar")),
            ("foo:*", ("foo", ""), ("foo", "~")),
            ("foo:v1.*", ("foo", "v1."), ("foo", "v1.~")),
            ("foo:*-rc*", ("foo", ""), ("foo", "~")),
            ("team/*:v1.*", ("team/", "v1."), ("team/~", "v1.~")),
            ("*/app:bar", ("", "bar"), ("~", "bar")),
        ] {
            let position = |(repository, tag): (&str, &str)| Position {
                repository: repository.to_owned(),
                tag: tag.to_owned(),
            };
            let expected = (position(first), position(last));
            assert_eq!(scope.parse::<Scope>().unwrap().span(), expected, "{scope:?}");
        }
        let after = Position::after_repository("foo");
        let of = |repository: &str, tag: &str| Position {
            repository: repository.to_owned(),
            tag: tag.to_owned(),
        };
        assert!(of("foo", "zz") < after && after < of("foo-bar", "0"));
    }

    proptest! {
        #[test]
        fn nothing_outside_of_its_span_is_in_a_scope(
            scope in "([a-c/*]{1,4}(:[a-cB*]{1,3})?)?",
            repository in "[a-c/]{1,4}",
            tag in "[a-cB]{1,3}",
        ) {
            let scope: Scope = scope.parse().unwrap();
            let (first, last) = scope.span();
            let is_in = scope.matches(&repository, std::slice::from_ref(&tag));
            prop_assert!(!is_in || scope.reaches(&repository));
            let position = Position { repository, tag };
            prop_assert!(!is_in || (first <= position && position <= last));
        }
    }

    #[test]
    fn what_could_never_match_is_refused() {
        for (text, expected) in [
            ("Foo:bar", InvalidScope::Repository),
            (":bar", InvalidScope::Repository),
            ("foo bar", InvalidScope::Repository),
            ("foo:", InvalidScope::Tag),
            ("foo:a:b", InvalidScope::Tag),
            ("foo:ä", InvalidScope::Tag),
        ] {
            assert_eq!(text.parse::<Scope>(), Err(expected), "{text:?}");
        }
        assert_eq!("a".repeat(256).parse::<Scope>(), Err(InvalidScope::Repository));
        assert_eq!(format!("a:{}", "t".repeat(129)).parse::<Scope>(), Err(InvalidScope::Tag));
    }
}
