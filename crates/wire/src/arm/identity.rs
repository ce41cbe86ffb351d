//! Service principals as the management API shows and takes them. Azure keeps these in a directory of its own; the
//! members bear that directory's names.

use super::object::{InvalidBody, Object};
use super::system_data::SystemData;
use boathook_core::time::Timestamp;
use serde::Serialize;
use std::fmt;

/// The `type` of the resource.
pub const TYPE: &str = "Boathook.Identity/servicePrincipals";

/// A service principal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Identity {
    /// [`TYPE`].
    pub r#type: &'static str,
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Who made and who changed it.
    pub system_data: SystemData,
    /// Who it is.
    pub properties: Properties,
}

/// Who a service principal is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Properties {
    /// The client id that it signs in with.
    pub app_id: String,
    /// The id that roles are given to.
    pub object_id: String,
    /// Whether it may sign in.
    #[serde(rename = "accountEnabled")]
    pub is_enabled: bool,
    /// Its secrets, without their values.
    pub password_credentials: Vec<Password>,
}

/// A secret of a service principal, without its value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Password {
    /// Which one it is.
    pub key_id: String,
    /// Words of its owner's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// Since when it counts.
    #[serde(rename = "startDateTime", serialize_with = "crate::time::as_text")]
    pub start: Timestamp,
    /// When it no longer does, if ever.
    #[serde(
        rename = "endDateTime",
        skip_serializing_if = "Option::is_none",
        serialize_with = "crate::time::as_text_if_any"
    )]
    pub end: Option<Timestamp>,
}

/// What `addPassword` answers: the new secret, this once.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NewPassword {
    /// What is shown of it later, too.
    #[serde(flatten)]
    pub password: Password,
    /// Its value.
    pub secret_text: String,
}

/// What a service principal is created or changed with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Put {
    /// Whether it may sign in; as it is, or yes for a new one, where nothing is said.
    pub is_enabled: Option<bool>,
}

/// What `addPassword` is asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AddPassword {
    /// Words of its owner's.
    pub display_name: Option<String>,
    /// When it shall no longer count, as text.
    pub end: Option<String>,
}

impl Put {
    /// Reads the body of a PUT.
    pub fn parse(body: &[u8]) -> Result<Self, InvalidBody> {
        let is_enabled = match Object::from_body(body)?.object("properties")? {
            Some(properties) => properties.boolean("accountEnabled")?,
            None => None,
        };
        Ok(Self { is_enabled })
    }
}

impl AddPassword {
    /// Reads the body of the POST, which may be empty.
    pub fn parse(body: &[u8]) -> Result<Self, InvalidBody> {
        if body.is_empty() {
            return Ok(Self::default());
        }
        let body = Object::from_body(body)?;
        Ok(Self { display_name: body.string("displayName")?, end: body.string("endDateTime")? })
    }
}

/// Reads the body of a `removePassword`: the `keyId` of the secret.
pub fn parse_remove_password(body: &[u8]) -> Result<String, InvalidBody> {
    Object::from_body(body)?.required_string("keyId")
}

/// Shows which, and never what.
impl fmt::Debug for NewPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewPassword").field("password", &self.password).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arm::system_data::tests::{PRINTED, system_data};

    fn password() -> Password {
        Password { key_id: "k".to_owned(), display_name: None, start: Timestamp(0), end: None }
    }

    #[test]
    fn it_shows_its_secrets_without_their_values() {
        let identity = Identity {
            r#type: TYPE,
            id: "/i/ci".to_owned(),
            name: "ci".to_owned(),
            system_data: system_data(),
            properties: Properties {
                app_id: "a".to_owned(),
                object_id: "o".to_owned(),
                is_enabled: true,
                password_credentials: vec![password()],
            },
        };
        let expected = format!(
            concat!(
                r#"{{"type":"Boathook.Identity/servicePrincipals","id":"/i/ci","name":"ci",{},"#,
                r#""properties":{{"appId":"a","objectId":"o","accountEnabled":true,"passwordCredentials":["#,
                r#"{{"keyId":"k","startDateTime":"1970-01-01T00:00:00.0000000Z"}}]}}}}"#,
            ),
            PRINTED
        );
        assert_eq!(serde_json::to_string(&identity).unwrap(), expected);
    }

    #[test]
    fn a_new_secret_is_told_to_its_owner_and_not_to_logs() {
        let password = Password { end: Some(Timestamp(0)), ..password() };
        let new = NewPassword { password, secret_text: "hunter2".to_owned() };
        let expected = r#"{"keyId":"k","startDateTime":"1970-01-01T00:00:00.0000000Z","endDateTime":"1970-01-01T00:00:00.0000000Z","secretText":"hunter2"}"#;
        assert_eq!(serde_json::to_string(&new).unwrap(), expected);
        assert!(!format!("{new:?}").contains("hunter2"));
    }

    #[test]
    fn bodies_are_read() {
        assert_eq!(Put::parse(b"{}"), Ok(Put::default()));
        let disabled = Put { is_enabled: Some(false) };
        assert_eq!(Put::parse(br#"{"properties":{"accountEnabled":false}}"#), Ok(disabled));
        assert_eq!(AddPassword::parse(b""), Ok(AddPassword::default()));
        let add = AddPassword {
            display_name: Some("ci".to_owned()),
            end: Some("2027-01-01T00:00:00Z".to_owned()),
        };
        let body = br#"{"displayName":"ci","endDateTime":"2027-01-01T00:00:00Z"}"#;
        assert_eq!(AddPassword::parse(body), Ok(add));
        assert_eq!(parse_remove_password(br#"{"keyId":"k"}"#), Ok("k".to_owned()));
        assert_eq!(parse_remove_password(b"{}").unwrap_err().target(), Some("keyId"));
        let error = Put::parse(br#"{"properties":{"accountEnabled":1}}"#).unwrap_err();
        assert_eq!(error.target(), Some("properties.accountEnabled"));
    }
}
