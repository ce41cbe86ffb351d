//! What is known of repositories, tags and manifests beside their content.

use super::locks::set;
use super::promises;
use super::samples::*;
use crate::db::Db;
use crate::row::params;
use crate::tx::Tx;
use crate::{
    After, CommitPush, Holder, Order, PageOf, RepositoryRow, SEVERAL_MAX, TAGS_MAX, TagRow,
};
use boathook_core::digest::Digest;
use boathook_core::lock::Attributes;
use boathook_core::manifest::Platform;
use boathook_core::media_type;
use boathook_core::time::Timestamp;
use bytes::Bytes;
use serde_json::json;

promises![
    a_repository_counts_what_it_has,
    several_things_are_asked_about_at_once,
    a_tag_says_when_it_was_made_and_moved,
    who_pushed_is_known_of_manifests_and_tags,
    an_image_says_what_it_is_for_and_how_large_it_is,
    an_index_says_what_its_manifests_are_for,
    tags_come_in_any_order_and_in_pages,
    the_tags_of_one_manifest_come_in_any_order,
    a_page_goes_on_where_an_entry_stood_that_is_gone,
    manifests_come_in_any_order_and_in_pages,
    what_is_not_listed_is_in_no_list,
    a_page_of_manifests_has_no_more_tags_than_it_may,
    there_is_no_page_of_what_is_not_there,
];

const HIDDEN: Attributes = Attributes { is_list_enabled: false, ..Attributes::UNLOCKED };

/// Pushes an artifact without blobs at a time of its own.
async fn pushed_at(db: &Db, name: &str, tags: &[&str], now_ms: i64) -> Digest {
    let bytes = artifact(name, &[], None);
    let push = push(&bytes, tags, &format!("{name} {now_ms} {tags:?}"));
    db.commit_push(CommitPush { now: Timestamp(now_ms), ..push }).await.unwrap();
    digest_of(&bytes)
}

async fn repository_row(db: &Db) -> RepositoryRow {
    db.repository_record(&place(), &app()).await.unwrap().unwrap()
}

async fn a_repository_counts_what_it_has(db: &Db) {
    assert_eq!(db.repository_record(&place(), &app()).await.unwrap(), None);
    let check = async |manifest_count, tag_count, updated_ms| {
        let expected = RepositoryRow {
            created: Timestamp(1),
            updated: Timestamp(updated_ms),
            manifest_count,
            tag_count,
            attributes: Attributes::UNLOCKED,
        };
        assert_eq!(repository_row(db).await, expected);
    };
    let one = pushed_at(db, "one", &["v1", "v2"], 1).await;
    check(1, 2, 1).await;
    pushed_at(db, "two", &["v2", "v3"], 2).await;
    check(2, 3, 2).await;
    pushed_at(db, "two", &["v2"], 3).await;
    check(2, 3, 3).await;
    db.delete_tag(&place(), &app(), &tag("v3"), Timestamp(4), untagging("untag")).await.unwrap();
    check(2, 2, 4).await;
    let gone = move |_: &_| crate::NewEvent { at: Timestamp(5), ..event("gone") };
    db.delete_manifest(&place(), &app(), &one, gone).await.unwrap();
    check(1, 1, 5).await;
    let now = Timestamp(6);
    let same = |before| before;
    assert!(
        db.set_attributes(&place(), &app(), Holder::Repository, same, now, relocking("lock"))
            .await
            .unwrap()
    );
    check(1, 1, 6).await;
}

