//! Manifests without a tag go when their days are over, where the registry's policy says so.

use super::identities::audit;
use super::locks::set;
use super::promises;
use super::samples::*;
use crate::db::Db;
use crate::guard::Guard;
use crate::row::params;
use crate::tx::Tx;
use crate::{
    CommitPush, DeleteRegistry, Deletion, Holder, PushOutcome, Put, RETIRED_MAX, RegistryStanding,
    Restore, RestoreOutcome, Retired, Untagging, WebhookRow,
};
use boathook_core::digest::Digest;
use boathook_core::event::ExtraAction;
use boathook_core::lock::Attributes;
use boathook_core::name::Reference;
use boathook_core::policy::Asked;
use boathook_core::quota::Sku;
use boathook_core::time::Timestamp;
use bytes::Bytes;

promises![
    a_manifest_goes_when_its_days_without_a_tag_are_over_and_nobody_is_told,
    whoever_asks_is_told_of_what_goes,
    a_tag_that_was_removed_counts_like_one_that_moved_on,
    a_manifest_that_has_a_tag_again_stays_and_counts_anew_when_that_leaves,
    another_tag_keeps_a_manifest,
    what_lost_its_tag_before_the_policy_was_enabled_stays,
    without_the_policy_nothing_goes_and_nothing_is_noted,
    more_days_count_at_once_and_fewer_for_what_comes,
    what_comes_without_a_tag_has_an_hour_at_least,
    what_an_index_needs_goes_with_the_index_and_not_before,
    what_an_index_needed_has_its_days_when_somebody_deletes_the_index,
    what_has_its_days_keeps_them_when_its_index_goes,
    what_is_tagged_again_has_the_days_of_the_next_time,
    a_step_ends_where_much_has_gone,
    what_is_about_a_manifest_goes_with_it_and_not_before,
    what_is_about_a_manifest_that_comes_back_stays,
    what_is_locked_stays_and_is_looked_at_again_a_day_later,
    what_is_restored_without_a_tag_has_its_days,
    a_step_looks_at_no_more_than_it_may,
    the_notes_of_a_registry_that_goes_are_in_nobodys_way,
];

const HOUR_MS: i64 = 60 * 60 * 1_000;
const DAY_MS: i64 = 24 * HOUR_MS;

fn at(after_ms: i64) -> Timestamp {
    Timestamp(NOW.0 + after_ms)
}

/// Sets for how many days the registry keeps untagged manifests; `None` where it keeps all.
async fn retain(db: &Db, days: Option<i64>, now: Timestamp) {
    let decide = move |standing: RegistryStanding<'_>| {
        let mut row = standing.before.cloned().ok_or(())?;
        let retention = Some(if days.is_some() { "enabled" } else { "disabled" });
        let asked = Asked { retention, retention_days: days, ..Asked::default() };
        let policies = &mut row.settings.policies;
        *policies = policies.changed(&asked, Sku::Premium, now).map_err(|_| ())?;
        Ok(row)
    };
    let (name, group) = (place().registry, "group".parse().unwrap());
    let put = db.put_registry(&name, &group, decide, Vec::new(), audit("policy")).await.unwrap();
    assert!(matches!(put, Put::<_, ()>::Updated(_)));
}

async fn store(db: &Db, bytes: &Bytes, tags: &[&str], event_id: &str, now: Timestamp) -> Digest {
    let push = CommitPush { now, ..push(bytes, tags, event_id) };
    assert_eq!(db.commit_push(push).await.unwrap(), PushOutcome::Stored);
    digest_of(bytes)
}

/// Pushes a manifest with the tag `v1`, which another one takes over.
async fn untagged(db: &Db, name: &str, now: Timestamp) -> Digest {
    let digest = store(db, &artifact(name, &[], None), &["v1"], &format!("{name} 1"), now).await;
    store(db, &artifact("next", &[], None), &["v1"], &format!("{name} 2"), now).await;
    digest
}

async fn untag(db: &Db, name: &str, now: Timestamp) {
    let removed = db.delete_tag(&place(), &app(), &tag(name), now, untagging("untag")).await;
    assert_eq!(removed.unwrap(), Untagging::Removed);
}

