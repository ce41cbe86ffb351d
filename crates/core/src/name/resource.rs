//! Names of what belongs to a registry or holds it: resource groups, replications, tokens and scope maps (`acr-facts` §3.2).
//!
//! ARM compares all of them without regard to case and shows them as they were typed: hence `key`.

use super::place::{InvalidName, is_resource_name};
use crate::id::is_guid;
use std::str::FromStr;

/// The longest name of an identity, in bytes.
pub const IDENTITY_BYTES_MAX: usize = 120;
/// The longest name of a resource group, in bytes.
pub const RESOURCE_GROUP_BYTES_MAX: usize = 90;

name! {
    /// A resource group's name as its maker typed it; ASCII, unlike Azure's, so that its case can be ignored in one way only.
    ResourceGroupName
}
name! {
    /// A replication's name as its maker typed it; `az` takes its region's.
    ReplicationName
}
name! {
    /// A token's name as its maker typed it; also the user that docker signs in as.
    TokenName
}
name! {
    /// A scope map's name as its maker typed it.
    ScopeMapName
}

name! {
    /// An identity's name as its maker typed it.
    IdentityName
}

macro_rules! key {
    ($($name:ident),*) => {
        $(impl $name {
            /// The form that two equal names share.
            pub fn key(&self) -> String {
                self.0.to_ascii_lowercase()
            }
        })*
    };
}

key!(ResourceGroupName, ReplicationName, TokenName, ScopeMapName, IdentityName);

impl FromStr for ResourceGroupName {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_name = (1..=RESOURCE_GROUP_BYTES_MAX).contains(&text.len())
            && text.chars().all(|c| c.is_ascii_alphanumeric() || "_-().".contains(c))
            && !text.ends_with('.');
        if is_name { Ok(Self(text.into())) } else { Err(InvalidName::ResourceGroup) }
    }
}

impl FromStr for ReplicationName {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if is_resource_name(text) { Ok(Self(text.into())) } else { Err(InvalidName::Replication) }
    }
}

/// Refuses GUIDs: a user that is one is an identity, or nobody in particular who brings a token as the password.
impl FromStr for TokenName {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if is_text_of(text, "-") && !is_guid(text) {
            Ok(Self(text.into()))
        } else {
            Err(InvalidName::Token)
        }
    }
}

impl FromStr for ScopeMapName {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if is_text_of(text, "-_") { Ok(Self(text.into())) } else { Err(InvalidName::ScopeMap) }
    }
}

impl FromStr for IdentityName {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_name = (1..=IDENTITY_BYTES_MAX).contains(&text.len())
            && text.starts_with(|c: char| c.is_ascii_alphanumeric())
            && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
        if is_name { Ok(Self(text.into())) } else { Err(InvalidName::Identity) }
    }
}

/// 5 to 50 letters, digits and what `others` holds.
fn is_text_of(text: &str, others: &str) -> bool {
    (5..=50).contains(&text.len())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || others.contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check<T: FromStr<Err = InvalidName>>(good: &[&str], bad: &[&str], expected: InvalidName) {
        for text in good {
            assert!(text.parse::<T>().is_ok(), "{text:?}");
        }
        for text in bad {
            assert_eq!(text.parse::<T>().err(), Some(expected), "{text:?}");
        }
    }

    #[test]
    fn a_resource_group_has_letters_digits_and_five_signs() {
        let (longest, too_long) = ("g".repeat(90), "g".repeat(91));
        let good = ["g", "my-rg_1", "(a).b", ".hidden", &longest];
        let bad = ["", "ends.", "a b", "a/b", "grüppe", "a%2fb", "..", ".", &too_long];
        check::<ResourceGroupName>(&good, &bad, InvalidName::ResourceGroup);
    }

    #[test]
    fn a_replication_has_five_to_fifty_letters_and_digits() {
        let (longest, too_long) = ("r".repeat(50), "r".repeat(51));
        check::<ReplicationName>(
            &["westeurope", "Local", &longest],
            &["west", "west-europe", "", &too_long],
            InvalidName::Replication,
        );
    }

    #[test]
    fn a_token_may_have_dashes_and_is_no_guid() {
        let (longest, too_long) = ("t".repeat(50), "t".repeat(51));
        let good = ["MyToken", "ci-push-1", "-----", &longest];
        let bad = [
            "ci-p",
            "ci_push",
            &too_long,
            "00000000-0000-0000-0000-000000000000",
            "B0A70001-0000-4000-8000-000000000003",
        ];
        check::<TokenName>(&good, &bad, InvalidName::Token);
    }

    #[test]
    fn a_scope_map_may_have_dashes_and_low_lines() {
        let (longest, too_long) = ("s".repeat(50), "s".repeat(51));
        let good = ["my_map-1", "_repositories_pull", "_____", &longest];
        let bad = ["map1", "my map", "my.map", "mäppe", &too_long];
        check::<ScopeMapName>(&good, &bad, InvalidName::ScopeMap);
    }

    #[test]
    fn an_identity_may_have_dashes_dots_and_low_lines_inside() {
        let (longest, too_long) =
            ("i".repeat(IDENTITY_BYTES_MAX), "i".repeat(IDENTITY_BYTES_MAX + 1));
        let good = ["ci", "Deploy.prod_1-eu", "7", &longest];
        let bad = ["", "-ci", "c i", "ci/x", "..", &too_long];
        check::<IdentityName>(&good, &bad, InvalidName::Identity);
    }

    proptest! {
        #[test]
        fn a_group_is_the_same_in_any_case(text in "[a-zA-Z0-9_()-]{1,90}") {
            let key = |text: &str| text.parse::<ResourceGroupName>().unwrap().key();
            prop_assert_eq!(key(&text), key(&text.to_ascii_uppercase()));
            let name: ResourceGroupName = text.parse().unwrap();
            prop_assert_eq!(name.as_str(), text);
        }
    }
}