async fn several_things_are_asked_about_at_once(db: &Db) {
    let one = pushed_at(db, "one", &["v1", "v2"], 1).await;
    let two = pushed_at(db, "two", &["v3"], 2).await;
    let (absent, other) = (repository("absent"), repository("other"));
    let bytes = artifact("three", &[], None);
    let elsewhere = CommitPush { repository: other.clone(), ..push(&bytes, &["v1"], "three") };
    db.commit_push(elsewhere).await.unwrap();
    let asked = [app(), absent.clone(), other.clone()];
    let found = db.repository_records(&place(), &asked).await.unwrap();
    assert_eq!(found.len(), 2);
    for name in [app(), other.clone()] {
        let alone = db.repository_record(&place(), &name).await.unwrap().unwrap();
        assert_eq!(found[&name], alone);
        let asked = vec![name.clone(); SEVERAL_MAX];
        let again = db.repository_records(&place(), &asked).await.unwrap();
        assert_eq!(again.into_iter().collect::<Vec<_>>(), [(name, alone)]);
    }
    for none in [&[][..], &[absent]] {
        assert!(db.repository_records(&place(), none).await.unwrap().is_empty());
    }
    let asked = [one.clone(), two.clone(), sha256("absent")];
    let sizes = db.image_sizes(&place(), &app(), &asked).await.unwrap();
    assert_eq!(sizes.len(), 2);
    for digest in [one, two] {
        let alone = db.manifest_record(&place(), &app(), &digest).await.unwrap().unwrap();
        assert_eq!(sizes[&digest], alone.image_size);
        assert!(db.image_sizes(&place(), &other, &[digest]).await.unwrap().is_empty());
    }
    assert!(db.image_sizes(&place(), &app(), &[]).await.unwrap().is_empty());
}

async fn a_tag_says_when_it_was_made_and_moved(db: &Db) {
    pushed_at(db, "one", &["v1"], 1).await;
    let two = pushed_at(db, "two", &["v1"], 2).await;
    let expected = TagRow {
        quarantine: None,
        name: tag("v1"),
        digest: two,
        created: Timestamp(1),
        updated: Timestamp(2),
        pushed_by: Some("pusher".to_owned()),
        attributes: Attributes::UNLOCKED,
    };
    let found = db.tag_record(&place(), &app(), &tag("v1")).await.unwrap();
    assert_eq!(found.as_ref(), Some(&expected));
    let hide = |_| HIDDEN;
    let holder = Holder::Tag(tag("v1"));
    db.set_attributes(&place(), &app(), holder, hide, Timestamp(3), relocking("lock"))
        .await
        .unwrap();
    let expected = TagRow { updated: Timestamp(3), attributes: HIDDEN, ..expected };
    assert_eq!(db.tag_record(&place(), &app(), &tag("v1")).await.unwrap(), Some(expected));
    assert_eq!(db.tag_record(&place(), &app(), &tag("absent")).await.unwrap(), None);
}

const CONFIG: &str = r#"{"architecture":"arm64","os":"linux"}"#;

/// An image of one layer.
fn image() -> Bytes {
    let part = |media_type: &str, content: &str| json!({ "mediaType": media_type, "digest": sha256(content).as_str(), "size": content.len() });
    json!({
        "schemaVersion": 2,
        "mediaType": media_type::OCI_MANIFEST,
        "config": part("application/vnd.oci.image.config.v1+json", CONFIG),
        "layers": [part("application/octet-stream", "layer")],
    })
    .to_string()
    .into()
}

async fn push_image(db: &Db) -> Bytes {
    for content in [CONFIG, "layer"] {
        db.commit_blob(blob(content)).await.unwrap();
    }
    let image = image();
    db.commit_push(push(&image, &["v2", "v1"], "e1")).await.unwrap();
    image
}

fn arm64() -> Platform {
    Platform { architecture: Some("arm64".to_owned()), os: Some("linux".to_owned()) }
}

async fn who_pushed_is_known_of_manifests_and_tags(db: &Db) {
    let bytes = artifact("one", &[], None);
    let pushed_by = async |who: Option<&str>, tags: &[&str]| {
        let id = format!("{who:?} {tags:?}");
        let push = CommitPush { pushed_by: who.map(str::to_owned), ..push(&bytes, tags, &id) };
        db.commit_push(push).await.unwrap();
    };
    let of_tag = async |name: &str| {
        db.tag_record(&place(), &app(), &tag(name)).await.unwrap().unwrap().pushed_by
    };
    pushed_by(Some("first"), &["v1", "v2"]).await;
    pushed_by(Some("second"), &["v2"]).await;
    pushed_by(None, &["v3"]).await;
    let row = db.manifest_record(&place(), &app(), &digest_of(&bytes)).await.unwrap().unwrap();
    assert_eq!(row.pushed_by.as_deref(), Some("first"));
    assert_eq!(of_tag("v1").await.as_deref(), Some("first"));
    assert_eq!(of_tag("v2").await.as_deref(), Some("second"));
    assert_eq!(of_tag("v3").await, None);
}

