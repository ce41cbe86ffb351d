//! Roles, and who has them where: one file for each thing that can be done with them.

pub(super) mod definitions;
pub(super) mod delete;
pub(super) mod get;
pub(super) mod list;
pub(super) mod put;

use super::error::ArmError;
use boathook_core::defaults;
use boathook_core::role::RoleScope;
use boathook_engine::AssignmentRow;
use boathook_engine::manage::roles::path;
use boathook_wire::arm::path::Scope;
use boathook_wire::arm::role::{ASSIGNMENT_TYPE, AssignmentProperties, RoleAssignment};

/// The scope as roles are given on it. Nothing is given on everything there is, and no name that none can have is a
/// scope.
fn scope(asked: &Scope) -> Result<RoleScope, ArmError> {
    asked.to_string().parse().map_err(|_| ArmError::NoSuch(asked.to_string()))
}

/// A role that is given, as it is shown.
fn resource(row: AssignmentRow) -> RoleAssignment {
    let id = path(&row);
    let (created_on, created_by) = row.created;
    RoleAssignment {
        id,
        r#type: ASSIGNMENT_TYPE,
        name: row.id.to_string(),
        properties: AssignmentProperties {
            role_definition_id: definition_id(row.role.as_str()),
            principal_id: row.principal.to_string(),
            principal_type: row.principal_type,
            scope: row.scope.to_string(),
            created_on,
            updated_on: created_on,
            created_by: created_by.clone(),
            updated_by: created_by,
        },
    }
}

/// The id of a role: its GUID under the subscription.
fn definition_id(guid: &str) -> String {
    let subscription = defaults::SUBSCRIPTION_ID;
    format!(
        "/subscriptions/{subscription}/providers/Microsoft.Authorization/roleDefinitions/{guid}"
    )
}

/// There is no such role given there.
fn unknown(scope: &RoleScope, id: &str) -> ArmError {
    ArmError::NoSuch(format!("{scope}/providers/{ASSIGNMENT_TYPE}/{id}"))
}
