//! Events become deliveries.

use super::promises;
use super::samples::*;
use crate::db::Db;
use crate::{DeliveryKind, Dispatched, NewDelivery};
use boathook_core::event::Action;
use boathook_core::id::EventId;
use futures_util::future::join_all;

promises![
    undispatched_events_come_oldest_first,
    a_dispatched_event_is_not_dispatched_again,
    an_event_that_nobody_wants_is_forgotten,
    dispatching_by_a_stale_revision_does_nothing,
    two_dispatchers_make_one_delivery,
    a_delivery_that_is_made_leased_is_its_makers,
    a_ping_is_a_delivery_and_needs_no_dispatcher,
];

async fn undispatched_events_come_oldest_first(db: &Db) {
    for event_id in ["e2", "e3", "e1"] {
        pushed(db, "one", &[], event_id).await;
    }
    assert_eq!(undispatched(db).await, ["e1", "e2", "e3"]);
    let two = db.undispatched(2).await.unwrap();
    assert_eq!(two.iter().map(|event| event.id.as_str()).collect::<Vec<_>>(), ["e1", "e2"]);
}

async fn a_dispatched_event_is_not_dispatched_again(db: &Db) {
    let row = webhook("hook1");
    put(db, &row).await;
    pushed(db, "one", &[], "e1").await;
    pushed(db, "one", &[], "e2").await;
    assert_eq!(dispatch(db, vec![delivery(&row.id, "e1", 1)]).await, [true]);
    assert_eq!(undispatched(db).await, ["e2"]);
    let claimed = claim(db, &row.id, 1, "a", 9).await;
    assert_eq!(ids(&claimed), ["e1"]);
    assert_eq!(&claimed[0].body[..], b"body of e1");
    assert_eq!((claimed[0].attempts, claimed[0].limit), (0, LIMIT));
    assert_eq!((&claimed[0].place, claimed[0].kind), (&place(), DeliveryKind::Event));
}

async fn an_event_that_nobody_wants_is_forgotten(db: &Db) {
    pushed(db, "one", &[], "e1").await;
    let revision = db.webhook_revision().await.unwrap();
    let made = db.dispatch(revision, vec![EventId::new("e1")], Vec::new(), NOW).await.unwrap();
    assert_eq!(made, Dispatched::Made(Vec::new()));
    assert!(undispatched(db).await.is_empty());
    // The id is free again: nothing is left of it.
    pushed(db, "one", &[], "e1").await;
    assert_eq!(undispatched(db).await, ["e1"]);
}

async fn dispatching_by_a_stale_revision_does_nothing(db: &Db) {
    let row = webhook("hook1");
    put(db, &row).await;
    pushed(db, "one", &[], "e1").await;
    let revision = db.webhook_revision().await.unwrap();
    put(db, &row).await;
    let event = vec![EventId::new("e1")];
    let made = db.dispatch(revision, event, vec![delivery(&row.id, "e1", 1)], NOW).await.unwrap();
    assert_eq!(made, Dispatched::Stale);
    assert_eq!(undispatched(db).await, ["e1"]);
    assert!(claim(db, &row.id, 1, "a", 9).await.is_empty());
}

async fn two_dispatchers_make_one_delivery(db: &Db) {
    let row = webhook("hook1");
    put(db, &row).await;
    for round in 0..5 {
        let event_id = format!("e{round}");
        pushed(db, "one", &[], &event_id).await;
        let dispatchers = (0..2).map(|_| dispatch(db, vec![delivery(&row.id, &event_id, 1)]));
        let made: Vec<_> = join_all(dispatchers).await.concat();
        assert_eq!(made.iter().filter(|is_made| **is_made).count(), 1);
    }
    assert_eq!(claim(db, &row.id, 1, "a", 9).await.len(), 5);
}

async fn a_delivery_that_is_made_leased_is_its_makers(db: &Db) {
    let row = webhook("hook1");
    put(db, &row).await;
    pushed(db, "one", &[], "e1").await;
    dispatch(db, vec![NewDelivery { lease: Some("a".into()), ..delivery(&row.id, "e1", 50) }])
        .await;
    assert!(claim(db, &row.id, 49, "b", 9).await.is_empty());
    assert_eq!(claim(db, &row.id, 50, "b", 9).await.len(), 1);
}

async fn a_ping_is_a_delivery_and_needs_no_dispatcher(db: &Db) {
    let row = webhook("hook1");
    put(db, &row).await;
    let mut ping = event("e1");
    (ping.action, ping.repository) = (Action::Ping, None);
    ping.tags.clear();
    let made = NewDelivery { kind: DeliveryKind::Ping, ..delivery(&row.id, "e1", 1) };
    db.commit_ping(ping, made).await.unwrap();
    assert!(undispatched(db).await.is_empty());
    let claimed = claim(db, &row.id, 1, "a", 9).await;
    assert_eq!((ids(&claimed), claimed[0].kind), (vec!["e1"], DeliveryKind::Ping));
}
