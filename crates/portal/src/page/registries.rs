//! The registries that somebody may look at.

use super::answered;
use crate::form::query;
use crate::frame::Frame;
use crate::refusal::Refusal;
use crate::text::Text;
use crate::visitor::Visitor;
use askama::Template;
use axum::response::Response;
use boathook_core::name::RegistryName;
use boathook_engine::RegistryRow;
use boathook_engine::auth::scope_of;
use boathook_engine::manage::registries;
use boathook_http::{host, login_server};

const ROUTE: &str = "portal.registries";
const READ: &str = "Microsoft.ContainerRegistry/registries/read";
/// How many registries a page shows.
const ROWS_MAX: usize = 100;

#[derive(Template)]
#[template(path = "registries.html")]
struct RegistriesPage {
    frame: Frame,
    t: &'static dyn Text,
    rows: Vec<Row>,
    next: Option<String>,
}

struct Row {
    name: String,
    label: String,
    login_server: String,
    sku: &'static str,
    location: String,
    resource_group: String,
}

/// `GET /portal/registries`.
pub(crate) async fn get(visitor: Visitor) -> Response {
    answered(&visitor, page(&visitor).await)
}

async fn page(visitor: &Visitor) -> Result<Response, Refusal> {
    let mut after = visitor.query.find("after").and_then(|name| name.parse().ok());
    let mut seen: Vec<RegistryRow> = Vec::new();
    // One more than is shown says that there are more. There are at most a few pages to look through.
    while seen.len() <= ROWS_MAX {
        let found = registries::list(&visitor.ctx, None, after.as_ref()).await?;
        let Some(last) = found.last() else { break };
        after = Some(last.name.clone());
        seen.extend(found.into_iter().filter(|row| visitor.may(READ, &scope_of(row))));
    }
    let has_more = ROWS_MAX < seen.len();
    seen.truncate(ROWS_MAX);
    let last: Option<&RegistryName> = seen.last().map(|row| &row.name).filter(|_| has_more);
    let page = RegistriesPage {
        frame: Frame::new(&visitor.look, Some(&visitor.session)),
        t: visitor.look.text(),
        next: last.map(|last| format!("/portal/registries?{}", query("after", last.as_str()))),
        rows: seen.iter().map(|row| shown(visitor, row)).collect(),
    };
    Ok(visitor.show(ROUTE, page.render()))
}

fn shown(visitor: &Visitor, row: &RegistryRow) -> Row {
    let site = &visitor.ctx.site;
    Row {
        name: row.name.to_string(),
        label: row.label.to_string(),
        login_server: login_server(&row.name, &site.registry, &site.domain, &host(&visitor.parts)),
        sku: row.sku.as_str(),
        location: row.location.to_string(),
        resource_group: row.resource_group.to_string(),
    }
}
