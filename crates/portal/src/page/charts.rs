//! The charts of a registry: the repositories that have any, and the versions in one of them.

use super::answered;
use crate::content::{Content, RegionChoice, amount, named};
use crate::frame::{Frame, Section};
use crate::refusal::Refusal;
use crate::room::{Room, escaped};
use crate::text::Text;
use crate::time::Moment;
use crate::visitor::Visitor;
use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use boathook_core::grant::Permission;
use boathook_core::name::Repository;
use boathook_engine::charts::shelf::{self, ListedChart};

const ROUTE: &str = "portal.charts";
/// How many rows a page shows.
const ROWS_MAX: u32 = 50;
/// How much HTML all rows are at most, and how much of one is always there, in bytes.
const HTML_BYTES_MAX: usize = 40_000;
const ROW_BYTES: usize = 430;
/// The same around the name of a repository.
const NAME_BYTES: usize = 110;

#[derive(Template)]
#[template(path = "charts.html")]
struct ChartsPage {
    frame: Frame,
    t: &'static dyn Text,
    here: String,
    regions: Vec<RegionChoice>,
    /// The repositories, and their charts' pages.
    rows: Vec<(String, String)>,
    next: Option<String>,
}

#[derive(Template)]
#[template(path = "chart_versions.html")]
struct VersionsPage {
    frame: Frame,
    t: &'static dyn Text,
    list: String,
    repository: String,
    /// The repository's own page.
    href: String,
    rows: Vec<Row>,
    next: Option<String>,
}

struct Row {
    name: String,
    version: String,
    href: String,
    size: String,
    pushed: Moment,
}

/// `GET …/charts`, and `GET …/charts?repository=`.
pub(crate) async fn get(visitor: Visitor, Path(registry): Path<String>) -> Response {
    let shown = async {
        let content = Content::of(&visitor, &registry).await?;
        match visitor.query.text("repository") {
            "" => repositories(&visitor, &content).await,
            name => versions(&visitor, &content, named(name)?).await,
        }
    };
    answered(&visitor, shown.await)
}

async fn repositories(visitor: &Visitor, content: &Content) -> Result<Response, Refusal> {
    content.must_list()?;
    let after = visitor.query.text("after");
    let (found, next) = shelf::repositories(&visitor.ctx, &content.place, after, ROWS_MAX).await?;
    let row = |name: &Repository| {
        (name.to_string(), content.link("/charts", &[("repository", name.as_str())]))
    };
    let bytes = |(name, href): &(String, String)| NAME_BYTES + name.len() + escaped(href);
    let rows = Room::new(HTML_BYTES_MAX).rows(found.iter().map(row), bytes);
    let next = found[..rows.len()]
        .last()
        .filter(|_| rows.len() < found.len())
        .map(ToString::to_string)
        .or(next);
    let page = ChartsPage {
        frame: content.frame(visitor, Section::Charts),
        t: visitor.look.text(),
        here: visitor.parts.uri.path().to_owned(),
        regions: content.regions(),
        next: next.map(|last| content.link("/charts", &[("after", &last)])),
        rows,
    };
    Ok(visitor.show(ROUTE, page.render()))
}

/// Goes on only if the visitor may pull a repository's charts through every door that there is to them.
pub(super) fn must_pull(content: &Content, name: &Repository) -> Result<(), Refusal> {
    content.must_pull_charts(name)?;
    content.must(name, Permission::Pull)
}

async fn versions(
    visitor: &Visitor,
    content: &Content,
    name: Repository,
) -> Result<Response, Refusal> {
    must_pull(content, &name)?;
    let (ctx, place, after) = (&visitor.ctx, &content.place, visitor.query.text("after"));
    let sight = content.sight(&name);
    let (found, next) = shelf::versions(ctx, place, &name, sight, after, ROWS_MAX).await??;
    if found.is_empty() && next.is_none() && after.is_empty() {
        return Err(Refusal::Gone);
    }
    let of = ("repository", name.as_str());
    let row = |chart: &ListedChart| Row {
        name: chart.name.to_string(),
        version: chart.version.to_string(),
        href: content.link("/chart", &[of, ("tag", chart.tag.as_str())]),
        size: amount(chart.size),
        pushed: chart.created.into(),
    };
    let bytes = |row: &Row| ROW_BYTES + row.name.len() + row.version.len() + escaped(&row.href);
    let rows = Room::new(HTML_BYTES_MAX).rows(found.iter().map(row), bytes);
    let next = found[..rows.len()]
        .last()
        .filter(|_| rows.len() < found.len())
        .map(|last| shelf::behind(after, last))
        .or(next);
    let page = VersionsPage {
        frame: content.frame(visitor, Section::Charts),
        t: visitor.look.text(),
        list: content.link("/charts", &[]),
        repository: name.to_string(),
        href: content.repository_link(&name),
        next: next.map(|last| content.link("/charts", &[of, ("after", &last)])),
        rows,
    };
    Ok(visitor.show(ROUTE, page.render()))
}
