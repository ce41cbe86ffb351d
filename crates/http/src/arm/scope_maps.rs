//! Scope maps: one file for each thing that can be done with them.

pub(super) mod create;
pub(super) mod delete;
pub(super) mod get;
pub(super) mod list;
pub(super) mod update;

use super::admit::Call;
use super::error::ArmError;
use boathook_engine::manage::scope_maps::{self, Refusal};
use boathook_wire::arm::path::RegistryId;
use boathook_wire::arm::scope_map::{Maker, Properties, ScopeMap, TYPE};
use boathook_wire::arm::system_data::{IdentityType, SystemData};

/// A scope map as it is shown.
fn resource(id: &RegistryId, map: &scope_maps::ScopeMap) -> ScopeMap {
    let scope_maps::ScopeMap { row, is_system } = map;
    let (created_at, created_by) = row.created.clone();
    let (last_modified_at, last_modified_by) = row.updated.clone();
    ScopeMap {
        r#type: TYPE,
        id: id.scope_map(row.name.as_str()),
        name: row.name.to_string(),
        system_data: SystemData {
            created_by,
            created_by_type: IdentityType::Application,
            created_at,
            last_modified_by,
            last_modified_by_type: IdentityType::Application,
            last_modified_at,
        },
        properties: Properties {
            description: row.description.clone(),
            r#type: if *is_system { Maker::SystemDefined } else { Maker::UserDefined },
            creation_date: created_at,
            provisioning_state: "Succeeded",
            actions: row.actions.clone(),
        },
    }
}

/// There is no scope map of that name.
fn unknown(call: &Call<'_>, name: &str) -> ArmError {
    ArmError::no_child(&call.id, "scopeMaps", name)
}

/// The engine's refusal to do something with the scope map of that name.
fn refused(call: &Call<'_>, name: &str, refusal: Refusal) -> ArmError {
    match refusal {
        Refusal::NotFound => unknown(call, name),
        refusal => ArmError::ScopeMap(refusal),
    }
}
