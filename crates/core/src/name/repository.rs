//! Repository names (OCI distribution-spec 1.1, "Pulling manifests").

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// The longest repository name, in bytes.
pub const REPOSITORY_BYTES_MAX: usize = 255;

/// A repository's name, without its registry: `team/app`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Repository(Arc<str>);

/// Why a text is not a repository name.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum InvalidRepository {
    /// The text is empty or too long.
    #[error("a repository name has 1 to {REPOSITORY_BYTES_MAX} characters")]
    Length,
    /// A path component breaks the grammar.
    #[error(
        "the repository name's component {component:?} is not made of lower-case letters and digits, \
         joined by one `.`, one or two `_`, or dashes"
    )]
    Component {
        /// The component at fault.
        component: String,
    },
}

impl Repository {
    /// The name as it appears in URLs.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The repository that it is below, and its own last component: `team` and `app` of `team/app`. What has one component
    /// is below none.
    pub fn above(&self) -> Option<(Self, &str)> {
        let (above, last) = self.0.rsplit_once('/')?;
        Some((Self(above.into()), last))
    }
}

impl FromStr for Repository {
    type Err = InvalidRepository;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.is_empty() || REPOSITORY_BYTES_MAX < text.len() {
            return Err(InvalidRepository::Length);
        }
        match text.split('/').find(|component| !is_component(component)) {
            Some(component) => {
                Err(InvalidRepository::Component { component: component.to_owned() })
            }
            None => Ok(Self(text.into())),
        }
    }
}

impl fmt::Display for Repository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Repository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Repository({})", self.0)
    }
}

/// `[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*`
fn is_component(component: &str) -> bool {
    let is_word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    if !component.starts_with(is_word) || !component.ends_with(is_word) {
        return false;
    }
    component.split(is_word).filter(|separator| !separator.is_empty()).all(|separator| {
        matches!(separator, "." | "_" | "__") || separator.bytes().all(|byte| byte == b'-')
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(text: &str, expected: bool) {
        assert_eq!(text.parse::<Repository>().is_ok(), expected, "{text:?}");
    }

    #[test]
    fn what_is_above_is_a_repository_as_well() {
        let above = |text: &str| {
            let repository: Repository = text.parse().unwrap();
            repository.above().map(|(above, last)| (above.to_string(), last.to_owned()))
        };
        assert_eq!(above("a"), None);
        assert_eq!(above("a/b"), Some(("a".to_owned(), "b".to_owned())));
        assert_eq!(above("a/b/c-d"), Some(("a/b".to_owned(), "c-d".to_owned())));
    }

    #[test]
    fn grammar() {
        check("a", true);
        check("library/alpine", true);
        check("a/b/c/d/e", true);
        check("blobs/manifests/tags/list", true);
        check("a__b", true);
        check("a---b", true);
        check("a___b", false);
        check("a..b", false);
        check("a._b", false);
        check("A", false);
        check("a/", false);
        check("/a", false);
        check("a//b", false);
        check("-a", false);
        check("_catalog", false);
        check("ünï", false);
        check("", false);
        check(&"a".repeat(REPOSITORY_BYTES_MAX), true);
        check(&"a".repeat(REPOSITORY_BYTES_MAX + 1), false);
    }

    proptest! {
        #[test]
        fn display_and_parse_are_inverses(text in "[a-z0-9]{1,8}(([._-]|__)[a-z0-9]{1,8}){0,3}(/[a-z0-9]{1,8}){0,3}") {
            let repository: Repository = text.parse().unwrap();
            prop_assert_eq!(repository.to_string(), text);
        }

        #[test]
        fn parsing_never_panics(text in "\\PC*") {
            let _ = text.parse::<Repository>();
        }
    }
}
