//! What roles mean for the content of a registry.

use super::{ArmAction, Assignment, Permissions, RoleScope};
use crate::grant::{Permission, RepositoryPattern, Rule, Rules};

/// What somebody's roles give on the content of the registry that `scope` names.
pub fn rules(assignments: &[Assignment], scope: &RoleScope) -> Rules {
    let roles: Vec<_> = assignments
        .iter()
        .filter(|assignment| assignment.scope.contains(scope))
        .map(|assignment| &assignment.role.permissions)
        .collect();
    let gives = |sources: &[Source]| {
        roles.iter().any(|role| sources.iter().any(|source| source.is_given_by(role)))
    };
    let permissions = Permission::ALL.into_iter().filter(|permission| gives(sources(*permission)));
    let permissions: Vec<_> = permissions.collect();
    let rule = Rule { repositories: RepositoryPattern::Every, permissions };
    Rules {
        repositories: Some(rule).filter(|rule| !rule.permissions.is_empty()).into_iter().collect(),
        may_list: gives(CATALOG),
        may_list_deleted: gives(DELETED),
    }
}

/// What a role has to allow to give a permission.
enum Source {
    /// One of its actions.
    Action(ArmAction<'static>),
    /// One of its data actions.
    Data(ArmAction<'static>),
}

impl Source {
    fn is_given_by(&self, role: &Permissions) -> bool {
        match self {
            Self::Action(action) => role.allow(*action),
            Self::Data(action) => role.allow_data(*action),
        }
    }
}

const PULL: Source = action("Microsoft.ContainerRegistry/registries/pull/read");
const PUSH: Source = action("Microsoft.ContainerRegistry/registries/push/write");
const HELD: Source = data("Microsoft.ContainerRegistry/registries/quarantinedArtifacts/read");
const CATALOG: &[Source] =
    &[PULL, HELD, data("Microsoft.ContainerRegistry/registries/catalog/read")];
const DELETED: &[Source] = &[action("Microsoft.ContainerRegistry/registries/deleted/read")];

const fn action(name: &'static str) -> Source {
    Source::Action(ArmAction::new(name))
}

const fn data(name: &'static str) -> Source {
    Source::Data(ArmAction::new(name))
}

/// What gives `permission`, any one of these. Whoever pulls sees attributes, and whoever pushes changes them, as with
/// ACR. What is in quarantine is reached by data actions alone, so that no star of an owner's actions takes it out; whoever
/// reaches it finds it in the lists and pulls it as anything else, for a scanner has no other role.
fn sources(permission: Permission) -> &'static [Source] {
    match permission {
        Permission::Pull => {
            const {
                &[
                    PULL,
                    HELD,
                    data("Microsoft.ContainerRegistry/registries/repositories/content/read"),
                ]
            }
        }
        Permission::Push => {
            const { &[PUSH, data("Microsoft.ContainerRegistry/registries/repositories/content/write")] }
        }
        Permission::Delete => {
            const {
                &[
                    action("Microsoft.ContainerRegistry/registries/artifacts/delete"),
                    data("Microsoft.ContainerRegistry/registries/repositories/content/delete"),
                ]
            }
        }
        Permission::MetadataRead => {
            const {
                &[
                    PULL,
                    HELD,
                    action("Microsoft.ContainerRegistry/registries/metadata/read"),
                    data("Microsoft.ContainerRegistry/registries/repositories/metadata/read"),
                ]
            }
        }
        Permission::MetadataWrite => {
            const {
                &[
                    PUSH,
                    action("Microsoft.ContainerRegistry/registries/metadata/write"),
                    data("Microsoft.ContainerRegistry/registries/repositories/metadata/write"),
                ]
            }
        }
        Permission::DeletedRead => DELETED,
        Permission::DeletedRestore => {
            const { &[action("Microsoft.ContainerRegistry/registries/deleted/restore/action")] }
        }
        Permission::QuarantineRead => const { &[HELD] },
        Permission::QuarantineWrite => {
            const { &[data("Microsoft.ContainerRegistry/registries/quarantinedArtifacts/write")] }
        }
    }
}
