//! What a token for the management API says: the claims that `az`, the SDKs and Terraform read (`az-wire` §4, §11).

use serde::{Deserialize, Serialize};

/// The claims of a token. Times are seconds since the Unix epoch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// What it is for.
    pub aud: String,
    /// Who issued it.
    pub iss: String,
    /// When it was made.
    pub iat: u64,
    /// When it begins to count.
    pub nbf: u64,
    /// When it no longer does.
    pub exp: u64,
    /// The client id of who holds it.
    pub appid: String,
    /// `1`: shown by a secret.
    pub appidacr: String,
    /// The same as `appid`, by the name that the second version of such tokens has for it.
    pub azp: String,
    /// Who gave the identity: the tenant's authority.
    pub idp: String,
    /// `app`: there is nobody behind it but the client.
    pub idtyp: String,
    /// The id that roles are given to.
    pub oid: String,
    /// The same as `oid`.
    pub sub: String,
    /// The tenant.
    pub tid: String,
    /// The token's own id.
    pub uti: String,
    /// [`VERSION`].
    pub ver: String,
}

/// The `ver` of a token.
pub const VERSION: &str = "1.0";

/// What a [`Claims`] is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issue<'a> {
    /// What it is for.
    pub audience: &'a str,
    /// Who issues it.
    pub issuer: &'a str,
    /// The client id.
    pub client_id: &'a str,
    /// The id that roles are given to.
    pub object_id: &'a str,
    /// The tenant.
    pub tenant_id: &'a str,
    /// The token's own id.
    pub token_id: &'a str,
    /// When it is made, in seconds since the Unix epoch.
    pub issued: u64,
    /// How long it counts, in seconds.
    pub life: u64,
}

impl Claims {
    /// The claims of a token for a service principal.
    pub fn new(issue: &Issue<'_>) -> Self {
        Self {
            aud: issue.audience.to_owned(),
            iss: issue.issuer.to_owned(),
            iat: issue.issued,
            nbf: issue.issued,
            exp: issue.issued.saturating_add(issue.life),
            appid: issue.client_id.to_owned(),
            appidacr: "1".to_owned(),
            azp: issue.client_id.to_owned(),
            idp: issue.issuer.to_owned(),
            idtyp: "app".to_owned(),
            oid: issue.object_id.to_owned(),
            sub: issue.object_id.to_owned(),
            tid: issue.tenant_id.to_owned(),
            uti: issue.token_id.to_owned(),
            ver: VERSION.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn claims_are_written_as_clients_read_them() {
        let claims = Claims::new(&Issue {
            audience: "https://management/",
            issuer: "https://h/adfs",
            client_id: "c",
            object_id: "o",
            tenant_id: "t",
            token_id: "u",
            issued: 100,
            life: 3_600,
        });
        let expected = concat!(
            r#"{"aud":"https://management/","iss":"https://h/adfs","iat":100,"nbf":100,"exp":3700,"appid":"c","#,
            r#""appidacr":"1","azp":"c","idp":"https://h/adfs","idtyp":"app","oid":"o","sub":"o","tid":"t","uti":"u","ver":"1.0"}"#,
        );
        let printed = serde_json::to_string(&claims).unwrap();
        assert_eq!(printed, expected);
        assert_eq!(serde_json::from_str::<Claims>(&printed).unwrap(), claims);
    }
}
