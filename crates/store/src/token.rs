//! Tokens: users of one registry, each with two passwords at most.

use crate::audit::{self, AuditEntry};
use crate::db::Db;
use crate::error::{Error, Fault};
use crate::guard::{Guard, Removal};
use crate::row::{Row, params};
use crate::scope_map::{self, Put, Standing};
use crate::tx::Tx;
use boathook_core::name::{RegistryName, ScopeMapName, TokenName};
use boathook_core::scope_map::system;
use boathook_core::time::Timestamp;
use std::fmt;

/// A token.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TokenRow {
    /// Its name as it was typed.
    pub name: TokenName,
    /// The scope map that says what it may do, which may be gone.
    pub scope_map: ScopeMapName,
    /// Whether it may sign in.
    pub is_enabled: bool,
    /// Its first password and its second.
    pub passwords: [Option<PasswordRow>; 2],
    /// When it was made, and by whom.
    pub created: (Timestamp, String),
    /// When it was last changed, and by whom.
    pub updated: (Timestamp, String),
}

/// A password of a token.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PasswordRow {
    /// Its hash, in the PHC string format.
    pub hash: String,
    /// When it was made.
    pub created: Timestamp,
    /// When it no longer counts, if ever.
    pub expires: Option<Timestamp>,
}

/// What has to be known to let a token in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenEntry {
    /// The token.
    pub token: TokenRow,
    /// What its scope map allows; nothing where that is gone.
    pub actions: Vec<String>,
}

/// Why a token was not written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenRefusal<E> {
    /// There is no such scope map.
    NoScopeMap(ScopeMapName),
    /// The rules said no.
    Rule(E),
}

impl Db {
    /// Looks up a token.
    pub async fn token(
        &self,
        registry: &RegistryName,
        name: &TokenName,
    ) -> Result<Option<TokenRow>, Error> {
        let (registry, key) = (registry.clone(), name.key());
        self.read("token", async move |tx: &mut Tx<'_>| find(tx, &registry, &key).await).await
    }

    /// Looks up a token that wants to sign in, and what it may do.
    pub async fn token_entry(
        &self,
        registry: &RegistryName,
        name: &TokenName,
    ) -> Result<Option<TokenEntry>, Error> {
        let (registry, key) = (registry.clone(), name.key());
        self.read("token_entry", async move |tx: &mut Tx<'_>| {
            let sql = format!(
                "SELECT {COLUMNS}, m.actions FROM registry_token t
                 LEFT JOIN scope_map m ON m.registry = t.registry AND m.name_key = t.scope_map_key
                 WHERE t.registry = $1 AND t.name_key = $2"
            );
            let row = tx.query_opt(&sql, params![registry.as_str(), &key]).await?;
            Ok(row.as_ref().map(entry))
        })
        .await
    }

    /// The tokens of a registry whose keys come after `after`, by key, `limit` at most.
    pub async fn tokens(
        &self,
        registry: &RegistryName,
        after: &str,
        limit: u32,
    ) -> Result<Vec<TokenRow>, Error> {
        let (registry, after) = (registry.clone(), after.to_owned());
        self.read("tokens", async move |tx: &mut Tx<'_>| {
            let sql = format!(
                "SELECT {COLUMNS} FROM registry_token t WHERE t.registry = $1 AND $2 < t.name_key
                 ORDER BY t.name_key LIMIT $3"
            );
            let rows = tx.query(&sql, params![registry.as_str(), &after, i64::from(limit)]).await?;
            Ok(rows.iter().map(token).collect())
        })
        .await
    }

    /// Writes what `decide` makes of what is there. The scope map of what is written has to be there if it was another
    /// before.
    pub async fn put_token<E: Send + 'static>(
        &self,
        registry: &RegistryName,
        name: &TokenName,
        decide: impl Fn(Standing<'_, TokenRow>) -> Result<TokenRow, E> + Clone + Send + Sync + 'static,
        entry: AuditEntry,
    ) -> Result<Put<TokenRow, TokenRefusal<E>>, Error> {
        let (registry, key) = (registry.clone(), name.key());
        let of = registry.clone();
        self.write_in(&of, "put_token", async move |tx: &mut Tx<'_>| {
            let before = find(tx, &registry, &key).await?;
            let standing = match &before {
                Some(row) => Standing::Row(row),
                None => scope_map::vacant(tx, COUNT, &registry).await?,
            };
            let after = match decide(standing) {
                Ok(after) => after,
                Err(refusal) => return Ok(Put::Refused(TokenRefusal::Rule(refusal))),
            };
            let map_key = after.scope_map.key();
            let had_it = before.as_ref().is_some_and(|before| before.scope_map.key() == map_key);
            if !had_it
                && system(&map_key).is_none()
                && !scope_map::exists(tx, &registry, &map_key).await?
            {
                return Ok(Put::Refused(TokenRefusal::NoScopeMap(after.scope_map)));
            }
            write(tx, &registry, &key, &after).await?;
            audit::record(tx, &entry).await?;
            Ok(if before.is_some() { Put::Updated(after) } else { Put::Created(after) })
        })
        .await
    }

    /// Removes a token.
    pub async fn delete_token(
        &self,
        registry: &RegistryName,
        name: &TokenName,
        guard: Guard<TokenRow>,
        entry: AuditEntry,
    ) -> Result<Removal, Error> {
        let (registry, key) = (registry.clone(), name.key());
        self.write("delete_token", async move |tx: &mut Tx<'_>| {
            if let Err(removal) = guard.pass(find(tx, &registry, &key).await?) {
                return Ok(removal);
            }
            let sql = "DELETE FROM registry_token WHERE registry = $1 AND name_key = $2";
            tx.execute(sql, params![registry.as_str(), &key]).await?;
            audit::record(tx, &entry).await?;
            Ok(Removal::Removed)
        })
        .await
    }

    /// How many tokens a registry has.
    pub async fn token_count(&self, registry: &RegistryName) -> Result<u64, Error> {
        let registry = registry.clone();
        self.read("token_count", async move |tx: &mut Tx<'_>| {
            scope_map::count(tx, COUNT, &registry).await
        })
        .await
    }
}

