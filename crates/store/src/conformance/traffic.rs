//! How much went through a registry.

use super::promises;
use super::samples::*;
use crate::db::Db;
use crate::{TrafficKind, TrafficRow};
use boathook_core::name::Place;
use boathook_core::time::Timestamp;

promises![
    what_went_through_is_added_up_by_the_hour,
    of_a_kind_that_has_rested_the_last_is_told,
    nothing_is_added_to_a_registry_that_is_not_there,
    old_hours_are_forgotten,
];

fn row(kind: TrafficKind, hour_ms: i64, count: u64) -> TrafficRow {
    let (hour, last) = (Timestamp(hour_ms), Timestamp(hour_ms + 7));
    TrafficRow { place: place(), kind, hour, count, last }
}

async fn traffic(db: &Db, since_ms: i64) -> Vec<TrafficRow> {
    db.traffic(&place().registry, Timestamp(since_ms)).await.unwrap()
}

async fn what_went_through_is_added_up_by_the_hour(db: &Db) {
    let (push, pull) = (TrafficKind::Push, TrafficKind::Pull);
    let north = Place { region: "north".parse().unwrap(), ..place() };
    let elsewhere = TrafficRow { place: north, ..row(pull, 100, 5) };
    let first = [row(pull, 100, 2), row(push, 100, 1), row(pull, 200, 3), elsewhere.clone()];
    db.add_traffic(first.to_vec()).await.unwrap();
    // What comes late does not make the last one earlier.
    let late = TrafficRow { last: Timestamp(103), ..row(pull, 100, 4) };
    db.add_traffic(vec![late, row(push, 200, 1)]).await.unwrap();
    let pushes = [row(push, 100, 1), row(push, 200, 1)];
    let pulls = [row(pull, 100, 6), elsewhere, row(pull, 200, 3)];
    assert_eq!(traffic(db, 100).await, [&pushes[..], &pulls].concat());
    assert_eq!(traffic(db, 101).await, [row(push, 200, 1), row(pull, 200, 3)]);
    let other = "other".parse().unwrap();
    assert!(db.traffic(&other, Timestamp(0)).await.unwrap().is_empty());
}

async fn of_a_kind_that_has_rested_the_last_is_told(db: &Db) {
    let (pull, delivery) = (TrafficKind::Pull, TrafficKind::Delivery);
    let rows = [row(pull, 100, 2), row(pull, 200, 3), row(delivery, 300, 1)];
    db.add_traffic(rows.to_vec()).await.unwrap();
    assert_eq!(traffic(db, 300).await, [row(pull, 200, 3), row(delivery, 300, 1)]);
}

async fn nothing_is_added_to_a_registry_that_is_not_there(db: &Db) {
    let unknown = Place { registry: "unknown".parse().unwrap(), ..place() };
    let lost = TrafficRow { place: unknown.clone(), ..row(TrafficKind::Pull, 100, 2) };
    db.add_traffic(vec![lost, row(TrafficKind::Pull, 100, 1)]).await.unwrap();
    assert!(db.traffic(&unknown.registry, Timestamp(0)).await.unwrap().is_empty());
    assert_eq!(traffic(db, 0).await, [row(TrafficKind::Pull, 100, 1)]);
}

async fn old_hours_are_forgotten(db: &Db) {
    let rows = [100, 200, 300].map(|hour_ms| row(TrafficKind::Pull, hour_ms, 1));
    db.add_traffic(rows.to_vec()).await.unwrap();
    assert_eq!(db.forget_traffic(Timestamp(300), 1).await.unwrap(), 1);
    assert_eq!(traffic(db, 0).await, rows[1..]);
    assert_eq!(db.forget_traffic(Timestamp(300), 9).await.unwrap(), 1);
    assert_eq!(db.forget_traffic(Timestamp(300), 9).await.unwrap(), 0);
    assert_eq!(traffic(db, 0).await, rows[2..]);
}
