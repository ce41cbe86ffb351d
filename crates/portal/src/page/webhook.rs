//! A webhook: what it is, what it was sent, and the buttons of the how-to.

use super::webhooks::{Mark, READ, WRITE, actions};
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
use boathook_core::id::EventId;
use boathook_core::role::RoleScope;
use boathook_core::time::Timestamp;
use boathook_core::webhook::Status;
use boathook_engine::manage::events::{self, EventView};
use boathook_engine::manage::health::{self, Health};
use boathook_engine::manage::target::Target;
use boathook_engine::manage::{etag, webhooks};
use boathook_engine::{DeliveryState, RegistryRow, WebhookRow};
use boathook_wire::arm::condition::Condition;
use serde::Deserialize;

const ROUTE: &str = "portal.webhook";
pub(super) const LIST_EVENTS: &str =
    "Microsoft.ContainerRegistry/registries/webhooks/listEvents/action";
const PING: &str = "Microsoft.ContainerRegistry/registries/webhooks/ping/action";
const DELETE: &str = "Microsoft.ContainerRegistry/registries/webhooks/delete";
const CALLBACK: &str = "Microsoft.ContainerRegistry/registries/webhooks/getCallbackConfig/action";
/// How many events a page shows.
const ROWS_MAX: u32 = 50;
/// How many events one request looks through for those that a filter wants.
const LOOKED_MAX: u32 = 500;

#[derive(Template)]
#[template(path = "webhook.html", blocks = ["events"])]
struct WebhookPage {
    frame: Frame,
    t: &'static dyn Text,
    /// The address of this page.
    here: String,
    list: String,
    name: String,
    location: String,
    actions: String,
    scope: String,
    is_enabled: bool,
    paused: Option<(Moment, String)>,
    mark: Mark,
    service_uri: Option<String>,
    created: (Moment, String),
    updated: (Moment, String),
    may: May,
    filter: String,
    events: Option<Vec<EventRow>>,
    next: Option<String>,
}

/// Which buttons there are.
struct May {
    ping: bool,
    write: bool,
    delete: bool,
}

/// One line of the events.
pub(super) struct EventRow {
    pub(super) id: String,
    pub(super) href: String,
    pub(super) action: String,
    pub(super) image: String,
    /// The response, or what is said instead of it.
    pub(super) status: String,
    /// The class of the mark, and its word.
    pub(super) mark: (&'static str, &'static str),
    pub(super) at: Option<Moment>,
}

/// What a row shows of an event's body.
#[derive(Default, Deserialize)]
struct Told {
    #[serde(default)]
    action: String,
    #[serde(default)]
    timestamp: String,
    #[serde(default)]
    target: Option<Subject>,
}

#[derive(Default, Deserialize)]
struct Subject {
    #[serde(default)]
    repository: Option<String>,
    #[serde(default)]
    tag: Option<String>,
    #[serde(default)]
    digest: Option<String>,
}

/// A webhook that the visitor may look at.
pub(super) async fn find(
    visitor: &Visitor,
    name: &str,
    webhook: &str,
) -> Result<(RegistryRow, RoleScope, WebhookRow), Refusal> {
    let (row, scope) = registry(visitor, name).await?;
    visitor.must(READ, &scope)?;
    let webhook = webhooks::get(&visitor.ctx, &row, webhook).await?.ok_or(Refusal::Gone)?;
    Ok((row, scope, webhook))
}

/// Where a webhook points, if the visitor may see that and it can be opened.
pub(super) async fn target(
    visitor: &Visitor,
    row: &RegistryRow,
    scope: &RoleScope,
    webhook: &WebhookRow,
) -> Result<Option<Target>, Refusal> {
    if !visitor.may(CALLBACK, scope) {
        return Ok(None);
    }
    let opened = webhooks::callback(&visitor.ctx, row, webhook.name.as_str()).await?;
    Ok(opened.and_then(Result::ok))
}

