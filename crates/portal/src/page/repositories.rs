//! The repositories of a registry, by name.

use super::answered;
use crate::content::{Content, RegionChoice};
use crate::frame::{Frame, Section};
use crate::locks;
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
use boathook_engine::registry::list;
use boathook_engine::registry::records::{self, RepositoryRow, SEVERAL_MAX};

const ROUTE: &str = "portal.repositories";
/// How many repositories a page shows.
const ROWS_MAX: usize = SEVERAL_MAX;
/// How much HTML all rows are at most, and how much of one is always there, in bytes.
const HTML_BYTES_MAX: usize = 42_000;
const ROW_BYTES: usize = 455;
/// How many repositories one request looks through for those that a filter wants.
const LOOKED_MAX: u32 = 2_000;

#[derive(Template)]
#[template(path = "repositories.html", blocks = ["rows"])]
struct RepositoriesPage {
    frame: Frame,
    t: &'static dyn Text,
    /// The address of this page, without its query.
    here: String,
    region: String,
    regions: Vec<RegionChoice>,
    filter: String,
    rows: Vec<Row>,
    next: Option<String>,
}

struct Row {
    name: String,
    href: String,
    /// What is known of it, as far as the visitor may know.
    known: Option<Known>,
}

struct Known {
    tag_count: u64,
    manifest_count: u64,
    updated: Moment,
    locks: String,
}

/// The names that a page shows, and the one that the next begins behind.
struct Names {
    shown: Vec<Repository>,
    next: Option<String>,
}

/// `GET …/repositories`.
pub(crate) async fn get(visitor: Visitor, Path(name): Path<String>) -> Response {
    answered(&visitor, page(&visitor, &name).await)
}

async fn page(visitor: &Visitor, name: &str) -> Result<Response, Refusal> {
    let content = Content::of(visitor, name).await?;
    content.must_list()?;
    let (t, filter) = (visitor.look.text(), visitor.query.text("filter"));
    let names = names(visitor, &content, &filter.trim().to_lowercase()).await?;
    let known = records::repositories(&visitor.ctx, &content.place, &names.shown).await?;
    let row = |name: &Repository| Row {
        href: content.repository_link(name),
        known: known
            .get(name)
            .filter(|_| content.may(name, Permission::MetadataRead))
            .map(|row| Known::new(t, row)),
        name: name.to_string(),
    };
    let after = |last: String| {
        content.link("/repositories", &[("filter", filter.trim()), ("after", &last)])
    };
    let page = RepositoriesPage {
        frame: content.frame(visitor, Section::Repositories),
        t,
        here: visitor.parts.uri.path().to_owned(),
        region: content.region().to_owned(),
        regions: content.regions(),
        filter: filter.to_owned(),
        rows: names.shown.iter().map(row).collect(),
        next: names.next.map(after),
    };
    let html = if visitor.wants_part() { page.as_rows().render() } else { page.render() };
    Ok(visitor.show(ROUTE, html))
}

/// The repositories that the filter wants.
async fn names(visitor: &Visitor, content: &Content, filter: &str) -> Result<Names, Refusal> {
    let limit = match filter {
        "" => u32::try_from(ROWS_MAX).expect("a page is small"),
        _ => LOOKED_MAX,
    };
    let after = visitor.query.text("after");
    let page = list::repositories(&visitor.ctx, &content.place, after, limit).await?;
    let mut room = Room::new(HTML_BYTES_MAX);
    let (mut shown, mut next) =
        (Vec::<Repository>::new(), page.entries.last().filter(|_| page.has_more).cloned());
    for (idx, name) in page.entries.iter().enumerate() {
        if !name.contains(filter) {
            continue;
        }
        let repository = name.parse().expect("because it was stored as a repository's name");
        let bytes = ROW_BYTES + name.len() + escaped(&content.repository_link(&repository));
        if !room.fits(bytes) {
            next = shown.last().map(ToString::to_string);
            break;
        }
        shown.push(repository);
        if shown.len() == ROWS_MAX && (idx + 1 < page.entries.len() || page.has_more) {
            next = Some(name.clone());
            break;
        }
    }
    Ok(Names { shown, next })
}

impl Known {
    fn new(t: &'static dyn Text, row: &RepositoryRow) -> Self {
        Self {
            tag_count: row.tag_count,
            manifest_count: row.manifest_count,
            updated: row.updated.into(),
            locks: locks::summary(t, row.attributes),
        }
    }
}
