//! What is asked often is found through an index, however much there is.

use super::charts::commit;
use super::identities::audit;
use super::operations;
use super::promises;
use super::quarantine::set_policy;
use super::samples::*;
use crate::db::Db;
use crate::error::Fault;
use crate::guard::Guard;
use crate::row::params;
use crate::tx::{Dialect, Tx};
use crate::{
    After, AfterDeletedTag, BeginCollection, COLLECTED_MAX, ChartWrite, ChartsDeletion,
    CollectionStep, CommitPush, Holder, Judge, NewDelivery, NewEvent, OperationEnd, Order,
    PURGE_MANIFESTS_MAX, PageOf, RETIRED_MAX, Restore, RestoreOutcome, Retired, WantedReferrers,
    WebhookRow,
};
use boathook_core::delivery::Next;
use boathook_core::digest::Digest;
use boathook_core::id::{EventId, WebhookId};
use boathook_core::lock::Attributes;
use boathook_core::name::Reference;
use boathook_core::policy::Status as Policy;
use boathook_core::quarantine::{Sight, Verdict};
use boathook_core::scope::Position;
use boathook_core::time::Timestamp;
use boathook_core::webhook::Status;
use std::sync::{Arc, Mutex};

promises![
    content_is_found_through_an_index,
    pages_are_found_through_an_index,
    pushes_and_deletions_find_their_rows_through_an_index,
    deliveries_are_found_through_an_index,
    the_old_is_found_through_an_index,
    tokens_are_found_through_an_index,
    operations_are_found_through_an_index,
    records_are_found_through_an_index,
    locks_and_whole_deletions_find_their_rows_through_an_index,
    what_nobody_needs_is_found_through_an_index,
    charts_are_found_through_an_index,
    charts_that_are_artifacts_are_found_through_an_index,
    what_was_deleted_is_found_through_an_index,
    what_lost_its_last_tag_is_found_through_an_index,
    whether_somebody_asks_for_more_is_found_through_an_index,
];

/// Collects how the engine would run statements, while somebody asks for it.
#[derive(Default)]
pub(crate) struct Plans(Arc<Mutex<Option<Vec<String>>>>);

impl Plans {
    /// Makes an operation note its plans.
    pub(crate) fn of<T, F>(
        &self,
        operation: F,
    ) -> impl for<'a, 'b> AsyncFnOnce(&'b mut Tx<'a>) -> Result<T, Fault> + Clone + Send + 'static
    where
        T: Send + 'static,
        F: for<'a, 'b> AsyncFnOnce(&'b mut Tx<'a>) -> Result<T, Fault> + Clone + Send + 'static,
    {
        let notes = Arc::clone(&self.0);
        async move |tx: &mut Tx<'_>| {
            tx.plans = notes.lock().unwrap().is_some().then(Vec::new);
            let value = operation(tx).await?;
            if let Some(plans) = tx.plans.take() {
                notes.lock().unwrap().get_or_insert_default().extend(plans);
            }
            Ok(value)
        }
    }
}

/// Does something and looks at how: tables of more than a few rows are never read whole, and nothing is sorted.
async fn check(db: &Db, act: impl AsyncFnOnce()) {
    *db.plans().0.lock().unwrap() = Some(Vec::new());
    act().await;
    let plans = db.plans().0.lock().unwrap().take().unwrap();
    assert!(!plans.is_empty(), "nothing was asked");
    let text = plans.join("\n");
    for line in plans.iter().flat_map(|plan| plan.lines()) {
        let line = line.trim_start_matches([' ', '-', '>']);
        assert!(!is_whole_read(line), "`{line}` in\n{text}");
        assert!(!is_walk_of_all(line), "`{line}` in\n{text}");
        assert!(!line.starts_with("Sort"), "`{line}` in\n{text}");
        assert!(!line.starts_with("USE TEMP B-TREE"), "`{line}` in\n{text}");
    }
}

/// Of the tables, only these stay small.
const SMALL: [&str; 2] = ["revision", "webhook"];

