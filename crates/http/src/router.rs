//! All routes on one page.

use crate::app::App;
use crate::{arm, layers, oauth2, oci, ops};
use axum::Router;
use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::{any, get};

/// Every face behind one service. Paths of the registry and of the management API are read by `wire`, because no path
/// pattern can hold a repository's name, and ARM's paths have no one case.
pub fn router(app: App) -> Router {
    Router::new()
        .route("/healthz", get(ops::healthz))
        .route("/readyz", get(ops::readyz))
        .route("/metrics", get(ops::metrics))
        .route("/oauth2/token", any(oauth2::token))
        .fallback(by_path)
        .layer(axum::middleware::from_fn_with_state(app.clone(), layers::around))
        .with_state(app)
}

async fn by_path(State(app): State<App>, request: Request) -> Response {
    let path = request.uri().path();
    if path == "/v2" || path.starts_with("/v2/") {
        oci::handle(&app, request).await
    } else if arm::is_ours(path) {
        arm::handle(&app, request).await
    } else {
        oci::nothing_here()
    }
}
