//! Identities: one file for each thing that can be done with them.

pub(super) mod add_password;
pub(super) mod delete;
pub(super) mod get;
pub(super) mod list;
pub(super) mod put;
pub(super) mod remove_password;
pub(super) mod rotate;

use super::error::ArmError;
use boathook_engine::manage::identities::path;
use boathook_engine::{IdentitySecretRow, IdentityWithSecrets};
use boathook_wire::arm::identity::{Identity, Password, Properties, TYPE};
use boathook_wire::arm::system_data::{IdentityType, SystemData};

/// An identity as it is shown.
fn resource(found: IdentityWithSecrets) -> Identity {
    let IdentityWithSecrets { identity, secrets } = found;
    let (created_at, created_by) = identity.created;
    let (last_modified_at, last_modified_by) = identity.updated;
    Identity {
        r#type: TYPE,
        id: path(&identity.name),
        name: identity.name.to_string(),
        system_data: SystemData {
            created_by,
            created_by_type: IdentityType::Application,
            created_at,
            last_modified_by,
            last_modified_by_type: IdentityType::Application,
            last_modified_at,
        },
        properties: Properties {
            app_id: identity.client_id.to_string(),
            object_id: identity.principal.to_string(),
            is_enabled: identity.is_enabled,
            password_credentials: secrets.into_iter().map(password).collect(),
        },
    }
}

/// A secret as it is shown, without its value.
fn password(secret: IdentitySecretRow) -> Password {
    let IdentitySecretRow { id, display_name, start, end, .. } = secret;
    Password { key_id: id.to_string(), display_name, start, end }
}

/// There is no identity of that name.
fn unknown(name: &str) -> ArmError {
    ArmError::NoSuch(format!("{TYPE}/{name}"))
}