async fn an_image_says_what_it_is_for_and_how_large_it_is(db: &Db) {
    let image = push_image(db).await;
    let found = db.manifest_record(&place(), &app(), &digest_of(&image)).await.unwrap().unwrap();
    assert_eq!(found.platform, arm64());
    assert_eq!(found.image_size, (image.len() + CONFIG.len() + 5) as u64);
    assert_eq!(found.media_type, media_type::OCI_MANIFEST);
    let config_type = "application/vnd.oci.image.config.v1+json";
    assert_eq!(found.config_media_type.as_deref(), Some(config_type));
    assert_eq!(found.tags, [tag("v1"), tag("v2")]);
    assert_eq!((found.created, found.updated), (NOW, NOW));
    assert_eq!((found.attributes, found.references), (Attributes::UNLOCKED, Vec::new()));
    assert_eq!(db.manifest_record(&place(), &app(), &sha256("absent")).await.unwrap(), None);
}

async fn an_index_says_what_its_manifests_are_for(db: &Db) {
    let image = push_image(db).await;
    let digest = digest_of(&image);
    let index: Bytes = json!({
        "schemaVersion": 2,
        "mediaType": media_type::OCI_INDEX,
        "manifests": [{ "mediaType": media_type::OCI_MANIFEST, "digest": digest.as_str(), "size": image.len(),
                        "platform": { "architecture": "arm64", "os": "linux" } }],
    })
    .to_string()
    .into();
    db.commit_push(push(&index, &[], "e2")).await.unwrap();
    let found = db.manifest_record(&place(), &app(), &digest_of(&index)).await.unwrap().unwrap();
    assert_eq!(found.references, [(digest, arm64())]);
    assert_eq!(found.platform, Platform::default());
    assert_eq!(found.image_size, (index.len() + image.len() + CONFIG.len() + 5) as u64);
    assert_eq!(found.tags, []);
}

const ORDERS: [Order; 3] = [Order::Name, Order::OldestFirst, Order::NewestFirst];

fn page(order: Order, after: After, limit: u32) -> PageOf {
    PageOf { order, after, limit }
}

/// Where the page after an entry begins, as a client may say it.
fn afters(updated: Timestamp, name: &str) -> [After; 2] {
    [After::Name(name.to_owned()), After::Moment(updated, name.to_owned())]
}

fn names(tags: &[TagRow]) -> Vec<&str> {
    tags.iter().map(|tag| tag.name.as_str()).collect()
}

/// Reads a list of tags page by page, by either way to say where the next begins.
async fn check_tags(read: impl AsyncFn(PageOf) -> Vec<TagRow>, order: Order, expected: &[&str]) {
    for limit in [1, 2, 9] {
        for way in 0..2 {
            let (mut all, mut after) = (Vec::new(), After::Nothing);
            loop {
                let tags = read(page(order, after, limit)).await;
                assert!(tags.len() <= limit as usize);
                let Some(last) = tags.last() else { break };
                after = afters(last.updated, last.name.as_str())[way].clone();
                all.extend(names(&tags).into_iter().map(str::to_owned));
            }
            assert_eq!(all, expected, "{order:?}, {limit} at a time, way {way}");
        }
    }
}

async fn tags_come_in_any_order_and_in_pages(db: &Db) {
    for (name, now_ms) in [("c", 1), ("a", 2), ("B", 2), ("d", 1), ("e", 9)] {
        pushed_at(db, "one", &[name], now_ms).await;
    }
    pushed_at(db, "two", &["d"], 3).await;
    let read = async |page| db.tag_records(&place(), &app(), page).await.unwrap().unwrap();
    check_tags(read, Order::Name, &["B", "a", "c", "d", "e"]).await;
    check_tags(read, Order::OldestFirst, &["c", "B", "a", "d", "e"]).await;
    check_tags(read, Order::NewestFirst, &["e", "d", "a", "B", "c"]).await;
}

