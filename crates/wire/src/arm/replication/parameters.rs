//! What a replication is created and changed with. Members that are not known are passed over.

use crate::arm::object::{Change, InvalidBody, Object};
use std::collections::BTreeMap;

/// What a replication is created with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Create {
    /// The region.
    pub location: String,
    /// Words of its owner's.
    pub tags: BTreeMap<String, String>,
    /// Whether the registry's own host may lead there; it may where nothing is said.
    pub is_region_endpoint_enabled: Option<bool>,
    /// Whether it is kept in several zones of the region; it is not where nothing is said.
    pub is_zone_redundant: Option<bool>,
}

/// What of a replication is changed. What is absent stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Update {
    /// All its tags from now on.
    pub tags: Change<BTreeMap<String, String>>,
    /// Whether the registry's own host may lead there.
    pub is_region_endpoint_enabled: Option<bool>,
}

impl Create {
    /// Reads the body of a PUT.
    pub fn parse(body: &[u8]) -> Result<Self, InvalidBody> {
        let body = Object::from_body(body)?;
        let location = body.required_string("location")?;
        let tags = body.map("tags")?.unwrap_or_default();
        let (is_region_endpoint_enabled, is_zone_redundant) = match body.object("properties")? {
            Some(properties) => {
                (properties.boolean("regionEndpointEnabled")?, properties.switch("zoneRedundancy")?)
            }
            None => (None, None),
        };
        Ok(Self { location, tags, is_region_endpoint_enabled, is_zone_redundant })
    }
}

impl Update {
    /// Reads the body of a PATCH.
    pub fn parse(body: &[u8]) -> Result<Self, InvalidBody> {
        let body = Object::from_body(body)?;
        let is_region_endpoint_enabled = match body.object("properties")? {
            Some(properties) => properties.boolean("regionEndpointEnabled")?,
            None => None,
        };
        Ok(Self { tags: body.map_change("tags")?, is_region_endpoint_enabled })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_az_sends_is_read() {
        let create = Create {
            location: "eastus".to_owned(),
            tags: BTreeMap::new(),
            is_region_endpoint_enabled: None,
            is_zone_redundant: None,
        };
        assert_eq!(
            Create::parse(br#"{"location":"eastus","properties":{}}"#).as_ref(),
            Ok(&create)
        );
        assert_eq!(Create::parse(br#"{"location":"eastus","colour":1}"#), Ok(create));
        let update = Update::parse(br#"{"properties":{"regionEndpointEnabled":false}}"#);
        let expected = Update { tags: Change::Keep, is_region_endpoint_enabled: Some(false) };
        assert_eq!(update, Ok(expected));
    }

    #[test]
    fn what_is_wrong_is_named() {
        let target = |error: InvalidBody| error.target().map(str::to_owned);
        let error = Create::parse(b"{}").unwrap_err();
        assert_eq!(target(error).as_deref(), Some("location"));
        let error = Update::parse(br#"{"properties":{"regionEndpointEnabled":"no"}}"#).unwrap_err();
        assert_eq!(target(error).as_deref(), Some("properties.regionEndpointEnabled"));
        let error = Create::parse(br#"{"location":"l","properties":{"zoneRedundancy":"Maybe"}}"#);
        assert_eq!(target(error.unwrap_err()).as_deref(), Some("properties.zoneRedundancy"));
    }
}
