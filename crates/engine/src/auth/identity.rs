//! Identities: whether a client id and a secret belong together, and what their owner may do.

use super::password::Unchecked;
use crate::ctx::Ctx;
use boathook_core::grant::Grants;
use boathook_core::id::{ClientId, PrincipalId, RoleId};
use boathook_core::name::IdentityName;
use boathook_core::role::{self, ArmAction, Assignment, RoleScope};
use boathook_core::time::Timestamp;
use boathook_store::{Error, IdentitySecretRow, IdentityWithSecrets, PrincipalRow};
use std::sync::Arc;

/// How many identities are known without asking the database.
pub(super) const KNOWN_MAX: usize = 1_000;

/// An identity and what it may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    /// Its name.
    pub name: String,
    /// What it signs in as.
    pub client_id: ClientId,
    /// What its roles are given to.
    pub id: PrincipalId,
    /// Whether it may sign in.
    pub is_enabled: bool,
    /// Its roles.
    pub assignments: Vec<Assignment>,
}

impl Principal {
    /// Says whether it may do something to what `scope` names.
    pub fn may(&self, action: ArmAction<'_>, scope: &RoleScope) -> bool {
        role::allows(&self.assignments, action, scope)
    }

    /// What it may do with the content of the registry that `scope` names.
    pub fn grants_on(&self, scope: &RoleScope) -> Grants {
        Grants::from(role::rules(&self.assignments, scope))
    }
}

/// What came of showing a client id and a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignedIn {
    /// They belong together.
    As {
        /// Whose they are.
        principal: Arc<Principal>,
        /// When the secret runs out, if ever. What lasts longer than a token of the authority must not outlive it.
        until: Option<Timestamp>,
    },
    /// There is no such client.
    UnknownClient,
    /// The secret is not one of the client's.
    WrongSecret,
    /// The secret was one of the client's until it ran out.
    ExpiredSecret,
    /// The client may not sign in.
    Disabled,
}

/// Checks a client id and a secret.
pub async fn sign_in(ctx: &Ctx, client_id: &str, secret: &str) -> Result<SignedIn, Unchecked> {
    let Some(client_id) = ClientId::parse(client_id) else { return Ok(SignedIn::UnknownClient) };
    let Some(IdentityWithSecrets { identity, secrets }) = ctx.db.client(&client_id).await? else {
        return Ok(SignedIn::UnknownClient);
    };
    let hashes: Vec<_> = secrets.iter().map(|secret| secret.hash.as_str()).collect();
    let found = ctx.secrets.passwords.find(ctx, client_id.as_str(), &hashes, secret).await?;
    let Some(found) = found.map(|idx| &secrets[idx]) else { return Ok(SignedIn::WrongSecret) };
    if !identity.is_enabled {
        return Ok(SignedIn::Disabled);
    }
    if !counts(found, ctx.clock.now()) {
        return Ok(SignedIn::ExpiredSecret);
    }
    let principal = principal(ctx, &identity.principal).await?;
    // It may have been removed in between.
    let signed_in = |principal| SignedIn::As { principal, until: found.end };
    Ok(principal.map_or(SignedIn::UnknownClient, signed_in))
}

/// Says whether a secret counts at a moment.
pub fn counts(secret: &IdentitySecretRow, now: Timestamp) -> bool {
    secret.start <= now && secret.end.is_none_or(|end| now < end)
}

/// Looks up an identity and its roles: as they are now, or on a shared database as they were half a second ago.
pub async fn principal(ctx: &Ctx, id: &PrincipalId) -> Result<Option<Arc<Principal>>, Error> {
    let known = &ctx.secrets.principals;
    if let Some(principal) = known.get(ctx, id) {
        return Ok(Some(principal));
    }
    let asked = super::fresh::Moment::now(ctx);
    let Some(row) = ctx.db.principal(id).await? else { return Ok(None) };
    let principal = Arc::new(Principal::from(row));
    known.put(asked, id.clone(), Arc::clone(&principal));
    Ok(Some(principal))
}

/// Says whether somebody who has signed in to a registry by this name was a principal: an identity, or somebody of an
/// identity provider. Neither a registry's token nor its admin user can be called so.
pub fn is_principal(name: &str) -> bool {
    ClientId::parse(name).is_some() || name.contains("://")
}

/// The name of the identity that signs in as a client id; nothing where it has gone, or where that is no client id.
pub async fn name_of(ctx: &Ctx, client_id: &str) -> Result<Option<IdentityName>, Error> {
    let Some(client_id) = ClientId::parse(client_id) else { return Ok(None) };
    Ok(ctx.db.client(&client_id).await?.map(|found| found.identity.name))
}

impl From<PrincipalRow> for Principal {
    fn from(PrincipalRow { identity, assignments }: PrincipalRow) -> Self {
        let assignment = |(id, scope): (RoleId, RoleScope)| {
            let role = Arc::clone(role::find_built_in(id.as_str())?);
            Some(Assignment { role, scope })
        };
        Self {
            name: identity.name.to_string(),
            client_id: identity.client_id,
            id: identity.principal,
            is_enabled: identity.is_enabled,
            assignments: assignments.into_iter().filter_map(assignment).collect(),
        }
    }
}
