//! The webhooks of a registry: the list of the how-to, with what ACR leaves out.

use super::{address, answered, registry};
use crate::form::query;
use crate::frame::{Frame, Section};
use crate::refusal::Refusal;
use crate::text::Text;
use crate::visitor::Visitor;
use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use boathook_core::webhook::Status;
use boathook_engine::WebhookRow;
use boathook_engine::manage::health::{self, Health};
use boathook_engine::manage::webhooks;

const ROUTE: &str = "portal.webhooks";
pub(crate) const READ: &str = "Microsoft.ContainerRegistry/registries/webhooks/read";
pub(super) const WRITE: &str = "Microsoft.ContainerRegistry/registries/webhooks/write";
/// How many webhooks a page shows.
const ROWS_MAX: usize = 50;

#[derive(Template)]
#[template(path = "webhooks.html", blocks = ["rows"])]
struct WebhooksPage {
    frame: Frame,
    t: &'static dyn Text,
    /// The address of this page.
    here: String,
    may_add: bool,
    filter: String,
    rows: Vec<Row>,
    next: Option<String>,
}

struct Row {
    name: String,
    href: String,
    location: String,
    actions: String,
    scope: String,
    is_enabled: bool,
    mark: Mark,
}

/// How a webhook does, in a word and a colour.
pub(super) struct Mark {
    /// The class of the mark.
    pub(super) class: &'static str,
    pub(super) word: &'static str,
}

impl Mark {
    pub(super) fn new(t: &'static dyn Text, webhook: &WebhookRow, health: Health) -> Self {
        let (class, word) = if webhook.status == Status::Disabled {
            ("none", t.off())
        } else if webhook.paused.is_some() {
            ("bad", t.health_paused())
        } else {
            match health {
                Health::Unknown => ("none", t.health_unknown()),
                Health::Good => ("good", t.health_good()),
                Health::Waiting => ("none", t.health_waiting()),
                Health::Failing => ("bad", t.health_failing()),
            }
        };
        Self { class, word }
    }
}

/// What a webhook listens to, in ACR's words.
pub(super) fn actions(webhook: &WebhookRow) -> String {
    let actions = webhook.actions.iter().map(|action| action.as_str());
    let extra = webhook.extra_actions.iter().map(|action| action.as_str());
    actions.chain(extra).collect::<Vec<_>>().join(", ")
}

/// `GET …/webhooks`.
pub(crate) async fn get(visitor: Visitor, Path(name): Path<String>) -> Response {
    answered(&visitor, page(&visitor, &name).await)
}

async fn page(visitor: &Visitor, name: &str) -> Result<Response, Refusal> {
    let (row, scope) = registry(visitor, name).await?;
    visitor.must(READ, &scope)?;
    let filter = visitor.query.text("filter").trim().to_lowercase();
    let after = visitor.query.text("after").to_lowercase();
    let mut found = if filter.is_empty() {
        // One more than is shown says that there are more.
        let limit = u32::try_from(ROWS_MAX + 1).expect("a page is small");
        webhooks::page(&visitor.ctx, &row, &after, limit).await?
    } else {
        // What a filter wants may be any of them, of which a registry has no more than its quota.
        let mut all = webhooks::list(&visitor.ctx, &row).await?;
        all.retain(|webhook| after < webhook.name.key() && matches(webhook, &filter));
        all
    };
    let has_more = ROWS_MAX < found.len();
    found.truncate(ROWS_MAX);
    let here = address(row.name.as_str(), "/webhooks");
    let last = found.last().filter(|_| has_more);
    let next = last.map(|last| {
        format!("{here}?{}&{}", query("filter", &filter), query("after", last.name.as_str()))
    });
    let health = health::of(&visitor.ctx, &found).await?;
    let t = visitor.look.text();
    let rows = found.iter().zip(health).map(|(webhook, health)| Row {
        name: webhook.name.to_string(),
        href: format!("{here}/{}", webhook.name),
        location: webhook.place.region.to_string(),
        actions: actions(webhook),
        scope: webhook.scope.as_str().to_owned(),
        is_enabled: webhook.status == Status::Enabled,
        mark: Mark::new(t, webhook, health),
    });
    let page = WebhooksPage {
        frame: Frame::of(visitor, &row, Section::Webhooks),
        t,
        may_add: visitor.may(WRITE, &scope),
        filter: visitor.query.text("filter").to_owned(),
        rows: rows.collect(),
        here,
        next,
    };
    let html = if visitor.wants_part() { page.as_rows().render() } else { page.render() };
    Ok(visitor.show(ROUTE, html))
}

/// Says whether a webhook has a text in its name, its location or its scope, or in ACR's words for its actions and status.
fn matches(webhook: &WebhookRow, filter: &str) -> bool {
    webhook.name.key().contains(filter)
        || webhook.place.region.as_str().contains(filter)
        || webhook.scope.as_str().to_lowercase().contains(filter)
        || actions(webhook).contains(filter)
        || webhook.status.as_str().contains(filter)
}
