//! Deliveries that are due are leased, and leases are handed back.

use super::DeliveryKind;
use crate::db::Db;
use crate::error::Error;
use crate::row::{Row, Value, params};
use crate::tx::{Dialect, Tx};
use boathook_core::id::{EventId, WebhookId};
use boathook_core::name::Place;
use boathook_core::time::Timestamp;
use bytes::Bytes;
use std::sync::Arc;

/// A delivery that somebody holds the lease of.
#[derive(Clone, Debug)]
pub struct ClaimedDelivery {
    /// To which webhook.
    pub webhook: WebhookId,
    /// Of which event.
    pub event: EventId,
    /// Where the event happened.
    pub place: Place,
    /// What kind it is.
    pub kind: DeliveryKind,
    /// How many attempts are over.
    pub attempts: u32,
    /// When its time runs out.
    pub limit: Timestamp,
    /// The lease.
    pub lease: Arc<str>,
    /// What the receiver gets.
    pub body: Bytes,
}

/// A webhook that has deliveries to wait for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookDue {
    /// The webhook.
    pub webhook: WebhookId,
    /// When its next delivery is due.
    pub due: Timestamp,
}

impl Db {
    /// Every webhook that has pending deliveries, with the time at which the first of them is due.
    ///
    /// Steps from webhook to webhook through the index, so that the cost follows their number and not the deliveries'.
    pub async fn due(&self) -> Result<Vec<WebhookDue>, Error> {
        self.read("due", async move |tx: &mut Tx<'_>| {
            let sql = "WITH RECURSIVE waiting (webhook) AS (
                   SELECT MIN(webhook) FROM delivery WHERE state = 'pending'
                   UNION ALL
                   SELECT (SELECT MIN(d.webhook) FROM delivery d
                           WHERE d.state = 'pending' AND waiting.webhook < d.webhook)
                   FROM waiting WHERE waiting.webhook IS NOT NULL
                 )
                 SELECT w.webhook, (SELECT MIN(d.due_ms) FROM delivery d
                                    WHERE d.state = 'pending' AND d.webhook = w.webhook)
                 FROM waiting w WHERE w.webhook IS NOT NULL";
            let rows = tx.query(sql, params![]).await?;
            let due = |row: &Row| {
                Some(WebhookDue {
                    webhook: WebhookId::new(row.text(0)),
                    due: Timestamp(row.opt_int(1)?),
                })
            };
            Ok(rows.iter().filter_map(due).collect())
        })
        .await
    }

    /// Leases what is due for one webhook, the longest due first, `limit` at most.
    pub async fn claim(
        &self,
        webhook: &WebhookId,
        now: Timestamp,
        lease: Arc<str>,
        lease_until: Timestamp,
        limit: u32,
    ) -> Result<Vec<ClaimedDelivery>, Error> {
        let webhook = webhook.clone();
        self.write("claim", async move |tx: &mut Tx<'_>| {
            let lock = match tx.dialect() {
                Dialect::Sqlite => "",
                Dialect::Postgres => " FOR UPDATE OF d SKIP LOCKED",
            };
            let sql = format!(
                "SELECT d.event, d.registry, d.region, d.kind, d.attempts, d.limit_ms, e.body
                 FROM delivery d JOIN event e ON e.id = d.event
                 WHERE d.webhook = $1 AND d.state = 'pending' AND d.due_ms <= $2
                 ORDER BY d.due_ms, d.event LIMIT $3{lock}"
            );
            let rows = tx.query(&sql, params![webhook.as_str(), now.0, i64::from(limit)]).await?;
            let claimed: Vec<_> =
                rows.into_iter().map(|row| claimed(row, &webhook, &lease)).collect();
            let sql = "UPDATE delivery SET due_ms = $1, lease = $5
                       WHERE webhook = $2 AND event = $3 AND region = $4 AND state = 'pending'";
            tx.execute_each(sql, &sets(&claimed, lease_until)).await?;
            Ok(claimed)
        })
        .await
    }

    /// Hands leases back, so that the deliveries are due at once for whoever comes next.
    pub async fn release(
        &self,
        deliveries: Vec<ClaimedDelivery>,
        now: Timestamp,
    ) -> Result<(), Error> {
        let deliveries = Arc::new(deliveries);
        self.write("release", async move |tx: &mut Tx<'_>| {
            let sql = "UPDATE delivery SET due_ms = $1, lease = NULL
                       WHERE webhook = $2 AND event = $3 AND region = $4 AND lease = $5 AND state = 'pending'";
            tx.execute_each(sql, &sets(&deliveries, now)).await?;
            Ok(())
        })
        .await
    }
}

impl Db {
    /// Hands back the leases that a process which has died still holds, and says how many those were.
    ///
    /// That is only certain where the database has one process, which this one is. Of a shared database some leases may
    /// be held by those who are alive: there it does nothing, and a lease of the dead runs out.
    pub async fn inherit(&self, now: Timestamp) -> Result<usize, Error> {
        if self.is_shared() {
            return Ok(0);
        }
        self.write("inherit", async move |tx: &mut Tx<'_>| {
            let sql = "UPDATE delivery SET due_ms = $1, lease = NULL WHERE state = 'pending' AND lease IS NOT NULL";
            tx.execute(sql, params![now.0]).await
        })
        .await
        .map(|count| usize::try_from(count).unwrap_or(usize::MAX))
    }
}

/// The parameters that move each delivery's `due_ms`: the time, its key and its lease.
fn sets(deliveries: &[ClaimedDelivery], due: Timestamp) -> Vec<Vec<Value<'_>>> {
    let mut sets = Vec::with_capacity(deliveries.len());
    for ClaimedDelivery { webhook, event, place, lease, .. } in deliveries {
        sets.push(
            params![due.0, webhook.as_str(), event.as_str(), place.region.as_str(), &**lease]
                .to_vec(),
        );
    }
    sets
}

fn claimed(mut row: Row, webhook: &WebhookId, lease: &Arc<str>) -> ClaimedDelivery {
    ClaimedDelivery {
        body: row.take_bytes(6).expect("an event has a body").into(),
        webhook: webhook.clone(),
        event: EventId::new(row.text(0)),
        place: Place { registry: row.parsed(1), region: row.parsed(2) },
        kind: DeliveryKind::from_column(row.text(3)),
        attempts: u32::try_from(row.int(4)).expect("a delivery has few attempts"),
        limit: Timestamp(row.int(5)),
        lease: Arc::clone(lease),
    }
}
