//! Registries and groups that go, with all that is in them.

use super::identities::audit;
use super::promises;
use super::samples::*;
use crate::db::Db;
use crate::guard::{Guard, Removal};
use crate::registry::ERASED_TABLES;
use crate::row::params;
use crate::tx::Tx;
use crate::{
    AssignOutcome, AuditPage, BeginCollection, DeleteRegistry, Error, NewAssignment, OperationRow,
    PushOutcome, Put, PutGroupOutcome, RegistryRow, RegistryStanding, ReplicationChange,
    ResourceGroupRow, ScopeMapRow, Standing, TokenRow, WebhookRow,
};
use boathook_core::delivery::Next;
use boathook_core::id::{AssignmentId, AuditId, EventId, PrincipalId, WebhookId};
use boathook_core::name::{Place, RegistryName};
use boathook_core::role::{self, RoleScope};
use boathook_core::time::Timestamp;
use futures_util::future::{join, join_all};
use std::collections::BTreeSet;

promises![
    every_table_that_names_a_registry_is_erased_with_it,
    a_registry_goes_at_once_and_leaves_nothing_behind,
    its_pending_deliveries_are_cancelled_with_it,
    what_is_under_way_when_a_registry_goes_is_settled,
    nothing_is_written_to_a_registry_that_goes,
    a_push_that_meets_a_deletion_leaves_nothing_behind,
    a_new_registry_of_the_name_shows_nothing_that_was_cached,
    a_default_registry_that_was_deleted_is_not_made_again,
    a_group_takes_its_registries_and_its_roles_along,
];

/// Tables that name a registry and are not found by its name: what is said beside each.
const FOUND_OTHERWISE: [&str; 2] = [
    // By its webhook.
    "delivery", // By looking at all events.
    "event",
];

const TABLES_WITH_REGISTRY: [&str; 2] = [
    "SELECT m.name FROM sqlite_master m JOIN pragma_table_info(m.name) c
     WHERE m.type = 'table' AND c.name = 'registry' ORDER BY m.name",
    "SELECT CAST(table_name AS TEXT) FROM information_schema.columns
     WHERE table_schema = 'public' AND column_name = 'registry' ORDER BY table_name",
];

