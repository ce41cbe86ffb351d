//! Charts of the classic Helm repository.

use super::locks::set;
use super::promises;
use super::samples::*;
use crate::db::Db;
use crate::row::params;
use crate::tx::Tx;
use crate::{
    BlobDeletion, CHART_CHANGES_MAX, CHARTS_BYTES_MAX, ChartChanges, ChartOutcome, ChartPart,
    ChartRow, ChartWrite, ChartsDeletion, CommitChart, CommitPush, DeletedManifest, Deletion,
    Holder, NewEvent, PushOutcome, RepositoryDeletion, STEP_MANIFESTS_MAX, Untagging,
};
use boathook_core::digest::Digest;
use boathook_core::event::Action;
use boathook_core::lock::{Attributes, Locked};
use boathook_core::media_type::HELM_CHART;
use boathook_core::name::Reference;
use bytes::Bytes;
use futures_util::future::join_all;
use serde_json::json;

promises![
    a_chart_is_a_manifest_with_a_tag_and_an_event,
    a_version_is_written_once_unless_it_is_replaced,
    what_is_replaced_goes_and_tells_nobody,
    an_amendment_meets_what_it_was_made_of_or_nothing,
    whichever_way_a_chart_goes_its_row_goes_with_it,
    a_tag_of_a_chart_is_no_one_elses,
    locks_keep_charts,
    all_versions_of_a_chart_go_step_by_step,
    changes_are_told_since_any_revision,
    what_charts_say_is_read_in_pages_of_bytes,
    a_repository_made_anew_has_another_index,
    what_may_not_be_read_or_listed_is_not_in_the_index,
    those_who_push_the_same_version_at_once_store_one,
];

fn manifest(content: &str) -> Bytes {
    let (digest, size) = (sha256(content), content.len());
    json!({
        "schemaVersion": 2, "mediaType": HELM_CHART,
        "config": { "mediaType": "application/vnd.cncf.helm.config.v1+json", "digest": digest.as_str(), "size": size },
        "layers": [],
    })
    .to_string()
    .into()
}

