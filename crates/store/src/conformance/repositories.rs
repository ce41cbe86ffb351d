//! Whole repositories go.

use super::locks::set;
use super::promises;
use super::samples::*;
use crate::db::Db;
use crate::row::params;
use crate::tx::Tx;
use crate::{
    After, CommitBlob, CommitPush, DeletedManifest, Holder, NewEvent, Order, PageOf, PushOutcome,
    RepositoryDeletion, STEP_MANIFESTS_MAX,
};
use boathook_core::digest::Digest;
use boathook_core::lock::{Attributes, Locked};
use boathook_core::name::Reference;
use boathook_core::time::Timestamp;
use std::collections::HashSet;

promises![
    a_deleted_repository_leaves_one_event_for_each_manifest,
    a_step_removes_no_more_than_it_may,
    an_index_goes_before_what_it_needs,
    a_lock_that_comes_in_between_keeps_the_rest,
    a_deletion_that_broke_off_is_done_when_it_is_repeated,
    a_reference_without_its_manifest_binds_nobody,
    what_comes_after_the_request_stays_with_what_it_needs,
    what_is_pushed_again_after_the_request_stays,
    what_a_push_after_the_request_has_sent_stays,
    a_step_reads_no_more_than_it_may,
    pushes_that_come_in_between_leave_counts_that_are_right,
    what_is_not_there_cannot_be_deleted,
];

fn announce(step: usize) -> impl Fn(usize, &DeletedManifest) -> NewEvent + Send + Sync + 'static {
    move |idx, gone| NewEvent { tags: gone.tags.clone(), ..event(&format!("gone {step} {idx}")) }
}

/// Takes steps until the repository is gone and gives what each removed.
async fn delete(db: &Db, from_step: usize) -> Vec<Vec<DeletedManifest>> {
    let (mut steps, mut after) = (Vec::new(), String::new());
    for step in from_step.. {
        let taken =
            db.delete_repository_step(&place(), &app(), &after, NOW, NOW, announce(step)).await;
        match taken.unwrap() {
            RepositoryDeletion::Going { deleted, after: next } => {
                steps.push(deleted);
                after = next;
            }
            RepositoryDeletion::Clearing => {}
            RepositoryDeletion::Deleted => break,
            other => panic!("{other:?}"),
        }
    }
    steps
}

async fn check_gone(db: &Db) {
    assert_eq!(db.repository_record(&place(), &app()).await.unwrap(), None);
    assert_eq!(db.tags(&place(), &app(), "", 9).await.unwrap(), None);
    let left = db.read("test", async move |tx: &mut Tx<'_>| {
        let mut left = Vec::new();
        for table in
            ["manifest", "manifest_reference", "tag", "repository_blob", "repository_tally"]
        {
            let sql = format!("SELECT 1 FROM {table} WHERE repository = 'team/app' LIMIT 1");
            if tx.exists(&sql, params![]).await? {
                left.push(table);
            }
        }
        Ok(left)
    });
    assert_eq!(left.await.unwrap(), Vec::<&str>::new());
}

async fn a_deleted_repository_leaves_one_event_for_each_manifest(db: &Db) {
    db.commit_blob(blob("layer")).await.unwrap();
    let bytes = artifact("one", &["layer"], None);
    db.commit_push(push(&bytes, &["v1", "v2"], "e1")).await.unwrap();
    pushed(db, "two", &[], "e2").await;
    for reference in ["v1", digest_of(&bytes).as_str()] {
        assert!(
            db.manifest(&place(), &app(), &reference.parse().unwrap()).await.unwrap().is_some()
        );
    }
    assert!(db.blob(&place(), &app(), &sha256("layer")).await.unwrap().is_some());
    let gone: Vec<_> = delete(db, 0).await.into_iter().flatten().collect();
    let tags: HashSet<_> = gone.iter().map(|manifest| manifest.tags.clone()).collect();
    assert_eq!(tags, [vec![tag("v1"), tag("v2")], Vec::new()].into());
    let events = db.undispatched(9).await.unwrap();
    assert_eq!(events.len(), 4);
    check_gone(db).await;
    for reference in ["v1", digest_of(&bytes).as_str()] {
        assert!(
            db.manifest(&place(), &app(), &reference.parse().unwrap()).await.unwrap().is_none()
        );
    }
    assert!(db.blob(&place(), &app(), &sha256("layer")).await.unwrap().is_none());
}

async fn a_step_removes_no_more_than_it_may(db: &Db) {
    for idx in 0..=STEP_MANIFESTS_MAX {
        pushed(db, &format!("{idx}"), &[], &format!("e{idx}")).await;
    }
    let counts: Vec<_> = delete(db, 0).await.iter().map(Vec::len).collect();
    assert_eq!(counts[..2], [STEP_MANIFESTS_MAX, 1]);
    check_gone(db).await;
}

