//! Identities: who may sign in with a client id and a secret, and which roles they have.
//!
//! Every change is one transaction with its entry of the audit log. Whoever keeps a copy learns of it from
//! [`Signals::identity_changes`](crate::Signals), and on a shared database reads again now and then.

mod role;
mod secret;
mod signing_key;

pub use role::{
    AssignOutcome, AssignmentRow, AssignmentsOf, NewAssignment, PrincipalRow, Unassigned,
};
pub use secret::{AddSecretOutcome, IdentitySecretRow};
pub use signing_key::SigningKeyRow;

use crate::account::{self, NewSecret};
use crate::audit::{self, AuditEntry};
use crate::db::Db;
use crate::error::{Error, Fault};
use crate::registry;
use crate::row::{Row, params};
use crate::session;
use crate::tx::Tx;
use boathook_core::id::{ClientId, PrincipalId};
use boathook_core::name::IdentityName;
use boathook_core::time::Timestamp;
use role::{insert_assignment, is_last_owner};
use secret::insert_secret;

/// An identity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentityRow {
    /// Its name as it was typed.
    pub name: IdentityName,
    /// What it signs in as.
    pub client_id: ClientId,
    /// What its roles are given to.
    pub principal: PrincipalId,
    /// Whether it may sign in.
    pub is_enabled: bool,
    /// When it was made, and by whom.
    pub created: (Timestamp, String),
    /// When it was last changed, and by whom.
    pub updated: (Timestamp, String),
}

/// An identity with its secrets, by the time that they were made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentityWithSecrets {
    /// The identity.
    pub identity: IdentityRow,
    /// Its secrets.
    pub secrets: Vec<IdentitySecretRow>,
}

/// The identity that a new server has, its one secret, and its role.
#[derive(Clone, Debug)]
pub struct FirstIdentity {
    /// The identity.
    pub identity: IdentityRow,
    /// Its secret.
    pub secret: IdentitySecretRow,
    /// Its role.
    pub assignment: NewAssignment,
    /// What the audit log says of it.
    pub audit: AuditEntry,
}

/// What came of writing an identity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PutIdentityOutcome<E> {
    /// There was none before.
    Created(IdentityWithSecrets),
    /// It was changed, or is as it was.
    Updated(IdentityWithSecrets),
    /// The rules said no; nothing was changed.
    Refused(E),
    /// Nobody else could give roles on the subscription; nothing was changed.
    LastOwner,
}

/// What came of removing an identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdentityDeletion {
    /// It is gone, with its secrets and its roles.
    Deleted,
    /// There was none.
    Missing,
    /// Nobody else could give roles on the subscription; nothing was changed.
    LastOwner,
}

const COLUMNS: &str =
    "i.name, i.client_id, i.principal, i.is_enabled, i.created_ms, i.created_by, i.updated_ms,
    i.updated_by, s.id, s.hash, s.display_name, s.start_ms, s.end_ms";
const FROM: &str = "FROM identity AS i LEFT JOIN identity_secret AS s ON s.principal = i.principal";

impl Db {
    /// Says whether there is any identity.
    pub async fn has_identity(&self) -> Result<bool, Error> {
        self.read("has_identity", async move |tx: &mut Tx<'_>| any(tx).await).await
    }

    /// Makes the first identity, unless there is one, and remembers secrets of a registry whose slots are free. Says
    /// whether all of them were.
    pub async fn ensure_first(
        &self,
        first: FirstIdentity,
        secrets: Vec<NewSecret>,
        now: Timestamp,
    ) -> Result<bool, Error> {
        self.write("ensure_first", async move |tx: &mut Tx<'_>| {
            let mut are_free = true;
            for secret in &secrets {
                // A default registry that somebody has deleted needs none.
                if registry::is_there(tx, &secret.registry).await? {
                    are_free &= account::insert(tx, std::slice::from_ref(secret), now).await?;
                }
            }
            if any(tx).await? {
                return Ok(false);
            }
            let FirstIdentity { identity, secret, assignment, audit } = &first;
            write(tx, identity).await?;
            insert_secret(tx, &identity.principal, secret).await?;
            insert_assignment(tx, assignment).await?;
            audit::record(tx, audit).await?;
            tx.after.has_identity = true;
            Ok(are_free)
        })
        .await
    }