/// `GET …/webhooks/{webhook}`.
pub(crate) async fn get(
    visitor: Visitor,
    Path((name, webhook)): Path<(String, String)>,
) -> Response {
    answered(&visitor, page(&visitor, &name, &webhook).await)
}

async fn page(visitor: &Visitor, name: &str, webhook: &str) -> Result<Response, Refusal> {
    let (row, scope, webhook) = find(visitor, name, webhook).await?;
    let (ctx, t) = (&visitor.ctx, visitor.look.text());
    let list = address(row.name.as_str(), "/webhooks");
    let here = format!("{list}/{}", webhook.name);
    let (mut events, mut next) = (None, None);
    if visitor.may(LIST_EVENTS, &scope) {
        let (rows, after) = rows(visitor, &webhook, &here).await?;
        let filter = visitor.query.text("filter");
        next = after.map(|after| {
            format!("{here}?{}&{}", query("filter", filter), query("after", after.as_str()))
        });
        events = Some(rows);
    }
    let health = health::of(ctx, std::slice::from_ref(&webhook)).await?;
    let target = target(visitor, &row, &scope, &webhook).await?;
    let who = |(at, by): &(Timestamp, String)| ((*at).into(), by.clone());
    let page = WebhookPage {
        frame: Frame::of(visitor, &row, Section::Webhooks),
        t,
        name: webhook.name.to_string(),
        location: webhook.place.region.to_string(),
        actions: actions(&webhook),
        scope: webhook.scope.as_str().to_owned(),
        is_enabled: webhook.status == Status::Enabled,
        paused: webhook.paused.clone().map(|(since, reason)| (since.into(), reason)),
        mark: Mark::new(t, &webhook, health.first().copied().unwrap_or(Health::Unknown)),
        // Without what may be a password in it.
        service_uri: target.map(|target| target.uri.request_uri()),
        created: who(&webhook.created),
        updated: who(&webhook.updated),
        may: May {
            ping: visitor.may(PING, &scope),
            write: visitor.may(WRITE, &scope),
            delete: visitor.may(DELETE, &scope),
        },
        filter: visitor.query.text("filter").to_owned(),
        events,
        next,
        here,
        list,
    };
    let html = if visitor.wants_part() { page.as_events().render() } else { page.render() };
    Ok(visitor.show(ROUTE, html))
}

/// The events that the filter wants, and the one that the next page begins behind.
async fn rows(
    visitor: &Visitor,
    webhook: &WebhookRow,
    here: &str,
) -> Result<(Vec<EventRow>, Option<EventId>), Refusal> {
    let (t, filter) = (visitor.look.text(), visitor.query.text("filter").trim().to_lowercase());
    let after = visitor.query.find("after").filter(|after| !after.is_empty());
    let after = after.map(|after| EventId::new(after.to_ascii_lowercase()));
    let limit = if filter.is_empty() { ROWS_MAX } else { LOOKED_MAX };
    let page = events::page(&visitor.ctx, webhook, after.as_ref(), limit).await?;
    let (mut rows, mut next) = (Vec::new(), page.next);
    for event in page.events {
        let id = event.id.clone();
        let row = EventRow::new(t, here, event);
        if filter.is_empty() || row.matches(&filter) {
            rows.push(row);
            if rows.len() == ROWS_MAX as usize && !filter.is_empty() {
                next = Some(id);
                break;
            }
        }
    }
    Ok((rows, next))
}

/// Where a delivery stands: the class of the mark, and its word.
pub(super) fn mark(
    t: &'static dyn Text,
    state: DeliveryState,
    attempts: u32,
) -> (&'static str, &'static str) {
    match (state, attempts) {
        (DeliveryState::Delivered, _) => ("good", t.delivered()),
        (DeliveryState::Pending, 0) => ("none", t.waiting()),
        (DeliveryState::Pending, _) => ("bad", t.retrying()),
        (DeliveryState::Dead, _) => ("bad", t.dead()),
        (DeliveryState::Cancelled, _) => ("none", t.cancelled()),
    }
}

