//! What the claims of somebody else's tokens mean here: a value, and the role that it gives.

use super::{Assignment, Definition, InvalidRoleScope, RoleScope, find_built_in};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// The longest value of a claim that gives a role, in bytes.
pub const CLAIM_VALUE_BYTES_MAX: usize = 256;

/// A role for whoever's token has a value among its roles: `developers = AcrPush`, or
/// `developers = AcrPush on /subscriptions/…/registries/myregistry` for one registry, group or subscription.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleMapping {
    /// The value of the claim; compared letter for letter.
    pub value: String,
    /// The role that it gives.
    pub role: Arc<Definition>,
    /// Where; the whole subscription where nothing else is said.
    pub scope: RoleScope,
}

/// Why a text gives nobody a role.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
pub enum InvalidRoleMapping {
    /// There is no value, or no role.
    #[error(
        "it is a value of the claim, ` = ` and a role, as in `developers = AcrPush`; ` on ` and a scope may follow"
    )]
    Form,
    /// The value is too long.
    #[error("a claim's value has at most {CLAIM_VALUE_BYTES_MAX} bytes")]
    Value,
    /// The role is none.
    #[error(
        "there is no such role: it is Owner, Contributor, Reader, AcrPull, AcrPush, AcrDelete, AcrQuarantineReader or \
         AcrQuarantineWriter"
    )]
    Role,
    /// The scope is none.
    #[error(transparent)]
    Scope(InvalidRoleScope),
}

impl FromStr for RoleMapping {
    type Err = InvalidRoleMapping;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // Values may hold the sign themselves, as LDAP's names do; roles do not.
        let (value, given) = text.rsplit_once(" = ").ok_or(InvalidRoleMapping::Form)?;
        let (role, scope) = match given.split_once(" on ") {
            Some((role, scope)) => (role, Some(scope.trim())),
            None => (given, None),
        };
        let (value, role) = (value.trim(), role.trim());
        if value.is_empty() || role.is_empty() {
            return Err(InvalidRoleMapping::Form);
        }
        if CLAIM_VALUE_BYTES_MAX < value.len() {
            return Err(InvalidRoleMapping::Value);
        }
        Ok(Self {
            value: value.to_owned(),
            role: Arc::clone(find_built_in(role).ok_or(InvalidRoleMapping::Role)?),
            scope: scope
                .map_or(Ok(RoleScope::Subscription), str::parse)
                .map_err(InvalidRoleMapping::Scope)?,
        })
    }
}

impl fmt::Display for RoleMapping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} = {}", self.value, self.role.name)?;
        match &self.scope {
            RoleScope::Subscription => Ok(()),
            scope => write!(f, " on {scope}"),
        }
    }
}

/// The roles that `values` give.
pub fn mapped<'a>(
    mappings: &[RoleMapping],
    values: &(impl IntoIterator<Item = &'a str> + Clone),
) -> Vec<Assignment> {
    let is_given =
        |mapping: &&RoleMapping| values.clone().into_iter().any(|value| value == mapping.value);
    let assignment = |mapping: &RoleMapping| Assignment {
        role: Arc::clone(&mapping.role),
        scope: mapping.scope.clone(),
    };
    mappings.iter().filter(is_given).map(assignment).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const REGISTRY: &str = "/subscriptions/b0a70001-0000-4000-8000-000000000001/resourceGroups/team/providers/\
                            Microsoft.ContainerRegistry/registries/myregistry";

    #[track_caller]
    fn check(text: &str, expected: Result<&str, InvalidRoleMapping>) {
        let read = text.parse::<RoleMapping>().map(|mapping| mapping.to_string());
        assert_eq!(read, expected.map(str::to_owned), "{text:?}");
    }

    #[test]
    fn mappings_are_read_and_written() {
        check("admins = Owner", Ok("admins = Owner"));
        check(" two words =  acrpush ", Ok("two words = AcrPush"));
        check("CN=dev,DC=example = Reader", Ok("CN=dev,DC=example = Reader"));
        check("a = b = Reader", Ok("a = b = Reader"));
        let one = format!("developers = AcrPull on {REGISTRY}");
        check(&one, Ok(&one));
        let longest = format!("{} = Owner", "v".repeat(CLAIM_VALUE_BYTES_MAX));
        check(&longest, Ok(&longest));
    }

    #[test]
    fn what_gives_no_role_is_refused() {
        for text in ["", "admins", "admins=Owner", " = Owner", "admins = "] {
            check(text, Err(InvalidRoleMapping::Form));
        }
        let longer = format!("{} = Owner", "v".repeat(CLAIM_VALUE_BYTES_MAX + 1));
        check(&longer, Err(InvalidRoleMapping::Value));
        check("admins = King", Err(InvalidRoleMapping::Role));
        let foreign = "/subscriptions/00000000-0000-0000-0000-000000000000";
        for (scope, expected) in
            [("everything", InvalidRoleScope::Path), (foreign, InvalidRoleScope::Subscription)]
        {
            let text = format!("admins = Owner on {scope}");
            check(&text, Err(InvalidRoleMapping::Scope(expected)));
        }
    }

    #[test]
    fn every_value_gives_all_its_roles_and_no_other() {
        let scoped = format!("b = AcrPush on {REGISTRY}");
        let mappings = ["a = Reader", scoped.as_str(), "b = AcrDelete", "c = Owner"];
        let mappings = mappings.map(|text| text.parse().unwrap());
        let roles = |values: &[&str]| {
            let given = mapped(&mappings, &values.iter().copied());
            given.iter().map(|one| one.role.name.clone()).collect::<Vec<_>>()
        };
        assert_eq!(roles(&["b", "a", "b"]), ["Reader", "AcrPush", "AcrDelete"]);
        assert_eq!(roles(&["A", "b ", ""]), [""; 0]);
    }
}
