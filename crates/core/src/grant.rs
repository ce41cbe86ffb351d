//! Who may do what: the `repository:team/app:pull,push` grammar, and the question that every request asks.
//!
//! Grammar: distribution's token scope documentation, as ACR uses it (`acr-facts` §5.2).

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
}

impl Permission {
    /// Every permission, in the order in which tokens list them.
    pub const ALL: [Self; 5] =
        [Self::Pull, Self::Push, Self::Delete, Self::MetadataRead, Self::MetadataWrite];

    /// The word that scopes and tokens use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pull => "pull",
            Self::Push => "push",
            Self::Delete => "delete",
            Self::MetadataRead => "metadata_read",
            Self::MetadataWrite => "metadata_write",
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
    /// The list of all repositories.
    Catalog,
}

/// Why a text asks for nothing that we know. Clients ask for more than there is, so that this is no error on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownScope;

impl FromStr for Access {
    type Err = UnknownScope;

    /// `repository:NAME:ACTIONS` or `registry:catalog:*`; actions that nobody knows are passed over.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "registry:catalog:*" {
            return Ok(Self::Catalog);
        }
        let rest = text.strip_prefix("repository:").ok_or(UnknownScope)?;
        let (name, actions) = rest.rsplit_once(':').ok_or(UnknownScope)?;
        let name = name.parse().map_err(|_| UnknownScope)?;
        let is_asked = |permission: &Permission| {
            actions.split(',').any(|action| action == "*" || action == permission.as_str())
        };
        let permissions: Vec<_> = Permission::ALL.into_iter().filter(is_asked).collect();
        if permissions.is_empty() {
            Err(UnknownScope)
        } else {
            Ok(Self::Repository { name, permissions })
        }
    }
}

impl fmt::Display for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Catalog => f.write_str("registry:catalog:*"),
            Self::Repository { name, permissions } => {
                let words: Vec<_> =
                    permissions.iter().map(|permission| permission.as_str()).collect();
                write!(f, "repository:{name}:{}", words.join(","))
            }
        }
    }
}

/// All that a caller may do in one registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Grants {
    /// Everything, as the admin user may.
    All,
    /// What a token lists and nothing else.
    Listed(Vec<Access>),
}

impl Grants {
    /// Nothing at all.
    pub fn none() -> Self {
        Self::Listed(Vec::new())
    }

    /// Says whether every permission that `wanted` names is given.
    pub fn allows(&self, wanted: &Access) -> bool {
        match (self, wanted) {
            (Self::All, _) => true,
            (Self::Listed(given), Access::Catalog) => given.contains(&Access::Catalog),
            (Self::Listed(_), Access::Repository { name, permissions }) => {
                permissions.iter().all(|permission| self.gives(name, *permission))
            }
        }
    }

    /// What is left of `wanted` under these grants; `None` where nothing is.
    pub fn narrow(&self, wanted: &Access) -> Option<Access> {
        match wanted {
            Access::Catalog => self.allows(wanted).then_some(Access::Catalog),
            Access::Repository { name, permissions } => {
                let given =
                    permissions.iter().copied().filter(|permission| self.gives(name, *permission));
                let permissions: Vec<_> = given.collect();
                (!permissions.is_empty())
                    .then(|| Access::Repository { name: name.clone(), permissions })
            }
        }
    }

    fn gives(&self, repository: &Repository, wanted: Permission) -> bool {
        match self {
            Self::All => true,
            Self::Listed(given) => given.iter().any(|access| match access {
                Access::Repository { name, permissions } => {
                    name == repository && permissions.contains(&wanted)
                }
                Access::Catalog => false,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn access(text: &str) -> Access {
        text.parse().unwrap()
    }

    #[track_caller]
    fn check(given: &[&str], wanted: &str, expected: bool) {
        let grants = Grants::Listed(given.iter().map(|text| access(text)).collect());
        assert_eq!(grants.allows(&access(wanted)), expected, "{given:?} for {wanted}");
    }

    #[test]
    fn scopes_are_read_and_written() {
        assert_eq!(access("repository:a/b:push,pull,fly").to_string(), "repository:a/b:pull,push");
        assert_eq!(
            access("repository:a:*").to_string(),
            "repository:a:pull,push,delete,metadata_read,metadata_write"
        );
        assert_eq!(access("registry:catalog:*"), Access::Catalog);
        for bad in [
            "",
            "repository",
            "repository:a",
            "repository:A:pull",
            "repository:a:fly",
            "plugin:a:pull",
        ] {
            assert_eq!(bad.parse::<Access>(), Err(UnknownScope), "{bad:?}");
        }
    }

    #[test]
    fn a_grant_is_for_one_repository_and_what_it_lists() {
        check(&["repository:a:pull"], "repository:a:pull", true);
        check(&["repository:a:pull"], "repository:a:pull,push", false);
        check(&["repository:a:pull", "repository:a:push"], "repository:a:pull,push", true);
        check(&["repository:a:*"], "repository:a/b:pull", false);
        check(&["repository:a:*"], "registry:catalog:*", false);
        check(&["registry:catalog:*"], "registry:catalog:*", true);
        check(&[], "repository:a:pull", false);
    }

    #[test]
    fn all_is_all() {
        assert!(Grants::All.allows(&access("repository:a:*")));
        assert!(Grants::All.allows(&Access::Catalog));
    }

    #[test]
    fn a_token_gets_no_more_than_its_owner_has() {
        let grants = Grants::Listed(vec![access("repository:a:pull")]);
        assert_eq!(
            grants.narrow(&access("repository:a:pull,push")),
            Some(access("repository:a:pull"))
        );
        assert_eq!(grants.narrow(&access("repository:b:pull")), None);
        assert_eq!(grants.narrow(&Access::Catalog), None);
    }
}
