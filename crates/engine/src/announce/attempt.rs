//! One attempt: a request goes out, and what came of it is written down.

use super::directory::Webhook;
use super::sent::{self, Sent};
use crate::courier::failure::Failure;
use crate::courier::{Answer, BODY_BYTES_MAX, Exchange, Parcel};
use crate::ctx::Ctx;
use crate::manage::target::Target;
use crate::traffic::TrafficKind;
use boathook_core::delivery::{Attempt, AttemptResult, Next, decide};
use boathook_core::id::WebhookId;
use boathook_core::retry::{RetryPolicy, parse_retry_after};
use boathook_core::time::Timestamp;
use boathook_store::{
    AfterAttempt, AttemptRow, ClaimedDelivery, DeliveryKind, FinishedAttempt, ResponseRow,
};
use http::Method;
use std::sync::Arc;
use std::time::Duration;

/// How many characters of a response's body are kept, as ACR does.
const BODY_CHARS_MAX: usize = 4_096;
/// How long to wait before writing down again what could not be written.
const WRITE_PAUSE: Duration = Duration::from_secs(1);
/// How often it is tried where waiting is not known to help.
const WRITE_TRIES_MAX: u32 = 5;

/// Tries a delivery, and writes down what came of it however long the database is away.
pub(super) async fn run(ctx: Arc<Ctx>, delivery: ClaimedDelivery) {
    let mut place =
        Place { ctx: Arc::clone(&ctx), webhook: delivery.webhook.clone(), is_success: false };
    place.is_success = match ctx.deliverer.directory(&ctx).await {
        Ok(directory) => match directory.webhook(&place.webhook) {
            Some(webhook) => attempt(&ctx, webhook, delivery).await,
            // It was deleted, and the delivery cancelled with it.
            None => true,
        },
        // The lease will run out, and somebody will try again.
        Err(error) => {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "the webhooks cannot be read"
            );
            false
        }
    };
}

/// A place in a lane's window, which is given back however the attempt ends.
struct Place {
    ctx: Arc<Ctx>,
    webhook: WebhookId,
    is_success: bool,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.ctx.deliverer.finished(&self.ctx, &self.webhook, self.is_success);
    }
}

async fn attempt(ctx: &Arc<Ctx>, webhook: &Webhook, delivery: ClaimedDelivery) -> bool {
    // What cannot be built is not the receiver's fault: the delivery keeps its attempts, and waits for its lease to end.
    let Some(target) = &webhook.target else {
        expire(ctx, delivery).await;
        return false;
    };
    if delivery.kind == DeliveryKind::Event {
        if !webhook.is_enabled {
            // The delivery was cancelled when its webhook was disabled.
            return true;
        }
        if webhook.is_paused {
            hand_back(ctx, delivery).await;
            return true;
        }
    }
    let started = ctx.clock.now();
    let parcel = Parcel {
        method: Method::POST,
        uri: target.uri.clone(),
        headers: sent::headers(target),
        body: delivery.body.clone(),
        answer_bytes_max: BODY_BYTES_MAX,
        timeout: ctx.limits.attempt_timeout,
    };
    let exchange = ctx.courier.send(parcel).await;
    let finished = judge(ctx, target, delivery, started, &exchange);
    log(ctx, webhook, &finished, &exchange);
    let is_success = finished.next == Next::Delivered;
    write_down(ctx, finished).await;
    is_success
}

/// Works out what an exchange means.
fn judge(
    ctx: &Ctx,
    target: &Target,
    delivery: ClaimedDelivery,
    started: Timestamp,
    exchange: &Exchange,
) -> FinishedAttempt {
    let now = ctx.clock.now();
    let result = match &exchange.result {
        Ok(answer) => AttemptResult::Answered {
            status: answer.status.as_u16(),
            retry_after: answer
                .retry_after
                .as_deref()
                .and_then(|text| parse_retry_after(text, now)),
        },
        Err(_) => AttemptResult::Unanswered,
    };
    let policy = match delivery.kind {
        DeliveryKind::Event => RetryPolicy::standard(),
        DeliveryKind::Ping => RetryPolicy::never(),
    };
    let mut jitter = [0; 4];
    ctx.ids.fill(&mut jitter);
    let attempt = Attempt {
        number: delivery.attempts - delivery.attempts_before + 1,
        result,
        ended: now,
        limit: delivery.limit,
        jitter: u32::from_le_bytes(jitter),
    };
    let next = decide(&policy, &attempt);
    let after = match next {
        Next::Pause => AfterAttempt::Pause(
            "the receiver answered 410 Gone: update the webhook with `status` `enabled`, or ping it, to resume".to_owned(),
        ),
        Next::Delivered if delivery.kind == DeliveryKind::Ping => AfterAttempt::Resume,
        Next::Delivered | Next::Retry { .. } | Next::Dead => AfterAttempt::Nothing,
    };
    let row = AttemptRow {
        started,
        duration_ms: i64::try_from(exchange.timings.total.as_millis()).unwrap_or(i64::MAX),
        request: Sent::of(target, &delivery.body).close(&ctx.seal, &delivery.webhook),
        response: response(&exchange.result),
        error: error(&exchange.result),
    };
    FinishedAttempt { delivery, attempt: row, next, after, now }
}

