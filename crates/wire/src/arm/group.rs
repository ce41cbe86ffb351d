//! Resource groups as the management API shows and takes them.

use super::object::{Change, InvalidBody, Object};
use serde::Serialize;
use std::collections::BTreeMap;

/// The `type` of the resource.
pub const TYPE: &str = "Microsoft.Resources/resourceGroups";

/// A resource group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ResourceGroup {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// [`TYPE`].
    pub r#type: &'static str,
    /// Its region.
    pub location: String,
    /// Words of its owner's.
    pub tags: BTreeMap<String, String>,
    /// How it stands.
    pub properties: Properties,
}

/// How a resource group stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Properties {
    /// Such as `Succeeded`.
    pub provisioning_state: &'static str,
}

/// What a resource group is created with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Create {
    /// Its region.
    pub location: String,
    /// Words of its owner's.
    pub tags: BTreeMap<String, String>,
}

/// What of a resource group is changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Update {
    /// All its tags from now on.
    pub tags: Change<BTreeMap<String, String>>,
}

impl Create {
    /// Reads the body of a PUT.
    pub fn parse(body: &[u8]) -> Result<Self, InvalidBody> {
        let body = Object::from_body(body)?;
        let location = body.required_string("location")?;
        Ok(Self { location, tags: body.map("tags")?.unwrap_or_default() })
    }
}

impl Update {
    /// Reads the body of a PATCH.
    pub fn parse(body: &[u8]) -> Result<Self, InvalidBody> {
        Ok(Self { tags: Object::from_body(body)?.map_change("tags")? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_what_arm_shows() {
        let group = ResourceGroup {
            id: "/subscriptions/s/resourceGroups/rg1".to_owned(),
            name: "rg1".to_owned(),
            r#type: TYPE,
            location: "westus".to_owned(),
            tags: BTreeMap::new(),
            properties: Properties { provisioning_state: "Succeeded" },
        };
        let expected = concat!(
            r#"{"id":"/subscriptions/s/resourceGroups/rg1","name":"rg1","type":"Microsoft.Resources/resourceGroups","#,
            r#""location":"westus","tags":{},"properties":{"provisioningState":"Succeeded"}}"#,
        );
        assert_eq!(serde_json::to_string(&group).unwrap(), expected);
    }

    #[test]
    fn what_az_sends_is_read() {
        let expected = Create { location: "westus".to_owned(), tags: BTreeMap::new() };
        assert_eq!(Create::parse(br#"{"location": "westus"}"#), Ok(expected));
        assert_eq!(Create::parse(b"{}").unwrap_err().target(), Some("location"));
        assert_eq!(Update::parse(br#"{"tags":null}"#), Ok(Update { tags: Change::Clear }));
        assert_eq!(Update::parse(br#"{"tags":[]}"#).unwrap_err().target(), Some("tags"));
    }
}
