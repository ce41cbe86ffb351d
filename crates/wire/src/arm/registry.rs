//! A registry as the management API shows it.
//!
//! Beside what every client needs, the members that Terraform follows without looking (`az-wire` §5), each stating what
//! is true of every registry here. Policies and quotas come with the operations that set them.

use super::system_data::SystemData;
use boathook_core::time::Timestamp;
use serde::{Serialize, Serializer};
use std::collections::BTreeMap;

/// The `type` of the resource.
pub const TYPE: &str = "Microsoft.ContainerRegistry/registries";

/// What a registry is known by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registry {
    /// Its id: the `Display` of [`RegistryId`](super::path::RegistryId).
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its home region.
    pub location: String,
    /// Words of its owner's.
    pub tags: BTreeMap<String, String>,
    /// `Basic`, `Standard` or `Premium`.
    pub sku: String,
    /// Who made and who changed it.
    pub system_data: SystemData,
    /// The host, with its port, that clients push to and pull from.
    pub login_server: String,
    /// When it was made.
    pub created: Timestamp,
    /// Whether its admin user may sign in.
    pub is_admin_user_enabled: bool,
    /// Whether anybody may pull.
    pub is_anonymous_pull_enabled: bool,
}

impl Serialize for Registry {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Resource::new(self).serialize(serializer)
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Resource<'a> {
    sku: Sku<'a>,
    r#type: &'static str,
    id: &'a str,
    name: &'a str,
    location: &'a str,
    tags: &'a BTreeMap<String, String>,
    system_data: &'a SystemData,
    properties: Properties<'a>,
}

#[derive(Serialize)]
struct Sku<'a> {
    name: &'a str,
    tier: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Properties<'a> {
    login_server: &'a str,
    creation_date: String,
    provisioning_state: &'static str,
    admin_user_enabled: bool,
    data_endpoint_enabled: bool,
    data_endpoint_host_names: [&'static str; 0],
    private_endpoint_connections: [&'static str; 0],
    public_network_access: &'static str,
    zone_redundancy: &'static str,
    anonymous_pull_enabled: bool,
}

impl<'a> Resource<'a> {
    fn new(registry: &'a Registry) -> Self {
        Self {
            sku: Sku { name: &registry.sku, tier: &registry.sku },
            r#type: TYPE,
            id: &registry.id,
            name: &registry.name,
            location: &registry.location,
            tags: &registry.tags,
            system_data: &registry.system_data,
            properties: Properties {
                login_server: &registry.login_server,
                creation_date: registry.created.to_string(),
                provisioning_state: "Succeeded",
                admin_user_enabled: registry.is_admin_user_enabled,
                data_endpoint_enabled: false,
                data_endpoint_host_names: [],
                private_endpoint_connections: [],
                public_network_access: "Enabled",
                zone_redundancy: "Disabled",
                anonymous_pull_enabled: registry.is_anonymous_pull_enabled,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arm::system_data::IdentityType;

    #[test]
    fn it_has_what_clients_cannot_do_without() {
        let registry = Registry {
            id: "/subscriptions/s/registries/reg01".to_owned(),
            name: "reg01".to_owned(),
            location: "local".to_owned(),
            tags: BTreeMap::new(),
            sku: "Premium".to_owned(),
            system_data: SystemData {
                created_by: "a".to_owned(),
                created_by_type: IdentityType::Application,
                created_at: Timestamp(0),
                last_modified_by: "a".to_owned(),
                last_modified_by_type: IdentityType::Application,
                last_modified_at: Timestamp(0),
            },
            login_server: "localhost:5000".to_owned(),
            created: Timestamp(0),
            is_admin_user_enabled: true,
            is_anonymous_pull_enabled: false,
        };
        let expected = concat!(
            r#"{"sku":{"name":"Premium","tier":"Premium"},"type":"Microsoft.ContainerRegistry/registries","#,
            r#""id":"/subscriptions/s/registries/reg01","name":"reg01","location":"local","tags":{},"#,
            r#""systemData":{"createdBy":"a","createdByType":"Application","#,
            r#""createdAt":"1970-01-01T00:00:00.0000000+00:00","lastModifiedBy":"a","#,
            r#""lastModifiedByType":"Application","lastModifiedAt":"1970-01-01T00:00:00.0000000+00:00"},"#,
            r#""properties":{"loginServer":"localhost:5000","creationDate":"1970-01-01T00:00:00.0000000Z","#,
            r#""provisioningState":"Succeeded","adminUserEnabled":true,"dataEndpointEnabled":false,"#,
            r#""dataEndpointHostNames":[],"privateEndpointConnections":[],"publicNetworkAccess":"Enabled","#,
            r#""zoneRedundancy":"Disabled","anonymousPullEnabled":false}}"#,
        );
        assert_eq!(serde_json::to_string(&registry).unwrap(), expected);
    }
}