/// One row of each, and more than a step's of some, in the registry `$1`.
const FILL: [&str; 27] = [
    "INSERT INTO role_assignment SELECT 'role ' || i || $1, 'robot', 'ServicePrincipal', 'role ' || i, 'scope', $1 || i, $1, 0, ''
     FROM n WHERE i < 4",
    "INSERT INTO operation SELECT 'operation ' || i || $1, $1, 'importImage', NULL, '', 0, 0, i, NULL, NULL, NULL FROM n WHERE i < 4",
    "INSERT INTO secret SELECT $1, $1, i, 'hash', 0, NULL FROM n WHERE i < 3",
    "INSERT INTO registry_token SELECT $1, 'token' || i, 'token' || i, 'map1', 'map1', 1, NULL, NULL, NULL, NULL, NULL, NULL,
     0, '', 0, '' FROM n WHERE i < 4",
    "INSERT INTO scope_map SELECT $1, 'map' || i, 'map' || i, NULL, '', 0, '', 0, '' FROM n WHERE i < 4",
    "INSERT INTO replication SELECT $1, 'eastus', 'eastus', 'eastus', 1, 0, '{}', 0, '', 0, '' FROM n WHERE i < 2",
    "INSERT INTO webhook (registry, name_key, id, name, region, target, actions, scope, is_enabled, tags, paused_ms,
         paused_reason, created_ms, created_by, updated_ms, updated_by) SELECT $1, 'hook' || i, 'hook ' || i || $1, 'hook' || i, 'local', BYTES, 'push', '', 1, '{}', NULL, NULL,
     0, '', 0, '' FROM n WHERE i < 3",
    "INSERT INTO chart_change SELECT $1, 'local', 'team/app', i, 'tag' || i, NULL FROM n WHERE i < 4",
    "INSERT INTO oci_chart SELECT $1, 'local', 'team/app', DIGEST, 'team', 'tag' || i, 'name', '1.0.0', DIGEST, 1, NULL, NULL, '{}', 0
     FROM n WHERE i < 4",
    "INSERT INTO chart_index SELECT $1, 'local', 'team/app' || i, 'one', 1, 0 FROM n WHERE i < 4",
    "INSERT INTO chart SELECT $1, 'local', 'team/app', DIGEST, 'tag' || i, 'name', '1.0.0', DIGEST, 1, NULL, NULL, '{}', 0, NULL
     FROM n WHERE i < 4",
    "INSERT INTO tag (registry, region, repository, name, digest, created_ms, updated_ms)
     SELECT $1, 'local', 'team/app', 'tag' || i, DIGEST, 0, 0 FROM n",
    "INSERT INTO manifest_reference SELECT $1, 'local', 'team/app', DIGEST, DIGEST FROM n WHERE i < 4",
    "INSERT INTO manifest (registry, region, repository, digest, media_type, size, bytes, created_ms)
     SELECT $1, 'local', 'team/app', DIGEST, 'type', 1, BYTES, 0 FROM n",
    "INSERT INTO deleted_tag SELECT $1, 'local', 'team/app', 'tag' || i, DIGEST, 0 FROM n",
    "INSERT INTO deleted_manifest SELECT $1, 'local', 'team/app', DIGEST, 'type', NULL, NULL, NULL, 1, BYTES, 0, 1, 1, 1, 1, 0, 0,
     NULL, NULL, NULL, NULL, NULL, NULL, 0, NULL FROM n",
    "INSERT INTO untagged SELECT $1, 'local', 'team/app', DIGEST, 0, 0, '' FROM n",
    "INSERT INTO repository_blob (registry, region, repository, digest, linked_ms) SELECT $1, 'local', 'team/app', DIGEST, 0 FROM n WHERE i < 4",
    "INSERT INTO blob (registry, region, digest, size, bytes, created_ms) SELECT $1, 'local', DIGEST, 1, BYTES, 0 FROM n WHERE i < 4",
    "INSERT INTO blob_tally SELECT $1, 'local', i, 1 FROM n WHERE i < 4",
    "INSERT INTO collection SELECT $1, 'local', 0, 0, NULL, 0, 0, 0, NULL FROM n WHERE i < 2",
    "INSERT INTO traffic SELECT $1, 'local', 'pull', i, 1, i FROM n",
    "INSERT INTO repository_tally SELECT $1, 'local', 'team/app', i, 1, 1, 0 FROM n WHERE i < 4",
    "INSERT INTO repository (registry, region, name, created_ms) SELECT $1, 'local', 'repository' || i, 0 FROM n WHERE i < 4",
    "INSERT INTO event (id, registry, region, action, repository, tags, body, occurred_ms, dispatched_ms) SELECT 'event ' || i || $1, $1, 'local', 'push', 'team/app', '', BYTES, 0, 0 FROM n",
    // The first webhook is there, the last is one that was deleted before.
    "INSERT INTO delivery (webhook, event, registry, region, kind, state, attempts, due_ms, lease, limit_ms, created_ms,
         finished_ms) SELECT 'hook ' || (1 + i % 3) || $1, 'event ' || i || $1, $1, 'local', 'event', 'pending', 1, i, NULL,
     9000000, 0, NULL FROM n",
    "INSERT INTO attempt SELECT 'hook ' || (1 + i % 3) || $1, 'event ' || i || $1, 'local', 1, 0, 0, BYTES, NULL, NULL, NULL, NULL,
     NULL, NULL, NULL FROM n",
];

async fn fill(db: &Db, registry: &'static str) {
    let id = WebhookId::new(format!("source of {registry}"));
    let place = Place { registry: registry.parse().unwrap(), ..place() };
    put(db, &WebhookRow { id, place, ..webhook("source") }).await;
    let filled = db.write("test", async move |tx: &mut Tx<'_>| {
        for insert in FILL {
            // The engines write them each in its own way.
            let bytes =
                "(SELECT target FROM webhook WHERE registry = $1 AND name_key = 'source')";
            let digest = format!("('sha256:{}' || i)", "0".repeat(56));
            let insert = insert.replace("BYTES", bytes).replace("DIGEST", &digest);
            let insert = insert.replace("$1", "CAST($1 AS TEXT)");
            let sql = format!(
                "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 450) {insert}"
            );
            tx.execute(&sql, params![registry]).await?;
        }
        Ok(())
    });
    filled.await.unwrap();
}

/// How many rows each table has of the registry.
async fn rows(db: &Db, registry: &'static str) -> Vec<(&'static str, i64)> {
    let names = ERASED_TABLES.iter().map(|(table, _)| *table).chain(FOUND_OTHERWISE);
    let mut counts = Vec::new();
    for table in names.chain(["attempt"]) {
        let found = if table == "attempt" { "webhook LIKE '%' || $1" } else { "registry = $1" };
        let sql = format!("SELECT COUNT(*) FROM {table} WHERE {found}");
        let count = db.read("test", async move |tx: &mut Tx<'_>| {
            Ok(tx.query(&sql, params![registry]).await?[0].int(0))
        });
        counts.push((table, count.await.unwrap()));
    }
    counts
}

