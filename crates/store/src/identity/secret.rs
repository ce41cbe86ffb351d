//! The secrets of identities, as hashes.

use super::{changed, find};
use crate::audit::AuditEntry;
use crate::db::Db;
use crate::error::{Error, Fault};
use crate::row::{Row, params};
use crate::session;
use crate::tx::Tx;
use boathook_core::id::{PrincipalId, SecretId};
use boathook_core::name::IdentityName;
use boathook_core::time::Timestamp;

/// A secret of an identity.
#[derive(Clone, PartialEq, Eq)]
pub struct IdentitySecretRow {
    /// Its id.
    pub id: SecretId,
    /// Its hash, in the PHC string format.
    pub hash: String,
    /// Words of its owner's.
    pub display_name: Option<String>,
    /// Since when it counts.
    pub start: Timestamp,
    /// When it no longer does, if ever.
    pub end: Option<Timestamp>,
}

/// What came of giving an identity a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddSecretOutcome {
    /// It has one more.
    Added,
    /// There is no such identity.
    Missing,
    /// It has as many as it may have.
    TooMany,
}

/// Shows everything but the hash.
impl std::fmt::Debug for IdentitySecretRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { id, start, end, .. } = self;
        f.debug_struct("IdentitySecretRow")
            .field("id", id)
            .field("start", start)
            .field("end", end)
            .finish_non_exhaustive()
    }
}

impl Db {
    /// Gives an identity one more secret, unless it has `secrets_max`.
    pub async fn add_identity_secret(
        &self,
        name: &IdentityName,
        secret: IdentitySecretRow,
        secrets_max: usize,
        audit: AuditEntry,
    ) -> Result<AddSecretOutcome, Error> {
        let key = name.key();
        self.write("add_identity_secret", async move |tx: &mut Tx<'_>| {
            let Some(found) = find(tx, "name_key", &key).await? else {
                return Ok(AddSecretOutcome::Missing);
            };
            if secrets_max <= found.secrets.len() {
                return Ok(AddSecretOutcome::TooMany);
            }
            insert_secret(tx, &found.identity.principal, &secret).await?;
            changed(tx, &audit).await?;
            Ok(AddSecretOutcome::Added)
        })
        .await
    }

    /// Takes a secret from an identity; `false` where it had none of that id.
    pub async fn remove_identity_secret(
        &self,
        principal: &PrincipalId,
        secret: &SecretId,
        audit: AuditEntry,
    ) -> Result<bool, Error> {
        let (principal, secret) = (principal.clone(), secret.clone());
        self.write("remove_identity_secret", async move |tx: &mut Tx<'_>| {
            let sql = "DELETE FROM identity_secret WHERE principal = $1 AND id = $2";
            if tx.execute(sql, params![principal.as_str(), secret.as_str()]).await? == 0 {
                return Ok(false);
            }
            // Whoever has signed in with it may be whoever it is taken from.
            session::end_all(tx, &principal).await?;
            changed(tx, &audit).await?;
            Ok(true)
        })
        .await
    }
}

/// The secret in a row whose columns begin at `first`, if there is one.
pub(super) fn read(row: &Row, first: usize) -> Option<IdentitySecretRow> {
    let id = SecretId::new(row.opt_text(first)?);
    Some(IdentitySecretRow {
        id,
        hash: row.text(first + 1).to_owned(),
        display_name: row.opt_text(first + 2).map(str::to_owned),
        start: Timestamp(row.int(first + 3)),
        end: row.opt_int(first + 4).map(Timestamp),
    })
}

pub(super) async fn insert_secret(
    tx: &mut Tx<'_>,
    principal: &PrincipalId,
    secret: &IdentitySecretRow,
) -> Result<(), Fault> {
    let IdentitySecretRow { id, hash, display_name, start, end } = secret;
    tx.execute(
        "INSERT INTO identity_secret (principal, id, hash, display_name, start_ms, end_ms)
         VALUES ($1, $2, $3, $4, $5, $6)",
        params![
            principal.as_str(),
            id.as_str(),
            hash,
            display_name.as_ref(),
            start.0,
            end.map(|end| end.0)
        ],
    )
    .await?;
    Ok(())
}
