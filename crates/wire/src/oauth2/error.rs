//! How the token endpoint says no (RFC 6749 §5.2).

use serde::Serialize;

/// What went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// A parameter is missing or malformed.
    InvalidRequest,
    /// The caller is not who it says.
    InvalidClient,
    /// The token or password that it shows is not good.
    InvalidGrant,
    /// The kind of grant is not known.
    UnsupportedGrantType,
    /// The scope is not known.
    InvalidScope,
    /// The server failed. Not in RFC 6749 for this endpoint, but its word for the same elsewhere (§4.1.2.1).
    ServerError,
    /// The server cannot answer now.
    TemporarilyUnavailable,
}

impl Code {
    /// The code as clients see it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::InvalidGrant => "invalid_grant",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::InvalidScope => "invalid_scope",
            Self::ServerError => "server_error",
            Self::TemporarilyUnavailable => "temporarily_unavailable",
        }
    }
}

/// Prints the body of an error.
pub fn body(code: Code, description: &str) -> Vec<u8> {
    #[derive(Serialize)]
    struct Body<'a> {
        error: &'static str,
        error_description: &'a str,
    }
    let body = Body { error: code.as_str(), error_description: description };
    serde_json::to_vec(&body).expect("because strings are always printable")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_body_has_a_code_and_a_description() {
        let expected = br#"{"error":"invalid_grant","error_description":"wrong password"}"#;
        assert_eq!(body(Code::InvalidGrant, "wrong password"), expected);
    }
}
