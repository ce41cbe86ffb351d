//! What is locked stays as it is, whoever comes at the same time.

use super::promises;
use super::samples::*;
use crate::db::Db;
use crate::{
    BlobDeletion, BlobOutcome, CommitBlob, CommitPush, Deletion, Holder, Mount, MountOutcome,
    PushOutcome, RepositoryDeletion, Untagging,
};
use boathook_core::digest::Digest;
use boathook_core::lock::{Attributes, Locked};
use boathook_core::name::Reference;

promises![
    what_a_lock_forbids_is_refused_and_all_else_is_done,
    a_refused_change_changes_nothing,
    a_lock_is_seen_by_the_next_read,
    a_lock_that_is_lifted_is_in_nobodys_way,
    a_lock_and_a_deletion_at_once_do_not_both_win,
    a_mount_from_anywhere_takes_nothing_from_what_may_not_be_read,
    what_is_not_there_has_no_attributes,
    what_is_deleted_and_pushed_again_is_not_locked,
];

/// The attributes without one of the flags, which is named by its letter.
fn without(letter: char) -> Attributes {
    Attributes {
        is_delete_enabled: letter != 'd',
        is_write_enabled: letter != 'w',
        is_read_enabled: letter != 'r',
        is_list_enabled: letter != 'l',
    }
}

pub(super) async fn set(db: &Db, holder: &Holder, attributes: Attributes) -> bool {
    db.set_attributes(&place(), &app(), holder.clone(), move |_| attributes, NOW, relocking("lock"))
        .await
        .unwrap()
}

/// Tries one operation of a name on `team/app`, which has `layer`, and one manifest with the tag `v1`.
async fn attempt(db: &Db, operation: &str, digest: &Digest) -> Result<(), Locked> {
    let mount = |source: &str, target: &str| Mount {
        place: place(),
        repository: repository(target),
        digest: sha256("layer"),
        sources: Some(vec![repository(source)]),
        now: NOW,
    };
    let event = "new";
    match operation {
        "push" => pushing(db, push(&artifact("two", &[], None), &[], event)).await,
        "push a tag" => pushing(db, push(&artifact("two", &[], None), &["v2"], event)).await,
        "move the tag" => pushing(db, push(&artifact("two", &[], None), &["v1"], event)).await,
        "push a blob" => match db.commit_blob(blob("other")).await.unwrap() {
            BlobOutcome::Linked => Ok(()),
            BlobOutcome::BytesGone => panic!("it is in its row"),
            BlobOutcome::Locked(locked) => Err(locked),
        },
        "mount into" => mounted(db.mount_blob(mount("team/source", "team/app")).await.unwrap()),
        "mount from" => mounted(db.mount_blob(mount("team/app", "team/target")).await.unwrap()),
        "untag" => match db
            .delete_tag(&place(), &app(), &tag("v1"), NOW, untagging("untag"))
            .await
            .unwrap()
        {
            Untagging::Removed => Ok(()),
            Untagging::Unknown => panic!("it is there"),
            Untagging::Locked(locked) => Err(locked),
            Untagging::OfChart { .. } => panic!("it is no chart's"),
        },
        "delete the manifest" => {
            match db.delete_manifest(&place(), &app(), digest, announcing(event)).await.unwrap() {
                Deletion::Deleted(_) => Ok(()),
                Deletion::Unknown => panic!("it is there"),
                Deletion::Locked(locked) => Err(locked),
            }
        }
        "delete a blob" => {
            match db.delete_blob(&place(), &app(), &sha256("layer"), NOW).await.unwrap() {
                BlobDeletion::Deleted => Ok(()),
                BlobDeletion::Locked(locked) => Err(locked),
                other => panic!("{other:?}"),
            }
        }
        "delete the repository" => {
            let announce = move |idx, _: &_| super::samples::event(&format!("gone {idx}"));
            match db.delete_repository_step(&place(), &app(), "", NOW, NOW, announce).await.unwrap()
            {
                RepositoryDeletion::Going { .. } => Ok(()),
                RepositoryDeletion::Locked(locked) => Err(locked),
                other => panic!("{other:?}"),
            }
        }
        other => panic!("{other}"),
    }
}

async fn pushing(db: &Db, push: CommitPush) -> Result<(), Locked> {
    match db.commit_push(push).await.unwrap() {
        PushOutcome::Stored => Ok(()),
        PushOutcome::Locked(locked) => Err(locked),
        other => panic!("{other:?}"),
    }
}

/// A mount from what may not be read finds nothing there.
fn mounted(outcome: MountOutcome) -> Result<(), Locked> {
    match outcome {
        MountOutcome::Mounted => Ok(()),
        MountOutcome::NoSource => Err(Locked::Repository),
        MountOutcome::Locked(locked) => Err(locked),
    }
}

