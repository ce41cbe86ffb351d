//! Operations that outlive their request.

use super::identities::audit;
use super::promises;
use super::samples::*;
use crate::db::Db;
use crate::{OPERATIONS_OPEN_MAX, OperationEnd, OperationFailure, OperationRow};
use boathook_core::time::Timestamp;
use futures_util::future::join_all;

promises![
    an_operation_comes_back_as_it_was_begun_and_as_it_ended,
    an_operation_is_claimed_by_one_until_its_lease_is_over,
    whoever_begins_a_leased_operation_goes_on_with_it,
    an_operation_ends_once,
    an_operation_says_how_far_it_has_come_until_it_has_ended,
    a_registry_has_no_more_operations_under_way_than_it_may,
    the_same_is_not_begun_twice_at_a_time,
    operations_are_forgotten_when_they_have_ended_long_ago,
];

/// An operation that has begun in the registry.
pub(super) fn row(id: &str) -> OperationRow {
    OperationRow {
        id: id.to_owned(),
        registry: Some(place().registry),
        kind: "import".to_owned(),
        child: None,
        command: "{}".to_owned(),
        progress: None,
        created: NOW,
        end: None,
    }
}

async fn begin(db: &Db, row: &OperationRow) -> bool {
    db.begin_operation(row.clone(), audit("it")).await.unwrap()
}

async fn claim(db: &Db, now: i64) -> Option<OperationRow> {
    db.claim_operation(Timestamp(now), Timestamp(now + 10)).await.unwrap()
}

fn ended(at: i64, failure: Option<&str>) -> OperationEnd {
    let failure = failure
        .map(|code| OperationFailure { code: code.to_owned(), message: "because".to_owned() });
    OperationEnd { at: Timestamp(at), failure }
}

async fn an_operation_comes_back_as_it_was_begun_and_as_it_ended(db: &Db) {
    let (open, closed) =
        (row("open"), OperationRow { child: Some("eastus".to_owned()), ..row("closed") });
    let closed = OperationRow { end: Some(ended(7, None)), ..closed };
    for row in [&open, &closed] {
        assert_eq!(db.operation(&row.id).await.unwrap(), None);
        assert!(begin(db, row).await);
        assert_eq!(db.operation(&row.id).await.unwrap().as_ref(), Some(row));
    }
    let end = ended(8, Some("Conflict"));
    db.end_operation("open", end.clone()).await.unwrap();
    // What was to be done may hold secrets, and is nobody's business any more.
    let expected = OperationRow { end: Some(end), command: String::new(), ..open };
    assert_eq!(db.operation("open").await.unwrap(), Some(expected));
}

async fn an_operation_is_claimed_by_one_until_its_lease_is_over(db: &Db) {
    assert!(begin(db, &row("one")).await);
    let claims = join_all((0..3).map(|_| claim(db, 100))).await;
    assert_eq!(claims.into_iter().flatten().collect::<Vec<_>>(), [row("one")]);
    assert_eq!(claim(db, 109).await, None);
    assert_eq!(claim(db, 110).await, Some(row("one")));
    db.keep_operation("one", Timestamp(500)).await.unwrap();
    assert_eq!(claim(db, 499).await, None);
    let inherited = db.inherit_operations().await.unwrap();
    assert_eq!(inherited, u64::from(!db.is_shared()));
    assert_eq!(claim(db, 499).await.is_some(), !db.is_shared());
    db.end_operation("one", ended(500, None)).await.unwrap();
    db.keep_operation("one", Timestamp(0)).await.unwrap();
    assert_eq!(claim(db, 9_000).await, None);
}

async fn whoever_begins_a_leased_operation_goes_on_with_it(db: &Db) {
    assert!(db.begin_leased_operation(row("one"), Timestamp(100)).await.unwrap());
    assert_eq!(db.operation("one").await.unwrap(), Some(row("one")));
    assert_eq!(claim(db, 99).await, None);
    assert_eq!(claim(db, 100).await, Some(row("one")));
}

async fn an_operation_ends_once(db: &Db) {
    assert!(begin(db, &row("one")).await);
    db.end_operation("one", ended(1, Some("Conflict"))).await.unwrap();
    db.end_operation("one", ended(2, None)).await.unwrap();
    let found = db.operation("one").await.unwrap().unwrap();
    assert_eq!(found.end, Some(ended(1, Some("Conflict"))));
}

async fn an_operation_says_how_far_it_has_come_until_it_has_ended(db: &Db) {
    assert!(begin(db, &row("one")).await);
    assert!(claim(db, 100).await.is_some());
    db.note_progress("one", "half".to_owned(), Timestamp(300)).await.unwrap();
    assert_eq!(claim(db, 299).await, None, "whoever says so has it for longer");
    let half = OperationRow { progress: Some("half".to_owned()), ..row("one") };
    assert_eq!(claim(db, 300).await, Some(half));
    db.end_operation("one", ended(400, None)).await.unwrap();
    db.note_progress("one", "more".to_owned(), Timestamp(0)).await.unwrap();
    let found = db.operation("one").await.unwrap().unwrap();
    assert_eq!((found.progress.as_deref(), found.end), (Some("half"), Some(ended(400, None))));
}

async fn a_registry_has_no_more_operations_under_way_than_it_may(db: &Db) {
    for number in 0..OPERATIONS_OPEN_MAX {
        assert!(begin(db, &row(&number.to_string())).await);
    }
    assert!(!begin(db, &row("more")).await);
    assert_eq!(db.operation("more").await.unwrap(), None);
    made(db, registry("another")).await;
    let other = OperationRow { registry: Some("another".parse().unwrap()), ..row("other") };
    assert!(begin(db, &other).await);
    db.end_operation("0", ended(1, None)).await.unwrap();
    assert!(begin(db, &row("more")).await);
}

async fn the_same_is_not_begun_twice_at_a_time(db: &Db) {
    let join = async |id: &str, command: &str| {
        let new = OperationRow { command: command.to_owned(), ..row(id) };
        let joined = db.join_operation(new, &place().registry, audit("it")).await.unwrap();
        joined.map(|row| row.id)
    };
    let ids = join_all(["1", "2", "3"].map(|id| join(id, "collect"))).await;
    assert!(ids.iter().all(|id| *id == ids[0] && id.is_some()), "{ids:?}");
    assert_eq!(join("4", "look").await.as_deref(), Some("4"), "this does something else");
    db.end_operation(ids[0].as_ref().unwrap(), ended(1, None)).await.unwrap();
    assert_eq!(join("5", "collect").await.as_deref(), Some("5"));
    for number in 0..OPERATIONS_OPEN_MAX - 2 {
        assert!(begin(db, &row(&format!("more {number}"))).await);
    }
    assert_eq!(join("6", "another").await, None);
    assert_eq!(join("6", "look").await.as_deref(), Some("4"));
}

async fn operations_are_forgotten_when_they_have_ended_long_ago(db: &Db) {
    for (id, at) in [("first", 1), ("second", 2), ("third", 3)] {
        assert!(begin(db, &OperationRow { end: Some(ended(at, None)), ..row(id) }).await);
    }
    assert!(begin(db, &row("open")).await);
    assert_eq!(db.forget_operations(Timestamp(3), 1).await.unwrap(), 1);
    assert_eq!(db.operation("first").await.unwrap(), None);
    assert_eq!(db.forget_operations(Timestamp(3), 9).await.unwrap(), 1);
    assert_eq!(db.forget_operations(Timestamp(3), 9).await.unwrap(), 0);
    for id in ["third", "open"] {
        assert!(db.operation(id).await.unwrap().is_some());
    }
}
