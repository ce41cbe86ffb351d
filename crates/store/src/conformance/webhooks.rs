//! Webhooks.

use super::identities::audit;
use super::promises;
use super::samples::*;
use crate::db::Db;
use crate::guard::{Guard, Removal};
use crate::{DeliveryState, PutOutcome, Standing, WebhookRow};
use boathook_core::time::Timestamp;
use boathook_core::webhook::Status;
use futures_util::future::join_all;

promises![
    a_webhook_comes_back_as_it_was_written,
    a_webhook_is_found_whatever_the_case_of_its_name,
    an_update_keeps_the_id_the_name_and_the_maker,
    a_refusal_changes_nothing,
    racing_makers_never_make_more_than_the_limit,
    webhooks_come_in_the_order_of_their_names,
    a_deleted_webhook_has_its_pending_deliveries_cancelled,
    a_disabled_webhook_has_its_pending_deliveries_cancelled,
    the_revision_grows_with_each_change,
    all_webhooks_are_of_one_revision,
];

async fn find(db: &Db, name: &str) -> Option<WebhookRow> {
    db.webhook(&place().registry, &name.parse().unwrap()).await.unwrap()
}

async fn a_webhook_comes_back_as_it_was_written(db: &Db) {
    let row = WebhookRow {
        paused: Some((Timestamp(5), "gone".to_owned())),
        status: Status::Disabled,
        tags: r#"{"team":"a"}"#.to_owned(),
        target: vec![0, 255, 10],
        ..webhook("hook1")
    };
    assert_eq!(put(db, &row).await, PutOutcome::Created(row.clone()));
    assert_eq!(find(db, "hook1").await, Some(row.clone()));
    assert_eq!(db.webhooks(&place().registry).await.unwrap(), [row]);
}

async fn a_webhook_is_found_whatever_the_case_of_its_name(db: &Db) {
    put(db, &webhook("MyHook")).await;
    assert_eq!(find(db, "myhOOK").await.unwrap().name.as_str(), "MyHook");
    let again = WebhookRow { target: b"other".to_vec(), ..webhook("MYHOOK") };
    assert!(matches!(put(db, &again).await, PutOutcome::Updated(_)));
    let all = db.webhooks(&place().registry).await.unwrap();
    assert_eq!(all.len(), 1);
    assert_eq!((all[0].name.as_str(), all[0].target.as_slice()), ("MyHook", &b"other"[..]));
    let name = "myhook".parse().unwrap();
    let registry = place().registry;
    let removal = db.delete_webhook(&registry, &name, Guard::open(), audit("webhook")).await;
    assert_eq!(removal.unwrap(), Removal::Removed);
    assert_eq!(find(db, "MyHook").await, None);
}

async fn an_update_keeps_the_id_the_name_and_the_maker(db: &Db) {
    let row = webhook("hook1");
    put(db, &row).await;
    let decide = |standing: Standing<'_, WebhookRow>| {
        let before = standing.row().unwrap().clone();
        Ok::<_, ()>(WebhookRow {
            scope: "other:*".parse().unwrap(),
            updated: (Timestamp(7), "another".to_owned()),
            ..before
        })
    };
    let outcome =
        db.put_webhook(&row.place.registry, &row.name, decide, audit("webhook")).await.unwrap();
    let expected = WebhookRow {
        scope: "other:*".parse().unwrap(),
        updated: (Timestamp(7), "another".to_owned()),
        ..row
    };
    assert_eq!(outcome, PutOutcome::Updated(expected.clone()));
    assert_eq!(find(db, "hook1").await, Some(expected));
}

async fn a_refusal_changes_nothing(db: &Db) {
    let revision = db.webhook_revision().await.unwrap();
    let refuse = |_: Standing<'_, _>| Err("no");
    let name = "hook1".parse().unwrap();
    let outcome = db.put_webhook(&place().registry, &name, refuse, audit("webhook")).await.unwrap();
    assert_eq!(outcome, PutOutcome::Refused("no"));
    assert_eq!(find(db, "hook1").await, None);
    assert_eq!(db.webhook_revision().await.unwrap(), revision);
}

