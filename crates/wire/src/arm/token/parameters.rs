//! What a token is created and changed with. Members that are not known are passed over.
//!
//! Passwords are made by [`generateCredentials`](crate::arm::credentials) alone. Here they can only be taken away: the
//! list that is given says which of them stay.

use crate::arm::object::{InvalidBody, Object};

/// What a token is created with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Create {
    /// The id of its scope map.
    pub scope_map_id: String,
    /// Whether it may sign in; it may where nothing is said.
    pub is_enabled: Option<bool>,
    /// The names of the passwords that stay, where it is there already.
    pub passwords: Option<Vec<String>>,
}

/// What of a token is changed. What is absent stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Update {
    /// The id of its scope map.
    pub scope_map_id: Option<String>,
    /// Whether it may sign in.
    pub is_enabled: Option<bool>,
    /// The names of the passwords that stay.
    pub passwords: Option<Vec<String>>,
}

impl Create {
    /// Reads the body of a PUT.
    pub fn parse(body: &[u8]) -> Result<Self, InvalidBody> {
        let body = Object::from_body(body)?;
        let properties = body.required_object("properties")?;
        Ok(Self {
            scope_map_id: properties.required_string("scopeMapId")?,
            is_enabled: properties.switch("status")?,
            passwords: passwords(&properties)?,
        })
    }
}

impl Update {
    /// Reads the body of a PATCH.
    pub fn parse(body: &[u8]) -> Result<Self, InvalidBody> {
        let body = Object::from_body(body)?;
        let Some(properties) = body.object("properties")? else { return Ok(Self::default()) };
        Ok(Self {
            scope_map_id: properties.string("scopeMapId")?,
            is_enabled: properties.switch("status")?,
            passwords: passwords(&properties)?,
        })
    }
}

fn passwords(properties: &Object<'_>) -> Result<Option<Vec<String>>, InvalidBody> {
    let Some(credentials) = properties.object("credentials")? else { return Ok(None) };
    let Some(passwords) = credentials.objects("passwords")? else { return Ok(None) };
    let names = passwords.iter().map(|password| password.required_string("name"));
    names.collect::<Result<_, _>>().map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_az_sends_is_read() {
        let body = br#"{"properties":{"scopeMapId":"/r/scopeMaps/mymap","status":"enabled"}}"#;
        let expected = Create {
            scope_map_id: "/r/scopeMaps/mymap".to_owned(),
            is_enabled: Some(true),
            passwords: None,
        };
        assert_eq!(Create::parse(body), Ok(expected));
        let update = |body: &str| Update::parse(body.as_bytes());
        assert_eq!(update("{}"), Ok(Update::default()));
        let disabled = Update { is_enabled: Some(false), ..Update::default() };
        assert_eq!(update(r#"{"properties":{"status":"disabled"}}"#), Ok(disabled));
        let keep = |names: &[&str]| {
            let passwords = Some(names.iter().map(|&name| name.to_owned()).collect());
            Ok(Update { passwords, ..Update::default() })
        };
        let body = r#"{"properties":{"credentials":{"passwords":[{"name":"password2","creationTime":"x"}]}}}"#;
        assert_eq!(update(body), keep(&["password2"]));
        assert_eq!(update(r#"{"properties":{"credentials":{"passwords":[]}}}"#), keep(&[]));
    }

    #[test]
    fn what_is_wrong_is_named() {
        let refused = |body: &str, target: &str| {
            let error = Create::parse(body.as_bytes()).unwrap_err();
            assert_eq!(error.target(), Some(target), "{body}: {error}");
        };
        refused("{}", "properties");
        refused(r#"{"properties":{}}"#, "properties.scopeMapId");
        refused(r#"{"properties":{"scopeMapId":"i","status":"on"}}"#, "properties.status");
        let passwords = r#"{"properties":{"scopeMapId":"i","credentials":{"passwords":[{}]}}}"#;
        refused(passwords, "properties.credentials.passwords[0].name");
    }
}