async fn an_index_goes_before_what_it_needs(db: &Db) {
    let mut inner = artifact("inner", &[], None);
    let mut all = Vec::new();
    for idx in 0..4 {
        db.commit_push(push(&inner, &[], &format!("e{idx}"))).await.unwrap();
        all.push(digest_of(&inner));
        inner = index_of(&inner);
    }
    // Those that somebody else needs wait for another step, whatever their digests are.
    let steps = delete(db, 0).await;
    let gone: Vec<_> = steps
        .iter()
        .filter(|step| !step.is_empty())
        .map(|step| step.iter().map(|manifest| manifest.digest.clone()).collect::<Vec<_>>())
        .collect();
    let expected: Vec<_> = all.into_iter().rev().map(|digest| vec![digest]).collect();
    assert_eq!(gone, expected);
    check_gone(db).await;
}

/// An index of one manifest, which may be an index itself.
fn index_of(bytes: &bytes::Bytes) -> bytes::Bytes {
    let media_type = parsed(bytes).media_type;
    serde_json::json!({
        "schemaVersion": 2,
        "mediaType": boathook_core::media_type::OCI_INDEX,
        "manifests": [{ "mediaType": media_type, "digest": digest_of(bytes).as_str(), "size": bytes.len() }],
    })
    .to_string()
    .into()
}

async fn a_lock_that_comes_in_between_keeps_the_rest(db: &Db) {
    for idx in 0..=STEP_MANIFESTS_MAX {
        pushed(db, &format!("{idx}"), &[], &format!("e{idx}")).await;
    }
    let taken =
        db.delete_repository_step(&place(), &app(), "", NOW, NOW, announce(0)).await.unwrap();
    let RepositoryDeletion::Going { after, .. } = taken else { panic!("{taken:?}") };
    let locked = Attributes { is_delete_enabled: false, ..Attributes::UNLOCKED };
    set(db, &Holder::Repository, locked).await;
    let taken =
        db.delete_repository_step(&place(), &app(), &after, NOW, NOW, announce(1)).await.unwrap();
    assert_eq!(taken, RepositoryDeletion::Locked(Locked::Repository));
    let record = db.repository_record(&place(), &app()).await.unwrap().unwrap();
    assert_eq!(record.manifest_count, 1);
}

async fn a_deletion_that_broke_off_is_done_when_it_is_repeated(db: &Db) {
    for idx in 0..=STEP_MANIFESTS_MAX {
        pushed(db, &format!("{idx}"), &[], &format!("e{idx}")).await;
    }
    db.delete_repository_step(&place(), &app(), "", NOW, NOW, announce(0)).await.unwrap();
    let rest: usize = delete(db, 1).await.iter().map(Vec::len).sum();
    assert_eq!(rest, 1);
    check_gone(db).await;
}

