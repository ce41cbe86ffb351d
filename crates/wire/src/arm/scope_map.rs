//! Scope maps as the management API shows them: what tokens may do, by name (`acr-facts` §3.9).

pub mod parameters;

use super::system_data::SystemData;
use boathook_core::time::Timestamp;
use serde::Serialize;

/// The `type` of the resource.
pub const TYPE: &str = "Microsoft.ContainerRegistry/registries/scopeMaps";

/// A scope map.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ScopeMap {
    /// [`TYPE`].
    pub r#type: &'static str,
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Who made and who changed it.
    pub system_data: SystemData,
    /// What it allows.
    pub properties: Properties,
}

/// What a scope map allows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Properties {
    /// Words of its owner's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Whether it was there from the beginning.
    pub r#type: Maker,
    /// When it was made.
    #[serde(serialize_with = "crate::time::as_text")]
    pub creation_date: Timestamp,
    /// Where its last change stands.
    pub provisioning_state: &'static str,
    /// What it allows, such as `repositories/hello/content/read`.
    pub actions: Vec<String>,
}

/// Who made a scope map.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Maker {
    /// Every registry has it, and nobody can change it.
    SystemDefined,
    /// The registry's owner.
    UserDefined,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arm::system_data::tests::{PRINTED, system_data};

    #[test]
    fn it_is_what_acr_shows() {
        let map = ScopeMap {
            r#type: TYPE,
            id: "/r/scopeMaps/mymap".to_owned(),
            name: "mymap".to_owned(),
            system_data: system_data(),
            properties: Properties {
                description: Some("d".to_owned()),
                r#type: Maker::UserDefined,
                creation_date: Timestamp(0),
                provisioning_state: "Succeeded",
                actions: vec!["repositories/hello/content/read".to_owned()],
            },
        };
        let expected = format!(
            concat!(
                r#"{{"type":"Microsoft.ContainerRegistry/registries/scopeMaps","id":"/r/scopeMaps/mymap","name":"mymap",{},"#,
                r#""properties":{{"description":"d","type":"UserDefined","creationDate":"1970-01-01T00:00:00.0000000Z","#,
                r#""provisioningState":"Succeeded","actions":["repositories/hello/content/read"]}}}}"#,
            ),
            PRINTED
        );
        assert_eq!(serde_json::to_string(&map).unwrap(), expected);
    }
}
