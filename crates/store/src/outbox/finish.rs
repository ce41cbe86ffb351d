//! What came of an attempt is written down.

use super::ClaimedDelivery;
use super::settle::IS_LIVE;
use crate::db::Db;
use crate::error::{Error, Fault};
use crate::row::{Value, params};
use crate::tx::Tx;
use boathook_core::delivery::Next;
use boathook_core::id::WebhookId;
use boathook_core::time::Timestamp;
use std::sync::{Arc, LazyLock};

/// An attempt that is over.
#[derive(Clone, Debug)]
pub struct FinishedAttempt {
    /// What was tried.
    pub delivery: ClaimedDelivery,
    /// What happened.
    pub attempt: AttemptRow,
    /// What follows for the delivery.
    pub next: Next,
    /// What follows for the webhook.
    pub after: AfterAttempt,
    /// When it was over.
    pub now: Timestamp,
}

/// What an attempt means for the webhook itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AfterAttempt {
    /// Nothing.
    Nothing,
    /// It is gone, for the given reason: hold everything back.
    Pause(String),
    /// It works: let go of what was held back.
    Resume,
}

/// An attempt as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttemptRow {
    /// When it began.
    pub started: Timestamp,
    /// How long it took, in milliseconds.
    pub duration_ms: i64,
    /// The request, sealed.
    pub request: Vec<u8>,
    /// The response, if there was one.
    pub response: Option<ResponseRow>,
    /// What kind of failure it was, and what happened in words.
    pub error: Option<(String, String)>,
}

/// A response as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResponseRow {
    /// The HTTP status code.
    pub status: u16,
    /// The reason phrase.
    pub reason: String,
    /// The HTTP version, such as `1.1`.
    pub version: String,
    /// The headers, as a JSON object of strings.
    pub headers: String,
    /// The beginning of the body.
    pub body: Vec<u8>,
}

impl Db {
    /// Writes down what came of some attempts, all or nothing. A report that does not count leaves no trace.
    pub async fn finish(&self, finished: Vec<Arc<FinishedAttempt>>) -> Result<(), Error> {
        let finished = Arc::new(finished);
        self.write("finish", async move |tx: &mut Tx<'_>| {
            let outcomes: Vec<_> = finished.iter().map(|finished| outcome(finished)).collect();
            let touched = tx.execute_each(&UPDATE_DELIVERY, &outcomes).await?;
            let counted = finished.iter().zip(touched).filter(|(_, touched)| *touched == 1);
            let counted: Vec<_> = counted.map(|(finished, _)| &**finished).collect();
            let attempts: Vec<_> = counted.iter().copied().map(attempt).collect();
            tx.execute_each(INSERT_ATTEMPT, &attempts).await?;
            for FinishedAttempt { delivery, after, now, .. } in counted {
                match after {
                    AfterAttempt::Nothing => (),
                    AfterAttempt::Pause(reason) => {
                        pause(tx, &delivery.webhook, reason, *now).await?;
                    }
                    AfterAttempt::Resume => resume(tx, &delivery.webhook).await?,
                }
            }
            Ok(())
        })
        .await
    }
}

impl Db {
    /// Ends a delivery without an attempt, because its time has run out.
    pub async fn give_up(&self, delivery: ClaimedDelivery, now: Timestamp) -> Result<(), Error> {
        self.write("give_up", async move |tx: &mut Tx<'_>| {
            let ClaimedDelivery { webhook, event, place, lease, .. } = &delivery;
            let key =
                params![now.0, webhook.as_str(), event.as_str(), place.region.as_str(), &**lease];
            tx.execute(&GIVE_UP, key).await?;
            Ok(())
        })
        .await
    }
}

/// The second report of one attempt, after a lease ran out, adds nothing.
/// Its number is the delivery's own count, since a late success may come after another's attempts.
const INSERT_ATTEMPT: &str =
    "INSERT INTO attempt (webhook, event, region, number, started_ms, duration_ms, request,
                          status, reason, version, headers, body, error_class, error)
    SELECT webhook, event, region, attempts, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13
    FROM delivery WHERE webhook = $1 AND event = $2 AND region = $3";

fn attempt(finished: &FinishedAttempt) -> Vec<Value<'_>> {
    let FinishedAttempt { delivery, attempt, .. } = finished;
    let response = attempt.response.as_ref();
    let (class, error) = attempt.error.as_ref().map(|(class, error)| (class, error)).unzip();
    params![
        delivery.webhook.as_str(),
        delivery.event.as_str(),
        delivery.place.region.as_str(),
        attempt.started.0,
        attempt.duration_ms,
        attempt.request.as_slice(),
        response.map(|response| i64::from(response.status)),
        response.map(|response| &response.reason),
        response.map(|response| &response.version),
        response.map(|response| &response.headers),
        response.map(|response| response.body.as_slice()),
        class,
        error,
    ]
    .to_vec()
}

/// A success counts whoever reports it; anything else only from the holder of the lease. The second report of one attempt
/// finds the lease gone.
static UPDATE_DELIVERY: LazyLock<String> = LazyLock::new(|| {
    format!(
        "UPDATE delivery
         SET state = $1, due_ms = $2, finished_ms = $3, lease = NULL, attempts = attempts + 1
         WHERE webhook = $4 AND event = $5 AND region = $6 AND state = 'pending'
           AND ($1 = 'delivered' OR lease = $7) AND {IS_LIVE}"
    )
});

static GIVE_UP: LazyLock<String> = LazyLock::new(|| {
    format!(
        "UPDATE delivery SET state = 'dead', finished_ms = $1, lease = NULL
         WHERE webhook = $2 AND event = $3 AND region = $4 AND lease = $5 AND state = 'pending' AND {IS_LIVE}"
    )
});

fn outcome(finished: &FinishedAttempt) -> Vec<Value<'_>> {
    let FinishedAttempt { delivery, next, now, .. } = finished;
    let (state, due, finished_ms) = match next {
        Next::Delivered => ("delivered", *now, Some(now.0)),
        Next::Dead => ("dead", *now, Some(now.0)),
        Next::Retry { due } => ("pending", *due, None),
        // It is due, and its webhook's row holds it back.
        Next::Pause => ("pending", *now, None),
    };
    params![
        state,
        due.0,
        finished_ms,
        delivery.webhook.as_str(),
        delivery.event.as_str(),
        delivery.place.region.as_str(),
        &*delivery.lease,
    ]
    .to_vec()
}

/// Holds a webhook's events back.
async fn pause(
    tx: &mut Tx<'_>,
    webhook: &WebhookId,
    reason: &str,
    now: Timestamp,
) -> Result<(), Fault> {
    let sql =
        "UPDATE webhook SET paused_ms = $1, paused_reason = $2 WHERE id = $3 AND paused_ms IS NULL";
    if tx.execute(sql, params![now.0, reason, webhook.as_str()]).await? == 0 {
        return Ok(());
    }
    crate::webhook::changed(tx).await
}

/// The webhook works again.
async fn resume(tx: &mut Tx<'_>, webhook: &WebhookId) -> Result<(), Fault> {
    let sql = "UPDATE webhook SET paused_ms = NULL, paused_reason = NULL WHERE id = $1 AND paused_ms IS NOT NULL";
    if tx.execute(sql, params![webhook.as_str()]).await? == 0 {
        return Ok(());
    }
    crate::webhook::changed(tx).await
}
