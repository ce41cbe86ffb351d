//! Webhooks: how an event that was committed reaches everyone who wants it, and is never lost.
//!
//! # Who is who
//!
//! - The **dispatcher** ([`dispatch`]) turns events into deliveries: one for each webhook that wants the event, in one
//!   transaction. It takes the leases of first attempts along, so that they need not be claimed again.
//! - The **deliverer** ([`deliver`]) has a lane for each webhook. It sends what its lanes hold, claims what is due when
//!   they run empty, and writes down what came of each attempt.
//! - The **directory** (`directory.rs`) is what both know of webhooks, kept until one of them changes.
//!
//! # What is guaranteed
//!
//! Every event that is committed is announced at least once to every webhook that wanted it when it was dispatched, or its
//! delivery ends as `dead` or `cancelled` where its owner can see it. There is one delivery for an event and a webhook,
//! whoever races. A delivery's body never changes. Nothing here makes a push wait.
//!
//! A process may die after any line: an event that is not dispatched is found by the next dispatcher; a lease that is not
//! handed back runs out; an attempt whose end was not written is made again, and that is the one way in which a receiver
//! hears of something twice. The lease is never needed for correctness, only to save work.
//!
//! # What one slow receiver costs
//!
//! Its own lane. A lane's window grows with success and halves with failure, down to one attempt at a time, and its queue
//! is bounded by its window; what does not fit waits in the database.

mod attempt;
pub mod deliver;
mod directory;
pub mod dispatch;
mod lane;
mod ledger;
mod sent;

pub use deliver::Deliverer;
pub use dispatch::Dispatcher;
pub use sent::Sent;

use crate::ctx::Ctx;
use boathook_core::event::{Action, Event};
use boathook_core::id::EventId;
use boathook_store::{DeliveryKind, Error, NewDelivery, WebhookRow};

/// How many deliveries are ended in one transaction without an attempt: pushes wait for the same writer.
pub(crate) const SETTLE_MAX: u32 = 250;

/// Records a ping and its delivery; whatever the webhook's status, actions and scope are, it is sent at once.
pub async fn ping(ctx: &Ctx, webhook: &WebhookRow) -> Result<EventId, Error> {
    let now = ctx.clock.now();
    let event = Event {
        id: EventId::new(ctx.ids.uuid()),
        place: webhook.place.clone(),
        action: Action::Ping,
        at: now,
        target: None,
        request: None,
    };
    let delivery = NewDelivery {
        webhook: webhook.id.clone(),
        event: event.id.clone(),
        place: webhook.place.clone(),
        kind: DeliveryKind::Ping,
        is_extended: false,
        due: now,
        lease: None,
        limit: now,
        now,
    };
    ctx.db.commit_ping(crate::registry::record(&event, Vec::new()), delivery).await?;
    Ok(event.id)
}
