//! The pages: one file each, with its struct, its handlers and its forms. All their addresses are here.

pub(crate) mod activity;
pub(crate) mod again;
mod chart;
mod charts;
mod event;
pub(crate) mod keys;
mod manifest;
mod registries;
mod registry;
pub(crate) mod replications;
mod repositories;
mod repository;
mod search;
mod sessions;
pub(crate) mod sign_in;
pub(crate) mod storage;
mod tag;
mod webhook;
mod webhook_events;
mod webhook_form;
pub(crate) mod webhooks;

use crate::refusal::Refusal;
use crate::visitor::{Guest, Visitor};
use crate::{Portal, assets};
use axum::Router;
use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{FromRequestParts, RawPathParams, Request, State};
use axum::middleware::Next;
use axum::response::{Redirect, Response};
use axum::routing::{get, post};
use boathook_core::role::RoleScope;
use boathook_engine::auth::scope_of;
use boathook_engine::{RegistryRow, manage};

pub(crate) use registry::bytes;

/// Every page and every form.
pub(crate) fn routes() -> Router<Portal> {
    const WEBHOOKS: &str = "/portal/registries/{registry}/webhooks";
    let webhook = |rest: &str| format!("{WEBHOOKS}/{{webhook}}{rest}");
    let content = |page: &str| format!("/portal/registries/{{registry}}{page}");
    Router::new()
        .route("/", get(home))
        .route("/portal", get(home))
        .route("/portal/", get(home))
        .route("/portal/static/{name}", get(assets::get))
        .route("/portal/sign-in", get(sign_in::get).post(sign_in::post))
        .route("/portal/sign-out", post(sign_in::sign_out))
        .route("/portal/sessions", get(sessions::get).post(sessions::post))
        .route("/portal/registries", get(registries::get))
        .route("/portal/registries/{registry}", get(registry::get))
        .route("/portal/registries/{registry}/replications", get(replications::get))
        .route("/portal/registries/{registry}/keys", get(keys::get).post(keys::post))
        .route("/portal/registries/{registry}/storage", get(storage::get).post(storage::post))
        .route("/portal/activity", get(activity::get))
        .route("/portal/search", get(search::get))
        .route(&content("/repositories"), get(repositories::get))
        .route(&content("/repository"), get(repository::get).post(repository::post))
        .route(
            &content("/repository/delete"),
            get(repository::delete::get).post(repository::delete::post),
        )
        .route(&content("/tag"), get(tag::get).post(tag::post))
        .route(&content("/manifest"), get(manifest::get).post(manifest::post))
        .route(
            &content("/manifest/delete"),
            get(manifest::delete::get).post(manifest::delete::post),
        )
        .route(&content("/charts"), get(charts::get))
        .route(&content("/chart"), get(chart::get))
        .route(WEBHOOKS, get(webhooks::get))
        .route(&format!("{WEBHOOKS}/-/new"), get(webhook_form::new).post(webhook_form::create))
        .route(&format!("{WEBHOOKS}/-/check"), get(webhook_form::check))
        .route(&webhook(""), get(webhook::get))
        .route(&webhook("/configure"), get(webhook_form::configure).post(webhook_form::update))
        .route(&webhook("/delete"), get(webhook::ask_to_delete).post(webhook::delete))
        .route(&webhook("/ping"), post(webhook::ping))
        .route(&webhook("/live"), get(webhook_events::live))
        .route(&webhook("/events/{event}"), get(event::get))
        .route(&webhook("/events/{event}/redeliver"), post(event::redeliver))
        .fallback(nothing_here)
        .method_not_allowed_fallback(nothing_here)
}

async fn home() -> Redirect {
    Redirect::to("/portal/registries")
}

async fn nothing_here(visitor: Visitor) -> Response {
    Refusal::Gone.show(&visitor.look, Some(&visitor.session))
}

/// Has a path whose escapes are no text be told of by a page of ours, whoever asks.
pub(crate) async fn around(State(portal): State<Portal>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let read = RawPathParams::from_request_parts(&mut parts, &portal).await;
    // The fallback has no parameters, and needs none.
    if !matches!(read, Err(RawPathParamsRejection::InvalidUtf8InPathParam(_))) {
        return next.run(Request::from_parts(parts, body)).await;
    }
    match Guest::from_request_parts(&mut parts, &portal).await {
        Ok(guest) => Refusal::Gone.show(&guest.look, guest.session.as_ref()),
        Err(response) => response,
    }
}

/// The address of a registry's page, or of one below it.
pub(crate) fn address(registry: &str, rest: &str) -> String {
    format!("/portal/registries/{registry}{rest}")
}

/// A registry that the visitor may look at, and where its roles are given.
pub(crate) async fn registry(
    visitor: &Visitor,
    name: &str,
) -> Result<(RegistryRow, RoleScope), Refusal> {
    let name = name.parse().map_err(|_| Refusal::Gone)?;
    let found = manage::registry(&visitor.ctx, &name).await?;
    // Whoever may not look learns nothing from whether it is there.
    let scope = found.as_ref().map_or(RoleScope::Subscription, scope_of);
    visitor.must("Microsoft.ContainerRegistry/registries/read", &scope)?;
    Ok((found.ok_or(Refusal::Gone)?, scope))
}

/// A page of somebody's, or the one that says why there is none.
pub(crate) fn answered(visitor: &Visitor, answer: Result<Response, Refusal>) -> Response {
    answer.unwrap_or_else(|refusal| refusal.show(&visitor.look, Some(&visitor.session)))
}
