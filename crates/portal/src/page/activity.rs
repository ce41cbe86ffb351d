//! The audit log: who changed what, newest first.

use super::answered;
use crate::form::encode;
use crate::frame::Frame;
use crate::refusal::Refusal;
use crate::room::{Room, cut, escaped};
use crate::text::Text;
use crate::time::Moment;
use crate::visitor::Visitor;
use askama::Template;
use axum::response::Response;
use boathook_core::defaults::SUBSCRIPTION_ID;
use boathook_core::id::AuditId;
use boathook_core::role::RoleScope;
use boathook_engine::AuditRow;
use boathook_engine::manage::activity;
use boathook_wire::arm::activity::Filter;
use std::collections::BTreeMap;

const ROUTE: &str = "portal.activity";
pub(crate) const READ: &str = "Microsoft.Insights/eventtypes/values/read";
/// How many entries a page shows.
const ROWS_MAX: usize = 50;
/// How much HTML all rows are at most, how much of one is always there, and what its details may have, in bytes.
const HTML_BYTES_MAX: usize = 42_000;
const ROW_BYTES: usize = 505;
const DETAILS_BYTES_MAX: usize = 4_000;

#[derive(Template)]
#[template(path = "activity.html")]
struct ActivityPage {
    frame: Frame,
    t: &'static dyn Text,
    caller: String,
    resource_group: String,
    rows: Vec<Row>,
    next: Option<String>,
}

struct Row {
    at: Moment,
    caller: String,
    /// What the caller is called, if that is known.
    name: Option<String>,
    action: String,
    resource: String,
    request: String,
    details: String,
}

/// `GET /portal/activity`.
pub(crate) async fn get(visitor: Visitor) -> Response {
    answered(&visitor, page(&visitor).await)
}

async fn page(visitor: &Visitor) -> Result<Response, Refusal> {
    visitor.must(READ, &RoleScope::Subscription)?;
    let typed = |name| visitor.query.text(name).trim().to_owned();
    let (caller, resource_group) = (typed("caller"), typed("group"));
    let asked = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
    let filter = Filter {
        caller: asked(&caller),
        resource_group: asked(&resource_group),
        ..Filter::default()
    };
    let before = visitor.query.find("before").and_then(AuditId::parse);
    let found = activity::list(&visitor.ctx, &filter, before.as_ref()).await?;
    let mut entries = found.entries;
    // What is shown is less than what the API lists: a page stays small.
    let next = match entries.get(ROWS_MAX - 1) {
        Some(last) if ROWS_MAX < entries.len() => Some(last.id.clone()),
        _ => found.next,
    };
    entries.truncate(ROWS_MAX);
    let names = visitor.all_called(entries.iter().map(|entry| entry.caller.as_str())).await?;
    let ids: Vec<_> = entries.iter().map(|entry| entry.id.clone()).collect();
    let rows = Room::new(HTML_BYTES_MAX)
        .rows(entries.into_iter().map(|entry| Row::new(entry, &names)), Row::bytes);
    let next = ids[..rows.len()].last().filter(|_| rows.len() < ids.len()).cloned().or(next);
    let link = |next: AuditId| {
        let query =
            [("caller", &caller), ("group", &resource_group), ("before", &next.to_string())];
        let query = query.map(|(name, value)| (name.to_owned(), value.clone()));
        format!("/portal/activity?{}", encode(&query))
    };
    let next = next.map(link);
    let page = ActivityPage {
        frame: Frame::new(&visitor.look, Some(&visitor.session)),
        t: visitor.look.text(),
        rows,
        caller,
        resource_group,
        next,
    };
    Ok(visitor.show(ROUTE, page.render()))
}

impl Row {
    fn new(row: AuditRow, names: &BTreeMap<String, String>) -> Self {
        // All that there is, is in one subscription.
        let subscription = format!("/subscriptions/{SUBSCRIPTION_ID}");
        let resource = row.resource.strip_prefix(&subscription).unwrap_or(&row.resource).to_owned();
        Self {
            at: row.at.into(),
            name: names.get(&row.caller).filter(|name| **name != row.caller).cloned(),
            caller: row.caller,
            action: row.action,
            resource,
            request: row.request,
            details: if row.details == "{}" {
                String::new()
            } else {
                cut(&row.details, DETAILS_BYTES_MAX)
            },
        }
    }
}

impl Row {
    /// How much HTML it is at most, in bytes.
    fn bytes(&self) -> usize {
        let texts = [&self.caller, &self.action, &self.resource, &self.request, &self.details];
        let texts = texts.into_iter().chain(&self.name);
        ROW_BYTES + texts.map(|text| escaped(text)).sum::<usize>()
    }
}