fn is_whole_read(line: &str) -> bool {
    let table = line.strip_prefix("Seq Scan on ").or_else(|| line.strip_prefix("SCAN "));
    let Some(table) = table else { return false };
    // SQLite says `SCAN` as well where it walks along an index, or through the rows of a recursion or of values.
    let is_walk = table.contains(" USING ") || table == "CONSTANT ROW" || MADE.contains(&table);
    !is_walk && !SMALL.contains(&table.split(' ').next().unwrap())
}

/// Says whether SQLite goes through all that a place or a repository has of what may be many, because the index that would
/// lead it there has not all that is asked for.
fn is_walk_of_all(line: &str) -> bool {
    let is_of_many = MANY.iter().any(|table| line.starts_with(&format!("SEARCH {table} ")));
    let is_of_all = ["(registry=? AND region=?)", "(registry=? AND region=? AND repository=?)"];
    is_of_many && is_of_all.iter().any(|all| line.ends_with(all)) && !line.contains("_locked")
}

/// Of what a repository may have many, by the names that statements have for it.
const MANY: [&str; 11] =
    ["tag", "t", "d", "f", "manifest", "m", "s", "blob", "b", "repository_blob", "o"];

/// What a statement has made itself.
const MADE: [&str; 5] = ["waiting", "w", "known", "oldest", "page LEFT-JOIN"];

const FILL: [&str; 26] = [
    "INSERT INTO registry (name, resource_group, location, sku, created_ms)
         SELECT 'registry' || i, 'group', 'local', 'Premium', 0 FROM n",
    "INSERT INTO repository (registry, region, name, created_ms) SELECT 'boathook', 'local', 'team/app', 0 FROM n
         WHERE i = 10000001",
    "INSERT INTO repository_tally SELECT 'boathook', 'local', 'repository/' || i, 0, 1, 1, 0 FROM n",
    "INSERT INTO repository (registry, region, name, created_ms) SELECT 'boathook', 'local', 'repository/' || i, 0 FROM n",
    "INSERT INTO blob (registry, region, digest, size, bytes, created_ms, doomed_ms) SELECT 'boathook', 'local', DIGEST, 1, NULL, 0,
         CASE WHEN i % 3 = 0 THEN i ELSE NULL END FROM n",
    "INSERT INTO blob_tally SELECT 'boathook', 'local', i, 1 FROM n",
    "INSERT INTO repository_blob (registry, region, repository, digest, linked_ms, idle_ms)
         SELECT 'boathook', 'local', 'team/app', DIGEST, 0, CASE WHEN i % 3 = 0 THEN i ELSE NULL END FROM n",
    "INSERT INTO collection SELECT 'registry' || i, 'local', 0, 0, NULL, 0, 0, 0, NULL FROM n",
    "INSERT INTO manifest (registry, region, repository, digest, media_type, artifact_type, subject, annotations, size,
         bytes, created_ms) SELECT 'boathook', 'local', 'team/app', DIGEST, 'type', 'kind', 'subject ' || (i % 100), NULL, 1,
         BYTES, 0 FROM n",
    "INSERT INTO manifest_reference SELECT 'boathook', 'local', 'team/app', DIGEST, DIGEST FROM n",
    "INSERT INTO deleted_manifest SELECT 'boathook', 'local', 'team/app', DIGEST, 'type', NULL, NULL, NULL, 1, BYTES, 0, 1, 1, 1, 1,
         0, 0, NULL, NULL, NULL, NULL, NULL, NULL, i, NULL FROM n",
    "INSERT INTO deleted_tag SELECT 'boathook', 'local', 'team/app', 'tag' || i, DIGEST, i FROM n",
    "INSERT INTO untagged SELECT 'boathook', 'local', 'team/app', DIGEST, i, i, '' FROM n",
    "INSERT INTO tag (registry, region, repository, name, digest, created_ms, updated_ms) SELECT 'boathook', 'local', 'team/app', 'tag' || i, DIGEST, 0, 0 FROM n",
    "INSERT INTO tag (registry, region, repository, name, digest, created_ms, updated_ms) SELECT 'boathook', 'local', 'team/app', 'chart-' || i || '.tgz', DIGEST, 0, 0 FROM n",
    "INSERT INTO chart SELECT 'boathook', 'local', 'team/app', DIGEST, 'chart-' || i || '.tgz', 'chart' || (i % 7), '1.0.' || i,
         DIGEST, 1, NULL, NULL, '{}', 0, CASE WHEN i % 9 = 0 THEN 1 ELSE NULL END FROM n",
    "INSERT INTO chart_index SELECT 'boathook', 'local', 'repository/' || i, 'one', 1, 0 FROM n",
    "INSERT INTO chart_change SELECT 'boathook', 'local', 'repository/' || (i % 7), i, 'chart-' || i || '.tgz', NULL FROM n",
    "INSERT INTO oci_chart SELECT 'boathook', 'local', 'charts/a' || i, DIGEST, CASE WHEN i % 2 = 0 THEN 'charts' ELSE 'others' END,
         '1.0.0', 'a' || i, '1.0.0', DIGEST, 1, NULL, NULL, '{}', 0 FROM n",
    "INSERT INTO event (id, registry, region, action, repository, tags, body, occurred_ms, dispatched_ms) SELECT 'a' || i, 'boathook', 'local', 'push', 'team/app', '', BYTES, 0,
         CASE WHEN i % 50 = 0 THEN NULL ELSE 0 END FROM n",
    "INSERT INTO delivery (webhook, event, registry, region, kind, state, attempts, due_ms, lease, limit_ms, created_ms,
         finished_ms) SELECT 'hook' || (i % 3), 'a' || i, 'boathook', 'local', 'event',
         CASE WHEN i % 2 = 0 THEN 'pending' ELSE 'delivered' END, 1, i, NULL, 9000000, 0,
         CASE WHEN i % 2 = 0 THEN NULL ELSE 0 END FROM n",
    "INSERT INTO scope_map SELECT 'boathook', 'map' || i, 'map' || i, NULL, 'repositories/a/content/read', 0, '', 0, '' FROM n",
    "INSERT INTO operation SELECT 'operation' || i, 'registry' || (i % 30), 'importImage', NULL, '', i, 0,
         CASE WHEN i % 10 = 0 THEN NULL ELSE i END, NULL, NULL, NULL FROM n",
    "INSERT INTO replication SELECT 'registry' || i, 'north', 'north', 'north', 1, 0, '{}', 0, '', 0, '' FROM n",
    "INSERT INTO traffic SELECT 'boathook', 'local', CASE WHEN i % 2 = 0 THEN 'push' ELSE 'pull' END, i, 1, i FROM n",
    "INSERT INTO registry_token SELECT 'registry' || (i % 3), 'token' || i, 'token' || i, 'map' || i, 'map' || i, 1, NULL, NULL,
         NULL, NULL, NULL, NULL, 0, '', 0, '' FROM n",
];