/// Takes steps as long as there is something to look at; says how many manifests went.
async fn retire(db: &Db, now: Timestamp) -> usize {
    let mut gone = 0;
    loop {
        let retired = db.retire_untagged(now, purging).await.unwrap();
        gone += retired.gone;
        if retired.seen == 0 {
            return gone;
        }
    }
}

async fn is_there(db: &Db, digest: &Digest) -> bool {
    let reference = Reference::Digest(digest.clone());
    db.manifest(&place(), &app(), &reference).await.unwrap().is_some()
}

async fn delete(db: &Db, digest: &Digest) {
    let deletion = db.delete_manifest(&place(), &app(), digest, announcing("deleted")).await;
    assert!(matches!(deletion.unwrap(), Deletion::Deleted(_)));
}

async fn a_manifest_goes_when_its_days_without_a_tag_are_over_and_nobody_is_told(db: &Db) {
    retain(db, Some(7), NOW).await;
    db.commit_blob(blob("layer")).await.unwrap();
    let bytes = artifact("one", &["layer"], None);
    let one = store(db, &bytes, &["v1"], "e1", NOW).await;
    let two = store(db, &artifact("two", &[], None), &["v1"], "e2", at(DAY_MS)).await;
    assert_eq!(retire(db, at(8 * DAY_MS - 1)).await, 0);
    assert!(is_there(db, &one).await);
    assert_eq!(retire(db, at(8 * DAY_MS)).await, 1);
    assert!(!is_there(db, &one).await && is_there(db, &two).await);
    assert_eq!(undispatched(db).await, ["e1", "e2"]);
    let record = db.repository_record(&place(), &app()).await.unwrap().unwrap();
    assert_eq!((record.manifest_count, record.tag_count), (1, 1));
    // What it needed is of no use any more.
    let idle = db.idle_links(&place(), at(8 * DAY_MS), None).await.unwrap();
    assert_eq!(idle.blobs.len(), 1);
    assert_eq!(db.retire_untagged(at(900 * DAY_MS), purging).await.unwrap(), Retired::default());
}

async fn whoever_asks_is_told_of_what_goes(db: &Db) {
    let asking = WebhookRow { extra_actions: [ExtraAction::Purge].into(), ..webhook("asking") };
    put(db, &asking).await;
    retain(db, Some(7), NOW).await;
    let one = untagged(db, "one", NOW).await;
    assert_eq!(retire(db, at(7 * DAY_MS)).await, 1);
    let told = db.undispatched(9).await.unwrap().pop().unwrap();
    assert_eq!(told.id.as_str(), format!("purge {one}"));
    assert!(told.body.starts_with(b"retentionPolicy application/"));
}

async fn a_tag_that_was_removed_counts_like_one_that_moved_on(db: &Db) {
    retain(db, Some(3), NOW).await;
    let one = pushed(db, "one", &["v1"], "e1").await;
    untag(db, "v1", at(DAY_MS)).await;
    assert_eq!(retire(db, at(4 * DAY_MS - 1)).await, 0);
    assert_eq!(retire(db, at(4 * DAY_MS)).await, 1);
    assert!(!is_there(db, &one).await);
}

async fn a_manifest_that_has_a_tag_again_stays_and_counts_anew_when_that_leaves(db: &Db) {
    retain(db, Some(7), NOW).await;
    let bytes = artifact("one", &[], None);
    let one = store(db, &bytes, &["v1"], "e1", NOW).await;
    untag(db, "v1", NOW).await;
    store(db, &bytes, &["v2"], "e2", at(6 * DAY_MS)).await;
    assert_eq!(retire(db, at(7 * DAY_MS)).await, 0);
    untag(db, "v2", at(8 * DAY_MS)).await;
    assert_eq!(retire(db, at(15 * DAY_MS - 1)).await, 0);
    assert!(is_there(db, &one).await);
    assert_eq!(retire(db, at(15 * DAY_MS)).await, 1);
}

