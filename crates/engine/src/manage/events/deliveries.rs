//! How the deliveries to a webhook went, attempt by attempt.

use super::NoSuchEvent;
use crate::announce::Sent;
use crate::ctx::Ctx;
use crate::manage::webhooks;
use boathook_core::id::EventId;
use boathook_core::time::Timestamp;
use boathook_store::{
    AttemptRow, DeliveryEntry, DeliveryState, Error, RegistryRow, ResponseRow, WebhookRow,
};
use std::collections::BTreeMap;

/// How many deliveries a page has.
const PAGE_ENTRIES: u32 = 25;
/// How many attempts of a delivery are shown, the latest.
const ATTEMPTS_SHOWN_MAX: u32 = 20;

/// One page of the deliveries to a webhook, newest first.
pub struct DeliveryPage {
    /// The deliveries.
    pub deliveries: Vec<DeliveryView>,
    /// The event to go on after, if there are more.
    pub next: Option<EventId>,
}

/// A delivery as its webhook's owner may see it: no secret is in it.
pub struct DeliveryView {
    /// The event.
    pub id: EventId,
    /// What the receiver gets: JSON.
    pub body: String,
    /// Where it stands.
    pub state: DeliveryState,
    /// How many attempts are over. They may be more than are shown.
    pub attempt_count: u32,
    /// When the next attempt is due; absent where none is planned, one is under way, or the webhook is paused.
    pub next_attempt: Option<Timestamp>,
    /// The latest attempts, newest first.
    pub attempts: Vec<AttemptView>,
}

/// One try of a delivery, as the webhook's owner may see it.
pub struct AttemptView {
    /// Which one it was, the first being 1.
    pub number: u32,
    /// When it began.
    pub started: Timestamp,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
    /// What was sent.
    pub request: RequestView,
    /// What was answered, if anything was.
    pub response: Option<ResponseView>,
    /// What kind of failure it was, and what happened in words.
    pub error: Option<(String, String)>,
}

/// A request as the webhook's owner may see it. Nothing is in it where it was sealed with another key than this server's.
#[derive(Default)]
pub struct RequestView {
    /// Where it went, without userinfo.
    pub uri: String,
    /// Its headers, the values of secret ones masked.
    pub headers: Vec<(String, String)>,
}

/// A response as it is shown.
pub struct ResponseView {
    /// The HTTP status code.
    pub status: u16,
    /// The reason phrase.
    pub reason: String,
    /// The headers, by name.
    pub headers: Vec<(String, String)>,
    /// The beginning of the body.
    pub body: String,
}

/// A page of the deliveries to a webhook, those after the event `after`; `None` where there is no such webhook.
pub async fn deliveries(
    ctx: &Ctx,
    registry: &RegistryRow,
    name: &str,
    after: Option<&EventId>,
) -> Result<Option<DeliveryPage>, Error> {
    let Some(webhook) = webhooks::get(ctx, registry, name).await? else { return Ok(None) };
    let limit = PAGE_ENTRIES + 1;
    let mut entries = ctx.db.deliveries(&webhook.id, after, limit, ATTEMPTS_SHOWN_MAX).await?;
    let has_more = (PAGE_ENTRIES as usize) < entries.len();
    entries.truncate(PAGE_ENTRIES as usize);
    let next = entries.last().filter(|_| has_more).map(|entry| entry.event.clone());
    let deliveries = entries.into_iter().map(|entry| view(ctx, &webhook, entry)).collect();
    Ok(Some(DeliveryPage { deliveries, next }))
}

/// The delivery of one event to a webhook; `None` where there is no such webhook.
pub async fn delivery(
    ctx: &Ctx,
    registry: &RegistryRow,
    name: &str,
    event: &EventId,
) -> Result<Option<Result<DeliveryView, NoSuchEvent>>, Error> {
    let Some(webhook) = webhooks::get(ctx, registry, name).await? else { return Ok(None) };
    let entry = ctx.db.delivery(&webhook.id, event, ATTEMPTS_SHOWN_MAX).await?;
    Ok(Some(entry.map(|entry| view(ctx, &webhook, entry)).ok_or(NoSuchEvent)))
}

fn view(ctx: &Ctx, webhook: &WebhookRow, entry: DeliveryEntry) -> DeliveryView {
    let attempt = |(number, row): (u32, AttemptRow)| {
        let sent = Sent::open(&ctx.seal, &webhook.id, &row.request);
        AttemptView {
            number,
            started: row.started,
            duration_ms: u64::try_from(row.duration_ms).unwrap_or_default(),
            request: sent.map(RequestView::from).unwrap_or_default(),
            response: row.response.map(ResponseView::from),
            error: row.error,
        }
    };
    DeliveryView {
        id: entry.event,
        body: String::from_utf8_lossy(&entry.body).into_owned(),
        state: entry.state,
        attempt_count: entry.attempts,
        next_attempt: entry.next_attempt,
        attempts: entry.latest.into_iter().map(attempt).collect(),
    }
}

impl From<Sent> for RequestView {
    fn from(Sent { uri, headers }: Sent) -> Self {
        Self { uri, headers }
    }
}

impl From<ResponseRow> for ResponseView {
    fn from(row: ResponseRow) -> Self {
        let headers: BTreeMap<String, String> = serde_json::from_str(&row.headers)
            .expect("because headers were printed as an object of strings");
        Self {
            status: row.status,
            reason: row.reason,
            headers: headers.into_iter().collect(),
            body: String::from_utf8_lossy(&row.body).into_owned(),
        }
    }
}
