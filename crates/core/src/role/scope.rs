//! Where a role counts: ARM's paths, from the subscription down to a registry.

use crate::defaults;
use crate::name::{RegistryName, ResourceGroupName};
use std::fmt;
use std::str::FromStr;

/// A place in the tree of resources of the one subscription of a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RoleScope {
    /// All of it.
    Subscription,
    /// A resource group and the registries in it.
    ResourceGroup(ResourceGroupName),
    /// A registry with all that belongs to it.
    Registry(ResourceGroupName, RegistryName),
}

/// Why a text names no such place.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
pub enum InvalidRoleScope {
    /// The path is another one.
    #[error(
        "a scope is `/subscriptions/{{id}}`, with `/resourceGroups/{{name}}` after it, or with \
         `/providers/Microsoft.ContainerRegistry/registries/{{name}}` after that"
    )]
    Path,
    /// There is no such subscription.
    #[error("the scope's subscription is not `{}`, the only one here", defaults::SUBSCRIPTION_ID)]
    Subscription,
}

impl RoleScope {
    /// Says whether `other` is this place or below it.
    pub fn contains(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Subscription, _) => true,
            (Self::ResourceGroup(group), Self::ResourceGroup(other) | Self::Registry(other, _)) => {
                group.key() == other.key()
            }
            (Self::Registry(group, registry), Self::Registry(other_group, other)) => {
                group.key() == other_group.key() && registry == other
            }
            (Self::ResourceGroup(_) | Self::Registry(..), Self::Subscription)
            | (Self::Registry(..), Self::ResourceGroup(_)) => false,
        }
    }

    /// The form that two equal scopes share.
    pub fn key(&self) -> String {
        self.to_string().to_ascii_lowercase()
    }
}

impl FromStr for RoleScope {
    type Err = InvalidRoleScope;

    /// Reads a path; its words are matched without regard to case, and one slash may follow.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let path = text.strip_suffix('/').unwrap_or(text);
        let segments: Vec<_> = path.split('/').collect();
        let ["", subscriptions, subscription, rest @ ..] = &segments[..] else {
            return Err(InvalidRoleScope::Path);
        };
        let are_words = |words: &[(&str, &str)]| {
            words.iter().all(|(given, expected)| given.eq_ignore_ascii_case(expected))
        };
        let invalid = |_| InvalidRoleScope::Path;
        if !are_words(&[(subscriptions, "subscriptions")]) {
            return Err(InvalidRoleScope::Path);
        }
        let scope = match rest {
            [] => Self::Subscription,
            [groups, group] if are_words(&[(groups, "resourceGroups")]) => {
                Self::ResourceGroup(group.parse().map_err(invalid)?)
            }
            [groups, group, providers, provider, registries, registry]
                if are_words(&[
                    (groups, "resourceGroups"),
                    (providers, "providers"),
                    (provider, "Microsoft.ContainerRegistry"),
                    (registries, "registries"),
                ]) =>
            {
                let group = group.parse().map_err(invalid)?;
                Self::Registry(group, registry.parse().map_err(invalid)?)
            }
            _ => return Err(InvalidRoleScope::Path),
        };
        let is_ours = subscription.eq_ignore_ascii_case(defaults::SUBSCRIPTION_ID);
        if is_ours { Ok(scope) } else { Err(InvalidRoleScope::Subscription) }
    }
}

impl fmt::Display for RoleScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "/subscriptions/{}", defaults::SUBSCRIPTION_ID)?;
        let (group, registry) = match self {
            Self::Subscription => return Ok(()),
            Self::ResourceGroup(group) => (group, None),
            Self::Registry(group, registry) => (group, Some(registry)),
        };
        write!(f, "/resourceGroups/{group}")?;
        match registry {
            Some(registry) => {
                write!(f, "/providers/Microsoft.ContainerRegistry/registries/{registry}")
            }
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SUBSCRIPTION: &str = "/subscriptions/b0a70001-0000-4000-8000-000000000001";
    const REGISTRIES: &str = "providers/Microsoft.ContainerRegistry/registries";

    fn scope(text: &str) -> RoleScope {
        text.parse().unwrap()
    }

    #[track_caller]
    fn check(text: &str, expected: &Result<RoleScope, InvalidRoleScope>) {
        assert_eq!(text.parse(), *expected, "{text:?}");
    }

    #[test]
    fn paths_are_read_in_any_case_and_written_in_arms() {
        let group: ResourceGroupName = "My-RG".parse().unwrap();
        let registry = RoleScope::Registry(group.clone(), "myreg".parse().unwrap());
        check(SUBSCRIPTION, &Ok(RoleScope::Subscription));
        check(&format!("{SUBSCRIPTION}/"), &Ok(RoleScope::Subscription));
        check(
            &format!("{SUBSCRIPTION}/resourcegroups/My-RG"),
            &Ok(RoleScope::ResourceGroup(group)),
        );
        let text = format!("{SUBSCRIPTION}/resourceGroups/My-RG/{REGISTRIES}/MyReg");
        check(&text, &Ok(registry.clone()));
        assert_eq!(registry.to_string(), text.replace("MyReg", "myreg"));
        assert_eq!(scope(&text.to_ascii_uppercase()).key(), registry.key());
    }

    #[test]
    fn other_paths_are_no_scopes() {
        for bad in [
            "",
            "/",
            "subscriptions/b0a70001-0000-4000-8000-000000000001",
            "/subscriptions",
            "/tenants/b0a70001-0000-4000-8000-000000000001",
            &format!("{SUBSCRIPTION}//"),
            &format!("{SUBSCRIPTION}/resourceGroups"),
            &format!("{SUBSCRIPTION}/resourceGroups/a b"),
            &format!("{SUBSCRIPTION}/resourceGroups/.."),
            &format!("{SUBSCRIPTION}/resourceGroups/g/{REGISTRIES}"),
            &format!("{SUBSCRIPTION}/resourceGroups/g/{REGISTRIES}/abc"),
            &format!("{SUBSCRIPTION}/resourceGroups/g/{REGISTRIES}/myreg/webhooks/hooks"),
            &format!("{SUBSCRIPTION}/resourceGroups/g/providers/Microsoft.Other/registries/myreg"),
        ] {
            check(bad, &Err(InvalidRoleScope::Path));
        }
        let foreign = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/g";
        check(foreign, &Err(InvalidRoleScope::Subscription));
        check("/subscriptions/", &Err(InvalidRoleScope::Path));
    }

    fn any_scope() -> impl Strategy<Value = RoleScope> {
        let group = || "a|A|b".prop_map(|name| name.parse::<ResourceGroupName>().unwrap());
        prop_oneof![
            Just(RoleScope::Subscription),
            group().prop_map(RoleScope::ResourceGroup),
            (group(), "one11|two22")
                .prop_map(|(group, name)| RoleScope::Registry(group, name.parse().unwrap())),
        ]
    }

    proptest! {
        #[test]
        fn a_scope_is_read_as_it_was_written(one in any_scope()) {
            prop_assert_eq!(scope(&one.to_string()), one);
        }

        #[test]
        fn what_is_below_begins_with_what_is_above(one in any_scope(), other in any_scope()) {
            let is_below = format!("{}/", other.key()).starts_with(&format!("{}/", one.key()));
            prop_assert_eq!(one.contains(&other), is_below);
        }
    }
}
