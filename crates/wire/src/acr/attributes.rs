//! What may be done with a repository, a manifest or a tag, as it is shown and changed.

use crate::arm::object::{InvalidBody, Object};
use boathook_core::lock;
use serde::Serialize;

/// What may be done with something.
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own to clients")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Attributes {
    /// Whether it may be deleted.
    #[serde(rename = "deleteEnabled")]
    pub may_delete: bool,
    /// Whether it may be written.
    #[serde(rename = "writeEnabled")]
    pub may_write: bool,
    /// Whether it may be read.
    #[serde(rename = "readEnabled")]
    pub may_read: bool,
    /// Whether it is listed.
    #[serde(rename = "listEnabled")]
    pub may_list: bool,
}

impl Default for Attributes {
    /// Everything may be done with what nobody has locked.
    fn default() -> Self {
        Self { may_delete: true, may_write: true, may_read: true, may_list: true }
    }
}

impl From<lock::Attributes> for Attributes {
    fn from(attributes: lock::Attributes) -> Self {
        Self {
            may_delete: attributes.is_delete_enabled,
            may_write: attributes.is_write_enabled,
            may_read: attributes.is_read_enabled,
            may_list: attributes.is_list_enabled,
        }
    }
}

/// What of it is changed. What is absent stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Update {
    /// Whether it may be deleted.
    pub may_delete: Option<bool>,
    /// Whether it may be written.
    pub may_write: Option<bool>,
    /// Whether it may be read.
    pub may_read: Option<bool>,
    /// Whether it is listed.
    pub may_list: Option<bool>,
    /// The quarantine's verdict on a manifest, as text.
    pub quarantine_state: Option<String>,
    /// What the verdict rests on: JSON, as text.
    pub quarantine_details: Option<String>,
}

impl Update {
    /// Reads the body of a PATCH. Members that are not known are passed over.
    pub fn parse(body: &[u8]) -> Result<Self, InvalidBody> {
        let body = Object::from_body(body)?;
        Ok(Self {
            may_delete: body.boolean("deleteEnabled")?,
            may_write: body.boolean("writeEnabled")?,
            may_read: body.boolean("readEnabled")?,
            may_list: body.boolean("listEnabled")?,
            quarantine_state: body.string("quarantineState")?,
            quarantine_details: body.string("quarantineDetails")?,
        })
    }

    /// Says whether it is about the quarantine, whatever else it is about.
    pub fn is_verdict(&self) -> bool {
        self.quarantine_state.is_some() || self.quarantine_details.is_some()
    }

    /// Says whether it changes what may be done with something.
    pub fn has_attributes(&self) -> bool {
        let Self { may_delete, may_write, may_read, may_list, .. } = self;
        [may_delete, may_write, may_read, may_list].into_iter().any(Option::is_some)
    }

    /// What becomes of attributes under this change.
    #[must_use]
    pub fn apply(&self, attributes: Attributes) -> Attributes {
        Attributes {
            may_delete: self.may_delete.unwrap_or(attributes.may_delete),
            may_write: self.may_write.unwrap_or(attributes.may_write),
            may_read: self.may_read.unwrap_or(attributes.may_read),
            may_list: self.may_list.unwrap_or(attributes.may_list),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_az_sends_is_read() {
        let change = Update::parse(br#"{"writeEnabled": false}"#).unwrap();
        assert_eq!(change, Update { may_write: Some(false), ..Update::default() });
        let attributes = Attributes { may_list: false, ..Attributes::default() };
        let expected = Attributes { may_write: false, ..attributes };
        assert_eq!(change.apply(attributes), expected);
        let change =
            Update::parse(br#"{"quarantineState":"Passed","quarantineDetails":"{}","x":1}"#);
        let change = change.unwrap();
        assert_eq!(change.quarantine_state.as_deref(), Some("Passed"));
        assert_eq!(change.apply(attributes), attributes);
        assert!(change.is_verdict() && !change.has_attributes());
        let change = Update::parse(br#"{"quarantineDetails":"{}","listEnabled":true}"#).unwrap();
        assert!(change.is_verdict() && change.has_attributes());
        let change = Update::parse(br#"{"listEnabled":true}"#).unwrap();
        assert!(!change.is_verdict() && change.has_attributes());
    }

    #[test]
    fn what_is_wrong_is_named() {
        let error = Update::parse(br#"{"deleteEnabled":"no"}"#).unwrap_err();
        assert_eq!(error.to_string(), "`deleteEnabled` has to be `true` or `false`");
        assert!(Update::parse(b"[]").is_err());
    }
}
