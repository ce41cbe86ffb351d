//! Tokens: users of one registry, who may do what their scope map says. Their passwords are made here, and shown once.

use super::etag::{self, Stale};
use super::scope_maps::{Done, id_of};
use crate::audit::{self, Actor};
use crate::auth;
use crate::ctx::Ctx;
use boathook_core::name::{InvalidName, ScopeMapName, TokenName};
use boathook_core::quota::{Counts, QuotaExceeded};
use boathook_core::time::Timestamp;
use boathook_store::{Error, PasswordRow, Put, RegistryRow, Standing, TokenRefusal, TokenRow};
use boathook_wire::arm::condition::Condition;
use boathook_wire::arm::credentials::{Generate, TokenPasswordName};
use boathook_wire::arm::path::{self, RegistryId, Target};
use boathook_wire::arm::token::parameters::{Create, Update};

/// How many tokens are in a page.
pub const PAGE_MAX: u32 = 100;

/// What the passwords of a token are called, the first before the second.
pub const PASSWORD_NAMES: [&str; 2] = ["password1", "password2"];

/// Why a token is not made or changed.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Refusal {
    /// Its name.
    #[error(transparent)]
    Name(InvalidName),
    /// What names its scope map names none of this registry.
    #[error("`properties.scopeMapId` has to be the id of a scope map of this registry")]
    ScopeMapId,
    /// There is no such scope map.
    #[error("the registry has no scope map `{0}`: make it first, or name another")]
    NoScopeMap(ScopeMapName),
    /// A password that is to stay has a name that none has.
    #[error("a token's passwords are called `password1` and `password2`")]
    Password,
    /// The registry has as many as it may.
    #[error(transparent)]
    Quota(QuotaExceeded),
    /// What names the token names none of this registry.
    #[error("`tokenId` has to be the id of a token of this registry")]
    TokenId,
    /// When passwords shall no longer count.
    #[error("`expiry` is a time to come, such as `2027-01-31T00:00:00Z`")]
    Expiry,
    /// It is not as the caller last saw it.
    #[error(transparent)]
    Stale(#[from] Stale),
    /// There is none of that name.
    #[error("there is no such token")]
    NotFound,
}

impl Refusal {
    /// The member of the request that is at fault.
    pub fn target(&self) -> Option<&'static str> {
        match self {
            Self::Name(_) => Some("tokenName"),
            Self::ScopeMapId | Self::NoScopeMap(_) => Some("properties.scopeMapId"),
            Self::Password => Some("properties.credentials.passwords"),
            Self::TokenId => Some("tokenId"),
            Self::Expiry => Some("expiry"),
            Self::Quota(_) | Self::Stale(_) | Self::NotFound => None,
        }
    }
}

/// Passwords that were made, shown this once.
#[derive(Clone)]
pub struct Generated {
    /// The token as it is now.
    pub token: TokenRow,
    /// Those of its passwords that were made, each in its place.
    pub secrets: [Option<String>; 2],
}

/// Looks up a token.
pub async fn get(ctx: &Ctx, registry: &RegistryRow, name: &str) -> Result<Option<TokenRow>, Error> {
    match name.parse() {
        Ok(name) => ctx.db.token(&registry.name, &name).await,
        Err(_) => Ok(None),
    }
}

/// A page of tokens by name, those after `after`.
pub async fn list(
    ctx: &Ctx,
    registry: &RegistryRow,
    after: Option<&TokenName>,
) -> Result<Vec<TokenRow>, Error> {
    let after = after.map(TokenName::key).unwrap_or_default();
    ctx.db.tokens(&registry.name, &after, PAGE_MAX).await
}

