//! What is deleted can be restored for a while.

use super::charts::commit;
use super::identities::audit;
use super::promises;
use super::samples::*;
use crate::content::KEPT_COLUMNS;
use crate::db::Db;
use crate::row::params;
use crate::tx::Tx;
use crate::{
    AfterDeletedTag, BlobDeletion, ChartWrite, Deletion, Holder, PURGE_BYTES_MAX,
    PURGE_MANIFESTS_MAX, Purged, PushOutcome, Put, RESTORED_TOGETHER_MAX, RegistryStanding,
    RepositoryDeletion, Restore, RestoreOutcome, Untagging, WebhookRow,
};
use boathook_core::digest::Digest;
use boathook_core::event::ExtraAction;
use boathook_core::lock::{Attributes, Locked};
use boathook_core::name::{Reference, Repository};
use boathook_core::policy::Status;
use boathook_core::time::Timestamp;
use bytes::Bytes;
use std::collections::BTreeSet;

promises![
    all_that_is_known_of_a_manifest_is_kept_of_a_deleted_one,
    a_deleted_manifest_is_gone_and_announced_and_can_be_restored,
    without_the_policy_nothing_is_kept,
    whoever_asks_is_told_when_it_is_gone_for_good,
    who_waits_for_the_next_step_keeps_its_tags,
    a_chart_comes_back_with_its_tag_and_its_row,
    what_a_chart_has_nothing_takes_from_it,
    charts_that_had_one_name_do_not_come_back_together,
    what_can_be_restored_keeps_its_blobs,
    a_tag_that_was_removed_or_gave_way_to_a_restored_one_can_be_restored,
    a_tag_that_is_taken_is_left_where_it_is_unless_that_is_forced,
    a_lock_keeps_what_was_deleted_away,
    an_index_comes_back_with_what_it_needs,
    no_more_manifests_come_back_together_than_may,
    what_is_about_something_deleted_waits_for_it,
    whoever_pushes_what_was_deleted_brings_it_back,
    a_whole_repository_can_be_restored,
    repositories_with_something_deleted_are_listed_in_pages,
    what_was_deleted_goes_when_its_days_are_over,
    a_step_purges_no_more_than_it_may,
    a_step_purges_no_more_bytes_than_it_may,
    a_registry_is_looked_at_when_something_is_due,
];

/// The columns of a table, on SQLite and on PostgreSQL.
const COLUMNS: [&str; 2] = [
    "SELECT name FROM pragma_table_info($1)",
    "SELECT CAST(column_name AS TEXT) FROM information_schema.columns
     WHERE table_schema = 'public' AND table_name = $1",
];
const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// Sets for how many days the registry keeps what is deleted; `None` where it does not.
async fn keep(db: &Db, days: Option<u16>) {
    let decide = move |standing: RegistryStanding<'_>| {
        let mut row = standing.before.cloned().ok_or(())?;
        let term = &mut row.settings.policies.soft_delete;
        term.status = if days.is_some() { Status::Enabled } else { Status::Disabled };
        term.days = days.unwrap_or(term.days);
        Ok(row)
    };
    let (name, group) = (place().registry, "group".parse().unwrap());
    let put = db.put_registry(&name, &group, decide, Vec::new(), audit("policy")).await.unwrap();
    assert!(matches!(put, Put::<_, ()>::Updated(_)));
}

async fn delete(db: &Db, digest: &Digest, event_id: &'static str) {
    let deletion = db.delete_manifest(&place(), &app(), digest, announcing(event_id)).await;
    assert!(matches!(deletion.unwrap(), Deletion::Deleted(_)));
}

fn restoring(digest: &Digest, name: Option<&str>) -> Restore {
    Restore {
        place: place(),
        repository: app(),
        digest: digest.clone(),
        tag: name.map(tag),
        is_forced: false,
        now: NOW,
    }
}

async fn restore(db: &Db, digest: &Digest, name: Option<&str>) -> RestoreOutcome {
    db.restore(restoring(digest, name)).await.unwrap()
}