async fn none_left(db: &Db, registry: &'static str) {
    let left = rows(db, registry).await;
    assert!(left.iter().all(|(_, count)| *count == 0), "{left:?}");
}

fn deletion(registry: &str) -> DeleteRegistry {
    DeleteRegistry {
        name: registry.parse().unwrap(),
        operation: None,
        guard: Guard::open(),
        entry: audit(&format!("deletion of {registry}")),
        within: None,
        is_default: false,
        now: NOW,
    }
}

async fn erase(db: &Db, registry: &RegistryName) {
    while db.erase_rows(registry).await.unwrap() {}
    while db.erase_deliveries(registry).await.unwrap() {}
    let mut after = None;
    while let Some(last) = db.erase_events(registry, after.as_ref()).await.unwrap() {
        after = Some(last);
    }
}

fn open_operation(id: &str) -> OperationRow {
    OperationRow {
        id: id.to_owned(),
        registry: None,
        kind: "delete".to_owned(),
        child: None,
        command: String::new(),
        progress: None,
        created: NOW,
        end: None,
    }
}

async fn every_table_that_names_a_registry_is_erased_with_it(db: &Db) {
    let sql = TABLES_WITH_REGISTRY[usize::from(db.is_shared())];
    let tables = db.read("test", async move |tx: &mut Tx<'_>| {
        let rows = tx.query(sql, params![]).await?;
        Ok(rows.iter().map(|row| row.text(0).to_owned()).collect::<BTreeSet<_>>())
    });
    let known = ERASED_TABLES.iter().map(|(table, _)| *table).chain(FOUND_OTHERWISE);
    assert_eq!(tables.await.unwrap(), known.map(str::to_owned).collect());
}

async fn a_registry_goes_at_once_and_leaves_nothing_behind(db: &Db) {
    made(db, registry("neighbour")).await;
    for name in ["boathook", "neighbour"] {
        fill(db, name).await;
    }
    let before = rows(db, "neighbour").await;
    assert!(before.iter().all(|(_, count)| 0 < *count), "{before:?}");
    let name = place().registry;
    // What is not being deleted is not erased, whoever asks.
    erase(db, &name).await;
    assert_eq!(rows(db, "boathook").await, before);
    let operation = open_operation("ends it");
    let whole = DeleteRegistry { operation: Some(operation.clone()), ..deletion("boathook") };
    assert_eq!(db.delete_registry(whole.clone()).await.unwrap(), Removal::Removed);
    assert_eq!(db.delete_registry(whole).await.unwrap(), Removal::Unknown, "it has gone");
    assert_eq!(db.registry(&name).await.unwrap(), None);
    let listed = db.registries(None, None, 9).await.unwrap();
    assert_eq!(listed.iter().map(|row| row.name.as_str()).collect::<Vec<_>>(), ["neighbour"]);
    assert!(db.webhooks(&name).await.unwrap().is_empty());
    assert!(db.is_registry_name_taken(&name).await.unwrap());
    let group = "group".parse().unwrap();
    let put = db.put_registry(&name, &group, refused_as_going, vec![], audit("p")).await;
    assert!(matches!(put.unwrap(), Put::Refused("it is going")));
    let page = AuditPage { before: AuditId::new("~"), since: Timestamp(0), limit: 9 };
    let logged = db.audit(page).await.unwrap();
    assert!(logged.iter().any(|entry| entry.resource == "deletion of boathook"));

    assert!(!db.forget_registry(&name, || Ok(())).await.unwrap(), "it still has something");
    erase(db, &name).await;
    none_left(db, "boathook").await;
    assert_eq!(rows(db, "neighbour").await, before);
    assert!(db.forget_registry(&name, || Ok(())).await.unwrap());
    assert!(!db.is_registry_name_taken(&name).await.unwrap());
    assert_eq!(db.operation("ends it").await.unwrap(), Some(operation));
    // Those who have lost the lease without noticing it do nothing to a new one.
    made(db, registry("boathook")).await;
    fill(db, "boathook").await;
    erase(db, &name).await;
    assert!(db.forget_registry(&name, || Ok(())).await.unwrap());
    assert_eq!(rows(db, "boathook").await, before);
    assert!(db.registry(&name).await.unwrap().is_some());
}