/// Makes a token, without a password yet, or replaces one of the same name, which keeps its passwords.
pub async fn create(
    ctx: &Ctx,
    registry: &RegistryRow,
    name: &str,
    create: Create,
    condition: &Condition,
    actor: &Actor,
) -> Result<Result<Done<TokenRow>, Refusal>, Error> {
    let name: TokenName = match name.parse() {
        Ok(name) => name,
        Err(invalid) => return Ok(Err(Refusal::Name(invalid))),
    };
    let update = Update {
        scope_map_id: Some(create.scope_map_id),
        is_enabled: Some(create.is_enabled.unwrap_or(true)),
        passwords: create.passwords,
    };
    let changes = match Changes::new(registry, &update) {
        Ok(changes) => changes,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let now = (ctx.clock.now(), actor.name.clone());
    let fresh_name = name.clone();
    let decide = move |standing: Standing<'_, TokenRow>| match standing {
        Standing::Row(before) => Ok(changes.on(before, now.clone())),
        Standing::Vacant { others, sku } => {
            let counts = Counts { tokens: others + 1, ..Counts::default() };
            sku.limits().check(sku, &counts).map_err(Refusal::Quota)?;
            Ok(TokenRow {
                name: fresh_name.clone(),
                scope_map: changes.scope_map.clone().ok_or(Refusal::ScopeMapId)?,
                is_enabled: changes.is_enabled.unwrap_or(true),
                passwords: [None, None],
                created: now.clone(),
                updated: now.clone(),
            })
        }
    };
    put(ctx, registry, &name, decide, WRITE, (condition, actor)).await
}

/// Changes what `update` names of a token.
pub async fn update(
    ctx: &Ctx,
    registry: &RegistryRow,
    name: &str,
    update: Update,
    condition: &Condition,
    actor: &Actor,
) -> Result<Result<TokenRow, Refusal>, Error> {
    let Ok(name) = name.parse::<TokenName>() else { return Ok(Err(Refusal::NotFound)) };
    let changes = match Changes::new(registry, &update) {
        Ok(changes) => changes,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let updated = (ctx.clock.now(), actor.name.clone());
    let decide = move |standing: Standing<'_, TokenRow>| match standing {
        Standing::Row(before) => Ok(changes.on(before, updated.clone())),
        Standing::Vacant { .. } => Err(Refusal::NotFound),
    };
    Ok(put(ctx, registry, &name, decide, WRITE, (condition, actor)).await?.map(whichever))
}

/// Removes a token; `false` where there was none.
pub async fn delete(
    ctx: &Ctx,
    registry: &RegistryRow,
    name: &str,
    condition: &Condition,
    actor: &Actor,
) -> Result<Result<bool, Stale>, Error> {
    let Ok(name) = name.parse::<TokenName>() else { return Ok(Ok(false)) };
    let action = "Microsoft.ContainerRegistry/registries/tokens/delete";
    let entry = audit::entry(ctx, actor, action, id_of(registry).token(name.as_str()));
    let removal = ctx.db.delete_token(&registry.name, &name, etag::guard(condition), entry);
    Ok(etag::removed(removal.await?))
}

/// Makes passwords of a token, in the place of those that it had.
pub async fn generate(
    ctx: &Ctx,
    registry: &RegistryRow,
    wanted: Generate,
    actor: &Actor,
) -> Result<Result<Generated, Refusal>, Error> {
    let name = match path::parse(&wanted.token_id) {
        Ok(Target::Token(id, name)) if is_of(&id, registry) => name,
        _ => return Ok(Err(Refusal::TokenId)),
    };
    let Ok(name) = name.parse::<TokenName>() else { return Ok(Err(Refusal::NotFound)) };
    let now = ctx.clock.now();
    let expires = match wanted.expiry.map(|text| text.parse::<Timestamp>()) {
        None => None,
        Some(Ok(expires)) if now < expires => Some(expires),
        Some(_) => return Ok(Err(Refusal::Expiry)),
    };
    // Before anything is hashed, which takes its time.
    if ctx.db.token(&registry.name, &name).await?.is_none() {
        return Ok(Err(Refusal::NotFound));
    }
    let both = [TokenPasswordName::Password1, TokenPasswordName::Password2];
    let (mut secrets, mut rows) = ([None, None], [None, None]);
    for (idx, which) in both.into_iter().enumerate() {
        if wanted.name.is_none_or(|name| name == which) {
            let password = auth::new_secret(&*ctx.ids);
            let hash = auth::hash(password.clone()).await;
            rows[idx] = Some(PasswordRow { hash, created: now, expires });
            secrets[idx] = Some(password);
        }
    }
    let updated = (now, actor.name.clone());
    let decide = move |standing: Standing<'_, TokenRow>| {
        let Standing::Row(before) = standing else { return Err(Refusal::NotFound) };
        let [first, second] = rows.clone();
        let [first_before, second_before] = before.passwords.clone();
        let passwords = [first.or(first_before), second.or(second_before)];
        Ok(TokenRow { passwords, updated: updated.clone(), ..before.clone() })
    };
    let action = "Microsoft.ContainerRegistry/registries/generateCredentials/action";
    let done = put(ctx, registry, &name, decide, action, (&Condition::default(), actor)).await?;
    Ok(done.map(|done| Generated { token: whichever(done), secrets }))
}

