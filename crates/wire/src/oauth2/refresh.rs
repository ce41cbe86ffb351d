//! What a refresh token says (`acr-facts` §5.3). Signing it, and believing it, is the engine's business.
//!
//! The Python SDK decodes the claims with the base64 alphabet of files, not of URLs, and fails on `-` and `_`
//! (`az-wire` §6). Those stand for six bits of which the upper five are ones, which ASCII has in one place alone: at the
//! end of `>`, `?`, `~` and DEL. So these, and all that is not ASCII, are printed as JSON escapes, and no token of ours
//! can hold either letter in its claims.

use super::claims::{ISSUER, VERSION};
use serde::ser::Error as _;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::value::RawValue;
use std::fmt::Write as _;

/// The `grant_type` of a refresh token, which tells it from an access token.
pub const REFRESH_TOKEN: &str = "refresh_token";

/// The claims of a refresh token. Times are seconds since the Unix epoch.
///
/// `serde_json` alone can print them.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct RefreshClaims {
    /// The token's own id.
    pub jti: String,
    /// Who holds it.
    pub sub: String,
    /// When it begins to count.
    pub nbf: u64,
    /// When it no longer does.
    pub exp: u64,
    /// When it was made.
    pub iat: u64,
    /// [`ISSUER`].
    pub iss: String,
    /// The registry that it is for.
    pub aud: String,
    /// [`VERSION`].
    pub version: String,
    /// [`REFRESH_TOKEN`].
    pub grant_type: String,
    /// The tenant.
    pub tenant: String,
    /// What it was exchanged for might do.
    pub permissions: Permissions,
    /// Roles that an issuer elsewhere gave, which nothing here could look up again.
    pub roles: Vec<String>,
    /// When the registry was made, in milliseconds since the Unix epoch; ACR's tokens do not say it. Another of the same
    /// name is made at another time.
    pub registry_created_ms: i64,
}

/// What a refresh token allows. What that comes to is looked up when an access token is made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Permissions {
    /// `*`
    pub actions: Vec<String>,
    /// Nothing.
    pub not_actions: Vec<String>,
}

/// What a [`RefreshClaims`] is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issue<'a> {
    /// The token's own id.
    pub token_id: &'a str,
    /// Who gets it.
    pub subject: &'a str,
    /// The registry that it is for.
    pub audience: &'a str,
    /// The tenant.
    pub tenant_id: &'a str,
    /// Roles that an issuer elsewhere gave.
    pub roles: Vec<String>,
    /// When it is made, in seconds since the Unix epoch.
    pub issued: u64,
    /// When it no longer counts.
    pub expires: u64,
    /// When the registry was made, in milliseconds since the Unix epoch.
    pub registry_created_ms: i64,
}

impl RefreshClaims {
    /// The claims of a new token.
    pub fn new(issue: Issue<'_>) -> Self {
        Self {
            jti: issue.token_id.to_owned(),
            sub: issue.subject.to_owned(),
            nbf: issue.issued,
            exp: issue.expires,
            iat: issue.issued,
            iss: ISSUER.to_owned(),
            aud: issue.audience.to_owned(),
            version: VERSION.to_owned(),
            grant_type: REFRESH_TOKEN.to_owned(),
            tenant: issue.tenant_id.to_owned(),
            permissions: Permissions { actions: vec!["*".to_owned()], not_actions: Vec::new() },
            roles: issue.roles,
            registry_created_ms: issue.registry_created_ms,
        }
    }
}

impl Serialize for RefreshClaims {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Members<'a> {
            jti: &'a str,
            sub: &'a str,
            nbf: u64,
            exp: u64,
            iat: u64,
            iss: &'a str,
            aud: &'a str,
            version: &'a str,
            grant_type: &'a str,
            tenant: &'a str,
            permissions: &'a Permissions,
            roles: &'a [String],
            registry_created_ms: i64,
        }
        let Self { jti, sub, nbf, exp, iat, iss, aud, version, grant_type, tenant, .. } = self;
        let (permissions, roles) = (&self.permissions, self.roles.as_slice());
        let (nbf, exp, iat) = (*nbf, *exp, *iat);
        let members = Members {
            jti,
            sub,
            nbf,
            exp,
            iat,
            iss,
            aud,
            version,
            grant_type,
            tenant,
            permissions,
            roles,
            registry_created_ms: self.registry_created_ms,
        };
        let printed = serde_json::to_string(&members).map_err(S::Error::custom)?;
        RawValue::from_string(escape(&printed)).map_err(S::Error::custom)?.serialize(serializer)
    }
}

/// Escapes what base64 could print with `-` or `_`. Outside of its texts JSON has none of it.
fn escape(json: &str) -> String {
    let mut escaped = String::with_capacity(json.len());
    let mut units = [0; 2];
    for c in json.chars() {
        if c.is_ascii() && !matches!(c, '>' | '?' | '~' | '\x7f') {
            escaped.push(c);
            continue;
        }
        for unit in c.encode_utf16(&mut units) {
            write!(escaped, "\\u{unit:04x}").expect("because a string takes whatever is written");
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine as _;
    use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
    use proptest::prelude::*;

    fn claims(subject: &str, audience: &str) -> RefreshClaims {
        RefreshClaims::new(Issue {
            token_id: "j",
            subject,
            audience,
            tenant_id: "t",
            roles: Vec::new(),
            issued: 1,
            expires: 10_801,
            registry_created_ms: 999,
        })
    }

    #[test]
    fn claims_are_written_as_clients_read_them() {
        let claims = claims("user@contoso.com", "contosoregistry.azurecr.io");
        let expected = concat!(
            r#"{"jti":"j","sub":"user@contoso.com","nbf":1,"exp":10801,"iat":1,"iss":"Azure Container Registry","#,
            r#""aud":"contosoregistry.azurecr.io","version":"1.0","grant_type":"refresh_token","tenant":"t","#,
            r#""permissions":{"actions":["*"],"notActions":[]},"roles":[],"registry_created_ms":999}"#,
        );
        assert_eq!(serde_json::to_string(&claims).unwrap(), expected);
    }

    #[test]
    fn what_would_hurt_is_escaped() {
        let printed = serde_json::to_string(&claims("a>b?c~d\u{e9}\u{1f6a2}", "a")).unwrap();
        assert!(
            printed.contains(r#""sub":"a\u003eb\u003fc\u007ed\u00e9\ud83d\udea2""#),
            "{printed}"
        );
    }

    proptest! {
        #[test]
        fn either_alphabet_of_base64_reads_the_claims(subject in "([?>~_\\-]|\\PC|\\PC){0,20}", audience in "[ -~\\x7f]{0,9}") {
            let claims = claims(&subject, &audience);
            let payload = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&claims).unwrap());
            let decoded = STANDARD_NO_PAD.decode(&payload).unwrap();
            prop_assert_eq!(serde_json::from_slice::<RefreshClaims>(&decoded).unwrap(), claims);
        }
    }
}