const COUNT: &str = "SELECT COUNT(*) FROM registry_token WHERE registry = $1";

const COLUMNS: &str = "t.name, t.scope_map, t.is_enabled,
    t.password1_hash, t.password1_created_ms, t.password1_expires_ms,
    t.password2_hash, t.password2_created_ms, t.password2_expires_ms,
    t.created_ms, t.created_by, t.updated_ms, t.updated_by";
/// Where a query that asks for more than [`COLUMNS`] has it.
const COLUMNS_COUNT: usize = 13;

async fn find(
    tx: &mut Tx<'_>,
    registry: &RegistryName,
    key: &str,
) -> Result<Option<TokenRow>, Fault> {
    let sql =
        format!("SELECT {COLUMNS} FROM registry_token t WHERE t.registry = $1 AND t.name_key = $2");
    Ok(tx.query_opt(&sql, params![registry.as_str(), key]).await?.as_ref().map(token))
}

fn token(row: &Row) -> TokenRow {
    TokenRow {
        name: row.parsed(0),
        scope_map: row.parsed(1),
        is_enabled: row.int(2) == 1,
        passwords: [password(row, 3), password(row, 6)],
        created: (Timestamp(row.int(9)), row.text(10).to_owned()),
        updated: (Timestamp(row.int(11)), row.text(12).to_owned()),
    }
}

fn password(row: &Row, first_idx: usize) -> Option<PasswordRow> {
    Some(PasswordRow {
        hash: row.opt_text(first_idx)?.to_owned(),
        created: Timestamp(row.int(first_idx + 1)),
        expires: row.opt_int(first_idx + 2).map(Timestamp),
    })
}

fn entry(row: &Row) -> TokenEntry {
    let token = token(row);
    let own = || row.opt_text(COLUMNS_COUNT).map(scope_map::actions).unwrap_or_default();
    let actions = match system(token.scope_map.as_str()) {
        Some(map) => map.actions.iter().map(ToString::to_string).collect(),
        None => own(),
    };
    TokenEntry { token, actions }
}

async fn write(
    tx: &mut Tx<'_>,
    registry: &RegistryName,
    key: &str,
    token: &TokenRow,
) -> Result<(), Fault> {
    let columns = |password: &Option<PasswordRow>| {
        let row = password.as_ref();
        (row.map(|row| row.created.0), row.and_then(|row| row.expires).map(|expires| expires.0))
    };
    let [first, second] = &token.passwords;
    let ((first_created, first_expires), (second_created, second_expires)) =
        (columns(first), columns(second));
    tx.execute(
        "INSERT INTO registry_token (registry, name_key, name, scope_map_key, scope_map, is_enabled,
                                     password1_hash, password1_created_ms, password1_expires_ms,
                                     password2_hash, password2_created_ms, password2_expires_ms,
                                     created_ms, created_by, updated_ms, updated_by)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
         ON CONFLICT (registry, name_key) DO UPDATE SET
             scope_map_key = excluded.scope_map_key, scope_map = excluded.scope_map, is_enabled = excluded.is_enabled,
             password1_hash = excluded.password1_hash, password1_created_ms = excluded.password1_created_ms,
             password1_expires_ms = excluded.password1_expires_ms, password2_hash = excluded.password2_hash,
             password2_created_ms = excluded.password2_created_ms, password2_expires_ms = excluded.password2_expires_ms,
             updated_ms = excluded.updated_ms, updated_by = excluded.updated_by",
        params![
            registry.as_str(),
            key,
            token.name.as_str(),
            token.scope_map.key().as_str(),
            token.scope_map.as_str(),
            i64::from(token.is_enabled),
            first.as_ref().map(|row| &row.hash),
            first_created,
            first_expires,
            second.as_ref().map(|row| &row.hash),
            second_created,
            second_expires,
            token.created.0.0,
            &token.created.1,
            token.updated.0.0,
            &token.updated.1,
        ],
    )
    .await?;
    Ok(())
}

/// Shows when, and never what.
impl fmt::Debug for PasswordRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PasswordRow")
            .field("created", &self.created)
            .field("expires", &self.expires)
            .finish_non_exhaustive()
    }
}
