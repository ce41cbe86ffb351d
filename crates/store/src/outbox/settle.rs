//! What a webhook's own row means for its deliveries, and how that is written into theirs.
//!
//! A webhook may have a million deliveries that wait. One statement over all of them would keep every push waiting, so
//! disabling, deleting, pausing and resuming change the webhook's row and nothing else. The row decides from its commit
//! on: who claims, finishes or shows deliveries asks it ([`Standing`]). [`Db::settle`] then ends, a few in one
//! transaction, what is over by the row. A webhook is not enabled again before that is done, or what was cancelled would
//! come to life.

use super::DeliveryKind;
use crate::db::Db;
use crate::error::{Error, Fault};
use crate::row::{Row, params};
use crate::tx::Tx;
use boathook_core::id::WebhookId;
use boathook_core::time::Timestamp;

/// How a webhook stands to its deliveries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// They are sent.
    Live,
    /// Events wait, and end as dead when their time is over. Pings are sent.
    Paused,
    /// Events are cancelled. Pings are sent.
    Disabled,
    /// All are cancelled.
    Gone,
}

/// Whether a delivery still counts as pending by the row of its webhook. Not `EXISTS`, which `SQLite` may turn into a join
/// that begins at the webhooks.
pub(super) const IS_LIVE: &str = "(SELECT w.is_enabled = 1 OR delivery.kind = 'ping'
    FROM webhook w WHERE w.id = delivery.webhook)";

/// What the index `delivery_postponed` holds. Everything else is due in the order of `limit_ms` as well, since that is
/// the time of making and the same span for all; but for leases that nobody has handed back.
pub(super) const IS_POSTPONED: &str =
    "kind = 'event' AND state = 'pending' AND lease IS NULL AND created_ms < due_ms";

/// A delivery's key beside its webhook: the event and the region.
type Key = (String, String);

impl Standing {
    /// Asks the webhook's row.
    pub(super) async fn of(tx: &mut Tx<'_>, webhook: &WebhookId) -> Result<Self, Fault> {
        let sql = "SELECT is_enabled, paused_ms FROM webhook WHERE id = $1";
        let row = tx.query_opt(sql, params![webhook.as_str()]).await?;
        Ok(row.map_or(Self::Gone, |row| Self::by(row.opt_int(0), row.opt_int(1))))
    }

    /// Reads it from `is_enabled`, which is absent where there is no row, and `paused_ms`.
    pub(super) fn by(is_enabled: Option<i64>, paused_ms: Option<i64>) -> Self {
        match (is_enabled, paused_ms) {
            (None, _) => Self::Gone,
            (Some(0), _) => Self::Disabled,
            (Some(_), Some(_)) => Self::Paused,
            (Some(_), None) => Self::Live,
        }
    }

    /// Says whether pending deliveries of a kind count as cancelled.
    pub(super) fn cancels(self, kind: DeliveryKind) -> bool {
        match self {
            Self::Live | Self::Paused => false,
            Self::Disabled => kind == DeliveryKind::Event,
            Self::Gone => true,
        }
    }

    /// Says whether pending deliveries of a kind are sent when they are due.
    pub(super) fn sends(self, kind: DeliveryKind) -> bool {
        match self {
            Self::Live => true,
            Self::Paused | Self::Disabled => kind == DeliveryKind::Ping,
            Self::Gone => false,
        }
    }
}

impl Db {
    /// Ends deliveries that are over by their webhook's row, `limit` of each kind at most, and says how many. Of a paused
    /// webhook those are events whose time has run out. One that is being tried is not among them: its own report decides.
    /// Where that never comes, an event waits until its lease has run out, and then perhaps for those that were due
    /// before: no longer again than it had in all.
    pub async fn settle(
        &self,
        webhook: &WebhookId,
        now: Timestamp,
        limit: u32,
    ) -> Result<usize, Error> {
        let webhook = webhook.clone();
        self.write("settle", async move |tx: &mut Tx<'_>| {
            let standing = Standing::of(tx, &webhook).await?;
            let mut settled = 0;
            for kind in [DeliveryKind::Event, DeliveryKind::Ping] {
                let (state, over) = if standing.cancels(kind) {
                    ("cancelled", pending(tx, &webhook, kind, limit).await?)
                } else if standing.sends(kind) {
                    continue;
                } else {
                    ("dead", expired(tx, &webhook, now, limit).await?)
                };
                let over = over.iter();
                let over = over.map(|(event, region)| {
                    params![state, now.0, webhook.as_str(), event, region].to_vec()
                });
                let sql = "UPDATE delivery SET state = $1, finished_ms = $2, lease = NULL
                           WHERE webhook = $3 AND event = $4 AND region = $5 AND state = 'pending'";
                settled +=
                    tx.execute_each(sql, &over.collect::<Vec<_>>()).await?.into_iter().sum::<u64>();
            }
            Ok(usize::try_from(settled).expect("it is no more than the limits"))
        })
        .await
    }
}

/// Pending deliveries of a kind, the longest due first.
async fn pending(
    tx: &mut Tx<'_>,
    webhook: &WebhookId,
    kind: DeliveryKind,
    limit: u32,
) -> Result<Vec<Key>, Fault> {
    let sql = "SELECT event, region FROM delivery
               WHERE webhook = $1 AND state = 'pending' AND kind = $2 ORDER BY due_ms, event LIMIT $3";
    let rows = tx.query(sql, params![webhook.as_str(), kind.as_str(), i64::from(limit)]).await?;
    Ok(rows.iter().map(key).collect())
}

/// Pending events whose time has run out, and which nobody is trying.
async fn expired(
    tx: &mut Tx<'_>,
    webhook: &WebhookId,
    now: Timestamp,
    limit: u32,
) -> Result<Vec<Key>, Fault> {
    let first = params![webhook.as_str(), now.0, i64::from(limit)];
    // Bounded before it is looked at closer: many may wait here that have time left.
    let sql = "SELECT event, region, limit_ms FROM delivery
               WHERE webhook = $1 AND state = 'pending' AND kind = 'event' AND due_ms <= $2 ORDER BY due_ms, event LIMIT $3";
    let by_due = tx.query(sql, first).await?;
    let sql = format!(
        "SELECT event, region FROM delivery
         WHERE webhook = $1 AND {IS_POSTPONED} AND limit_ms <= $2 ORDER BY limit_ms, event LIMIT $3"
    );
    let postponed = tx.query(&sql, first).await?;
    let by_due = by_due.iter().filter(|row| row.int(2) <= now.0);
    let mut expired: Vec<_> = by_due.chain(&postponed).map(key).collect();
    expired.sort_unstable();
    expired.dedup();
    expired.truncate(limit as usize);
    Ok(expired)
}

fn key(row: &Row) -> Key {
    (row.text(0).to_owned(), row.text(1).to_owned())
}

/// Says whether a webhook that is not live has events that [`Db::settle`] has not come to.
pub(crate) async fn has_events(tx: &mut Tx<'_>, webhook: &WebhookId) -> Result<bool, Fault> {
    let sql =
        "SELECT event FROM delivery WHERE webhook = $1 AND state = 'pending' AND kind = 'event'
               ORDER BY due_ms, event LIMIT 1";
    tx.exists(sql, params![webhook.as_str()]).await
}
