//! Scope maps: one file for each thing that can be done with them.

pub(super) mod create;
pub(super) mod delete;
pub(super) mod get;
pub(super) mod list;
pub(super) mod update;

use super::admit::Call;
use super::error::ArmError;
use super::print;
use boathook_engine::manage::scope_maps::{self, Refusal};
use boathook_wire::arm::path::RegistryId;
use boathook_wire::arm::scope_map::{Maker, Properties, ScopeMap, TYPE};

/// A scope map as it is shown.
fn resource(id: &RegistryId, map: &scope_maps::ScopeMap) -> ScopeMap {
    let scope_maps::ScopeMap { row, is_system } = map;
    ScopeMap {
        r#type: TYPE,
        id: id.scope_map(row.name.as_str()),
        name: row.name.to_string(),
        system_data: print::system_data(&row.created, &row.updated),
        properties: Properties {
            description: row.description.clone(),
            r#type: if *is_system { Maker::SystemDefined } else { Maker::UserDefined },
            creation_date: row.created.0,
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