async fn is_there(db: &Db, reference: &str) -> bool {
    let reference: Reference = reference.parse().unwrap();
    db.manifest(&place(), &app(), &reference).await.unwrap().is_some()
}

async fn deleted(db: &Db) -> Vec<Digest> {
    let rows = db.deleted_manifests(&place(), &app(), "", 100).await.unwrap();
    rows.unwrap_or_default().into_iter().map(|row| row.digest).collect()
}

/// The deleted tags, each with its manifest.
async fn deleted_tags(db: &Db) -> Vec<(String, Digest)> {
    let rows = db.deleted_tags(&place(), &app(), from_the_first(), 100).await.unwrap();
    let rows = rows.unwrap_or_default().into_iter();
    rows.map(|row| (row.name.to_string(), row.digest)).collect()
}

fn from_the_first() -> AfterDeletedTag {
    AfterDeletedTag { name: String::new(), deleted: Timestamp(0), digest: String::new() }
}

async fn counts(db: &Db) -> (u64, u64) {
    let record = db.repository_record(&place(), &app()).await.unwrap().unwrap();
    (record.manifest_count, record.tag_count)
}

async fn all_that_is_known_of_a_manifest_is_kept_of_a_deleted_one(db: &Db) {
    let columns = async |table: &'static str| -> BTreeSet<String> {
        let sql = COLUMNS[usize::from(db.is_shared())];
        let found = db.read("test", async move |tx: &mut Tx<'_>| {
            let rows = tx.query(sql, params![table]).await?;
            Ok(rows.iter().map(|row| row.text(0).to_owned()).collect())
        });
        found.await.unwrap()
    };
    let moved: BTreeSet<_> =
        KEPT_COLUMNS.split(',').map(|column| column.trim().to_owned()).collect();
    assert_eq!(columns("manifest").await, moved);
    let mut kept = columns("deleted_manifest").await;
    assert!(kept.remove("deleted_ms"));
    assert_eq!(kept, moved);
}

async fn a_deleted_manifest_is_gone_and_announced_and_can_be_restored(db: &Db) {
    keep(db, Some(7)).await;
    let digest = pushed(db, "one", &["v1", "v2"], "e1").await;
    let before = db.manifest_record(&place(), &app(), &digest).await.unwrap().unwrap();
    assert!(is_there(db, "v1").await);
    delete(db, &digest, "e2").await;
    assert_eq!(undispatched(db).await, ["e1", "e2"]);
    for reference in ["v1", "v2", digest.as_str()] {
        assert!(!is_there(db, reference).await);
    }
    assert_eq!(counts(db).await, (0, 0));
    let rows = db.deleted_manifests(&place(), &app(), "", 9).await.unwrap().unwrap();
    assert_eq!((&rows[0].digest, rows[0].deleted, rows.len()), (&digest, NOW, 1));
    let named = |name: &str| (name.to_owned(), digest.clone());
    assert_eq!(deleted_tags(db).await, [named("v1"), named("v2")]);

    assert_eq!(restore(db, &digest, Some("v1")).await, RestoreOutcome::Restored);
    assert_eq!(undispatched(db).await, ["e1", "e2"], "a restore tells nobody");
    assert!(is_there(db, "v1").await && is_there(db, digest.as_str()).await);
    assert!(!is_there(db, "v2").await);
    assert_eq!(counts(db).await, (1, 1));
    let after = db.manifest_record(&place(), &app(), &digest).await.unwrap().unwrap();
    assert_eq!((after.created, after.image_size), (before.created, before.image_size));
    assert_eq!(deleted(db).await, []);
    assert_eq!(deleted_tags(db).await, [named("v2")]);
    assert_eq!(restore(db, &digest, Some("v2")).await, RestoreOutcome::Restored);
    assert_eq!(restore(db, &digest, Some("v2")).await, RestoreOutcome::Restored, "it is there");
    assert_eq!(counts(db).await, (1, 2));
    assert_eq!(restore(db, &digest, Some("v3")).await, RestoreOutcome::TagUnknown);
    assert_eq!(restore(db, &sha256("absent"), None).await, RestoreOutcome::Unknown);
}

