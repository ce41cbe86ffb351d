//! What an identity provider outside of this server says: where its keys are, and who holds a token of its own.
//!
//! Sources: `OpenID` Connect Discovery 1.0 §3, RFC 7519 §4.1. Not here: whether a signature is right, and whether what a
//! token says is allowed.

use serde::Deserialize;
use serde_json::{Map, Value};

/// Where a provider publishes the document that [`Discovery`] is read from, after its issuer.
pub const DISCOVERY_PATH: &str = "/.well-known/openid-configuration";

/// What is needed of a provider's discovery document.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Discovery {
    /// Who it speaks for. It has to be the issuer that it was asked for as.
    pub issuer: String,
    /// Where the keys are.
    pub jwks_uri: String,
}

/// The claims of a token of a provider's. Times are seconds since the Unix epoch.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct ProviderClaims {
    /// Who issued it.
    pub iss: String,
    /// Whom it identifies.
    pub sub: String,
    /// What it is for: a text, or several.
    aud: Texts,
    /// When it no longer counts.
    pub exp: f64,
    /// When it begins to count.
    pub nbf: Option<f64>,
    #[serde(flatten)]
    others: Map<String, Value>,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(untagged)]
enum Texts {
    One(String),
    Many(Vec<String>),
}

impl ProviderClaims {
    /// Says whether the token is for `audience`, perhaps among others.
    pub fn is_for(&self, audience: &str) -> bool {
        match &self.aud {
            Texts::One(one) => one == audience,
            Texts::Many(many) => many.iter().any(|one| one == audience),
        }
    }

    /// The texts of a claim, which is a text, a list of them, or inside of other claims (`realm_access.roles`). A claim
    /// whose own name has dots in it is found too, as names that are URLs have.
    pub fn texts(&self, claim: &str) -> Vec<&str> {
        let found = match claim {
            "iss" => return vec![&self.iss],
            "sub" => return vec![&self.sub],
            _ => find(&self.others, claim),
        };
        match found {
            Some(Value::String(text)) => vec![text],
            Some(Value::Array(values)) => values.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        }
    }
}

fn find<'a>(claims: &'a Map<String, Value>, claim: &str) -> Option<&'a Value> {
    claims.get(claim).or_else(|| {
        let (outer, inner) = claim.split_once('.')?;
        find(claims.get(outer)?.as_object()?, inner)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn claims(others: &Value) -> ProviderClaims {
        let mut all = json!({ "iss": "https://idp", "sub": "ann", "aud": "boathook", "exp": 1.5 });
        all.as_object_mut().unwrap().extend(others.as_object().unwrap().clone());
        serde_json::from_value(all).unwrap()
    }

    #[test]
    fn a_token_may_be_for_several() {
        for (aud, expected) in [
            (json!("boathook"), true),
            (json!(["other", "boathook"]), true),
            (json!("boathook2"), false),
            (json!([]), false),
        ] {
            assert_eq!(claims(&json!({ "aud": aud })).is_for("boathook"), expected, "{aud}");
        }
    }

    #[test]
    fn roles_are_found_wherever_providers_put_them() {
        let claims = claims(&json!({
            "roles": ["a", 7, "b"],
            "scp": "one",
            "realm_access": { "roles": ["c"], "deep": { "er": "d" } },
            "https://example.com/groups": ["e"],
            "count": 3,
        }));
        for (claim, expected) in [
            ("roles", &["a", "b"][..]),
            ("scp", &["one"]),
            ("realm_access.roles", &["c"]),
            ("realm_access.deep.er", &["d"]),
            ("https://example.com/groups", &["e"]),
            ("sub", &["ann"]),
            ("iss", &["https://idp"]),
            ("count", &[]),
            ("realm_access", &[]),
            ("roles.0", &[]),
            ("nothing", &[]),
            ("", &[]),
        ] {
            assert_eq!(claims.texts(claim), expected, "{claim}");
        }
    }

    #[test]
    fn a_token_says_whose_it_is_what_for_and_until_when() {
        let whole = json!({ "iss": "i", "sub": "s", "aud": "a", "exp": 1 });
        assert!(serde_json::from_value::<ProviderClaims>(whole.clone()).is_ok());
        for member in ["iss", "sub", "aud", "exp"] {
            let mut lacking = whole.clone();
            lacking.as_object_mut().unwrap().remove(member);
            assert!(serde_json::from_value::<ProviderClaims>(lacking).is_err(), "{member}");
        }
    }

    #[test]
    fn a_discovery_document_names_the_issuer_and_its_keys() {
        let document = br#"{"issuer":"https://idp","jwks_uri":"https://idp/keys","scopes_supported":["openid"]}"#;
        let discovery: Discovery = serde_json::from_slice(document).unwrap();
        assert_eq!(discovery.jwks_uri, "https://idp/keys");
        assert!(serde_json::from_slice::<Discovery>(b"{}").is_err());
    }
}
