//! What roles and scope maps give, repository by repository or for many at once.

use super::{Permission, Reach};
use crate::name::Repository;
use std::fmt;
use std::str::FromStr;

/// Which repositories a rule speaks of (`acr-facts` §3.9): a star stands alone or after the last slash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RepositoryPattern {
    /// `*`: all that there are and will be.
    Every,
    /// `team/*`: all whose names begin with `team/`, and not `team` itself.
    Below(Repository),
    /// `team/app`: that one.
    One(Repository),
}

/// Why a text speaks of no repositories.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
#[error("it is a repository's name, or such a name with `/*` after it, or `*`")]
pub struct InvalidPattern;

impl RepositoryPattern {
    /// Says whether the rule speaks of `repository`.
    pub fn matches(&self, repository: &Repository) -> bool {
        match self {
            Self::Every => true,
            Self::Below(prefix) => repository
                .as_str()
                .strip_prefix(prefix.as_str())
                .is_some_and(|rest| rest.starts_with('/')),
            Self::One(one) => one == repository,
        }
    }
}

impl FromStr for RepositoryPattern {
    type Err = InvalidPattern;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let name = |text: &str| text.parse().map_err(|_| InvalidPattern);
        match text.strip_suffix("/*") {
            _ if text == "*" => Ok(Self::Every),
            Some(prefix) => name(prefix).map(Self::Below),
            None => name(text).map(Self::One),
        }
    }
}

impl fmt::Display for RepositoryPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Every => f.write_str("*"),
            Self::Below(prefix) => write!(f, "{prefix}/*"),
            Self::One(name) => write!(f, "{name}"),
        }
    }
}

/// Permissions on the repositories that a pattern describes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Which ones.
    pub repositories: RepositoryPattern,
    /// What may be done with them.
    pub permissions: Vec<Permission>,
}

/// All that somebody is given; what one rule gives no other takes away.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// What is given on repositories.
    pub repositories: Vec<Rule>,
    /// Whether the list of all repositories may be read.
    pub may_list: bool,
    /// Whether the list of those in which something was deleted may be.
    pub may_list_deleted: bool,
}

impl Rules {
    /// Says whether some rule gives `permission` on `repository`.
    pub fn give(&self, repository: &Repository, permission: Permission) -> bool {
        self.repositories.iter().any(|rule| {
            rule.permissions.contains(&permission) && rule.repositories.matches(repository)
        })
    }

    pub(super) fn reach(&self, permission: Permission) -> Reach {
        let mut named = Vec::new();
        for rule in &self.repositories {
            if !rule.permissions.contains(&permission) {
                continue;
            }
            match &rule.repositories {
                RepositoryPattern::Every => return Reach::Every,
                RepositoryPattern::Below(_) => {}
                RepositoryPattern::One(name) => named.push(name.clone()),
            }
        }
        Reach::These(named)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pattern;
    use proptest::prelude::*;

    #[track_caller]
    fn check(text: &str, repository: &str, expected: bool) {
        let (pattern, repository) =
            (text.parse::<RepositoryPattern>().unwrap(), repository.parse().unwrap());
        assert_eq!(pattern.matches(&repository), expected, "{text:?} on {repository}");
    }

    #[test]
    fn a_star_stands_for_all_or_for_what_is_below() {
        check("*", "app", true);
        check("*", "team/app", true);
        check("team/*", "team/app", true);
        check("team/*", "team/app/web", true);
        check("team/*", "team", false);
        check("team/*", "teams/app", false);
        check("team", "team", true);
        check("team", "team/app", false);
    }

    #[test]
    fn a_star_anywhere_else_is_refused() {
        for bad in ["", "team*", "team/*/app", "*/app", "**", "/*", "team//*", "Team/*", "team/**"]
        {
            assert_eq!(bad.parse::<RepositoryPattern>(), Err(InvalidPattern), "{bad:?}");
        }
        let (longest, too_long) = ("a".repeat(255), "a".repeat(256));
        assert!(format!("{longest}/*").parse::<RepositoryPattern>().is_ok());
        assert!(format!("{too_long}/*").parse::<RepositoryPattern>().is_err());
    }

    proptest! {
        #[test]
        fn a_pattern_means_what_its_text_says(text in "(a|b|a/b)(/\\*)?|\\*", repository in "[ab](/[ab]){0,2}") {
            let parsed: RepositoryPattern = text.parse().unwrap();
            prop_assert_eq!(parsed.matches(&repository.parse().unwrap()), pattern::matches(&text, &repository));
            prop_assert_eq!(parsed.to_string(), text);
        }
    }
}