async fn without_the_policy_nothing_is_kept(db: &Db) {
    let digest = pushed(db, "one", &["v1", "v2"], "e1").await;
    db.delete_tag(&place(), &app(), &tag("v1"), NOW, untagging("untag")).await.unwrap();
    delete(db, &digest, "e2").await;
    assert_eq!((deleted(db).await, deleted_tags(db).await), (Vec::new(), Vec::new()));
    assert_eq!(restore(db, &digest, None).await, RestoreOutcome::Unknown);
    // What was kept before stays so until its days are over, and goes with a deletion for good.
    keep(db, Some(7)).await;
    let digest = pushed(db, "two", &["v1"], "e3").await;
    delete(db, &digest, "e4").await;
    keep(db, None).await;
    assert_eq!(deleted(db).await, std::slice::from_ref(&digest));
    assert_eq!(restore(db, &digest, None).await, RestoreOutcome::Restored);
    assert_eq!(deleted_tags(db).await.len(), 1);
    delete(db, &digest, "e5").await;
    assert_eq!((deleted(db).await, deleted_tags(db).await), (Vec::new(), Vec::new()));
}

async fn whoever_asks_is_told_when_it_is_gone_for_good(db: &Db) {
    let asking = WebhookRow { extra_actions: [ExtraAction::Purge].into(), ..webhook("asking") };
    put(db, &asking).await;
    keep(db, Some(7)).await;
    let one = pushed(db, "one", &["v1", "v2"], "e1").await;
    delete(db, &one, "e2").await;
    let later = Timestamp(NOW.0 + 7 * DAY_MS);
    db.purge_deleted(&place().registry, later, purging).await.unwrap();
    let told = db.undispatched(9).await.unwrap().pop().unwrap();
    assert_eq!(told.id.as_str(), format!("purge {one}"));
    assert_eq!(told.tags, ["v1", "v2"]);
    assert!(told.body.starts_with(b"softDeletePolicy application/"));
}

async fn who_waits_for_the_next_step_keeps_its_tags(db: &Db) {
    let asking = WebhookRow { extra_actions: [ExtraAction::Purge].into(), ..webhook("asking") };
    put(db, &asking).await;
    keep(db, Some(7)).await;
    for idx in 0..=PURGE_MANIFESTS_MAX {
        let digest = pushed(db, &format!("{idx}"), &[&format!("v{idx}")], &format!("e{idx}")).await;
        delete(db, &digest, "gone").await;
    }
    let later = Timestamp(NOW.0 + 7 * DAY_MS);
    let mut all = Purged::default();
    loop {
        let gone = db.purge_deleted(&place().registry, later, purging).await.unwrap();
        if gone == Purged::default() {
            break;
        }
        all.manifests += gone.manifests;
        all.tags += gone.tags;
    }
    let count = PURGE_MANIFESTS_MAX + 1;
    assert_eq!(all, Purged { manifests: count, tags: count });
    let told = db.undispatched(1_000).await.unwrap();
    let told: Vec<_> = told.iter().filter(|told| told.id.as_str().starts_with("purge")).collect();
    assert_eq!(told.len(), count);
    assert!(told.iter().all(|told| told.tags.len() == 1));
}

async fn what_can_be_restored_keeps_its_blobs(db: &Db) {
    keep(db, Some(7)).await;
    db.commit_blob(blob("layer")).await.unwrap();
    let bytes = artifact("one", &["layer"], None);
    db.commit_push(push(&bytes, &["v1"], "e1")).await.unwrap();
    delete(db, &digest_of(&bytes), "e2").await;
    let deletion = db.delete_blob(&place(), &app(), &sha256("layer"), NOW).await.unwrap();
    assert_eq!(deletion, BlobDeletion::Needed { by: digest_of(&bytes) });
    let later = Timestamp(NOW.0 + 7 * DAY_MS);
    let gone = db.purge_deleted(&place().registry, later, purging).await.unwrap();
    assert_eq!(gone, Purged { manifests: 1, tags: 0 });
    let deletion = db.delete_blob(&place(), &app(), &sha256("layer"), NOW).await.unwrap();
    assert_eq!(deletion, BlobDeletion::Deleted);
}

