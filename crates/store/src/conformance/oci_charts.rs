//! Charts that are OCI artifacts, in the index of the repository above theirs.

use super::identities::audit;
use super::promises;
use super::samples::*;
use crate::db::Db;
use crate::row::params;
use crate::tx::Tx;
use crate::{
    CHART_CHANGES_MAX, ChartPart, ChartRow, CommitBlob, CommitPush, Deletion, Holder, Judge,
    Judged, PushOutcome, RegistryRow, RegistryStanding, RepositoryDeletion, Restore,
    RestoreOutcome, Untagging,
};
use boathook_core::digest::Digest;
use boathook_core::lock::Attributes;
use boathook_core::media_type::{HELM_CONFIG, OCI_MANIFEST};
use boathook_core::name::Repository;
use boathook_core::policy::Status;
use boathook_core::quarantine::{Sight, Verdict};
use boathook_core::time::Timestamp;
use bytes::Bytes;
use serde_json::json;

promises![
    an_index_is_told_of_each_version_that_comes_and_goes,
    without_the_setting_nothing_is_listed_and_nobody_told,
    an_index_of_artifacts_alone_begins_when_it_is_asked_for,
    a_version_that_another_manifest_takes_is_that_ones,
    what_may_not_be_read_or_listed_is_not_shown,
    what_is_held_back_is_not_shown_until_it_has_passed,
    what_is_restored_is_shown_again_and_what_is_gone_for_good_is_forgotten,
    another_setting_makes_another_listing,
    a_page_goes_on_where_the_last_has_ended,
    what_lies_further_below_is_in_another_index,
    a_shelf_shows_artifacts_whatever_indexes_list,
];

async fn a_shelf_shows_artifacts_whatever_indexes_list(db: &Db) {
    let world = repository("charts/world");
    pushed(db, &hello(), "1.0.0").await;
    let second = pushed(db, &hello(), "1.1.0").await;
    pushed(db, &world, "1.0.0").await;
    let all = db.chart_repositories(&place(), "", 2).await.unwrap();
    assert_eq!(all, (vec![hello(), world.clone()], None));
    let first = db.chart_repositories(&place(), "", 1).await.unwrap();
    assert_eq!(first, (vec![hello()], Some("charts/hello".to_owned())));
    let rest = db.chart_repositories(&place(), "charts/hello", 1).await.unwrap();
    assert_eq!(rest, (vec![world.clone()], None));

    let versions = async |sight, last, limit| {
        let (found, next) = db.listed_charts(&place(), &hello(), sight, last, limit).await.unwrap();
        let versions: Vec<_> = found.iter().map(|chart| chart.version.to_string()).collect();
        format!("{} {}", versions.join(","), next.unwrap_or_default())
    };
    assert_eq!(versions(Sight::Everything, "", 1).await, "1.0.0 1.0.0");
    assert_eq!(versions(Sight::Everything, "1.0.0", 1).await, "1.1.0 ");
    assert_eq!(versions(Sight::Passed, "", 1).await, " 1.0.0");
    let under = db.chart_under(&place(), &hello(), &tag("1.1.0")).await.unwrap();
    assert_eq!(under.unwrap().manifest, second);
    assert_eq!(db.chart_under(&place(), &hello(), &tag("2.0.0")).await.unwrap(), None);

    let hide = |_| Attributes { is_list_enabled: false, ..Attributes::UNLOCKED };
    for (name, holder) in [(hello(), Holder::Tag(tag("1.0.0"))), (world, Holder::Repository)] {
        let of = place();
        let hidden = db.set_attributes(&of, &name, holder, hide, NOW, relocking("lock"));
        assert!(hidden.await.unwrap());
    }
    assert_eq!(versions(Sight::Everything, "", 9).await, "1.1.0 ");
    let listed = db.chart_repositories(&place(), "", 2).await.unwrap();
    assert_eq!(listed, (vec![hello()], None));
}

const FIRST: Timestamp = Timestamp(NOW.0 - 1);

fn charts() -> Repository {
    repository("charts")
}

fn hello() -> Repository {
    repository("charts/hello")
}

/// Changes the registry, which counts as a change of it.
async fn set(db: &Db, change: impl Fn(&mut RegistryRow) + Clone + Send + Sync + 'static) {
    let decide = move |standing: RegistryStanding<'_>| {
        let mut row = standing.before.unwrap().clone();
        row.revision += 1;
        change(&mut row);
        Ok::<_, ()>(row)
    };
    let row = registry("boathook");
    let (name, group) = (&row.name, &row.resource_group);
    db.put_registry(name, group, decide, Vec::new(), audit("registry")).await.unwrap();
}

