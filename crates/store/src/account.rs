//! Hashes of the secrets that somebody may sign in with.

use crate::audit::{self, AuditEntry};
use crate::db::Db;
use crate::error::{Error, Fault};
use crate::row::params;
use crate::tx::Tx;
use boathook_core::name::RegistryName;
use boathook_core::time::Timestamp;

/// A secret to be remembered by its hash.
#[derive(Clone)]
pub struct NewSecret {
    /// The registry that it opens.
    pub registry: RegistryName,
    /// Whose it is: the admin user's name, or an identity's client id.
    pub owner: String,
    /// Which of its owner's secrets it is, counted from 1.
    pub slot: u32,
    /// Its hash, in the PHC string format.
    pub hash: String,
    /// The secret itself, sealed, where it can be shown again.
    pub sealed: Option<Vec<u8>>,
}

impl Db {
    /// The hashes of an owner's secrets, by slot.
    pub async fn secrets(
        &self,
        registry: &RegistryName,
        owner: &str,
    ) -> Result<Vec<String>, Error> {
        let (registry, owner) = (registry.clone(), owner.to_owned());
        self.read("secrets", async move |tx: &mut Tx<'_>| {
            let sql = "SELECT hash FROM secret WHERE registry = $1 AND owner = $2 ORDER BY slot";
            let rows = tx.query(sql, params![registry.as_str(), &owner]).await?;
            Ok(rows.iter().map(|row| row.text(0).to_owned()).collect())
        })
        .await
    }

    /// An owner's secrets by slot, sealed; nothing where one cannot be shown again.
    pub async fn sealed_secrets(
        &self,
        registry: &RegistryName,
        owner: &str,
    ) -> Result<Vec<(u32, Option<Vec<u8>>)>, Error> {
        let (registry, owner) = (registry.clone(), owner.to_owned());
        self.read("sealed_secrets", async move |tx: &mut Tx<'_>| {
            let sql =
                "SELECT slot, sealed FROM secret WHERE registry = $1 AND owner = $2 ORDER BY slot";
            let mut rows = tx.query(sql, params![registry.as_str(), &owner]).await?;
            let slot = |slot| u32::try_from(slot).expect("it was a `u32`");
            Ok(rows.iter_mut().map(|row| (slot(row.int(0)), row.take_bytes(1))).collect())
        })
        .await
    }

    /// Puts a secret in the place of the one in its slot.
    pub async fn replace_secret(
        &self,
        secret: NewSecret,
        now: Timestamp,
        entry: AuditEntry,
    ) -> Result<(), Error> {
        let of = secret.registry.clone();
        self.write_in(&of, "replace_secret", async move |tx: &mut Tx<'_>| {
            let NewSecret { registry, owner, slot, .. } = &secret;
            let sql = "DELETE FROM secret WHERE registry = $1 AND owner = $2 AND slot = $3";
            tx.execute(sql, params![registry.as_str(), owner, i64::from(*slot)]).await?;
            insert(tx, std::slice::from_ref(&secret), now).await?;
            audit::record(tx, &entry).await
        })
        .await
    }

    /// Remembers what the first key of this database has sealed, unless there is such a proof; says which there is now.
    pub async fn ensure_seal_proof(&self, proof: &str) -> Result<String, Error> {
        let proof = proof.to_owned();
        self.write("ensure_seal_proof", async move |tx: &mut Tx<'_>| {
            let sql =
                "INSERT INTO seal_proof (number, proof) VALUES (1, $1) ON CONFLICT DO NOTHING";
            tx.execute(sql, params![&proof]).await?;
            let kept = tx.query_opt("SELECT proof FROM seal_proof WHERE number = 1", params![]);
            Ok(kept.await?.map_or(proof, |row| row.text(0).to_owned()))
        })
        .await
    }
}

/// Remembers secrets whose slots are free. Says whether all were.
pub(crate) async fn insert(
    tx: &mut Tx<'_>,
    secrets: &[NewSecret],
    now: Timestamp,
) -> Result<bool, Fault> {
    let mut were_free = true;
    for NewSecret { registry, owner, slot, hash, sealed } in secrets {
        let inserted = tx
            .execute(
                "INSERT INTO secret (registry, owner, slot, hash, created_ms, sealed)
                 VALUES ($1, $2, $3, $4, $5, $6)
                 ON CONFLICT DO NOTHING",
                params![registry.as_str(), owner, i64::from(*slot), hash, now.0, sealed.as_deref()],
            )
            .await?;
        were_free &= inserted == 1;
    }
    Ok(were_free)
}
