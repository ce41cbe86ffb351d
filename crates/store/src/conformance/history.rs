//! What became of events is shown and in the end forgotten.

use super::promises;
use super::samples::*;
use crate::db::Db;
use crate::{AttemptRow, Backlog, DeliveryEntry, DeliveryState, EventLine, GLANCED_MAX};
use boathook_core::delivery::Next;
use boathook_core::id::{EventId, WebhookId};
use boathook_core::time::Timestamp;

promises![
    events_come_newest_first_and_in_pages,
    a_list_shows_of_events_what_they_are,
    deliveries_come_newest_first_with_their_latest_attempts,
    of_many_attempts_only_the_latest_are_read,
    one_delivery_is_found_by_its_event,
    the_latest_attempts_of_a_webhook_say_how_they_went,
    a_glance_changes_with_what_is_shown,
    the_latest_delivery_of_each_webhook_is_found,
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

async fn a_list_shows_of_events_what_they_are(db: &Db) {
    due_at(db, &hook(), &[1, 1, 2]).await;
    deliver_all(db).await;
    for (before, limit) in [(None, 99), (None, 2), (Some(EventId::new("e3")), 1)] {
        let lines = db.event_lines(&hook(), before.as_ref(), limit).await.unwrap();
        let entries = db.events(&hook(), before.as_ref(), limit).await.unwrap();
        let expected = entries.into_iter().map(|entry| {
            let (response, error) =
                entry.attempt.map(|attempt| (attempt.response, attempt.error)).unwrap_or_default();
            EventLine {
                event: entry.event,
                body: entry.body,
                state: entry.state,
                attempts: entry.attempts,
                answer: response.map(|response| (response.status, response.reason)),
                error_class: error.map(|(class, _)| class),
            }
        });
        assert_eq!(lines, expected.collect::<Vec<_>>());
    }
    let lines = db.event_lines(&hook(), None, 99).await.unwrap();
    assert_eq!((&lines[0].answer, lines[1].answer.as_ref().unwrap().0), (&None, 200));
}

/// Tries `event` again and again, at a millisecond each, until it was tried so many times.
async fn try_until(db: &Db, event: &str, times: u32) {
    for number in 1..=times {
        let now_ms = i64::from(number);
        let claimed = claim(db, &hook(), now_ms, "a", 99).await;
        let held = claimed.into_iter().find(|held| held.event.as_str() == event).unwrap();
        let mut over = report(&held, 500, Next::Retry { due: Timestamp(now_ms + 1) });
        over.attempt =
            AttemptRow { started: Timestamp(now_ms), duration_ms: now_ms, ..over.attempt };
        finish(db, vec![over]).await.unwrap();
    }
}

/// The numbers of the attempts that are shown of a delivery.
fn numbers(entry: &DeliveryEntry) -> Vec<u32> {
    entry.latest.iter().map(|(number, _)| *number).collect()
}

async fn deliveries_come_newest_first_with_their_latest_attempts(db: &Db) {
    due_at(db, &hook(), &[1, 9, 1, 9]).await;
    deliver_all(db).await;
    let page = async |before: Option<&str>, limit| {
        let before = before.map(EventId::new);
        db.deliveries(&hook(), before.as_ref(), limit, 20).await.unwrap()
    };
    let ids = |page: &[DeliveryEntry]| -> Vec<String> {
        page.iter().map(|entry| entry.event.as_str().to_owned()).collect()
    };
    let all = page(None, 99).await;
    assert_eq!(ids(&all), ["e4", "e3", "e2", "e1"]);
    assert_eq!(ids(&page(None, 2).await), ["e4", "e3"]);
    assert_eq!(ids(&page(Some("e3"), 2).await), ["e2", "e1"]);
    assert!(db.deliveries(&WebhookId::new("other"), None, 9, 20).await.unwrap().is_empty());
    let expected = [
        (DeliveryState::Pending, 0, Some(Timestamp(9))),
        (DeliveryState::Delivered, 1, None),
        (DeliveryState::Pending, 0, Some(Timestamp(9))),
        (DeliveryState::Delivered, 1, None),
    ];
    for (entry, expected) in all.iter().zip(expected) {
        assert_eq!((entry.state, entry.attempts, entry.next_attempt), expected);
        assert_eq!(numbers(entry), (1..=entry.attempts).collect::<Vec<_>>());
        // The list of events says the same of each, with the latest attempt.
        let shown = db.events(&hook(), None, 9).await.unwrap();
        let shown = shown.into_iter().find(|shown| shown.event == entry.event).unwrap();
        assert_eq!(shown.attempt, entry.latest.first().map(|(_, attempt)| attempt.clone()));
        assert_eq!((shown.state, shown.body), (entry.state, entry.body.clone()));
    }
    assert_eq!(all[3].body, b"body of e1");
}

async fn of_many_attempts_only_the_latest_are_read(db: &Db) {
    due_at(db, &hook(), &[1]).await;
    try_until(db, "e1", 3).await;
    let shown = db.deliveries(&hook(), None, 9, 3).await.unwrap().remove(0);
    assert_eq!((numbers(&shown), shown.attempts), (vec![3, 2, 1], 3));
    let shown = db.deliveries(&hook(), None, 9, 2).await.unwrap().remove(0);
    assert_eq!((numbers(&shown), shown.attempts), (vec![3, 2], 3));
    let took: Vec<_> = shown
        .latest
        .iter()
        .map(|(_, attempt)| {
            let status = attempt.response.as_ref().map(|response| response.status);
            (attempt.started.0, attempt.duration_ms, status)
        })
        .collect();
    assert_eq!(took, [(3, 3, Some(500)), (2, 2, Some(500))]);
}

async fn the_latest_attempts_of_a_webhook_say_how_they_went(db: &Db) {
    due_at(db, &hook(), &[1, 9]).await;
    try_until(db, "e1", 3).await;
    let claimed = claim(db, &hook(), 20, "a", 99).await;
    let second = claimed.iter().find(|held| held.event.as_str() == "e2").unwrap();
    finish(db, vec![report(second, 200, Next::Delivered)]).await.unwrap();
    let latest = db.latest_attempts(&hook(), 3).await.unwrap();
    let durations: Vec<_> = latest.iter().skip(1).map(|attempt| attempt.duration_ms).collect();
    assert_eq!(durations, [3, 2]);
    assert_eq!(latest[1].started, Timestamp(3));
    assert_eq!(db.latest_attempts(&hook(), 9).await.unwrap().len(), 4);
    assert!(db.latest_attempts(&WebhookId::new("other"), 9).await.unwrap().is_empty());
}

async fn one_delivery_is_found_by_its_event(db: &Db) {
    due_at(db, &hook(), &[1, 9]).await;
    try_until(db, "e1", 3).await;
    let one = async |webhook: &WebhookId, event: &str| {
        db.delivery(webhook, &EventId::new(event), 2).await.unwrap()
    };
    let found = one(&hook(), "e1").await.unwrap();
    assert_eq!((found.event.as_str(), numbers(&found), found.attempts), ("e1", vec![3, 2], 3));
    assert!(numbers(&one(&hook(), "e2").await.unwrap()).is_empty());
    assert!(one(&hook(), "e3").await.is_none());
    assert!(one(&WebhookId::new("other"), "e1").await.is_none());
}

async fn retire(db: &Db, before: &str, limit: u32) -> u64 {
    db.retire(&EventId::new(before), limit).await.unwrap()
}

/// The events that a glance sees, with the webhook's name.
async fn glanced(db: &Db, webhooks: &[&str], limit: u32) -> Vec<(String, String)> {
    let ids = webhooks.iter().map(|name| WebhookId::new(*name)).collect();
    let found = db.glance(ids, limit).await.unwrap();
    found.into_iter().map(|(id, glance)| (id.to_string(), glance.event.to_string())).collect()
}

async fn a_glance_changes_with_what_is_shown(db: &Db) {
    due_at(db, &hook(), &[1, 1, 2]).await;
    let own = |events: &[&str]| -> Vec<_> {
        events.iter().map(|event| ("hook".to_owned(), (*event).to_owned())).collect()
    };
    assert_eq!(glanced(db, &["hook", "none"], 9).await, own(&["e3", "e2", "e1"]));
    assert_eq!(glanced(db, &["none", "hook"], 2).await, own(&["e3", "e2"]));
    let all = vec!["none"; GLANCED_MAX];
    assert!(glanced(db, &all, 2).await.is_empty());
    let before = db.glance(vec![hook()], 9).await.unwrap();
    assert_eq!(db.glance(vec![hook()], 9).await.unwrap(), before);
    deliver_all(db).await;
    let after = db.glance(vec![hook()], 9).await.unwrap();
    assert_eq!(after[0], before[0]);
    assert!(after[1] != before[1] && after[2] != before[2]);
}

async fn the_latest_delivery_of_each_webhook_is_found(db: &Db) {
    due_at(db, &hook(), &[1, 1]).await;
    deliver_all(db).await;
    due_at(db, &WebhookId::new("other"), &[5]).await;
    let ids = ["none", "hook", "other"].map(WebhookId::new).to_vec();
    let latest = db.latest_deliveries(ids).await.unwrap();
    assert_eq!(
        latest,
        [None, Some((DeliveryState::Delivered, 1)), Some((DeliveryState::Pending, 0))]
    );
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
