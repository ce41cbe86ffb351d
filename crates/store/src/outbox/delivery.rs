//! Deliveries as their webhook's owner may see them: where each stands, and what its attempts came to.

use super::finish::{AttemptRow, ResponseRow};
use super::settle::Standing;
use super::{BODY, DeliveryKind};
use crate::db::Db;
use crate::error::{Error, Fault};
use crate::row::{Row, params};
use crate::tx::Tx;
use boathook_core::id::{EventId, WebhookId};
use boathook_core::time::Timestamp;
use std::sync::LazyLock;

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

/// One delivery to a webhook, with its latest attempts.
#[derive(Clone, Debug)]
pub struct DeliveryEntry {
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
    /// The latest attempts with their numbers, newest first.
    pub latest: Vec<(u32, AttemptRow)>,
}

impl Db {
    /// The deliveries to a webhook before `before`, newest first, `limit` at most, each with its latest attempts, of which
    /// there are `attempts_max` at most.
    pub async fn deliveries(
        &self,
        webhook: &WebhookId,
        before: Option<&EventId>,
        limit: u32,
        attempts_max: u32,
    ) -> Result<Vec<DeliveryEntry>, Error> {
        let webhook = webhook.clone();
        // No id sorts after a tilde.
        let before = before.map_or("~", EventId::as_str).to_owned();
        self.read("deliveries", async move |tx: &mut Tx<'_>| {
            let key = params![webhook.as_str(), &before, i64::from(limit)];
            let mut entries = Vec::new();
            for row in tx.query(&BEFORE, key).await? {
                entries.push(with_attempts(tx, &webhook, row, attempts_max).await?);
            }
            Ok(entries)
        })
        .await
    }

    /// One delivery to a webhook with its latest attempts, `attempts_max` at most; `None` where there is no such.
    pub async fn delivery(
        &self,
        webhook: &WebhookId,
        event: &EventId,
        attempts_max: u32,
    ) -> Result<Option<DeliveryEntry>, Error> {
        let (webhook, event) = (webhook.clone(), event.clone());
        self.read("delivery", async move |tx: &mut Tx<'_>| {
            let key = params![webhook.as_str(), event.as_str()];
            let Some(row) = tx.query_opt(&ONE, key).await? else { return Ok(None) };
            with_attempts(tx, &webhook, row, attempts_max).await.map(Some)
        })
        .await
    }

    /// Where the latest delivery to each of some webhooks stands, in their order, and how many attempts of it are over.
    pub async fn latest_deliveries(
        &self,
        webhooks: Vec<WebhookId>,
    ) -> Result<Vec<Option<(DeliveryState, u32)>>, Error> {
        self.read("latest_deliveries", async move |tx: &mut Tx<'_>| {
            let sql = "SELECT d.state, d.attempts, d.kind, h.is_enabled, h.paused_ms
                       FROM delivery d LEFT JOIN webhook h ON h.id = d.webhook
                       WHERE d.webhook = $1 ORDER BY d.event DESC LIMIT 1";
            let mut latest = Vec::with_capacity(webhooks.len());
            for webhook in &webhooks {
                let row = tx.query_opt(sql, params![webhook.as_str()]).await?;
                latest.push(row.map(|row| {
                    let kind = DeliveryKind::from_column(row.text(2));
                    let standing = Standing::by(row.opt_int(3), row.opt_int(4));
                    (state(row.text(0), kind, standing), attempts(row.int(1)))
                }));
            }
            Ok(latest)
        })
        .await
    }
}

/// What [`delivery`] reads of the delivery `d`, its event `e` and its webhook `h`.
pub(super) static DELIVERY: LazyLock<String> = LazyLock::new(|| {
    format!(
        "d.event, {BODY}, d.state, d.attempts, d.due_ms, d.lease, d.kind, h.is_enabled, h.paused_ms,
         d.region"
    )
});
/// How many columns those are.
pub(super) const DELIVERY_COLUMNS: usize = 10;
/// What [`attempt`] reads of the attempt `a`.
pub(super) const ATTEMPT: &str =
    "a.number, a.started_ms, a.duration_ms, a.request, a.status, a.reason, a.version, a.headers,
    a.body, a.error_class, a.error";

