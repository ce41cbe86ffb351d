//! Asking for an access token, in docker's two ways: a GET with Basic credentials, and a POST of a form.
//!
//! Source: distribution's token documentation; `acr-facts` §5.2. Parameters that say nothing to us (`account`,
//! `client_id`, `offline_token`, `access_type`) are passed over.

use crate::form::Form;
use boathook_core::time::Timestamp;
use serde::Serialize;
use std::fmt;
use url::form_urlencoded;

/// The most scopes that one request may ask for.
pub const SCOPES_MAX: usize = 100;

/// What a token is asked for, whichever way.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// The registry, as the challenge named it.
    pub service: Option<String>,
    /// The scopes, as text: clients ask for more than there is.
    pub scopes: Vec<String>,
}

/// What a POST shows to get its token.
#[derive(Clone, PartialEq, Eq)]
pub enum Grant {
    /// A name and a password.
    Password {
        /// The name.
        username: String,
        /// The password.
        password: String,
    },
    /// Neither name nor password, as anonymous clients ask.
    Anonymous,
    /// A token that was made for this.
    RefreshToken(String),
    /// A token of the directory, to be exchanged.
    AccessToken {
        /// The token.
        token: String,
        /// The directory's tenant.
        tenant: Option<String>,
    },
}

/// Why a request for a token cannot be read.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum InvalidTokenRequest {
    /// A parameter is missing: `invalid_request`.
    #[error("the parameter `{0}` is missing")]
    Missing(&'static str),
    /// The kind of grant is not known: `unsupported_grant_type`.
    #[error("the `grant_type` is `password`, `refresh_token` or `access_token`")]
    UnsupportedGrantType,
    /// There are more than [`SCOPES_MAX`] scopes: `invalid_scope`.
    #[error("a token can be asked for at most {SCOPES_MAX} scopes at once")]
    TooManyScopes,
}

/// Reads the query of a GET.
pub fn parse_query(query: Option<&str>) -> Result<Wanted, InvalidTokenRequest> {
    let mut wanted = Wanted::default();
    for (name, value) in form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
        wanted.take(&name, &value)?;
    }
    Ok(wanted)
}

/// Reads the form of a POST.
pub fn parse_form(form: &[u8]) -> Result<(Grant, Wanted), InvalidTokenRequest> {
    let mut wanted = Wanted::default();
    for (name, value) in form_urlencoded::parse(form) {
        wanted.take(&name, &value)?;
    }
    Ok((grant(Form::parse(form))?, wanted))
}

impl Wanted {
    /// Takes a parameter in, if it is one of ours. Scopes may be repeated, and several stand in one, with blanks between.
    fn take(&mut self, name: &str, value: &str) -> Result<(), InvalidTokenRequest> {
        match name {
            "service" if !value.is_empty() => self.service = Some(value.to_owned()),
            "scope" => {
                for scope in value.split_ascii_whitespace() {
                    if self.scopes.len() == SCOPES_MAX {
                        return Err(InvalidTokenRequest::TooManyScopes);
                    }
                    self.scopes.push(scope.to_owned());
                }
            }
            _ => (),
        }
        Ok(())
    }
}

/// What a form shows.
fn grant(mut form: Form) -> Result<Grant, InvalidTokenRequest> {
    let mut needed = |name: &'static str| form.take(name).ok_or(InvalidTokenRequest::Missing(name));
    match needed("grant_type")?.as_str() {
        "password" => match (needed("username"), needed("password")) {
            (Err(_), Err(_)) => Ok(Grant::Anonymous),
            (username, password) => {
                Ok(Grant::Password { username: username?, password: password? })
            }
        },
        "refresh_token" => Ok(Grant::RefreshToken(needed("refresh_token")?)),
        "access_token" => {
            let token = needed("access_token")?;
            Ok(Grant::AccessToken { token, tenant: needed("tenant").ok() })
        }
        _ => Err(InvalidTokenRequest::UnsupportedGrantType),
    }
}

/// Shows who, and never by what.
impl fmt::Debug for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Password { username, .. } => {
                f.debug_struct("Password").field("username", username).finish_non_exhaustive()
            }
            Self::Anonymous => f.write_str("Anonymous"),
            Self::RefreshToken(_) => f.write_str("RefreshToken(..)"),
            Self::AccessToken { .. } => f.write_str("AccessToken(..)"),
        }
    }
}

/// What a good request is answered with.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Answer {
    /// The token.
    pub access_token: String,
    /// The same under its older name, for clients that know no other.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// How long it counts, in seconds.
    pub expires_in: u64,
    /// When it was made.
    #[serde(serialize_with = "crate::time::as_text")]
    pub issued_at: Timestamp,
}

