//! Storage: what a registry holds, and the collection of what nobody needs.

use super::registry::bytes;
use super::{address, answered, registry};
use crate::form::query;
use crate::frame::{Frame, Section};
use crate::refusal::Refusal;
use crate::text::Text;
use crate::time::Moment;
use crate::visitor::{Sent, Visitor};
use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use boathook_engine::RegistryRow;
use boathook_engine::manage::garbage::{self, Amount, CollectionRow, Report};
use boathook_engine::operations::{self, Kind};

const ROUTE: &str = "portal.storage";
pub(crate) const READ: &str = "Microsoft.ContainerRegistry/registries/collectGarbage/read";
const COLLECT: &str = "Microsoft.ContainerRegistry/registries/collectGarbage/action";

#[derive(Template)]
#[template(path = "storage.html")]
struct StoragePage {
    frame: Frame,
    t: &'static dyn Text,
    here: String,
    may_collect: bool,
    collects: bool,
    grace: String,
    asked: Option<Asked>,
    rows: Vec<Row>,
}

/// A collection, or a look at what would go, that somebody has asked for.
struct Asked {
    here: String,
    state: &'static str,
    is_under_way: bool,
    failure: Option<String>,
    is_dry_run: bool,
    due: Shown,
    waiting: Shown,
    /// When the first of what waits goes, and when the last.
    from_to: Option<(Moment, Moment)>,
    freed: Shown,
}

/// An amount of what nobody needs.
struct Shown {
    blobs: u64,
    bytes: String,
}

/// The last collection of a region.
struct Row {
    region: String,
    started: Moment,
    ended: Option<Moment>,
    state: &'static str,
    freed: Shown,
}

/// `GET …/storage`.
pub(crate) async fn get(visitor: Visitor, Path(name): Path<String>) -> Response {
    answered(&visitor, page(&visitor, &name).await)
}

async fn page(visitor: &Visitor, name: &str) -> Result<Response, Refusal> {
    let (row, scope) = registry(visitor, name).await?;
    visitor.must(READ, &scope)?;
    let (ctx, t) = (&visitor.ctx, visitor.look.text());
    let here = address(row.name.as_str(), "/storage");
    let mut rows = Vec::new();
    for last in garbage::last(ctx, &row.name).await? {
        let is_under_way = garbage::is_under_way(ctx, &last).await?;
        rows.push(Row::new(t, &last, is_under_way));
    }
    let page = StoragePage {
        frame: Frame::of(visitor, &row, Section::Storage),
        t,
        may_collect: visitor.may(COLLECT, &scope),
        collects: ctx.limits.collects,
        grace: t.hours(ctx.limits.collection_grace.as_secs() / 3_600),
        asked: match visitor.query.find("operation") {
            Some(id) => Some(asked(visitor, &row, id, &here).await?),
            None => None,
        },
        rows,
        here,
    };
    Ok(visitor.show(ROUTE, page.render()))
}

/// What has become of what was asked for. Nobody learns here of another registry's operations.
async fn asked(
    visitor: &Visitor,
    row: &RegistryRow,
    id: &str,
    here: &str,
) -> Result<Asked, Refusal> {
    let found = operations::get(&visitor.ctx, id).await?;
    let found = found.filter(|operation| {
        operation.registry.as_ref() == Some(&row.name)
            && Kind::parse(&operation.kind) == Some(Kind::CollectGarbage)
    });
    let operation = found.ok_or(Refusal::Gone)?;
    let t = visitor.look.text();
    let failure = operation.end.as_ref().and_then(|end| end.failure.as_ref());
    let state = match (&operation.end, failure) {
        (None, _) => t.under_way(),
        (Some(_), None) => t.ended(),
        (Some(_), Some(_)) => t.ended_badly(),
    };
    // Before it has begun, nothing is known of it.
    let report = Report::of(&operation);
    let waiting = report.as_ref().map(Report::waiting).unwrap_or_default();
    let amount = |of: fn(&Report) -> Amount| report.as_ref().map(of).unwrap_or_default();
    Ok(Asked {
        here: format!("{here}?{}", query("operation", id)),
        state,
        is_under_way: operation.end.is_none(),
        failure: failure.map(|failure| failure.message.clone()),
        is_dry_run: report.as_ref().is_some_and(|report| report.is_dry_run),
        due: amount(|report| report.due).into(),
        freed: amount(|report| report.freed).into(),
        waiting: waiting.amount.into(),
        from_to: waiting.from_to.map(|(first, last)| (first.into(), last.into())),
    })
}

impl Row {
    fn new(t: &'static dyn Text, row: &CollectionRow, is_under_way: bool) -> Self {
        let freed = Amount { links: row.link_count, blobs: row.blob_count, bytes: row.blob_bytes };
        Self {
            region: row.region.to_string(),
            started: row.started.into(),
            ended: row.ended.map(Moment::from),
            state: match row.ended {
                Some(_) => t.ended(),
                None if is_under_way => t.under_way(),
                None => t.ended_badly(),
            },
            freed: freed.into(),
        }
    }
}

impl From<Amount> for Shown {
    fn from(amount: Amount) -> Self {
        let size = i64::try_from(amount.bytes).unwrap_or(i64::MAX);
        Self { blobs: amount.blobs, bytes: bytes(size) }
    }
}

/// `POST …/storage`: begins a collection, or a look at what would go.
pub(crate) async fn post(Path(name): Path<String>, Sent { visitor, fields }: Sent) -> Response {
    let begun = async {
        let (row, scope) = registry(&visitor, &name).await?;
        visitor.must(COLLECT, &scope)?;
        let is_dry_run = fields.text("do") != "collect";
        let begun = garbage::begin(&visitor.ctx, &row, is_dry_run, &visitor.actor()).await?;
        let operation = begun.map_err(|refusal| Refusal::NotNow(refusal.to_string()))?;
        let to = format!("/storage?{}", query("operation", &operation.id));
        Ok(visitor.go_on(ROUTE, &address(row.name.as_str(), &to)))
    };
    answered(&visitor, begun.await)
}
