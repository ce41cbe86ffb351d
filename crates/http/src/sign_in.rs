//! Signing in to the management API: what the cloud consists of, and the authority that says who somebody is
//! (`az-wire` §3, §4).
//!
//! Every address in an answer repeats the scheme and the host of the request: clients compare, and a server has many
//! names.

mod error;
mod metadata;
mod token;

use crate::address::base;
use crate::app::App;
use crate::facts::{Facts, RequestId};
use crate::server::Closed;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderValue, Method, StatusCode, header, request::Parts};
use axum::response::{IntoResponse, Response};
use boathook_core::defaults;
use boathook_engine::auth;
use boathook_wire::sign_in::openid;
use boathook_wire::sign_in::route::{self, Authority, Endpoint};
use error::Refusal;

/// Says whether a path, still percent-encoded, belongs to this face.
pub(crate) fn is_ours(path: &str) -> bool {
    metadata::is_ours(path) || route::parse(path).is_some()
}

/// Answers a request of this face.
pub(crate) async fn handle(app: &App, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let mut facts = Facts::default();
    let answered = answer(app, &parts, body, &mut facts).await;
    let mut response = answered.unwrap_or_else(|refusal| {
        let id = parts.extensions.get::<RequestId>();
        refusal.into_response(app.ctx.clock.now(), id)
    });
    response.extensions_mut().insert(facts);
    response
}

/// The answer where there is nobody to answer.
pub(crate) fn away(closed: Closed) -> Response {
    error::away(closed)
}

async fn answer(
    app: &App,
    parts: &Parts,
    body: Body,
    facts: &mut Facts,
) -> Result<Response, Refusal> {
    let path = parts.uri.path();
    if metadata::is_ours(path) {
        facts.route = Some("sign_in.metadata");
        read_only(parts)?;
        return Ok(metadata::get(app, parts));
    }
    let (authority, endpoint) = route::parse(path).ok_or(Refusal::Path)?;
    facts.route = Some(match endpoint {
        Endpoint::Configuration => "sign_in.configuration",
        Endpoint::Authorize => "sign_in.authorize",
        Endpoint::Token => "sign_in.token",
        Endpoint::Keys => "sign_in.keys",
    });
    let authority = known(authority)?;
    match endpoint {
        Endpoint::Configuration => {
            read_only(parts)?;
            Ok(json(openid::print(&base(parts), &authority)))
        }
        Endpoint::Keys => {
            read_only(parts)?;
            let keys = auth::key_set(&app.ctx).await?;
            let keys = serde_json::to_vec(&keys);
            Ok(json(keys.expect("because strings are always printable")))
        }
        Endpoint::Token => token::post(app, parts, &authority, body, facts).await,
        Endpoint::Authorize => Err(Refusal::Interactive),
    }
}

/// The authority, with the tenant's id as it is written in tokens. There is one tenant.
fn known(authority: Authority) -> Result<Authority, Refusal> {
    let Some(tenant) = authority.tenant() else { return Ok(authority) };
    if !tenant.eq_ignore_ascii_case(defaults::TENANT_ID) {
        return Err(Refusal::Told(boathook_wire::sign_in::error::Refusal::UnknownTenant(
            tenant.to_owned(),
        )));
    }
    let tenant = defaults::TENANT_ID.to_owned();
    Ok(match authority {
        Authority::Adfs => Authority::Adfs,
        Authority::AdfsTenant(_) => Authority::AdfsTenant(tenant),
        Authority::Tenant(_) => Authority::Tenant(tenant),
    })
}

fn read_only(parts: &Parts) -> Result<(), Refusal> {
    let is_read = matches!(parts.method, Method::GET | Method::HEAD);
    if is_read { Ok(()) } else { Err(Refusal::Method { allowed: "GET, HEAD" }) }
}

/// A 200 that no cache keeps: the next one may be asked for under another name.
fn json(body: Vec<u8>) -> Response {
    let mut response = (StatusCode::OK, body).into_response();
    let headers = response.headers_mut();
    let json = HeaderValue::from_static("application/json; charset=utf-8");
    headers.insert(header::CONTENT_TYPE, json);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