async fn another_tag_keeps_a_manifest(db: &Db) {
    retain(db, Some(0), NOW).await;
    pushed(db, "one", &["v1", "v2"], "e1").await;
    pushed(db, "two", &["v1"], "e2").await;
    assert_eq!(
        db.retire_untagged(NOW, purging).await.unwrap(),
        Retired::default(),
        "it was not noted"
    );
    untag(db, "v2", NOW).await;
    assert_eq!(retire(db, NOW).await, 1);
}

async fn what_lost_its_tag_before_the_policy_was_enabled_stays(db: &Db) {
    let before = untagged(db, "before", NOW).await;
    retain(db, Some(1), at(1)).await;
    let during = untagged(db, "during", at(2)).await;
    retain(db, None, at(3)).await;
    let between = untagged(db, "between", at(4)).await;
    retain(db, Some(1), at(5)).await;
    let after = untagged(db, "after", at(6)).await;
    assert_eq!(retire(db, at(90 * DAY_MS)).await, 1);
    for kept in [before, during, between] {
        assert!(is_there(db, &kept).await);
    }
    assert!(!is_there(db, &after).await);
}

async fn without_the_policy_nothing_goes_and_nothing_is_noted(db: &Db) {
    untagged(db, "one", NOW).await;
    pushed(db, "two", &[], "e3").await;
    assert_eq!(db.retire_untagged(at(900 * DAY_MS), purging).await.unwrap(), Retired::default());
    retain(db, Some(1), NOW).await;
    let three = untagged(db, "three", NOW).await;
    retain(db, None, NOW).await;
    let retired = db.retire_untagged(at(DAY_MS), purging).await.unwrap();
    assert_eq!(retired, Retired { seen: 2, gone: 0 }, "it, and what it took the tag from");
    assert!(is_there(db, &three).await);
}

async fn more_days_count_at_once_and_fewer_for_what_comes(db: &Db) {
    retain(db, Some(7), NOW).await;
    untagged(db, "one", NOW).await;
    retain(db, Some(10), NOW).await;
    assert_eq!(retire(db, at(10 * DAY_MS - 1)).await, 0);
    retain(db, Some(2), at(9 * DAY_MS)).await;
    assert_eq!(retire(db, at(10 * DAY_MS - 1)).await, 0, "it has been told ten");
    untagged(db, "two", at(9 * DAY_MS)).await;
    assert_eq!(retire(db, at(10 * DAY_MS)).await, 1);
    assert_eq!(retire(db, at(11 * DAY_MS)).await, 1);
}

async fn what_comes_without_a_tag_has_an_hour_at_least(db: &Db) {
    retain(db, Some(0), NOW).await;
    let bytes = artifact("one", &[], None);
    store(db, &bytes, &[], "e1", NOW).await;
    assert_eq!(retire(db, at(HOUR_MS - 1)).await, 0);
    store(db, &bytes, &[], "e2", at(HOUR_MS - 1)).await;
    assert_eq!(retire(db, at(2 * HOUR_MS - 2)).await, 0, "whoever pushes it needs it");
    assert_eq!(retire(db, at(2 * HOUR_MS - 1)).await, 1);
    untagged(db, "two", NOW).await;
    assert_eq!(retire(db, NOW).await, 1);
}

/// Pushes an index of two images, which have no tags of their own.
async fn indexed(db: &Db, now: Timestamp) -> (Digest, [Digest; 2]) {
    let images = ["one", "two"].map(|name| artifact(name, &[], None));
    let mut digests = Vec::new();
    for image in &images {
        digests.push(store(db, image, &[], "image", now).await);
    }
    let index = store(db, &index(&[&images[0], &images[1]]), &["v1"], "index", now).await;
    (index, digests.try_into().unwrap())
}

async fn what_an_index_needs_goes_with_the_index_and_not_before(db: &Db) {
    retain(db, Some(7), NOW).await;
    let (index, images) = indexed(db, NOW).await;
    assert_eq!(retire(db, at(30 * DAY_MS)).await, 0);
    untag(db, "v1", at(30 * DAY_MS)).await;
    assert_eq!(retire(db, at(37 * DAY_MS - 1)).await, 0);
    assert_eq!(retire(db, at(37 * DAY_MS)).await, 3);
    for gone in images.iter().chain([&index]) {
        assert!(!is_there(db, gone).await);
    }
}

