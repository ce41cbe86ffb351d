//! Names of registries, regions and webhooks, and the place where content lies.

use super::resource::{IDENTITY_BYTES_MAX, RESOURCE_GROUP_BYTES_MAX};
use std::str::FromStr;

/// Names that no registry may have, because hosts of this server have them: `login.{domain}` signs people in.
pub const RESERVED_REGISTRIES: [&str; 3] = ["login", "management", "portal"];

/// Why a text is not the name of a resource.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
pub enum InvalidName {
    /// Rule for a registry.
    #[error("a registry's name has 5 to 50 letters and digits")]
    Registry,
    /// Rule for a region.
    #[error("a region's name has 1 to 50 lower-case letters and digits")]
    Region,
    /// Rule for a webhook.
    #[error("a webhook's name has 5 to 50 letters and digits")]
    Webhook,
    /// Names that registries may not have.
    #[error("`login`, `management` and `portal` are hosts of this server and no registry's name")]
    Reserved,
    /// Rule for a resource group.
    #[error(
        "a resource group's name has 1 to {RESOURCE_GROUP_BYTES_MAX} letters, digits, `_`, `-`, `.` and parentheses, \
         and does not end with `.`"
    )]
    ResourceGroup,
    /// Rule for a replication.
    #[error("a replication's name has 5 to 50 letters and digits")]
    Replication,
    /// Rule for a token.
    #[error(
        "a token's name has 5 to 50 letters, digits and `-`, and is no GUID, because the users of identities are"
    )]
    Token,
    /// Rule for an identity.
    #[error(
        "an identity's name has 1 to {IDENTITY_BYTES_MAX} letters, digits, `-`, `_` and `.`, and begins with a letter or a digit"
    )]
    Identity,
    /// Rule for a scope map.
    #[error("a scope map's name has 5 to 50 letters, digits, `-` and `_`")]
    ScopeMap,
}

name! {
    /// A registry's name; in lower case, since it is also a host name's label.
    RegistryName
}
name! {
    /// A region's name, in ARM's normal form: `westeurope`.
    Region
}
name! {
    /// A webhook's name as its maker typed it. ARM compares it without regard to case: see [`WebhookName::key`].
    WebhookName
}

impl WebhookName {
    /// The form that two equal names share.
    pub fn key(&self) -> String {
        self.0.to_ascii_lowercase()
    }
}

impl FromStr for RegistryName {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if !is_resource_name(text) {
            return Err(InvalidName::Registry);
        }
        let name = text.to_ascii_lowercase();
        if RESERVED_REGISTRIES.contains(&name.as_str()) {
            return Err(InvalidName::Reserved);
        }
        Ok(Self(name.into()))
    }
}

/// Accepts `West Europe` for `westeurope`, as ARM does.
impl FromStr for Region {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let normal = text.replace(' ', "").to_ascii_lowercase();
        let is_region = (1..=50).contains(&normal.len())
            && normal.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if is_region { Ok(Self(normal.into())) } else { Err(InvalidName::Region) }
    }
}

impl FromStr for WebhookName {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if is_resource_name(text) { Ok(Self(text.into())) } else { Err(InvalidName::Webhook) }
    }
}

/// `^[a-zA-Z0-9]{5,50}$`
pub(super) fn is_resource_name(text: &str) -> bool {
    (5..=50).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// Where content lies: one registry, as it is in one of its regions.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Place {
    /// The registry.
    pub registry: RegistryName,
    /// The region.
    pub region: Region,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn webhook_names_have_five_to_fifty_letters_and_digits() {
        for good in ["hooks", "MyHook01", &"a".repeat(50)] {
            assert!(good.parse::<WebhookName>().is_ok(), "{good:?}");
        }
        for bad in ["", "hook", "hook_1", "my-hook", "hööks", "hook 1", &"a".repeat(51)] {
            assert_eq!(bad.parse::<WebhookName>(), Err(InvalidName::Webhook), "{bad:?}");
        }
    }

    #[test]
    fn a_region_may_be_written_as_people_do() {
        assert_eq!("West Europe".parse::<Region>().unwrap().as_str(), "westeurope");
        assert!("eu/west".parse::<Region>().is_err());
        assert!("".parse::<Region>().is_err());
    }

    #[test]
    fn a_registry_is_known_in_lower_case() {
        assert_eq!("MyRegistry".parse::<RegistryName>().unwrap().as_str(), "myregistry");
        for bad in ["", "abc", "my-registry", "my.registry", "régistre", &"a".repeat(51)] {
            assert_eq!(bad.parse::<RegistryName>(), Err(InvalidName::Registry), "{bad:?}");
        }
        assert!("a".repeat(50).parse::<RegistryName>().is_ok());
    }

    #[test]
    fn no_registry_takes_the_name_of_a_host_of_ours() {
        for bad in ["login", "Management", "PORTAL"] {
            assert_eq!(bad.parse::<RegistryName>(), Err(InvalidName::Reserved), "{bad:?}");
        }
        assert!("logins".parse::<RegistryName>().is_ok());
    }
}
