//! Replications as the management API shows them (`acr-facts` §3.8).

pub mod parameters;

use super::switch;
use super::system_data::SystemData;
use boathook_core::time::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;

/// The `type` of the resource.
pub const TYPE: &str = "Microsoft.ContainerRegistry/registries/replications";

/// A replication: a registry in one of its regions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Replication {
    /// [`TYPE`].
    pub r#type: &'static str,
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The region.
    pub location: String,
    /// Words of its owner's.
    pub tags: BTreeMap<String, String>,
    /// Who made and who changed it.
    pub system_data: SystemData,
    /// How it stands.
    pub properties: Properties,
}

/// How a replication stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Properties {
    /// Where its last change stands, such as `Creating` or `Succeeded`.
    pub provisioning_state: &'static str,
    /// The same for people.
    pub status: Status,
    /// Whether the registry's own host may lead here.
    #[serde(rename = "regionEndpointEnabled")]
    pub is_region_endpoint_enabled: bool,
    /// Whether it is kept in several zones of the region.
    #[serde(rename = "zoneRedundancy", serialize_with = "switch::capital")]
    pub is_zone_redundant: bool,
}

/// How a replication stands, for people. As long as it is being made there is only the time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Status {
    /// Such as `Ready`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display_status: Option<&'static str>,
    /// More of the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Since when.
    #[serde(serialize_with = "crate::time::as_text")]
    pub timestamp: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arm::system_data::tests::{PRINTED, system_data};

    #[track_caller]
    fn check(properties: Properties, expected: &str) {
        let replication = Replication {
            r#type: TYPE,
            id: "/r/replications/centralus".to_owned(),
            name: "centralus".to_owned(),
            location: "centralus".to_owned(),
            tags: BTreeMap::new(),
            system_data: system_data(),
            properties,
        };
        let expected = format!(
            concat!(
                r#"{{"type":"Microsoft.ContainerRegistry/registries/replications","id":"/r/replications/centralus","#,
                r#""name":"centralus","location":"centralus","tags":{{}},{},"properties":{}}}"#,
            ),
            PRINTED, expected
        );
        assert_eq!(serde_json::to_string(&replication).unwrap(), expected);
    }

    #[test]
    fn it_is_what_acr_shows() {
        let creating = Properties {
            provisioning_state: "Creating",
            status: Status { display_status: None, message: None, timestamp: Timestamp(0) },
            is_region_endpoint_enabled: true,
            is_zone_redundant: false,
        };
        let expected = r#"{"provisioningState":"Creating","status":{"timestamp":"1970-01-01T00:00:00.0000000Z"},"regionEndpointEnabled":true,"zoneRedundancy":"Disabled"}"#;
        check(creating.clone(), expected);
        let status = Status { display_status: Some("Ready"), ..creating.status };
        let ready = Properties { provisioning_state: "Succeeded", status, ..creating };
        let expected = r#"{"provisioningState":"Succeeded","status":{"displayStatus":"Ready","timestamp":"1970-01-01T00:00:00.0000000Z"},"regionEndpointEnabled":true,"zoneRedundancy":"Disabled"}"#;
        check(ready, expected);
    }
}
