//! Who is calling, and what they may do.
//!
//! Passwords and client secrets are remembered as argon2id hashes. A password is hashed once, then known again by a keyed
//! digest that lives in memory alone; a token is never hashed at all. A registry's tokens are signed with a key from the
//! data folder, and say what their owner may do; those of the authority ([`directory`]) with keys from the database, and
//! say who their owner is.

pub mod admin;
pub mod directory;
mod first_start;
pub(crate) mod fresh;
mod guessing;
mod hashing;
pub mod identity;
mod password;
mod provider;
mod refresh;
pub mod session;
mod signing_key;
mod token;

pub use first_start::{Credentials, ensure_credentials, is_first_start};
pub use password::Unchecked;
pub use provider::{Provider, ProviderSettings};
pub use refresh::REFRESH_TOKEN_AGE;
pub(crate) use signing_key::rotate_if_old;
pub use signing_key::{key_set, rotate};
pub use token::Issued;

use crate::ctx::Ctx;
use crate::place::Registry;
use boathook_core::defaults;
use boathook_core::grant::Grants;
use boathook_core::host::Host;
use boathook_core::id::{ClientId, Ids, PrincipalId};
use boathook_core::name::{RegistryName, TokenName};
use boathook_core::policy::Status;
use boathook_core::role::RoleScope;
use boathook_core::scope_map;
use boathook_core::time::Timestamp;
use boathook_store::{Error, PasswordRow, RegistryRow, TokenEntry};
use boathook_wire::oauth2::authorization::Credentials as Shown;
use directory::{Audience, Verified};
use fresh::Fresh;
use identity::{Principal, SignedIn};
use password::Passwords;
use signing_key::SigningKeys;
use std::sync::Arc;
use token::Tokens;

/// The name of a caller who has not signed in.
const ANONYMOUS: &str = "anonymous";
/// The user of those who bring a token as their password, and whose the tokens of those are who have not signed in. No
/// user can be called so.
const NOBODY: &str = "00000000-0000-0000-0000-000000000000";
/// What the authority's tokens that a registry takes are for.
const TAKEN: [Audience; 2] = [Audience::Registry, Audience::Management];

/// Somebody who has signed in, or who need not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// Who it is, for the log.
    pub name: String,
    /// What they may do.
    pub grants: Grants,
    /// When that ends, where what they have shown runs out: what is made of it must not outlive it.
    pub until: Option<Timestamp>,
    /// Whether they have signed in, which the name does not say: a user may have any.
    pub has_signed_in: bool,
}

impl Caller {
    /// Somebody who has signed in, and whose right does not end by itself.
    pub fn new(name: String, grants: Grants) -> Self {
        Self { name, grants, until: None, has_signed_in: true }
    }

    /// Who is noted to have pushed what they push: nobody where they have not signed in.
    pub fn signed_in_name(&self) -> Option<String> {
        self.has_signed_in.then(|| self.name.clone())
    }

    fn anonymous(grants: Grants) -> Self {
        Self { name: ANONYMOUS.to_owned(), grants, until: None, has_signed_in: false }
    }
}

/// What sign-in needs to remember.
pub struct Secrets {
    passwords: Passwords,
    tokens: Tokens,
    principals: Fresh<PrincipalId, Arc<Principal>>,
    keys: Fresh<(), Arc<SigningKeys>>,
}

impl Secrets {
    /// Signs tokens with `signing_key`.
    pub fn new(signing_key: &[u8], ids: &dyn Ids) -> Self {
        Self {
            passwords: Passwords::new(ids),
            tokens: Tokens::new(signing_key),
            principals: Fresh::new(identity::KNOWN_MAX),
            keys: Fresh::new(1),
        }
    }
}

