//! The keys that the authority signs with. All nodes of a database have the same.

use super::changed;
use crate::audit::AuditEntry;
use crate::db::Db;
use crate::error::{Error, Fault};
use crate::row::{Row, params};
use crate::tx::Tx;
use boathook_core::id::SigningKeyId;
use boathook_core::time::Timestamp;

/// A key of the authority.
#[derive(Clone, PartialEq, Eq)]
pub struct SigningKeyRow {
    /// What tokens call it.
    pub id: SigningKeyId,
    /// The key, sealed.
    pub sealed: Vec<u8>,
    /// Since when tokens are signed with it.
    pub begins: Timestamp,
    /// When the last token that was signed with it no longer counts; nothing where it has no successor.
    pub ends: Option<Timestamp>,
}

/// Shows everything but the key.
impl std::fmt::Debug for SigningKeyRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { id, begins, ends, .. } = self;
        f.debug_struct("SigningKeyRow")
            .field("id", id)
            .field("begins", begins)
            .field("ends", ends)
            .finish_non_exhaustive()
    }
}

/// More keys than can be alive at once.
const KEYS_MAX: i64 = 100;

impl Db {
    /// The keys that tokens may have been signed with, the oldest first.
    pub async fn signing_keys(&self) -> Result<Vec<SigningKeyRow>, Error> {
        self.read("signing_keys", async move |tx: &mut Tx<'_>| all(tx).await).await
    }

    /// Makes the first key, unless there is one; says which there are.
    pub async fn ensure_signing_key(
        &self,
        first: SigningKeyRow,
    ) -> Result<Vec<SigningKeyRow>, Error> {
        self.write("ensure_signing_key", async move |tx: &mut Tx<'_>| {
            let keys = all(tx).await?;
            if !keys.is_empty() {
                return Ok(keys);
            }
            insert(tx, &first).await?;
            tx.after.has_identity = true;
            Ok(vec![first])
        })
        .await
    }

    /// Gives a key a successor, if it is still the last one, and forgets keys that ended before `now`. Says whether it
    /// has that successor.
    pub async fn succeed_signing_key(
        &self,
        last: &SigningKeyId,
        ends: Timestamp,
        next: SigningKeyRow,
        now: Timestamp,
        audit: AuditEntry,
    ) -> Result<bool, Error> {
        let last = last.clone();
        self.write("succeed_signing_key", async move |tx: &mut Tx<'_>| {
            let sql = "UPDATE signing_key SET ends_ms = $1 WHERE id = $2 AND ends_ms IS NULL";
            if tx.execute(sql, params![ends.0, last.as_str()]).await? == 0 {
                return Ok(false);
            }
            tx.execute("DELETE FROM signing_key WHERE ends_ms < $1", params![now.0]).await?;
            insert(tx, &next).await?;
            changed(tx, &audit).await?;
            Ok(true)
        })
        .await
    }
}

async fn all(tx: &mut Tx<'_>) -> Result<Vec<SigningKeyRow>, Fault> {
    let sql =
        "SELECT id, sealed, begins_ms, ends_ms FROM signing_key ORDER BY begins_ms, id LIMIT $1";
    Ok(tx.query(sql, params![KEYS_MAX]).await?.into_iter().map(read).collect())
}

fn read(mut row: Row) -> SigningKeyRow {
    SigningKeyRow {
        sealed: row.take_bytes(1).expect("a key is never null"),
        id: SigningKeyId::new(row.text(0)),
        begins: Timestamp(row.int(2)),
        ends: row.opt_int(3).map(Timestamp),
    }
}

async fn insert(tx: &mut Tx<'_>, key: &SigningKeyRow) -> Result<(), Fault> {
    let SigningKeyRow { id, sealed, begins, ends } = key;
    tx.execute(
        "INSERT INTO signing_key (id, sealed, begins_ms, ends_ms) VALUES ($1, $2, $3, $4)",
        params![id.as_str(), sealed.as_slice(), begins.0, ends.map(|ends| ends.0)],
    )
    .await?;
    Ok(())
}