const ATTEMPTS: &str = "INSERT INTO attempt SELECT d.webhook, d.event, d.region, 1, 0, 0, e.body, NULL, NULL, NULL, NULL, NULL,
    NULL, NULL FROM delivery d JOIN event e ON e.id = d.event";

/// Fills each table with thousands of rows.
async fn fill(db: &Db) {
    let filled = db.write("test", async move |tx: &mut Tx<'_>| {
        for insert in FILL {
            let select = insert.replace("DIGEST", &format!("'sha256:{}' || i", "0".repeat(56)));
            let select = select.replace("BYTES", match tx.dialect() {
                Dialect::Sqlite => "zeroblob(600)",
                Dialect::Postgres => "decode(repeat('00', 600), 'hex')",
            });
            let (insert, select) = select.split_once(" SELECT ").unwrap();
            let sql = format!(
                "WITH RECURSIVE n (i) AS (SELECT 10000001 UNION ALL SELECT i + 1 FROM n WHERE i < 10006000)
                 {insert} SELECT {select}"
            );
            tx.execute(&sql, params![]).await?;
        }
        tx.execute(ATTEMPTS, params![]).await?;
        analyze(tx).await
    });
    filled.await.unwrap();
}

/// Has PostgreSQL know how many rows there are; SQLite plans without.
async fn analyze(tx: &mut Tx<'_>) -> Result<(), Fault> {
    if tx.dialect() == Dialect::Postgres {
        tx.execute("ANALYZE", params![]).await?;
    }
    Ok(())
}

