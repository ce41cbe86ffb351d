//! The registries that somebody may look at.

use super::{address, answered};
use crate::form::query;
use crate::frame::Frame;
use crate::refusal::Refusal;
use crate::text::Text;
use crate::visitor::Visitor;
use askama::Template;
use axum::response::Response;
use boathook_core::grant::Access;
use boathook_core::name::RegistryName;
use boathook_engine::RegistryRow;
use boathook_engine::auth::scope_of;
use boathook_engine::manage::registries;
use boathook_http::{host, login_server};

const ROUTE: &str = "portal.registries";
const READ: &str = "Microsoft.ContainerRegistry/registries/read";
/// How many registries a page shows.
const ROWS_MAX: usize = 50;

#[derive(Template)]
#[template(path = "registries.html")]
struct RegistriesPage {
    frame: Frame,
    t: &'static dyn Text,
    rows: Vec<Row>,
    next: Option<String>,
}

struct Row {
    href: String,
    label: String,
    login_server: String,
    /// This and what follows is for those who may manage it.
    sku: String,
    location: String,
    resource_group: String,
}

/// `GET /portal/registries`.
pub(crate) async fn get(visitor: Visitor) -> Response {
    answered(&visitor, page(&visitor).await)
}

async fn page(visitor: &Visitor) -> Result<Response, Refusal> {
    let after = visitor.query.find("after").and_then(|name| name.parse().ok());
    // One more than is shown says that there are more.
    let mut seen = openable(visitor, after, ROWS_MAX + 1).await?;
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

/// The registries after `after` that the visitor may open, `count_max` at most. There are at most a few pages to look through.
pub(super) async fn openable(
    visitor: &Visitor,
    mut after: Option<RegistryName>,
    count_max: usize,
) -> Result<Vec<RegistryRow>, Refusal> {
    let mut seen = Vec::new();
    while seen.len() < count_max {
        let found = registries::list(&visitor.ctx, None, after.as_ref()).await?;
        let Some(last) = found.last() else { break };
        after = Some(last.name.clone());
        seen.extend(found.into_iter().filter(|row| may_open(visitor, row)));
    }
    seen.truncate(count_max);
    Ok(seen)
}

/// Says whether the visitor may look at a registry, or else at what it holds.
fn may_open(visitor: &Visitor, row: &RegistryRow) -> bool {
    let scope = scope_of(row);
    visitor.may(READ, &scope)
        || visitor.session.principal.grants_on(&scope).allows(&Access::Catalog)
}

/// The page of a registry: what it holds, for those who may not look at the registry itself.
pub(super) fn link(visitor: &Visitor, row: &RegistryRow) -> String {
    let is_managed = visitor.may(READ, &scope_of(row));
    address(row.name.as_str(), if is_managed { "" } else { "/repositories" })
}

fn shown(visitor: &Visitor, row: &RegistryRow) -> Row {
    let site = &visitor.ctx.site;
    let is_managed = visitor.may(READ, &scope_of(row));
    let managed = |text: &str| if is_managed { text.to_owned() } else { String::new() };
    Row {
        href: link(visitor, row),
        label: row.label.to_string(),
        login_server: login_server(&row.name, &site.registry, &site.domain, &host(&visitor.parts)),
        sku: managed(row.sku.as_str()),
        location: managed(row.location.as_str()),
        resource_group: managed(row.resource_group.as_str()),
    }
}
