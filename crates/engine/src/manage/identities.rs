//! Identities: who may sign in with a client id and a secret.

use crate::audit::{self, Actor};
use crate::auth;
use crate::ctx::Ctx;
use boathook_core::id::{ClientId, PrincipalId, SecretId};
use boathook_core::name::{IdentityName, InvalidName};
use boathook_core::time::Timestamp;
use boathook_store::{
    AddSecretOutcome, Error, IdentityDeletion, IdentityRow, IdentitySecretRow, IdentityWithSecrets,
    PutIdentityOutcome,
};
use boathook_wire::arm::identity::{AddPassword, Put};
use std::time::Duration;

/// How many identities a server may have.
pub const IDENTITIES_MAX: usize = 10_000;
/// How many secrets an identity may have at a time: one to use, and one to go over to.
pub const SECRETS_MAX: usize = 2;
/// How many identities are in a page.
pub const PAGE_MAX: u32 = 100;
/// How long a secret counts that is made without an end: a year, as with `az ad sp`.
const SECRET_AGE: Duration = Duration::from_hours(365 * 24);
/// The longest `displayName` of a secret, in characters.
const DISPLAY_NAME_CHARS_MAX: usize = 120;

/// Why an identity is not made or changed.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum Refusal {
    /// Its name.
    #[error(transparent)]
    Name(#[from] InvalidName),
    /// There are as many as there may be.
    #[error(
        "a server has at most {IDENTITIES_MAX} identities: delete one that is not needed any more"
    )]
    TooMany,
    /// There is none of that name.
    #[error("there is no identity of that name")]
    NotFound,
    /// Nobody else could give roles on the subscription.
    #[error(
        "it is the last one that owns the subscription and may sign in: give the role Owner on it to another first"
    )]
    LastOwner,
    /// It has as many secrets as it may have.
    #[error("an identity has at most {SECRETS_MAX} secrets: remove one first")]
    TooManySecrets,
    /// It has no such secret.
    #[error("the identity has no secret with that `keyId`")]
    NoSuchSecret,
    /// The words for a secret.
    #[error("`displayName` has at most {DISPLAY_NAME_CHARS_MAX} characters")]
    DisplayName,
    /// The end of a secret.
    #[error("`endDateTime` is a time to come, such as `2027-01-31T00:00:00Z`")]
    End,
}

/// What became of an identity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Done {
    /// It is new.
    Created(IdentityWithSecrets),
    /// It was there, and is as it was asked to be.
    Updated(IdentityWithSecrets),
}

/// A secret that was made, shown this once.
#[derive(Clone)]
pub struct NewSecret {
    /// What is kept of it.
    pub kept: IdentitySecretRow,
    /// Its value.
    pub secret: String,
}

/// The path of an identity.
pub fn path(name: &IdentityName) -> String {
    audit::path(&format!("/providers/Boathook.Identity/servicePrincipals/{}", name.as_str()))
}

/// Looks up an identity.
pub async fn get(ctx: &Ctx, name: &str) -> Result<Option<IdentityWithSecrets>, Error> {
    match name.parse() {
        Ok(name) => ctx.db.identity(&name).await,
        Err(_) => Ok(None),
    }
}

/// A page of identities by name, those after `after`.
pub async fn list(ctx: &Ctx, after: Option<&str>) -> Result<Vec<IdentityWithSecrets>, Error> {
    ctx.db.identities(after, PAGE_MAX).await
}

