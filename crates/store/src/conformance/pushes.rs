//! Manifests come in.

use super::promises;
use super::samples::*;
use crate::db::Db;
use crate::faults::Moment;
use crate::{CommitPush, PushOutcome};
use boathook_core::manifest::ReferenceKind;
use boathook_core::name::Reference;
use futures_util::future::join_all;

promises![
    a_push_is_seen_by_tag_and_by_digest,
    a_push_that_refers_to_what_is_not_there_changes_nothing,
    a_push_whose_sizes_differ_is_refused,
    a_push_and_its_event_are_one_step,
    an_event_is_read_as_it_was_written,
    an_index_needs_its_manifests,
    pushes_of_one_tag_by_racing_writers_leave_one_tag_and_every_event,
    concurrent_pushes_of_the_same_content_both_succeed,
    a_manifest_keeps_the_type_that_it_was_first_pushed_with,
];

async fn a_push_is_seen_by_tag_and_by_digest(db: &Db) {
    let digest = pushed(db, "one", &["v1", "latest"], "e1").await;
    for reference in ["v1", "latest", digest.as_str()] {
        let found = db.manifest(&place(), &app(), &reference.parse().unwrap()).await.unwrap();
        let found = found.unwrap();
        assert_eq!(found.info.digest, digest);
        assert_eq!(found.info.bytes, artifact("one", &[], None));
        assert_eq!(found.info.media_type, boathook_core::media_type::OCI_ARTIFACT);
    }
    let other = repository("team/other");
    assert!(db.manifest(&place(), &other, &Reference::Digest(digest)).await.unwrap().is_none());
}

async fn a_push_that_refers_to_what_is_not_there_changes_nothing(db: &Db) {
    let bytes = artifact("one", &["there", "absent"], None);
    db.commit_blob(blob("there")).await.unwrap();
    let outcome = db.commit_push(push(&bytes, &["v1"], "e1")).await.unwrap();
    let PushOutcome::Missing(missing) = outcome else { panic!("{outcome:?}") };
    assert_eq!((missing.kind, missing.digest), (ReferenceKind::Blob, sha256("absent")));
    assert!(db.repositories(&place(), "", 9).await.unwrap().is_empty());
    assert!(db.manifest(&place(), &app(), &"v1".parse().unwrap()).await.unwrap().is_none());
    assert!(undispatched(db).await.is_empty());
}

async fn a_push_whose_sizes_differ_is_refused(db: &Db) {
    db.commit_blob(blob("layer")).await.unwrap();
    let mut lying = push(&artifact("one", &["layer"], None), &["v1"], "e1");
    lying.manifest.references[0].size += 1;
    let reference = lying.manifest.references[0].clone();
    let outcome = db.commit_push(lying).await.unwrap();
    assert_eq!(outcome, PushOutcome::SizeDiffers { reference, size: 5 });
    assert!(undispatched(db).await.is_empty());
}

async fn a_push_and_its_event_are_one_step(db: &Db) {
    let bytes = artifact("one", &[], None);
    db.faults().plan(1, Moment::BeforeCommit);
    db.commit_push(push(&bytes, &["v1"], "e1")).await.unwrap_err();
    assert!(db.manifest(&place(), &app(), &"v1".parse().unwrap()).await.unwrap().is_none());
    assert!(undispatched(db).await.is_empty());
    db.commit_push(push(&bytes, &["v1"], "e1")).await.unwrap();
    assert!(db.manifest(&place(), &app(), &"v1".parse().unwrap()).await.unwrap().is_some());
    assert_eq!(undispatched(db).await, ["e1"]);
}

async fn an_event_is_read_as_it_was_written(db: &Db) {
    let written = event("e1");
    let bytes = artifact("one", &[], None);
    let push = CommitPush { events: vec![written.clone()], ..push(&bytes, &[], "e1") };
    db.commit_push(push).await.unwrap();
    let read = db.undispatched(9).await.unwrap().remove(0);
    assert_eq!((read.id, read.place, read.action), (written.id, written.place, written.action));
    assert_eq!((read.repository.as_str(), read.tags), ("team/app", vec!["v1".to_owned()]));
    assert_eq!((read.body, read.at), (written.body, written.at));
}

async fn an_index_needs_its_manifests(db: &Db) {
    let inner = artifact("inner", &[], None);
    let outer = index(&[&inner]);
    let outcome = db.commit_push(push(&outer, &["v1"], "e1")).await.unwrap();
    let PushOutcome::Missing(missing) = outcome else { panic!("{outcome:?}") };
    assert_eq!((missing.kind, missing.digest), (ReferenceKind::Manifest, digest_of(&inner)));
    db.commit_push(push(&inner, &[], "e2")).await.unwrap();
    let outcome = db.commit_push(push(&outer, &["v1"], "e3")).await.unwrap();
    assert_eq!(outcome, PushOutcome::Stored);
}

async fn pushes_of_one_tag_by_racing_writers_leave_one_tag_and_every_event(db: &Db) {
    let writers = (0..8).map(async |writer| {
        for turn in 0..5 {
            let name = format!("{writer}-{turn}");
            pushed(db, &name, &["v1"], &name).await;
        }
    });
    join_all(writers).await;
    assert_eq!(undispatched(db).await.len(), 40);
    assert_eq!(db.tags(&place(), &app(), "", 9).await.unwrap().unwrap(), ["v1"]);
    let last = pushed(db, "last", &["v1"], "last").await;
    let found = db.manifest(&place(), &app(), &"v1".parse().unwrap()).await.unwrap().unwrap();
    assert_eq!(found.info.digest, last);
}

async fn concurrent_pushes_of_the_same_content_both_succeed(db: &Db) {
    let bytes = artifact("one", &["layer"], None);
    let bytes = &bytes;
    let pushers = (0..6).map(async |pusher| {
        db.commit_blob(blob("layer")).await.unwrap();
        db.commit_push(push(bytes, &["v1"], &format!("e{pusher}"))).await.unwrap()
    });
    for outcome in join_all(pushers).await {
        assert_eq!(outcome, PushOutcome::Stored);
    }
    assert_eq!(undispatched(db).await.len(), 6);
}

async fn a_manifest_keeps_the_type_that_it_was_first_pushed_with(db: &Db) {
    let bytes = artifact("one", &[], None);
    db.commit_push(push(&bytes, &["v1"], "e1")).await.unwrap();
    let mut again = push(&bytes, &["v2"], "e2");
    let first = std::mem::replace(&mut again.manifest.media_type, "application/x-other".to_owned());
    let outcome = db.commit_push(again).await.unwrap();
    assert_eq!(outcome, PushOutcome::OtherType(first.clone()));
    assert!(db.manifest(&place(), &app(), &"v2".parse().unwrap()).await.unwrap().is_none());
    assert_eq!(undispatched(db).await, ["e1"], "nothing was changed");
    let found = db.manifest(&place(), &app(), &"v1".parse().unwrap()).await.unwrap().unwrap();
    assert_eq!(found.info.media_type, first);
}
