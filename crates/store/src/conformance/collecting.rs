//! Content that nobody needs goes, and nothing else.

use super::identities::audit;
use super::operations;
use super::promises;
use super::samples::*;
use crate::blobs::Blobs;
use crate::db::Db;
use crate::faults::Moment;
use crate::{
    BeginCollection, BlobContent, BlobOutcome, COLLECTED_MAX, CollectionBegin, CollectionStep,
    CommitBlob, Error, Mount, MountOutcome, OperationEnd, PushOutcome, RemovedBlobs, ReviewedLinks,
};
use boathook_core::digest::Digest;
use boathook_core::name::Repository;
use boathook_core::time::Timestamp;
use futures_util::future::join_all;
use std::fs::{self, File};
use tempfile::TempDir;

promises![
    a_blob_that_no_manifest_needs_goes_when_it_is_due,
    a_blob_that_a_manifest_needs_is_looked_at_once,
    a_blob_goes_with_the_last_manifest_that_needs_it,
    a_blob_that_another_repository_has_stays,
    who_was_told_of_a_blob_finds_it_for_another_grace,
    a_blob_that_was_forgotten_otherwise_goes_as_well,
    a_doomed_blob_that_is_pushed_again_stays,
    a_push_whose_file_was_taken_away_puts_it_there_again,
    a_push_without_its_file_changes_nothing_for_those_who_have_it,
    a_collector_that_dies_loses_nothing,
    damaged_bytes_are_healed_by_a_push,
    pushers_and_collectors_at_once_lose_nothing,
    a_manifest_and_a_collector_at_once_lose_nothing,
    a_step_is_small,
    a_file_that_stays_keeps_no_other_from_going,
    what_would_go_is_what_goes,
    a_blob_is_counted_once_however_many_have_it,
    a_collection_is_of_one_at_a_time_and_counts_what_it_does,
    what_an_operation_has_counted_is_kept_until_it_has_ended,
    links_of_an_older_program_save_their_blob,
];

/// Files of blobs.
pub(super) struct Files {
    pub(super) blobs: Blobs,
    folder: TempDir,
}

pub(super) fn files() -> Files {
    let folder = tempfile::tempdir().unwrap();
    Files { blobs: Blobs::open(folder.path()).unwrap(), folder }
}

impl Files {
    /// Puts a file there as a pusher does, who keeps it open.
    fn put(&self, content: &str, mark: &str) -> File {
        let staged = self.folder.path().join(format!("staged-{mark}"));
        fs::write(&staged, content).unwrap();
        let file = File::open(&staged).unwrap();
        self.blobs.adopt(&staged, &place(), &sha256(content)).unwrap();
        file
    }

    pub(super) fn has(&self, content: &str) -> bool {
        self.blobs.has(&place(), &sha256(content)).unwrap()
    }

    fn blob(&self, content: &str) -> CommitBlob {
        CommitBlob { content: BlobContent::InFile(self.blobs.clone()), ..blob(content) }
    }

    /// Pushes a blob that lies in a file, and says how often its file had to be put there again.
    pub(super) async fn push(&self, db: &Db, content: &str, mark: &str) -> usize {
        let file = self.put(content, mark);
        for again in 0..50 {
            match db.commit_blob(self.blob(content)).await.unwrap() {
                BlobOutcome::Linked => return again,
                BlobOutcome::BytesGone => {
                    self.blobs.restore(&file, &place(), &sha256(content), mark).unwrap();
                }
                BlobOutcome::Locked(locked) => panic!("{locked}"),
            }
        }
        panic!("the file does not stay");
    }

    async fn remove(&self, db: &Db, at_ms: i64) -> Result<RemovedBlobs, Error> {
        let blobs = self.blobs.clone();
        let set_aside = move |digest: &Digest| blobs.set_aside(&place(), digest);
        db.remove_blobs(step(at_ms), set_aside, |digest| self.blobs.put_back(&place(), digest))
            .await
    }
}

/// A step, of the collection that began at [`NOW`], to which everything is due that has been of no use since `at_ms`.
pub(super) fn step(at_ms: i64) -> CollectionStep {
    let due = Timestamp(at_ms);
    CollectionStep { place: place(), began: NOW, due, until: Timestamp(at_ms + 60_000) }
}

async fn review(db: &Db, at_ms: i64) -> ReviewedLinks {
    db.review_links(step(at_ms)).await.unwrap()
}