fn chart(name: &str, version: &str, write: ChartWrite) -> (String, CommitChart) {
    // What is replaced is replaced by something else.
    let content = format!("{name} {version} {write:?}");
    let bytes = manifest(&content);
    let file = format!("{name}-{version}.tgz");
    let row = ChartRow {
        tag: tag(&file),
        name: name.parse().unwrap(),
        version: version.parse().unwrap(),
        manifest: digest_of(&bytes),
        archive: ChartPart { digest: sha256(&content), size: content.len() as u64 },
        provenance: None,
        metadata: format!(r#"{{"name":"{name}"}}"#),
        created: NOW,
    };
    let event_id = format!("push {content}");
    let events = vec![NewEvent { action: Action::ChartPush, ..event(&event_id) }];
    let push = CommitPush { events, ..push(&bytes, &[&file], "none") };
    (content, CommitChart { push, row, write, generation: "one".to_owned() })
}

/// Stores a version in `team/app`, and says which manifest it has.
pub(super) async fn commit(db: &Db, name: &str, version: &str, write: ChartWrite) -> Digest {
    let (outcome, digest) = try_commit(db, name, version, write).await;
    assert_eq!(outcome, ChartOutcome::Stored, "{name} {version}");
    digest
}

async fn try_commit(
    db: &Db,
    name: &str,
    version: &str,
    write: ChartWrite,
) -> (ChartOutcome, Digest) {
    let (content, chart) = chart(name, version, write);
    db.commit_blob(blob(&content)).await.unwrap();
    let digest = chart.row.manifest.clone();
    (db.commit_chart(chart).await.unwrap(), digest)
}

async fn found(db: &Db, file: &str) -> Option<ChartRow> {
    let row = db.chart(&place(), &app(), &tag(file)).await.unwrap();
    let reference = Reference::Tag(tag(file));
    let manifest = db.manifest(&place(), &app(), &reference).await.unwrap();
    let manifest = manifest.map(|found| found.info.digest.clone());
    assert_eq!(
        row.as_ref().map(|row| row.manifest.clone()),
        manifest,
        "row and manifest of {file}"
    );
    row
}

async fn changes(db: &Db, since: i64) -> ChartChanges {
    db.chart_changes(&place(), &app(), since).await.unwrap().unwrap()
}

/// What has changed since, by the number of the change: the tag, and whether it is there.
async fn told(db: &Db, since: i64) -> Vec<(i64, String, bool)> {
    let mut told: Vec<_> = changes(db, since)
        .await
        .changes
        .into_iter()
        .map(|change| (change.revision, change.tag.to_string(), change.chart.is_some()))
        .collect();
    told.sort();
    told
}

async fn a_chart_is_a_manifest_with_a_tag_and_an_event(db: &Db) {
    let digest = commit(db, "hello", "1.0.0", ChartWrite::New).await;
    let row = found(db, "hello-1.0.0.tgz").await.unwrap();
    assert_eq!((&row.manifest, row.name.as_str()), (&digest, "hello"));
    assert_eq!(undispatched(db).await, ["push hello 1.0.0 New"]);
    let blob = sha256("hello 1.0.0 New");
    let deletion = db.delete_blob(&place(), &app(), &blob, NOW).await.unwrap();
    assert_eq!(deletion, BlobDeletion::Needed { by: digest });
}

async fn a_version_is_written_once_unless_it_is_replaced(db: &Db) {
    let replace = || ChartWrite::Replace;
    let outcome = try_commit(db, "hello", "1.0.0", replace()).await.0;
    assert_eq!(outcome, ChartOutcome::Unknown, "there is none to be replaced");
    commit(db, "hello", "1.0.0", ChartWrite::New).await;
    let outcome = try_commit(db, "hello", "1.0.0", ChartWrite::New).await.0;
    assert_eq!(outcome, ChartOutcome::Exists);
    commit(db, "hello", "1.0.0", replace()).await;
    // Another chart whose file has the same name.
    commit(db, "a-1", "2.0.0", ChartWrite::New).await;
    for write in [ChartWrite::New, replace()] {
        assert_eq!(try_commit(db, "a", "1-2.0.0", write).await.0, ChartOutcome::Taken);
    }
    // An image that has the tag.
    pushed(db, "image", &["image-1.0.0.tgz"], "e1").await;
    for write in [ChartWrite::New, replace()] {
        assert_eq!(try_commit(db, "image", "1.0.0", write).await.0, ChartOutcome::Taken);
    }
}

async fn what_is_replaced_goes_and_tells_nobody(db: &Db) {
    let before = commit(db, "hello", "1.0.0", ChartWrite::New).await;
    let after = commit(db, "hello", "1.0.0", ChartWrite::Replace).await;
    assert_ne!(before, after);
    assert_eq!(found(db, "hello-1.0.0.tgz").await.unwrap().manifest, after);
    let gone = db.manifest(&place(), &app(), &Reference::Digest(before)).await.unwrap();
    assert!(gone.is_none());
    assert_eq!(undispatched(db).await, ["push hello 1.0.0 New", "push hello 1.0.0 Replace"]);
    let deletion = db.delete_blob(&place(), &app(), &sha256("hello 1.0.0 New"), NOW).await.unwrap();
    assert_eq!(deletion, BlobDeletion::Deleted, "nothing needs it any more");
    let record = db.repository_record(&place(), &app()).await.unwrap().unwrap();
    assert_eq!((record.manifest_count, record.tag_count), (1, 1));
    // The same once more is the same.
    commit(db, "hello", "1.0.0", ChartWrite::Replace).await;
    let record = db.repository_record(&place(), &app()).await.unwrap().unwrap();
    assert_eq!((record.manifest_count, record.tag_count), (1, 1));
}

async fn an_amendment_meets_what_it_was_made_of_or_nothing(db: &Db) {
    let digest = commit(db, "hello", "1.0.0", ChartWrite::New).await;
    let from = sha256("another manifest");
    let outcome = try_commit(db, "hello", "1.0.0", ChartWrite::Amend { from }).await.0;
    assert_eq!(outcome, ChartOutcome::Changed);
    commit(db, "hello", "1.0.0", ChartWrite::Amend { from: digest }).await;
}

async fn whichever_way_a_chart_goes_its_row_goes_with_it(db: &Db) {
    let digest = commit(db, "hello", "1.0.0", ChartWrite::New).await;
    let deletion = db.delete_manifest(&place(), &app(), &digest, announcing("gone")).await.unwrap();
    let Deletion::Deleted(gone) = deletion else { panic!("{deletion:?}") };
    assert_eq!(gone.chart.unwrap().tag, tag("hello-1.0.0.tgz"));
    assert!(found(db, "hello-1.0.0.tgz").await.is_none());
    assert!(db.charts(&place(), &app(), "", 9).await.unwrap().is_empty());
    assert_eq!(told(db, 1).await, [(2, "hello-1.0.0.tgz".to_owned(), false)]);
    commit(db, "hello", "1.0.0", ChartWrite::New).await;
    let mut after = String::new();
    loop {
        let announce = |idx, gone: &DeletedManifest| {
            assert!(gone.chart.is_some());
            event(&format!("repository {idx}"))
        };
        match db.delete_repository_step(&place(), &app(), &after, NOW, NOW, announce).await.unwrap()
        {
            RepositoryDeletion::Going { after: next, .. } => after = next,
            RepositoryDeletion::Clearing => {}
            RepositoryDeletion::Deleted => break,
            other => panic!("{other:?}"),
        }
    }
    assert!(found(db, "hello-1.0.0.tgz").await.is_none());
    assert!(db.chart_changes(&place(), &app(), 0).await.unwrap().is_none());
}

async fn a_tag_of_a_chart_is_no_one_elses(db: &Db) {
    let digest = commit(db, "hello", "1.0.0", ChartWrite::New).await;
    let outcome = db
        .delete_tag(&place(), &app(), &tag("hello-1.0.0.tgz"), NOW, untagging("untag"))
        .await
        .unwrap();
    assert_eq!(outcome, Untagging::OfChart { manifest: digest });
    let bytes = artifact("image", &[], None);
    let outcome = db.commit_push(push(&bytes, &["hello-1.0.0.tgz"], "e1")).await.unwrap();
    assert_eq!(outcome, PushOutcome::OfChart);
    assert!(found(db, "hello-1.0.0.tgz").await.is_some());
    // Tags that only look like it are anybody's.
    pushed(db, "image", &["other-1.0.0.tgz"], "e2").await;
    let outcome = db
        .delete_tag(&place(), &app(), &tag("other-1.0.0.tgz"), NOW, untagging("untag"))
        .await
        .unwrap();
    assert_eq!(outcome, Untagging::Removed);
}

async fn locks_keep_charts(db: &Db) {
    let digest = commit(db, "hello", "1.0.0", ChartWrite::New).await;
    let undeletable = Attributes { is_delete_enabled: false, ..Attributes::UNLOCKED };
    let read_only = Attributes { is_write_enabled: false, ..Attributes::UNLOCKED };
    for (holder, attributes, locked) in [
        (Holder::Manifest(digest.clone()), undeletable, Locked::Manifest),
        (Holder::Tag(tag("hello-1.0.0.tgz")), read_only, Locked::Tag),
        (Holder::Repository, read_only, Locked::Repository),
    ] {
        set(db, &holder, attributes).await;
        let outcome = try_commit(db, "hello", "1.0.0", ChartWrite::Replace).await.0;
        assert_eq!(outcome, ChartOutcome::Locked(locked));
        let announce = |_, _: &_| event("never");
        let name = "hello".parse().unwrap();
        let going = db.delete_charts_step(&place(), &app(), &name, announce).await.unwrap();
        assert_eq!(going, ChartsDeletion::Locked(locked));
        set(db, &holder, Attributes::UNLOCKED).await;
    }
    assert_eq!(found(db, "hello-1.0.0.tgz").await.unwrap().manifest, digest);
}

async fn all_versions_of_a_chart_go_step_by_step(db: &Db) {
    let count = STEP_MANIFESTS_MAX + 1;
    for idx in 0..count {
        commit(db, "hello", &format!("1.0.{idx}"), ChartWrite::New).await;
    }
    commit(db, "other", "1.0.0", ChartWrite::New).await;
    let before = undispatched(db).await.len();
    let (name, mut steps) = ("hello".parse().unwrap(), Vec::new());
    loop {
        let step = steps.len();
        let announce = move |idx, _: &DeletedManifest| event(&format!("gone {step} {idx}"));
        match db.delete_charts_step(&place(), &app(), &name, announce).await.unwrap() {
            ChartsDeletion::Going => steps.push(undispatched(db).await.len() - before),
            ChartsDeletion::Done => break,
            ChartsDeletion::Locked(locked) => panic!("{locked:?}"),
        }
    }
    assert_eq!(steps, [STEP_MANIFESTS_MAX, count]);
    let left = db.charts(&place(), &app(), "", 9).await.unwrap();
    assert_eq!(left.iter().map(|row| row.tag.as_str()).collect::<Vec<_>>(), ["other-1.0.0.tgz"]);
}

async fn changes_are_told_since_any_revision(db: &Db) {
    assert!(db.chart_changes(&place(), &app(), 0).await.unwrap().is_none());
    commit(db, "hello", "1.0.0", ChartWrite::New).await;
    let digest = commit(db, "hello", "1.0.1", ChartWrite::New).await;
    let now = changes(db, 0).await;
    assert_eq!((now.revision, now.generation.as_str(), now.changed), (2, "one", NOW));
    assert_eq!(now.changes.len(), 2);
    assert_eq!(changes(db, 2).await.changes, []);
    assert_eq!(changes(db, i64::MAX).await.changes, []);
    db.delete_manifest(&place(), &app(), &digest, announcing("gone")).await.unwrap();
    let of = |number, name: &str, is_there| (number, format!("hello-{name}.tgz"), is_there);
    // What a change was about is told as it is now.
    assert_eq!(told(db, 0).await, [of(1, "1.0.0", true), of(3, "1.0.1", false)]);
    assert_eq!(changes(db, 0).await.told_count, 3, "two were about the same");
    // As many are remembered as may be, and no more.
    let moved = db.write("test", async move |tx: &mut Tx<'_>| {
        let sql = "UPDATE chart_index SET revision = $1";
        tx.execute(sql, params![CHART_CHANGES_MAX + 1]).await
    });
    moved.await.unwrap();
    commit(db, "hello", "1.0.2", ChartWrite::New).await;
    assert_eq!(
        told(db, 0).await,
        [of(3, "1.0.1", false), of(CHART_CHANGES_MAX + 2, "1.0.2", true)]
    );
}

