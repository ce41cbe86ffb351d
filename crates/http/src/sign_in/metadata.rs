//! `/metadata/endpoints`: one document for `az` and for Terraform.

use super::json;
use crate::address::{base, host};
use crate::app::App;
use axum::http::request::Parts;
use axum::response::Response;
use boathook_engine::auth::directory::Audience;
use boathook_wire::arm::query::Query;
use boathook_wire::sign_in::metadata::{Cloud, print};

/// The version whose shape is given to whoever names none: the one that `az` and Terraform ask for.
const VERSION: &str = "2022-09-01";

pub(super) fn is_ours(path: &str) -> bool {
    let path = path.strip_suffix('/').unwrap_or(path);
    path.eq_ignore_ascii_case("/metadata/endpoints")
}

pub(super) fn get(app: &App, parts: &Parts) -> Response {
    let (base, domain) = (base(parts), &app.ctx.site.domain);
    let port = host(parts).port().map(|port| format!(":{port}")).unwrap_or_default();
    let cloud = Cloud {
        name: "Boathook".to_owned(),
        login_endpoint: format!("{base}/adfs"),
        portal: format!("{base}/"),
        audiences: vec![Audience::Management.name(domain)],
        graph: Audience::Graph.name(domain),
        acr_suffix: format!("{domain}{port}"),
        resource_manager: base,
    };
    let Query { api_version, .. } = Query::parse(parts.uri.query());
    json(print(&cloud, api_version.as_deref().unwrap_or(VERSION)))
}