async fn the_tags_of_one_manifest_come_in_any_order(db: &Db) {
    for (name, now_ms) in [("c", 1), ("a", 2), ("B", 2)] {
        pushed_at(db, "one", &[name], now_ms).await;
    }
    let one = pushed_at(db, "one", &[], 3).await;
    let other = pushed_at(db, "two", &["d"], 2).await;
    for (digest, orders) in [
        (one, [["B", "a", "c"].as_slice(), &["c", "B", "a"], &["a", "B", "c"]]),
        (other, [&["d"]; 3]),
        (sha256("absent"), [&[]; 3]),
    ] {
        for (order, expected) in ORDERS.into_iter().zip(orders) {
            let read = async |page| {
                db.tag_records_of(&place(), &app(), &digest, page).await.unwrap().unwrap()
            };
            check_tags(read, order, expected).await;
        }
    }
}

async fn a_page_goes_on_where_an_entry_stood_that_is_gone(db: &Db) {
    for (name, now_ms) in [("c", 1), ("a", 2), ("b", 3)] {
        pushed_at(db, "one", &[name], now_ms).await;
    }
    db.delete_tag(&place(), &app(), &tag("a"), NOW, untagging("untag")).await.unwrap();
    let read = async |order, after| {
        let page = db.tag_records(&place(), &app(), page(order, after, 9)).await.unwrap();
        page.unwrap().into_iter().map(|tag| tag.name.as_str().to_owned()).collect::<Vec<_>>()
    };
    let [name, moment] = afters(Timestamp(2), "a");
    assert_eq!(read(Order::OldestFirst, moment.clone()).await, ["b"]);
    assert_eq!(read(Order::NewestFirst, moment).await, ["c"]);
    assert_eq!(read(Order::Name, name.clone()).await, ["b", "c"]);
    // Nobody knows where it stood.
    assert_eq!(read(Order::OldestFirst, name.clone()).await, ["c", "b"]);
    assert_eq!(read(Order::NewestFirst, name).await, ["b", "c"]);
}

async fn manifests_come_in_any_order_and_in_pages(db: &Db) {
    let mut by_time = Vec::new();
    for (idx, name) in ["one", "two", "three", "four", "five"].into_iter().enumerate() {
        by_time.push(
            pushed_at(db, name, &[&format!("v{idx}")], 1 + i64::try_from(idx).unwrap()).await,
        );
    }
    let mut by_name = by_time.clone();
    by_name.sort();
    let newest_first: Vec<_> = by_time.iter().rev().cloned().collect();
    for (order, expected) in ORDERS.into_iter().zip([by_name, by_time, newest_first]) {
        for limit in [1, 2, 9] {
            let (mut all, mut after) = (Vec::new(), After::Nothing);
            loop {
                let asked = page(order, after, limit);
                let found = db.manifest_records(&place(), &app(), asked).await.unwrap();
                let (manifests, has_more) = found.unwrap();
                assert_eq!(has_more, all.len() + manifests.len() < 5);
                assert!(manifests.iter().all(|manifest| manifest.tags.len() == 1));
                all.extend(manifests.iter().map(|manifest| manifest.digest.clone()));
                if !has_more {
                    break;
                }
                let last = manifests.last().unwrap();
                after = afters(last.updated, last.digest.as_str())[usize::from(limit == 2)].clone();
            }
            assert_eq!(all, expected, "{order:?}, {limit} at a time");
        }
    }
}