fn refused_as_going(standing: RegistryStanding<'_>) -> Result<RegistryRow, &'static str> {
    Err(if standing.is_going && standing.before.is_none() { "it is going" } else { "no" })
}

async fn its_pending_deliveries_are_cancelled_with_it(db: &Db) {
    let hook = WebhookId::new("hook");
    due_at(db, &hook, &[0, 0, 0]).await;
    let revision = db.webhook_revision().await.unwrap();
    pushed(db, "two", &[], "late").await;
    assert_eq!(db.delete_registry(deletion("boathook")).await.unwrap(), Removal::Removed);
    let due = db.due().await.unwrap();
    assert_eq!(
        due.iter().map(|due| (due.due, due.over)).collect::<Vec<_>>(),
        [(None, Some(Timestamp(0)))]
    );
    assert!(claim(db, &hook, 10, "lease", 9).await.is_empty());
    // A dispatcher that knew the webhook makes no delivery any more.
    let late = vec![delivery(&hook, "late", 0)];
    let made = db.dispatch(revision, vec![EventId::new("late")], late, NOW).await.unwrap();
    assert_eq!(made, crate::Dispatched::Stale);
}

async fn what_is_under_way_when_a_registry_goes_is_settled(db: &Db) {
    let hook = WebhookId::new("hook");
    due_at(db, &hook, &[0, 0, 0]).await;
    let claimed = claim(db, &hook, 10, "lease", 9).await;
    let [first, second, third] = &claimed[..] else { panic!("there are three") };
    assert_eq!(db.delete_registry(deletion("boathook")).await.unwrap(), Removal::Removed);
    finish(db, vec![report(first, 200, Next::Delivered)]).await.unwrap();
    erase(db, &place().registry).await;
    finish(db, vec![report(second, 503, Next::Retry { due: NOW })]).await.unwrap();
    db.give_up(third.clone(), NOW).await.unwrap();
    db.release(claimed.clone(), NOW).await.unwrap();
    db.settle(&hook, NOW, 9).await.unwrap();
    none_left(db, "boathook").await;
    assert!(db.due().await.unwrap().is_empty());
}

#[track_caller]
fn is_refused<T: std::fmt::Debug>(result: Result<T, Error>) {
    match result {
        Err(Error::NoRegistry) => {}
        other => panic!("{other:?}"),
    }
}

async fn nothing_is_written_to_a_registry_that_goes(db: &Db) {
    let name = place().registry;
    let manifest = pushed(db, "one", &["v1"], "e1").await;
    assert_eq!(db.delete_registry(deletion("boathook")).await.unwrap(), Removal::Removed);
    for _ in ["while it goes", "when it is gone"] {
        let (bytes, change) = (artifact("two", &[], None), |attributes| attributes);
        is_refused(db.commit_push(push(&bytes, &["v2"], "e2")).await);
        is_refused(db.commit_blob(blob("content")).await);
        let mount = crate::Mount {
            place: place(),
            repository: app(),
            digest: sha256("content"),
            sources: None,
            now: NOW,
        };
        is_refused(db.mount_blob(mount).await);
        let repository = crate::Holder::Repository;
        is_refused(
            db.set_attributes(&place(), &app(), repository, change, NOW, relocking("lock")).await,
        );
        is_refused(db.delete_tag(&place(), &app(), &tag("v1"), NOW, untagging("untag")).await);
        is_refused(db.delete_manifest(&place(), &app(), &manifest, announcing("e3")).await);
        is_refused(db.delete_blob(&place(), &app(), &sha256("content"), NOW).await);
        let announce = |_, gone: &crate::DeletedManifest| announcing("e4")(gone);
        is_refused(db.delete_repository_step(&place(), &app(), "", NOW, NOW, announce).await);
        let hook = webhook("hook1");
        let decide = move |_: Standing<'_, _>| Ok::<_, ()>(hook.clone());
        is_refused(
            db.put_webhook(&name, &"hook1".parse().unwrap(), decide, audit("webhook")).await,
        );
        is_refused(db.commit_ping(event("e5"), delivery(&WebhookId::new("hook"), "e5", 0)).await);
        let decide = |_: Standing<'_, TokenRow>| Err(());
        is_refused(db.put_token(&name, &"token1".parse().unwrap(), decide, audit("1")).await);
        let decide = |_: Standing<'_, ScopeMapRow>| Err(());
        is_refused(db.put_scope_map(&name, &"map01".parse().unwrap(), decide, audit("2")).await);
        let change = ReplicationChange { operation: open_operation("3"), entry: audit("3") };
        let decide = |_: Standing<'_, crate::ReplicationRow>| Err(());
        let replication = "eastus".parse().unwrap();
        is_refused(db.put_replication(&name, &replication, decide, change.clone()).await);
        is_refused(db.delete_replication(&name, &replication, Guard::open(), change).await);
        let operation = OperationRow { registry: Some(name.clone()), ..open_operation("4") };
        is_refused(db.begin_operation(operation.clone(), audit("4")).await);
        is_refused(db.join_operation(operation, &name, audit("4")).await);
        let begin = BeginCollection { place: place(), operation: None, now: NOW, until: NOW };
        is_refused(db.begin_collection(begin).await);
        let secret = crate::NewSecret {
            registry: name.clone(),
            owner: "boathook".to_owned(),
            slot: 1,
            hash: "hash".to_owned(),
            sealed: None,
        };
        is_refused(db.replace_secret(secret, NOW, audit("5")).await);
        let scope = RoleScope::Registry("group".parse().unwrap(), name.clone());
        assert_eq!(assign(db, "6", scope).await, AssignOutcome::NoScope);
        erase(db, &name).await;
        none_left(db, "boathook").await;
        assert!(db.forget_registry(&name, || Ok(())).await.unwrap());
    }
}

async fn assign(db: &Db, id: &str, scope: RoleScope) -> AssignOutcome {
    let new = NewAssignment {
        id: AssignmentId::new(id),
        principal: PrincipalId::new("nobody"),
        principal_type: "ServicePrincipal".to_owned(),
        role: role::owner().id.clone(),
        scope,
        created: (NOW, "somebody".to_owned()),
    };
    db.assign(new, 9, audit(&format!("role {id}"))).await.unwrap()
}

async fn a_push_that_meets_a_deletion_leaves_nothing_behind(db: &Db) {
    let pushes = (0..8).map(async |number: u32| {
        let bytes = artifact(&format!("artifact {number}"), &[], None);
        match db.commit_push(push(&bytes, &["v1"], &format!("e{number}"))).await {
            Ok(outcome) => assert_eq!(outcome, PushOutcome::Stored),
            Err(error) => assert!(matches!(error, Error::NoRegistry), "{error:?}"),
        }
    });
    let name = place().registry;
    let going = async {
        assert_eq!(db.delete_registry(deletion("boathook")).await.unwrap(), Removal::Removed);
        loop {
            erase(db, &name).await;
            if db.forget_registry(&name, || Ok(())).await.unwrap() {
                break;
            }
        }
    };
    join(join_all(pushes), going).await;
    none_left(db, "boathook").await;
    assert!(!db.is_registry_name_taken(&name).await.unwrap());
}

async fn a_new_registry_of_the_name_shows_nothing_that_was_cached(db: &Db) {
    let name = place().registry;
    db.commit_blob(blob("content")).await.unwrap();
    let digest = pushed(db, "one", &["v1"], "e1").await;
    let references = ["v1".parse().unwrap(), digest.as_str().parse().unwrap()];
    for reference in &references {
        assert!(db.manifest(&place(), &app(), reference).await.unwrap().is_some());
    }
    assert!(db.blob(&place(), &app(), &sha256("content")).await.unwrap().is_some());
    assert_eq!(db.delete_registry(deletion("boathook")).await.unwrap(), Removal::Removed);
    erase(db, &name).await;
    assert!(db.forget_registry(&name, || Ok(())).await.unwrap());
    made(db, registry("boathook")).await;
    for reference in &references {
        assert!(db.manifest(&place(), &app(), reference).await.unwrap().is_none());
    }
    assert!(db.blob(&place(), &app(), &sha256("content")).await.unwrap().is_none());
}

async fn a_default_registry_that_was_deleted_is_not_made_again(db: &Db) {
    let (name, group_name) = (place().registry, "group".parse().unwrap());
    let gone = DeleteRegistry { is_default: true, ..deletion("boathook") };
    assert_eq!(db.delete_registry(gone).await.unwrap(), Removal::Removed);
    for _ in ["while it goes", "when it is gone"] {
        made(db, registry("boathook")).await;
        assert_eq!(db.registry(&name).await.unwrap(), None);
        assert!(db.forget_registry(&name, || Ok(())).await.unwrap());
    }
    assert_eq!(
        db.delete_resource_group(&group_name, open_operation("g"), Guard::open(), audit("g"))
            .await
            .unwrap(),
        Removal::Removed
    );
    assert!(!db.erase_group(&group_name).await.unwrap());
    made(db, registry("boathook")).await;
    assert_eq!(db.resource_group(&group_name).await.unwrap(), None);
    // Somebody may make one.
    let row = registry("boathook");
    put_group(db, "group").await;
    let decide = move |_: RegistryStanding<'_>| Ok::<_, ()>(row.clone());
    let put = db.put_registry(&name, &group_name, decide, Vec::new(), audit("p")).await.unwrap();
    assert!(matches!(put, Put::Created(_)));
}

async fn put_group(db: &Db, name: &str) -> PutGroupOutcome<()> {
    let row = group(name);
    let decide = move |_: Option<&ResourceGroupRow>, _| Ok(row.clone());
    db.put_resource_group(&name.parse().unwrap(), decide, audit("group")).await.unwrap()
}

async fn a_group_takes_its_registries_and_its_roles_along(db: &Db) {
    let name = "group".parse().unwrap();
    let other: boathook_core::name::ResourceGroupName = "other".parse().unwrap();
    let scope = RoleScope::ResourceGroup(name);
    let RoleScope::ResourceGroup(name) = &scope else { unreachable!("it is one") };
    put_group(db, "other").await;
    assert_eq!(assign(db, "1", RoleScope::ResourceGroup(other)).await, AssignOutcome::NoPrincipal);
    let filled = scope.key();
    let given = db.write("test", async move |tx: &mut Tx<'_>| {
        let sql = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 450)
            INSERT INTO role_assignment SELECT 'role ' || i, 'robot', 'ServicePrincipal', 'role ' || i, 'scope',
                CAST($1 AS TEXT), NULL, 0, '' FROM n";
        tx.execute(sql, params![&filled]).await
    });
    given.await.unwrap();
    let within = |group: &str| DeleteRegistry {
        within: Some(group.parse().unwrap()),
        ..deletion("boathook")
    };
    let gone = db.delete_registry(within("Group")).await.unwrap();
    assert_eq!(gone, Removal::Unknown, "the group stays");
    let delete = async |id: &str| {
        db.delete_resource_group(name, open_operation(id), Guard::open(), audit(id)).await.unwrap()
    };
    assert_eq!(delete("one").await, Removal::Removed);
    assert_eq!(delete("two").await, Removal::Unknown, "it has gone");
    assert_eq!(db.resource_group(name).await.unwrap(), None);
    assert!(db.operation("one").await.unwrap().is_some());
    assert_eq!(put_group(db, "GROUP").await, PutGroupOutcome::Going);
    assert_eq!(assign(db, "2", scope.clone()).await, AssignOutcome::NoScope);
    let names = |rows: Vec<ResourceGroupRow>| rows.into_iter().map(|row| row.name.to_string());
    let listed = names(db.resource_groups(None, 9).await.unwrap());
    assert_eq!(listed.collect::<Vec<_>>(), ["other"]);
    let late = "late1".parse().unwrap();
    let refused = |standing: RegistryStanding<'_>| Err::<RegistryRow, _>(standing.has_group);
    let put = db.put_registry(&late, name, refused, Vec::new(), audit("late")).await;
    assert!(matches!(put.unwrap(), Put::Refused(false)), "nothing is made in it any more");
    for _ in 0..4 {
        assert!(db.erase_group(name).await.unwrap(), "a registry is in it");
    }
    assert_eq!(db.going_registry_of_group(name).await.unwrap(), None);
    let gone = db.delete_registry(within("other")).await.unwrap();
    assert_eq!(gone, Removal::Unknown, "it is in another group");
    assert_eq!(db.delete_registry(within("GROUP")).await.unwrap(), Removal::Removed);
    let found = db.going_registry_of_group(name).await.unwrap();
    assert_eq!(found, Some(place().registry));
    assert!(db.erase_group(name).await.unwrap(), "it is still in it");
    assert!(db.forget_registry(&place().registry, || Ok(())).await.unwrap());
    assert_eq!(db.going_registry_of_group(name).await.unwrap(), None);
    assert!(!db.erase_group(name).await.unwrap());
    let left = scope.key();
    let left = db.read("test", async move |tx: &mut Tx<'_>| {
        tx.exists("SELECT 1 FROM role_assignment WHERE scope_key = $1 LIMIT 1", params![&left])
            .await
    });
    assert!(!left.await.unwrap());
    assert!(matches!(put_group(db, "group").await, PutGroupOutcome::Created(_)));
}
