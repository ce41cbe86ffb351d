//! Where the latest deliveries to some webhooks stand, and no more: for whoever waits for a change.

use crate::db::Db;
use crate::error::Error;
use crate::row::{Row, Value};
use crate::tx::Tx;
use boathook_core::id::{EventId, WebhookId};

/// How many webhooks are looked at in one query.
pub const GLANCED_MAX: usize = 32;

/// How a delivery stands. Two that are equal are shown alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Glance {
    /// The event.
    pub event: EventId,
    state: String,
    attempts: i64,
    due_ms: i64,
    is_leased: bool,
    is_enabled: Option<i64>,
    paused_ms: Option<i64>,
}

impl Db {
    /// How the `limit` latest deliveries to each of at most [`GLANCED_MAX`] webhooks stand, newest first: one query.
    pub async fn glance(
        &self,
        webhooks: Vec<WebhookId>,
        limit: u32,
    ) -> Result<Vec<(WebhookId, Glance)>, Error> {
        assert!((1..=GLANCED_MAX).contains(&webhooks.len()), "a glance is at a few");
        self.read("glance", async move |tx: &mut Tx<'_>| {
            let sql = sql(webhooks.len());
            let ids = webhooks.iter().map(|id| Value::from(id.as_str()));
            let values: Vec<_> = [Value::from(i64::from(limit))].into_iter().chain(ids).collect();
            let rows = tx.query(&sql, &values).await?;
            let glance = |row: Row| {
                let glance = Glance {
                    event: EventId::new(row.text(1)),
                    state: row.text(2).to_owned(),
                    attempts: row.int(3),
                    due_ms: row.int(4),
                    is_leased: row.opt_text(5).is_some(),
                    is_enabled: row.opt_int(6),
                    paused_ms: row.opt_int(7),
                };
                (WebhookId::new(row.text(0)), glance)
            };
            Ok(rows.into_iter().map(glance).collect())
        })
        .await
    }
}

fn sql(count: usize) -> String {
    let arm = |number: usize| {
        format!(
            "SELECT * FROM (
                 SELECT d.webhook, d.event, d.state, d.attempts, d.due_ms, d.lease, h.is_enabled, h.paused_ms
                 FROM delivery d LEFT JOIN webhook h ON h.id = d.webhook
                 WHERE d.webhook = ${} ORDER BY d.event DESC LIMIT $1) w",
            number + 1
        )
    };
    (1..=count).map(arm).collect::<Vec<_>>().join(" UNION ALL ")
}
