//! What was sent is sent again.

use super::promises;
use super::samples::*;
use crate::db::Db;
use crate::{ClaimedDelivery, DeliveryKind, DeliveryState, NewDelivery, Redelivery, WebhookRow};
use boathook_core::delivery::Next;
use boathook_core::id::{EventId, WebhookId};
use boathook_core::time::Timestamp;
use boathook_core::webhook::Status;

promises![
    what_is_over_is_sent_again_and_its_tries_are_counted_anew,
    what_waits_is_sent_at_once,
    what_is_being_tried_is_left_alone,
    a_ping_is_sent_again,
    of_a_disabled_webhook_nothing_is_sent_again_but_pings,
    what_a_paused_webhook_is_to_send_again_waits,
    what_is_not_there_is_not_sent_again,
];

/// When it is asked for, and when its new time is over.
const ASKED: Timestamp = Timestamp(500);
const NEW_LIMIT: Timestamp = Timestamp(9_000_000);

fn hook() -> WebhookId {
    WebhookId::new("hook")
}

async fn redeliver(db: &Db, webhook: &WebhookId, event: &str) -> Redelivery {
    db.redeliver(&place(), webhook, &EventId::new(event), ASKED, NEW_LIMIT).await.unwrap()
}

/// Claims what is due when it is asked for, which has to be one.
async fn claimed(db: &Db, webhook: &WebhookId) -> ClaimedDelivery {
    let mut claimed = claim(db, webhook, ASKED.0, "again", 9).await;
    assert_eq!(claimed.len(), 1);
    claimed.remove(0)
}

async fn state(db: &Db, webhook: &WebhookId) -> DeliveryState {
    db.events(webhook, None, 9).await.unwrap().remove(0).state
}

/// A webhook with one event, and that.
async fn sent(db: &Db, next: Next) -> ClaimedDelivery {
    due_at(db, &hook(), &[1]).await;
    let held = claim(db, &hook(), 1, "first", 1).await.remove(0);
    finish(db, vec![report(&held, 500, next)]).await.unwrap();
    held
}

async fn what_is_over_is_sent_again_and_its_tries_are_counted_anew(db: &Db) {
    sent(db, Next::Dead).await;
    for (tries, next, state_after) in
        [(1, Next::Delivered, DeliveryState::Delivered), (2, Next::Dead, DeliveryState::Dead)]
    {
        assert_eq!(redeliver(db, &hook(), "e1").await, Redelivery::Due);
        let shown = db.events(&hook(), None, 9).await.unwrap().remove(0);
        assert_eq!((shown.state, shown.attempts), (DeliveryState::Pending, tries));
        assert_eq!(shown.next_attempt, Some(ASKED));
        assert!(shown.attempt.is_some(), "what came of it before is kept");
        assert!(claim(db, &hook(), ASKED.0 - 1, "early", 9).await.is_empty());
        let again = claimed(db, &hook()).await;
        assert_eq!((again.attempts, again.attempts_before, again.limit), (tries, tries, NEW_LIMIT));
        finish(db, vec![report(&again, 200, next)]).await.unwrap();
        assert_eq!(state(db, &hook()).await, state_after);
    }
    let retry = Next::Retry { due: ASKED };
    redeliver(db, &hook(), "e1").await;
    let held = claimed(db, &hook()).await;
    finish(db, vec![report(&held, 500, retry)]).await.unwrap();
    let later = claimed(db, &hook()).await;
    assert_eq!((later.attempts, later.attempts_before), (4, 3));
}

async fn what_waits_is_sent_at_once(db: &Db) {
    sent(db, Next::Retry { due: Timestamp(1_000) }).await;
    assert!(claim(db, &hook(), ASKED.0, "early", 9).await.is_empty());
    assert_eq!(redeliver(db, &hook(), "e1").await, Redelivery::Due);
    claimed(db, &hook()).await;
}

async fn what_is_being_tried_is_left_alone(db: &Db) {
    due_at(db, &hook(), &[1]).await;
    let held = claim(db, &hook(), 1, "first", 1).await.remove(0);
    assert_eq!(redeliver(db, &hook(), "e1").await, Redelivery::UnderWay);
    finish(db, vec![report(&held, 500, Next::Dead)]).await.unwrap();
    assert_eq!(state(db, &hook()).await, DeliveryState::Dead);
}

async fn a_ping_is_sent_again(db: &Db) {
    let row = webhook("hook1");
    put(db, &row).await;
    let ping = NewDelivery { kind: DeliveryKind::Ping, ..delivery(&row.id, "p1", 1) };
    db.commit_ping(event("p1"), ping).await.unwrap();
    let held = claim(db, &row.id, 1, "first", 1).await.remove(0);
    finish(db, vec![report(&held, 500, Next::Dead)]).await.unwrap();
    assert_eq!(redeliver(db, &row.id, "p1").await, Redelivery::Due);
    assert_eq!(claimed(db, &row.id).await.kind, DeliveryKind::Ping);
}

async fn of_a_disabled_webhook_nothing_is_sent_again_but_pings(db: &Db) {
    let row = webhook("hook1");
    put(db, &row).await;
    due_at(db, &row.id, &[1]).await;
    let held = claim(db, &row.id, 1, "first", 1).await.remove(0);
    finish(db, vec![report(&held, 500, Next::Dead)]).await.unwrap();
    let ping = NewDelivery { kind: DeliveryKind::Ping, ..delivery(&row.id, "p1", 1) };
    db.commit_ping(event("p1"), ping).await.unwrap();
    let held = claim(db, &row.id, 1, "first", 1).await.remove(0);
    finish(db, vec![report(&held, 500, Next::Dead)]).await.unwrap();
    put(db, &WebhookRow { status: Status::Disabled, ..row.clone() }).await;
    assert_eq!(redeliver(db, &row.id, "e1").await, Redelivery::Disabled);
    assert_eq!(redeliver(db, &row.id, "p1").await, Redelivery::Due);
    assert_eq!(claimed(db, &row.id).await.event.as_str(), "p1");
    put(db, &row).await;
    assert_eq!(redeliver(db, &row.id, "e1").await, Redelivery::Due);
}

async fn what_a_paused_webhook_is_to_send_again_waits(db: &Db) {
    let row = webhook("hook1");
    put(db, &row).await;
    due_at(db, &row.id, &[1, 1]).await;
    let held = claim(db, &row.id, 1, "first", 2).await;
    let over = crate::FinishedAttempt {
        after: crate::AfterAttempt::Pause("gone".to_owned()),
        ..report(&held[0], 410, Next::Dead)
    };
    finish(db, vec![over, report(&held[1], 200, Next::Delivered)]).await.unwrap();
    assert_eq!(redeliver(db, &row.id, "e2").await, Redelivery::Due);
    assert!(claim(db, &row.id, ASKED.0, "early", 9).await.is_empty());
    put(db, &row).await;
    assert_eq!(claimed(db, &row.id).await.event.as_str(), "e2");
}

async fn what_is_not_there_is_not_sent_again(db: &Db) {
    sent(db, Next::Dead).await;
    assert_eq!(redeliver(db, &hook(), "e2").await, Redelivery::Unknown);
    assert_eq!(redeliver(db, &WebhookId::new("other"), "e1").await, Redelivery::Unknown);
    assert_eq!(state(db, &hook()).await, DeliveryState::Dead);
}