/// The response as ACR would keep it: one that takes too long is a `504 Gateway Timeout`.
fn response(result: &Result<Answer, Failure>) -> Option<ResponseRow> {
    match result {
        Ok(answer) => {
            let headers: serde_json::Map<_, _> = answer
                .headers
                .iter()
                .map(|(name, value)| (name.clone(), value.clone().into()))
                .collect();
            let body = String::from_utf8_lossy(&answer.body_prefix);
            Some(ResponseRow {
                status: answer.status.as_u16(),
                reason: answer.reason.clone(),
                version: format!("{:?}", answer.version).trim_start_matches("HTTP/").to_owned(),
                headers: serde_json::Value::from(headers).to_string(),
                body: body.chars().take(BODY_CHARS_MAX).collect::<String>().into_bytes(),
            })
        }
        Err(Failure::Timeout { .. }) => Some(ResponseRow {
            status: 504,
            reason: "Gateway Timeout".to_owned(),
            version: "1.1".to_owned(),
            headers: "{}".to_owned(),
            body: Vec::new(),
        }),
        Err(_) => None,
    }
}

fn error(result: &Result<Answer, Failure>) -> Option<(String, String)> {
    match result {
        Ok(answer) if answer.status.is_success() => None,
        Ok(answer) => {
            let message = if answer.status.is_redirection() {
                format!("the receiver answered {}, and redirects are not followed", answer.status)
            } else {
                format!("the receiver answered {}", answer.status)
            };
            Some(("status".to_owned(), message))
        }
        Err(failure) => Some((failure.class().to_owned(), failure.to_string())),
    }
}

/// Leaves a delivery that is held back to whoever comes when it no longer is.
async fn hand_back(ctx: &Arc<Ctx>, delivery: ClaimedDelivery) {
    if let Err(error) = ctx.db.release(vec![delivery], ctx.clock.now()).await {
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            "a lease is not handed back: it will run out"
        );
    }
}

/// Ends a delivery that cannot be tried, if its time has run out.
async fn expire(ctx: &Arc<Ctx>, delivery: ClaimedDelivery) {
    let now = ctx.clock.now();
    if delivery.limit <= now {
        ctx.meters.attempts.increment("dead");
        if let Err(error) = ctx.db.give_up(delivery, now).await {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "a delivery that has expired is still pending"
            );
        }
    }
}

/// One wide line an attempt, and the counts.
fn log(ctx: &Ctx, webhook: &Webhook, finished: &FinishedAttempt, exchange: &Exchange) {
    let FinishedAttempt { delivery, attempt, next, .. } = finished;
    let (result, due) = match next {
        Next::Delivered => ("delivered", None),
        Next::Retry { due } => ("retry", Some(due.to_string())),
        Next::Pause => ("paused", None),
        Next::Dead => ("dead", None),
    };
    ctx.meters.attempts.increment(result);
    if *next == Next::Delivered {
        ctx.traffic.note(&delivery.place, TrafficKind::Delivery, ctx.clock.now());
    }
    if let Err(failure) = &exchange.result {
        ctx.meters.failures.increment(failure.class());
    }
    tracing::info!(
        registry = %delivery.place.registry,
        region = %delivery.place.region,
        webhook.id = %delivery.webhook,
        event.id = %delivery.event,
        delivery.attempt = delivery.attempts + 1,
        delivery.result = result,
        delivery.next = due,
        http.status = attempt.response.as_ref().map(|response| response.status),
        error.class = attempt.error.as_ref().map(|(class, _)| class.as_str()),
        error.message = attempt.error.as_ref().map(|(_, message)| message.as_str()),
        remote = exchange.remote.map(|remote| remote.to_string()),
        duration_ms = attempt.duration_ms,
        "tried to deliver an event to the webhook `{}`: {result}",
        webhook.name,
    );
}

/// Writes down what came of an attempt, with others if that works and else alone; a database that is away only makes it
/// wait, so that a receiver that has heard of an event does not hear of it again. Other failures may be a neighbour's in
/// the same commit: they are tried a few times more.
async fn write_down(ctx: &Arc<Ctx>, finished: FinishedAttempt) {
    let finished = Arc::new(finished);
    if ctx.deliverer.ledger.write(&ctx.db, Arc::clone(&finished)).await {
        return;
    }
    let mut tries = 0;
    loop {
        tries += 1;
        match ctx.db.finish(vec![Arc::clone(&finished)]).await {
            Ok(()) => return,
            Err(error) if error.is_transient() && !ctx.deliverer.is_stopping() => {
                ctx.deliverer.pause(WRITE_PAUSE).await;
            }
            Err(_) if tries < WRITE_TRIES_MAX => ctx.deliverer.pause(WRITE_PAUSE).await,
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "an attempt was made and not written down"
                );
                return;
            }
        }
    }
}