impl EventRow {
    pub(super) fn new(t: &'static dyn Text, here: &str, event: EventView) -> Self {
        let told: Told = serde_json::from_slice(&event.body).unwrap_or_default();
        let at = told.timestamp.parse::<Timestamp>().ok().map(Moment::from);
        let response = event.response.as_ref();
        let status = response.map(|response| format!("{} {}", response.status, response.reason));
        let mark = mark(t, event.state, event.attempts);
        Self {
            href: format!("{here}/events/{}", event.id),
            id: event.id.to_string(),
            action: told.action,
            image: told.target.map_or_else(String::new, Subject::image),
            status: status
                .or_else(|| event.error.map(|(class, _)| class))
                .unwrap_or_else(|| mark.1.to_owned()),
            mark,
            at,
        }
    }

    fn matches(&self, filter: &str) -> bool {
        [&self.id, &self.action, &self.image, &self.status]
            .iter()
            .any(|text| text.to_lowercase().contains(filter))
    }
}

impl Subject {
    /// The image as ACR's list names it: with its tag, or its digest where it has none.
    fn image(self) -> String {
        let repository = self.repository.unwrap_or_default();
        match (self.tag, self.digest) {
            (Some(tag), _) => format!("{repository}:{tag}"),
            (None, Some(digest)) => format!("{repository}@{digest}"),
            (None, None) => repository,
        }
    }
}

/// `POST …/webhooks/{webhook}/ping`.
pub(crate) async fn ping(
    Path((name, webhook)): Path<(String, String)>,
    Sent { visitor, .. }: Sent,
) -> Response {
    let pinged = async {
        let (row, scope, webhook) = find(&visitor, &name, &webhook).await?;
        visitor.must(PING, &scope)?;
        let name = webhook.name.as_str();
        events::ping(&visitor.ctx, &row, name).await?.ok_or(Refusal::Gone)?;
        let here = address(row.name.as_str(), &format!("/webhooks/{name}?done=pinged"));
        Ok(visitor.go_on("portal.ping", &here))
    };
    answered(&visitor, pinged.await)
}

#[derive(Template)]
#[template(path = "webhook_delete.html")]
struct DeletePage {
    frame: Frame,
    t: &'static dyn Text,
    here: String,
    name: String,
    etag: String,
}

/// `GET …/webhooks/{webhook}/delete`: says what goes.
pub(crate) async fn ask_to_delete(
    visitor: Visitor,
    Path((name, webhook)): Path<(String, String)>,
) -> Response {
    let asked = async {
        let (row, scope, webhook) = find(&visitor, &name, &webhook).await?;
        visitor.must(DELETE, &scope)?;
        let page = DeletePage {
            frame: Frame::of(&visitor, &row, Section::Webhooks),
            t: visitor.look.text(),
            here: address(row.name.as_str(), &format!("/webhooks/{}", webhook.name)),
            name: webhook.name.to_string(),
            etag: etag::of(&webhook),
        };
        Ok(visitor.show("portal.deleteWebhook", page.render()))
    };
    answered(&visitor, asked.await)
}

/// `POST …/webhooks/{webhook}/delete`.
pub(crate) async fn delete(
    Path((name, webhook)): Path<(String, String)>,
    Sent { visitor, fields }: Sent,
) -> Response {
    let deleted = async {
        let (row, scope, webhook) = find(&visitor, &name, &webhook).await?;
        visitor.must(DELETE, &scope)?;
        let (condition, actor) = (seen(fields.text("etag")), visitor.actor());
        let name = webhook.name.as_str();
        let removed = webhooks::delete(&visitor.ctx, &row, name, &condition, &actor).await?;
        removed.map_err(|_| Refusal::Stale)?;
        let list = address(row.name.as_str(), "/webhooks?done=deleted");
        Ok(visitor.go_on("portal.deleteWebhook", &list))
    };
    answered(&visitor, deleted.await)
}

/// The condition that a webhook is as its page has shown it.
pub(super) fn seen(etag: &str) -> Condition {
    Condition::parse(Some(&format!("\"{}\"", etag.replace('"', ""))), None).unwrap_or_default()
}
