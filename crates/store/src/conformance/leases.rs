//! Deliveries that are due are leased.

use super::promises;
use super::samples::*;
use crate::WebhookDue;
use crate::db::Db;
use boathook_core::id::WebhookId;
use boathook_core::time::Timestamp;
use futures_util::future::join_all;
use std::collections::HashSet;

promises![
    a_delivery_is_leased_to_one_worker_at_a_time,
    concurrent_claimers_never_share_a_delivery,
    a_lease_runs_out,
    a_released_delivery_is_due_at_once,
    a_lease_that_was_lost_cannot_be_released,
    leases_of_the_dead_are_inherited_where_nobody_else_can_hold_one,
    a_claim_takes_the_longest_due_first_and_no_more_than_its_limit,
    each_webhook_is_due_once_with_its_earliest_time,
];

fn hook() -> WebhookId {
    WebhookId::new("hook")
}

async fn a_delivery_is_leased_to_one_worker_at_a_time(db: &Db) {
    due_at(db, &hook(), &[10]).await;
    assert!(claim(db, &hook(), 9, "a", 9).await.is_empty());
    let claimed = claim(db, &hook(), 10, "a", 9).await;
    assert_eq!((ids(&claimed), &*claimed[0].lease), (vec!["e1"], "a"));
    assert!(claim(db, &hook(), 10, "b", 9).await.is_empty());
}

async fn concurrent_claimers_never_share_a_delivery(db: &Db) {
    due_at(db, &hook(), &[1; 40]).await;
    let claimers = ["a", "b", "c", "d"].map(async |lease| {
        let mut claimed = Vec::new();
        loop {
            let some = claim(db, &hook(), 1, lease, 3).await;
            if some.is_empty() {
                return claimed;
            }
            claimed.extend(some);
        }
    });
    let mut claimed = join_all(claimers).await.concat();
    // Whoever is skipped in passing is found by somebody's next turn, or stays due.
    claimed.extend(claim(db, &hook(), 1, "last", 40).await);
    let events: HashSet<_> = claimed.iter().map(|delivery| &delivery.event).collect();
    assert_eq!((claimed.len(), events.len()), (40, 40));
}

async fn a_lease_runs_out(db: &Db) {
    due_at(db, &hook(), &[10]).await;
    assert_eq!(claim(db, &hook(), 10, "a", 9).await.len(), 1);
    assert!(claim(db, &hook(), 109, "b", 9).await.is_empty());
    let claimed = claim(db, &hook(), 110, "b", 9).await;
    assert_eq!((ids(&claimed), &*claimed[0].lease), (vec!["e1"], "b"));
}

async fn a_released_delivery_is_due_at_once(db: &Db) {
    due_at(db, &hook(), &[10]).await;
    let claimed = claim(db, &hook(), 10, "a", 9).await;
    db.release(claimed, Timestamp(11)).await.unwrap();
    assert!(claim(db, &hook(), 10, "b", 9).await.is_empty());
    assert_eq!(claim(db, &hook(), 11, "b", 9).await.len(), 1);
}

async fn a_lease_that_was_lost_cannot_be_released(db: &Db) {
    due_at(db, &hook(), &[10]).await;
    let lost = claim(db, &hook(), 10, "a", 9).await;
    assert_eq!(claim(db, &hook(), 110, "b", 9).await.len(), 1);
    db.release(lost, Timestamp(111)).await.unwrap();
    assert!(claim(db, &hook(), 111, "c", 9).await.is_empty());
}

async fn leases_of_the_dead_are_inherited_where_nobody_else_can_hold_one(db: &Db) {
    due_at(db, &hook(), &[10, 30]).await;
    assert_eq!(claim(db, &hook(), 10, "dead", 9).await.len(), 1);
    let expected = usize::from(!db.is_shared());
    assert_eq!(db.inherit(Timestamp(11)).await.unwrap(), expected);
    // What was not leased is due when it was.
    assert_eq!(claim(db, &hook(), 11, "heir", 9).await.len(), expected);
}

async fn a_claim_takes_the_longest_due_first_and_no_more_than_its_limit(db: &Db) {
    due_at(db, &hook(), &[30, 10, 20, 10]).await;
    assert_eq!(ids(&claim(db, &hook(), 50, "a", 3).await), ["e2", "e4", "e3"]);
    assert!(claim(db, &hook(), 50, "b", 0).await.is_empty());
    assert_eq!(ids(&claim(db, &hook(), 50, "c", 3).await), ["e1"]);
    assert!(claim(db, &WebhookId::new("other"), 50, "d", 3).await.is_empty());
}

async fn each_webhook_is_due_once_with_its_earliest_time(db: &Db) {
    assert!(db.due().await.unwrap().is_empty());
    due_at(db, &hook(), &[30, 20]).await;
    let (later, sooner) = (WebhookId::new("later"), WebhookId::new("Sooner"));
    dispatch(db, vec![delivery(&later, "e1", 40), delivery(&sooner, "e1", 10)]).await;
    let due = |webhook: &WebhookId, due_ms| WebhookDue {
        webhook: webhook.clone(),
        due: Some(Timestamp(due_ms)),
        over: None,
    };
    let expected = [due(&sooner, 10), due(&hook(), 20), due(&later, 40)];
    assert_eq!(db.due().await.unwrap(), expected);
    // A lease is a time like any other: there is one kind of due.
    claim(db, &hook(), 30, "a", 9).await;
    assert_eq!(db.due().await.unwrap()[1], due(&hook(), 130));
}
