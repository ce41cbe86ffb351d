//! A webhook's row decides over its deliveries at once, and they are worked off in steps.

use super::identities::audit;
use super::promises;
use super::samples::*;
use crate::db::Db;
use crate::guard::Guard;
use crate::{DeliveryKind, DeliveryState, NewDelivery, PutOutcome, WebhookRow};
use boathook_core::delivery::Next;
use boathook_core::time::Timestamp;
use boathook_core::webhook::Status;

promises![
    what_a_webhooks_row_cancels_is_over_before_it_is_settled,
    a_ping_of_a_disabled_webhook_is_sent,
    all_of_a_deleted_webhook_is_cancelled,
    a_step_settles_no_more_than_its_limit,
    a_webhook_is_enabled_again_only_when_it_is_settled,
    events_of_a_paused_webhook_die_when_their_time_is_over,
    events_of_a_paused_webhook_die_in_time_although_they_were_to_be_tried_late,
    what_is_handed_back_for_a_pause_dies_in_time,
    an_event_that_is_being_tried_does_not_die_for_a_pause,
    a_live_webhook_has_nothing_to_settle,
];

fn disabled(row: &WebhookRow) -> WebhookRow {
    WebhookRow { status: Status::Disabled, ..row.clone() }
}

async fn with_deliveries(db: &Db, count: usize) -> WebhookRow {
    let row = webhook("hook1");
    put(db, &row).await;
    due_at(db, &row.id, &vec![1; count]).await;
    row
}

async fn ping(db: &Db, row: &WebhookRow) {
    let ping = NewDelivery { kind: DeliveryKind::Ping, ..delivery(&row.id, "e9", 1) };
    db.commit_ping(event("e9"), ping).await.unwrap();
}

/// The states of a webhook's deliveries, newest first.
async fn states(db: &Db, row: &WebhookRow) -> Vec<DeliveryState> {
    let events = db.events(&row.id, None, 99).await.unwrap();
    assert!(events.iter().all(|event| event.next_attempt.is_none()), "nothing is planned");
    events.iter().map(|event| event.state).collect()
}

async fn what_a_webhooks_row_cancels_is_over_before_it_is_settled(db: &Db) {
    let row = with_deliveries(db, 3).await;
    let held = claim(db, &row.id, 1, "a", 2).await;
    put(db, &disabled(&row)).await;
    assert_eq!(states(db, &row).await, [DeliveryState::Cancelled; 3]);
    assert!(claim(db, &row.id, LIMIT.0, "b", 9).await.is_empty());
    finish(db, vec![report(&held[0], 200, Next::Delivered)]).await.unwrap();
    db.give_up(held[1].clone(), NOW).await.unwrap();
    assert_eq!(states(db, &row).await, [DeliveryState::Cancelled; 3]);
    assert_eq!(db.settle(&row.id, NOW, 9).await.unwrap(), 3);
    assert_eq!(states(db, &row).await, [DeliveryState::Cancelled; 3]);
    assert!(db.due().await.unwrap().is_empty());
}

async fn a_ping_of_a_disabled_webhook_is_sent(db: &Db) {
    let row = with_deliveries(db, 1).await;
    put(db, &disabled(&row)).await;
    ping(db, &row).await;
    assert_eq!(db.settle(&row.id, NOW, 9).await.unwrap(), 1);
    let claimed = claim(db, &row.id, 1, "a", 9).await;
    assert_eq!(ids(&claimed), ["e9"]);
    finish(db, vec![report(&claimed[0], 200, Next::Delivered)]).await.unwrap();
    assert_eq!(states(db, &row).await, [DeliveryState::Delivered, DeliveryState::Cancelled]);
}

async fn all_of_a_deleted_webhook_is_cancelled(db: &Db) {
    let row = with_deliveries(db, 1).await;
    ping(db, &row).await;
    let held = claim(db, &row.id, 1, "a", 9).await;
    db.delete_webhook(&row.place.registry, &row.name, Guard::open(), audit("webhook"))
        .await
        .unwrap();
    assert_eq!(states(db, &row).await, [DeliveryState::Cancelled; 2]);
    let sent = held.iter().map(|held| report(held, 200, Next::Delivered)).collect();
    finish(db, sent).await.unwrap();
    assert_eq!(db.due().await.unwrap()[0].over, Some(Timestamp(0)));
    assert_eq!(db.settle(&row.id, NOW, 9).await.unwrap(), 2);
    assert_eq!(states(db, &row).await, [DeliveryState::Cancelled; 2]);
    assert!(db.due().await.unwrap().is_empty());
}

async fn a_step_settles_no_more_than_its_limit(db: &Db) {
    let row = with_deliveries(db, 5).await;
    put(db, &disabled(&row)).await;
    for expected in [2, 2, 1, 0] {
        assert_eq!(db.settle(&row.id, NOW, 2).await.unwrap(), expected);
    }
}

