//! Deliveries that are due are leased, and leases are handed back.

use super::settle::{IS_POSTPONED, Standing};
use super::{BODY, DeliveryKind};
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
    /// How many of them were over when it was last sent again by hand: none where it never was.
    pub attempts_before: u32,
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
    /// When its next delivery can be claimed, if one ever can as the webhook stands.
    pub due: Option<Timestamp>,
    /// When there is something to settle, if ever.
    pub over: Option<Timestamp>,
}

impl WebhookDue {
    /// When there is something to do.
    pub fn first(&self) -> Option<Timestamp> {
        self.due.into_iter().chain(self.over).min()
    }
}

/// Steps through the webhooks that have pending deliveries. What follows names its columns.
const WAITING: &str = "WITH RECURSIVE waiting (webhook) AS (
    SELECT MIN(webhook) FROM delivery WHERE state = 'pending'
    UNION ALL
    SELECT (SELECT MIN(d.webhook) FROM delivery d WHERE d.state = 'pending' AND waiting.webhook < d.webhook)
    FROM waiting WHERE waiting.webhook IS NOT NULL
)";

impl Db {
    /// Every webhook that has pending deliveries, with the times at which there is something to do for them.
    ///
    /// Steps from webhook to webhook through the index, so that the cost follows their number and not the deliveries'.
    pub async fn due(&self) -> Result<Vec<WebhookDue>, Error> {
        self.read("due", async move |tx: &mut Tx<'_>| {
            let sql = format!(
                "{WAITING} SELECT w.webhook, h.is_enabled, h.paused_ms,
                     (SELECT MIN(d.due_ms) FROM delivery d
                      WHERE d.state = 'pending' AND d.webhook = w.webhook AND d.kind = 'event'),
                     (SELECT MIN(d.due_ms) FROM delivery d
                      WHERE d.state = 'pending' AND d.webhook = w.webhook AND d.kind = 'ping'),
                     (SELECT d.limit_ms FROM delivery d
                      WHERE d.state = 'pending' AND d.webhook = w.webhook AND d.kind = 'event'
                      ORDER BY d.due_ms, d.event LIMIT 1),
                     (SELECT MIN(limit_ms) FROM delivery WHERE webhook = w.webhook AND {IS_POSTPONED})
                 FROM waiting w LEFT JOIN webhook h ON h.id = w.webhook WHERE w.webhook IS NOT NULL"
            );
            Ok(tx.query(&sql, params![]).await?.iter().map(due).collect())
        })
        .await
    }

    /// Leases what is due for one webhook as it stands, `limit` at most: pings, then events, the longest due first.
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
            let standing = Standing::of(tx, &webhook).await?;
            let lock = match tx.dialect() {
                Dialect::Sqlite => "",
                Dialect::Postgres => " FOR UPDATE OF d SKIP LOCKED",
            };
            let sql = format!(
                "SELECT d.event, d.registry, d.region, d.attempts, d.limit_ms, {BODY}, d.attempts_before
                 FROM delivery d JOIN event e ON e.id = d.event
                 WHERE d.webhook = $1 AND d.state = 'pending' AND d.kind = $2 AND d.due_ms <= $3
                 ORDER BY d.due_ms, d.event LIMIT $4{lock}"
            );
            let mut claimed = Vec::new();
            for kind in [DeliveryKind::Ping, DeliveryKind::Event] {
                if !standing.sends(kind) {
                    continue;
                }
                let room = limit as usize - claimed.len();
                let room = i64::try_from(room).expect("it is no more than the limit");
                let due = params![webhook.as_str(), kind.as_str(), now.0, room];
                let rows = tx.query(&sql, due).await?;
                claimed.extend(rows.into_iter().map(|row| of_row(row, &webhook, kind, &lease)));
            }
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
    /// A lease that has run out is nobody's, and stays as it is. That the rest is of the dead is only certain where the database has one process, which this one is. Of a shared database some leases may
    /// be held by those who are alive: there it does nothing, and a lease of the dead runs out.
    pub async fn inherit(&self, now: Timestamp) -> Result<usize, Error> {
        if self.is_shared() {
            return Ok(0);
        }
        self.write("inherit", async move |tx: &mut Tx<'_>| {
            let sql = format!("{WAITING} SELECT webhook FROM waiting WHERE webhook IS NOT NULL");
            let webhooks = tx.query(&sql, params![]).await?;
            let mut sets = Vec::with_capacity(2 * webhooks.len());
            for row in &webhooks {
                for kind in [DeliveryKind::Ping, DeliveryKind::Event] {
                    sets.push(params![now.0, row.text(0), kind.as_str()].to_vec());
                }
            }
            let sql = "UPDATE delivery SET due_ms = $1, lease = NULL
                       WHERE webhook = $2 AND kind = $3 AND state = 'pending' AND $1 < due_ms AND lease IS NOT NULL";
            Ok(tx.execute_each(sql, &sets).await?.into_iter().sum::<u64>())
        })
        .await
        .map(|count| usize::try_from(count).unwrap_or(usize::MAX))
    }
}

/// When there is something to do for a webhook that has pending deliveries.
fn due(row: &Row) -> WebhookDue {
    let [event, ping, limit, postponed] =
        [3, 4, 5, 6].map(|column| row.opt_int(column).map(Timestamp));
    let standing = Standing::by(row.opt_int(1), row.opt_int(2));
    let (due, over) = match standing {
        Standing::Live => (event.into_iter().chain(ping).min(), None),
        // What is first may be leased: then it is not over before its lease is.
        Standing::Paused => (ping, limit.max(event).into_iter().chain(postponed).min()),
        // It has been so since the webhook's row was changed.
        Standing::Disabled => (ping, event.and(Some(Timestamp(0)))),
        Standing::Gone => (None, Some(Timestamp(0))),
    };
    WebhookDue { webhook: WebhookId::new(row.text(0)), due, over }
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

fn of_row(
    mut row: Row,
    webhook: &WebhookId,
    kind: DeliveryKind,
    lease: &Arc<str>,
) -> ClaimedDelivery {
    ClaimedDelivery {
        body: row.take_bytes(5).expect("an event has a body").into(),
        webhook: webhook.clone(),
        event: EventId::new(row.text(0)),
        place: Place { registry: row.parsed(1), region: row.parsed(2) },
        kind,
        attempts: u32::try_from(row.int(3)).expect("a delivery has few attempts"),
        attempts_before: u32::try_from(row.int(6)).expect("a delivery has few attempts"),
        limit: Timestamp(row.int(4)),
        lease: Arc::clone(lease),
    }
}
