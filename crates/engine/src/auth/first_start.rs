//! The first start makes an admin user and a management identity, and writes down once how to sign in.
//!
//! What is to be written down is put aside first, the rows come second, and the file that people read is last: whoever
//! dies in between finds at the next start what was put aside. Where several nodes start at once, the rows are those of
//! one of them, and the others hear that theirs do not count.

use super::{admin, hashing};
use crate::audit::{self, Actor};
use crate::ctx::Site;
use crate::seal::Seal;
use boathook_core::defaults;
use boathook_core::id::{AssignmentId, AuditId, ClientId, Ids, PrincipalId, SecretId};
use boathook_core::role::{self, RoleScope};
use boathook_core::time::Timestamp;
use boathook_store::{
    AuditEntry, Db, Error, FirstIdentity, IdentityRow, IdentitySecretRow, NewAssignment, NewSecret,
};
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
        let secret = || super::new_secret(ids);
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

/// Says whether somebody cannot sign in yet who should: the registry's admin user, or whoever manages it.
pub async fn is_first_start(db: &Db, site: &Site) -> Result<bool, Error> {
    let has_admin = !db.secrets(&site.registry, site.registry.as_str()).await?.is_empty();
    // One that somebody has made anew has its own passwords, or an admin user that may not sign in.
    let registry = db.registry(&site.registry).await?;
    let needs_admin = registry.is_some_and(|row| row.settings.is_admin_user_enabled);
    let is_admin_missing = needs_admin && !has_admin;
    Ok(is_admin_missing || !db.has_identity().await?)
}

/// Stores `credentials`, hashed, and the admin user's sealed too, if nobody can sign in yet. Says whether it is they that one signs in with.
pub async fn ensure_credentials(
    db: &Db,
    seal: &Seal,
    site: &Site,
    credentials: &Credentials,
    now: Timestamp,
) -> Result<bool, Error> {
    let Credentials { username, passwords: [first, second], client_id, client_secret, .. } =
        credentials;
    if is_first_start(db, site).await? {
        let hashed = [(1, first), (2, second)].map(|(slot, password)| NewSecret {
            registry: site.registry.clone(),
            owner: username.clone(),
            slot,
            hash: hashing::hash(password),
            sealed: Some(admin::seal(seal, &site.registry, slot, password)),
        });
        let owner = first_identity(client_id, client_secret, now);
        if db.ensure_first(owner, hashed.into(), now).await? {
            return Ok(true);
        }
    }
    let Some(client_id) = ClientId::parse(client_id) else { return Ok(false) };
    let kept = db.client(&client_id).await?.map(|found| found.secrets).unwrap_or_default();
    Ok(kept.iter().any(|secret| hashing::matches(&secret.hash, client_secret)))
}

/// The management identity: the owner of everything.
fn first_identity(client_id: &str, client_secret: &str, now: Timestamp) -> FirstIdentity {
    let made = (now, Actor::server().name);
    let principal = PrincipalId::new(defaults::PRINCIPAL_ID);
    let name = defaults::IDENTITY.parse().expect("it is a name of an identity");
    FirstIdentity {
        identity: IdentityRow {
            name,
            client_id: ClientId::new(client_id.to_ascii_lowercase()),
            principal: principal.clone(),
            is_enabled: true,
            created: made.clone(),
            updated: made.clone(),
        },
        secret: IdentitySecretRow {
            id: SecretId::new(defaults::SECRET_ID),
            hash: hashing::hash(client_secret),
            display_name: None,
            start: now,
            end: None,
        },
        assignment: NewAssignment {
            id: AssignmentId::new(defaults::ASSIGNMENT_ID),
            principal,
            principal_type: "ServicePrincipal".to_owned(),
            role: role::owner().id.clone(),
            scope: RoleScope::Subscription,
            created: made,
        },
        audit: AuditEntry {
            id: AuditId::earliest(now),
            at: now,
            caller: Actor::server().name,
            action: "Boathook.Identity/servicePrincipals/write",
            resource: audit::path(&format!(
                "/providers/Boathook.Identity/servicePrincipals/{}",
                defaults::IDENTITY
            )),
            request: String::new(),
            details: "{}".to_owned(),
        },
    }
}
