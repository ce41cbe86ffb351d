//! The events of a webhook's page: the first time, further back, filtered, and as they come.

use super::answered;
use super::event::{LIST_DELIVERIES, answer};
use super::webhook::{LIST_EVENTS, address_of, find};
use crate::form::query;
use crate::frame::told;
use crate::language::Language;
use crate::refusal::Refusal;
use crate::text::Text;
use crate::time::Moment;
use crate::visitor::{Guest, Visitor};
use askama::Template;
use axum::extract::Path;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use boathook_core::id::EventId;
use boathook_core::role::RoleScope;
use boathook_core::time::Timestamp;
use boathook_engine::live::{self, EVENTS_SHOWN};
use boathook_engine::manage::events::{self, EventLines};
use boathook_engine::{DeliveryState, EventLine, RegistryRow, WebhookRow};
use futures_util::{StreamExt, stream};
use serde::Deserialize;
use std::convert::Infallible;
use std::time::Duration;

/// How many events one request looks through for those that a filter wants.
const LOOKED_MAX: u32 = 200;
/// How long events come before the page has to ask anew, and its reader's session is looked at again.
const LIVE_AGE_MAX: Duration = Duration::from_mins(5);
/// How often a page that has nothing new is told so, which finds out pages that have gone.
const ALIVE_EVERY: Duration = Duration::from_secs(15);
const ROUTE: &str = "portal.live";

/// Where the links of the table lead.
pub(super) struct Way {
    /// The address of the webhook's page.
    here: String,
    /// Whether the visitor may see the attempts of an event.
    may_open: bool,
}

impl Way {
    pub(super) fn to(
        visitor: &Visitor,
        row: &RegistryRow,
        scope: &RoleScope,
        webhook: &WebhookRow,
    ) -> Self {
        let may_open = visitor.may(LIST_DELIVERIES, scope);
        Self { here: address_of(row, webhook), may_open }
    }

    /// What the tables of a webhook's events differ in, of one page and another.
    fn kind(&self, language: Language) -> &'static str {
        match (language, self.may_open) {
            (Language::English, true) => "en with attempts",
            (Language::English, false) => "en",
            (Language::TraditionalChinese, true) => "zh-Hant with attempts",
            (Language::TraditionalChinese, false) => "zh-Hant",
        }
    }
}

/// The table of the events, and the link to older ones.
#[derive(Template)]
#[template(path = "webhook_events.html")]
pub(super) struct Events {
    t: &'static dyn Text,
    is_filtered: bool,
    /// How many events were looked at for what the filter wants.
    looked_count: usize,
    rows: Vec<EventRow>,
    next: Option<String>,
}

/// One line of the events.
struct EventRow {
    id: String,
    /// Where its attempts are, if the visitor may see them.
    href: Option<String>,
    action: String,
    image: String,
    /// The response, or what is said instead of it.
    status: String,
    /// The class of the mark, and its word.
    mark: (&'static str, &'static str),
    at: Option<Moment>,
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

impl Events {
    /// What the visitor asks for: all events, or those that a filter wants, from some place on.
    pub(super) async fn asked(
        visitor: &Visitor,
        webhook: &WebhookRow,
        way: &Way,
    ) -> Result<Self, Refusal> {
        let typed = visitor.query.text("filter");
        let after = visitor.query.find("after").filter(|after| !after.is_empty());
        let after = after.map(|after| EventId::new(after.to_ascii_lowercase()));
        let limit = if typed.trim().is_empty() { EVENTS_SHOWN } else { LOOKED_MAX };
        let page = events::lines(&visitor.ctx, &webhook.id, after.as_ref(), limit).await?;
        Ok(Self::of(visitor.look.text(), way, &page, typed))
    }

