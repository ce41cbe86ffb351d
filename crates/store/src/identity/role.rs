//! Who has which role where.

use super::{COLUMNS, IDENTITY_COLUMNS, IdentityRow, changed, read as read_identity};
use crate::audit::AuditEntry;
use crate::db::Db;
use crate::error::{Error, Fault};
use crate::resource_group;
use crate::row::{Row, params};
use crate::tx::Tx;
use boathook_core::id::{AssignmentId, PrincipalId, RoleId};
use boathook_core::role::{self, RoleScope};
use boathook_core::time::Timestamp;

/// A role to be given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAssignment {
    /// Its id.
    pub id: AssignmentId,
    /// Who shall have it.
    pub principal: PrincipalId,
    /// What kind of principal that is said to be.
    pub principal_type: String,
    /// The role.
    pub role: RoleId,
    /// Where.
    pub scope: RoleScope,
    /// When it is given, and by whom.
    pub created: (Timestamp, String),
}

/// A role that somebody has.
pub type AssignmentRow = NewAssignment;

/// An identity and its roles, as they were at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrincipalRow {
    /// The identity.
    pub identity: IdentityRow,
    /// The roles, and where.
    pub assignments: Vec<(RoleId, RoleScope)>,
}

/// What came of giving a role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AssignOutcome {
    /// It is given.
    Created,
    /// It was given before, by the same id.
    Exists(AssignmentRow),
    /// The same is given by another id.
    Duplicate(AssignmentId),
    /// The id is that of another role, scope or principal.
    Taken,
    /// There is no such principal.
    NoPrincipal,
    /// What the scope names is not there, or is being deleted.
    NoScope,
    /// It has as many roles as it may have.
    TooMany,
}

/// What came of taking a role away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unassigned {
    /// It was this one.
    Deleted(AssignmentRow),
    /// There was none.
    Missing,
    /// Nobody else could give roles on the subscription; nothing was changed.
    LastOwner,
}

/// Which roles are listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AssignmentsOf {
    /// Everybody's.
    All,
    /// Those of one principal.
    Principal(PrincipalId),
}

const ASSIGNMENT: &str =
    "a.id, a.principal, a.principal_type, a.role, a.scope, a.created_ms, a.created_by";

impl Db {
    /// Looks up an identity and its roles, by the id that they are given to.
    pub async fn principal(&self, principal: &PrincipalId) -> Result<Option<PrincipalRow>, Error> {
        let principal = principal.clone();
        self.read("principal", async move |tx: &mut Tx<'_>| {
            let identity = COLUMNS.split(", s.").next().unwrap_or(COLUMNS);
            let sql = format!(
                "SELECT {identity}, a.role, a.scope FROM identity AS i
                 LEFT JOIN role_assignment AS a ON a.principal = i.principal WHERE i.principal = $1"
            );
            let rows = tx.query(&sql, params![principal.as_str()]).await?;
            Ok(rows.first().map(|row| PrincipalRow {
                identity: read_identity(row),
                assignments: rows.iter().filter_map(role_and_scope).collect(),
            }))
        })
        .await
    }

    /// Looks up a role that is given.
    pub async fn assignment(&self, id: &AssignmentId) -> Result<Option<AssignmentRow>, Error> {
        let id = id.clone();
        self.read("assignment", async move |tx: &mut Tx<'_>| find(tx, &id).await).await
    }

    /// A page of the roles that are given, by id, those after `after`.
    pub async fn assignments(
        &self,
        of: AssignmentsOf,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<AssignmentRow>, Error> {
        let after = after.unwrap_or_default().to_owned();
        self.read("assignments", async move |tx: &mut Tx<'_>| {
            let limit = i64::from(limit);
            let rows = match &of {
                AssignmentsOf::All => {
                    let sql = format!(
                        "SELECT {ASSIGNMENT} FROM role_assignment AS a WHERE $1 < a.id
                         ORDER BY a.id LIMIT $2"
                    );
                    tx.query(&sql, params![&after, limit]).await?
                }
                AssignmentsOf::Principal(principal) => {
                    let sql = format!(
                        "SELECT {ASSIGNMENT} FROM role_assignment AS a
                         WHERE a.principal = $1 AND $2 < a.id ORDER BY a.id LIMIT $3"
                    );
                    tx.query(&sql, params![principal.as_str(), &after, limit]).await?
                }
            };
            Ok(rows.iter().map(read).collect())
        })
        .await
    }

    /// Gives a role, unless its owner has `assignments_max`.
    pub async fn assign(
        &self,
        new: NewAssignment,
        assignments_max: usize,
        audit: AuditEntry,
    ) -> Result<AssignOutcome, Error> {
        self.write("assign", async move |tx: &mut Tx<'_>| {
            if let Some(found) = find(tx, &new.id).await? {
                let is_same = found.principal == new.principal
                    && found.role == new.role
                    && found.scope.key() == new.scope.key();
                return Ok(if is_same {
                    AssignOutcome::Exists(found)
                } else {
                    AssignOutcome::Taken
                });
            }
            // Whoever makes another of that name must not find the rights of somebody there.
            if !has_scope(tx, &new.scope).await? {
                return Ok(AssignOutcome::NoScope);
            }
            let principal = params![new.principal.as_str()];
            if !tx.exists("SELECT 1 FROM identity WHERE principal = $1", principal).await? {
                return Ok(AssignOutcome::NoPrincipal);
            }
            let sql = "SELECT id FROM role_assignment
                       WHERE principal = $1 AND scope_key = $2 AND role = $3";
            let key = new.scope.key();
            let same = params![new.principal.as_str(), &key, new.role.as_str()];
            if let Some(row) = tx.query_opt(sql, same).await? {
                return Ok(AssignOutcome::Duplicate(AssignmentId::new(row.text(0))));
            }
            let sql = "SELECT COUNT(*) FROM role_assignment WHERE principal = $1";
            let count = tx.query_opt(sql, principal).await?.map_or(0, |row| row.int(0));
            if assignments_max <= usize::try_from(count).unwrap_or(usize::MAX) {
                return Ok(AssignOutcome::TooMany);
            }
            insert_assignment(tx, &new).await?;
            changed(tx, &audit).await?;
            Ok(AssignOutcome::Created)
        })
        .await
    }

    /// Takes a role away.
    pub async fn unassign(
        &self,
        id: &AssignmentId,
        audit: AuditEntry,
    ) -> Result<Unassigned, Error> {
        let id = id.clone();
        self.write("unassign", async move |tx: &mut Tx<'_>| {
            let Some(found) = find(tx, &id).await? else { return Ok(Unassigned::Missing) };
            let is_owner = found.role == role::owner().id && found.scope == RoleScope::Subscription;
            if is_owner && is_last_owner(tx, &found.principal).await? {
                return Ok(Unassigned::LastOwner);
            }
            tx.execute("DELETE FROM role_assignment WHERE id = $1", params![id.as_str()]).await?;
            changed(tx, &audit).await?;
            Ok(Unassigned::Deleted(found))
        })
        .await
    }
}

