//! Who may do what, and the question that every request asks.
//!
//! An [`Access`] is what is asked for and what a token lists, and always names one repository. [`Rules`] are what roles
//! and scope maps give, and may speak of many. Asking the one of the other yields the allowed part, never more.

mod access;
mod rules;

pub use access::{Access, Permission, UnknownScope};
pub use rules::{InvalidPattern, RepositoryPattern, Rule, Rules};

use crate::name::Repository;

/// All that a caller may do in one registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Grants {
    /// Everything, as the admin user may.
    All,
    /// What a token lists and nothing else.
    Listed(Vec<Access>),
    /// What roles or a scope map give.
    Ruled(Rules),
}

/// The repositories on which a caller has a permission, as far as they can be told without looking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    /// All that there are and will be.
    Every,
    /// These, and perhaps others below a prefix, which only a list of all repositories could name.
    These(Vec<Repository>),
}

impl Grants {
    /// Nothing at all.
    pub fn none() -> Self {
        Self::Listed(Vec::new())
    }

    /// What everybody may do in a registry with `anonymousPullEnabled`. The list of its repositories is part of it: the
    /// SDKs ask for it without signing in.
    pub fn anonymous() -> Self {
        let permissions = vec![Permission::Pull, Permission::MetadataRead];
        let rule = Rule { repositories: RepositoryPattern::Every, permissions };
        Self::Ruled(Rules { repositories: vec![rule], may_list: true, may_list_deleted: false })
    }

    /// Says whether every permission that `wanted` names is given.
    pub fn allows(&self, wanted: &Access) -> bool {
        match wanted {
            Access::Repository { permissions, .. }
            | Access::ArtifactRepository { permissions, .. } => {
                permissions.iter().all(|permission| self.gives(wanted, *permission))
            }
            Access::Catalog => match self {
                Self::All => true,
                Self::Listed(given) => given.contains(wanted),
                Self::Ruled(rules) => rules.may_list,
            },
            Access::DeletedCatalog => match self {
                Self::All => true,
                Self::Listed(given) => given.contains(wanted),
                Self::Ruled(rules) => rules.may_list_deleted,
            },
        }
    }

    /// What is left of `wanted` under these grants; `None` where nothing is.
    pub fn narrow(&self, wanted: &Access) -> Option<Access> {
        let given = |permissions: &[Permission]| {
            let given = permissions.iter().copied().filter(|one| self.gives(wanted, *one));
            Some(given.collect::<Vec<_>>()).filter(|given| !given.is_empty())
        };
        match wanted {
            Access::Catalog | Access::DeletedCatalog => self.allows(wanted).then(|| wanted.clone()),
            Access::Repository { name, permissions } => given(permissions)
                .map(|permissions| Access::Repository { name: name.clone(), permissions }),
            Access::ArtifactRepository { name, permissions } => given(permissions)
                .map(|permissions| Access::ArtifactRepository { name: name.clone(), permissions }),
        }
    }

    /// The repositories on which `permission` is given.
    pub fn reach(&self, permission: Permission) -> Reach {
        match self {
            Self::All => Reach::Every,
            Self::Listed(given) => {
                let named = given.iter().filter_map(|access| match access {
                    Access::Repository { name, permissions } => {
                        permissions.contains(&permission).then(|| name.clone())
                    }
                    Access::ArtifactRepository { .. }
                    | Access::Catalog
                    | Access::DeletedCatalog => None,
                });
                Reach::These(named.collect())
            }
            Self::Ruled(rules) => rules.reach(permission),
        }
    }

    /// Says whether `permission` is given on the repository that `wanted` names.
    fn gives(&self, wanted: &Access, permission: Permission) -> bool {
        match (self, wanted) {
            (Self::All, _) => true,
            (
                Self::Ruled(rules),
                Access::Repository { name, .. } | Access::ArtifactRepository { name, .. },
            ) => rules.give(name, permission),
            (Self::Ruled(_), Access::Catalog | Access::DeletedCatalog) => false,
            (Self::Listed(given), _) => given.iter().any(|access| {
                access.kind() == wanted.kind()
                    && access.name() == wanted.name()
                    && access.permissions().contains(&permission)
            }),
        }
    }
}

/// Rules that give nothing are [`Grants::none`], which the faces ask for.
impl From<Rules> for Grants {
    fn from(rules: Rules) -> Self {
        if rules == Rules::default() { Self::none() } else { Self::Ruled(rules) }
    }
}

#[cfg(test)]
mod tests;
