//! Replications.

use super::identities::audit;
use super::promises;
use super::samples::*;
use crate::db::Db;
use crate::guard::{Guard, Removal};
use crate::{
    OperationEnd, OperationRow, Put, PutOutcome, ReplicationChange, ReplicationDeletion,
    ReplicationRefusal, ReplicationRow, Standing, WebhookRow,
};
use boathook_core::name::{Place, ReplicationName};
use boathook_core::time::Timestamp;
use futures_util::future::join_all;

promises![
    a_replication_comes_back_as_it_was_written_and_its_operation_with_it,
    a_region_has_one_replication_whoever_races,
    a_replication_goes_when_no_webhook_is_in_its_region,
    no_webhook_is_made_in_a_region_that_the_registry_has_left,
];

fn row(name: &str, region: &str) -> ReplicationRow {
    ReplicationRow {
        name: name.parse().unwrap(),
        region: region.parse().unwrap(),
        is_endpoint_enabled: true,
        is_zone_redundant: false,
        tags: "{}".to_owned(),
        created: (NOW, "somebody".to_owned()),
        updated: (NOW, "somebody".to_owned()),
    }
}

pub(super) fn change(id: &str) -> ReplicationChange {
    let operation = OperationRow {
        id: id.to_owned(),
        registry: Some(place().registry),
        kind: "createReplication".to_owned(),
        child: Some("eastus".to_owned()),
        command: String::new(),
        progress: None,
        created: NOW,
        end: Some(OperationEnd { at: NOW, failure: None }),
    };
    ReplicationChange { operation, entry: audit(id) }
}

async fn put(
    db: &Db,
    row: &ReplicationRow,
    id: &str,
) -> Put<ReplicationRow, ReplicationRefusal<()>> {
    let (name, row) = (row.name.clone(), row.clone());
    let decide = move |_: Standing<'_, _>| Ok(row.clone());
    db.put_replication(&place().registry, &name, decide, change(id)).await.unwrap()
}

async fn delete(db: &Db, name: &str, id: &str) -> ReplicationDeletion {
    let name: ReplicationName = name.parse().unwrap();
    db.delete_replication(&place().registry, &name, Guard::open(), change(id)).await.unwrap()
}

async fn a_replication_comes_back_as_it_was_written_and_its_operation_with_it(db: &Db) {
    let made = row("EastUS", "eastus");
    assert_eq!(put(db, &made, "one").await, Put::Created(made.clone()));
    assert!(db.operation("one").await.unwrap().unwrap().end.is_some());
    let after = ReplicationRow {
        is_endpoint_enabled: false,
        is_zone_redundant: true,
        tags: r#"{"a":"b"}"#.to_owned(),
        updated: (Timestamp(9), "another".to_owned()),
        ..made
    };
    assert_eq!(put(db, &after, "two").await, Put::Updated(after.clone()));
    let (registry, name) = (place().registry, "EASTUS".parse().unwrap());
    assert_eq!(db.replication(&registry, &name).await.unwrap().as_ref(), Some(&after));
    let other = row("alpha", "westus");
    put(db, &other, "three").await;
    assert_eq!(db.replications(&registry).await.unwrap(), [other, after]);
    assert_eq!(db.replications(&"another".parse().unwrap()).await.unwrap(), []);
}

async fn a_region_has_one_replication_whoever_races(db: &Db) {
    let rows = ["first", "second", "third"].map(|name| row(name, "eastus"));
    let puts = join_all(rows.iter().map(|row| put(db, row, row.name.as_str()))).await;
    let made: Vec<_> = puts.iter().filter(|put| matches!(put, Put::Created(_))).collect();
    assert_eq!(made.len(), 1);
    let [only] = &db.replications(&place().registry).await.unwrap()[..] else { panic!("{puts:?}") };
    for (row, put) in rows.iter().zip(&puts) {
        let is_made = row.name == only.name;
        assert_eq!(db.operation(row.name.as_str()).await.unwrap().is_some(), is_made);
        let taken = Put::Refused(ReplicationRefusal::Taken(only.name.clone()));
        assert!(is_made || *put == taken, "{put:?}");
    }
}

async fn no_webhook_is_made_in_a_region_that_the_registry_has_left(db: &Db) {
    let hook = |region: &str| {
        let place = Place { region: region.parse().unwrap(), ..place() };
        WebhookRow { place, ..webhook("hook1") }
    };
    put(db, &row("north", "north"), "one").await;
    assert_eq!(delete(db, "north", "two").await, ReplicationDeletion::Deleted);
    let outcome = super::samples::put(db, &hook("north")).await;
    assert_eq!(outcome, PutOutcome::Elsewhere);
    assert!(db.webhooks(&place().registry).await.unwrap().is_empty());
    put(db, &row("north", "north"), "three").await;
    let outcome = super::samples::put(db, &hook("north")).await;
    assert_eq!(outcome, PutOutcome::Created(hook("north")));
}

async fn a_replication_goes_when_no_webhook_is_in_its_region(db: &Db) {
    // The webhooks of these samples are in `local`.
    put(db, &row("local", "local"), "one").await;
    let hook = webhook("hook1");
    super::samples::put(db, &hook).await;
    assert_eq!(delete(db, "local", "two").await, ReplicationDeletion::HasWebhook);
    assert_eq!(db.operation("two").await.unwrap(), None);
    assert_eq!(
        db.delete_webhook(&place().registry, &hook.name, Guard::open(), audit("webhook"))
            .await
            .unwrap(),
        Removal::Removed
    );
    assert_eq!(delete(db, "LOCAL", "two").await, ReplicationDeletion::Deleted);
    assert_eq!(delete(db, "local", "three").await, ReplicationDeletion::Unknown);
    assert!(db.operation("two").await.unwrap().is_some());
    assert_eq!(db.operation("three").await.unwrap(), None);
}
