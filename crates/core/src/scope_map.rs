//! Scope maps: what the tokens of a registry may do (`acr-facts` §3.9).
//!
//! An action is `repositories/{name}/{permission}`, where the name may be `*` or end with `/*`, or
//! `gateway/{name}/{permission}`, which is kept for connected registries and gives nothing here.

use crate::grant::{InvalidPattern, Permission, RepositoryPattern, Rule, Rules};
use std::str::FromStr;

/// The most actions that a scope map has, on every SKU.
pub const ACTIONS_MAX: usize = 500;
/// The longest description, in characters.
pub const DESCRIPTION_CHARS_MAX: usize = 256;
/// The `type` of a scope map that a registry has from the start.
pub const SYSTEM_DEFINED: &str = "SystemDefined";
/// The `type` of one that somebody made.
pub const USER_DEFINED: &str = "UserDefined";

/// The words after a repository's name, and what they give.
const REPOSITORY_WORDS: [(&str, Permission); 5] = [
    ("content/read", Permission::Pull),
    ("content/write", Permission::Push),
    ("content/delete", Permission::Delete),
    ("metadata/read", Permission::MetadataRead),
    ("metadata/write", Permission::MetadataWrite),
];

/// The words after a gateway's name.
const GATEWAY_WORDS: [&str; 4] = ["config/read", "config/write", "message/read", "message/write"];

/// One action of a scope map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// A permission on repositories.
    Repositories(RepositoryPattern, Permission),
    /// Something about a connected registry, of which there are none.
    Gateway,
}

/// Why a text is no scope map's action.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
pub enum InvalidAction {
    /// The part before the first slash.
    #[error("an action begins with `repositories/` or `gateway/`")]
    Kind,
    /// The last two parts, of an action on repositories.
    #[error(
        "an action on repositories ends with `/content/read`, `/content/write`, `/content/delete`, `/metadata/read` or \
         `/metadata/write`"
    )]
    RepositoryWord,
    /// The parts between.
    #[error("an action's repository is no repository's name: {0}")]
    Repository(InvalidPattern),
    /// The last two parts, of an action on a gateway.
    #[error(
        "an action on a gateway ends with `/config/read`, `/config/write`, `/message/read` or `/message/write`"
    )]
    GatewayWord,
    /// The part between.
    #[error("an action's gateway has 1 to 50 letters and digits")]
    Gateway,
}

impl FromStr for Action {
    type Err = InvalidAction;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (kind, rest) = text.split_once('/').ok_or(InvalidAction::Kind)?;
        let before = |word: &str| rest.strip_suffix(word)?.strip_suffix('/');
        match kind {
            "repositories" => {
                let mut words = REPOSITORY_WORDS.into_iter();
                let (name, permission) = words
                    .find_map(|(word, permission)| Some((before(word)?, permission)))
                    .ok_or(InvalidAction::RepositoryWord)?;
                let repositories = name.parse().map_err(InvalidAction::Repository)?;
                Ok(Self::Repositories(repositories, permission))
            }
            "gateway" => {
                let name = GATEWAY_WORDS.into_iter().find_map(before);
                let name = name.ok_or(InvalidAction::GatewayWord)?;
                let is_name = (1..=50).contains(&name.len())
                    && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
                if is_name { Ok(Self::Gateway) } else { Err(InvalidAction::Gateway) }
            }
            _ => Err(InvalidAction::Kind),
        }
    }
}

/// Why texts are no scope map.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum InvalidScopeMap {
    /// There are too many.
    #[error("a scope map has at most {ACTIONS_MAX} actions")]
    TooMany,
    /// One of them is wrong.
    #[error("the action `{text}` is not right: {reason}")]
    Action {
        /// Which one.
        text: String,
        /// Why.
        reason: InvalidAction,
    },
    /// It says too much about itself.
    #[error("a scope map's description has at most {DESCRIPTION_CHARS_MAX} characters")]
    Description,
}

/// Checks a scope map's actions; an empty list is one that gives nothing.
pub fn check(actions: &[String], description: Option<&str>) -> Result<(), InvalidScopeMap> {
    if ACTIONS_MAX < actions.len() {
        return Err(InvalidScopeMap::TooMany);
    }
    if description.is_some_and(|text| DESCRIPTION_CHARS_MAX < text.chars().count()) {
        return Err(InvalidScopeMap::Description);
    }
    let wrong = actions.iter().find_map(|text| Some((text, text.parse::<Action>().err()?)));
    match wrong {
        Some((text, reason)) => Err(InvalidScopeMap::Action { text: text.clone(), reason }),
        None => Ok(()),
    }
}

/// What actions give together. What is none of ours gives nothing.
///
/// Whoever may read the attributes of every repository may list them: ACR does not say so, and knows no other action
/// that could.
pub fn rules<'a>(actions: impl IntoIterator<Item = &'a str>) -> Rules {
    let mut rules = Rules::default();
    for action in actions {
        let Ok(Action::Repositories(repositories, permission)) = action.parse() else { continue };
        if repositories == RepositoryPattern::Every && permission == Permission::MetadataRead {
            rules.may_list = true;
        }
        match rules.repositories.iter_mut().find(|rule| rule.repositories == repositories) {
            Some(rule) if rule.permissions.contains(&permission) => {}
            Some(rule) => rule.permissions.push(permission),
            None => rules.repositories.push(Rule { repositories, permissions: vec![permission] }),
        }
    }
    rules
}

/// A scope map that every registry has, and nobody changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SystemScopeMap {
    /// Its name.
    pub name: &'static str,
    /// What it is for, in ACR's words.
    pub description: &'static str,
    /// What it gives, in ACR's order.
    pub actions: &'static [&'static str],
}

/// The scope maps of every registry, as exported templates of real ones have them.
pub const SYSTEM: [SystemScopeMap; 5] = [
    SystemScopeMap {
        name: "_repositories_admin",
        description: "Can perform all read, write and delete operations on the registry",
        actions: &[
            "repositories/*/metadata/read",
            "repositories/*/metadata/write",
            "repositories/*/content/read",
            "repositories/*/content/write",
            "repositories/*/content/delete",
        ],
    },
    SystemScopeMap {
        name: "_repositories_pull",
        description: "Can pull any repository of the registry",
        actions: &["repositories/*/content/read"],
    },
    SystemScopeMap {
        name: "_repositories_pull_metadata_read",
        description: "Can perform all read operations on the registry",
        actions: &["repositories/*/content/read", "repositories/*/metadata/read"],
    },
    SystemScopeMap {
        name: "_repositories_push",
        description: "Can push to any repository of the registry",
        actions: &["repositories/*/content/read", "repositories/*/content/write"],
    },
    SystemScopeMap {
        name: "_repositories_push_metadata_write",
        description: "Can perform all read and write operations on the registry",
        actions: &[
            "repositories/*/metadata/read",
            "repositories/*/metadata/write",
            "repositories/*/content/read",
            "repositories/*/content/write",
        ],
    },
];

/// The scope map of every registry that has that name, in any case.
pub fn system(name: &str) -> Option<&'static SystemScopeMap> {
    SYSTEM.iter().find(|map| map.name.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests;