/// Makes an identity, or changes the one that is there.
pub async fn put(
    ctx: &Ctx,
    name: &str,
    put: Put,
    actor: &Actor,
) -> Result<Result<Done, Refusal>, Error> {
    let name: IdentityName = match name.parse() {
        Ok(name) => name,
        Err(invalid) => return Ok(Err(Refusal::Name(invalid))),
    };
    let (now, by) = (ctx.clock.now(), actor.name.clone());
    let (client_id, principal) = (ClientId::new(ctx.ids.uuid()), PrincipalId::new(ctx.ids.uuid()));
    let typed = name.clone();
    let decide = move |before: Option<&IdentityRow>, count: usize| match before {
        None if IDENTITIES_MAX <= count => Err(Refusal::TooMany),
        None => Ok(IdentityRow {
            name: typed.clone(),
            client_id: client_id.clone(),
            principal: principal.clone(),
            is_enabled: put.is_enabled.unwrap_or(true),
            created: (now, by.clone()),
            updated: (now, by.clone()),
        }),
        Some(before) => {
            let is_enabled = put.is_enabled.unwrap_or(before.is_enabled);
            let is_same = is_enabled == before.is_enabled;
            let updated = if is_same { before.updated.clone() } else { (now, by.clone()) };
            Ok(IdentityRow { is_enabled, updated, ..before.clone() })
        }
    };
    let action = "Boathook.Identity/servicePrincipals/write";
    let is_enabled = put.is_enabled.map_or("unchanged", |is| if is { "true" } else { "false" });
    let details = [("accountEnabled", is_enabled)];
    let entry = audit::detailed(ctx, actor, action, path(&name), &details);
    Ok(match ctx.db.put_identity(&name, decide, entry).await? {
        PutIdentityOutcome::Created(made) => Ok(Done::Created(made)),
        PutIdentityOutcome::Updated(changed) => Ok(Done::Updated(changed)),
        PutIdentityOutcome::Refused(refusal) => Err(refusal),
        PutIdentityOutcome::LastOwner => Err(Refusal::LastOwner),
    })
}

/// Removes an identity with its secrets and roles; `false` where there was none. Its tokens count no longer.
pub async fn delete(ctx: &Ctx, name: &str, actor: &Actor) -> Result<Result<bool, Refusal>, Error> {
    let Ok(name) = name.parse::<IdentityName>() else { return Ok(Ok(false)) };
    let action = "Boathook.Identity/servicePrincipals/delete";
    let entry = audit::entry(ctx, actor, action, path(&name));
    Ok(match ctx.db.delete_identity(&name, entry).await? {
        IdentityDeletion::Deleted => Ok(true),
        IdentityDeletion::Missing => Ok(false),
        IdentityDeletion::LastOwner => Err(Refusal::LastOwner),
    })
}

/// Gives an identity one more secret.
pub async fn add_secret(
    ctx: &Ctx,
    name: &str,
    wanted: AddPassword,
    actor: &Actor,
) -> Result<Result<NewSecret, Refusal>, Error> {
    let Ok(name) = name.parse::<IdentityName>() else { return Ok(Err(Refusal::NotFound)) };
    let AddPassword { display_name, end } = wanted;
    if display_name.as_ref().is_some_and(|text| DISPLAY_NAME_CHARS_MAX < text.chars().count()) {
        return Ok(Err(Refusal::DisplayName));
    }
    let now = ctx.clock.now();
    let end: Timestamp = match end.map(|end| end.parse()) {
        None => now.after(SECRET_AGE),
        Some(Ok(end)) if now < end => end,
        Some(_) => return Ok(Err(Refusal::End)),
    };
    let secret = auth::new_secret(&*ctx.ids);
    let id = SecretId::new(ctx.ids.uuid());
    let hash = auth::hash(secret.clone()).await;
    let kept = IdentitySecretRow { id, hash, display_name, start: now, end: Some(end) };
    let action = "Boathook.Identity/servicePrincipals/addPassword/action";
    let details = [("keyId", kept.id.as_str()), ("endDateTime", &end.to_string())];
    let entry = audit::detailed(ctx, actor, action, path(&name), &details);
    let added = ctx.db.add_identity_secret(&name, kept.clone(), SECRETS_MAX, entry).await?;
    Ok(match added {
        AddSecretOutcome::Added => Ok(NewSecret { kept, secret }),
        AddSecretOutcome::Missing => Err(Refusal::NotFound),
        AddSecretOutcome::TooMany => Err(Refusal::TooManySecrets),
    })
}

/// Takes a secret from an identity. Tokens that were got with it count until they run out.
pub async fn remove_secret(
    ctx: &Ctx,
    name: &str,
    key_id: &str,
    actor: &Actor,
) -> Result<Result<(), Refusal>, Error> {
    let Some(found) = get(ctx, name).await? else { return Ok(Err(Refusal::NotFound)) };
    let Some(id) = SecretId::parse(key_id) else { return Ok(Err(Refusal::NoSuchSecret)) };
    let action = "Boathook.Identity/servicePrincipals/removePassword/action";
    let details = [("keyId", id.as_str())];
    let entry = audit::detailed(ctx, actor, action, path(&found.identity.name), &details);
    let removed = ctx.db.remove_identity_secret(&found.identity.principal, &id, entry).await?;
    Ok(if removed { Ok(()) } else { Err(Refusal::NoSuchSecret) })
}
