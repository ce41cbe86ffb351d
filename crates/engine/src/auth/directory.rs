//! Tokens of the authority: JWTs that say who somebody is, and nothing of what they may do.
//!
//! Roles are looked up when a token is shown. What is taken away, or who is removed, counts at once.

use super::identity::{self, Principal};
use super::signing_key;
use crate::ctx::Ctx;
use boathook_core::defaults;
use boathook_core::host::is_under;
use boathook_core::id::PrincipalId;
use boathook_core::time::Timestamp;
use boathook_store::Error;
use boathook_wire::sign_in::claims::{Claims, Issue};
use boathook_wire::sign_in::route::Authority;
use jsonwebtoken::{Algorithm, Header, Validation};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

/// How long a token counts.
pub const TOKEN_AGE: Duration = Duration::from_hours(1);
/// How far the clocks of two nodes may be apart.
pub(super) const SKEW: Duration = Duration::from_mins(1);
/// No token of ours is longer.
const TOKEN_BYTES_MAX: usize = 8 * 1024;

/// What a token is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// The management API.
    Management,
    /// Registries: `/oauth2/exchange`.
    Registry,
    /// What Terraform asks its first token for. Nobody here takes one.
    Graph,
}

/// The audience that the SDKs ask for.
const REGISTRY: &str = "https://containerregistry.azure.net";

impl Audience {
    /// Reads what a token is asked for, at the host that was asked; slashes at the end mean nothing.
    pub fn parse(text: &str, host: &str, domain: &str) -> Option<Self> {
        let text = text.trim_end_matches('/').to_ascii_lowercase();
        let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"))?;
        let name = without_port(rest);
        let asked = host.to_ascii_lowercase();
        match name {
            "management.azure.com" | "management.core.windows.net" => Some(Self::Management),
            "containerregistry.azure.net" => Some(Self::Registry),
            "graph.microsoft.com" => Some(Self::Graph),
            _ if name == format!("graph.{domain}") => Some(Self::Graph),
            _ if name == format!("management.{domain}") => Some(Self::Management),
            // Terraform asks for the address of the management API itself.
            _ if name == without_port(&asked) || is_local(name) => Some(Self::Management),
            _ if is_under(name, domain) => Some(Self::Registry),
            _ => None,
        }
    }

    /// How tokens name it.
    pub fn name(self, domain: &str) -> String {
        match self {
            Self::Management => format!("https://management.{domain}"),
            Self::Registry => REGISTRY.to_owned(),
            Self::Graph => format!("https://graph.{domain}"),
        }
    }
}

fn is_local(name: &str) -> bool {
    name == "localhost" || name.trim_matches(['[', ']']).parse::<std::net::IpAddr>().is_ok()
}

/// RFC 3986 §3.2.2: colons of an IPv6 address are in brackets, so that a port's is after them.
fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}

/// Somebody who has shown a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// Who it is.
    pub principal: Arc<Principal>,
    /// The values by which an identity provider's token gives roles, which nothing here could look up again.
    pub roles: Vec<String>,
    /// When the token no longer counts.
    pub expires: Timestamp,
}

/// Makes a token that says who `principal` is.
pub async fn issue(
    ctx: &Ctx,
    principal: &Principal,
    audience: Audience,
    issuer: &str,
) -> Result<String, Error> {
    let keys = signing_key::all(ctx).await?;
    let now = ctx.clock.now();
    let Some(key) = keys.current(now) else {
        return Err(Error::Damaged { what: "the authority's keys" });
    };
    let claims = Claims::new(&Issue {
        audience: &audience.name(&ctx.site.domain),
        issuer,
        client_id: principal.client_id.as_str(),
        object_id: principal.id.as_str(),
        tenant_id: defaults::TENANT_ID,
        token_id: &ctx.ids.uuid(),
        issued: seconds(now),
        life: TOKEN_AGE.as_secs(),
    });
    let header = Header { kid: Some(key.id.to_string()), ..Header::new(Algorithm::ES256) };
    let token = jsonwebtoken::encode(&header, &claims, &key.signing);
    Ok(token.expect("claims of strings and numbers can be written, and the key was opened"))
}