async fn what_is_not_listed_is_in_no_list(db: &Db) {
    let one = pushed_at(db, "one", &["v1", "v2"], 1).await;
    let two = pushed_at(db, "two", &[], 2).await;
    let subject = sha256("subject");
    let about = artifact("about", &[], Some((&subject, "kind")));
    db.commit_push(push(&about, &[], "e")).await.unwrap();
    for holder in
        [Holder::Tag(tag("v1")), Holder::Manifest(two), Holder::Manifest(digest_of(&about))]
    {
        assert!(set(db, &holder, HIDDEN).await);
    }
    assert_eq!(db.tags(&place(), &app(), "", 9).await.unwrap().unwrap(), ["v2"]);
    let referrers = db.referrers(&place(), &app(), &subject, &of_type(None), "", 9).await.unwrap();
    assert_eq!(referrers, []);
    for order in ORDERS {
        let page = page(order, After::Nothing, 9);
        let tags = db.tag_records(&place(), &app(), page.clone()).await.unwrap().unwrap();
        assert_eq!(names(&tags), ["v2"]);
        let tags = db.tag_records_of(&place(), &app(), &one, page.clone()).await.unwrap().unwrap();
        assert_eq!(names(&tags), ["v2"]);
        let (manifests, _) = db.manifest_records(&place(), &app(), page).await.unwrap().unwrap();
        assert_eq!(manifests.len(), 1);
        assert_eq!(manifests[0].digest, one);
        assert_eq!(manifests[0].tags, [tag("v1"), tag("v2")], "it is no manifest without tags");
    }
    assert_eq!(db.repositories(&place(), "", 9).await.unwrap(), ["team/app"]);
    assert!(set(db, &Holder::Repository, HIDDEN).await);
    assert_eq!(db.repositories(&place(), "", 9).await.unwrap(), Vec::<String>::new());
    assert!(db.tags(&place(), &app(), "", 9).await.unwrap().is_some(), "whoever knows it finds it");
}

/// Puts many tags on a manifest at once.
async fn tag_often(db: &Db, digest: &Digest, count: usize) {
    let (digest, count) = (digest.clone(), i64::try_from(count).unwrap());
    let sql = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $2)
               INSERT INTO tag (registry, region, repository, name, digest, created_ms, updated_ms)
               SELECT 'boathook', 'local', 'team/app', CAST($1 AS TEXT) || i, 'sha256:' || $1, 0, 0 FROM n";
    db.write("test", async move |tx: &mut Tx<'_>| {
        tx.execute(sql, params![digest.hex(), count]).await
    })
    .await
    .unwrap();
}

async fn a_page_of_manifests_has_no_more_tags_than_it_may(db: &Db) {
    let mut digests = Vec::new();
    for name in ["one", "two", "three"] {
        digests.push(pushed_at(db, name, &[], 1).await);
    }
    digests.sort();
    tag_often(db, &digests[0], TAGS_MAX - 1).await;
    tag_often(db, &digests[1], 1).await;
    tag_often(db, &digests[2], TAGS_MAX + 1).await;
    let read = async |after: &str| {
        let asked = page(Order::Name, After::Name(after.to_owned()), 9);
        let found = db.manifest_records(&place(), &app(), asked).await.unwrap();
        let (manifests, has_more) = found.unwrap();
        let counts: Vec<_> = manifests.iter().map(|manifest| manifest.tags.len()).collect();
        (counts, has_more)
    };
    assert_eq!(read("").await, (vec![TAGS_MAX - 1, 1], true));
    assert_eq!(read(digests[1].as_str()).await, (vec![TAGS_MAX], false));
    let alone = db.manifest_record(&place(), &app(), &digests[2]).await.unwrap().unwrap();
    assert_eq!(alone.tags.len(), TAGS_MAX);
}

async fn there_is_no_page_of_what_is_not_there(db: &Db) {
    for order in ORDERS {
        let page = page(order, After::Nothing, 9);
        assert_eq!(db.tag_records(&place(), &app(), page.clone()).await.unwrap(), None);
        let of = sha256("absent");
        assert_eq!(db.tag_records_of(&place(), &app(), &of, page.clone()).await.unwrap(), None);
        assert_eq!(db.manifest_records(&place(), &app(), page).await.unwrap(), None);
    }
}