async fn a_tag_that_was_removed_or_gave_way_to_a_restored_one_can_be_restored(db: &Db) {
    keep(db, Some(7)).await;
    let one = pushed(db, "one", &["v1"], "e1").await;
    let untagged =
        db.delete_tag(&place(), &app(), &tag("v1"), NOW, untagging("untag")).await.unwrap();
    assert_eq!(untagged, Untagging::Removed);
    assert_eq!(deleted_tags(db).await, [("v1".to_owned(), one.clone())]);
    let two = pushed(db, "two", &["v1"], "e2").await;
    let taken = RestoreOutcome::TagTaken { by: two.clone() };
    assert_eq!(restore(db, &one, Some("v1")).await, taken);
    let forced = Restore { is_forced: true, ..restoring(&one, Some("v1")) };
    assert_eq!(db.restore(forced).await.unwrap(), RestoreOutcome::Restored);
    assert_eq!(deleted_tags(db).await, [("v1".to_owned(), two)]);
    assert_eq!(counts(db).await, (2, 1));
    let found = db.tag_record(&place(), &app(), &tag("v1")).await.unwrap().unwrap();
    assert_eq!(found.digest, one);
}

async fn a_tag_that_is_taken_is_left_where_it_is_unless_that_is_forced(db: &Db) {
    keep(db, Some(7)).await;
    let one = pushed(db, "one", &["v1"], "e1").await;
    delete(db, &one, "e2").await;
    let two = pushed(db, "two", &["v1"], "e3").await;
    assert_eq!(restore(db, &one, Some("v1")).await, RestoreOutcome::TagTaken { by: two });
    assert!(!is_there(db, one.as_str()).await, "all or nothing");
    let locked = Attributes { is_write_enabled: false, ..Attributes::UNLOCKED };
    let holder = Holder::Tag(tag("v1"));
    db.set_attributes(&place(), &app(), holder, move |_| locked, NOW, relocking("lock"))
        .await
        .unwrap();
    let forced = Restore { is_forced: true, ..restoring(&one, Some("v1")) };
    let outcome = db.restore(forced).await.unwrap();
    assert_eq!(outcome, RestoreOutcome::Locked(Locked::Tag));
    assert_eq!(restore(db, &one, None).await, RestoreOutcome::Restored);
}

async fn a_lock_keeps_what_was_deleted_away(db: &Db) {
    keep(db, Some(7)).await;
    let one = pushed(db, "one", &["v1"], "e1").await;
    delete(db, &one, "e2").await;
    let locked = Attributes { is_write_enabled: false, ..Attributes::UNLOCKED };
    db.set_attributes(
        &place(),
        &app(),
        Holder::Repository,
        move |_| locked,
        NOW,
        relocking("lock"),
    )
    .await
    .unwrap();
    let outcome = restore(db, &one, Some("v1")).await;
    assert_eq!(outcome, RestoreOutcome::Locked(Locked::Repository));
}