static BEFORE: LazyLock<String> = LazyLock::new(|| {
    format!(
        "SELECT {} FROM delivery d JOIN event e ON e.id = d.event
         LEFT JOIN webhook h ON h.id = d.webhook
         WHERE d.webhook = $1 AND d.event < $2
         ORDER BY d.event DESC LIMIT $3",
        *DELIVERY
    )
});
static ONE: LazyLock<String> = LazyLock::new(|| {
    format!(
        "SELECT {} FROM delivery d JOIN event e ON e.id = d.event
         LEFT JOIN webhook h ON h.id = d.webhook
         WHERE d.webhook = $1 AND d.event = $2",
        *DELIVERY
    )
});
/// None that ended after the delivery was read: on PostgreSQL, each statement sees what is there when it begins.
static LATEST: LazyLock<String> = LazyLock::new(|| {
    format!(
        "SELECT {ATTEMPT} FROM attempt a
         WHERE a.webhook = $1 AND a.event = $2 AND a.region = $3 AND a.number <= $4
         ORDER BY a.number DESC LIMIT $5"
    )
});

async fn with_attempts(
    tx: &mut Tx<'_>,
    webhook: &WebhookId,
    mut row: Row,
    attempts_max: u32,
) -> Result<DeliveryEntry, Fault> {
    let entry = delivery(&mut row);
    let (event, attempts) = (entry.event.as_str(), i64::from(entry.attempts));
    let limit = i64::from(attempts_max);
    let key = params![webhook.as_str(), event, row.text(9), attempts, limit];
    let rows = tx.query(&LATEST, key).await?;
    let latest = rows.into_iter().filter_map(|mut row| attempt(&mut row, 0)).collect();
    Ok(DeliveryEntry { latest, ..entry })
}

/// Where a delivery stands by its own row and its webhook's.
pub(super) fn state(column: &str, kind: DeliveryKind, standing: Standing) -> DeliveryState {
    match column {
        "delivered" => DeliveryState::Delivered,
        "dead" => DeliveryState::Dead,
        "cancelled" => DeliveryState::Cancelled,
        // What is cancelled by its webhook's row is so, whether it is settled yet or not.
        _ if standing.cancels(kind) => DeliveryState::Cancelled,
        _ => DeliveryState::Pending,
    }
}

fn attempts(column: i64) -> u32 {
    u32::try_from(column).expect("a delivery has few attempts")
}

/// Reads a delivery without its attempts.
pub(super) fn delivery(row: &mut Row) -> DeliveryEntry {
    let kind = DeliveryKind::from_column(row.text(6));
    let standing = Standing::by(row.opt_int(7), row.opt_int(8));
    let state = state(row.text(2), kind, standing);
    let is_planned = state == DeliveryState::Pending && standing.sends(kind);
    let is_waiting = is_planned && row.opt_text(5).is_none();
    DeliveryEntry {
        body: row.take_bytes(1).expect("an event has a body"),
        event: EventId::new(row.text(0)),
        state,
        attempts: attempts(row.int(3)),
        next_attempt: is_waiting.then(|| Timestamp(row.int(4))),
        latest: Vec::new(),
    }
}

/// Reads an attempt from the column `first` on, with its number; `None` where there is none.
pub(super) fn attempt(row: &mut Row, first: usize) -> Option<(u32, AttemptRow)> {
    let request = row.take_bytes(first + 3)?;
    let response = row.take_bytes(first + 8).map(|body| ResponseRow {
        status: u16::try_from(row.int(first + 4)).expect("a status has three digits"),
        reason: row.opt_text(first + 5).unwrap_or_default().to_owned(),
        version: row.opt_text(first + 6).unwrap_or_default().to_owned(),
        headers: row.opt_text(first + 7).unwrap_or_default().to_owned(),
        body,
    });
    let error = row.opt_text(first + 9).map(str::to_owned);
    let attempt = AttemptRow {
        started: Timestamp(row.int(first + 1)),
        duration_ms: row.int(first + 2),
        request,
        response,
        error: error.map(|class| (class, row.opt_text(first + 10).unwrap_or_default().to_owned())),
    };
    let number = u32::try_from(row.int(first)).expect("a delivery has few attempts");
    Some((number, attempt))
}
