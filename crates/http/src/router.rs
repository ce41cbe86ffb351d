//! All routes on one page.

mod escapes;

pub(crate) use escapes::without_needless_escapes;

use crate::app::App;
use crate::{acr, arm, helm, layers, oauth2, oci, ops, sign_in};
use axum::Router;
use axum::extract::{Request, State};
use axum::http::Uri;
use axum::http::uri::PathAndQuery;
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use std::borrow::Cow;
use tower::ServiceExt;

/// Every face and the metrics, behind one service.
pub fn router(app: App) -> Router {
    surrounded(everything(), app)
}

/// Every face, behind one service; the metrics are for another listener.
pub fn router_without_metrics(app: App) -> Router {
    surrounded(faces(), app)
}

/// The metrics and the probes alone, for a listener of their own.
pub fn metrics_router(app: App) -> Router {
    surrounded(operations(), app)
}

fn surrounded(routes: Router<App>, app: App) -> Router {
    routes.layer(axum::middleware::from_fn_with_state(app.clone(), layers::around)).with_state(app)
}

fn everything() -> Router<App> {
    routes(everything).route("/metrics", get(ops::metrics))
}

fn faces() -> Router<App> {
    routes(faces)
}

fn operations() -> Router<App> {
    probes().route("/metrics", get(ops::metrics)).fallback(
        async |State(app): State<App>, request: Request| elsewhere(app, request, operations).await,
    )
}

/// What every listener of the faces has; `all` is what the listener has in the end.
fn routes(all: fn() -> Router<App>) -> Router<App> {
    probes()
        .route("/oauth2/exchange", any(oauth2::exchange))
        .route("/oauth2/token", any(oauth2::token))
        .fallback(move |State(app): State<App>, request: Request| by_path(app, request, all))
}

fn probes() -> Router<App> {
    Router::new().route("/healthz", get(ops::healthz)).route("/readyz", get(ops::readyz))
}

/// Paths of the registry and of the management API are read by `wire`, because no path pattern can hold a repository's
/// name, and ARM's paths have no one case.
async fn by_path(app: App, request: Request, all: fn() -> Router<App>) -> Response {
    let path = request.uri().path();
    if path == "/v2" || path.starts_with("/v2/") {
        oci::handle(&app, request).await
    } else if acr::is_ours(path) {
        acr::handle(&app, request).await
    } else if helm::is_ours(path) {
        helm::handle(&app, request).await
    } else if arm::is_ours(path) {
        arm::handle(&app, request).await
    } else if sign_in::is_ours(path) {
        sign_in::handle(&app, request).await
    } else if let Some(pages) = app.pages.clone().filter(|_| is_page(path)) {
        pages.oneshot(request).await.into_response()
    } else {
        elsewhere(app, request, all).await
    }
}

/// Says whether a path, still percent-encoded, is one of those that people look at.
pub(crate) fn is_page(path: &str) -> bool {
    path == "/" || path == "/portal" || path.starts_with("/portal/")
}

/// Looks once more for a path that was written in another way than `all` routes have it.
async fn elsewhere(app: App, mut request: Request, all: fn() -> Router<App>) -> Response {
    let Cow::Owned(mut path) = without_needless_escapes(request.uri().path()) else {
        return oci::nothing_here();
    };
    if let Some(query) = request.uri().query() {
        path.push('?');
        path.push_str(query);
    }
    let mut parts = request.uri().clone().into_parts();
    let path = PathAndQuery::try_from(path);
    parts.path_and_query = Some(path.expect("because no letter, digit or mark ends a path"));
    *request.uri_mut() = Uri::from_parts(parts).expect("because only the path has changed");
    all().with_state(app).oneshot(request).await.into_response()
}
