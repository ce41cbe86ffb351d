//! A registry's name as it was typed, and why a new registry cannot have one.

use super::place::{InvalidName, RegistryName};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// A registry's name as its maker typed it. [`RegistryName`] is the form that hosts and places use.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RegistryLabel {
    name: RegistryName,
    typed: Arc<str>,
}

impl RegistryLabel {
    /// The name that it stands for, unique in the server.
    pub fn name(&self) -> &RegistryName {
        &self.name
    }

    /// The name as it was typed.
    pub fn as_str(&self) -> &str {
        &self.typed
    }
}

impl FromStr for RegistryLabel {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self { name: text.parse()?, typed: text.into() })
    }
}

impl fmt::Display for RegistryLabel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.typed)
    }
}

/// Why a new registry cannot have a name; its text is the `message` of `checkNameAvailability`.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum Unavailable {
    /// No registry can have it.
    #[error(transparent)]
    Invalid(#[from] InvalidName),
    /// One has it, or had it and is still being deleted.
    #[error("the registry `{0}` is already in use")]
    AlreadyExists(RegistryName),
}

impl Unavailable {
    /// The `reason` of `checkNameAvailability`.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Invalid(_) => "Invalid",
            Self::AlreadyExists(_) => "AlreadyExists",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_keeps_what_was_typed() {
        let label: RegistryLabel = "MyRegistry".parse().unwrap();
        assert_eq!((label.as_str(), label.name().as_str()), ("MyRegistry", "myregistry"));
        assert_eq!(label.to_string(), "MyRegistry");
        assert_eq!("my".parse::<RegistryLabel>(), Err(InvalidName::Registry));
    }

    #[test]
    fn the_reasons_are_acrs_words() {
        let taken = Unavailable::AlreadyExists("myregistry".parse().unwrap());
        assert_eq!(taken.reason(), "AlreadyExists");
        assert_eq!(taken.to_string(), "the registry `myregistry` is already in use");
        let invalid = Unavailable::from("login".parse::<RegistryName>().unwrap_err());
        assert_eq!(invalid.reason(), "Invalid");
        assert_eq!(invalid.to_string(), InvalidName::Reserved.to_string());
    }
}