const WRITE: &str = "Microsoft.ContainerRegistry/registries/tokens/write";

async fn put(
    ctx: &Ctx,
    registry: &RegistryRow,
    name: &TokenName,
    decide: impl Fn(Standing<'_, TokenRow>) -> Result<TokenRow, Refusal> + Clone + Send + Sync + 'static,
    action: &'static str,
    (condition, actor): (&Condition, &Actor),
) -> Result<Result<Done<TokenRow>, Refusal>, Error> {
    let condition = condition.clone();
    let decide = move |standing: Standing<'_, TokenRow>| {
        etag::check(&condition, standing.row())?;
        decide(standing)
    };
    let entry = audit::entry(ctx, actor, action, id_of(registry).token(name.as_str()));
    Ok(match ctx.db.put_token(&registry.name, name, decide, entry).await? {
        Put::Created(row) => Ok(Done::Created(row)),
        Put::Updated(row) => Ok(Done::Updated(row)),
        Put::Refused(TokenRefusal::NoScopeMap(name)) => Err(Refusal::NoScopeMap(name)),
        Put::Refused(TokenRefusal::Rule(refusal)) => Err(refusal),
    })
}

fn whichever(done: Done<TokenRow>) -> TokenRow {
    match done {
        Done::Created(row) | Done::Updated(row) => row,
    }
}

/// What of a token shall be otherwise.
#[derive(Clone)]
struct Changes {
    scope_map: Option<ScopeMapName>,
    is_enabled: Option<bool>,
    /// Which of the two passwords stay.
    kept: [bool; 2],
}

impl Changes {
    fn new(registry: &RegistryRow, update: &Update) -> Result<Self, Refusal> {
        let scope_map = update.scope_map_id.as_deref().map(|id| match path::parse(id) {
            Ok(Target::ScopeMap(id, name)) if is_of(&id, registry) => {
                name.parse().map_err(|_| Refusal::ScopeMapId)
            }
            _ => Err(Refusal::ScopeMapId),
        });
        let mut kept = [update.passwords.is_none(); 2];
        for name in update.passwords.iter().flatten() {
            let idx = PASSWORD_NAMES.iter().position(|known| known.eq_ignore_ascii_case(name));
            kept[idx.ok_or(Refusal::Password)?] = true;
        }
        Ok(Self { scope_map: scope_map.transpose()?, is_enabled: update.is_enabled, kept })
    }

    fn on(&self, before: &TokenRow, updated: (Timestamp, String)) -> TokenRow {
        let [first, second] = &before.passwords;
        let [keeps_first, keeps_second] = self.kept;
        TokenRow {
            scope_map: self.scope_map.clone().unwrap_or_else(|| before.scope_map.clone()),
            is_enabled: self.is_enabled.unwrap_or(before.is_enabled),
            passwords: [
                first.clone().filter(|_| keeps_first),
                second.clone().filter(|_| keeps_second),
            ],
            updated,
            ..before.clone()
        }
    }
}

/// Says whether an id leads to this registry; ARM compares without regard to case.
fn is_of(id: &RegistryId, registry: &RegistryRow) -> bool {
    let own = id_of(registry);
    id.subscription.eq_ignore_ascii_case(&own.subscription)
        && id.resource_group.eq_ignore_ascii_case(&own.resource_group)
        && id.registry.eq_ignore_ascii_case(&own.registry)
}