async fn remove(db: &Db, at_ms: i64) -> u64 {
    let no_file = |digest: &Digest| panic!("{digest} has no file");
    db.remove_blobs(step(at_ms), no_file, no_file).await.unwrap().count
}

async fn has(db: &Db, repository: &Repository, content: &str) -> bool {
    db.blob(&place(), repository, &sha256(content)).await.unwrap().is_some()
}

fn reviewed(needed: usize, gone: usize) -> ReviewedLinks {
    ReviewedLinks { needed, gone }
}

/// Pushes an artifact of blobs that are there.
async fn pushed_with(db: &Db, name: &str, blobs: &[&str]) -> Digest {
    let bytes = artifact(name, blobs, None);
    let outcome = db.commit_push(push(&bytes, &[], &format!("push of {name}"))).await.unwrap();
    assert_eq!(outcome, PushOutcome::Stored);
    digest_of(&bytes)
}

async fn deleted_at(db: &Db, digest: &Digest, at_ms: i64) {
    let announced = crate::NewEvent { at: Timestamp(at_ms), ..event(&format!("{digest} {at_ms}")) };
    db.delete_manifest(&place(), &app(), digest, move |_| announced.clone()).await.unwrap();
}

fn mount_into(name: &str, at_ms: i64) -> Mount {
    Mount {
        place: place(),
        repository: repository(name),
        digest: sha256("layer"),
        sources: None,
        now: Timestamp(at_ms),
    }
}

async fn a_blob_that_no_manifest_needs_goes_when_it_is_due(db: &Db) {
    db.commit_blob(blob("layer")).await.unwrap();
    let now = NOW.0;
    assert!(!db.has_garbage(&place(), Timestamp(now - 1), Timestamp(now - 1)).await.unwrap());
    assert_eq!(review(db, now - 1).await, reviewed(0, 0));
    assert!(has(db, &app(), "layer").await);
    assert!(db.has_garbage(&place(), NOW, Timestamp(0)).await.unwrap());
    assert_eq!(review(db, now).await, reviewed(0, 1));
    assert!(!has(db, &app(), "layer").await, "an answer from before would be wrong");
    assert!(!db.has_garbage(&place(), NOW, Timestamp(now - 1)).await.unwrap());
    assert!(db.has_garbage(&place(), NOW, NOW).await.unwrap());
    assert_eq!(remove(db, now - 1).await, 0);
    let no_file = |_: &Digest| panic!("it is in its row");
    let removed = db.remove_blobs(step(now), no_file, no_file).await.unwrap();
    assert_eq!(removed, RemovedBlobs { seen: 1, count: 1, bytes: 5 });
    assert_eq!(remove(db, now).await, 0);
}

async fn a_blob_that_a_manifest_needs_is_looked_at_once(db: &Db) {
    db.commit_blob(blob("layer")).await.unwrap();
    pushed_with(db, "one", &["layer"]).await;
    assert!(
        db.blob(&place(), &app(), &sha256("layer")).await.unwrap().unwrap().info.idle.is_some()
    );
    assert_eq!(review(db, NOW.0).await, reviewed(1, 0));
    assert_eq!(review(db, i64::MAX - 60_000).await, reviewed(0, 0));
    assert_eq!(db.blob(&place(), &app(), &sha256("layer")).await.unwrap().unwrap().info.idle, None);
    // Pushed again, it is still needed.
    db.commit_blob(blob("layer")).await.unwrap();
    assert_eq!(review(db, NOW.0).await, reviewed(0, 0));
}

async fn a_blob_goes_with_the_last_manifest_that_needs_it(db: &Db) {
    for content in ["layer", "other"] {
        db.commit_blob(blob(content)).await.unwrap();
    }
    let one = pushed_with(db, "one", &["layer", "other"]).await;
    let two = pushed_with(db, "two", &["layer"]).await;
    assert_eq!(review(db, NOW.0).await, reviewed(2, 0));
    let deleted_ms = NOW.0 + 10;
    deleted_at(db, &one, deleted_ms).await;
    assert_eq!(review(db, deleted_ms - 1).await, reviewed(0, 0));
    assert_eq!(review(db, deleted_ms).await, reviewed(1, 1));
    assert!(has(db, &app(), "layer").await && !has(db, &app(), "other").await);
    deleted_at(db, &two, deleted_ms + 10).await;
    assert_eq!(review(db, deleted_ms + 10).await, reviewed(0, 1));
    assert_eq!(remove(db, deleted_ms + 10).await, 2);
}

