//! What an access token says (`acr-facts` §5.3). Signing it, and believing it, is the engine's business.

use boathook_core::grant::Access;
use serde::{Deserialize, Serialize};

/// The `iss` of every token that a registry makes.
pub const ISSUER: &str = "Azure Container Registry";
/// The `version` of its claims.
pub const VERSION: &str = "1.0";
/// The `grant_type` of an access token, which tells it from a refresh token.
pub const ACCESS_TOKEN: &str = "access_token";

/// The claims of an access token. Times are seconds since the Unix epoch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessClaims {
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
    /// What it allows.
    pub access: Vec<Entry>,
    /// Nothing, so far; clients expect the list.
    pub roles: Vec<String>,
    /// [`ACCESS_TOKEN`].
    pub grant_type: String,
    /// When the registry was made, in milliseconds since the Unix epoch; ACR's tokens do not say it. Another of the same
    /// name is made at another time.
    pub registry_created_ms: i64,
}

/// One thing that a token allows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// `repository`, `artifact-repository` or `registry`.
    pub r#type: String,
    /// The repository, or `catalog`, or `deleted_catalog`.
    pub name: String,
    /// What may be done with it.
    pub actions: Vec<String>,
}

impl From<&Access> for Entry {
    fn from(access: &Access) -> Self {
        Self {
            r#type: access.kind().to_owned(),
            name: access.name().to_owned(),
            actions: access.actions().into_iter().map(str::to_owned).collect(),
        }
    }
}

impl Entry {
    /// What the entry allows, as far as it is known here.
    pub fn access(&self) -> Option<Access> {
        let Self { r#type, name, actions } = self;
        format!("{type}:{name}:{}", actions.join(",")).parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn claims_are_written_as_clients_read_them() {
        let access: Access = "repository:team/app:pull,push".parse().unwrap();
        let claims = AccessClaims {
            jti: "j".to_owned(),
            sub: "s".to_owned(),
            nbf: 1,
            exp: 4_501,
            iat: 1,
            iss: ISSUER.to_owned(),
            aud: "a".to_owned(),
            version: VERSION.to_owned(),
            access: vec![Entry::from(&access)],
            roles: Vec::new(),
            grant_type: ACCESS_TOKEN.to_owned(),
            registry_created_ms: 999,
        };
        let expected = concat!(
            r#"{"jti":"j","sub":"s","nbf":1,"exp":4501,"iat":1,"iss":"Azure Container Registry","aud":"a","#,
            r#""version":"1.0","access":[{"type":"repository","name":"team/app","actions":["pull","push"]}],"#,
            r#""roles":[],"grant_type":"access_token","registry_created_ms":999}"#,
        );
        let printed = serde_json::to_string(&claims).unwrap();
        assert_eq!(printed, expected);
        assert_eq!(serde_json::from_str::<AccessClaims>(&printed).unwrap(), claims);
    }

    #[test]
    fn what_was_granted_is_read_back() {
        for text in [
            "registry:catalog:*",
            "registry:deleted_catalog:*",
            "repository:a/b:pull",
            "repository:a:pull,push,delete",
            "artifact-repository:repo:pull",
        ] {
            let access: Access = text.parse().unwrap();
            assert_eq!(Entry::from(&access).access(), Some(access));
        }
    }

    #[test]
    fn what_is_not_known_allows_nothing() {
        let entry = |r#type: &str, name: &str, actions: &[&str]| Entry {
            r#type: r#type.to_owned(),
            name: name.to_owned(),
            actions: actions.iter().map(|&action| action.to_owned()).collect(),
        };
        assert_eq!(entry("registry", "catalog", &["pull"]).access(), None);
        assert_eq!(entry("repository", "a", &[]).access(), None);
        assert_eq!(entry("repository", "A", &["pull"]).access(), None);
        assert_eq!(entry("artifact-repository", "a", &["metadata_read"]).access(), None);
        assert_eq!(entry("repository", "*", &["pull"]).access(), None);
        // A colon cannot smuggle an action in.
        assert_eq!(entry("repository", "a:push", &["pull"]).access(), None);
        assert_eq!(entry("repository", "a", &["x:push"]).access(), None);
    }
}