/// Pushes images and an index of them, and deletes all.
async fn deleted_index(db: &Db, count: usize) -> (Digest, Vec<Digest>) {
    let images: Vec<_> = (0..count).map(|idx| artifact(&format!("{idx}"), &[], None)).collect();
    for (idx, image) in images.iter().enumerate() {
        db.commit_push(push(image, &[], &format!("image {idx}"))).await.unwrap();
    }
    let entries: Vec<_> = images
        .iter()
        .map(|bytes| {
            serde_json::json!({"mediaType": parsed(bytes).media_type,
                               "digest": digest_of(bytes).as_str(), "size": bytes.len()})
        })
        .collect();
    let media_type = boathook_core::media_type::OCI_INDEX;
    let index =
        serde_json::json!({"schemaVersion": 2, "mediaType": media_type, "manifests": entries});
    let index = Bytes::from(index.to_string());
    let outcome = db.commit_push(push(&index, &["all"], "index")).await.unwrap();
    assert_eq!(outcome, PushOutcome::Stored);
    let digests: Vec<_> = images.iter().map(digest_of).collect();
    delete(db, &digest_of(&index), "index gone").await;
    for digest in &digests {
        delete(db, digest, "image gone").await;
    }
    (digest_of(&index), digests)
}

async fn an_index_comes_back_with_what_it_needs(db: &Db) {
    keep(db, Some(7)).await;
    let (index, images) = deleted_index(db, 3).await;
    assert_eq!(restore(db, &index, Some("all")).await, RestoreOutcome::Restored);
    for digest in images.iter().chain([&index]) {
        assert!(is_there(db, digest.as_str()).await);
    }
    assert_eq!(counts(db).await, (4, 1));
    assert_eq!(deleted(db).await, []);
}

async fn no_more_manifests_come_back_together_than_may(db: &Db) {
    keep(db, Some(7)).await;
    let (index, images) = deleted_index(db, RESTORED_TOGETHER_MAX).await;
    assert_eq!(restore(db, &index, None).await, RestoreOutcome::TooMany);
    assert!(!is_there(db, index.as_str()).await);
    assert_eq!(restore(db, &images[0], None).await, RestoreOutcome::Restored);
    assert_eq!(restore(db, &index, None).await, RestoreOutcome::Restored);
}

async fn what_is_about_something_deleted_waits_for_it(db: &Db) {
    keep(db, Some(7)).await;
    let subject = pushed(db, "one", &["v1"], "e1").await;
    let about = artifact("about", &[], Some((&subject, "application/x")));
    db.commit_push(push(&about, &[], "e2")).await.unwrap();
    delete(db, &subject, "e3").await;
    delete(db, &digest_of(&about), "e4").await;
    let waiting = RestoreOutcome::SubjectDeleted(subject.clone());
    assert_eq!(restore(db, &digest_of(&about), None).await, waiting);
    assert_eq!(restore(db, &subject, Some("v1")).await, RestoreOutcome::Restored);
    assert_eq!(restore(db, &digest_of(&about), None).await, RestoreOutcome::Restored);
}

async fn whoever_pushes_what_was_deleted_brings_it_back(db: &Db) {
    keep(db, Some(7)).await;
    let digest = pushed(db, "one", &["v1", "v2"], "e1").await;
    delete(db, &digest, "e2").await;
    assert_eq!(pushed(db, "one", &["v1"], "e3").await, digest);
    assert_eq!(deleted(db).await, []);
    assert_eq!(undispatched(db).await, ["e1", "e2", "e3"]);
    // Its other tag was deleted, and still is.
    assert_eq!(restore(db, &digest, Some("v2")).await, RestoreOutcome::Restored);
    assert_eq!(counts(db).await, (1, 2));
    delete(db, &digest, "e4").await;
    assert_eq!(deleted_tags(db).await.len(), 2);
}

