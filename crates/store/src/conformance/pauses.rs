//! A webhook that is gone is paused, and its deliveries wait.

use super::promises;
use super::samples::*;
use crate::db::Db;
use crate::{
    AfterAttempt, ClaimedDelivery, DeliveryKind, FinishedAttempt, NewDelivery, WebhookRow,
};
use boathook_core::delivery::Next;
use boathook_core::time::Timestamp;

promises![
    a_pause_holds_everything_back_and_a_success_lets_go,
    enabling_after_a_pause_lets_go,
    an_update_of_a_paused_webhook_holds_back_still,
    a_pause_spares_pings,
    a_pause_reported_twice_does_not_undo_a_resume,
    a_pause_by_a_late_holder_does_not_count,
];

/// A webhook with three deliveries, the first of which is leased.
async fn held(db: &Db) -> (WebhookRow, ClaimedDelivery) {
    let row = webhook("hook1");
    put(db, &row).await;
    due_at(db, &row.id, &[1, 2, 3]).await;
    let first = claim(db, &row.id, 1, "a", 1).await.remove(0);
    (row, first)
}

fn gone(delivery: &ClaimedDelivery) -> FinishedAttempt {
    let after = AfterAttempt::Pause("the receiver is gone".to_owned());
    FinishedAttempt { after, ..report(delivery, 410, Next::Pause) }
}

async fn paused(db: &Db, row: &WebhookRow) -> Option<(Timestamp, String)> {
    db.webhook(&row.place.registry, &row.name).await.unwrap().unwrap().paused
}

async fn a_pause_holds_everything_back_and_a_success_lets_go(db: &Db) {
    let (row, first) = held(db).await;
    let revision = db.webhook_revision().await.unwrap();
    finish(db, vec![gone(&first)]).await.unwrap();
    assert!(revision < db.webhook_revision().await.unwrap());
    assert_eq!(paused(db, &row).await, Some((NOW, "the receiver is gone".to_owned())));
    assert!(claim(db, &row.id, LIMIT.0 - 1, "b", 9).await.is_empty());
    let ping = NewDelivery { kind: DeliveryKind::Ping, ..delivery(&row.id, "e9", 10) };
    db.commit_ping(event("e9"), ping).await.unwrap();
    let ping = claim(db, &row.id, 10, "c", 9).await.remove(0);
    let resume =
        FinishedAttempt { after: AfterAttempt::Resume, ..report(&ping, 200, Next::Delivered) };
    finish(db, vec![resume]).await.unwrap();
    assert_eq!(paused(db, &row).await, None);
    // Each is due when it was, and what was told that the receiver is gone since then.
    assert_eq!(ids(&claim(db, &row.id, NOW.0, "d", 9).await), ["e2", "e3", "e1"]);
}

async fn enabling_after_a_pause_lets_go(db: &Db) {
    let (row, first) = held(db).await;
    finish(db, vec![gone(&first)]).await.unwrap();
    put(db, &row).await;
    assert_eq!(paused(db, &row).await, None);
    assert_eq!(claim(db, &row.id, NOW.0, "b", 9).await.len(), 3);
}

async fn an_update_of_a_paused_webhook_holds_back_still(db: &Db) {
    let (row, first) = held(db).await;
    finish(db, vec![gone(&first)]).await.unwrap();
    put(db, &WebhookRow { paused: paused(db, &row).await, ..row.clone() }).await;
    assert!(claim(db, &row.id, LIMIT.0 - 1, "b", 9).await.is_empty());
}

async fn a_pause_spares_pings(db: &Db) {
    let (row, first) = held(db).await;
    let ping = NewDelivery { kind: DeliveryKind::Ping, ..delivery(&row.id, "e9", 10) };
    db.commit_ping(event("e9"), ping).await.unwrap();
    finish(db, vec![gone(&first)]).await.unwrap();
    assert_eq!(ids(&claim(db, &row.id, 10, "b", 9).await), ["e9"]);
}

async fn a_pause_reported_twice_does_not_undo_a_resume(db: &Db) {
    let (row, first) = held(db).await;
    finish(db, vec![gone(&first)]).await.unwrap();
    put(db, &row).await;
    finish(db, vec![gone(&first)]).await.unwrap();
    assert_eq!(paused(db, &row).await, None);
}

async fn a_pause_by_a_late_holder_does_not_count(db: &Db) {
    let (row, late) = held(db).await;
    claim(db, &row.id, 101, "b", 9).await;
    finish(db, vec![gone(&late)]).await.unwrap();
    assert_eq!(paused(db, &row).await, None);
}