/// What is checked of a token by the library; the time is ours to compare, by the clock that was handed in.
static RULES: LazyLock<Validation> = LazyLock::new(|| {
    let mut rules = Validation::new(Algorithm::ES256);
    rules.validate_exp = false;
    rules.validate_aud = false;
    rules.set_required_spec_claims(&["exp", "nbf", "aud", "iss", "sub"]);
    rules
});

/// Says who shows a token; nobody where it is not one of ours for one of these audiences, or no longer counts.
pub async fn verify(
    ctx: &Ctx,
    token: &str,
    audiences: &[Audience],
) -> Result<Option<Verified>, Error> {
    if TOKEN_BYTES_MAX < token.len() {
        return Ok(None);
    }
    let Ok(header) = jsonwebtoken::decode_header(token) else { return Ok(None) };
    let Some(kid) = header.kid.filter(|_| header.alg == Algorithm::ES256) else { return Ok(None) };
    let keys = signing_key::all(ctx).await?;
    let now = ctx.clock.now();
    let Some(key) = keys.named(&kid, now) else { return Ok(None) };
    let Ok(decoded) = jsonwebtoken::decode::<Claims>(token, &key.checking, &RULES) else {
        return Ok(None);
    };
    let claims = decoded.claims;
    let is_for = |audience: &Audience| audience.name(&ctx.site.domain) == claims.aud;
    let is_right = audiences.iter().any(is_for)
        && claims.tid == defaults::TENANT_ID
        && is_issuer(&claims.iss)
        && claims.nbf <= seconds(now.after(SKEW))
        && seconds(now) < claims.exp.saturating_add(SKEW.as_secs());
    if !is_right {
        return Ok(None);
    }
    let principal = identity::principal(ctx, &PrincipalId::new(claims.oid)).await?;
    let principal = principal
        .filter(|principal| principal.is_enabled && principal.client_id.as_str() == claims.appid);
    let expires = i64::try_from(claims.exp).unwrap_or(i64::MAX).saturating_mul(1_000);
    Ok(principal.map(|principal| Verified {
        principal,
        roles: Vec::new(),
        expires: Timestamp(expires),
    }))
}

/// The authority is known under as many addresses as the server has; its paths are always the same.
fn is_issuer(issuer: &str) -> bool {
    let tenant = || defaults::TENANT_ID.to_owned();
    let ours = [Authority::Adfs, Authority::AdfsTenant(tenant()), Authority::Tenant(tenant())];
    let Some((_, rest)) = issuer.split_once("://") else { return false };
    let path = rest.find('/').map_or("", |idx| &rest[idx..]);
    ours.iter().any(|authority| authority.issuer("") == path)
}

fn seconds(time: Timestamp) -> u64 {
    u64::try_from(time.0 / 1_000).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<Audience>) {
        assert_eq!(
            Audience::parse(text, "acr.example:5443", "azurecr.localhost"),
            expected,
            "{text}"
        );
    }

    #[test]
    fn an_audience_is_known_by_its_host() {
        for text in [
            "https://management.azurecr.localhost",
            "https://management.azurecr.localhost/",
            "https://Management.azurecr.localhost:5443",
            "https://management.azure.com/",
            "https://management.core.windows.net//",
            "https://localhost:5443",
            "http://127.0.0.1:5000",
            "https://[::1]:5443/",
            "https://acr.example",
        ] {
            check(text, Some(Audience::Management));
        }
        check("https://containerregistry.azure.net", Some(Audience::Registry));
        check("https://containerregistry.azure.net/", Some(Audience::Registry));
        check("https://myreg.azurecr.localhost", Some(Audience::Registry));
        check("https://graph.azurecr.localhost", Some(Audience::Graph));
        check("https://graph.microsoft.com/", Some(Audience::Graph));
        for text in ["", "https://", "https://vault.azure.net", "management.azure.com", "api://x"] {
            check(text, None);
        }
    }

    #[test]
    fn an_issuer_is_an_authority_of_ours_at_any_address() {
        let tenant = defaults::TENANT_ID;
        assert!(is_issuer("https://localhost:5443/adfs"));
        assert!(is_issuer(&format!("http://h/adfs/{tenant}/v2.0")));
        assert!(is_issuer(&format!("https://login.azurecr.localhost/{tenant}/v2.0")));
        for other in
            ["", "adfs", "https://h", "https://h/", "https://h/adfs/x/v2.0", "https://h/adfs/"]
        {
            assert!(!is_issuer(other), "{other}");
        }
    }
}
