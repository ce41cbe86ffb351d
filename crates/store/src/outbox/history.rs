//! What became of events: shown, measured and in the end forgotten.

use super::finish::{AttemptRow, ResponseRow};
use super::settle::{IS_LIVE, Standing};
use super::{BODY, DeliveryKind};
use crate::db::Db;
use crate::error::Error;
use crate::row::{Row, params};
use crate::tx::Tx;
use boathook_core::id::{EventId, WebhookId};
use boathook_core::time::Timestamp;

/// Where a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryState {
    /// It waits for its next attempt, or is being tried.
    Pending,
    /// The receiver has accepted it.
    Delivered,
    /// No attempt is left.
    Dead,
    /// Its webhook was disabled or deleted first.
    Cancelled,
}

impl DeliveryState {
    /// The word that is stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Delivered => "delivered",
            Self::Dead => "dead",
            Self::Cancelled => "cancelled",
        }
    }
}

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
            let sql = format!(
                "SELECT d.event, {BODY}, d.state, d.attempts, d.due_ms, d.lease, a.started_ms, a.duration_ms,
                        a.request, a.status, a.reason, a.version, a.headers, a.body, a.error_class, a.error,
                        d.kind, h.is_enabled, h.paused_ms
                 FROM delivery d JOIN event e ON e.id = d.event
                 LEFT JOIN webhook h ON h.id = d.webhook
                 LEFT JOIN attempt a ON a.webhook = d.webhook AND a.event = d.event AND a.region = d.region
                                    AND a.number = d.attempts
                 WHERE d.webhook = $1 AND d.event < $2
                 ORDER BY d.event DESC LIMIT $3"
            );
            let rows = tx.query(&sql, params![webhook.as_str(), &before, i64::from(limit)]).await?;
            Ok(rows.into_iter().map(entry).collect())
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

fn entry(mut row: Row) -> EventEntry {
    let kind = DeliveryKind::from_column(row.text(16));
    let standing = Standing::by(row.opt_int(17), row.opt_int(18));
    let state = match row.text(2) {
        "delivered" => DeliveryState::Delivered,
        "dead" => DeliveryState::Dead,
        "cancelled" => DeliveryState::Cancelled,
        // What is cancelled by its webhook's row is so, whether it is settled yet or not.
        _ if standing.cancels(kind) => DeliveryState::Cancelled,
        _ => DeliveryState::Pending,
    };
    let is_planned = state == DeliveryState::Pending && standing.sends(kind);
    let is_waiting = is_planned && row.opt_text(5).is_none();
    let request = row.take_bytes(8);
    let body = row.take_bytes(13);
    EventEntry {
        body: row.take_bytes(1).expect("an event has a body"),
        event: EventId::new(row.text(0)),
        state,
        attempts: u32::try_from(row.int(3)).expect("a delivery has few attempts"),
        next_attempt: is_waiting.then(|| Timestamp(row.int(4))),
        attempt: request.map(|request| AttemptRow {
            started: Timestamp(row.int(6)),
            duration_ms: row.int(7),
            request,
            response: body.map(|body| response(&row, body)),
            error: row
                .opt_text(14)
                .map(|class| (class.to_owned(), row.opt_text(15).unwrap_or_default().to_owned())),
        }),
    }
}

fn response(row: &Row, body: Vec<u8>) -> ResponseRow {
    ResponseRow {
        status: u16::try_from(row.int(9)).expect("a status has three digits"),
        reason: row.opt_text(10).unwrap_or_default().to_owned(),
        version: row.opt_text(11).unwrap_or_default().to_owned(),
        headers: row.opt_text(12).unwrap_or_default().to_owned(),
        body,
    }
}
