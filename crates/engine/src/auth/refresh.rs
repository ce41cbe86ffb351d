//! Refresh tokens: what a token of the authority is exchanged for at a registry.
//!
//! One says who somebody is, and nothing of what they may do: whoever shows it is looked up again. Who is removed or
//! disabled, and what is taken away, counts at once.

use super::directory::Verified;
use super::identity::{self, Principal};
use super::token;
use crate::ctx::Ctx;
use crate::place::Registry;
use boathook_core::defaults;
use boathook_core::id::PrincipalId;
use boathook_store::Error;
use boathook_wire::oauth2::refresh::{Issue, REFRESH_TOKEN, RefreshClaims};
use std::sync::Arc;
use std::time::Duration;

/// How long a refresh token counts, if what it was exchanged for counts as long: three hours, as ACR's do.
pub const REFRESH_TOKEN_AGE: Duration = Duration::from_hours(3);
/// No token of ours is longer, whatever roles an identity provider has given.
const TOKEN_BYTES_MAX: usize = 32 * 1024;

/// Makes a token for somebody who has shown another. It does not outlive that one.
pub(super) fn issue(ctx: &Ctx, registry: &Registry, shown: Verified) -> String {
    let now = ctx.clock.now();
    ctx.secrets.tokens.sign(&RefreshClaims::new(Issue {
        token_id: &ctx.ids.uuid(),
        subject: shown.principal.id.as_str(),
        audience: &registry.audience(&ctx.site.domain),
        tenant_id: defaults::TENANT_ID,
        roles: shown.roles,
        issued: token::seconds(now),
        expires: token::seconds(now.after(REFRESH_TOKEN_AGE).min(shown.expires)),
        registry_created_ms: registry.row.created.0.0,
    }))
}

/// Says who shows a token; nobody where it is not one of this registry's, or no longer counts.
pub(super) async fn verify(
    ctx: &Ctx,
    registry: &Registry,
    token: &str,
) -> Result<Option<Arc<Principal>>, Error> {
    if TOKEN_BYTES_MAX < token.len() {
        return Ok(None);
    }
    let Some(claims) = ctx.secrets.tokens.read::<RefreshClaims>(token) else { return Ok(None) };
    let is_right = claims.grant_type == REFRESH_TOKEN
        && claims.aud == registry.audience(&ctx.site.domain)
        && claims.tenant == defaults::TENANT_ID
        && token::is_current(claims.nbf, claims.exp, ctx.clock.now())
        && claims.registry_created_ms == registry.row.created.0.0;
    if !is_right {
        return Ok(None);
    }
    let provider = ctx.provider.as_ref();
    if let Some(told) = provider.and_then(|provider| provider.known(&claims.sub, &claims.roles)) {
        return Ok(Some(Arc::new(told)));
    }
    let principal = identity::principal(ctx, &PrincipalId::new(claims.sub)).await?;
    Ok(principal.filter(|principal| principal.is_enabled))
}