/// Says who calls the registry; `None` where what they showed is wrong.
pub async fn registry_caller(
    ctx: &Ctx,
    registry: &Registry,
    shown: Option<&Shown>,
) -> Result<Option<Caller>, Unchecked> {
    match shown {
        // Where everybody may pull, they are challenged all the same, as ACR does: who finds that nobody asks, never signs
        // in for a push.
        None if ctx.site.is_open => Ok(Some(anonymous_caller(ctx, registry))),
        None => Ok(Some(Caller::anonymous(Grants::none()))),
        // What `az acr login` hands to docker. An access token does as well.
        Some(Shown::Basic { user, password }) if user == NOBODY => {
            let refreshed = refreshed(ctx, registry, password).await?;
            Ok(refreshed.or_else(|| token::verify(ctx, registry, password)))
        }
        Some(Shown::Basic { user, password }) if ClientId::parse(user).is_some() => {
            let SignedIn::As { principal, until } = identity::sign_in(ctx, user, password).await?
            else {
                return Ok(None);
            };
            Ok(Some(Caller { until, ..caller_of(registry, &principal) }))
        }
        Some(Shown::Basic { user, password }) => {
            if is_password(ctx, &registry.row, user, password).await? {
                return Ok(Some(Caller::new(user.clone(), Grants::All)));
            }
            registry_token(ctx, &registry.row.name, user, password).await
        }
        Some(Shown::Bearer(token)) => Ok(token::verify(ctx, registry, token)),
    }
}

/// Somebody who asks for a token of the registry without saying who they are.
pub fn anonymous_caller(ctx: &Ctx, registry: &Registry) -> Caller {
    Caller::anonymous(for_everybody(ctx, registry))
}

/// What everybody may do in the registry.
fn for_everybody(ctx: &Ctx, registry: &Registry) -> Grants {
    if ctx.site.is_open {
        Grants::All
    } else if registry.row.settings.is_anonymous_pull_enabled {
        Grants::anonymous()
    } else {
        Grants::none()
    }
}

/// Exchanges a token of the authority, or of the identity provider, for a refresh token of the registry, and says whose it
/// is; nothing where it is not one that counts here.
pub async fn exchange(
    ctx: &Ctx,
    registry: &Registry,
    token: &str,
) -> Result<Option<(String, Caller)>, Unchecked> {
    let Some(shown) = verified(ctx, token, taken(registry)).await? else { return Ok(None) };
    let caller = caller_of(registry, &shown.principal);
    Ok(Some((refresh::issue(ctx, registry, shown), caller)))
}

/// Says who shows a token of the authority, or of the identity provider, to the registry; nobody where it is not one that
/// counts here.
pub async fn directory_caller(
    ctx: &Ctx,
    registry: &Registry,
    token: &str,
) -> Result<Option<Caller>, Unchecked> {
    let shown = verified(ctx, token, taken(registry)).await?;
    Ok(shown.map(|shown| caller_of(registry, &shown.principal)))
}

/// Says who shows a refresh token to the registry, and what they may do now; nobody where it does not count here.
pub async fn refreshed(
    ctx: &Ctx,
    registry: &Registry,
    token: &str,
) -> Result<Option<Caller>, Error> {
    let principal = refresh::verify(ctx, registry, token).await?;
    Ok(principal.map(|principal| caller_of(registry, &principal)))
}

/// Says whether a host that a client names as its `service` leads to the registry, or to none in particular.
pub fn is_service(ctx: &Ctx, registry: &Registry, service: &str) -> bool {
    match Host::parse(service, &ctx.site.domain) {
        Host::Named { registry: named, .. } => named == registry.row.name,
        Host::UnderDomainButNoRegistry => false,
        Host::Other => true,
    }
}

/// Says whether a tenant is the one of this server. `az` calls it `adfs`, as it does everywhere but in Azure itself.
pub fn is_tenant(tenant: &str) -> bool {
    [defaults::TENANT_ID, "adfs", "common"].iter().any(|own| own.eq_ignore_ascii_case(tenant))
}

/// What the authority's tokens that a registry takes are for. Its owner may forbid those for the management API.
fn taken(registry: &Registry) -> &'static [Audience] {
    match registry.row.settings.policies.azure_ad_as_arm {
        Status::Enabled => &TAKEN,
        Status::Disabled => &TAKEN[..1],
    }
}

/// Somebody as the registry sees them: by the roles that they have on it.
fn caller_of(registry: &Registry, principal: &Principal) -> Caller {
    let grants = principal.grants_on(&scope_of(&registry.row));
    Caller::new(principal.client_id.to_string(), grants)
}