async fn a_webhook_is_enabled_again_only_when_it_is_settled(db: &Db) {
    let row = with_deliveries(db, 2).await;
    put(db, &disabled(&row)).await;
    let unsettled = PutOutcome::Unsettled(row.id.clone());
    assert_eq!(put(db, &row).await, unsettled);
    assert_eq!(db.settle(&row.id, NOW, 1).await.unwrap(), 1);
    assert_eq!(put(db, &row).await, unsettled);
    assert_eq!(put(db, &disabled(&row)).await, PutOutcome::Updated(disabled(&row)));
    assert_eq!(db.settle(&row.id, NOW, 1).await.unwrap(), 1);
    assert_eq!(put(db, &row).await, PutOutcome::Updated(row.clone()));
    assert!(claim(db, &row.id, LIMIT.0, "a", 9).await.is_empty());
}

async fn events_of_a_paused_webhook_die_when_their_time_is_over(db: &Db) {
    let row = with_deliveries(db, 2).await;
    put(db, &WebhookRow { paused: Some((NOW, "gone".to_owned())), ..row.clone() }).await;
    assert_eq!(states(db, &row).await, [DeliveryState::Pending; 2]);
    assert_eq!(db.due().await.unwrap()[0].first(), Some(LIMIT));
    assert_eq!(db.settle(&row.id, Timestamp(LIMIT.0 - 1), 9).await.unwrap(), 0);
    for _ in 0..2 {
        assert_eq!(db.settle(&row.id, LIMIT, 1).await.unwrap(), 1);
    }
    assert_eq!(states(db, &row).await, [DeliveryState::Dead; 2]);
    assert!(db.due().await.unwrap().is_empty());
}

/// A webhook with `e1`, whose time is over at 500, and `e2`, which has longer.
async fn with_early(db: &Db) -> WebhookRow {
    let row = webhook("hook1");
    put(db, &row).await;
    let mut made = Vec::new();
    for (id, made_ms, limit) in [("e1", 100, Timestamp(500)), ("e2", 200, LIMIT)] {
        pushed(db, "one", &[], id).await;
        made.push(NewDelivery { limit, now: Timestamp(made_ms), ..delivery(&row.id, id, made_ms) });
    }
    dispatch(db, made).await;
    row
}

async fn pause(db: &Db, row: &WebhookRow) {
    put(db, &WebhookRow { paused: Some((NOW, "gone".to_owned())), ..row.clone() }).await;
}

/// The first event dies at its own time, which is 500.
async fn check_first_dies_in_time(db: &Db, row: &WebhookRow) {
    assert_eq!(db.due().await.unwrap()[0].first(), Some(Timestamp(500)));
    assert_eq!(db.settle(&row.id, Timestamp(499), 9).await.unwrap(), 0);
    assert_eq!(db.settle(&row.id, Timestamp(500), 9).await.unwrap(), 1);
    assert_eq!(states(db, row).await, [DeliveryState::Pending, DeliveryState::Dead]);
    assert_eq!(db.due().await.unwrap()[0].first(), Some(LIMIT));
}

async fn events_of_a_paused_webhook_die_in_time_although_they_were_to_be_tried_late(db: &Db) {
    let row = with_early(db).await;
    let held = claim(db, &row.id, 100, "a", 1).await;
    let retry = Next::Retry { due: Timestamp(450) };
    finish(db, vec![report(&held[0], 500, retry)]).await.unwrap();
    pause(db, &row).await;
    check_first_dies_in_time(db, &row).await;
}

async fn what_is_handed_back_for_a_pause_dies_in_time(db: &Db) {
    let row = with_early(db).await;
    let held = claim(db, &row.id, 100, "a", 1).await;
    pause(db, &row).await;
    db.release(held, Timestamp(400)).await.unwrap();
    check_first_dies_in_time(db, &row).await;
}

async fn an_event_that_is_being_tried_does_not_die_for_a_pause(db: &Db) {
    let row = with_early(db).await;
    let until = Timestamp(600);
    let mut held = Vec::new();
    for lease in ["a", "b"] {
        let lease = db.claim(&row.id, Timestamp(200), lease.into(), until, 1).await;
        held.extend(lease.unwrap());
    }
    pause(db, &row).await;
    assert_eq!(db.due().await.unwrap()[0].first(), Some(until));
    assert_eq!(db.settle(&row.id, Timestamp(599), 9).await.unwrap(), 0);
    // Of a lease that has run out nobody is sure to report.
    assert_eq!(db.settle(&row.id, until, 9).await.unwrap(), 1);
    finish(db, vec![report(&held[1], 200, Next::Delivered)]).await.unwrap();
    assert_eq!(states(db, &row).await, [DeliveryState::Delivered, DeliveryState::Dead]);
}

async fn a_live_webhook_has_nothing_to_settle(db: &Db) {
    let row = with_deliveries(db, 2).await;
    ping(db, &row).await;
    assert_eq!(db.settle(&row.id, LIMIT, 9).await.unwrap(), 0);
    assert_eq!(claim(db, &row.id, 1, "a", 9).await.len(), 3);
}