async fn what_charts_say_is_read_in_pages_of_bytes(db: &Db) {
    // Two of them are as much as is read at a time.
    for idx in 0..3 {
        let (content, mut chart) = chart("hello", &format!("1.0.{idx}"), ChartWrite::New);
        chart.row.metadata = format!(r#"{{"x":"{}"}}"#, "x".repeat(CHARTS_BYTES_MAX / 2 - 8));
        db.commit_blob(blob(&content)).await.unwrap();
        assert_eq!(db.commit_chart(chart).await.unwrap(), ChartOutcome::Stored);
    }
    let (mut after, mut pages) = (String::new(), Vec::new());
    loop {
        let page = db.charts(&place(), &app(), &after, 9).await.unwrap();
        pages.push(page.len());
        let Some(last) = page.last() else { break };
        last.tag.as_str().clone_into(&mut after);
    }
    assert_eq!(pages, [2, 1, 0]);
    let of = async |since| {
        let now = changes(db, since).await;
        (now.revision, now.told_count, now.changes.len())
    };
    assert_eq!(of(1).await, (3, 2, 2));
    assert_eq!(of(0).await, (3, 0, 0), "whoever has missed all of them reads all charts");
    // One that is larger is a page of its own.
    let larger = db.write("test", async move |tx: &mut Tx<'_>| {
        let metadata = format!(r#"{{"x":"{}"}}"#, "x".repeat(CHARTS_BYTES_MAX));
        tx.execute("UPDATE chart SET metadata = $1", params![&metadata]).await
    });
    larger.await.unwrap();
    assert_eq!(db.charts(&place(), &app(), "", 9).await.unwrap().len(), 1);
}

async fn a_repository_made_anew_has_another_index(db: &Db) {
    let digest = commit(db, "hello", "1.0.0", ChartWrite::New).await;
    db.delete_manifest(&place(), &app(), &digest, announcing("gone")).await.unwrap();
    let announce = |_, _: &_| event("never");
    while db.delete_repository_step(&place(), &app(), "", NOW, NOW, announce).await.unwrap()
        != RepositoryDeletion::Deleted
    {}
    let (content, chart) = chart("hello", "2.0.0", ChartWrite::New);
    db.commit_blob(blob(&content)).await.unwrap();
    let chart = CommitChart { generation: "two".to_owned(), ..chart };
    assert_eq!(db.commit_chart(chart).await.unwrap(), ChartOutcome::Stored);
    let now = changes(db, 0).await;
    assert_eq!((now.generation.as_str(), now.revision), ("two", 1));
}

async fn those_who_push_the_same_version_at_once_store_one(db: &Db) {
    let pushers = (0..4).map(async |_| try_commit(db, "hello", "1.0.0", ChartWrite::New).await.0);
    let outcomes = join_all(pushers).await;
    let stored = outcomes.iter().filter(|outcome| **outcome == ChartOutcome::Stored).count();
    let refused = outcomes.iter().filter(|outcome| **outcome == ChartOutcome::Exists).count();
    assert_eq!((stored, refused), (1, 3));
    assert_eq!(changes(db, 0).await.revision, 1);
}

async fn what_may_not_be_read_or_listed_is_not_in_the_index(db: &Db) {
    let digest = commit(db, "hello", "1.0.0", ChartWrite::New).await;
    let unlisted = Attributes { is_list_enabled: false, ..Attributes::UNLOCKED };
    let unread = Attributes { is_read_enabled: false, ..Attributes::UNLOCKED };
    let mut revision = 1;
    for holder in [Holder::Tag(tag("hello-1.0.0.tgz")), Holder::Manifest(digest)] {
        for (attributes, count) in
            [(unlisted, 0), (Attributes::UNLOCKED, 1), (unread, 0), (Attributes::UNLOCKED, 1)]
        {
            set(db, &holder, attributes).await;
            let listed = db.charts(&place(), &app(), "", 9).await.unwrap();
            assert_eq!(listed.len(), count, "{holder:?} {attributes:?}");
            let of = (revision + 1, "hello-1.0.0.tgz".to_owned(), count == 1);
            assert_eq!(told(db, revision).await, [of]);
            revision += 1;
        }
    }
}
