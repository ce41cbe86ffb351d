//! How the sign-in says no. Clients print the description; people search for the number in it.

use boathook_core::time::Timestamp;
use serde::Serialize;

/// Why there is no token.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum Refusal {
    /// There is nobody with that client id.
    #[error("there is no application with the client id '{client_id}' in tenant '{tenant}'")]
    UnknownClient {
        /// The client id.
        client_id: String,
        /// The tenant that was asked.
        tenant: String,
    },
    /// The secret is not one of the client's.
    #[error(
        "the client secret is not one of application '{client_id}': send the value of a secret, not its id"
    )]
    WrongSecret {
        /// The client id.
        client_id: String,
    },
    /// The secret was one of the client's until it ran out.
    #[error("the client secret of application '{client_id}' has expired: make a new one")]
    ExpiredSecret {
        /// The client id.
        client_id: String,
    },
    /// The application may not sign in.
    #[error("application '{client_id}' is disabled")]
    Disabled {
        /// The client id.
        client_id: String,
    },
    /// Nobody takes tokens for that audience.
    #[error("nothing named '{audience}' is known in tenant '{tenant}'")]
    UnknownAudience {
        /// What the token was asked for.
        audience: String,
        /// The tenant that was asked.
        tenant: String,
    },
    /// The path names another tenant.
    #[error("there is no tenant '{0}'")]
    UnknownTenant(String),
    /// A parameter is missing.
    #[error("the body has to have the parameter '{0}'")]
    Missing(&'static str),
    /// The scope is none that a client can ask for by itself.
    #[error("the scope '{0}' has to be an audience followed by '/.default'")]
    Scope(String),
    /// The kind of grant is not known.
    #[error("the grant type '{0}' is not supported: there is 'client_credentials'")]
    UnsupportedGrantType(String),
    /// The client has tried too often.
    #[error("too many attempts to sign in: try again later")]
    TooManyRequests,
}

impl Refusal {
    /// RFC 6749's word for it.
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnknownClient { .. } | Self::Disabled { .. } => "unauthorized_client",
            Self::WrongSecret { .. } | Self::ExpiredSecret { .. } => "invalid_client",
            Self::UnknownAudience { .. } => "invalid_resource",
            Self::UnknownTenant(_) | Self::Missing(_) | Self::TooManyRequests => "invalid_request",
            Self::Scope(_) => "invalid_scope",
            Self::UnsupportedGrantType(_) => "unsupported_grant_type",
        }
    }

    /// The directory's number for it.
    pub fn number(&self) -> u32 {
        match self {
            Self::UnknownClient { .. } => 700_016,
            Self::WrongSecret { .. } => 7_000_215,
            Self::ExpiredSecret { .. } => 7_000_222,
            Self::Disabled { .. } => 7_000_112,
            Self::UnknownAudience { .. } => 500_011,
            Self::UnknownTenant(_) => 90_002,
            Self::Missing(_) => 900_144,
            Self::Scope(_) => 1_002_012,
            Self::UnsupportedGrantType(_) => 70_003,
            Self::TooManyRequests => 90_055,
        }
    }

    /// Prints the body; `request_id` is the request's own id, by which its line in the log is found.
    pub fn body(&self, now: Timestamp, request_id: &str) -> Vec<u8> {
        #[derive(Serialize)]
        struct Body<'a> {
            error: &'static str,
            error_description: String,
            error_codes: [u32; 1],
            timestamp: String,
            trace_id: &'a str,
            correlation_id: &'a str,
        }
        let number = self.number();
        let body = Body {
            error: self.code(),
            error_description: format!("AADSTS{number}: {self}. Trace ID: {request_id}"),
            error_codes: [number],
            timestamp: now.to_string(),
            trace_id: request_id,
            correlation_id: request_id,
        };
        serde_json::to_vec(&body).expect("because strings are always printable")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(refusal: &Refusal, code: &str, number: u32) {
        let body = refusal.body(Timestamp(0), "r-1");
        let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(body["error"], code);
        assert_eq!(body["error_codes"][0], number);
        let description = body["error_description"].as_str().unwrap();
        assert!(description.starts_with(&format!("AADSTS{number}: ")), "{description}");
    }

    #[test]
    fn each_refusal_has_the_directorys_number() {
        let id = || "c".to_owned();
        let (client_id, tenant) = (id(), "t".to_owned());
        check(&Refusal::UnknownClient { client_id, tenant }, "unauthorized_client", 700_016);
        check(&Refusal::WrongSecret { client_id: id() }, "invalid_client", 7_000_215);
        check(&Refusal::ExpiredSecret { client_id: id() }, "invalid_client", 7_000_222);
        check(&Refusal::Disabled { client_id: id() }, "unauthorized_client", 7_000_112);
        let (audience, tenant) = ("https://x".to_owned(), "t".to_owned());
        check(&Refusal::UnknownAudience { audience, tenant }, "invalid_resource", 500_011);
        check(&Refusal::UnknownTenant("t".to_owned()), "invalid_request", 90_002);
        check(&Refusal::Missing("scope"), "invalid_request", 900_144);
        check(&Refusal::Scope("x".to_owned()), "invalid_scope", 1_002_012);
        let password = Refusal::UnsupportedGrantType("password".to_owned());
        check(&password, "unsupported_grant_type", 70_003);
        check(&Refusal::TooManyRequests, "invalid_request", 90_055);
    }

    #[test]
    fn the_body_is_what_clients_print() {
        let body = Refusal::WrongSecret { client_id: "c".to_owned() }.body(Timestamp(0), "r-1");
        let expected = concat!(
            r#"{"error":"invalid_client","error_description":"AADSTS7000215: the client secret is not one of application 'c': "#,
            r#"send the value of a secret, not its id. Trace ID: r-1","error_codes":[7000215],"#,
            r#""timestamp":"1970-01-01T00:00:00.0000000Z","trace_id":"r-1","correlation_id":"r-1"}"#,
        );
        assert_eq!(String::from_utf8(body).unwrap(), expected);
    }
}
