//! What came of an attempt is written down.

use super::promises;
use super::samples::*;
use crate::db::Db;
use crate::{ClaimedDelivery, DeliveryState, EventEntry};
use boathook_core::delivery::Next;
use boathook_core::id::WebhookId;
use boathook_core::time::Timestamp;

promises![
    a_success_ends_a_delivery,
    a_failure_is_tried_again_when_it_is_due,
    a_dead_delivery_is_not_tried_again,
    a_success_by_a_late_holder_counts,
    a_failure_by_a_late_holder_does_not_count,
    a_late_success_is_the_latest_attempt,
    a_second_report_adds_nothing,
];

fn hook() -> WebhookId {
    WebhookId::new("hook")
}

const RETRY: Next = Next::Retry { due: Timestamp(500) };

async fn claimed(db: &Db, now_ms: i64, lease: &str) -> ClaimedDelivery {
    claim(db, &hook(), now_ms, lease, 1).await.remove(0)
}

async fn entry(db: &Db) -> EventEntry {
    db.events(&hook(), None, 9).await.unwrap().remove(0)
}

/// The status of the response to the latest attempt.
fn status(entry: &EventEntry) -> Option<u16> {
    Some(entry.attempt.as_ref()?.response.as_ref()?.status)
}

async fn a_success_ends_a_delivery(db: &Db) {
    due_at(db, &hook(), &[1]).await;
    let held = claimed(db, 1, "a").await;
    let sent = report(&held, 200, Next::Delivered);
    finish(db, vec![sent.clone()]).await.unwrap();
    let entry = entry(db).await;
    assert_eq!(
        (entry.state, entry.attempts, entry.next_attempt),
        (DeliveryState::Delivered, 1, None)
    );
    assert_eq!(entry.attempt, Some(sent.attempt));
    assert!(claim(db, &hook(), 10_000_000, "b", 1).await.is_empty());
    assert!(db.due().await.unwrap().is_empty());
}

async fn a_failure_is_tried_again_when_it_is_due(db: &Db) {
    due_at(db, &hook(), &[1]).await;
    let held = claimed(db, 1, "a").await;
    let mut sent = report(&held, 0, RETRY);
    sent.attempt.response = None;
    sent.attempt.error = Some(("connect".to_owned(), "refused".to_owned()));
    finish(db, vec![sent.clone()]).await.unwrap();
    let waiting = entry(db).await;
    assert_eq!((waiting.state, waiting.attempts), (DeliveryState::Pending, 1));
    assert_eq!(waiting.next_attempt, Some(Timestamp(500)));
    assert_eq!(waiting.attempt, Some(sent.attempt));
    assert!(claim(db, &hook(), 499, "b", 1).await.is_empty());
    let again = claimed(db, 500, "b").await;
    assert_eq!(again.attempts, 1);
    assert_eq!(entry(db).await.next_attempt, None);
    finish(db, vec![report(&again, 202, Next::Delivered)]).await.unwrap();
    let done = entry(db).await;
    assert_eq!((done.attempts, status(&done)), (2, Some(202)));
}

async fn a_dead_delivery_is_not_tried_again(db: &Db) {
    due_at(db, &hook(), &[1]).await;
    let held = claimed(db, 1, "a").await;
    finish(db, vec![report(&held, 500, Next::Dead)]).await.unwrap();
    assert_eq!(entry(db).await.state, DeliveryState::Dead);
    assert!(claim(db, &hook(), 10_000_000, "b", 1).await.is_empty());
}

async fn a_success_by_a_late_holder_counts(db: &Db) {
    due_at(db, &hook(), &[1]).await;
    let late = claimed(db, 1, "a").await;
    let holder = claimed(db, 101, "b").await;
    finish(db, vec![report(&late, 200, Next::Delivered)]).await.unwrap();
    finish(db, vec![report(&holder, 500, RETRY)]).await.unwrap();
    let entry = entry(db).await;
    assert_eq!(
        (entry.state, entry.attempts, status(&entry)),
        (DeliveryState::Delivered, 1, Some(200))
    );
}

async fn a_failure_by_a_late_holder_does_not_count(db: &Db) {
    due_at(db, &hook(), &[1]).await;
    let late = claimed(db, 1, "a").await;
    let holder = claimed(db, 101, "b").await;
    finish(db, vec![report(&late, 500, Next::Dead)]).await.unwrap();
    let waiting = entry(db).await;
    assert_eq!((waiting.state, waiting.attempts), (DeliveryState::Pending, 0));
    assert_eq!(waiting.attempt, None);
    finish(db, vec![report(&holder, 200, Next::Delivered)]).await.unwrap();
    let done = entry(db).await;
    assert_eq!(
        (done.state, done.attempts, status(&done)),
        (DeliveryState::Delivered, 1, Some(200))
    );
}

async fn a_late_success_is_the_latest_attempt(db: &Db) {
    due_at(db, &hook(), &[1]).await;
    let late = claimed(db, 1, "a").await;
    let holder = claimed(db, 101, "b").await;
    finish(db, vec![report(&holder, 500, RETRY)]).await.unwrap();
    finish(db, vec![report(&late, 200, Next::Delivered)]).await.unwrap();
    let done = entry(db).await;
    assert_eq!(
        (done.state, done.attempts, status(&done)),
        (DeliveryState::Delivered, 2, Some(200))
    );
}

async fn a_second_report_adds_nothing(db: &Db) {
    due_at(db, &hook(), &[1]).await;
    let held = claimed(db, 1, "a").await;
    let failure = report(&held, 500, RETRY);
    finish(db, vec![failure.clone(), failure.clone()]).await.unwrap();
    finish(db, vec![failure]).await.unwrap();
    let waiting = entry(db).await;
    assert_eq!((waiting.attempts, waiting.next_attempt), (1, Some(Timestamp(500))));
    let held = claimed(db, 500, "b").await;
    let success = report(&held, 200, Next::Delivered);
    finish(db, vec![success.clone()]).await.unwrap();
    finish(db, vec![report(&held, 204, Next::Delivered)]).await.unwrap();
    let done = entry(db).await;
    assert_eq!((done.attempts, done.attempt), (2, Some(success.attempt)));
}
