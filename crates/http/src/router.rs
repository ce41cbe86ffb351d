//! All routes on one page.

mod escapes;

pub(crate) use escapes::without_needless_escapes;

use crate::app::App;
use crate::{arm, layers, oauth2, oci, ops};
use axum::Router;
use axum::extract::{Request, State};
use axum::http::Uri;
use axum::http::uri::PathAndQuery;
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use std::borrow::Cow;
use tower::ServiceExt;

/// Every face behind one service.
pub fn router(app: App) -> Router {
    surrounded(routes(), app)
}

fn surrounded(routes: Router<App>, app: App) -> Router {
    routes.layer(axum::middleware::from_fn_with_state(app.clone(), layers::around)).with_state(app)
}

fn routes() -> Router<App> {
    Router::new()
        .route("/healthz", get(ops::healthz))
        .route("/readyz", get(ops::readyz))
        .route("/metrics", get(ops::metrics))
        .route("/oauth2/token", any(oauth2::token))
        .fallback(by_path)
}

/// Paths of the registry and of the management API are read by `wire`, because no path pattern can hold a repository's
/// name, and ARM's paths have no one case.
async fn by_path(State(app): State<App>, request: Request) -> Response {
    let path = request.uri().path();
    if path == "/v2" || path.starts_with("/v2/") {
        oci::handle(&app, request).await
    } else if arm::is_ours(path) {
        arm::handle(&app, request).await
    } else {
        elsewhere(app, request, routes).await
    }
}

/// Looks once more for a path that was written in another way than `routes` have it.
async fn elsewhere(app: App, mut request: Request, routes: fn() -> Router<App>) -> Response {
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
    routes().with_state(app).oneshot(request).await.into_response()
}