async fn list(db: &Db) {
    set(db, |row| row.settings.has_oci_charts_in_index = true).await;
}

fn manifest(content: &str) -> Bytes {
    let config = json!({ "mediaType": HELM_CONFIG, "digest": sha256(content).as_str(), "size": content.len() });
    json!({ "schemaVersion": 2, "mediaType": OCI_MANIFEST, "config": config, "layers": [] })
        .to_string()
        .into()
}

/// A version of the chart that the repository is called after, made of `content`.
fn chart(repository: &Repository, version: &str, content: &str) -> CommitPush {
    let bytes = manifest(content);
    let row = ChartRow {
        tag: tag(&version.replace('+', "_")),
        name: repository.above().unwrap().1.parse().unwrap(),
        version: version.parse().unwrap(),
        manifest: digest_of(&bytes),
        archive: ChartPart { digest: sha256(content), size: content.len() as u64 },
        provenance: None,
        metadata: json!({ "content": content }).to_string(),
        created: NOW,
    };
    let push = push(&bytes, &[], content);
    let (tags, chart) = (vec![row.tag.clone()], Some(Box::new(row)));
    CommitPush { repository: repository.clone(), tags, chart, events: Vec::new(), ..push }
}

async fn commit(db: &Db, push: CommitPush, content: &str) -> Digest {
    let repository = push.repository.clone();
    db.commit_blob(CommitBlob { repository, ..blob(content) }).await.unwrap();
    let digest = push.digest.clone();
    assert_eq!(db.commit_push(push).await.unwrap(), PushOutcome::Stored);
    digest
}

/// Pushes a version as helm does, made of nothing else than all the others.
async fn pushed(db: &Db, repository: &Repository, version: &str) -> Digest {
    let content = format!("{repository} {version}");
    commit(db, chart(repository, version, &content), &content).await
}

async fn delete(db: &Db, digest: &Digest) {
    let deletion = db.delete_manifest(&place(), &hello(), digest, announcing("gone")).await;
    assert!(matches!(deletion.unwrap(), Deletion::Deleted(_)));
}

/// What the index shows of artifacts: the manifests, whether it is read at once or follows what changes.
async fn shown(db: &Db) -> Vec<(String, Digest)> {
    let page = db.oci_charts(&place(), &charts(), ("", ""), 100).await.unwrap();
    let mut shown: Vec<_> = page
        .iter()
        .map(|(below, row)| (format!("{below}:{}", row.tag), row.manifest.clone()))
        .collect();
    shown.sort();
    if let Some(changes) = db.chart_changes(&place(), &charts(), 0).await.unwrap() {
        for change in changes.changes {
            let key = format!("{}:{}", change.below.unwrap(), change.tag);
            let found = shown.iter().find(|(shown, _)| *shown == key);
            let manifest = change.chart.map(|row| row.manifest);
            assert_eq!(manifest.as_ref(), found.map(|(_, manifest)| manifest), "{key}");
        }
    }
    shown
}

async fn versions(db: &Db) -> Vec<String> {
    shown(db).await.into_iter().map(|(name, _)| name).collect()
}

async fn begin(db: &Db) -> bool {
    db.begin_chart_index(&place(), &charts(), "one".to_owned(), FIRST).await.unwrap()
}

/// How many changes there have been, and whether all of them are remembered.
async fn revision(db: &Db) -> (i64, bool) {
    let changes = db.chart_changes(&place(), &charts(), 0).await.unwrap().unwrap();
    (changes.revision, changes.told_count == changes.revision)
}