fn digest(number: u32) -> Digest {
    format!("sha256:{}{number}", "0".repeat(56)).parse().unwrap()
}

async fn content_is_found_through_an_index(db: &Db) {
    fill(db).await;
    check(db, async || {
        for reference in ["tag10000500".to_owned(), digest(10_000_501).to_string()] {
            let found = db.manifest(&place(), &app(), &reference.parse().unwrap()).await;
            assert!(found.unwrap().is_some());
        }
        assert!(db.blob(&place(), &app(), &digest(10_000_500)).await.unwrap().is_some());
    })
    .await;
}

async fn pages_are_found_through_an_index(db: &Db) {
    fill(db).await;
    check(db, async || {
        let last = "repository/10003000";
        assert_eq!(db.repositories(&place(), last, 100).await.unwrap().len(), 100);
        db.tags(&place(), &app(), "tag10003000", 100).await.unwrap();
        let at = |tag: &str| Position { repository: "team/app".to_owned(), tag: tag.to_owned() };
        let between = db.tags_between(&place(), &at("tag10003000"), &at("~"), 100).await;
        assert_eq!(between.unwrap().len(), 100);
        let of_manifest = db.repositories_of_manifest(&place(), &digest(10_000_500), 20).await;
        assert_eq!(of_manifest.unwrap(), [app()]);
        let of_tag = db.repositories_of_tag(&place(), &tag("tag10000500"), 20).await;
        assert_eq!(of_tag.unwrap(), [app()]);
        let one = db.tags_between(&place(), &at("tag10000500"), &at("tag10000500"), 100).await;
        assert_eq!(one.unwrap(), [at("tag10000500")]);
    })
    .await;
    let subject = sha256("subject");
    let bytes = artifact("about", &[], Some((&subject, "kind")));
    db.commit_push(push(&bytes, &["v1"], "e1")).await.unwrap();
    check(db, async || {
        for kind in [None, Some("kind")] {
            let page = db.referrers(&place(), &app(), &subject, &of_type(kind), "", 100).await;
            assert_eq!(page.unwrap().len(), 1);
        }
        let passed = WantedReferrers { sight: Sight::Passed, ..of_type(None) };
        assert!(
            db.referrers(&place(), &app(), &subject, &passed, "", 100).await.unwrap().is_empty()
        );
        assert_eq!(
            db.tags(&place(), &app(), "tag10003000", 100).await.unwrap().unwrap().len(),
            100
        );
    })
    .await;
}

async fn pushes_and_deletions_find_their_rows_through_an_index(db: &Db) {
    fill(db).await;
    set_policy(db, Policy::Enabled).await;
    check(db, async || {
        db.commit_blob(blob("layer")).await.unwrap();
        let bytes = artifact("one", &["layer"], None);
        let push = CommitPush { now: NOW, ..push(&bytes, &["v1"], "e1") };
        db.commit_push(push).await.unwrap();
        db.delete_tag(&place(), &app(), &tag("v1"), NOW, untagging("untag")).await.unwrap();
        db.delete_blob(&place(), &app(), &sha256("layer"), NOW).await.unwrap();
        let digest = digest_of(&bytes);
        let judge = Judge {
            place: place(),
            repository: app(),
            digest: digest.clone(),
            verdict: Some(Verdict::Passed),
            details: None,
            now: NOW,
        };
        db.judge_manifest(judge, |before| before, |_, _| event("e3"), changing("e4"))
            .await
            .unwrap();
        db.delete_manifest(&place(), &app(), &digest, announcing("e2")).await.unwrap();
        db.delete_blob(&place(), &app(), &sha256("layer"), NOW).await.unwrap();
    })
    .await;
}

