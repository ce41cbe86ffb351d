//! Events, and their deliveries to webhooks.
//!
//! # Life of an event
//!
//! 1. [`NewEvent::append`] writes it in the transaction of the change that it tells of. Nothing else happens there.
//! 2. [`Db::dispatch`](crate::Db::dispatch) makes one `delivery` row for each webhook that wants it, marks the event as
//!    dispatched, and forgets it if nobody wants it. Two dispatchers may race: the key of `delivery` lets one win.
//! 3. [`Db::claim`](crate::Db::claim) leases what is due; [`Db::finish`](crate::Db::finish) writes down what came of it.
//! 4. [`Db::settle`](crate::Db::settle) ends what its webhook's row has cancelled, or held back until its time was over.
//! 5. [`Db::redeliver`](crate::Db::redeliver) has one made again, whatever came of it.
//! 6. [`Db::retire`](crate::Db::retire) forgets what is old.
//!
//! A lease saves work and is never what makes a delivery correct: it only moves `due_ms`. A success counts whoever reports
//! it; a failure counts only from the holder of the lease.

mod claim;
mod delivery;
mod dispatch;
mod event;
mod finish;
mod glance;
mod history;
mod pace;
mod redeliver;
mod settle;

pub use claim::{ClaimedDelivery, WebhookDue};
pub use delivery::{DeliveryEntry, DeliveryState};
pub use dispatch::{Dispatched, NewDelivery};
pub use event::{NewEvent, UndispatchedEvent};
pub use finish::{AfterAttempt, AttemptRow, FinishedAttempt, ResponseRow};
pub use glance::{GLANCED_MAX, Glance};
pub use history::{Backlog, EventEntry, EventLine};
pub use pace::AttemptPace;
pub use redeliver::Redelivery;
pub(crate) use settle::has_events;

/// What the receiver of the delivery `d` gets of the event `e`: fixed when the delivery was made.
const BODY: &str =
    "CASE WHEN d.is_extended = 1 THEN COALESCE(e.extended_body, e.body) ELSE e.body END";

/// Whether a delivery announces something or only asks whether the webhook works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryKind {
    /// Something happened.
    Event,
    /// Somebody pressed Ping.
    Ping,
}

impl DeliveryKind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Event => "event",
            Self::Ping => "ping",
        }
    }

    fn from_column(text: &str) -> Self {
        if text == "ping" { Self::Ping } else { Self::Event }
    }
}