async fn a_whole_repository_can_be_restored(db: &Db) {
    keep(db, Some(7)).await;
    db.commit_blob(blob("layer")).await.unwrap();
    let bytes = artifact("one", &["layer"], None);
    db.commit_push(push(&bytes, &["v1"], "e1")).await.unwrap();
    let mut after = String::new();
    loop {
        let announce = |idx: usize, gone: &crate::DeletedManifest| crate::NewEvent {
            tags: gone.tags.clone(),
            ..event(&format!("gone {idx}"))
        };
        match db.delete_repository_step(&place(), &app(), &after, NOW, NOW, announce).await.unwrap()
        {
            RepositoryDeletion::Going { after: next, .. } => after = next,
            RepositoryDeletion::Clearing => {}
            RepositoryDeletion::Deleted => break,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(db.repository_record(&place(), &app()).await.unwrap(), None);
    assert_eq!(db.deleted_repositories(&place(), "", 9).await.unwrap(), ["team/app"]);
    assert_eq!(restore(db, &digest_of(&bytes), Some("v1")).await, RestoreOutcome::Restored);
    assert!(is_there(db, "v1").await);
    assert!(db.blob(&place(), &app(), &sha256("layer")).await.unwrap().is_some());
    assert_eq!(counts(db).await, (1, 1));
    assert_eq!(db.repositories(&place(), "", 9).await.unwrap(), ["team/app"]);
}

async fn repositories_with_something_deleted_are_listed_in_pages(db: &Db) {
    keep(db, Some(7)).await;
    for name in ["a", "b", "c", "d"] {
        let name: Repository = name.parse().unwrap();
        let bytes = artifact("one", &[], None);
        let digest = digest_of(&bytes);
        let push = crate::CommitPush { repository: name.clone(), ..push(&bytes, &["v1"], "e") };
        db.commit_push(push).await.unwrap();
        if name.as_str() == "b" {
            db.delete_tag(&place(), &name, &tag("v1"), NOW, untagging("untag")).await.unwrap();
        } else if name.as_str() != "c" {
            db.delete_manifest(&place(), &name, &digest, announcing("gone")).await.unwrap();
        }
    }
    let page = async |last: &str, limit| db.deleted_repositories(&place(), last, limit).await;
    assert_eq!(page("", 9).await.unwrap(), ["a", "b", "d"]);
    assert_eq!(page("", 2).await.unwrap(), ["a", "b"]);
    assert_eq!(page("b", 2).await.unwrap(), ["d"]);
    assert_eq!(page("", 0).await.unwrap(), Vec::<String>::new());
    let known = async |name: &str| {
        let name = name.parse().unwrap();
        let tags = db.deleted_tags(&place(), &name, from_the_first(), 9).await.unwrap();
        (db.deleted_manifests(&place(), &name, "", 9).await.unwrap(), tags)
    };
    assert_eq!(known("c").await, (Some(Vec::new()), Some(Vec::new())));
    assert_eq!(known("e").await, (None, None));
}

async fn what_was_deleted_goes_when_its_days_are_over(db: &Db) {
    keep(db, Some(7)).await;
    let digest = pushed(db, "one", &["v1"], "e1").await;
    delete(db, &digest, "e2").await;
    let purge = async |at_ms| {
        db.purge_deleted(&place().registry, Timestamp(NOW.0 + at_ms), purging).await.unwrap()
    };
    assert_eq!(purge(7 * DAY_MS - 1).await, Purged::default());
    // The policy counts as it is now.
    keep(db, Some(14)).await;
    assert_eq!(purge(7 * DAY_MS).await, Purged::default());
    assert_eq!(purge(14 * DAY_MS - 1).await, Purged::default());
    assert_eq!(purge(14 * DAY_MS).await, Purged { manifests: 1, tags: 0 });
    assert_eq!(purge(14 * DAY_MS).await, Purged { manifests: 0, tags: 1 });
    assert_eq!((deleted(db).await, deleted_tags(db).await), (Vec::new(), Vec::new()));
    assert_eq!(restore(db, &digest, Some("v1")).await, RestoreOutcome::Unknown);
    assert_eq!(undispatched(db).await, ["e1", "e2"]);
}

async fn a_step_purges_no_more_than_it_may(db: &Db) {
    keep(db, Some(1)).await;
    for idx in 0..=PURGE_MANIFESTS_MAX {
        let digest = pushed(db, &format!("{idx}"), &[], &format!("e{idx}")).await;
        delete(db, &digest, "gone").await;
    }
    for expected in [PURGE_MANIFESTS_MAX, 1, 0] {
        let later = Timestamp(NOW.0 + DAY_MS);
        let gone = db.purge_deleted(&place().registry, later, purging).await.unwrap();
        assert_eq!(gone.manifests, expected);
    }
}

/// The files of the charts that the index of `team/app` shows, at once and after all changes.
async fn listed(db: &Db) -> Vec<String> {
    let rows = db.charts(&place(), &app(), "", 9).await.unwrap();
    let shown: Vec<_> = rows.iter().map(|row| row.tag.to_string()).collect();
    if let Some(changes) = db.chart_changes(&place(), &app(), 0).await.unwrap() {
        for change in changes.changes {
            let is_shown = shown.contains(&change.tag.to_string());
            assert_eq!(change.chart.is_some(), is_shown, "{}", change.tag);
        }
    }
    shown
}

async fn a_chart_comes_back_with_its_tag_and_its_row(db: &Db) {
    keep(db, Some(7)).await;
    let file = "hello-1.0.0.tgz";
    let digest = commit(db, "hello", "1.0.0", ChartWrite::New).await;
    delete(db, &digest, "gone").await;
    assert_eq!(listed(db).await, [""; 0]);
    assert!(db.chart(&place(), &app(), &tag(file)).await.unwrap().is_none());
    let deleted = db.deleted_manifests(&place(), &app(), "", 9).await.unwrap().unwrap();
    assert_eq!(deleted.len(), 1);
    let wrong = db.restore(restoring(&digest, Some("v1"))).await.unwrap();
    assert_eq!(wrong, RestoreOutcome::TagUnknown);
    for name in [None, Some(file)] {
        assert_eq!(db.restore(restoring(&digest, name)).await.unwrap(), RestoreOutcome::Restored);
        assert_eq!(listed(db).await, [file]);
        let row = db.chart(&place(), &app(), &tag(file)).await.unwrap().unwrap();
        assert_eq!(row.manifest, digest);
        let record = db.repository_record(&place(), &app()).await.unwrap().unwrap();
        assert_eq!((record.manifest_count, record.tag_count), (1, 1));
        delete(db, &digest, if name.is_none() { "again" } else { "at last" }).await;
    }
    // With its repository, whose index has gone too.
    let announce = |_, _: &_| event("never");
    while db.delete_repository_step(&place(), &app(), "", NOW, NOW, announce).await.unwrap()
        != RepositoryDeletion::Deleted
    {}
    assert_eq!(db.restore(restoring(&digest, None)).await.unwrap(), RestoreOutcome::Restored);
    assert!(db.begin_chart_index(&place(), &app(), "two".to_owned(), NOW).await.unwrap());
    assert_eq!(listed(db).await, [file]);
    // The same pushed again is there, and nothing is left to be restored.
    delete(db, &digest, "once more").await;
    assert_eq!(commit(db, "hello", "1.0.0", ChartWrite::New).await, digest);
    assert_eq!(listed(db).await, [file]);
    delete(db, &digest, "for good").await;
    let later = Timestamp(NOW.0 + 8 * 24 * 60 * 60 * 1_000);
    assert_eq!(db.purge_deleted(&place().registry, later, purging).await.unwrap().manifests, 1);
    let rows = db.read("test", async move |tx: &mut Tx<'_>| {
        tx.exists("SELECT 1 FROM chart", params![]).await
    });
    assert!(!rows.await.unwrap());
}

async fn what_a_chart_has_nothing_takes_from_it(db: &Db) {
    keep(db, Some(7)).await;
    let (file, forced) = ("hello-1.0.0.tgz", |digest: &Digest| Restore {
        is_forced: true,
        ..restoring(digest, Some("hello-1.0.0.tgz"))
    });
    let image = pushed(db, "image", &[file], "e1").await;
    delete(db, &image, "gone").await;
    let first = commit(db, "hello", "1.0.0", ChartWrite::New).await;
    let taken = RestoreOutcome::TagTaken { by: first.clone() };
    assert_eq!(db.restore(forced(&image)).await.unwrap(), taken);
    delete(db, &first, "chart").await;
    assert_eq!(db.restore(forced(&image)).await.unwrap(), RestoreOutcome::Restored);
    let taken = RestoreOutcome::TagTaken { by: image };
    assert_eq!(db.restore(forced(&first)).await.unwrap(), taken);
    assert_eq!(listed(db).await, [""; 0]);
}

async fn charts_that_had_one_name_do_not_come_back_together(db: &Db) {
    keep(db, Some(7)).await;
    let bytes_of = async |digest: &Digest| {
        let reference = Reference::Digest(digest.clone());
        db.manifest(&place(), &app(), &reference).await.unwrap().unwrap().info.bytes.clone()
    };
    // The files of both have the same name.
    let first = commit(db, "hello", "1.0.0-2.0.0", ChartWrite::New).await;
    let below = index(&[&bytes_of(&first).await]);
    db.commit_push(push(&below, &[], "below")).await.unwrap();
    delete(db, &first, "first").await;
    let second = commit(db, "hello-1.0.0", "2.0.0", ChartWrite::New).await;
    let above = index(&[&below, &bytes_of(&second).await]);
    db.commit_push(push(&above, &[], "above")).await.unwrap();
    for gone in [&digest_of(&above), &digest_of(&below), &second] {
        delete(db, gone, "gone").await;
    }
    let restored = db.restore(restoring(&digest_of(&above), None)).await.unwrap();
    assert!(matches!(restored, RestoreOutcome::TagTaken { .. }), "{restored:?}");
    assert_eq!(listed(db).await, [""; 0]);
}

async fn a_step_purges_no_more_bytes_than_it_may(db: &Db) {
    keep(db, Some(1)).await;
    for idx in 0..4 {
        let digest = pushed(db, &format!("{idx}"), &[], &format!("e{idx}")).await;
        delete(db, &digest, "gone").await;
    }
    // Two of them are as many as may be, and one is more than may be.
    let sizes = db.write("test", async move |tx: &mut Tx<'_>| {
        let half = i64::try_from(PURGE_BYTES_MAX / 2).unwrap();
        tx.execute("UPDATE deleted_manifest SET size = $1, deleted_ms = 0", params![half]).await?;
        let sql = "UPDATE deleted_manifest SET size = $1, deleted_ms = 1
                   WHERE digest = (SELECT MAX(digest) FROM deleted_manifest)";
        tx.execute(sql, params![4 * half]).await
    });
    sizes.await.unwrap();
    for expected in [2, 1, 1, 0] {
        let gone =
            db.purge_deleted(&place().registry, Timestamp(NOW.0 + DAY_MS), purging).await.unwrap();
        assert_eq!(gone.manifests, expected);
    }
}

async fn a_registry_is_looked_at_when_something_is_due(db: &Db) {
    keep(db, Some(7)).await;
    let due = async |at_ms| db.purgeable(None, 9, Timestamp(NOW.0 + at_ms)).await.unwrap();
    assert_eq!(due(i64::from(u32::MAX)).await, [], "nothing was deleted");
    let digest = pushed(db, "one", &["v1"], "e1").await;
    db.delete_tag(&place(), &app(), &tag("v1"), NOW, untagging("untag")).await.unwrap();
    let registry = place().registry;
    assert_eq!(due(7 * DAY_MS - 1).await, []);
    assert_eq!(due(7 * DAY_MS).await, std::slice::from_ref(&registry), "a tag");
    db.purge_deleted(&registry, Timestamp(NOW.0 + 7 * DAY_MS), purging).await.unwrap();
    assert_eq!(due(7 * DAY_MS).await, []);
    delete(db, &digest, "e2").await;
    assert_eq!(due(7 * DAY_MS).await, std::slice::from_ref(&registry), "a manifest");
    let after = db.purgeable(Some(&registry), 9, Timestamp(NOW.0 + 7 * DAY_MS)).await.unwrap();
    assert_eq!(after, []);
}
