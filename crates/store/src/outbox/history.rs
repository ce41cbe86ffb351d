//! What became of events: shown, measured and in the end forgotten.

use super::delivery::{
    ATTEMPT, DELIVERY, DELIVERY_COLUMNS, DeliveryEntry, DeliveryState, attempt, delivery,
};
use super::finish::AttemptRow;
use super::settle::IS_LIVE;
use crate::db::Db;
use crate::error::Error;
use crate::row::{Row, params};
use crate::tx::Tx;
use boathook_core::id::{EventId, WebhookId};
use boathook_core::time::Timestamp;

/// One event of a webhook, with its latest attempt.
#[derive(Clone, Debug)]
pub struct EventEntry {
    /// The event.
    pub event: EventId,
    /// What the receiver gets.
    pub body: Vec<u8>,
    /// Where the delivery stands.
    pub state: DeliveryState,
    /// How many attempts are over.
    pub attempts: u32,
    /// When the next attempt is due; absent where none is planned, one is under way, or the webhook is paused.
    pub next_attempt: Option<Timestamp>,
    /// The latest attempt.
    pub attempt: Option<AttemptRow>,
}

/// One event of a webhook as a list shows it: without what its latest attempt has sent and got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventLine {
    /// The event.
    pub event: EventId,
    /// What the receiver gets.
    pub body: Vec<u8>,
    /// Where the delivery stands.
    pub state: DeliveryState,
    /// How many attempts are over.
    pub attempts: u32,
    /// What the latest attempt was answered: the status, and the receiver's word for it.
    pub answer: Option<(u16, String)>,
    /// What kind of failure the latest attempt was.
    pub error_class: Option<String>,
}

/// How much is waiting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backlog {
    /// When the oldest event that somebody still waits for occurred.
    pub oldest: Option<Timestamp>,
}

impl Db {
    /// The events of a webhook before `before`, newest first, `limit` at most.
    pub async fn events(
        &self,
        webhook: &WebhookId,
        before: Option<&EventId>,
        limit: u32,
    ) -> Result<Vec<EventEntry>, Error> {
        let webhook = webhook.clone();
        // No id sorts after a tilde.
        let before = before.map_or("~", EventId::as_str).to_owned();
        self.read("events", async move |tx: &mut Tx<'_>| {
            let sql = format!("SELECT {}, {ATTEMPT} {LISTED}", *DELIVERY);
            let rows = tx.query(&sql, params![webhook.as_str(), &before, i64::from(limit)]).await?;
            Ok(rows.into_iter().map(entry).collect())
        })
        .await
    }

    /// The same events, as a list shows them.
    pub async fn event_lines(
        &self,
        webhook: &WebhookId,
        before: Option<&EventId>,
        limit: u32,
    ) -> Result<Vec<EventLine>, Error> {
        let webhook = webhook.clone();
        let before = before.map_or("~", EventId::as_str).to_owned();
        self.read("event_lines", async move |tx: &mut Tx<'_>| {
            let sql = format!("SELECT {}, a.status, a.reason, a.error_class {LISTED}", *DELIVERY);
            let rows = tx.query(&sql, params![webhook.as_str(), &before, i64::from(limit)]).await?;
            Ok(rows.into_iter().map(line).collect())
        })
        .await
    }

    /// How much is waiting to be dispatched or delivered.
    pub async fn backlog(&self) -> Result<Backlog, Error> {
        self.read("backlog", async move |tx: &mut Tx<'_>| {
            let sql = format!(
                "SELECT MIN(occurred_ms) FROM (
                   SELECT occurred_ms FROM event
                   WHERE id = (SELECT MIN(id) FROM event WHERE dispatched_ms IS NULL)
                   UNION ALL
                   SELECT occurred_ms FROM event
                   WHERE id = (SELECT event FROM delivery WHERE state = 'pending' AND {IS_LIVE}
                               ORDER BY event LIMIT 1)) oldest"
            );
            let row = tx.query_opt(&sql, params![]).await?;
            Ok(Backlog { oldest: row.and_then(|row| row.opt_int(0)).map(Timestamp) })
        })
        .await
    }

    /// Forgets the oldest events from before `before`, `limit` at most, with all that is known of their deliveries.
    /// Nothing is forgotten that is as young as the oldest pending delivery. Says how many events went, so that the
    /// caller goes on until none do.
    pub async fn retire(&self, before: &EventId, limit: u32) -> Result<u64, Error> {
        let before = before.clone();
        self.write("retire", async move |tx: &mut Tx<'_>| {
            let sql = "SELECT id FROM event
                       WHERE id < $1 AND dispatched_ms IS NOT NULL
                         AND id < COALESCE((SELECT MIN(event) FROM delivery WHERE state = 'pending'), '~')
                       ORDER BY id LIMIT $2";
            let events = tx.query(sql, params![before.as_str(), i64::from(limit)]).await?;
            let Some(last) = events.last() else { return Ok(0) };
            let webhooks = tx.query(WEBHOOKS_WITH_HISTORY, params![]).await?;
            let keyed: Vec<_> = webhooks.iter().map(|row| params![row.text(0), last.text(0)].to_vec()).collect();
            tx.execute_each("DELETE FROM attempt WHERE webhook = $1 AND event <= $2", &keyed).await?;
            tx.execute_each("DELETE FROM delivery WHERE webhook = $1 AND event <= $2", &keyed).await?;
            let ids: Vec<_> = events.iter().map(|row| params![row.text(0)].to_vec()).collect();
            tx.execute_each("DELETE FROM event WHERE id = $1", &ids).await?;
            Ok(events.len() as u64)
        })
        .await
    }
}

/// Steps from webhook to webhook through the key, those included that have been deleted since.
const WEBHOOKS_WITH_HISTORY: &str = "WITH RECURSIVE known (webhook) AS (
        SELECT MIN(webhook) FROM delivery
        UNION ALL
        SELECT (SELECT MIN(d.webhook) FROM delivery d WHERE known.webhook < d.webhook)
        FROM known WHERE known.webhook IS NOT NULL
    )
    SELECT webhook FROM known WHERE webhook IS NOT NULL";

/// The deliveries to the webhook `$1` before the event `$2`, newest first, each with its latest attempt.
const LISTED: &str = "FROM delivery d JOIN event e ON e.id = d.event
    LEFT JOIN webhook h ON h.id = d.webhook
    LEFT JOIN attempt a ON a.webhook = d.webhook AND a.event = d.event AND a.region = d.region
                       AND a.number = d.attempts
    WHERE d.webhook = $1 AND d.event < $2
    ORDER BY d.event DESC LIMIT $3";

fn line(mut row: Row) -> EventLine {
    let status = row.opt_int(DELIVERY_COLUMNS);
    let status = status.map(|status| u16::try_from(status).expect("a status has three digits"));
    let reason = row.opt_text(DELIVERY_COLUMNS + 1).unwrap_or_default().to_owned();
    let error_class = row.opt_text(DELIVERY_COLUMNS + 2).map(str::to_owned);
    let DeliveryEntry { event, body, state, attempts, .. } = delivery(&mut row);
    let answer = status.map(|status| (status, reason));
    EventLine { event, body, state, attempts, answer, error_class }
}

fn entry(mut row: Row) -> EventEntry {
    let attempt = attempt(&mut row, DELIVERY_COLUMNS);
    let DeliveryEntry { event, body, state, attempts, next_attempt, .. } = delivery(&mut row);
    EventEntry { event, body, state, attempts, next_attempt, attempt: attempt.map(|(_, row)| row) }
}