/// Shows no token.
impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer").field("expires_in", &self.expires_in).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn wanted(service: Option<&str>, scopes: &[&str]) -> Wanted {
        Wanted {
            service: service.map(str::to_owned),
            scopes: scopes.iter().map(|&scope| scope.to_owned()).collect(),
        }
    }

    #[test]
    fn queries_are_read() {
        let none = Ok(Wanted::default());
        assert_eq!(parse_query(None), none);
        assert_eq!(parse_query(Some("service=&scope=")), none);
        let query = "account=me&client_id=docker&offline_token=true&service=localhost%3A5000&scope=repository%3Aa%3Apull%2Cpush";
        let expected = wanted(Some("localhost:5000"), &["repository:a:pull,push"]);
        assert_eq!(parse_query(Some(query)), Ok(expected));
    }

    #[test]
    fn scopes_are_repeated_or_separated_by_blanks() {
        let expected =
            wanted(None, &["repository:a:pull", "repository:b:pull", "registry:catalog:*"]);
        let query = "scope=repository:a:pull+repository:b:pull&scope=registry:catalog:*";
        assert_eq!(parse_query(Some(query)), Ok(expected));
    }

    #[test]
    fn scopes_have_a_largest_number() {
        let query = |count| vec!["scope=registry:catalog:*"; count].join("&");
        assert_eq!(parse_query(Some(&query(SCOPES_MAX))).unwrap().scopes.len(), SCOPES_MAX);
        let error = Err(InvalidTokenRequest::TooManyScopes);
        assert_eq!(parse_query(Some(&query(SCOPES_MAX + 1))), error);
    }

    #[track_caller]
    fn check(form: &str, expected: &Grant) {
        let (grant, _) = parse_form(form.as_bytes()).unwrap();
        assert_eq!(grant, *expected, "{form:?}");
    }

    #[track_caller]
    fn refused(form: &str, expected: &InvalidTokenRequest) {
        assert_eq!(parse_form(form.as_bytes()).unwrap_err(), *expected, "{form:?}");
    }

    #[test]
    fn grants_are_read() {
        let password = Grant::Password { username: "me".to_owned(), password: "a b".to_owned() };
        check("grant_type=password&username=me&password=a+b&service=s", &password);
        check("grant_type=password&service=s&scope=x", &Grant::Anonymous);
        check("grant_type=password&username=&password=&refresh_token=", &Grant::Anonymous);
        check("grant_type=refresh_token&refresh_token=t", &Grant::RefreshToken("t".to_owned()));
        let token = |tenant| Grant::AccessToken { token: "t".to_owned(), tenant };
        check("grant_type=access_token&access_token=t", &token(None));
        check("grant_type=access_token&access_token=t&tenant=x", &token(Some("x".to_owned())));
        let (_, read) = parse_form(b"service=s&grant_type=password&scope=a").unwrap();
        assert_eq!(read, wanted(Some("s"), &["a"]));
    }

    #[test]
    fn what_is_missing_is_named() {
        refused("", &InvalidTokenRequest::Missing("grant_type"));
        refused("grant_type=password&username=me", &InvalidTokenRequest::Missing("password"));
        refused("grant_type=password&password=p", &InvalidTokenRequest::Missing("username"));
        refused("grant_type=refresh_token", &InvalidTokenRequest::Missing("refresh_token"));
        refused("grant_type=access_token", &InvalidTokenRequest::Missing("access_token"));
        refused("grant_type=device", &InvalidTokenRequest::UnsupportedGrantType);
    }

    #[test]
    fn answers_are_written_as_docker_reads_them() {
        let answer = Answer {
            access_token: "t".to_owned(),
            token: Some("t".to_owned()),
            expires_in: 4_500,
            issued_at: Timestamp(0),
        };
        let expected = r#"{"access_token":"t","token":"t","expires_in":4500,"issued_at":"1970-01-01T00:00:00.0000000Z"}"#;
        assert_eq!(serde_json::to_string(&answer).unwrap(), expected);
    }

    #[test]
    fn secrets_do_not_reach_logs() {
        for form in [
            "grant_type=password&username=me&password=hunter2",
            "grant_type=refresh_token&refresh_token=hunter2",
            "grant_type=access_token&access_token=hunter2",
        ] {
            let shown = format!("{:?}", parse_form(form.as_bytes()));
            assert!(!shown.contains("hunter2"), "{shown}");
        }
    }

    proptest! {
        #[test]
        fn parsing_never_panics(form in "((grant_type|scope|service|username)=\\PC{0,5}&?){0,5}") {
            let _ = parse_form(form.as_bytes());
            let _ = parse_query(Some(&form));
        }
    }
}
