//! Roles: who may manage what, and what that means for a registry's content.
//!
//! A role is a list of ARM's actions, as Azure has them; an assignment gives it to somebody on a scope and all below.
//! Who the somebody is, is not known here: callers bring the assignments of one.

mod action;
mod built_in;
mod data;
mod mapping;
mod scope;

pub use action::{ACTION_BYTES_MAX, ActionPattern, ArmAction, InvalidAction};
pub use built_in::{built_in, find_built_in, owner};
pub use data::rules;
pub use mapping::{CLAIM_VALUE_BYTES_MAX, InvalidRoleMapping, RoleMapping, mapped};
pub use scope::{InvalidRoleScope, RoleScope};

use crate::id::RoleId;
use std::sync::Arc;

/// The longest name of a role, in characters.
pub const NAME_CHARS_MAX: usize = 512;
/// The most patterns in each of a role's four lists.
pub const PATTERNS_MAX: usize = 500;

/// A role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Definition {
    /// Its GUID; Azure's own for those that Azure has.
    pub id: RoleId,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// What it allows.
    pub permissions: Permissions,
}

/// What a role allows. What one of its lists takes away, another role may still give.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Permissions {
    /// Management.
    pub actions: Vec<ActionPattern>,
    /// What is taken from `actions`.
    pub not_actions: Vec<ActionPattern>,
    /// Content.
    pub data_actions: Vec<ActionPattern>,
    /// What is taken from `data_actions`.
    pub not_data_actions: Vec<ActionPattern>,
}

/// Why a role cannot be made.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
pub enum InvalidRole {
    /// Its name.
    #[error("a role's name has 1 to {NAME_CHARS_MAX} characters")]
    Name,
    /// The lists together.
    #[error("a role has at least one action or data action")]
    Empty,
    /// One of them.
    #[error("each of a role's lists has at most {PATTERNS_MAX} entries")]
    TooMany,
}

impl Definition {
    /// Checks a role that somebody makes.
    pub fn custom(
        id: RoleId,
        name: String,
        description: String,
        permissions: Permissions,
    ) -> Result<Self, InvalidRole> {
        let Permissions { actions, not_actions, data_actions, not_data_actions } = &permissions;
        if !(1..=NAME_CHARS_MAX).contains(&name.chars().count()) {
            return Err(InvalidRole::Name);
        }
        if actions.is_empty() && data_actions.is_empty() {
            return Err(InvalidRole::Empty);
        }
        let lists = [actions, not_actions, data_actions, not_data_actions];
        if lists.iter().any(|list| PATTERNS_MAX < list.len()) {
            return Err(InvalidRole::TooMany);
        }
        Ok(Self { id, name, description, permissions })
    }
}

impl Permissions {
    fn allow(&self, action: ArmAction<'_>) -> bool {
        is_in(&self.actions, action) && !is_in(&self.not_actions, action)
    }

    fn allow_data(&self, action: ArmAction<'_>) -> bool {
        is_in(&self.data_actions, action) && !is_in(&self.not_data_actions, action)
    }
}

fn is_in(patterns: &[ActionPattern], action: ArmAction<'_>) -> bool {
    patterns.iter().any(|pattern| pattern.matches(action))
}

/// A role that somebody has on a scope and all that is below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// The role.
    pub role: Arc<Definition>,
    /// Where it counts.
    pub scope: RoleScope,
}

/// Says whether one of somebody's assignments allows `action` on what `scope` names.
pub fn allows(assignments: &[Assignment], action: ArmAction<'_>, scope: &RoleScope) -> bool {
    assignments.iter().any(|assignment| {
        assignment.scope.contains(scope) && assignment.role.permissions.allow(action)
    })
}

#[cfg(test)]
mod tests;
