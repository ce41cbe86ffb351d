//! The ids of what others are part of: resource groups, registries, and the scopes that roles are given on.

use super::target::Target;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use std::fmt;

/// A resource group, by the names in a path or in a resource's id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupId {
    /// The subscription's GUID.
    pub subscription: String,
    /// The resource group.
    pub resource_group: String,
}

/// A registry, by the names in a path or in a resource's id. They are not checked, and keep the case that they came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegistryId {
    /// The subscription's GUID.
    pub subscription: String,
    /// The resource group.
    pub resource_group: String,
    /// The registry.
    pub registry: String,
}

/// What a role can be given on. What holds for one holds for all that is inside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Everything there is; only definitions of roles are looked up there.
    Root,
    /// A subscription.
    Subscription(String),
    /// A resource group.
    ResourceGroup(GroupId),
    /// A registry.
    Registry(RegistryId),
}

impl GroupId {
    /// The id of one of the group's registries.
    pub fn registry(&self, name: &str) -> RegistryId {
        RegistryId {
            subscription: self.subscription.clone(),
            resource_group: self.resource_group.clone(),
            registry: name.to_owned(),
        }
    }
}

impl RegistryId {
    /// The group that the registry is in.
    pub fn group(&self) -> GroupId {
        GroupId {
            subscription: self.subscription.clone(),
            resource_group: self.resource_group.clone(),
        }
    }

    /// The id of one of the registry's webhooks.
    pub fn webhook(&self, name: &str) -> String {
        Target::Webhook(self.clone(), name.to_owned()).to_string()
    }

    /// The id of one of the registry's replications.
    pub fn replication(&self, name: &str) -> String {
        Target::Replication(self.clone(), name.to_owned()).to_string()
    }

    /// The id of one of the registry's scope maps.
    pub fn scope_map(&self, name: &str) -> String {
        Target::ScopeMap(self.clone(), name.to_owned()).to_string()
    }

    /// The id of one of the registry's tokens.
    pub fn token(&self, name: &str) -> String {
        Target::Token(self.clone(), name.to_owned()).to_string()
    }
}

impl Scope {
    /// The scope that a resource is, if roles can be given on it.
    pub(super) fn of(target: Target) -> Option<Self> {
        match target {
            Target::Subscription(subscription) => Some(Self::Subscription(subscription)),
            Target::ResourceGroup(id) => Some(Self::ResourceGroup(id)),
            Target::Registry(id) => Some(Self::Registry(id)),
            _ => None,
        }
    }

    /// What stands before `/providers/` in the path of something at this scope.
    pub(super) fn prefix(&self) -> String {
        match self {
            Self::Root => String::new(),
            Self::Subscription(_) | Self::ResourceGroup(_) | Self::Registry(_) => self.to_string(),
        }
    }
}

/// The id, its fixed parts in their canonical case.
impl fmt::Display for GroupId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { subscription, resource_group } = self;
        write!(f, "/subscriptions/{}/resourceGroups/{}", Name(subscription), Name(resource_group))
    }
}

/// The id, its fixed parts in their canonical case.
impl fmt::Display for RegistryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let registry = Name(&self.registry);
        write!(f, "{}/providers/Microsoft.ContainerRegistry/registries/{registry}", self.group())
    }
}

/// The path that role assignments and refusals name, its fixed parts in their canonical case.
impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => f.write_str("/"),
            Self::Subscription(subscription) => {
                write!(f, "/subscriptions/{}", Name(subscription))
            }
            Self::ResourceGroup(id) => id.fmt(f),
            Self::Registry(id) => id.fmt(f),
        }
    }
}

/// A name as a segment of a path. Those that the rules allow are printed as they are.
pub(super) struct Name<'a>(pub(super) &'a str);

/// What would end a segment, or be taken for an escape.
const ESCAPED: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'#').add(b'%').add(b'/').add(b'?');

impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        utf8_percent_encode(self.0, ESCAPED).fmt(f)
    }
}