async fn has_scope(tx: &mut Tx<'_>, scope: &RoleScope) -> Result<bool, Fault> {
    match scope {
        RoleScope::Subscription => Ok(true),
        RoleScope::ResourceGroup(group) => resource_group::is_there(tx, group).await,
        RoleScope::Registry(group, name) => {
            let sql = "SELECT group_key FROM registry WHERE name = $1 AND deleting_ms IS NULL";
            let found = tx.query_opt(sql, params![name.as_str()]).await?;
            Ok(found.is_some_and(|row| row.text(0) == group.key()))
        }
    }
}

/// Says whether this one may sign in and owns the subscription, and nobody else does.
pub(super) async fn is_last_owner(tx: &mut Tx<'_>, principal: &PrincipalId) -> Result<bool, Fault> {
    let sql = "SELECT i.principal FROM role_assignment AS a
               JOIN identity AS i ON i.principal = a.principal
               WHERE a.scope_key = $1 AND a.role = $2 AND i.is_enabled = 1
               ORDER BY CASE WHEN i.principal = $3 THEN 1 ELSE 0 END LIMIT 1";
    let scope = RoleScope::Subscription.key();
    let owner = params![&scope, role::owner().id.as_str(), principal.as_str()];
    // Whoever else owns it comes first.
    let first = tx.query_opt(sql, owner).await?;
    Ok(first.is_some_and(|row| row.text(0) == principal.as_str()))
}

pub(super) async fn insert_assignment(
    tx: &mut Tx<'_>,
    assignment: &NewAssignment,
) -> Result<(), Fault> {
    let NewAssignment { id, principal, principal_type, role, scope, created } = assignment;
    let registry = match scope {
        RoleScope::Registry(_, registry) => Some(registry.as_str()),
        RoleScope::Subscription | RoleScope::ResourceGroup(_) => None,
    };
    tx.execute(
        "INSERT INTO role_assignment (id, principal, principal_type, role, scope, scope_key, registry, created_ms,
                                      created_by)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        params![
            id.as_str(),
            principal.as_str(),
            principal_type,
            role.as_str(),
            &scope.to_string(),
            &scope.key(),
            registry,
            created.0.0,
            &created.1
        ],
    )
    .await?;
    Ok(())
}

async fn find(tx: &mut Tx<'_>, id: &AssignmentId) -> Result<Option<AssignmentRow>, Fault> {
    let sql = format!("SELECT {ASSIGNMENT} FROM role_assignment AS a WHERE a.id = $1");
    Ok(tx.query_opt(&sql, params![id.as_str()]).await?.as_ref().map(read))
}

fn read(row: &Row) -> AssignmentRow {
    AssignmentRow {
        id: AssignmentId::new(row.text(0)),
        principal: PrincipalId::new(row.text(1)),
        principal_type: row.text(2).to_owned(),
        role: RoleId::new(row.text(3)),
        scope: row.parsed(4),
        created: (Timestamp(row.int(5)), row.text(6).to_owned()),
    }
}

/// What stands behind an identity's columns, if it has a role at all.
fn role_and_scope(row: &Row) -> Option<(RoleId, RoleScope)> {
    let role = RoleId::new(row.opt_text(IDENTITY_COLUMNS)?);
    Some((role, row.parsed(IDENTITY_COLUMNS + 1)))
}
