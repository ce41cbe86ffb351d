//! Getting a token with a client id and a secret.

use super::error::Refusal;
use super::json;
use crate::address::{base, host};
use crate::app::App;
use crate::body;
use crate::facts::Facts;
use crate::oci::caller::{Shown, shown};
use axum::body::Body;
use axum::http::{Method, request::Parts};
use axum::response::Response;
use boathook_core::defaults;
use boathook_engine::auth::directory::{self, Audience, TOKEN_AGE};
use boathook_engine::auth::identity::{self, SignedIn};
use boathook_wire::sign_in::error::Refusal as Told;
use boathook_wire::sign_in::route::Authority;
use boathook_wire::sign_in::token::{Answer, Request};

/// The largest form, in bytes.
pub(super) const FORM_BYTES_MAX: usize = 64 * 1024;

pub(super) async fn post(
    app: &App,
    parts: &Parts,
    authority: &Authority,
    body: Body,
    facts: &mut Facts,
) -> Result<Response, Refusal> {
    if parts.method != Method::POST {
        return Err(Refusal::Method { allowed: "POST" });
    }
    let form = body::collect(&parts.headers, body, FORM_BYTES_MAX).await.map_err(Refusal::Form)?;
    let header = match shown(&parts.headers) {
        Shown::Credentials(credentials) => Some(credentials),
        Shown::Nothing | Shown::Unreadable => None,
    };
    let Request { client_id, client_secret, audience } = Request::parse(&form, header.as_ref())?;
    let (ctx, tenant) = (&app.ctx, || defaults::TENANT_ID.to_owned());
    // Who asks comes first, so that nobody learns more than that.
    let principal = match identity::sign_in(ctx, &client_id, &client_secret).await? {
        SignedIn::As { principal, .. } => principal,
        SignedIn::UnknownClient => {
            return Err(Told::UnknownClient { client_id, tenant: tenant() }.into());
        }
        SignedIn::WrongSecret => return Err(Told::WrongSecret { client_id }.into()),
        SignedIn::ExpiredSecret => return Err(Told::ExpiredSecret { client_id }.into()),
        SignedIn::Disabled => return Err(Told::Disabled { client_id }.into()),
    };
    facts.caller = Some(principal.client_id.to_string());
    let known = Audience::parse(&audience, host(parts).host(), &ctx.site.domain);
    let known = known.ok_or_else(|| Told::UnknownAudience { audience, tenant: tenant() })?;
    let issuer = authority.issuer(&base(parts));
    let token = directory::issue(ctx, &principal, known, &issuer).await?;
    let answer = serde_json::to_vec(&Answer::new(token, TOKEN_AGE.as_secs()));
    Ok(json(answer.expect("because strings are always printable")))
}