async fn an_index_is_told_of_each_version_that_comes_and_goes(db: &Db) {
    list(db).await;
    pushed(db, &hello(), "1.0.0").await;
    assert!(begin(db).await);
    assert_eq!(revision(db).await, (0, true));
    let second = pushed(db, &hello(), "1.1.0+b.1").await;
    assert_eq!(versions(db).await, ["charts/hello:1.0.0", "charts/hello:1.1.0_b.1"]);
    assert_eq!(revision(db).await, (1, true));
    delete(db, &second).await;
    assert_eq!(versions(db).await, ["charts/hello:1.0.0"]);
    assert_eq!(revision(db).await, (2, true));
    let untagged = db.delete_tag(&place(), &hello(), &tag("1.0.0"), NOW, untagging("untag")).await;
    assert_eq!(untagged.unwrap(), Untagging::Removed);
    assert_eq!(versions(db).await, [""; 0]);
    assert_eq!(revision(db).await, (3, true));
    // The manifest is still there, and its version comes back with its tag.
    pushed(db, &hello(), "1.0.0").await;
    assert_eq!(versions(db).await, ["charts/hello:1.0.0"]);
    let announce = |_, _: &_| event("never");
    let mut after = String::new();
    loop {
        let step = db.delete_repository_step(&place(), &hello(), &after, NOW, NOW, announce).await;
        match step.unwrap() {
            RepositoryDeletion::Going { after: next, .. } => after = next,
            RepositoryDeletion::Clearing => {}
            RepositoryDeletion::Deleted => break,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(versions(db).await, [""; 0]);
    assert_eq!(revision(db).await, (5, true));
}

async fn without_the_setting_nothing_is_listed_and_nobody_told(db: &Db) {
    let digest = pushed(db, &hello(), "1.0.0").await;
    assert!(!begin(db).await);
    assert_eq!(versions(db).await, [""; 0]);
    assert!(db.oci_chart(&place(), &hello(), &tag("1.0.0")).await.unwrap().is_none());
    list(db).await;
    assert_eq!(versions(db).await, ["charts/hello:1.0.0"], "it was known all the time");
    let found = db.oci_chart(&place(), &hello(), &tag("1.0.0")).await.unwrap().unwrap();
    assert_eq!((found.manifest, found.name.as_str()), (digest, "hello"));
    assert!(begin(db).await);
    set(db, |row| row.settings.has_oci_charts_in_index = false).await;
    pushed(db, &hello(), "2.0.0").await;
    assert_eq!(revision(db).await, (0, true));
    assert_eq!(versions(db).await, [""; 0]);
}

async fn an_index_of_artifacts_alone_begins_when_it_is_asked_for(db: &Db) {
    list(db).await;
    assert!(!begin(db).await, "there is none");
    super::samples::pushed(db, "image", &["1.0.0"], "e1").await;
    pushed(db, &hello(), "1.0.0").await;
    let none = db.chart_changes(&place(), &charts(), 0).await.unwrap();
    assert!(none.is_none(), "nobody has asked");
    assert!(begin(db).await && begin(db).await);
    let changes = db.chart_changes(&place(), &charts(), 0).await.unwrap().unwrap();
    assert_eq!((changes.generation.as_str(), changes.changed), ("one", FIRST));
    assert!(db.chart_changes(&place(), &repository("team"), 0).await.unwrap().is_none());
}

async fn a_version_that_another_manifest_takes_is_that_ones(db: &Db) {
    list(db).await;
    pushed(db, &hello(), "1.0.0").await;
    assert!(begin(db).await);
    let other = commit(db, chart(&hello(), "1.0.0", "other"), "other").await;
    assert_eq!(shown(db).await, [("charts/hello:1.0.0".to_owned(), other)]);
    // Neither a chart nor another one's tag shows a version.
    let bytes = artifact("image", &[], None);
    let image = CommitPush { repository: hello(), ..push(&bytes, &["1.0.0"], "e1") };
    assert_eq!(db.commit_push(image).await.unwrap(), PushOutcome::Stored);
    let named = CommitPush { tags: vec![tag("3.0.0")], ..chart(&hello(), "2.0.0", "named") };
    commit(db, named, "named").await;
    assert_eq!(versions(db).await, [""; 0]);
    assert_eq!(revision(db).await, (3, true));
}

async fn what_may_not_be_read_or_listed_is_not_shown(db: &Db) {
    list(db).await;
    let digest = pushed(db, &hello(), "1.0.0").await;
    assert!(begin(db).await);
    for attributes in [
        Attributes { is_list_enabled: false, ..Attributes::UNLOCKED },
        Attributes { is_read_enabled: false, ..Attributes::UNLOCKED },
    ] {
        for holder in
            [Holder::Tag(tag("1.0.0")), Holder::Manifest(digest.clone()), Holder::Repository]
        {
            for (attributes, expected) in [(attributes, 0), (Attributes::UNLOCKED, 1)] {
                let before = revision(db).await;
                let (of, change) = (holder.clone(), move |_| attributes);
                let announce = relocking("lock");
                let lock = db.set_attributes(&place(), &hello(), of, change, NOW, announce).await;
                assert!(lock.unwrap());
                assert_eq!(versions(db).await.len(), expected, "{holder:?} {attributes:?}");
                let after = revision(db).await;
                assert_eq!(after.0, before.0 + 1);
                if holder == Holder::Repository {
                    assert!(!after.1, "all is read again");
                }
            }
        }
    }
}

async fn what_is_held_back_is_not_shown_until_it_has_passed(db: &Db) {
    list(db).await;
    set(db, |row| row.settings.policies.quarantine = Status::Enabled).await;
    let digest = pushed(db, &hello(), "1.0.0").await;
    assert!(begin(db).await);
    for (verdict, expected) in [(None, 0), (Some(Verdict::Passed), 1), (Some(Verdict::Failed), 0)] {
        let judge = Judge {
            place: place(),
            repository: hello(),
            digest: digest.clone(),
            verdict,
            details: None,
            now: NOW,
        };
        let announce = |idx, _: &_| event(&format!("let out {idx}"));
        let judged = db.judge_manifest(judge, |before| before, announce, changing("change")).await;
        assert_eq!(judged.unwrap(), Judged::Done);
        assert_eq!(versions(db).await.len(), expected, "{verdict:?}");
        let found = db.oci_chart(&place(), &hello(), &tag("1.0.0")).await.unwrap();
        assert_eq!(found.is_some(), expected == 1, "{verdict:?}");
    }
    set(db, |row| row.settings.policies.quarantine = Status::Disabled).await;
    assert_eq!(versions(db).await.len(), 1);
}

async fn what_is_restored_is_shown_again_and_what_is_gone_for_good_is_forgotten(db: &Db) {
    list(db).await;
    set(db, |row| row.settings.policies.soft_delete.status = Status::Enabled).await;
    let digest = pushed(db, &hello(), "1.0.0").await;
    assert!(begin(db).await);
    delete(db, &digest).await;
    assert_eq!(versions(db).await, [""; 0]);
    let restore = Restore {
        place: place(),
        repository: hello(),
        digest: digest.clone(),
        tag: Some(tag("1.0.0")),
        is_forced: false,
        now: NOW,
    };
    assert_eq!(db.restore(restore).await.unwrap(), RestoreOutcome::Restored);
    assert_eq!(versions(db).await, ["charts/hello:1.0.0"]);
    delete(db, &digest).await;
    let later = Timestamp(NOW.0 + 8 * 24 * 60 * 60 * 1_000);
    assert_eq!(db.purge_deleted(&place().registry, later, purging).await.unwrap().manifests, 1);
    let left = db.read("test", async move |tx: &mut Tx<'_>| {
        tx.exists("SELECT 1 FROM oci_chart", params![]).await
    });
    assert!(!left.await.unwrap());
}

async fn another_setting_makes_another_listing(db: &Db) {
    let listing = async || {
        let changes = db.chart_changes(&place(), &charts(), 0).await.unwrap().unwrap();
        changes.listing
    };
    list(db).await;
    pushed(db, &hello(), "1.0.0").await;
    assert!(begin(db).await);
    let first = listing().await;
    assert!(first.is_some());
    set(db, |row| row.settings.has_oci_charts_in_index = false).await;
    assert_eq!(listing().await, None);
    list(db).await;
    let second = listing().await;
    assert!(second.is_some() && second != first);
    set(db, |row| row.settings.policies.quarantine = Status::Enabled).await;
    assert!(listing().await != second);
}

async fn a_page_goes_on_where_the_last_has_ended(db: &Db) {
    list(db).await;
    for version in ["1.0.0", "1.1.0", "1.2.0"] {
        pushed(db, &hello(), version).await;
        pushed(db, &repository("charts/a"), version).await;
    }
    let (mut after, mut count) = ((String::new(), String::new()), 0);
    loop {
        let page = db.oci_charts(&place(), &charts(), (&after.0, &after.1), 2).await.unwrap();
        let Some((below, row)) = page.last() else { break };
        after = (below.to_string(), row.manifest.to_string());
        count += page.len();
    }
    assert_eq!(count, 6);
    // Of changes, no more are remembered than may be.
    assert!(begin(db).await);
    let moved = db.write("test", async move |tx: &mut Tx<'_>| {
        tx.execute("UPDATE chart_index SET revision = $1", params![CHART_CHANGES_MAX + 1]).await
    });
    moved.await.unwrap();
    pushed(db, &hello(), "2.0.0").await;
    assert_eq!(revision(db).await, (CHART_CHANGES_MAX + 2, false));
}

async fn what_lies_further_below_is_in_another_index(db: &Db) {
    list(db).await;
    pushed(db, &hello(), "1.0.0").await;
    assert!(begin(db).await);
    pushed(db, &repository("charts/more/hello"), "1.0.0").await;
    pushed(db, &repository("charts2/hello"), "1.0.0").await;
    assert_eq!(versions(db).await, ["charts/hello:1.0.0"]);
    assert_eq!(revision(db).await, (0, true));
    let more = db.oci_charts(&place(), &repository("charts/more"), ("", ""), 9).await.unwrap();
    assert_eq!(more.len(), 1);
}
