//! Passwords as the management API makes and shows them: the admin user's two, and those of tokens (`acr-facts` §3.7,
//! §3.9).

use super::object::{InvalidBody, Object};
use boathook_core::time::Timestamp;
use serde::Serialize;
use std::fmt;

/// What `listCredentials` and `regenerateCredential` answer: the admin user, and its passwords in plain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AdminCredentials {
    /// The user name.
    pub username: String,
    /// Both passwords.
    pub passwords: Vec<AdminPassword>,
}

/// One of the admin user's passwords.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct AdminPassword {
    /// Which of the two it is.
    pub name: AdminPasswordName,
    /// The password.
    pub value: String,
}

/// Which of the admin user's passwords.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum AdminPasswordName {
    /// The first.
    Password,
    /// The second.
    Password2,
}

/// What `generateCredentials` answers: all of a token's passwords, those that are new in plain. Terraform looks for the
/// second in the second place, and finds it there because the first is told of as well.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TokenCredentials {
    /// The user name, which is the token's name.
    pub username: String,
    /// The passwords that it has.
    pub passwords: Vec<TokenPassword>,
}

/// A password of a token.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TokenPassword {
    /// When it was made.
    #[serde(serialize_with = "crate::time::as_text")]
    pub creation_time: Timestamp,
    /// When it no longer counts, if ever.
    #[serde(
        skip_serializing_if = "Option::is_none",
        serialize_with = "crate::time::as_text_if_any"
    )]
    pub expiry: Option<Timestamp>,
    /// Which of the two it is.
    pub name: TokenPasswordName,
    /// The password, where it was just made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
}

/// Which of a token's passwords.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum TokenPasswordName {
    /// The first.
    Password1,
    /// The second.
    Password2,
}

/// What `generateCredentials` is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Generate {
    /// The id of the token.
    pub token_id: String,
    /// When the new passwords shall no longer count, as text; never where nothing is said.
    pub expiry: Option<String>,
    /// Which password; both where nothing is said.
    pub name: Option<TokenPasswordName>,
}

impl Generate {
    /// Reads the body of the POST.
    pub fn parse(body: &[u8]) -> Result<Self, InvalidBody> {
        let body = Object::from_body(body)?;
        let name = body.string("name")?;
        let name = name.map(|name| match name.to_ascii_lowercase().as_str() {
            "password1" => Ok(TokenPasswordName::Password1),
            "password2" => Ok(TokenPasswordName::Password2),
            _ => Err(body.unlike("name", "has to be `password1` or `password2`")),
        });
        Ok(Self {
            token_id: body.required_string("tokenId")?,
            expiry: body.string("expiry")?,
            name: name.transpose()?,
        })
    }
}

/// Reads the body of a `regenerateCredential`: which password is to be replaced.
pub fn parse_regenerate(body: &[u8]) -> Result<AdminPasswordName, InvalidBody> {
    let body = Object::from_body(body)?;
    match body.required_string("name")?.to_ascii_lowercase().as_str() {
        "password" => Ok(AdminPasswordName::Password),
        "password2" => Ok(AdminPasswordName::Password2),
        _ => Err(body.unlike("name", "has to be `password` or `password2`")),
    }
}

/// Shows which, and never what.
impl fmt::Debug for AdminPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AdminPassword").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Shows which, and never what.
impl fmt::Debug for TokenPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenPassword").field("name", &self.name).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_are_what_acr_shows() {
        let admin = AdminCredentials {
            username: "reg01".to_owned(),
            passwords: [AdminPasswordName::Password, AdminPasswordName::Password2]
                .map(|name| AdminPassword { name, value: "hunter2".to_owned() })
                .to_vec(),
        };
        let expected = r#"{"username":"reg01","passwords":[{"name":"password","value":"hunter2"},{"name":"password2","value":"hunter2"}]}"#;
        assert_eq!(serde_json::to_string(&admin).unwrap(), expected);
        let token = TokenCredentials {
            username: "mytoken".to_owned(),
            passwords: [
                (TokenPasswordName::Password1, None),
                (TokenPasswordName::Password2, Some("hunter2".to_owned())),
            ]
            .map(|(name, value)| TokenPassword {
                creation_time: Timestamp(0),
                expiry: None,
                name,
                value,
            })
            .to_vec(),
        };
        let expected = concat!(
            r#"{"username":"mytoken","passwords":[{"creationTime":"1970-01-01T00:00:00.0000000Z","name":"password1"},"#,
            r#"{"creationTime":"1970-01-01T00:00:00.0000000Z","name":"password2","value":"hunter2"}]}"#,
        );
        assert_eq!(serde_json::to_string(&token).unwrap(), expected);
        assert!(!format!("{admin:?}{token:?}").contains("hunter2"));
    }

    #[test]
    fn what_az_sends_is_read() {
        assert_eq!(parse_regenerate(br#"{"name":"password"}"#), Ok(AdminPasswordName::Password));
        assert_eq!(parse_regenerate(br#"{"name":"Password2"}"#), Ok(AdminPasswordName::Password2));
        let both = Generate { token_id: "/r/tokens/mytoken".to_owned(), expiry: None, name: None };
        assert_eq!(Generate::parse(br#"{"tokenId":"/r/tokens/mytoken"}"#).as_ref(), Ok(&both));
        let body =
            br#"{"tokenId":"/r/tokens/mytoken","name":"password2","expiry":"2027-01-01T00:00:00Z"}"#;
        let expected = Generate {
            expiry: Some("2027-01-01T00:00:00Z".to_owned()),
            name: Some(TokenPasswordName::Password2),
            ..both
        };
        assert_eq!(Generate::parse(body), Ok(expected));
    }

    #[test]
    fn what_is_wrong_is_named() {
        let error = parse_regenerate(br#"{"name":"password1"}"#).unwrap_err();
        assert_eq!(error.to_string(), "`name` has to be `password` or `password2`");
        let error = Generate::parse(br#"{"name":"password1"}"#).unwrap_err();
        assert_eq!(error.target(), Some("tokenId"));
        let error = Generate::parse(br#"{"tokenId":"i","name":"password"}"#).unwrap_err();
        assert_eq!(error.to_string(), "`name` has to be `password1` or `password2`");
    }
}
