//! `.well-known/openid-configuration`: where tokens are had, and what they are like.

use super::route::{Authority, Endpoint};
use serde::Serialize;

/// Prints the document of an authority at a base address, such as `https://login.azurecr.localhost`.
pub fn print(base: &str, authority: &Authority) -> Vec<u8> {
    #[derive(Serialize)]
    struct Document {
        issuer: String,
        // Clients insist on it, though nobody signs in there.
        authorization_endpoint: String,
        token_endpoint: String,
        jwks_uri: String,
        token_endpoint_auth_methods_supported: [&'static str; 2],
        grant_types_supported: [&'static str; 1],
        response_types_supported: [&'static str; 1],
        subject_types_supported: [&'static str; 1],
        id_token_signing_alg_values_supported: [&'static str; 1],
    }
    let at = |endpoint| format!("{base}{}", authority.path(endpoint));
    let document = Document {
        issuer: authority.issuer(base),
        authorization_endpoint: at(Endpoint::Authorize),
        token_endpoint: at(Endpoint::Token),
        jwks_uri: at(Endpoint::Keys),
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
        let expected = concat!(
            r#"{"issuer":"https://h/adfs","authorization_endpoint":"https://h/adfs/oauth2/authorize","#,
            r#""token_endpoint":"https://h/adfs/oauth2/token","jwks_uri":"https://h/adfs/discovery/keys","#,
            r#""token_endpoint_auth_methods_supported":["client_secret_post","client_secret_basic"],"#,
            r#""grant_types_supported":["client_credentials"],"response_types_supported":["token"],"#,
            r#""subject_types_supported":["public"],"id_token_signing_alg_values_supported":["ES256"]}"#,
        );
        assert_eq!(String::from_utf8(print("https://h", &Authority::Adfs)).unwrap(), expected);
    }
}