async fn what_an_index_needed_has_its_days_when_somebody_deletes_the_index(db: &Db) {
    retain(db, Some(7), NOW).await;
    let (index, images) = indexed(db, NOW).await;
    assert_eq!(retire(db, at(7 * DAY_MS)).await, 0);
    // The sample announces it at this time.
    delete(db, &index).await;
    assert_eq!(retire(db, at(7 * DAY_MS - 1)).await, 0);
    assert!(is_there(db, &images[0]).await);
    assert_eq!(retire(db, at(7 * DAY_MS)).await, 2);
    assert_eq!(undispatched(db).await.last().unwrap(), "index");
}

async fn what_has_its_days_keeps_them_when_its_index_goes(db: &Db) {
    retain(db, Some(7), NOW).await;
    let (_, images) = indexed(db, NOW).await;
    store(db, &artifact("one", &[], None), &["own"], "tagged", NOW).await;
    assert!(is_there(db, &images[0]).await);
    untag(db, "v1", NOW).await;
    untag(db, "own", at(6 * DAY_MS)).await;
    assert_eq!(retire(db, at(13 * DAY_MS - 1)).await, 2);
    assert!(is_there(db, &images[0]).await);
    assert_eq!(retire(db, at(13 * DAY_MS)).await, 1);
}

async fn a_step_ends_where_much_has_gone(db: &Db) {
    retain(db, Some(0), NOW).await;
    for name in ["one", "two"] {
        untagged(db, name, NOW).await;
    }
    db.write("test", async move |tx: &mut Tx<'_>| {
        tx.execute("UPDATE manifest SET size = 4000000", params![]).await
    })
    .await
    .unwrap();
    let step = async || db.retire_untagged(at(DAY_MS), purging).await.unwrap();
    assert_eq!(step().await.gone, 1);
    assert_eq!(step().await.gone, 1);
}

async fn what_is_tagged_again_has_the_days_of_the_next_time(db: &Db) {
    retain(db, Some(90), NOW).await;
    let bytes = artifact("one", &[], None);
    let one = store(db, &bytes, &["v1"], "e1", NOW).await;
    untag(db, "v1", NOW).await;
    retain(db, Some(7), NOW).await;
    store(db, &bytes, &["v1"], "e2", at(DAY_MS)).await;
    untag(db, "v1", at(2 * DAY_MS)).await;
    assert_eq!(retire(db, at(9 * DAY_MS - 1)).await, 0);
    assert_eq!(retire(db, at(9 * DAY_MS)).await, 1);
    assert!(!is_there(db, &one).await);
}

/// Pushes more manifests about one than are noted in one step.
async fn signed(db: &Db) -> (Digest, Vec<Digest>) {
    let bytes = artifact("signed", &[], None);
    let signed = store(db, &bytes, &["v1"], "signed", NOW).await;
    let mut signatures = Vec::new();
    for number in 0..120 {
        let name = format!("signature {number:03}");
        let bytes = artifact(&name, &[], Some((&signed, "application/vnd.example.signature")));
        signatures.push(store(db, &bytes, &[], &name, NOW).await);
    }
    (signed, signatures)
}

async fn what_is_about_a_manifest_goes_with_it_and_not_before(db: &Db) {
    retain(db, Some(1), NOW).await;
    let (signed, signatures) = signed(db).await;
    assert_eq!(retire(db, at(30 * DAY_MS)).await, 0);
    untag(db, "v1", at(30 * DAY_MS)).await;
    assert_eq!(retire(db, at(31 * DAY_MS)).await, 121);
    assert!(!is_there(db, &signed).await && !is_there(db, &signatures[119]).await);
    assert_eq!(db.retire_untagged(at(99 * DAY_MS), purging).await.unwrap(), Retired::default());
}

