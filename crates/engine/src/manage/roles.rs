//! Roles, and who has them where.

use crate::audit::{self, Actor};
use crate::ctx::Ctx;
use boathook_core::id::{AssignmentId, PrincipalId};
use boathook_core::role::{Definition, RoleScope, find_built_in};
use boathook_store::{
    AssignOutcome, AssignmentRow, AssignmentsOf, Error, NewAssignment, Unassigned,
};
use boathook_wire::arm::role::{Assign, AssignmentFilter};
use std::sync::Arc;

/// How many roles an identity may have.
pub const ASSIGNMENTS_MAX: usize = 200;
/// How many of the roles that are given are in a page.
pub const PAGE_MAX: usize = 100;
/// How many are looked at for one page.
const LOOKED_AT_MAX: usize = 2_000;

/// Why a role is not given or taken away.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum Refusal {
    /// The name of the assignment.
    #[error("a role assignment's name is a GUID")]
    Id,
    /// It would hold only where a condition does.
    #[error(
        "this server does not have conditions for roles: leave `condition` out, and the role holds on the whole scope"
    )]
    Condition,
    /// There is no such role.
    #[error("The specified role definition with ID '{0}' does not exist.")]
    NoRole(String),
    /// There is no such principal.
    #[error(
        "Principal {0} does not exist in the directory: it is the `objectId` of an identity, not its client id or name"
    )]
    NoPrincipal(String),
    /// What the scope names is not there.
    #[error("the scope '{0}' is not there")]
    NoScope(String),
    /// The same is given by another id.
    #[error(
        "The role assignment already exists. The ID of the conflicting role assignment is {0}."
    )]
    Exists(AssignmentId),
    /// The id is that of another role, scope or principal.
    #[error("Tenant ID, application ID, principal ID, and scope are not allowed to be updated.")]
    Taken,
    /// The principal has as many as it may have.
    #[error("an identity has at most {ASSIGNMENTS_MAX} roles: take one away first")]
    TooMany,
    /// Nobody else could give roles on the subscription.
    #[error(
        "it is the last Owner of the subscription that may sign in: give that role to another first"
    )]
    LastOwner,
}

/// What became of a role that was to be given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Given {
    /// It is given now.
    Created(AssignmentRow),
    /// It was given before.
    AsBefore(AssignmentRow),
}

/// A page of the roles that are given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The assignments, by id.
    pub assignments: Vec<AssignmentRow>,
    /// After which id the next page begins, if there may be one.
    pub next: Option<AssignmentId>,
}

/// The role that a `roleDefinitionId` names: a path that ends in its GUID, or the GUID alone.
pub fn definition(id: &str) -> Option<&'static Arc<Definition>> {
    let guid = id.trim_end_matches('/').rsplit('/').next()?;
    find_built_in(guid).filter(|role| role.id.as_str().eq_ignore_ascii_case(guid))
}

/// The path of a role that is given.
pub fn path(assignment: &AssignmentRow) -> String {
    let AssignmentRow { id, scope, .. } = assignment;
    format!("{scope}/providers/Microsoft.Authorization/roleAssignments/{id}")
}

/// Looks up a role that is given on a scope.
pub async fn get(ctx: &Ctx, scope: &RoleScope, id: &str) -> Result<Option<AssignmentRow>, Error> {
    let Some(id) = AssignmentId::parse(id) else { return Ok(None) };
    let found = ctx.db.assignment(&id).await?;
    Ok(found.filter(|found| found.scope.key() == scope.key()))
}