async fn deliveries_are_found_through_an_index(db: &Db) {
    fill(db).await;
    let hook = WebhookId::new("hook1");
    check(db, async || {
        assert_eq!(db.undispatched(50).await.unwrap().len(), 50);
        let new = NewDelivery { lease: Some("a".into()), ..delivery(&hook, "a10000050", 1) };
        dispatch(db, vec![new]).await;
        assert_eq!(db.due().await.unwrap().len(), 3);
        let claimed = claim(db, &hook, 20_000_000, "a", 30).await;
        assert_eq!(claimed.len(), 30);
        finish(db, vec![report(&claimed[0], 200, Next::Delivered)]).await.unwrap();
        db.release(claimed, NOW).await.unwrap();
        let before = EventId::new("a10003000");
        assert_eq!(db.events(&hook, Some(&before), 50).await.unwrap().len(), 50);
        assert_eq!(db.deliveries(&hook, Some(&before), 25, 20).await.unwrap().len(), 25);
        assert!(db.delivery(&hook, &EventId::new("a10003000"), 20).await.unwrap().is_some());
        let hooks = ["hook1", "hook2"].map(WebhookId::new).to_vec();
        assert_eq!(db.glance(hooks, 25).await.unwrap().len(), 50);
        assert_eq!(db.latest_attempts(&hook, 100).await.unwrap().len(), 100);
    })
    .await;
}

async fn the_old_is_found_through_an_index(db: &Db) {
    fill(db).await;
    let row = WebhookRow { id: WebhookId::new("hook1"), ..webhook("hook1") };
    put(db, &row).await;
    check(db, async || {
        assert_eq!(db.backlog().await.unwrap().oldest.unwrap().0, 0);
        db.retire(&EventId::new("a10003000"), 100).await.unwrap();
        assert_eq!(db.forget_traffic(Timestamp(10_000_100), 50).await.unwrap(), 50);
        let registry = place().registry;
        assert_eq!(db.traffic(&registry, Timestamp(10_005_980)).await.unwrap().len(), 21);
        put(db, &row).await;
        let paused = Some((NOW, "gone".to_owned()));
        put(db, &WebhookRow { paused, ..row.clone() }).await;
        assert_eq!(db.settle(&row.id, Timestamp(9_000_000), 10).await.unwrap(), 10);
        let disabled = WebhookRow { status: Status::Disabled, ..row.clone() };
        put(db, &disabled).await;
        put(db, &row).await;
        db.inherit(NOW).await.unwrap();
        db.settle(&row.id, NOW, 10).await.unwrap();
        db.delete_webhook(&row.place.registry, &row.name, Guard::open(), audit("webhook"))
            .await
            .unwrap();
    })
    .await;
}

async fn operations_are_found_through_an_index(db: &Db) {
    fill(db).await;
    check(db, async || {
        assert!(db.operation("operation10000001").await.unwrap().is_some());
        let claimed = db.claim_operation(Timestamp(20_000_000), Timestamp(30_000_000)).await;
        assert!(claimed.unwrap().is_some());
        db.keep_operation("operation10000010", Timestamp(0)).await.unwrap();
        let end = OperationEnd { at: NOW, failure: None };
        db.end_operation("operation10000010", end).await.unwrap();
        let new = operations::row("joined");
        assert!(
            db.join_operation(new, &place().registry, audit("joined")).await.unwrap().is_some()
        );
        assert_eq!(db.forget_operations(Timestamp(10_000_010), 5).await.unwrap(), 5);
    })
    .await;
}

async fn tokens_are_found_through_an_index(db: &Db) {
    fill(db).await;
    let registry = "registry1".parse().unwrap();
    check(db, async || {
        let name = "token10000999".parse().unwrap();
        assert!(db.token_entry(&registry, &name).await.unwrap().is_some());
        assert!(db.token(&registry, &name).await.unwrap().is_some());
        assert_eq!(db.tokens(&registry, "token10000999", 100).await.unwrap().len(), 100);
        let maps = db.scope_maps(&place().registry, "map10003000", 100).await.unwrap();
        assert_eq!(maps.len(), 100);
        assert!(db.scope_map(&place().registry, &maps[0].name).await.unwrap().is_some());
    })
    .await;
}