async fn a_reference_without_its_manifest_binds_nobody(db: &Db) {
    let digest = pushed(db, "one", &[], "e1").await;
    let sql = "INSERT INTO manifest_reference VALUES ('boathook', 'local', 'team/app', $1, 'sha256:gone')";
    let child = digest.clone();
    db.write("test", async move |tx: &mut Tx<'_>| tx.execute(sql, params![child.as_str()]).await)
        .await
        .unwrap();
    let gone: Vec<_> = delete(db, 0).await.into_iter().flatten().collect();
    assert_eq!(gone.len(), 1);
    assert_eq!(db.repository_record(&place(), &app()).await.unwrap(), None);
}

async fn what_comes_after_the_request_stays_with_what_it_needs(db: &Db) {
    pushed(db, "old", &["old"], "e1").await;
    let needed = artifact("needed", &[], None);
    db.commit_push(push(&needed, &[], "e2")).await.unwrap();
    let index = index_of(&needed);
    let later = Timestamp(NOW.0 + 1);
    db.commit_push(CommitPush { now: later, ..push(&index, &["new"], "e3") }).await.unwrap();
    let step = async |step: usize| {
        db.delete_repository_step(&place(), &app(), "", NOW, later, announce(step)).await.unwrap()
    };
    let RepositoryDeletion::Going { deleted, after } = step(0).await else { panic!() };
    assert_eq!((deleted.len(), &*after), (1, ""));
    assert_eq!(deleted[0].tags, [tag("old")]);
    // Nothing that is left may go, which whoever counts sees.
    let stuck = RepositoryDeletion::Going { deleted: Vec::new(), after: String::new() };
    assert_eq!(step(1).await, stuck);
    let found = async |digest: &Digest| {
        let reference = Reference::Digest(digest.clone());
        db.manifest(&place(), &app(), &reference).await.unwrap().is_some()
    };
    assert!(found(&digest_of(&needed)).await && found(&digest_of(&index)).await);
    db.delete_manifest(&place(), &app(), &digest_of(&needed), announcing("gone")).await.unwrap();
    assert_eq!(step(2).await, RepositoryDeletion::Refilled);
    assert!(found(&digest_of(&index)).await);
}

async fn what_is_pushed_again_after_the_request_stays(db: &Db) {
    let (one, later) = (artifact("one", &[], None), Timestamp(NOW.0 + 1));
    for tags in [&["v1"][..], &["v2"]] {
        db.commit_push(push(&one, tags, &format!("{tags:?}"))).await.unwrap();
    }
    let two = pushed(db, "two", &["v3"], "e2").await;
    db.commit_push(CommitPush { now: later, ..push(&one, &["v2"], "again") }).await.unwrap();
    let step = async |step: usize| {
        db.delete_repository_step(&place(), &app(), "", NOW, later, announce(step)).await.unwrap()
    };
    let RepositoryDeletion::Going { deleted, after } = step(0).await else { panic!() };
    let deleted: Vec<_> = deleted.into_iter().map(|gone| gone.digest).collect();
    assert_eq!((deleted, &*after), (vec![two], ""));
    let stuck = RepositoryDeletion::Going { deleted: Vec::new(), after: String::new() };
    assert_eq!(step(1).await, stuck);
    assert_eq!(db.tags(&place(), &app(), "", 9).await.unwrap().unwrap(), ["v1", "v2"]);
}

async fn what_a_push_after_the_request_has_sent_stays(db: &Db) {
    pushed(db, "one", &["v1"], "e1").await;
    let later = Timestamp(NOW.0 + 1);
    for (name, now) in [("before", NOW), ("again", NOW), ("again", later), ("after", later)] {
        db.commit_blob(CommitBlob { now, ..blob(name) }).await.unwrap();
    }
    delete(db, 0).await;
    let blob = async |name: &str| db.blob(&place(), &app(), &sha256(name)).await.unwrap();
    assert!(blob("before").await.is_none() && blob("after").await.is_some());
    let bytes = artifact("two", &["after", "again"], None);
    let pushed = db.commit_push(CommitPush { now: later, ..push(&bytes, &["v1"], "e2") }).await;
    assert_eq!(pushed.unwrap(), PushOutcome::Stored);
}

async fn a_step_reads_no_more_than_it_may(db: &Db) {
    for idx in 0..3 {
        pushed(db, &format!("{idx}"), &[], &format!("e{idx}")).await;
    }
    db.write("test", async move |tx: &mut Tx<'_>| {
        tx.execute("UPDATE manifest SET size = 4000000", params![]).await
    })
    .await
    .unwrap();
    let counts: Vec<_> = delete(db, 0).await.iter().map(Vec::len).collect();
    assert_eq!(counts, [1, 1, 1]);
}

async fn pushes_that_come_in_between_leave_counts_that_are_right(db: &Db) {
    pushed(db, "first", &["v1"], "first").await;
    let pusher = async |pusher: usize| {
        for turn in 0..8 {
            let name = format!("{pusher} {turn}");
            pushed(db, &name, &[&format!("v{}", turn % 3)], &name).await;
        }
    };
    let deleter = async {
        let mut after = String::new();
        for step in 0..8 {
            let taken =
                db.delete_repository_step(&place(), &app(), &after, NOW, NOW, announce(step)).await;
            after = match taken.unwrap() {
                RepositoryDeletion::Going { after, .. } => after,
                _ => String::new(),
            };
        }
    };
    tokio::join!(pusher(0), pusher(1), deleter);
    pushed(db, "last", &["last"], "last").await;
    let page = PageOf { order: Order::Name, after: After::Nothing, limit: 100 };
    let manifests = db.manifest_records(&place(), &app(), page.clone()).await.unwrap();
    let (manifests, _) = manifests.unwrap();
    let tags = db.tag_records(&place(), &app(), page).await.unwrap().unwrap();
    let record = db.repository_record(&place(), &app()).await.unwrap().unwrap();
    let counted = (record.manifest_count, record.tag_count);
    assert_eq!(counted, (manifests.len() as u64, tags.len() as u64));
    for tag in tags {
        let of_tag = manifests.iter().find(|manifest| manifest.digest == tag.digest);
        assert!(of_tag.unwrap().tags.contains(&tag.name));
    }
}

async fn what_is_not_there_cannot_be_deleted(db: &Db) {
    let taken =
        db.delete_repository_step(&place(), &app(), "", NOW, NOW, announce(0)).await.unwrap();
    assert_eq!(taken, RepositoryDeletion::Unknown);
    db.commit_blob(blob("layer")).await.unwrap();
    let taken =
        db.delete_repository_step(&place(), &app(), "", NOW, NOW, announce(0)).await.unwrap();
    assert_eq!(
        taken,
        RepositoryDeletion::Unknown,
        "an image that nobody finished is no repository"
    );
}