async fn a_blob_that_another_repository_has_stays(db: &Db) {
    db.commit_blob(blob("layer")).await.unwrap();
    let mount = mount_into("team/other", NOW.0 + 10);
    assert_eq!(db.mount_blob(mount).await.unwrap(), MountOutcome::Mounted);
    assert_eq!(review(db, NOW.0).await, reviewed(0, 1));
    let other = repository("team/other");
    assert!(!has(db, &app(), "layer").await && has(db, &other, "layer").await);
    assert_eq!(remove(db, NOW.0 + 10).await, 0);
    assert_eq!(review(db, NOW.0 + 10).await, reviewed(0, 1));
    assert_eq!(db.mount_blob(mount_into("app", 0)).await.unwrap(), MountOutcome::NoSource);
    assert_eq!(remove(db, NOW.0 + 10).await, 1);
}

async fn who_was_told_of_a_blob_finds_it_for_another_grace(db: &Db) {
    let (app, touched) = (app(), NOW.0 + 10);
    let touch =
        async |at_ms| db.touch_blob(&place(), &app, &sha256("layer"), Timestamp(at_ms)).await;
    assert!(!touch(touched).await.unwrap(), "there is none");
    db.commit_blob(blob("layer")).await.unwrap();
    assert!(has(db, &app, "layer").await);
    assert!(touch(touched).await.unwrap());
    let idle = db.blob(&place(), &app, &sha256("layer")).await.unwrap().unwrap().info.idle;
    assert_eq!(idle, Some(Timestamp(touched)), "an answer from before would be wrong");
    assert!(touch(NOW.0).await.unwrap(), "a clock that is behind takes nothing back");
    assert_eq!(review(db, touched - 1).await, reviewed(0, 0));
    // Pushed again, mounted again: the same.
    let pushed = CommitBlob { now: Timestamp(touched + 10), ..blob("layer") };
    db.commit_blob(pushed).await.unwrap();
    assert_eq!(review(db, touched + 9).await, reviewed(0, 0));
    let mounted = db.mount_blob(mount_into("team/app", touched + 20)).await.unwrap();
    assert_eq!(mounted, MountOutcome::Mounted);
    assert_eq!(review(db, touched + 19).await, reviewed(0, 0));
    // What is needed stays needed.
    pushed_with(db, "one", &["layer"]).await;
    assert_eq!(review(db, touched + 20).await, reviewed(1, 0));
    assert!(touch(touched + 30).await.unwrap());
    assert_eq!(review(db, touched + 30).await, reviewed(0, 0));
}