async fn records_are_found_through_an_index(db: &Db) {
    fill(db).await;
    pushed(db, "one", &["v1"], "e1").await;
    check(db, async || {
        assert!(db.repository_record(&place(), &app()).await.unwrap().is_some());
        let digest = digest(10_003_000);
        assert!(db.manifest_record(&place(), &app(), &digest).await.unwrap().is_some());
        let several = [app(), repository("absent")];
        assert_eq!(db.repository_records(&place(), &several).await.unwrap().len(), 1);
        let sizes = db.image_sizes(&place(), &app(), std::slice::from_ref(&digest)).await;
        assert_eq!(sizes.unwrap().len(), 1);
        assert!(db.manifest_forecast(&place(), &app(), &digest).await.unwrap().is_some());
        assert!(db.repository_forecast(&place(), &app()).await.unwrap().is_some());
        let name = tag("tag10003000");
        assert!(db.tag_record(&place(), &app(), &name).await.unwrap().is_some());
        for order in [Order::Name, Order::OldestFirst, Order::NewestFirst] {
            for last in [name.as_str(), digest.as_str()] {
                let page = PageOf { order, after: After::Name(last.to_owned()), limit: 100 };
                let tags = db.tag_records(&place(), &app(), page.clone()).await.unwrap();
                assert_eq!(tags.unwrap().len(), 100);
                let found = db.manifest_records(&place(), &app(), page.clone()).await.unwrap();
                let (manifests, _) = found.unwrap();
                let expected = if last == name.as_str() && order == Order::Name { 0 } else { 100 };
                assert_eq!(manifests.len(), expected);
                db.tag_records_of(&place(), &app(), &digest, page).await.unwrap();
            }
        }
    })
    .await;
}

async fn locks_and_whole_deletions_find_their_rows_through_an_index(db: &Db) {
    fill(db).await;
    pushed(db, "one", &["v1"], "e1").await;
    check(db, async || {
        let holders =
            [Holder::Repository, Holder::Manifest(digest(10_003_000)), Holder::Tag(tag("v1"))];
        for holder in holders {
            db.set_attributes(&place(), &app(), holder, |same| same, NOW, relocking("lock"))
                .await
                .unwrap();
        }
        let announce = |idx, _: &_| event(&format!("gone {idx}"));
        let other = digest(10_005_990);
        db.delete_repository_step(&place(), &app(), other.as_str(), NOW, NOW, announce)
            .await
            .unwrap();
    })
    .await;
}

async fn what_nobody_needs_is_found_through_an_index(db: &Db) {
    fill(db).await;
    let at = Timestamp(10_003_000);
    let step = CollectionStep { place: place(), began: at, due: at, until: at };
    check(db, async || {
        assert!(db.has_garbage(&place(), at, at).await.unwrap());
        let operation = Some("operation10000001".to_owned());
        let begin = BeginCollection { place: place(), operation, now: at, until: at };
        db.begin_collection(begin).await.unwrap();
        for after in
            [None, Some((Timestamp(10_000_999), "team/app".to_owned(), "sha256:".to_owned()))]
        {
            db.idle_links(&place(), at, after.clone()).await.unwrap();
            let page = db.doomed_blobs(&place(), at, after).await.unwrap();
            assert_eq!(page.blobs.len(), 100);
        }
        let digest = digest(10_000_002);
        assert!(db.touch_blob(&place(), &app(), &digest, at).await.unwrap());
        assert_eq!(db.review_links(step.clone()).await.unwrap().needed, COLLECTED_MAX);
        db.remove_blobs(step, |_| Ok(()), |_| Ok(())).await.unwrap();
    })
    .await;
}