/// A new password or client secret: letters and digits alone, so that no shell and no option parser minds.
pub fn new_secret(ids: &dyn Ids) -> String {
    let mut bytes = [0; 24];
    ids.fill(&mut bytes);
    bytes.map(|byte| format!("{byte:02x}")).concat()
}

/// What is kept of a new password or client secret. It takes its time, on a thread of its own.
pub async fn hash(secret: String) -> String {
    let hashed = tokio::task::spawn_blocking(move || hashing::hash(&secret)).await;
    hashed.expect("hashing does not panic")
}

/// Says whether a password is one of a registry's admin user, who may have been switched off.
async fn is_password(
    ctx: &Ctx,
    registry: &RegistryRow,
    user: &str,
    password: &str,
) -> Result<bool, Unchecked> {
    if !registry.settings.is_admin_user_enabled {
        return Ok(false);
    }
    let registry = &registry.name;
    let hashes = ctx.db.secrets(registry, user).await?;
    let hashes: Vec<_> = hashes.iter().map(String::as_str).collect();
    let name = format!("{registry}/{user}");
    Ok(ctx.secrets.passwords.find(ctx, &name, &hashes, password).await?.is_some())
}

/// Says which of a registry's tokens signs in; none where the password is wrong or has run out, or it may not sign in. What
/// it may do is what its scope map says now.
async fn registry_token(
    ctx: &Ctx,
    registry: &RegistryName,
    user: &str,
    password: &str,
) -> Result<Option<Caller>, Unchecked> {
    let Ok(name) = user.parse::<TokenName>() else { return Ok(None) };
    let Some(TokenEntry { token, actions }) = ctx.db.token_entry(registry, &name).await? else {
        return Ok(None);
    };
    let now = ctx.clock.now();
    let counts = |row: &&PasswordRow| row.expires.is_none_or(|expires| now < expires);
    let passwords: Vec<_> = token.passwords.iter().flatten().filter(counts).collect();
    let hashes: Vec<_> = passwords.iter().map(|row| row.hash.as_str()).collect();
    // Apart from the admin user, who may be called the same.
    let guessed = format!("{registry}/tokens/{}", name.key());
    let found = ctx.secrets.passwords.find(ctx, &guessed, &hashes, password).await?;
    let Some(shown) = found.filter(|_| token.is_enabled).map(|idx| passwords[idx]) else {
        return Ok(None);
    };
    let grants = Grants::from(scope_map::rules(actions.iter().map(String::as_str)));
    let caller = Caller::new(token.name.to_string(), grants);
    Ok(Some(Caller { until: shown.expires, ..caller }))
}

/// Where roles on a registry are given.
pub fn scope_of(registry: &RegistryRow) -> RoleScope {
    RoleScope::Registry(registry.resource_group.clone(), registry.name.clone())
}

/// Says who calls the management API; `None` where they have not shown who they are by a token of the authority or of the
/// identity provider.
pub async fn manager(
    ctx: &Ctx,
    shown: Option<&Shown>,
) -> Result<Option<Arc<Principal>>, Unchecked> {
    let Some(Shown::Bearer(token)) = shown else { return Ok(None) };
    let verified = verified(ctx, token, &[Audience::Management]).await?;
    Ok(verified.map(|verified| verified.principal))
}

/// Says who shows a token of the authority for one of these audiences, or one of the identity provider's; nobody where it
/// does not count.
async fn verified(
    ctx: &Ctx,
    token: &str,
    audiences: &[Audience],
) -> Result<Option<Verified>, Unchecked> {
    match &ctx.provider {
        Some(provider) if provider.is_named_by(token) => provider.verify(ctx, token).await,
        _ => Ok(directory::verify(ctx, token, audiences).await?),
    }
}

/// Makes a token for as much of `scopes` as `caller` has, and for no longer.
pub fn issue(ctx: &Ctx, registry: &Registry, caller: &Caller, scopes: &[String]) -> Issued {
    token::issue(ctx, registry, caller, scopes)
}
