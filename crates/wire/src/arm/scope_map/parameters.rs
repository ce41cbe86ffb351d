//! What a scope map is created and changed with. Members that are not known are passed over.

use crate::arm::object::{Change, InvalidBody, Object};

/// What a scope map is created with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Create {
    /// Words of its owner's.
    pub description: Option<String>,
    /// What it allows, as text.
    pub actions: Vec<String>,
}

/// What of a scope map is changed. What is absent stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Update {
    /// Words of its owner's.
    pub description: Change<String>,
    /// All that it allows from now on.
    pub actions: Option<Vec<String>>,
}

impl Create {
    /// Reads the body of a PUT.
    pub fn parse(body: &[u8]) -> Result<Self, InvalidBody> {
        let body = Object::from_body(body)?;
        let properties = body.required_object("properties")?;
        Ok(Self {
            description: properties.string("description")?,
            actions: properties.required_strings("actions")?,
        })
    }
}

impl Update {
    /// Reads the body of a PATCH.
    pub fn parse(body: &[u8]) -> Result<Self, InvalidBody> {
        let body = Object::from_body(body)?;
        let Some(properties) = body.object("properties")? else { return Ok(Self::default()) };
        Ok(Self {
            description: properties.string_change("description")?,
            actions: properties.strings("actions")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_az_sends_is_read() {
        let body = br#"{"properties":{"actions":["repositories/hello/content/read","repositories/hello/metadata/read"]}}"#;
        let create = Create::parse(body).unwrap();
        assert_eq!(create.description, None);
        assert_eq!(
            create.actions,
            ["repositories/hello/content/read", "repositories/hello/metadata/read"]
        );
        let update = Update::parse(br#"{"properties":{"description":null,"actions":[]}}"#);
        let expected = Update { description: Change::Clear, actions: Some(Vec::new()) };
        assert_eq!(update, Ok(expected));
        assert_eq!(Update::parse(b"{}"), Ok(Update::default()));
    }

    #[test]
    fn what_is_wrong_is_named() {
        let error = Create::parse(br#"{"properties":{}}"#).unwrap_err();
        assert_eq!(error.target(), Some("properties.actions"));
        let error = Update::parse(br#"{"properties":{"description":1}}"#).unwrap_err();
        assert_eq!(error.target(), Some("properties.description"));
    }
}
