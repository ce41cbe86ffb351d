//! Exchanging a token of the directory for a registry's refresh token (`acr-facts` §5.2).

use crate::form::Form;
use serde::Serialize;
use std::fmt;

/// What an exchange is asked with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// What the caller shows.
    pub shown: Shown,
    /// The registry, as the challenge named it.
    pub service: Option<String>,
    /// The directory's tenant.
    pub tenant: Option<String>,
}

/// What the caller shows to get a refresh token.
#[derive(Clone, PartialEq, Eq)]
pub enum Shown {
    /// A token of the directory: `access_token`.
    AccessToken(String),
    /// The same, and a refresh token of the directory: `access_token_refresh_token`, which nobody should ask any more.
    Both {
        /// The token.
        access_token: String,
        /// The refresh token.
        refresh_token: String,
    },
    /// A refresh token alone: `refresh_token`, which nobody should ask any more.
    RefreshToken(String),
}

/// Why an exchange cannot be read.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
pub enum InvalidExchange {
    /// A parameter is missing: `invalid_request`.
    #[error("the parameter `{0}` is missing")]
    Missing(&'static str),
    /// The kind of grant is not known: `unsupported_grant_type`.
    #[error("the `grant_type` of an exchange is `access_token`, with a token of the directory")]
    UnsupportedGrantType,
}

/// Reads the form of the POST.
pub fn parse(form: &[u8]) -> Result<Exchange, InvalidExchange> {
    let mut form = Form::parse(form);
    let access = form.take("access_token").ok_or(InvalidExchange::Missing("access_token"));
    let refresh = form.take("refresh_token").ok_or(InvalidExchange::Missing("refresh_token"));
    let shown = match form.take("grant_type").as_deref() {
        Some("access_token") => Shown::AccessToken(access?),
        Some("access_token_refresh_token") => {
            Shown::Both { access_token: access?, refresh_token: refresh? }
        }
        Some("refresh_token") => Shown::RefreshToken(refresh?),
        Some(_) => return Err(InvalidExchange::UnsupportedGrantType),
        None => return Err(InvalidExchange::Missing("grant_type")),
    };
    Ok(Exchange { shown, service: form.take("service"), tenant: form.take("tenant") })
}

/// Shows which, and never what.
impl fmt::Debug for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AccessToken(_) => "AccessToken(..)",
            Self::Both { .. } => "Both(..)",
            Self::RefreshToken(_) => "RefreshToken(..)",
        })
    }
}

/// What a good exchange is answered with.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Answer {
    /// The token.
    pub refresh_token: String,
}

/// Shows no token.
impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(form: &str, shown: Shown, tenant: Option<&str>) {
        let service = Some("myreg.azurecr.io".to_owned());
        let expected = Exchange { shown, service, tenant: tenant.map(str::to_owned) };
        let form = format!("service=myreg.azurecr.io&{form}");
        assert_eq!(parse(form.as_bytes()), Ok(expected), "{form}");
    }

    #[track_caller]
    fn refused(form: &str, expected: &InvalidExchange) {
        assert_eq!(parse(form.as_bytes()).unwrap_err(), *expected, "{form}");
    }

    #[test]
    fn what_clients_send_is_read() {
        let token = || "t".to_owned();
        let az = "grant_type=access_token&tenant=x&access_token=t";
        check(az, Shown::AccessToken(token()), Some("x"));
        check("grant_type=access_token&access_token=t", Shown::AccessToken(token()), None);
        let both = Shown::Both { access_token: token(), refresh_token: "r".to_owned() };
        check("grant_type=access_token_refresh_token&access_token=t&refresh_token=r", both, None);
        check("grant_type=refresh_token&refresh_token=t", Shown::RefreshToken(token()), None);
    }

    #[test]
    fn what_is_wrong_is_named() {
        refused("", &InvalidExchange::Missing("grant_type"));
        refused("grant_type=access_token", &InvalidExchange::Missing("access_token"));
        refused("grant_type=refresh_token", &InvalidExchange::Missing("refresh_token"));
        let half = "grant_type=access_token_refresh_token&access_token=t";
        refused(half, &InvalidExchange::Missing("refresh_token"));
        refused("grant_type=password", &InvalidExchange::UnsupportedGrantType);
    }

    #[test]
    fn tokens_do_not_reach_logs() {
        let exchange = parse(b"grant_type=access_token&access_token=hunter2").unwrap();
        let answer = Answer { refresh_token: "hunter2".to_owned() };
        assert_eq!(serde_json::to_string(&answer).unwrap(), r#"{"refresh_token":"hunter2"}"#);
        assert!(!format!("{exchange:?}{answer:?}").contains("hunter2"));
    }

    proptest! {
        #[test]
        fn parsing_never_panics(form in "((grant_type|service|access_token)=\\PC{0,5}&?){0,5}") {
            let _ = parse(form.as_bytes());
        }
    }
}
