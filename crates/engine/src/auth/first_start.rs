//! The first start makes an admin user and a management identity, and writes down once how to sign in.
//!
//! What is to be written down is put aside first, the rows come second, and the file that people read is last: whoever
//! dies in between finds at the next start what was put aside. Where several nodes start at once, the rows are those of
//! one of them, and the others hear that theirs do not count.

use super::hashing;
use crate::ctx::Site;
use boathook_core::defaults;
use boathook_core::id::Ids;
use boathook_core::time::Timestamp;
use boathook_store::{Db, Error, NewSecret};
use serde::{Deserialize, Serialize};

/// How to sign in; the content of `credentials.json`.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Credentials {
    /// The default registry.
    pub registry: String,
    /// The host that clients use for it.
    pub login_server: String,
    /// The admin user.
    pub username: String,
    /// The admin user's two passwords.
    pub passwords: [String; 2],
    /// The subscription that everything is in.
    pub subscription_id: String,
    /// The tenant of every identity.
    pub tenant_id: String,
    /// The default registry's resource group.
    pub resource_group: String,
    /// The management identity.
    pub client_id: String,
    /// Its secret.
    pub client_secret: String,
    /// The plain listener's base URL.
    pub endpoint: String,
    /// The HTTPS listener's base URL; null without TLS.
    #[serde(default)]
    pub tls_endpoint: Option<String>,
    /// The local CA's certificate, an absolute path; null without TLS, and where the certificate is somebody else's.
    pub ca_certificate: Option<String>,
    /// What the host names of registries end in.
    #[serde(default)]
    pub domain: String,
}

impl Credentials {
    /// Makes new ones.
    pub fn generate(site: &Site, ids: &dyn Ids) -> Self {
        let secret = || {
            let mut bytes = [0; 24];
            ids.fill(&mut bytes);
            // Letters and digits alone, so that no shell and no option parser minds.
            bytes.map(|byte| format!("{byte:02x}")).concat()
        };
        Self {
            registry: site.registry.to_string(),
            login_server: String::new(),
            username: site.registry.to_string(),
            passwords: [secret(), secret()],
            subscription_id: defaults::SUBSCRIPTION_ID.to_owned(),
            tenant_id: defaults::TENANT_ID.to_owned(),
            resource_group: defaults::RESOURCE_GROUP.to_owned(),
            client_id: defaults::CLIENT_ID.to_owned(),
            client_secret: secret(),
            endpoint: String::new(),
            tls_endpoint: None,
            ca_certificate: None,
            domain: site.domain.clone(),
        }
    }
}

/// Says whether anybody can sign in yet.
pub async fn is_first_start(db: &Db, site: &Site) -> Result<bool, Error> {
    Ok(db.secrets(&site.registry, defaults::CLIENT_ID).await?.is_empty())
}

/// Stores the hashes of `credentials` if nobody can sign in yet. Says whether it is they that one signs in with.
pub async fn ensure_credentials(
    db: &Db,
    site: &Site,
    credentials: &Credentials,
    now: Timestamp,
) -> Result<bool, Error> {
    let Credentials { username, passwords: [first, second], client_id, client_secret, .. } =
        credentials;
    if is_first_start(db, site).await? {
        let secrets = [(username, 1, first), (username, 2, second), (client_id, 1, client_secret)];
        let hashed = secrets.map(|(owner, slot, secret)| NewSecret {
            registry: site.registry.clone(),
            owner: owner.clone(),
            slot,
            hash: hashing::hash(secret),
        });
        if db.ensure_secrets(hashed.into(), now).await? {
            return Ok(true);
        }
    }
    let kept = db.secrets(&site.registry, client_id).await?;
    Ok(kept.iter().any(|hash| hashing::matches(hash, client_secret)))
}