    /// Looks up an identity by its name.
    pub async fn identity(
        &self,
        name: &IdentityName,
    ) -> Result<Option<IdentityWithSecrets>, Error> {
        let key = name.key();
        self.read("identity", async move |tx: &mut Tx<'_>| find(tx, "name_key", &key).await).await
    }

    /// Looks up an identity by what it signs in as.
    pub async fn client(&self, client_id: &ClientId) -> Result<Option<IdentityWithSecrets>, Error> {
        let id = client_id.clone();
        self.read("client", async move |tx: &mut Tx<'_>| find(tx, "client_id", id.as_str()).await)
            .await
    }

    /// A page of identities by name, those after `after`.
    pub async fn identities(
        &self,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<IdentityWithSecrets>, Error> {
        let after = after.unwrap_or_default().to_ascii_lowercase();
        self.read("identities", async move |tx: &mut Tx<'_>| {
            let sql = format!(
                "SELECT {COLUMNS} {FROM} WHERE i.name_key IN
                     (SELECT name_key FROM identity WHERE $1 < name_key ORDER BY name_key LIMIT $2)
                 ORDER BY i.name_key, s.start_ms, s.id"
            );
            Ok(gather(&tx.query(&sql, params![&after, i64::from(limit)]).await?))
        })
        .await
    }

    /// Writes what `decide` makes of the identity as it is, and of how many there are.
    pub async fn put_identity<E: Send + 'static>(
        &self,
        name: &IdentityName,
        decide: impl Fn(Option<&IdentityRow>, usize) -> Result<IdentityRow, E>
        + Clone
        + Send
        + Sync
        + 'static,
        audit: AuditEntry,
    ) -> Result<PutIdentityOutcome<E>, Error> {
        let key = name.key();
        self.write("put_identity", async move |tx: &mut Tx<'_>| {
            let before = find(tx, "name_key", &key).await?;
            let count = tx.query_opt("SELECT COUNT(*) FROM identity", params![]).await?;
            let count = count.map_or(0, |row| usize::try_from(row.int(0)).unwrap_or(usize::MAX));
            let before_row = before.as_ref().map(|found| &found.identity);
            let after = match decide(before_row, count) {
                Ok(after) => after,
                Err(refusal) => return Ok(PutIdentityOutcome::Refused(refusal)),
            };
            let Some(before) = before else {
                write(tx, &after).await?;
                changed(tx, &audit).await?;
                let made = IdentityWithSecrets { identity: after, secrets: Vec::new() };
                return Ok(PutIdentityOutcome::Created(made));
            };
            if before.identity != after {
                if !after.is_enabled && is_last_owner(tx, &after.principal).await? {
                    return Ok(PutIdentityOutcome::LastOwner);
                }
                write(tx, &after).await?;
                if !after.is_enabled {
                    session::end_all(tx, &after.principal).await?;
                }
                changed(tx, &audit).await?;
            }
            let secrets = before.secrets;
            Ok(PutIdentityOutcome::Updated(IdentityWithSecrets { identity: after, secrets }))
        })
        .await
    }

    /// Removes an identity with its secrets and its roles.
    pub async fn delete_identity(
        &self,
        name: &IdentityName,
        audit: AuditEntry,
    ) -> Result<IdentityDeletion, Error> {
        let key = name.key();
        self.write("delete_identity", async move |tx: &mut Tx<'_>| {
            let Some(found) = find(tx, "name_key", &key).await? else {
                return Ok(IdentityDeletion::Missing);
            };
            let principal = &found.identity.principal;
            if is_last_owner(tx, principal).await? {
                return Ok(IdentityDeletion::LastOwner);
            }
            // All are bounded: by the most secrets, roles and sessions that one may have.
            for sql in [
                "DELETE FROM identity WHERE principal = $1",
                "DELETE FROM identity_secret WHERE principal = $1",
                "DELETE FROM role_assignment WHERE principal = $1",
                "DELETE FROM session WHERE principal = $1",
            ] {
                tx.execute(sql, params![principal.as_str()]).await?;
            }
            changed(tx, &audit).await?;
            Ok(IdentityDeletion::Deleted)
        })
        .await
    }
}

/// Notes that somebody may do other things than before.
async fn changed(tx: &mut Tx<'_>, entry: &AuditEntry) -> Result<(), Fault> {
    tx.after.has_identity = true;
    audit::record(tx, entry).await
}

async fn any(tx: &mut Tx<'_>) -> Result<bool, Fault> {
    tx.exists("SELECT 1 FROM identity LIMIT 1", params![]).await
}

/// Finds an identity by one of its columns.
async fn find(
    tx: &mut Tx<'_>,
    column: &'static str,
    value: &str,
) -> Result<Option<IdentityWithSecrets>, Fault> {
    let sql = format!("SELECT {COLUMNS} {FROM} WHERE i.{column} = $1 ORDER BY s.start_ms, s.id");
    Ok(gather(&tx.query(&sql, params![value]).await?).pop())
}

/// Makes identities of rows that have a secret each, or none.
fn gather(rows: &[Row]) -> Vec<IdentityWithSecrets> {
    let mut all: Vec<IdentityWithSecrets> = Vec::new();
    for row in rows {
        let identity = read(row);
        if all.last().is_none_or(|last| last.identity.principal != identity.principal) {
            all.push(IdentityWithSecrets { identity, secrets: Vec::new() });
        }
        let last = all.last_mut().expect("one was just there");
        last.secrets.extend(secret::read(row, IDENTITY_COLUMNS));
    }
    all
}

/// How many columns an identity has in a row; a secret's follow.
const IDENTITY_COLUMNS: usize = 8;

fn read(row: &Row) -> IdentityRow {
    IdentityRow {
        name: row.parsed(0),
        client_id: ClientId::new(row.text(1)),
        principal: PrincipalId::new(row.text(2)),
        is_enabled: row.int(3) == 1,
        created: (Timestamp(row.int(4)), row.text(5).to_owned()),
        updated: (Timestamp(row.int(6)), row.text(7).to_owned()),
    }
}

async fn write(tx: &mut Tx<'_>, identity: &IdentityRow) -> Result<(), Fault> {
    let IdentityRow { name, client_id, principal, is_enabled, created, updated } = identity;
    tx.execute(
        "INSERT INTO identity (name_key, name, client_id, principal, is_enabled, created_ms, created_by, updated_ms,
                               updated_by)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         ON CONFLICT (name_key) DO UPDATE SET
             is_enabled = excluded.is_enabled, updated_ms = excluded.updated_ms, updated_by = excluded.updated_by",
        params![
            &name.key(),
            name.as_str(),
            client_id.as_str(),
            principal.as_str(),
            i64::from(*is_enabled),
            created.0.0,
            &created.1,
            updated.0.0,
            &updated.1,
        ],
    )
    .await?;
    Ok(())
}