/// A page of the roles that are given on a scope, above it or within it; of one principal, if the filter says so.
pub async fn list(
    ctx: &Ctx,
    scope: &RoleScope,
    filter: &AssignmentFilter,
    after: Option<&str>,
) -> Result<Page, Error> {
    let of = match filter {
        AssignmentFilter::All | AssignmentFilter::AtScope => AssignmentsOf::All,
        AssignmentFilter::Principal(id) => match PrincipalId::parse(id) {
            Some(id) => AssignmentsOf::Principal(id),
            None => return Ok(Page { assignments: Vec::new(), next: None }),
        },
    };
    let is_listed = |row: &AssignmentRow| {
        let is_within = *filter != AssignmentFilter::AtScope && scope.contains(&row.scope);
        is_within || row.scope.contains(scope)
    };
    let mut page = Page { assignments: Vec::new(), next: None };
    let (mut after, mut looked_at) = (after.map(str::to_owned), 0);
    let limit = u32::try_from(PAGE_MAX).unwrap_or(u32::MAX);
    loop {
        let rows = ctx.db.assignments(of.clone(), after.as_deref(), limit).await?;
        let (is_end, count) = (rows.len() < PAGE_MAX, rows.len());
        for row in rows {
            after = Some(row.id.to_string());
            if is_listed(&row) {
                page.assignments.push(row);
            }
            if page.assignments.len() == PAGE_MAX {
                break;
            }
        }
        looked_at += count;
        if page.assignments.len() < PAGE_MAX && is_end {
            return Ok(page);
        }
        if page.assignments.len() == PAGE_MAX || LOOKED_AT_MAX <= looked_at {
            page.next = after.map(AssignmentId::new);
            return Ok(page);
        }
    }
}

/// Gives a role.
pub async fn assign(
    ctx: &Ctx,
    scope: &RoleScope,
    id: &str,
    wanted: Assign,
    actor: &Actor,
) -> Result<Result<Given, Refusal>, Error> {
    let Some(id) = AssignmentId::parse(id) else { return Ok(Err(Refusal::Id)) };
    let Assign { role_definition_id, principal_id, principal_type, condition } = wanted;
    // Passed over, it would give more than was asked for.
    if condition.is_some_and(|condition| !condition.is_empty()) {
        return Ok(Err(Refusal::Condition));
    }
    let Some(role) = definition(&role_definition_id) else {
        return Ok(Err(Refusal::NoRole(role_definition_id)));
    };
    let Some(principal) = PrincipalId::parse(&principal_id) else {
        return Ok(Err(Refusal::NoPrincipal(principal_id)));
    };
    let new = NewAssignment {
        id,
        principal,
        principal_type: principal_type.unwrap_or_else(|| "ServicePrincipal".to_owned()),
        role: role.id.clone(),
        scope: scope.clone(),
        created: (ctx.clock.now(), actor.name.clone()),
    };
    let details = [("principalId", new.principal.as_str()), ("role", role.name.as_str())];
    let action = "Microsoft.Authorization/roleAssignments/write";
    let entry = audit::detailed(ctx, actor, action, path(&new), &details);
    Ok(match ctx.db.assign(new.clone(), ASSIGNMENTS_MAX, entry).await? {
        AssignOutcome::Created => Ok(Given::Created(new)),
        AssignOutcome::Exists(before) => Ok(Given::AsBefore(before)),
        AssignOutcome::Duplicate(other) => Err(Refusal::Exists(other)),
        AssignOutcome::Taken => Err(Refusal::Taken),
        AssignOutcome::NoPrincipal => Err(Refusal::NoPrincipal(principal_id)),
        AssignOutcome::NoScope => Err(Refusal::NoScope(scope.to_string())),
        AssignOutcome::TooMany => Err(Refusal::TooMany),
    })
}

/// Takes a role away; gives it back as it was, if it was there.
pub async fn unassign(
    ctx: &Ctx,
    scope: &RoleScope,
    id: &str,
    actor: &Actor,
) -> Result<Result<Option<AssignmentRow>, Refusal>, Error> {
    let Some(found) = get(ctx, scope, id).await? else { return Ok(Ok(None)) };
    let role = definition(found.role.as_str()).map_or(found.role.as_str(), |role| &role.name);
    let details = [("principalId", found.principal.as_str()), ("role", role)];
    let action = "Microsoft.Authorization/roleAssignments/delete";
    let entry = audit::detailed(ctx, actor, action, path(&found), &details);
    Ok(match ctx.db.unassign(&found.id, entry).await? {
        Unassigned::Deleted(row) => Ok(Some(row)),
        Unassigned::Missing => Ok(None),
        Unassigned::LastOwner => Err(Refusal::LastOwner),
    })
}
