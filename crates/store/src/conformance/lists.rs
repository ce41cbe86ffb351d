//! Pages of repositories, tags and referrers.

use super::locks::set;
use super::promises;
use super::samples::*;
use crate::db::Db;
use crate::{CommitPush, Holder};
use boathook_core::digest::Digest;
use boathook_core::lock::Attributes;
use boathook_core::name::Place;
use boathook_core::scope::Position;

promises![
    repositories_come_in_byte_order_and_pages,
    repositories_are_found_by_what_they_have,
    tags_come_in_byte_order_and_pages,
    tags_of_an_unknown_repository_are_none,
    tags_of_a_repository_without_tags_are_empty,
    tags_of_a_place_come_by_repository_and_tag_from_one_to_another,
    referrers_come_in_byte_order_and_pages,
    referrers_are_filtered_by_artifact_type,
];

async fn repositories_come_in_byte_order_and_pages(db: &Db) {
    // In a dictionary `-`, `.` and `_` would not count, and `/` would come elsewhere.
    let sorted = ["a", "a-b", "a.b", "a/b", "a0", "a_b", "aa", "b"];
    for (idx, name) in sorted.iter().rev().enumerate() {
        let mut push = push(&artifact("one", &[], None), &[], &format!("e{idx}"));
        push.repository = repository(name);
        db.commit_push(push).await.unwrap();
    }
    assert_eq!(db.repositories(&place(), "", 100).await.unwrap(), sorted);
    assert_eq!(db.repositories(&place(), "", 3).await.unwrap(), sorted[..3]);
    assert_eq!(db.repositories(&place(), "a.b", 3).await.unwrap(), sorted[3..6]);
    assert_eq!(db.repositories(&place(), "a.a", 1).await.unwrap(), ["a.b"]);
    assert!(db.repositories(&place(), "b", 3).await.unwrap().is_empty());
    assert!(db.repositories(&place(), "", 0).await.unwrap().is_empty());
}

async fn repositories_are_found_by_what_they_have(db: &Db) {
    let bytes = artifact("one", &[], None);
    for (idx, (name, tags)) in
        [("b", &["v1", "v2"][..]), ("a/b", &["v1"]), ("c", &["v1"]), ("a", &[])].iter().enumerate()
    {
        let push = push(&bytes, tags, &format!("e{idx}"));
        db.commit_push(CommitPush { repository: repository(name), ..push }).await.unwrap();
    }
    pushed(db, "two", &["v2"], "other").await;
    let hide = |_| Attributes { is_list_enabled: false, ..Attributes::UNLOCKED };
    let holder = Holder::Tag(tag("v1"));
    db.set_attributes(&place(), &repository("c"), holder, hide, NOW, relocking("lock"))
        .await
        .unwrap();
    let names = |names: &[&str]| names.iter().map(|name| repository(name)).collect::<Vec<_>>();
    let of_tag = async |name: &str, limit| {
        db.repositories_of_tag(&place(), &tag(name), limit).await.unwrap()
    };
    assert_eq!(of_tag("v1", 9).await, names(&["a/b", "b"]));
    assert_eq!(of_tag("v1", 1).await, names(&["a/b"]));
    assert_eq!(of_tag("v2", 9).await, names(&["b", "team/app"]));
    assert!(of_tag("V1", 9).await.is_empty());
    let of_manifest = async |place: &Place, limit| {
        db.repositories_of_manifest(place, &digest_of(&bytes), limit).await.unwrap()
    };
    assert_eq!(of_manifest(&place(), 9).await, names(&["a", "a/b", "b", "c"]));
    assert_eq!(of_manifest(&place(), 2).await, names(&["a", "a/b"]));
    let holder = Holder::Repository;
    db.set_attributes(&place(), &repository("b"), holder, hide, NOW, relocking("b")).await.unwrap();
    assert_eq!(of_tag("v1", 9).await, names(&["a/b"]));
    assert_eq!(of_manifest(&place(), 9).await, names(&["a", "a/b", "c"]));
    let holder = Holder::Manifest(digest_of(&bytes));
    db.set_attributes(&place(), &repository("a"), holder, hide, NOW, relocking("a")).await.unwrap();
    assert_eq!(of_manifest(&place(), 9).await, names(&["a/b", "c"]));
    let elsewhere = Place { region: "north".parse().unwrap(), ..place() };
    assert!(of_manifest(&elsewhere, 9).await.is_empty());
}

async fn tags_come_in_byte_order_and_pages(db: &Db) {
    let sorted = ["0", "1.10", "1.9", "A", "Z", "_", "a", "a-b", "a.b", "a_b", "b", "z"];
    pushed(db, "one", &sorted, "e1").await;
    let tags = async |last, limit| db.tags(&place(), &app(), last, limit).await.unwrap().unwrap();
    assert_eq!(tags("", 100).await, sorted);
    assert_eq!(tags("", 4).await, sorted[..4]);
    assert_eq!(tags("Z", 4).await, sorted[5..9]);
    assert_eq!(tags("Y", 1).await, ["Z"]);
    assert!(tags("z", 4).await.is_empty());
    assert!(tags("", 0).await.is_empty());
}

