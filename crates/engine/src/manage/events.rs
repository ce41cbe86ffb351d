//! What a webhook was sent, and pings.

mod deliveries;

pub use deliveries::{
    AttemptView, DeliveryPage, DeliveryView, RequestView, ResponseView, deliveries, delivery,
};

use super::target::Target;
use super::webhooks;
use crate::announce;
use crate::ctx::Ctx;
use boathook_core::id::{EventId, WebhookId};
use boathook_core::retry::RetryPolicy;
use boathook_core::time::Timestamp;
use boathook_store::{
    DeliveryState, Error, EventEntry, EventLine, Redelivery, RegistryRow, ResponseRow, WebhookRow,
};

/// How many events a page has.
const PAGE_ENTRIES: u32 = 100;

/// One page of a webhook's events, newest first.
pub struct EventPage {
    /// The events.
    pub events: Vec<EventView>,
    /// The event to go on after, if there are more.
    pub next: Option<EventId>,
}

/// Some of a webhook's events as a list shows them, newest first.
pub struct EventLines {
    /// The events.
    pub events: Vec<EventLine>,
    /// The event to go on after, if there are more.
    pub next: Option<EventId>,
}

/// An event as its webhook's owner may see it: no secret is in it.
pub struct EventView {
    /// The event.
    pub id: EventId,
    /// What the receiver gets.
    pub body: Vec<u8>,
    /// The request's headers.
    pub headers: Vec<(String, String)>,
    /// Where it went, without userinfo.
    pub request_uri: String,
    /// The latest response.
    pub response: Option<ResponseRow>,
    /// Where the delivery stands.
    pub state: DeliveryState,
    /// How many attempts are over.
    pub attempts: u32,
    /// When the next attempt is due.
    pub next_attempt: Option<Timestamp>,
    /// What kind of failure the latest attempt was, and what happened in words.
    pub error: Option<(String, String)>,
}

/// A page of a webhook's events after the event `after`; `None` where there is no such webhook.
pub async fn list(
    ctx: &Ctx,
    registry: &RegistryRow,
    name: &str,
    after: Option<&EventId>,
) -> Result<Option<EventPage>, Error> {
    match webhooks::get(ctx, registry, name).await? {
        Some(webhook) => page(ctx, &webhook, after).await.map(Some),
        None => Ok(None),
    }
}

/// At most `limit` of a webhook's events after the event `after`, as a list shows them: nothing is unsealed for that.
pub async fn lines(
    ctx: &Ctx,
    webhook: &WebhookId,
    after: Option<&EventId>,
    limit: u32,
) -> Result<EventLines, Error> {
    let mut events = ctx.db.event_lines(webhook, after, limit + 1).await?;
    let has_more = (limit as usize) < events.len();
    events.truncate(limit as usize);
    let next = events.last().filter(|_| has_more).map(|line| line.event.clone());
    Ok(EventLines { events, next })
}

async fn page(
    ctx: &Ctx,
    webhook: &WebhookRow,
    after: Option<&EventId>,
) -> Result<EventPage, Error> {
    let target = Target::open(&ctx.seal, &webhook.id, &webhook.target).ok();
    let limit = PAGE_ENTRIES as usize;
    let mut entries = ctx.db.events(&webhook.id, after, PAGE_ENTRIES + 1).await?;
    let has_more = limit < entries.len();
    entries.truncate(limit);
    let next = entries.last().filter(|_| has_more).map(|entry| entry.event.clone());
    let events =
        entries.into_iter().map(|entry| view(ctx, webhook, target.as_ref(), entry)).collect();
    Ok(EventPage { events, next })
}

/// Sends a ping through the same engine as every event, and answers with its id at once.
pub async fn ping(ctx: &Ctx, registry: &RegistryRow, name: &str) -> Result<Option<EventId>, Error> {
    match webhooks::get(ctx, registry, name).await? {
        Some(webhook) => announce::ping(ctx, &webhook).await.map(Some),
        None => Ok(None),
    }
}

/// Why an event is not sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotRedelivered {
    /// What a disabled webhook has to send is cancelled.
    #[error("the webhook is disabled: update it with `status` `enabled`, and send the event again")]
    Disabled,
    /// There is no such event.
    #[error(transparent)]
    Unknown(#[from] NoSuchEvent),
}

/// Such an event the webhook never had, or it is forgotten.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the webhook has no such event: take an `id` from its events, which are forgotten in time")]
pub struct NoSuchEvent;

/// Sends an event again, whatever came of it, through the same engine as every event: with as much time, and as many tries, as
/// it had when it happened. One that is being tried at this moment is left alone. `None` where there is no such webhook.
pub async fn redeliver(
    ctx: &Ctx,
    registry: &RegistryRow,
    name: &str,
    event: &EventId,
) -> Result<Option<Result<(), NotRedelivered>>, Error> {
    let Some(webhook) = webhooks::get(ctx, registry, name).await? else { return Ok(None) };
    let now = ctx.clock.now();
    let limit = now.after(RetryPolicy::standard().age_max);
    let asked = ctx.db.redeliver(&webhook.place, &webhook.id, event, now, limit).await?;
    Ok(Some(match asked {
        Redelivery::Due | Redelivery::UnderWay => Ok(()),
        Redelivery::Disabled => Err(NotRedelivered::Disabled),
        Redelivery::Unknown => Err(NoSuchEvent.into()),
    }))
}

fn view(ctx: &Ctx, webhook: &WebhookRow, target: Option<&Target>, entry: EventEntry) -> EventView {
    let sent = entry
        .attempt
        .as_ref()
        .and_then(|attempt| announce::Sent::open(&ctx.seal, &webhook.id, &attempt.request));
    // Before its first attempt, an event shows what would be sent now.
    let sent = sent.or_else(|| target.map(|target| announce::Sent::of(target, &entry.body)));
    let (request_uri, headers) = sent.map(|sent| (sent.uri, sent.headers)).unwrap_or_default();
    let (response, error) =
        entry.attempt.map(|attempt| (attempt.response, attempt.error)).unwrap_or_default();
    EventView {
        id: entry.event,
        body: entry.body,
        headers,
        request_uri,
        response,
        state: entry.state,
        attempts: entry.attempts,
        next_attempt: entry.next_attempt,
        error,
    }
}