    /// The events of a page that a filter wants; all of them where nothing is typed into it.
    fn of(t: &'static dyn Text, way: &Way, page: &EventLines, typed: &str) -> Self {
        let filter = typed.trim().to_lowercase();
        let shown = page.events.iter().map(|event| EventRow::new(t, way, event));
        let rows: Vec<_> =
            shown.filter(|row| row.matches(&filter)).take(EVENTS_SHOWN as usize).collect();
        let is_full = rows.len() == EVENTS_SHOWN as usize;
        // Behind the last one that is shown, or where nothing more was found, behind the last one that was looked at.
        let last = rows.last().filter(|_| is_full && !filter.is_empty());
        let last = last.map(|row| row.id.clone());
        let next = last.or_else(|| page.next.as_ref().map(ToString::to_string));
        let link = |next: String| {
            format!("{}?{}&{}", way.here, query("filter", typed), query("after", &next))
        };
        let looked_count = page.events.len();
        Self { t, is_filtered: !filter.is_empty(), looked_count, rows, next: next.map(link) }
    }
}

/// `GET …/webhooks/{webhook}/live`: the latest events whenever one of them has changed, as server-sent events (HTML
/// standard §9.2). All pages that follow a webhook wait for the same look at the database.
///
/// Whoever only has it open does not use their session.
pub(crate) async fn live(guest: Guest, Path((name, webhook)): Path<(String, String)>) -> Response {
    let visitor = match Visitor::of(guest) {
        Ok(visitor) => visitor,
        Err(response) => return *response,
    };
    let begun = async {
        let (row, scope, webhook) = find(&visitor, &name, &webhook).await?;
        visitor.must(LIST_EVENTS, &scope)?;
        let pages = live::watch(&visitor.ctx, &webhook, &visitor.session.principal.id)?;
        let way = Way::to(&visitor, &row, &scope, &webhook);
        let (t, kind) = (visitor.look.text(), way.kind(visitor.look.language));
        let changes = stream::unfold(pages, async |mut pages| Some((pages.next().await?, pages)));
        let events = changes.map(move |latest| {
            let html = latest.shown(kind, |page| {
                let html = Events::of(t, &way, page, "").render();
                html.expect("because strings are always printable")
            });
            Ok::<_, Infallible>(Event::default().data(html))
        });
        // Its end is that of the server too.
        let tasks = visitor.ctx.tasks.clone();
        let events = events.take_until(async move { tasks.pause(LIVE_AGE_MAX).await });
        let alive = KeepAlive::new().interval(ALIVE_EVERY);
        let mut response = Sse::new(events).keep_alive(alive).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        // A proxy that collects answers before it passes them on would keep the events.
        let buffering = HeaderName::from_static("x-accel-buffering");
        headers.insert(buffering, HeaderValue::from_static("no"));
        Ok(told(response, Some(&visitor.session), ROUTE))
    };
    answered(&visitor, begun.await)
}

/// What an event tells of, in ACR's word.
pub(super) fn action(body: &[u8]) -> String {
    serde_json::from_slice::<Told>(body).unwrap_or_default().action
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
    fn new(t: &'static dyn Text, way: &Way, event: &EventLine) -> Self {
        let told: Told = serde_json::from_slice(&event.body).unwrap_or_default();
        let at = told.timestamp.parse::<Timestamp>().ok().map(Moment::from);
        let status = event.answer.as_ref().map(|(status, reason)| answer(*status, reason));
        let mark = mark(t, event.state, event.attempts);
        Self {
            href: way.may_open.then(|| format!("{}/events/{}", way.here, event.event)),
            id: event.event.to_string(),
            action: told.action,
            image: told.target.map_or_else(String::new, Subject::image),
            status: status
                .or_else(|| event.error_class.as_deref().map(|class| t.failure(class).to_owned()))
                .unwrap_or_else(|| mark.1.to_owned()),
            mark,
            at,
        }
    }

    fn matches(&self, filter: &str) -> bool {
        filter.is_empty()
            || [&self.id, &self.action, &self.image, &self.status]
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
