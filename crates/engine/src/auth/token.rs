//! Access tokens: JWTs with ACR's claims, signed with HMAC-SHA256 and checked by ourselves alone.

use super::{ANONYMOUS, Caller};
use crate::ctx::Ctx;
use boathook_core::grant::{Access, Grants};
use boathook_core::time::Timestamp;
use boathook_wire::oauth2::claims::{ACCESS_TOKEN, AccessClaims, Entry, ISSUER, VERSION};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use std::time::Duration;

/// How long an access token counts: 75 minutes, as ACR's do.
pub const TOKEN_AGE: Duration = Duration::from_mins(75);

/// A token that was made.
pub struct Issued {
    /// The token.
    pub token: String,
    /// When it was made.
    pub at: Timestamp,
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
}

pub(super) fn issue(ctx: &Ctx, caller: &Caller, scopes: &[String]) -> Issued {
    let wanted = scopes.iter().filter_map(|scope| scope.parse().ok());
    let granted: Vec<Access> = wanted.filter_map(|access| caller.grants.narrow(&access)).collect();
    let at = ctx.clock.now();
    let seconds = |time: Timestamp| u64::try_from(time.0 / 1_000).unwrap_or(0);
    let claims = AccessClaims {
        jti: ctx.ids.uuid(),
        sub: caller.name.clone(),
        nbf: seconds(at),
        exp: seconds(at.after(TOKEN_AGE)),
        iat: seconds(at),
        iss: ISSUER.to_owned(),
        aud: audience(ctx),
        version: VERSION.to_owned(),
        access: granted.iter().map(Entry::from).collect(),
        roles: Vec::new(),
        grant_type: ACCESS_TOKEN.to_owned(),
    };
    let token =
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &ctx.secrets.tokens.signing);
    Issued { token: token.expect("claims of strings and numbers can be written"), at }
}

pub(super) fn verify(ctx: &Ctx, token: &str) -> Option<Caller> {
    let Tokens { checking, rules, .. } = &ctx.secrets.tokens;
    let claims = jsonwebtoken::decode::<AccessClaims>(token, checking, rules).ok()?.claims;
    let now = u64::try_from(ctx.clock.now().0 / 1_000).unwrap_or(0);
    let is_current = claims.nbf <= now && now < claims.exp;
    if !is_current || claims.aud != audience(ctx) || claims.grant_type != ACCESS_TOKEN {
        return None;
    }
    // Whoever got a token while the registry was open to all has signed in as nobody.
    if claims.sub == ANONYMOUS && !ctx.site.is_open {
        return None;
    }
    let granted = claims.access.iter().filter_map(Entry::access).collect();
    Some(Caller { name: claims.sub, grants: Grants::Listed(granted) })
}

/// The registry, under the one of its names that does not depend on the listener.
fn audience(ctx: &Ctx) -> String {
    format!("{}.{}", ctx.site.registry, ctx.site.domain)
}