/// What is there before each attempt.
async fn prepare(db: &Db) -> Digest {
    db.commit_blob(blob("layer")).await.unwrap();
    let source = CommitBlob { repository: repository("team/source"), ..blob("layer") };
    db.commit_blob(source).await.unwrap();
    pushed(db, "one", &["v1"], "e1").await
}

/// Takes away all that an attempt may have left.
async fn clear(db: &Db) {
    for tag in ["v1", "v2"] {
        set(db, &Holder::Tag(super::samples::tag(tag)), Attributes::UNLOCKED).await;
    }
    for name in ["one", "two"] {
        set(db, &Holder::Manifest(digest_of(&artifact(name, &[], None))), Attributes::UNLOCKED)
            .await;
    }
    set(db, &Holder::Repository, Attributes::UNLOCKED).await;
    let mut after = String::new();
    loop {
        let announce = |idx, _: &_| event(&format!("cleared {idx}"));
        match db.delete_repository_step(&place(), &app(), &after, NOW, NOW, announce).await.unwrap()
        {
            RepositoryDeletion::Going { after: next, .. } => after = next,
            RepositoryDeletion::Clearing => {}
            RepositoryDeletion::Deleted | RepositoryDeletion::Unknown => break,
            other @ (RepositoryDeletion::Locked(_) | RepositoryDeletion::Refilled) => {
                panic!("{other:?}")
            }
        }
    }
    forget_events(db).await;
}

