//! The `repository:team/app:pull,push` grammar.
//!
//! Grammar: distribution's token scope documentation, as ACR uses it (`acr-facts` §4.4 and §5.2).

use crate::name::Repository;
use std::fmt;
use std::str::FromStr;

/// Something that may be done with what a registry holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Permission {
    /// Reading manifests, tags and blobs.
    Pull,
    /// Writing manifests, tags and blobs.
    Push,
    /// Removing them.
    Delete,
    /// Reading attributes and lists of ACR's own API.
    MetadataRead,
    /// Changing attributes.
    MetadataWrite,
    /// Seeing what was deleted and is kept for a while.
    DeletedRead,
    /// Bringing it back.
    DeletedRestore,
    /// Seeing and pulling what is in quarantine.
    QuarantineRead,
    /// Letting it out, or not.
    QuarantineWrite,
}

impl Permission {
    /// Every permission, in the order in which tokens list them.
    pub const ALL: [Self; 9] = [
        Self::Pull,
        Self::Push,
        Self::Delete,
        Self::MetadataRead,
        Self::MetadataWrite,
        Self::DeletedRead,
        Self::DeletedRestore,
        Self::QuarantineRead,
        Self::QuarantineWrite,
    ];

    /// Those that an `artifact-repository`, Helm's kind, knows.
    const OF_ARTIFACTS: [Self; 3] = [Self::Pull, Self::Push, Self::Delete];

    /// The word that scopes and tokens use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pull => "pull",
            Self::Push => "push",
            Self::Delete => "delete",
            Self::MetadataRead => "metadata_read",
            Self::MetadataWrite => "metadata_write",
            Self::DeletedRead => "deleted_read",
            Self::DeletedRestore => "deleted_restore",
            Self::QuarantineRead => "quarantine_read",
            Self::QuarantineWrite => "quarantine_write",
        }
    }
}

/// One thing that a token is asked for or gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Access {
    /// Permissions on one repository.
    Repository {
        /// Which one.
        name: Repository,
        /// What for; never empty, in the order of [`Permission::ALL`].
        permissions: Vec<Permission>,
    },
    /// Permissions on one repository of charts, through Helm's own API.
    ArtifactRepository {
        /// Which one.
        name: Repository,
        /// What for; never empty, in the order of [`Permission::ALL`].
        permissions: Vec<Permission>,
    },
    /// The list of all repositories.
    Catalog,
    /// The list of those in which something was deleted.
    DeletedCatalog,
}

impl Access {
    /// The first part of the scope.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Repository { .. } => "repository",
            Self::ArtifactRepository { .. } => "artifact-repository",
            Self::Catalog | Self::DeletedCatalog => "registry",
        }
    }

    /// The second: a repository, or the list.
    pub fn name(&self) -> &str {
        match self {
            Self::Repository { name, .. } | Self::ArtifactRepository { name, .. } => name.as_str(),
            Self::Catalog => "catalog",
            Self::DeletedCatalog => "deleted_catalog",
        }
    }

    /// The words of the third.
    pub fn actions(&self) -> Vec<&'static str> {
        match self {
            Self::Catalog | Self::DeletedCatalog => vec!["*"],
            Self::Repository { permissions, .. } | Self::ArtifactRepository { permissions, .. } => {
                permissions.iter().map(|permission| permission.as_str()).collect()
            }
        }
    }

    /// The same, and what is asked for with it of the quarantine: whoever asks to pull would pull what is held back too,
    /// and whoever asks to push or to change attributes would judge it. Clients do not know those words.
    #[must_use]
    pub fn with_quarantine(self) -> Self {
        let Self::Repository { name, mut permissions } = self else { return self };
        let has = |permissions: &[Permission], one| permissions.contains(&one);
        let judges =
            has(&permissions, Permission::Push) || has(&permissions, Permission::MetadataWrite);
        for (companion, is_asked) in [
            (Permission::QuarantineRead, has(&permissions, Permission::Pull)),
            (Permission::QuarantineWrite, judges),
        ] {
            if is_asked && !has(&permissions, companion) {
                permissions.push(companion);
            }
        }
        permissions.sort_unstable();
        Self::Repository { name, permissions }
    }

    /// The permissions; none where it is a list.
    pub(super) fn permissions(&self) -> &[Permission] {
        match self {
            Self::Catalog | Self::DeletedCatalog => &[],
            Self::Repository { permissions, .. } | Self::ArtifactRepository { permissions, .. } => {
                permissions
            }
        }
    }
}

/// Why a text asks for nothing that we know. Clients ask for more than there is, so that this is no error on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownScope;

impl FromStr for Access {
    type Err = UnknownScope;