async fn what_is_about_a_manifest_that_comes_back_stays(db: &Db) {
    retain(db, Some(1), NOW).await;
    let (signed, signatures) = signed(db).await;
    assert_eq!(retire(db, at(DAY_MS)).await, 0);
    delete(db, &signed).await;
    store(db, &artifact("signed", &[], None), &["v1"], "again", at(DAY_MS)).await;
    assert_eq!(retire(db, at(30 * DAY_MS)).await, 0);
    assert!(is_there(db, &signatures[0]).await);
}

async fn what_is_locked_stays_and_is_looked_at_again_a_day_later(db: &Db) {
    retain(db, Some(1), NOW).await;
    let one = untagged(db, "one", NOW).await;
    let undeletable = Attributes { is_delete_enabled: false, ..Attributes::UNLOCKED };
    let unwritable = Attributes { is_write_enabled: false, ..Attributes::UNLOCKED };
    let mut now = DAY_MS;
    for holder in [Holder::Manifest(one.clone()), Holder::Repository] {
        for attributes in [undeletable, unwritable] {
            assert!(set(db, &holder, attributes).await);
            assert_eq!(retire(db, at(now)).await, 0, "{holder:?}: {attributes:?}");
            now += DAY_MS;
        }
        assert!(set(db, &holder, Attributes::UNLOCKED).await);
    }
    assert_eq!(retire(db, at(now - 1)).await, 0);
    assert_eq!(retire(db, at(now)).await, 1);
    assert!(!is_there(db, &one).await);
}

async fn what_is_restored_without_a_tag_has_its_days(db: &Db) {
    let keep = async |status: &'static str| {
        let decide = move |standing: RegistryStanding<'_>| {
            let mut row = standing.before.cloned().ok_or(())?;
            let asked = Asked { soft_delete: Some(status), ..Asked::default() };
            let policies = &mut row.settings.policies;
            *policies = policies.changed(&asked, Sku::Premium, NOW).map_err(|_| ())?;
            Ok(row)
        };
        let (name, group) = (place().registry, "group".parse().unwrap());
        let put = db.put_registry(&name, &group, decide, Vec::new(), audit("policy"));
        assert!(matches!(put.await.unwrap(), Put::<_, ()>::Updated(_)));
    };
    keep("enabled").await;
    let (index, images) = indexed(db, NOW).await;
    delete(db, &index).await;
    keep("disabled").await;
    retain(db, Some(7), NOW).await;
    let restore = Restore {
        place: place(),
        repository: app(),
        digest: index,
        tag: None,
        is_forced: false,
        now: at(DAY_MS),
    };
    assert_eq!(db.restore(restore).await.unwrap(), RestoreOutcome::Restored);
    assert_eq!(retire(db, at(8 * DAY_MS - 1)).await, 0);
    assert_eq!(retire(db, at(8 * DAY_MS)).await, 3);
    assert!(!is_there(db, &images[0]).await);
}

async fn a_step_looks_at_no_more_than_it_may(db: &Db) {
    retain(db, Some(1), NOW).await;
    for number in 0..=RETIRED_MAX {
        pushed(db, &format!("{number}"), &[], &format!("e{number}")).await;
    }
    let retired = db.retire_untagged(at(DAY_MS), purging).await.unwrap();
    assert_eq!(retired, Retired { seen: RETIRED_MAX, gone: RETIRED_MAX });
    let retired = db.retire_untagged(at(DAY_MS), purging).await.unwrap();
    assert_eq!(retired, Retired { seen: 1, gone: 1 });
}

async fn the_notes_of_a_registry_that_goes_are_in_nobodys_way(db: &Db) {
    retain(db, Some(1), NOW).await;
    let one = untagged(db, "one", NOW).await;
    let deletion = DeleteRegistry {
        name: place().registry,
        operation: None,
        guard: Guard::open(),
        entry: audit("deletion"),
        within: None,
        is_default: false,
        now: NOW,
    };
    db.delete_registry(deletion).await.unwrap();
    let retired = db.retire_untagged(at(DAY_MS), purging).await.unwrap();
    assert_eq!(retired, Retired { seen: 1, gone: 0 });
    assert!(is_there(db, &one).await, "it goes with the registry");
    assert_eq!(db.retire_untagged(at(DAY_MS), purging).await.unwrap(), Retired::default());
}