async fn charts_are_found_through_an_index(db: &Db) {
    fill(db).await;
    commit(db, "hello", "1.0.0", ChartWrite::New).await;
    check(db, async || {
        assert!(db.chart(&place(), &app(), &tag("chart-10003000.tgz")).await.unwrap().is_some());
        commit(db, "hello", "1.0.1", ChartWrite::New).await;
        commit(db, "hello", "1.0.0", ChartWrite::Replace).await;
        assert_eq!(
            db.charts(&place(), &app(), "chart-10003000.tgz", 500).await.unwrap().len(),
            500
        );
        let shelf =
            db.listed_charts(&place(), &app(), Sight::Passed, "chart-10003000.tgz", 50).await;
        assert!(shelf.is_ok());
        assert!(db.chart_repositories(&place(), "", 1).await.is_ok());
        let changes = db.chart_changes(&place(), &app(), 1).await.unwrap().unwrap();
        assert_eq!(changes.changes.len(), 2);
        let name = "hello".parse().unwrap();
        let announce = |idx, _: &_| event(&format!("gone {idx}"));
        let going = db.delete_charts_step(&place(), &app(), &name, announce).await.unwrap();
        assert_eq!(going, ChartsDeletion::Going);
    })
    .await;
}

async fn charts_that_are_artifacts_are_found_through_an_index(db: &Db) {
    fill(db).await;
    let listed = db.write("test", async move |tx: &mut Tx<'_>| {
        tx.execute(
            "UPDATE registry SET has_oci_charts_in_index = 1 WHERE name = 'boathook'",
            params![],
        )
        .await?;
        let sql = "INSERT INTO chart_index VALUES ('boathook', 'local', 'team', 'one', 1, 0)";
        tx.execute(sql, params![]).await
    });
    listed.await.unwrap();
    check(db, async || {
        let charts = repository("charts");
        assert!(db.begin_chart_index(&place(), &charts, "one".to_owned(), NOW).await.unwrap());
        assert!(db.oci_charts(&place(), &charts, ("charts/a10003000", ""), 500).await.is_ok());
        let below = repository("charts/a10003000");
        assert!(db.listed_charts(&place(), &below, Sight::Everything, "", 50).await.is_ok());
        assert!(db.chart_under(&place(), &below, &tag("1.0.0")).await.is_ok());
        // Not one of them is listed.
        let (shelf, next) = db.chart_repositories(&place(), "charts/a10003", 50).await.unwrap();
        assert!(shelf.is_empty() && next.is_some());
        let version = tag("1.0.0");
        assert!(db.oci_chart(&place(), &app(), &version).await.unwrap().is_none());
        pushed(db, "one", &["1.0.0"], "e1").await;
        let digest = pushed(db, "two", &["1.0.0"], "e2").await;
        for holder in [Holder::Tag(version.clone()), Holder::Manifest(digest), Holder::Repository] {
            let change = |mut before: Attributes| {
                before.is_list_enabled = !before.is_list_enabled;
                before
            };
            db.set_attributes(&place(), &app(), holder, change, NOW, relocking("lock"))
                .await
                .unwrap();
        }
        let changes = db.chart_changes(&place(), &repository("team"), 1).await.unwrap().unwrap();
        assert_eq!((changes.told_count, changes.changes.len()), (3, 1));
    })
    .await;
}