async fn a_blob_that_was_forgotten_otherwise_goes_as_well(db: &Db) {
    for content in ["one", "two"] {
        db.commit_blob(blob(content)).await.unwrap();
    }
    let other = CommitBlob { repository: repository("team/other"), ..blob("two") };
    db.commit_blob(other).await.unwrap();
    let forgotten = Timestamp(NOW.0 + 5);
    for content in ["one", "two"] {
        db.delete_blob(&place(), &app(), &sha256(content), forgotten).await.unwrap();
    }
    assert_eq!(remove(db, forgotten.0 - 1).await, 0);
    assert_eq!(remove(db, forgotten.0).await, 1, "another repository has the other");
    pushed(db, "made", &[], "e1").await;
    db.commit_blob(blob("three")).await.unwrap();
    let mut after = String::new();
    loop {
        let announce = |_, _: &_| event("gone");
        let taken = db
            .delete_repository_step(&place(), &app(), &after, NOW, forgotten, announce)
            .await
            .unwrap();
        match taken {
            crate::RepositoryDeletion::Going { after: next, .. } => after = next,
            crate::RepositoryDeletion::Clearing => {}
            crate::RepositoryDeletion::Deleted => break,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(remove(db, forgotten.0 - 1).await, 0);
    assert_eq!(remove(db, forgotten.0).await, 1);
}

async fn a_doomed_blob_that_is_pushed_again_stays(db: &Db) {
    db.commit_blob(blob("layer")).await.unwrap();
    assert_eq!(review(db, NOW.0).await, reviewed(0, 1));
    db.commit_blob(blob("layer")).await.unwrap();
    assert_eq!(remove(db, i64::MAX - 60_000).await, 0);
    let found = db.blob(&place(), &app(), &sha256("layer")).await.unwrap().unwrap();
    assert_eq!(found.info.inline.as_deref(), Some(&b"layer"[..]));
}

async fn a_push_whose_file_was_taken_away_puts_it_there_again(db: &Db) {
    let files = files();
    assert_eq!(files.push(db, "layer", "first").await, 0);
    assert_eq!(review(db, NOW.0).await, reviewed(0, 1));
    let file = files.put("layer", "second");
    assert_eq!(files.remove(db, NOW.0).await.unwrap().count, 1);
    assert!(!files.has("layer"));
    let outcome = db.commit_blob(files.blob("layer")).await.unwrap();
    assert_eq!(outcome, BlobOutcome::BytesGone);
    assert!(!has(db, &app(), "layer").await, "nobody is told of what is not there");
    files.blobs.restore(&file, &place(), &sha256("layer"), "second").unwrap();
    assert_eq!(db.commit_blob(files.blob("layer")).await.unwrap(), BlobOutcome::Linked);
    assert!(has(db, &app(), "layer").await && files.has("layer"));
    assert_eq!(files.remove(db, i64::MAX - 60_000).await.unwrap().count, 0);
    // Whoever never came back leaves a row that goes as the others do.
    files.blobs.set_aside(&place(), &sha256("other")).unwrap();
    let other = db.commit_blob(files.blob("other")).await.unwrap();
    assert_eq!(other, BlobOutcome::BytesGone);
    assert_eq!(files.remove(db, NOW.0).await.unwrap().count, 1);
}

async fn a_push_without_its_file_changes_nothing_for_those_who_have_it(db: &Db) {
    let files = files();
    files.push(db, "layer", "first").await;
    // The disk has lost it.
    files.blobs.set_aside(&place(), &sha256("layer")).unwrap();
    let outcome = db.commit_blob(files.blob("layer")).await.unwrap();
    assert_eq!(outcome, BlobOutcome::BytesGone);
    assert!(has(db, &app(), "layer").await);
    assert_eq!(files.remove(db, i64::MAX - 60_000).await.unwrap().seen, 0);
    files.push(db, "layer", "second").await;
    assert!(files.has("layer"), "a push heals it");
}

async fn a_collector_that_dies_loses_nothing(db: &Db) {
    for (round, moment) in [Moment::BeforeCommit, Moment::AfterCommit].into_iter().enumerate() {
        let files = files();
        let content = format!("layer {round}");
        files.push(db, &content, "first").await;
        db.faults().plan(1, moment);
        db.review_links(step(NOW.0)).await.unwrap_err();
        let left = review(db, NOW.0).await;
        assert_eq!(left.gone, usize::from(moment == Moment::BeforeCommit), "{moment:?}");
        db.faults().plan(1, moment);
        files.remove(db, NOW.0).await.unwrap_err();
        // What was moved is where it was, if its row is.
        assert_eq!(files.has(&content), moment == Moment::BeforeCommit, "{moment:?}");
        assert!(!has(db, &app(), &content).await);
        // Whoever pushes it now finds the file, or puts it there himself.
        assert_eq!(files.push(db, &content, "second").await, 0);
        assert!(files.has(&content) && has(db, &app(), &content).await);
        assert_eq!(files.remove(db, NOW.0).await.unwrap().count, 0);
        assert_eq!(review(db, NOW.0).await.gone, 1);
        assert_eq!(files.remove(db, NOW.0).await.unwrap().count, 1);
        // A pusher who dies before or after its commit leaves what a collector removes.
        files.put(&content, "third");
        db.faults().plan(1, moment);
        db.commit_blob(files.blob(&content)).await.unwrap_err();
        assert_eq!(review(db, NOW.0).await.gone, usize::from(moment == Moment::AfterCommit));
        files.remove(db, NOW.0).await.unwrap();
        assert_eq!(files.push(db, &content, "fourth").await, 0);
        assert_eq!(review(db, NOW.0).await.gone, 1);
        files.remove(db, NOW.0).await.unwrap();
    }
}

async fn damaged_bytes_are_healed_by_a_push(db: &Db) {
    let damaged = CommitBlob {
        content: BlobContent::Inline(bytes::Bytes::from_static(b"lay")),
        size: 3,
        ..blob("layer")
    };
    db.commit_blob(damaged).await.unwrap();
    db.commit_blob(blob("layer")).await.unwrap();
    let found = db.blob(&place(), &app(), &sha256("layer")).await.unwrap().unwrap();
    assert_eq!((found.info.size, found.info.inline.as_deref()), (5, Some(&b"layer"[..])));
}

async fn pushers_and_collectors_at_once_lose_nothing(db: &Db) {
    let files = files();
    let contents: Vec<_> = (0..2).map(|number| format!("layer {number}")).collect();
    let push = async |content: &str, mark: &str| {
        for turn in 0..4 {
            files.push(db, content, &format!("{mark}-{turn}")).await;
        }
    };
    let collect = async || {
        for _ in 0..12 {
            db.review_links(step(NOW.0)).await.unwrap();
            files.remove(db, NOW.0).await.unwrap();
            tokio::task::yield_now().await;
        }
    };
    let pushers = contents.iter().flat_map(|content| {
        ["a", "b"].map(|mark| {
            let mark = format!("{mark} of {content}");
            let push = &push;
            async move { push(content, &mark).await }
        })
    });
    tokio::join!(join_all(pushers), collect(), collect());
    for content in &contents {
        if has(db, &app(), content).await {
            assert!(files.has(content), "{content}");
        }
    }
    while review(db, NOW.0).await.gone != 0 {}
    while files.remove(db, NOW.0).await.unwrap().seen != 0 {}
    for content in &contents {
        assert!(!has(db, &app(), content).await && !files.has(content), "{content}");
    }
}

async fn a_manifest_and_a_collector_at_once_lose_nothing(db: &Db) {
    let races = (0..12).map(async |race| {
        let content = format!("layer {race}");
        db.commit_blob(blob(&content)).await.unwrap();
        let bytes = artifact(&format!("{race}"), &[&content], None);
        let event_id = format!("e{race}");
        let push = db.commit_push(push(&bytes, &[], &event_id));
        let (pushed, reviewed) = tokio::join!(push, db.review_links(step(NOW.0)));
        reviewed.unwrap();
        (content, pushed.unwrap() == PushOutcome::Stored)
    });
    for (content, is_pushed) in join_all(races).await {
        assert_eq!(has(db, &app(), &content).await, is_pushed, "{content}");
    }
}

async fn a_step_is_small(db: &Db) {
    for number in 0..=COLLECTED_MAX {
        db.commit_blob(blob(&format!("layer {number}"))).await.unwrap();
    }
    assert_eq!(review(db, NOW.0).await, reviewed(0, COLLECTED_MAX));
    assert_eq!(review(db, NOW.0).await, reviewed(0, 1));
    assert_eq!(remove(db, NOW.0).await, COLLECTED_MAX as u64);
    assert_eq!(remove(db, NOW.0).await, 1);
}

async fn a_file_that_stays_keeps_no_other_from_going(db: &Db) {
    let files = files();
    // Digests and not their names say which is first.
    let mut contents: Vec<_> =
        (0..=COLLECTED_MAX).map(|number| format!("layer {number}")).collect();
    contents.sort_by_key(|content| sha256(content));
    for content in &contents {
        files.push(db, content, "first").await;
    }
    let (last, stuck) = contents.split_last().unwrap();
    while review(db, NOW.0).await.gone != 0 {}
    let (blobs, stays) = (files.blobs.clone(), sha256(last));
    let remove = async |at_ms| {
        let (blobs, stays) = (blobs.clone(), stays.clone());
        let set_aside = move |digest: &Digest| {
            if *digest == stays {
                return blobs.set_aside(&place(), digest);
            }
            let source = std::io::Error::from(std::io::ErrorKind::PermissionDenied);
            Err(Error::File { action: "moved", path: digest.to_string(), source })
        };
        db.remove_blobs(step(at_ms), set_aside, |digest| panic!("{digest} is gone")).await.unwrap()
    };
    let bytes = last.len() as u64;
    assert_eq!(remove(NOW.0).await, RemovedBlobs { seen: COLLECTED_MAX, count: 0, bytes: 0 });
    assert_eq!(remove(NOW.0).await, RemovedBlobs { seen: 1, count: 1, bytes });
    assert_eq!(remove(NOW.0).await, RemovedBlobs::default(), "they wait");
    let later = step(NOW.0).until.0;
    let page = db.doomed_blobs(&place(), Timestamp(later), None).await.unwrap();
    assert!(page.blobs.iter().all(|blob| blob.since.0 == later && 0 < blob.size));
    assert_eq!(files.remove(db, later).await.unwrap().count, COLLECTED_MAX as u64);
    assert!(!stuck.iter().any(|content| files.has(content)));
}

async fn what_would_go_is_what_goes(db: &Db) {
    for content in ["needed", "free", "shared", "young"] {
        let now = if content == "young" { Timestamp(NOW.0 + 1) } else { NOW };
        db.commit_blob(CommitBlob { now, ..blob(content) }).await.unwrap();
    }
    let elsewhere = CommitBlob { repository: repository("team/other"), ..blob("shared") };
    db.commit_blob(CommitBlob { now: Timestamp(NOW.0 + 1), ..elsewhere }).await.unwrap();
    pushed_with(db, "one", &["needed"]).await;
    let page = db.idle_links(&place(), NOW, None).await.unwrap();
    assert_eq!(page.next, None);
    let mut found: Vec<_> = page.blobs.iter().map(|due| (due.digest.clone(), due.goes)).collect();
    found.sort();
    let mut expected = [(sha256("free"), true), (sha256("shared"), false)];
    expected.sort();
    assert_eq!(found, expected);
    assert!(page.blobs.iter().all(|due| due.since == NOW));
    assert_eq!(review(db, NOW.0).await, reviewed(1, 2));
    let page = db.doomed_blobs(&place(), NOW, None).await.unwrap();
    let [doomed] = &page.blobs[..] else { panic!("{page:?}") };
    assert_eq!((&doomed.digest, doomed.size, doomed.goes), (&sha256("free"), 4, true));
    assert_eq!(remove(db, NOW.0).await, 1);
    // Pages follow each other.
    for number in 0..101 {
        db.commit_blob(blob(&format!("{number}"))).await.unwrap();
    }
    let first = db.idle_links(&place(), NOW, None).await.unwrap();
    let second = db.idle_links(&place(), NOW, first.next.clone()).await.unwrap();
    assert_eq!((first.blobs.len(), second.blobs.len(), second.next), (100, 1, None));
    while review(db, NOW.0).await.gone != 0 {}
    let first = db.doomed_blobs(&place(), NOW, None).await.unwrap();
    let second = db.doomed_blobs(&place(), NOW, first.next.clone()).await.unwrap();
    assert_eq!((first.blobs.len(), second.blobs.len(), second.next), (100, 1, None));
}

async fn a_blob_is_counted_once_however_many_have_it(db: &Db) {
    for (name, at_ms) in [("app", 0), ("team/app", 0), ("team/other", 3)] {
        let now = Timestamp(NOW.0 + at_ms);
        let link = CommitBlob { repository: repository(name), now, ..blob("layer") };
        db.commit_blob(link).await.unwrap();
    }
    let all = db.idle_links(&place(), Timestamp(NOW.0 + 3), None).await.unwrap().blobs;
    let found: Vec<_> = all.iter().map(|link| (link.since.0 - NOW.0, link.goes)).collect();
    assert_eq!(found, [(0, false), (0, false), (3, true)], "it goes with the last");
    // A repository that needs it keeps it, whichever comes last.
    pushed_with(db, "one", &["layer"]).await;
    let all = db.idle_links(&place(), Timestamp(NOW.0 + 3), None).await.unwrap().blobs;
    assert!(all.len() == 2 && !all.iter().any(|link| link.goes), "{all:?}");
}

fn beginning(operation: Option<&str>, at_ms: i64, until: Timestamp) -> BeginCollection {
    let operation = operation.map(str::to_owned);
    BeginCollection { place: place(), operation, now: Timestamp(at_ms), until }
}

async fn a_collection_is_of_one_at_a_time_and_counts_what_it_does(db: &Db) {
    use CollectionBegin::{Begun, Taken};
    let until = Timestamp(NOW.0 + 100);
    let begin = async |at_ms| db.begin_collection(beginning(None, at_ms, until)).await.unwrap();
    assert_eq!(begin(NOW.0).await, Begun(NOW));
    assert_eq!(begin(until.0 - 1).await, Taken, "somebody has it");
    db.commit_blob(blob("layer")).await.unwrap();
    db.review_links(CollectionStep { until, ..step(NOW.0) }).await.unwrap();
    let step = CollectionStep { until, ..step(NOW.0) };
    db.remove_blobs(step, |_| Ok(()), |_| Ok(())).await.unwrap();
    let shown = async || db.collections(&place().registry).await.unwrap().remove(0);
    let row = shown().await;
    assert_eq!((row.started, row.ended, &row.region), (NOW, None, &place().region));
    assert_eq!((row.link_count, row.blob_count, row.blob_bytes), (1, 1, 5));
    let ended = db.end_collection(&place(), NOW, Timestamp(NOW.0 + 7)).await.unwrap();
    assert_eq!(ended.as_ref(), Some(&shown().await));
    assert_eq!(ended.unwrap().ended, Some(Timestamp(NOW.0 + 7)));
    assert_eq!(db.end_collection(&place(), NOW, Timestamp(NOW.0 + 8)).await.unwrap(), None);
    assert_eq!(begin(NOW.0 + 8).await, Begun(Timestamp(NOW.0 + 8)));
    let row = shown().await;
    assert_eq!((row.ended, row.link_count, row.blob_count, row.blob_bytes), (None, 0, 0, 0));
    // Whoever is behind with the one before neither counts with this one nor ends it.
    db.commit_blob(blob("layer")).await.unwrap();
    db.review_links(CollectionStep { until, ..self::step(NOW.0) }).await.unwrap();
    assert_eq!(db.end_collection(&place(), NOW, Timestamp(NOW.0 + 9)).await.unwrap(), None);
    assert_eq!(shown().await, row);
    assert_eq!(begin(until.0).await, Begun(until), "whoever had it has died");
}

async fn what_an_operation_has_counted_is_kept_until_it_has_ended(db: &Db) {
    use CollectionBegin::{Begun, Ended, Taken};
    assert!(db.begin_operation(operations::row("asked"), audit("asked")).await.unwrap());
    let until = Timestamp(NOW.0 + 100);
    let begin = async |operation: Option<&str>, at_ms| {
        db.begin_collection(beginning(operation, at_ms, until)).await.unwrap()
    };
    let counted = async || db.collections(&place().registry).await.unwrap().remove(0).link_count;
    let started = Timestamp(NOW.0 + 1);
    assert_eq!(begin(None, NOW.0).await, Begun(NOW));
    assert_eq!(begin(Some("asked"), NOW.0 + 1).await, Taken);
    db.end_collection(&place(), NOW, NOW).await.unwrap();
    assert_eq!(begin(Some("asked"), NOW.0 + 1).await, Begun(started));
    db.commit_blob(blob("layer")).await.unwrap();
    db.review_links(CollectionStep { began: started, until, ..step(NOW.0) }).await.unwrap();
    // Whoever was at it has died. It is the operation's all the same, who goes on counting.
    for other in [None, Some("other")] {
        assert_eq!(begin(other, until.0 + 1).await, Taken, "{other:?}");
    }
    assert_eq!((begin(Some("asked"), until.0 + 1).await, counted().await), (Begun(started), 1));
    db.end_collection(&place(), started, until).await.unwrap();
    assert_eq!((begin(Some("asked"), until.0 + 2).await, counted().await), (Ended, 1));
    assert_eq!(begin(None, until.0 + 2).await, Taken, "it has not been told yet");
    let end = OperationEnd { at: until, failure: None };
    db.end_operation("asked", end).await.unwrap();
    assert_eq!(
        (begin(None, until.0 + 2).await, counted().await),
        (Begun(Timestamp(until.0 + 2)), 0)
    );
}

async fn links_of_an_older_program_save_their_blob(db: &Db) {
    use crate::row::params;
    use crate::tx::Tx;
    db.commit_blob(blob("layer")).await.unwrap();
    assert_eq!(review(db, NOW.0).await, reviewed(0, 1));
    let linked = db.write("test", async move |tx: &mut Tx<'_>| {
        let sql = "INSERT INTO repository_blob (registry, region, repository, digest, linked_ms)
                   VALUES ('boathook', 'local', 'team/app', $1, 0)";
        tx.execute(sql, params![sha256("layer").as_str()]).await
    });
    linked.await.unwrap();
    assert_eq!(remove(db, NOW.0).await, 0);
    assert!(has(db, &app(), "layer").await);
}
