//! `.well-known/openid-configuration`: where tokens are had, and what they are like.

use serde::Serialize;

/// Where an authority's endpoints are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authority {
    /// The `iss` of its tokens.
    pub issuer: String,
    /// Where people would sign in. Clients insist on the member.
    pub authorization_endpoint: String,
    /// Where tokens are had.
    pub token_endpoint: String,
    /// Where the keys are that tokens are checked with.
    pub jwks_uri: String,
}

/// Prints the document.
pub fn print(authority: &Authority) -> Vec<u8> {
    #[derive(Serialize)]
    struct Document<'a> {
        issuer: &'a str,
        authorization_endpoint: &'a str,
        token_endpoint: &'a str,
        jwks_uri: &'a str,
        token_endpoint_auth_methods_supported: [&'static str; 2],
        grant_types_supported: [&'static str; 1],
        response_types_supported: [&'static str; 1],
        subject_types_supported: [&'static str; 1],
        id_token_signing_alg_values_supported: [&'static str; 1],
    }
    let Authority { issuer, authorization_endpoint, token_endpoint, jwks_uri } = authority;
    let document = Document {
        issuer,
        authorization_endpoint,
        token_endpoint,
        jwks_uri,
        token_endpoint_auth_methods_supported: ["client_secret_post", "client_secret_basic"],
        grant_types_supported: ["client_credentials"],
        response_types_supported: ["token"],
        subject_types_supported: ["public"],
        id_token_signing_alg_values_supported: [super::jwks::ALGORITHM],
    };
    serde_json::to_vec(&document).expect("because strings are always printable")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_has_what_clients_insist_on() {
        let authority = Authority {
            issuer: "https://h/adfs".to_owned(),
            authorization_endpoint: "https://h/adfs/oauth2/authorize".to_owned(),
            token_endpoint: "https://h/adfs/oauth2/token".to_owned(),
            jwks_uri: "https://h/adfs/discovery/keys".to_owned(),
        };
        let expected = concat!(
            r#"{"issuer":"https://h/adfs","authorization_endpoint":"https://h/adfs/oauth2/authorize","#,
            r#""token_endpoint":"https://h/adfs/oauth2/token","jwks_uri":"https://h/adfs/discovery/keys","#,
            r#""token_endpoint_auth_methods_supported":["client_secret_post","client_secret_basic"],"#,
            r#""grant_types_supported":["client_credentials"],"response_types_supported":["token"],"#,
            r#""subject_types_supported":["public"],"id_token_signing_alg_values_supported":["ES256"]}"#,
        );
        assert_eq!(String::from_utf8(print(&authority)).unwrap(), expected);
    }
}