async fn what_was_deleted_is_found_through_an_index(db: &Db) {
    fill(db).await;
    // The samples are no manifests.
    let known = pushed(db, "one", &[], "e1").await;
    let readable = db.write("test", async move |tx: &mut Tx<'_>| {
        let sql = "UPDATE deleted_manifest SET
                       media_type = (SELECT m.media_type FROM manifest m WHERE m.digest = $1),
                       bytes = (SELECT m.bytes FROM manifest m WHERE m.digest = $1)";
        tx.execute(sql, params![known.as_str()]).await
    });
    readable.await.unwrap();
    check(db, async || {
        assert_eq!(db.deleted_repositories(&place(), "", 100).await.unwrap(), ["team/app"]);
        let last = digest(10_003_000);
        let found = db.deleted_manifests(&place(), &app(), last.as_str(), 100).await.unwrap();
        assert_eq!(found.unwrap().len(), 100);
        let after = AfterDeletedTag {
            name: "tag10003000".to_owned(),
            deleted: Timestamp(10_003_000),
            digest: last.to_string(),
        };
        let found = db.deleted_tags(&place(), &app(), after, 100).await.unwrap();
        assert_eq!(found.unwrap().len(), 100);
        let now = Timestamp(7 * 24 * 60 * 60 * 1_000 + 10_006_001);
        assert_eq!(db.purgeable(None, 9, now).await.unwrap(), [place().registry]);
        let gone = db.purge_deleted(&place().registry, now, purging).await.unwrap();
        assert_eq!((gone.manifests, gone.tags), (PURGE_MANIFESTS_MAX, 0));
    })
    .await;
    let one = sha256("deleted");
    let key = one.clone();
    let kept = db.write("test", async move |tx: &mut Tx<'_>| {
        for sql in [
            "UPDATE deleted_manifest SET digest = $1 WHERE deleted_ms = 10005000",
            "UPDATE deleted_tag SET digest = $1, name = 'v1' WHERE deleted_ms = 10005000",
        ] {
            tx.execute(sql, params![key.as_str()]).await?;
        }
        Ok(())
    });
    kept.await.unwrap();
    check(db, async || {
        let restore = Restore {
            place: place(),
            repository: app(),
            digest: one.clone(),
            tag: Some(tag("v1")),
            is_forced: true,
            now: NOW,
        };
        let outcome = db.restore(restore).await.unwrap();
        assert_eq!(outcome, RestoreOutcome::Restored);
    })
    .await;
    let prepared = db.write("test", async move |tx: &mut Tx<'_>| {
        tx.execute("UPDATE deleted_manifest SET deleted_ms = 9000000000000", params![]).await?;
        analyze(tx).await
    });
    prepared.await.unwrap();
    check(db, async || {
        let now = Timestamp(7 * 24 * 60 * 60 * 1_000 + 10_006_001);
        let gone = db.purge_deleted(&place().registry, now, purging).await.unwrap();
        assert_eq!((gone.manifests, gone.tags), (0, 200));
    })
    .await;
}

async fn what_lost_its_last_tag_is_found_through_an_index(db: &Db) {
    fill(db).await;
    let prepared = db.write("test", async move |tx: &mut Tx<'_>| {
        for sql in [
            "UPDATE registry SET retention = 'enabled', retention_days = 0 WHERE name = 'boathook'",
            "UPDATE tag SET repository = 'other'",
            "UPDATE manifest_reference SET repository = 'other'",
            "UPDATE manifest SET digest = 'another ' || digest, subject = digest WHERE digest LIKE '%10000001'",
        ] {
            tx.execute(sql, params![]).await?;
        }
        analyze(tx).await
    });
    prepared.await.unwrap();
    check(db, async || {
        // The first of them is gone, and another one is about it.
        let retired = db.retire_untagged(Timestamp(10_006_001), purging).await.unwrap();
        assert_eq!(retired, Retired { seen: RETIRED_MAX, gone: RETIRED_MAX - 1 });
    })
    .await;
}

async fn whether_somebody_asks_for_more_is_found_through_an_index(db: &Db) {
    let made = db.write("test", async move |tx: &mut Tx<'_>| {
        let sql = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
                   INSERT INTO webhook (registry, name_key, id, region, name, target, actions, scope, is_enabled, tags,
                                        created_ms, created_by, updated_ms, updated_by)
                   SELECT 'boathook', 'hook' || i, 'hook' || i, 'local', 'hook' || i, $1, 'push', '', 1, '{}', 0, '', 0, ''
                   FROM n";
        tx.execute(sql, params![&b"sealed"[..]]).await?;
        analyze(tx).await
    });
    made.await.unwrap();
    *db.plans().0.lock().unwrap() = Some(Vec::new());
    let reference = Reference::Tag(tag("v1"));
    db.record_pull(&place(), &app(), &reference, |_| event("pull")).await.unwrap();
    let digest = pushed(db, "one", &[], "e1").await;
    let announce = |_: &_| NewEvent { extended_body: Some(Vec::new()), ..event("gone") };
    db.delete_manifest(&place(), &app(), &digest, announce).await.unwrap();
    let plans = db.plans().0.lock().unwrap().take().unwrap();
    let asked = plans.iter().filter(|line| line.contains("webhook_asking"));
    assert_eq!(asked.count(), 2, "{plans:#?}");
}