    /// `repository:NAME:ACTIONS`, `artifact-repository:NAME:ACTIONS`, `registry:catalog:*` or
    /// `registry:deleted_catalog:*`; actions that nobody knows are passed over. A name with a star names no repository.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (kind, rest) = text.split_once(':').ok_or(UnknownScope)?;
        let (name, actions) = rest.rsplit_once(':').ok_or(UnknownScope)?;
        let repository = || name.parse().map_err(|_| UnknownScope);
        match (kind, name, actions) {
            ("registry", "catalog", "*") => Ok(Self::Catalog),
            ("registry", "deleted_catalog", "*") => Ok(Self::DeletedCatalog),
            ("repository", ..) => Ok(Self::Repository {
                name: repository()?,
                permissions: asked(actions, &Permission::ALL)?,
            }),
            ("artifact-repository", ..) => Ok(Self::ArtifactRepository {
                name: repository()?,
                permissions: asked(actions, &Permission::OF_ARTIFACTS)?,
            }),
            _ => Err(UnknownScope),
        }
    }
}

fn asked(actions: &str, known: &[Permission]) -> Result<Vec<Permission>, UnknownScope> {
    let is_asked = |permission: &&Permission| {
        actions.split(',').any(|action| action == "*" || action == permission.as_str())
    };
    let permissions: Vec<_> = known.iter().filter(is_asked).copied().collect();
    if permissions.is_empty() { Err(UnknownScope) } else { Ok(permissions) }
}

impl fmt::Display for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.kind(), self.name(), self.actions().join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let access = text.parse::<Access>().map(|access| access.to_string());
        assert_eq!(access.as_deref(), Ok(expected), "{text:?}");
    }

    #[test]
    fn scopes_are_read_and_written() {
        check("repository:a/b:push,pull,fly", "repository:a/b:pull,push");
        check(
            "repository:a:deleted_restore,deleted_read",
            "repository:a:deleted_read,deleted_restore",
        );
        check(
            "repository:a:*",
            "repository:a:pull,push,delete,metadata_read,metadata_write,deleted_read,deleted_restore,\
             quarantine_read,quarantine_write",
        );
        check("artifact-repository:repo:*", "artifact-repository:repo:pull,push,delete");
        check("artifact-repository:repo:delete,metadata_read", "artifact-repository:repo:delete");
        check("registry:catalog:*", "registry:catalog:*");
        check("registry:deleted_catalog:*", "registry:deleted_catalog:*");
    }

    #[test]
    fn what_nobody_knows_asks_for_nothing() {
        for bad in [
            "",
            "repository",
            "repository:a",
            "repository:A:pull",
            "repository:a:fly",
            "repository:a:",
            "repository:*:pull",
            "repository:a/*:pull",
            "repository:a:b:pull",
            "artifact-repository:a:metadata_read",
            "artifact-repository:*:pull",
            "registry:catalog:pull",
            "registry:deleted_catalog:",
            "registry:other:*",
            "plugin:a:pull",
        ] {
            assert_eq!(bad.parse::<Access>(), Err(UnknownScope), "{bad:?}");
        }
    }

    #[test]
    fn the_words_of_the_quarantine_are_asked_for_with_others() {
        for (asked, expected) in [
            ("repository:a:pull", "repository:a:pull,quarantine_read"),
            ("repository:a:pull,push", "repository:a:pull,push,quarantine_read,quarantine_write"),
            ("repository:a:metadata_write", "repository:a:metadata_write,quarantine_write"),
            (
                "repository:a:quarantine_write,pull",
                "repository:a:pull,quarantine_read,quarantine_write",
            ),
            ("repository:a:delete,metadata_read", "repository:a:delete,metadata_read"),
            ("artifact-repository:a:pull", "artifact-repository:a:pull"),
            ("registry:catalog:*", "registry:catalog:*"),
        ] {
            let asked: Access = asked.parse().unwrap();
            assert_eq!(asked.with_quarantine().to_string(), expected);
        }
    }

    proptest! {
        #[test]
        fn what_was_written_is_read_again(
            kind in "repository|artifact-repository",
            name in "[a-z]{1,4}(/[a-z]{1,4}){0,2}",
            actions in proptest::sample::subsequence(Permission::ALL.to_vec(), 1..=9),
        ) {
            let words: Vec<_> = actions.iter().map(|action| action.as_str()).collect();
            let text = format!("{kind}:{name}:{}", words.join(","));
            if let Ok(access) = text.parse::<Access>() {
                prop_assert_eq!(access.to_string().parse::<Access>(), Ok(access));
            } else {
                prop_assert!(kind == "artifact-repository" && !actions.iter().any(|one| *one < Permission::MetadataRead));
            }
        }
    }
}
