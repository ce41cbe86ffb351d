//! Access tokens: JWTs with ACR's claims, signed with HMAC-SHA256 and checked by ourselves alone.

use super::directory::SKEW;
use super::{Caller, NOBODY, for_everybody};
use crate::ctx::Ctx;
use crate::place::Registry;
use boathook_core::grant::{Access, Grants};
use boathook_core::time::Timestamp;
use boathook_wire::oauth2::claims::{ACCESS_TOKEN, AccessClaims, Entry, ISSUER, VERSION};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::time::Duration;

/// How long an access token counts: 75 minutes, as ACR's do.
const TOKEN_AGE: Duration = Duration::from_mins(75);

/// A token that was made.
pub struct Issued {
    /// The token.
    pub token: String,
    /// When it was made.
    pub at: Timestamp,
    /// How long it counts.
    pub age: Duration,
}

pub(super) struct Tokens {
    signing: EncodingKey,
    checking: DecodingKey,
    rules: Validation,
}

impl Tokens {
    pub(super) fn new(key: &[u8]) -> Self {
        let mut rules = Validation::new(Algorithm::HS256);
        // The time is ours to compare, by the clock that was handed in.
        rules.validate_exp = false;
        rules.validate_aud = false;
        rules.set_required_spec_claims(&["exp", "aud", "iss"]);
        rules.set_issuer(&[ISSUER]);
        Self {
            signing: EncodingKey::from_secret(key),
            checking: DecodingKey::from_secret(key),
            rules,
        }
    }

    /// Makes a token of claims that can be written.
    pub(super) fn sign(&self, claims: &impl Serialize) -> String {
        let token = jsonwebtoken::encode(&Header::new(Algorithm::HS256), claims, &self.signing);
        token.expect("claims of strings and numbers can be written")
    }

    /// Reads the claims of a token that was signed here, whatever it is for and however old.
    pub(super) fn read<T: DeserializeOwned>(&self, token: &str) -> Option<T> {
        Some(jsonwebtoken::decode(token, &self.checking, &self.rules).ok()?.claims)
    }
}

pub(super) fn issue(ctx: &Ctx, registry: &Registry, caller: &Caller, scopes: &[String]) -> Issued {
    let wanted = scopes.iter().filter_map(|scope| scope.parse().ok()).map(Access::with_quarantine);
    let granted: Vec<Access> = wanted.filter_map(|access| caller.grants.narrow(&access)).collect();
    let at = ctx.clock.now();
    // Else whoever has one token could have a new one made of it for ever, whatever became of their right to it.
    let expires = at.after(TOKEN_AGE).min(caller.until.unwrap_or(Timestamp(i64::MAX)));
    let claims = AccessClaims {
        jti: ctx.ids.uuid(),
        sub: if caller.has_signed_in { caller.name.clone() } else { NOBODY.to_owned() },
        nbf: seconds(at),
        exp: seconds(expires),
        iat: seconds(at),
        iss: ISSUER.to_owned(),
        aud: registry.audience(&ctx.site.domain),
        version: VERSION.to_owned(),
        access: granted.iter().map(Entry::from).collect(),
        roles: Vec::new(),
        grant_type: ACCESS_TOKEN.to_owned(),
        registry_created_ms: registry.row.created.0.0,
    };
    Issued { token: ctx.secrets.tokens.sign(&claims), at, age: expires.since(at) }
}

pub(super) fn verify(ctx: &Ctx, registry: &Registry, token: &str) -> Option<Caller> {
    let claims = ctx.secrets.tokens.read::<AccessClaims>(token)?;
    if !is_current(claims.nbf, claims.exp, ctx.clock.now())
        || claims.aud != registry.audience(&ctx.site.domain)
        // One of an earlier registry of the same name opens nothing of this one.
        || claims.registry_created_ms != registry.row.created.0.0
        || claims.grant_type != ACCESS_TOKEN
    {
        return None;
    }
    let granted = claims.access.iter().filter_map(Entry::access);
    let mut caller = if claims.sub == NOBODY {
        // They may have got it while everybody could do more than now.
        let grants = for_everybody(ctx, registry);
        if grants == Grants::none() {
            return None;
        }
        let granted = granted.filter_map(|access| grants.narrow(&access)).collect();
        Caller::anonymous(Grants::Listed(granted))
    } else {
        Caller::new(claims.sub, Grants::Listed(granted.collect()))
    };
    let until = i64::try_from(claims.exp).unwrap_or(i64::MAX).saturating_mul(1_000);
    caller.until = Some(Timestamp(until));
    Some(caller)
}

/// Says whether a token counts. It may come from a node whose clock is ahead.
pub(super) fn is_current(begins: u64, ends: u64, now: Timestamp) -> bool {
    begins <= seconds(now.after(SKEW)) && seconds(now) < ends
}

/// Tokens count whole seconds.
pub(super) fn seconds(time: Timestamp) -> u64 {
    u64::try_from(time.0 / 1_000).unwrap_or(0)
}
