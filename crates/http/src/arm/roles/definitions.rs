//! The roles that there are: all of them built in.

use super::definition_id;
use crate::arm::admit::Ask;
use crate::arm::error::ArmError;
use crate::arm::print;
use axum::response::Response;
use boathook_core::role::{ActionPattern, Definition, built_in};
use boathook_engine::manage::roles;
use boathook_wire::arm::page::Page;
use boathook_wire::arm::path::Scope;
use boathook_wire::arm::role::{
    DEFINITION_TYPE, DefinitionProperties, Permissions, RoleDefinition, parse_definition_filter,
};

/// `GET {scope}/…/roleDefinitions`: those of the name that is asked for, or all.
pub(in crate::arm) fn list(ask: &Ask<'_>, scope: &Scope) -> Result<Response, ArmError> {
    check(scope)?;
    let name = parse_definition_filter(ask.filter.as_deref().unwrap_or_default())?;
    let is_asked_for =
        |role: &Definition| name.as_ref().is_none_or(|name| role.name.eq_ignore_ascii_case(name));
    let roles = built_in().iter().filter(|role| is_asked_for(role));
    Ok(print::json(&Page { value: roles.map(|role| resource(role)).collect(), next_link: None }))
}

/// `GET {scope}/…/roleDefinitions/{id}`
pub(in crate::arm) fn get(scope: &Scope, id: &str) -> Result<Response, ArmError> {
    check(scope)?;
    let role = roles::definition(id).ok_or_else(|| roles::Refusal::NoRole(id.to_owned()))?;
    Ok(print::json(&resource(role)))
}

/// The same roles are everywhere, at places that can be.
fn check(scope: &Scope) -> Result<(), ArmError> {
    match scope {
        Scope::Root => Ok(()),
        Scope::Subscription(_) | Scope::ResourceGroup(_) | Scope::Registry(_) => {
            super::scope(scope).map(drop)
        }
    }
}

fn resource(role: &Definition) -> RoleDefinition {
    let texts = |patterns: &[ActionPattern]| {
        patterns.iter().map(|pattern| pattern.as_str().to_owned()).collect()
    };
    let permissions = &role.permissions;
    RoleDefinition {
        id: definition_id(role.id.as_str()),
        r#type: DEFINITION_TYPE,
        name: role.id.to_string(),
        properties: DefinitionProperties {
            role_name: role.name.clone(),
            r#type: "BuiltInRole",
            description: role.description.clone(),
            assignable_scopes: vec!["/".to_owned()],
            permissions: vec![Permissions {
                actions: texts(&permissions.actions),
                not_actions: texts(&permissions.not_actions),
                data_actions: texts(&permissions.data_actions),
                not_data_actions: texts(&permissions.not_data_actions),
            }],
        },
    }
}
