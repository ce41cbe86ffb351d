//! What became of events is shown and in the end forgotten.

use super::promises;
use super::samples::*;
use crate::db::Db;
use crate::{Backlog, DeliveryState};
use boathook_core::delivery::Next;
use boathook_core::id::{EventId, WebhookId};

promises![
    events_come_newest_first_and_in_pages,
    old_finished_events_are_forgotten,
    nothing_as_young_as_a_pending_delivery_is_forgotten,
    an_event_that_waits_for_its_dispatcher_is_not_forgotten,
    retiring_takes_no_more_than_its_limit,
    the_backlog_tells_the_oldest_that_waits,
];

fn hook() -> WebhookId {
    WebhookId::new("hook")
}

async fn listed(db: &Db, webhook: &WebhookId, before: Option<&str>, limit: u32) -> Vec<String> {
    let before = before.map(EventId::new);
    let events = db.events(webhook, before.as_ref(), limit).await.unwrap();
    events.into_iter().map(|event| event.event.as_str().to_owned()).collect()
}

/// Delivers everything that is due now to `hook`.
async fn deliver_all(db: &Db) {
    let claimed = claim(db, &hook(), 1, "a", 99).await;
    let reports = claimed.iter().map(|delivery| report(delivery, 200, Next::Delivered));
    finish(db, reports.collect()).await.unwrap();
}

async fn events_come_newest_first_and_in_pages(db: &Db) {
    due_at(db, &hook(), &[1, 1, 1, 2, 2]).await;
    deliver_all(db).await;
    assert_eq!(listed(db, &hook(), None, 99).await, ["e5", "e4", "e3", "e2", "e1"]);
    assert_eq!(listed(db, &hook(), None, 2).await, ["e5", "e4"]);
    assert_eq!(listed(db, &hook(), Some("e4"), 2).await, ["e3", "e2"]);
    assert!(listed(db, &hook(), Some("e1"), 2).await.is_empty());
    assert!(listed(db, &WebhookId::new("other"), None, 2).await.is_empty());
    let events = db.events(&hook(), None, 99).await.unwrap();
    assert_eq!((events[0].state, events[0].attempt.is_some()), (DeliveryState::Pending, false));
    assert_eq!((events[4].state, events[4].attempt.is_some()), (DeliveryState::Delivered, true));
    assert_eq!(events[4].body, b"body of e1");
}

async fn retire(db: &Db, before: &str, limit: u32) -> u64 {
    db.retire(&EventId::new(before), limit).await.unwrap()
}

async fn old_finished_events_are_forgotten(db: &Db) {
    due_at(db, &hook(), &[1, 1, 1]).await;
    deliver_all(db).await;
    assert_eq!(retire(db, "e3", 99).await, 2);
    assert_eq!(listed(db, &hook(), None, 99).await, ["e3"]);
    assert!(db.events(&hook(), None, 9).await.unwrap()[0].attempt.is_some());
    assert_eq!(retire(db, "e3", 99).await, 0);
    // Nothing is left of it, so that it could happen again.
    due_at(db, &hook(), &[1]).await;
    let again = db.events(&hook(), None, 9).await.unwrap().remove(1);
    assert_eq!((again.attempts, again.attempt), (0, None));
}

async fn nothing_as_young_as_a_pending_delivery_is_forgotten(db: &Db) {
    due_at(db, &hook(), &[1, 2, 1]).await;
    deliver_all(db).await;
    assert_eq!(retire(db, "e9", 99).await, 1);
    assert_eq!(listed(db, &hook(), None, 99).await, ["e3", "e2"]);
    assert_eq!(retire(db, "e9", 99).await, 0);
}

async fn an_event_that_waits_for_its_dispatcher_is_not_forgotten(db: &Db) {
    pushed(db, "one", &[], "e0").await;
    due_at(db, &hook(), &[1]).await;
    deliver_all(db).await;
    retire(db, "e9", 99).await;
    assert_eq!(undispatched(db).await, ["e0"]);
}

async fn retiring_takes_no_more_than_its_limit(db: &Db) {
    due_at(db, &hook(), &[1; 5]).await;
    deliver_all(db).await;
    assert_eq!(retire(db, "e9", 2).await, 2);
    assert_eq!(listed(db, &hook(), None, 99).await, ["e5", "e4", "e3"]);
    assert_eq!(retire(db, "e9", 2).await, 2);
    assert_eq!(retire(db, "e9", 2).await, 1);
    assert_eq!(retire(db, "e9", 2).await, 0);
}

async fn the_backlog_tells_the_oldest_that_waits(db: &Db) {
    let backlog = async || db.backlog().await.unwrap();
    assert_eq!(backlog().await, Backlog { oldest: None });
    due_at(db, &hook(), &[1]).await;
    assert_eq!(backlog().await, Backlog { oldest: Some(NOW) });
    deliver_all(db).await;
    assert_eq!(backlog().await, Backlog { oldest: None });
    pushed(db, "one", &[], "e9").await;
    assert_eq!(backlog().await, Backlog { oldest: Some(NOW) });
}
