//! How the latest attempts of a webhook went: when, for how long, and whether the receiver accepted.

use crate::db::Db;
use crate::error::Error;
use crate::row::params;
use crate::tx::Tx;
use boathook_core::id::WebhookId;
use boathook_core::time::Timestamp;

/// How an attempt went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttemptPace {
    /// When it began.
    pub started: Timestamp,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
    /// The class of its failure, if it was one.
    pub error_class: Option<String>,
}

impl Db {
    /// The attempts at the latest events of a webhook, those at the newest first, `limit` at most.
    pub async fn latest_attempts(
        &self,
        webhook: &WebhookId,
        limit: u32,
    ) -> Result<Vec<AttemptPace>, Error> {
        let webhook = webhook.clone();
        self.read("latest_attempts", async move |tx: &mut Tx<'_>| {
            let sql = "SELECT started_ms, duration_ms, error_class FROM attempt WHERE webhook = $1
                       ORDER BY event DESC, region DESC, number DESC LIMIT $2";
            let rows = tx.query(sql, params![webhook.as_str(), i64::from(limit)]).await?;
            let pace = |row: &crate::row::Row| AttemptPace {
                started: Timestamp(row.int(0)),
                duration_ms: row.int(1).unsigned_abs(),
                error_class: row.opt_text(2).map(str::to_owned),
            };
            Ok(rows.iter().map(pace).collect())
        })
        .await
    }
}
