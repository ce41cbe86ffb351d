//! Events become deliveries.

use super::{DeliveryKind, NewEvent};
use crate::db::Db;
use crate::error::{Error, Fault};
use crate::row::{Value, params};
use crate::tx::Tx;
use boathook_core::id::{EventId, WebhookId};
use boathook_core::name::Place;
use boathook_core::time::Timestamp;
use std::sync::Arc;

/// A delivery to be made.
#[derive(Clone, Debug)]
pub struct NewDelivery {
    /// To which webhook.
    pub webhook: WebhookId,
    /// Of which event.
    pub event: EventId,
    /// Where the event happened.
    pub place: Place,
    /// What kind it is.
    pub kind: DeliveryKind,
    /// Whether its receiver gets the event's extended body, if there is one.
    pub is_extended: bool,
    /// When its first attempt is due; where it is leased, when the lease runs out.
    pub due: Timestamp,
    /// The lease under which its maker will try it at once.
    pub lease: Option<Arc<str>>,
    /// When its time runs out.
    pub limit: Timestamp,
    /// When it is made.
    pub now: Timestamp,
}

/// What came of dispatching.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Dispatched {
    /// For each delivery, in order: whether it was made here, rather than by another dispatcher before.
    Made(Vec<bool>),
    /// The webhooks have changed since `revision`: nothing was done.
    Stale,
}

impl Db {
    /// Makes the deliveries of `events`, provided that the webhooks are still those of `revision`. An event without a
    /// delivery is forgotten.
    pub async fn dispatch(
        &self,
        revision: i64,
        events: Vec<EventId>,
        deliveries: Vec<NewDelivery>,
        now: Timestamp,
    ) -> Result<Dispatched, Error> {
        let batch = Arc::new((events, deliveries));
        self.write("dispatch", async move |tx: &mut Tx<'_>| {
            let (events, deliveries) = &*batch;
            let sql = "SELECT number FROM revision WHERE subject = 'webhook'";
            let is_current =
                tx.query_opt(sql, params![]).await?.is_some_and(|row| row.int(0) == revision);
            if !is_current {
                return Ok(Dispatched::Stale);
            }
            let made = insert(tx, deliveries).await?;
            let marks: Vec<_> =
                events.iter().map(|event| vec![now.0.into(), event.as_str().into()]).collect();
            tx.execute_each("UPDATE event SET dispatched_ms = $1 WHERE id = $2", &marks).await?;
            let wanted: std::collections::HashSet<_> =
                deliveries.iter().map(|delivery| &delivery.event).collect();
            let unwanted: Vec<_> = events.iter().filter(|event| !wanted.contains(event)).collect();
            let unwanted: Vec<_> =
                unwanted.iter().map(|event| vec![event.as_str().into()]).collect();
            tx.execute_each("DELETE FROM event WHERE id = $1", &unwanted).await?;
            Ok(Dispatched::Made(made))
        })
        .await
    }

    /// Records a ping and its one delivery.
    pub async fn commit_ping(&self, event: NewEvent, delivery: NewDelivery) -> Result<(), Error> {
        let ping = Arc::new((event, delivery));
        let of = ping.0.place.registry.clone();
        self.write_in(&of, "commit_ping", async move |tx: &mut Tx<'_>| {
            ping.0.append_dispatched(tx).await?;
            insert(tx, std::slice::from_ref(&ping.1)).await?;
            Ok(())
        })
        .await
    }
}

async fn insert(tx: &mut Tx<'_>, deliveries: &[NewDelivery]) -> Result<Vec<bool>, Fault> {
    let sets: Vec<Vec<Value<'_>>> = deliveries
        .iter()
        .map(|delivery| {
            params![
                delivery.webhook.as_str(),
                delivery.event.as_str(),
                delivery.place.registry.as_str(),
                delivery.place.region.as_str(),
                delivery.kind.as_str(),
                delivery.due.0,
                delivery.lease.as_deref(),
                delivery.limit.0,
                delivery.now.0,
                i64::from(delivery.is_extended),
            ]
            .to_vec()
        })
        .collect();
    let sql = "INSERT INTO delivery (webhook, event, registry, region, kind, state, attempts, due_ms, lease, limit_ms,
                                     created_ms, finished_ms, is_extended)
               VALUES ($1, $2, $3, $4, $5, 'pending', 0, $6, $7, $8, $9, NULL, $10) ON CONFLICT DO NOTHING";
    tx.after.has_delivery |= deliveries.iter().any(|delivery| delivery.lease.is_none());
    Ok(tx.execute_each(sql, &sets).await?.into_iter().map(|touched| touched == 1).collect())
}
