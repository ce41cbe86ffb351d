//! Asking for a token with a client's id and secret (RFC 6749 §4.4), and what is answered.

use super::error::Refusal;
use crate::form::Form;
use crate::oauth2::authorization::Credentials;
use serde::Serialize;
use std::fmt;

/// What a token is asked with. What else clients send (`client_info`, `claims`) says nothing to us.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    /// The client id.
    pub client_id: String,
    /// The client secret.
    pub client_secret: String,
    /// What the token shall be for: the scope without its `/.default`, or the `resource`.
    pub audience: String,
}

/// The end of a scope that asks for whatever the client has been given.
const DEFAULT: &str = "/.default";

impl Request {
    /// Reads the form of a POST, and the `Authorization` header, if the client shows itself by that.
    pub fn parse(form: &[u8], header: Option<&Credentials>) -> Result<Self, Refusal> {
        let mut form = Form::parse(form);
        match form.take("grant_type").as_deref() {
            Some("client_credentials") => (),
            Some(other) => return Err(Refusal::UnsupportedGrantType(other.to_owned())),
            None => return Err(Refusal::Missing("grant_type")),
        }
        // RFC 6749 §2.3.1: in the header, both are form-encoded once more.
        let (client_id, client_secret) = match header {
            Some(Credentials::Basic { user, password }) => {
                (Some(decode(user)), Some(decode(password)))
            }
            Some(Credentials::Bearer(_)) | None => {
                (form.take("client_id"), form.take("client_secret"))
            }
        };
        Ok(Self {
            client_id: client_id.ok_or(Refusal::Missing("client_id"))?,
            client_secret: client_secret.ok_or(Refusal::Missing("client_secret"))?,
            audience: match (form.take("scope"), form.take("resource")) {
                (Some(scope), _) => audience(&scope)?,
                (None, Some(resource)) => resource,
                (None, None) => return Err(Refusal::Missing("scope")),
            },
        })
    }
}

/// A scope names one audience; words of `OpenID` may stand beside it.
///
/// `az` puts the ending after whatever the cloud's metadata says, slash or no slash: `https://management//.default`.
fn audience(scope: &str) -> Result<String, Refusal> {
    let mut audiences =
        scope.split_ascii_whitespace().filter_map(|word| word.strip_suffix(DEFAULT));
    match (audiences.next(), audiences.next()) {
        (Some(audience), None) if !audience.is_empty() => Ok(audience.to_owned()),
        _ => Err(Refusal::Scope(scope.to_owned())),
    }
}

fn decode(text: &str) -> String {
    let text = text.replace('+', " ");
    percent_encoding::percent_decode_str(&text).decode_utf8_lossy().into_owned()
}

/// Shows who, and never by what.
impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("client_id", &self.client_id)
            .field("audience", &self.audience)
            .finish_non_exhaustive()
    }
}

/// What a good request is answered with.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Answer {
    token_type: &'static str,
    expires_in: u64,
    ext_expires_in: u64,
    access_token: String,
}

impl Answer {
    /// The answer with a token that counts for so many seconds.
    pub fn new(access_token: String, life: u64) -> Self {
        Self { token_type: "Bearer", expires_in: life, ext_expires_in: life, access_token }
    }
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
    use url::form_urlencoded;

    const GRANT: &str = "grant_type=client_credentials&client_id=c&client_secret=hunter2";

    #[track_caller]
    fn check(rest: &str, expected: &str) {
        let request = Request::parse(format!("{GRANT}&{rest}").as_bytes(), None).unwrap();
        assert_eq!(request.audience, expected, "{rest}");
        assert_eq!((request.client_id.as_str(), request.client_secret.as_str()), ("c", "hunter2"));
    }

    #[track_caller]
    fn refused(form: &str, expected: &Refusal) {
        assert_eq!(Request::parse(form.as_bytes(), None).unwrap_err(), *expected, "{form}");
    }

    #[test]
    fn what_clients_send_is_read() {
        let az = "client_info=1&claims=%7B%22access_token%22%3A+%7B%7D%7D&scope=https%3A%2F%2Fmanagement.azstub.test%2F%2F.default";
        check(az, "https://management.azstub.test/");
        check(
            "scope=https://containerregistry.azure.net/.default",
            "https://containerregistry.azure.net",
        );
        check("scope=https://h/.default+openid+offline_access", "https://h");
        check("resource=https://h/", "https://h/");
    }

    #[test]
    fn a_client_may_show_itself_in_the_header() {
        let header = Credentials::Basic { user: "a%3Ab".to_owned(), password: "x+y%2B".to_owned() };
        let form = b"grant_type=client_credentials&scope=h/.default&client_secret=other";
        let request = Request::parse(form, Some(&header)).unwrap();
        assert_eq!((request.client_id.as_str(), request.client_secret.as_str()), ("a:b", "x y+"));
    }

    #[test]
    fn what_is_wrong_is_named() {
        refused("", &Refusal::Missing("grant_type"));
        refused("grant_type=password", &Refusal::UnsupportedGrantType("password".to_owned()));
        refused("grant_type=client_credentials", &Refusal::Missing("client_id"));
        let id = "grant_type=client_credentials&client_id=c";
        refused(&format!("{id}&client_secret="), &Refusal::Missing("client_secret"));
        refused(GRANT, &Refusal::Missing("scope"));
        for scope in ["openid", "/.default", "https://h", "a/.default+b/.default"] {
            let said = scope.replace('+', " ");
            refused(&format!("{GRANT}&scope={scope}"), &Refusal::Scope(said));
        }
    }

    #[test]
    fn the_answer_is_what_clients_read() {
        let answer = Answer::new("hunter2".to_owned(), 3_600);
        let expected = r#"{"token_type":"Bearer","expires_in":3600,"ext_expires_in":3600,"access_token":"hunter2"}"#;
        assert_eq!(serde_json::to_string(&answer).unwrap(), expected);
        let request = Request::parse(format!("{GRANT}&resource=r").as_bytes(), None);
        assert!(!format!("{answer:?}{request:?}").contains("hunter2"));
    }

    proptest! {
        #[test]
        fn every_audience_can_be_asked_for(audience in "[!-~]{1,20}") {
            let scope = form_urlencoded::Serializer::new(GRANT.to_owned())
                .append_pair("scope", &format!("{audience}/.default"))
                .finish();
            prop_assert_eq!(Request::parse(scope.as_bytes(), None).unwrap().audience, audience);
        }

        #[test]
        fn parsing_never_panics(form in "((grant_type|scope|resource|client_id)=\\PC{0,5}&?){0,5}") {
            let _ = Request::parse(form.as_bytes(), None);
        }
    }
}