/// Events have ids of their own, and these samples use theirs again.
async fn forget_events(db: &Db) {
    let sql = "DELETE FROM event";
    db.write("test", async move |tx: &mut crate::tx::Tx<'_>| tx.execute(sql, &[]).await)
        .await
        .unwrap();
}

async fn what_a_lock_forbids_is_refused_and_all_else_is_done(db: &Db) {
    // Which flags of the repository, the manifest and the tag each operation needs.
    let needs = [
        ("push", ["w", "", ""]),
        ("push a tag", ["w", "", ""]),
        ("move the tag", ["w", "", "w"]),
        ("push a blob", ["w", "", ""]),
        ("mount into", ["w", "", ""]),
        ("mount from", ["r", "", ""]),
        ("untag", ["dw", "", "dw"]),
        ("delete the manifest", ["dw", "dw", "dw"]),
        ("delete a blob", ["dw", "", ""]),
        ("delete the repository", ["dw", "dw", "dw"]),
    ];
    for (operation, needed) in needs {
        let things = [Locked::Repository, Locked::Manifest, Locked::Tag];
        for (thing, needed) in things.into_iter().zip(needed) {
            for letter in "dwrl".chars() {
                let digest = prepare(db).await;
                let holder = match thing {
                    Locked::Repository => Holder::Repository,
                    Locked::Manifest => Holder::Manifest(digest.clone()),
                    Locked::Tag => Holder::Tag(tag("v1")),
                };
                assert!(set(db, &holder, without(letter)).await);
                let expected = if needed.contains(letter) { Err(thing) } else { Ok(()) };
                let found = attempt(db, operation, &digest).await;
                assert_eq!(found, expected, "{operation}, {thing:?} without {letter}");
                clear(db).await;
            }
        }
    }
}

async fn a_refused_change_changes_nothing(db: &Db) {
    let digest = prepare(db).await;
    assert!(set(db, &Holder::Tag(tag("v1")), without('w')).await);
    for operation in ["move the tag", "untag", "delete the manifest", "delete the repository"] {
        assert_eq!(attempt(db, operation, &digest).await, Err(Locked::Tag), "{operation}");
    }
    let found = db.manifest(&place(), &app(), &"v1".parse().unwrap()).await.unwrap().unwrap();
    assert_eq!(found.info.digest, digest);
    assert_eq!(undispatched(db).await, ["e1"]);
    let record = db.repository_record(&place(), &app()).await.unwrap().unwrap();
    assert_eq!((record.manifest_count, record.tag_count), (1, 1));
}

async fn a_lock_is_seen_by_the_next_read(db: &Db) {
    let digest = prepare(db).await;
    let by_tag: Reference = "v1".parse().unwrap();
    let read = async || {
        // What is read twice is cached where anything is.
        db.manifest(&place(), &app(), &by_tag).await.unwrap();
        let found = db.manifest(&place(), &app(), &by_tag).await.unwrap().unwrap();
        (found.repository, found.manifest, found.tag.unwrap())
    };
    let open = Attributes::UNLOCKED;
    assert_eq!(read().await, (open, open, open));
    let by_digest = Reference::Digest(digest.clone());
    let found = db.manifest(&place(), &app(), &by_digest).await.unwrap().unwrap();
    assert_eq!((found.manifest, found.tag), (open, None));
    set(db, &Holder::Tag(tag("v1")), without('r')).await;
    assert_eq!(read().await, (open, open, without('r')));
    set(db, &Holder::Manifest(digest), without('d')).await;
    assert_eq!(read().await, (open, without('d'), without('r')));
    let found = db.manifest(&place(), &app(), &by_digest).await.unwrap().unwrap();
    assert_eq!(found.manifest, without('d'));
    let blob = async || db.blob(&place(), &app(), &sha256("layer")).await.unwrap().unwrap();
    assert_eq!(blob().await.repository, open);
    set(db, &Holder::Repository, without('l')).await;
    assert_eq!(read().await, (without('l'), without('d'), without('r')));
    assert_eq!(blob().await.repository, without('l'));
    assert_eq!(db.repository_attributes(&place(), &app()).await.unwrap(), without('l'));
}

async fn a_lock_that_is_lifted_is_in_nobodys_way(db: &Db) {
    let digest = prepare(db).await;
    set(db, &Holder::Repository, without('w')).await;
    assert_eq!(attempt(db, "push", &digest).await, Err(Locked::Repository));
    let lift = |before: Attributes| Attributes { is_write_enabled: true, ..before };
    assert!(
        db.set_attributes(&place(), &app(), Holder::Repository, lift, NOW, relocking("lock"))
            .await
            .unwrap()
    );
    assert_eq!(attempt(db, "push", &digest).await, Ok(()));
}

async fn a_lock_and_a_deletion_at_once_do_not_both_win(db: &Db) {
    for race in 0..12 {
        let digest = pushed(db, &format!("{race}"), &["v1"], &format!("e{race}")).await;
        let holder = match race % 3 {
            0 => Holder::Manifest(digest.clone()),
            1 => Holder::Tag(tag("v1")),
            _ => Holder::Repository,
        };
        let announced = event(&format!("deleted {race}"));
        let (is_locked, deletion) = tokio::join!(set(db, &holder, without('d')), async {
            let announce = move |_: &_| announced.clone();
            db.delete_manifest(&place(), &app(), &digest, announce).await.unwrap()
        });
        let by_digest = Reference::Digest(digest);
        let is_there = db.manifest(&place(), &app(), &by_digest).await.unwrap().is_some();
        match deletion {
            // The repository outlives its manifest, and can be locked after that is gone.
            Deletion::Deleted(_) => {
                assert!(!is_there && (!is_locked || holder == Holder::Repository));
            }
            Deletion::Locked(_) => assert!(is_there && is_locked),
            Deletion::Unknown => panic!("it was there"),
        }
        set(db, &holder, Attributes::UNLOCKED).await;
    }
}

async fn a_mount_from_anywhere_takes_nothing_from_what_may_not_be_read(db: &Db) {
    db.commit_blob(blob("layer")).await.unwrap();
    pushed(db, "one", &[], "e1").await;
    assert!(set(db, &Holder::Repository, without('r')).await);
    let mount = Mount {
        place: place(),
        repository: repository("team/target"),
        digest: sha256("layer"),
        sources: None,
        now: NOW,
    };
    assert_eq!(db.mount_blob(mount.clone()).await.unwrap(), MountOutcome::NoSource);
    let source = CommitBlob { repository: repository("team/source"), ..blob("layer") };
    db.commit_blob(source).await.unwrap();
    assert_eq!(db.mount_blob(mount).await.unwrap(), MountOutcome::Mounted);
}

async fn what_is_not_there_has_no_attributes(db: &Db) {
    assert!(!set(db, &Holder::Repository, without('d')).await);
    let digest = pushed(db, "one", &["v1"], "e1").await;
    assert!(!set(db, &Holder::Tag(tag("absent")), without('d')).await);
    assert!(!set(db, &Holder::Manifest(sha256("absent")), without('d')).await);
    assert_eq!(attempt(db, "delete the manifest", &digest).await, Ok(()));
}

async fn what_is_deleted_and_pushed_again_is_not_locked(db: &Db) {
    let digest = prepare(db).await;
    let holders = [Holder::Repository, Holder::Manifest(digest), Holder::Tag(tag("v1"))];
    for holder in &holders {
        set(db, holder, without('r')).await;
    }
    let found = db.manifest(&place(), &app(), &"v1".parse().unwrap()).await.unwrap().unwrap();
    assert_eq!(found.repository, without('r'));
    clear(db).await;
    prepare(db).await;
    let found = db.manifest(&place(), &app(), &"v1".parse().unwrap()).await.unwrap().unwrap();
    let open = Attributes::UNLOCKED;
    assert_eq!((found.repository, found.manifest, found.tag), (open, open, Some(open)));
}