async fn tags_of_an_unknown_repository_are_none(db: &Db) {
    pushed(db, "one", &["v1"], "e1").await;
    let unknown = repository("team/unknown");
    assert_eq!(db.tags(&place(), &unknown, "", 9).await.unwrap(), None);
    assert_eq!(db.tags(&place(), &unknown, "", 0).await.unwrap(), None);
}

async fn tags_of_a_repository_without_tags_are_empty(db: &Db) {
    pushed(db, "one", &[], "e1").await;
    assert_eq!(db.tags(&place(), &app(), "", 9).await.unwrap(), Some(Vec::new()));
}

async fn tags_of_a_place_come_by_repository_and_tag_from_one_to_another(db: &Db) {
    let sorted = [
        ("a", "0"),
        ("a", "Z"),
        ("a", "a"),
        ("a-b", "v1"),
        ("a/b", "1.10"),
        ("a/b", "1.9"),
        ("b", "_"),
        ("team/app", "v1"),
    ];
    for (idx, (name, tag)) in sorted.iter().rev().enumerate() {
        let mut push = push(&artifact("one", &[], None), &[tag], &format!("e{idx}"));
        push.repository = repository(name);
        db.commit_push(push).await.unwrap();
    }
    // Lists do not show these, and they are there all the same.
    let unlisted = Attributes { is_list_enabled: false, ..Attributes::default() };
    for holder in [Holder::Tag(tag("v1")), Holder::Repository] {
        assert!(set(db, &holder, unlisted).await);
    }
    let at =
        |(name, tag): (&str, &str)| Position { repository: name.to_owned(), tag: tag.to_owned() };
    let between = async |first, last, limit| {
        db.tags_between(&place(), &at(first), &at(last), limit).await.unwrap()
    };
    let all: Vec<_> = sorted.into_iter().map(at).collect();
    assert_eq!(between(("", ""), ("~", "~"), 99).await, all);
    assert_eq!(between(("", ""), ("~", "~"), 3).await, all[..3]);
    assert_eq!(between(("a", "Z"), ("a/b", "1.10"), 99).await, all[1..5]);
    assert_eq!(between(("a", "~"), ("~", "~"), 2).await, all[3..5]);
    assert_eq!(between(("a", ""), ("a", "~"), 99).await, all[..3]);
    assert_eq!(between(("a", "Z"), ("a", "Z"), 99).await, all[1..2]);
    assert!(between(("a", "b"), ("a", "c"), 99).await.is_empty());
    let elsewhere = Place { region: "north".parse().unwrap(), ..place() };
    let found = db.tags_between(&elsewhere, &at(("", "")), &at(("~", "~")), 99).await.unwrap();
    assert!(found.is_empty());
}

/// Pushes manifests about `subject` and gives their digests, sorted.
async fn refer(db: &Db, subject: &Digest, kinds: &[&str]) -> Vec<Digest> {
    let mut digests = Vec::new();
    for (idx, kind) in kinds.iter().enumerate() {
        let bytes = artifact(&format!("about {idx}"), &[], Some((subject, kind)));
        db.commit_push(push(&bytes, &[], &format!("r{idx}"))).await.unwrap();
        digests.push(digest_of(&bytes));
    }
    digests.sort();
    digests
}

async fn referrers_come_in_byte_order_and_pages(db: &Db) {
    // A subject need not be there.
    let subject = sha256("absent");
    let all = refer(db, &subject, &["sbom"; 5]).await;
    let page = async |last: &str, limit| -> Vec<Digest> {
        let rows =
            db.referrers(&place(), &app(), &subject, &of_type(None), last, limit).await.unwrap();
        rows.into_iter().map(|row| row.digest).collect()
    };
    assert_eq!(page("", 100).await, all);
    assert_eq!(page("", 2).await, all[..2]);
    assert_eq!(page(all[1].as_str(), 2).await, all[2..4]);
    assert!(page(all[4].as_str(), 2).await.is_empty());
    let other = sha256("other");
    assert!(
        db.referrers(&place(), &app(), &other, &of_type(None), "", 9).await.unwrap().is_empty()
    );
}

async fn referrers_are_filtered_by_artifact_type(db: &Db) {
    let subject = sha256("absent");
    refer(db, &subject, &["sbom", "signature", "sbom"]).await;
    let of = async |kind| {
        db.referrers(&place(), &app(), &subject, &of_type(Some(kind)), "", 9).await.unwrap()
    };
    assert_eq!(of("sbom").await.len(), 2);
    assert!(of("absent").await.is_empty());
    let signature = of("signature").await.remove(0);
    assert_eq!(signature.artifact_type.as_deref(), Some("signature"));
    assert_eq!(signature.annotations.as_deref(), Some(r#"{"name":"about 1"}"#));
    assert_eq!(signature.media_type, boathook_core::media_type::OCI_ARTIFACT);
    assert_eq!(
        signature.size,
        artifact("about 1", &[], Some((&subject, "signature"))).len() as u64
    );
}
