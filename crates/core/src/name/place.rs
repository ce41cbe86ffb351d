//! Names of registries, regions and webhooks, and the place where content lies.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// Why a text is not the name of a registry, a region or a webhook.
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
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// The name as it is stored and shown.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }
    };
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
        if is_resource_name(text) {
            Ok(Self(text.to_ascii_lowercase().into()))
        } else {
            Err(InvalidName::Registry)
        }
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
fn is_resource_name(text: &str) -> bool {
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
        assert!("abc".parse::<RegistryName>().is_err());
    }
}