async fn racing_makers_never_make_more_than_the_limit(db: &Db) {
    const LIMIT: u64 = 3;
    let makers = (0..9).map(async |maker| {
        let row = webhook(&format!("hook{maker}"));
        let name = row.name.clone();
        let decide = move |standing: Standing<'_, WebhookRow>| match standing {
            Standing::Vacant { others, .. } if others < LIMIT => Ok(row.clone()),
            Standing::Vacant { .. } | Standing::Row(_) => Err("over quota"),
        };
        db.put_webhook(&place().registry, &name, decide, audit("webhook")).await.unwrap()
    });
    let outcomes = join_all(makers).await;
    let made = outcomes.iter().filter(|outcome| matches!(outcome, PutOutcome::Created(_)));
    assert_eq!(made.count() as u64, LIMIT);
    assert_eq!(db.webhooks(&place().registry).await.unwrap().len() as u64, LIMIT);
}

async fn webhooks_come_in_the_order_of_their_names(db: &Db) {
    for name in ["zebra", "Bravo", "alpha", "Charlie"] {
        put(db, &webhook(name)).await;
    }
    let all = db.webhooks(&place().registry).await.unwrap();
    let names: Vec<_> = all.iter().map(|row| row.name.as_str()).collect();
    assert_eq!(names, ["alpha", "Bravo", "Charlie", "zebra"]);
    let registry = place().registry;
    for (after, limit, expected) in
        [("", 4, &all[..]), ("", 2, &all[..2]), ("alpha", 2, &all[1..3]), ("zebra", 2, &[])]
    {
        let page = db.webhooks_after(&registry, after, limit).await.unwrap();
        assert_eq!(page, expected, "{limit} after `{after}`");
    }
}

async fn states(db: &Db, row: &WebhookRow) -> Vec<DeliveryState> {
    let events = db.events(&row.id, None, 9).await.unwrap();
    events.iter().map(|event| event.state).collect()
}

async fn a_deleted_webhook_has_its_pending_deliveries_cancelled(db: &Db) {
    let (row, other) = (webhook("hook1"), webhook("hook2"));
    put(db, &row).await;
    put(db, &other).await;
    due_at(db, &row.id, &[1, 2]).await;
    let leased = claim(db, &row.id, 1, "a", 1).await;
    assert_eq!(leased.len(), 1);
    dispatch(db, vec![delivery(&other.id, "e1", 1)]).await;
    assert_eq!(
        db.delete_webhook(&row.place.registry, &row.name, Guard::open(), audit("webhook"))
            .await
            .unwrap(),
        Removal::Removed
    );
    assert_eq!(
        db.delete_webhook(&row.place.registry, &row.name, Guard::open(), audit("webhook"))
            .await
            .unwrap(),
        Removal::Unknown
    );
    assert_eq!(states(db, &row).await, [DeliveryState::Cancelled; 2]);
    assert_eq!(states(db, &other).await, [DeliveryState::Pending]);
    assert!(claim(db, &row.id, 1_000, "b", 9).await.is_empty());
}

async fn a_disabled_webhook_has_its_pending_deliveries_cancelled(db: &Db) {
    let row = webhook("hook1");
    put(db, &row).await;
    due_at(db, &row.id, &[1]).await;
    put(db, &WebhookRow { status: Status::Disabled, ..row.clone() }).await;
    assert_eq!(states(db, &row).await, [DeliveryState::Cancelled]);
    db.settle(&row.id, NOW, 9).await.unwrap();
    assert_eq!(put(db, &row).await, PutOutcome::Updated(row.clone()));
    assert!(claim(db, &row.id, 1_000, "a", 9).await.is_empty());
}

async fn the_revision_grows_with_each_change(db: &Db) {
    let row = webhook("hook1");
    let revision = async || db.webhook_revision().await.unwrap();
    let first = revision().await;
    put(db, &row).await;
    let second = revision().await;
    put(db, &row).await;
    let third = revision().await;
    db.delete_webhook(&row.place.registry, &row.name, Guard::open(), audit("webhook"))
        .await
        .unwrap();
    let fourth = revision().await;
    db.delete_webhook(&row.place.registry, &row.name, Guard::open(), audit("webhook"))
        .await
        .unwrap();
    assert!(first < second && second < third && third < fourth);
    assert_eq!(revision().await, fourth);
}

async fn all_webhooks_are_of_one_revision(db: &Db) {
    let (first, none) = db.all_webhooks().await.unwrap();
    assert_eq!((first, none.len()), (db.webhook_revision().await.unwrap(), 0));
    let makers = (0..5).map(async |maker| {
        put(db, &webhook(&format!("hook{maker}"))).await;
    });
    let watcher = async {
        for _ in 0..20 {
            let (revision, rows) = db.all_webhooks().await.unwrap();
            assert_eq!(revision - first, i64::try_from(rows.len()).unwrap());
        }
    };
    tokio::join!(join_all(makers), watcher);
}
