//! What ACR announces to nobody is recorded for those who ask for it, and for nobody else.

use super::identities::audit;
use super::promises;
use super::samples::*;
use crate::db::Db;
use crate::guard::Guard;
use crate::row::params;
use crate::tx::Tx;
use crate::{
    Dispatched, Holder, Judge, NewDelivery, NewEvent, Released, TAGS_COMPARED_MAX,
    UndispatchedEvent, Untagging, WebhookRow,
};
use boathook_core::digest::Digest;
use boathook_core::event::{Action, ExtraAction};
use boathook_core::id::{EventId, WebhookId};
use boathook_core::lock::Attributes;
use boathook_core::name::{Place, Reference, Tag};
use boathook_core::quarantine::Verdict;
use boathook_core::webhook::Status;
use futures_util::future::join_all;
use std::sync::atomic::{AtomicBool, Ordering};

promises![
    what_nobody_asks_for_is_not_recorded,
    a_tag_that_is_removed_is_told_of,
    a_tag_that_is_moved_is_told_of_and_one_that_stays_is_not,
    attributes_that_change_are_told_of_and_those_that_stay_are_not,
    a_verdict_tells_of_what_it_changes_and_of_nothing_else,
    a_pull_is_told_of_with_the_tags_that_scopes_are_compared_with,
    as_many_tags_are_compared_as_may_be_and_no_more,
    only_enabled_webhooks_of_the_place_ask,
    an_untagging_after_a_webhook_was_made_is_told_of,
    deleted_tags_are_kept_for_those_who_ask,
    a_delivery_stays_as_it_was_made,
];

/// A webhook that asks for extra actions.
fn asking(actions: &[ExtraAction]) -> WebhookRow {
    WebhookRow { extra_actions: actions.iter().copied().collect(), ..webhook("asking") }
}

/// A webhook that asks for deleted tags.
fn with_tags() -> WebhookRow {
    WebhookRow { has_deleted_tags: true, ..webhook("withtags") }
}

/// What has been recorded that ACR announces to nobody.
async fn extras(db: &Db) -> Vec<UndispatchedEvent> {
    let events = db.undispatched(1_000).await.unwrap();
    events.into_iter().filter(|event| matches!(event.action, Action::Extra(_))).collect()
}

fn body(event: &UndispatchedEvent) -> String {
    String::from_utf8(event.body.clone()).unwrap()
}

/// What a pull announces: an event with the id `id`.
fn pulling(id: &'static str) -> impl Fn(Vec<Tag>) -> NewEvent + Clone + Send + Sync + 'static {
    move |tags| NewEvent { action: Action::Extra(ExtraAction::Pull), tags, ..event(id) }
}

async fn pull(db: &Db, reference: &Reference, id: &'static str) {
    db.record_pull(&place(), &app(), reference, pulling(id)).await.unwrap();
}

async fn lock(db: &Db, holder: Holder, id: &'static str) {
    let change = |before| Attributes { is_write_enabled: false, ..before };
    let announce = relocking(id);
    assert!(db.set_attributes(&place(), &app(), holder, change, NOW, announce).await.unwrap());
}

async fn unlock(db: &Db, holder: Holder) {
    let change = |_| Attributes::UNLOCKED;
    let announce = relocking("unlock");
    assert!(db.set_attributes(&place(), &app(), holder, change, NOW, announce).await.unwrap());
}

async fn untag(db: &Db, name: &str, id: &'static str) -> Untagging {
    db.delete_tag(&place(), &app(), &tag(name), NOW, untagging(id)).await.unwrap()
}

/// All that can be told of, done once.
async fn everything(db: &Db) {
    let digest = pushed(db, "one", &["v1", "v2"], "e1").await;
    pushed(db, "two", &["v2"], "e2").await;
    pull(db, &Reference::Digest(digest), "pull").await;
    lock(db, Holder::Tag(tag("v1")), "lock").await;
    unlock(db, Holder::Tag(tag("v1"))).await;
    assert_eq!(untag(db, "v1", "untag").await, Untagging::Removed);
}

async fn what_nobody_asks_for_is_not_recorded(db: &Db) {
    put(db, &webhook("hook1")).await;
    put(db, &with_tags()).await;
    everything(db).await;
    assert_eq!(undispatched(db).await, ["e1", "e2"]);
}

async fn a_tag_that_is_removed_is_told_of(db: &Db) {
    put(db, &asking(&[ExtraAction::Untag])).await;
    let digest = pushed(db, "one", &["v1"], "e1").await;
    assert_eq!(untag(db, "v2", "untag 1").await, Untagging::Unknown);
    assert_eq!(untag(db, "v1", "untag 2").await, Untagging::Removed);
    let told = extras(db).await;
    let [untag] = &told[..] else { panic!("{told:?}") };
    assert_eq!((untag.id.as_str(), &untag.tags[..]), ("untag 2", &["v1".to_owned()][..]));
    let body = body(untag);
    assert!(body.contains(digest.as_str()) && body.contains("moved_to: None"), "{body}");
    assert!(body.contains("media_type: Some"), "{body}");
}

async fn a_tag_that_is_moved_is_told_of_and_one_that_stays_is_not(db: &Db) {
    put(db, &asking(&[ExtraAction::Untag])).await;
    let first = pushed(db, "one", &["v1", "v2", "v3"], "e1").await;
    pushed(db, "one", &["v1"], "e2").await;
    let second = pushed(db, "two", &["new", "v2", "v3"], "e3").await;
    pushed(db, "two", &["v2"], "e4").await;
    let told = extras(db).await;
    let ids: Vec<_> = told.iter().map(|event| (event.id.as_str(), &event.tags[0][..])).collect();
    assert_eq!(ids, [("e3 moved 1", "v2"), ("e3 moved 2", "v3")]);
    for event in &told {
        let body = body(event);
        let (from, to) = (body.find(first.as_str()), body.find(second.as_str()));
        assert!(from.is_some() && from < to, "{body}");
    }
}

async fn attributes_that_change_are_told_of_and_those_that_stay_are_not(db: &Db) {
    put(db, &asking(&[ExtraAction::Lock])).await;
    let digest = pushed(db, "one", &["v1", "v2"], "e1").await;
    lock(db, Holder::Repository, "lock 1").await;
    lock(db, Holder::Manifest(digest.clone()), "lock 2").await;
    lock(db, Holder::Tag(tag("v1")), "lock 3").await;
    lock(db, Holder::Tag(tag("v1")), "lock 4").await;
    let told = extras(db).await;
    let ids: Vec<_> = told.iter().map(|event| (event.id.as_str(), event.tags.join(" "))).collect();
    let expected = [("lock 1", ""), ("lock 2", "v1 v2"), ("lock 3", "v1")];
    assert_eq!(ids, expected.map(|(id, tags)| (id, tags.to_owned())));
    let bodies: Vec<_> = told.iter().map(body).collect();
    assert!(!bodies[0].contains("sha256:"), "a repository is no manifest: {}", bodies[0]);
    for body in &bodies[1..] {
        assert!(body.contains(digest.as_str()) && body.contains("media_type: Some"), "{body}");
    }
    assert!(bodies.iter().all(|body| body.contains("is_write_enabled: false")), "{bodies:?}");
}

async fn a_verdict_tells_of_what_it_changes_and_of_nothing_else(db: &Db) {
    let digest = pushed(db, "one", &["v1"], "e1").await;
    let judge = async |details: Option<&str>, id, is_listed| {
        let judge = Judge {
            place: place(),
            repository: app(),
            digest: digest.clone(),
            verdict: Some(Verdict::Passed),
            details: details.map(|text| text.parse().unwrap()),
            now: NOW,
        };
        let change = move |before| Attributes { is_list_enabled: is_listed, ..before };
        let announce = |_: usize, _: &Released| panic!("there is no policy");
        db.judge_manifest(judge, change, announce, changing(id)).await.unwrap();
    };
    let (good, bad) = (r#"{"state":"Scan Passed"}"#, r#"{"state":"Scan Failed"}"#);
    judge(Some(bad), "none", false).await;
    put(db, &asking(&[ExtraAction::Lock, ExtraAction::Scan])).await;
    judge(Some(bad), "1", false).await;
    judge(None, "2", false).await;
    judge(Some(good), "3", false).await;
    judge(None, "4", true).await;
    judge(Some(bad), "5", false).await;
    let told = extras(db).await;
    let ids: Vec<_> = told.iter().map(|event| event.id.as_str()).collect();
    assert_eq!(ids, ["3 scan", "4 lock", "5 lock", "5 scan"]);
    assert!(told.iter().all(|event| event.tags == ["v1"]), "{told:?}");
    let body = body(&told[0]);
    assert!(body.contains("Scan Passed") && body.contains("Some(Passed)"), "{body}");
}

async fn a_pull_is_told_of_with_the_tags_that_scopes_are_compared_with(db: &Db) {
    put(db, &asking(&[ExtraAction::Pull])).await;
    let digest = pushed(db, "one", &["v2", "v1"], "e1").await;
    pull(db, &Reference::Tag(tag("v1")), "pull 1").await;
    pull(db, &Reference::Digest(digest), "pull 2").await;
    let told: Vec<_> = extras(db).await.into_iter().map(|event| event.tags).collect();
    assert_eq!(told, [vec!["v1".to_owned()], vec!["v1".to_owned(), "v2".to_owned()]]);
}

/// Gives a manifest as many tags as are wanted.
async fn tag_often(db: &Db, digest: &Digest, count: usize) {
    let digest = digest.clone();
    let tagged = db.write("test", async move |tx: &mut Tx<'_>| {
        let sql = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $2)
                   INSERT INTO tag (registry, region, repository, name, digest, created_ms, updated_ms)
                   SELECT 'boathook', 'local', 'team/app', 'v' || i, $1, 0, 0 FROM n WHERE true
                   ON CONFLICT DO NOTHING";
        tx.execute(sql, params![digest.as_str(), i64::try_from(count).unwrap()]).await
    });
    tagged.await.unwrap();
}

async fn as_many_tags_are_compared_as_may_be_and_no_more(db: &Db) {
    put(db, &asking(&[ExtraAction::Pull])).await;
    let digest = pushed(db, "one", &[], "e1").await;
    for (count, id) in [(TAGS_COMPARED_MAX, "pull 1"), (TAGS_COMPARED_MAX + 1, "pull 2")] {
        tag_often(db, &digest, count).await;
        let page = crate::PageOf {
            order: crate::Order::Name,
            after: crate::After::Name(String::new()),
            limit: 2_000,
        };
        let tags = db.tag_records(&place(), &app(), page).await.unwrap().unwrap();
        assert_eq!(tags.len(), count);
        pull(db, &Reference::Digest(digest.clone()), id).await;
    }
    let told: Vec<_> = extras(db).await.into_iter().map(|event| event.tags.len()).collect();
    assert_eq!(told, [TAGS_COMPARED_MAX; 2]);
}

async fn only_enabled_webhooks_of_the_place_ask(db: &Db) {
    let row = asking(&ExtraAction::ALL);
    made(db, registry("elsewhere")).await;
    let elsewhere = Place { registry: "elsewhere".parse().unwrap(), ..place() };
    put(db, &WebhookRow { id: WebhookId::new("elsewhere"), place: elsewhere, ..row.clone() }).await;
    put(db, &row).await;
    put(db, &WebhookRow { status: Status::Disabled, ..row.clone() }).await;
    everything(db).await;
    assert_eq!(extras(db).await.len(), 0, "it is disabled");
    put(db, &row).await;
    lock(db, Holder::Repository, "lock").await;
    assert_eq!(extras(db).await.len(), 1);
    put(db, &WebhookRow { extra_actions: [].into(), ..row.clone() }).await;
    unlock(db, Holder::Repository).await;
    assert_eq!(extras(db).await.len(), 1, "it asks no more");
    put(db, &row).await;
    let (registry, guard) = (&row.place.registry, Guard::open());
    db.delete_webhook(registry, &row.name, guard, audit("webhook")).await.unwrap();
    lock(db, Holder::Repository, "lock again").await;
    assert_eq!(extras(db).await.len(), 1, "it is gone");
}

async fn an_untagging_after_a_webhook_was_made_is_told_of(db: &Db) {
    const IDS: [&str; 8] = ["u0", "u1", "u2", "u3", "u4", "u5", "u6", "u7"];
    let names: Vec<_> = (0..IDS.len()).map(|idx| format!("v{idx}")).collect();
    let tags: Vec<_> = names.iter().map(String::as_str).collect();
    pushed(db, "one", &tags, "e1").await;
    let is_made = &AtomicBool::new(false);
    let makes = async {
        put(db, &asking(&[ExtraAction::Untag])).await;
        is_made.store(true, Ordering::SeqCst);
        None
    };
    let untags = IDS.iter().zip(&names).enumerate().map(async |(idx, (id, name))| {
        // Some begin at once, the others when the webhook is there.
        while 4 <= idx && !is_made.load(Ordering::SeqCst) {
            tokio::task::yield_now().await;
        }
        let was_made = is_made.load(Ordering::SeqCst);
        assert_eq!(untag(db, name, id).await, Untagging::Removed);
        was_made.then_some(*id)
    });
    let (_, told_of): (Option<&str>, Vec<_>) = tokio::join!(makes, join_all(untags));
    let told: Vec<_> =
        extras(db).await.into_iter().map(|event| event.id.as_str().to_owned()).collect();
    let expected: Vec<_> = told_of.into_iter().flatten().collect();
    assert!(4 <= expected.len());
    assert!(expected.iter().all(|id| told.iter().any(|told| told == id)), "{expected:?} {told:?}");
}

/// A deletion that tells the tags to those who ask.
fn deleting(
    id: &'static str,
) -> impl Fn(&crate::DeletedManifest) -> NewEvent + Send + Sync + 'static {
    let announce = announcing(id);
    move |gone| NewEvent { extended_body: Some(b"with tags".to_vec()), ..announce(gone) }
}

async fn deleted_tags_are_kept_for_those_who_ask(db: &Db) {
    put(db, &asking(&ExtraAction::ALL)).await;
    for (id, expected) in [("d1", None), ("d2", Some(&b"with tags"[..]))] {
        let digest = pushed(db, "one", &["v1"], &format!("push {id}")).await;
        db.delete_manifest(&place(), &app(), &digest, deleting(id)).await.unwrap();
        let events = db.undispatched(9).await.unwrap();
        let deletion = events.iter().find(|event| event.id.as_str() == id).unwrap();
        assert_eq!(deletion.extended_body.as_deref(), expected);
        assert_eq!(deletion.body, format!("body of {id}").into_bytes());
        put(db, &with_tags()).await;
    }
}

async fn a_delivery_stays_as_it_was_made(db: &Db) {
    let (plain, extended) = (webhook("plain"), with_tags());
    put(db, &plain).await;
    put(db, &extended).await;
    let digest = pushed(db, "one", &["v1"], "e1").await;
    db.delete_manifest(&place(), &app(), &digest, deleting("d1")).await.unwrap();
    let due = |webhook: &WebhookId, event_id: &str, is_extended| NewDelivery {
        is_extended,
        ..delivery(webhook, event_id, 1)
    };
    let deliveries = vec![
        due(&plain.id, "d1", false),
        due(&extended.id, "d1", true),
        // It has no extended body.
        due(&extended.id, "e1", true),
    ];
    let events = ["d1", "e1"].map(EventId::new).to_vec();
    let revision = db.webhook_revision().await.unwrap();
    let made = db.dispatch(revision, events, deliveries, NOW).await.unwrap();
    assert_eq!(made, Dispatched::Made(vec![true; 3]));
    // What the webhooks ask for from now on changes nothing.
    put(db, &WebhookRow { has_deleted_tags: true, ..plain.clone() }).await;
    put(db, &WebhookRow { has_deleted_tags: false, ..extended.clone() }).await;
    for (row, expected) in
        [(&plain, vec!["body of d1"]), (&extended, vec!["with tags", "body of e1"])]
    {
        let claimed = claim(db, &row.id, 1, "lease", 9).await;
        let bodies: Vec<_> = claimed.iter().map(|one| str::from_utf8(&one.body).unwrap()).collect();
        assert_eq!(bodies, expected);
        let shown = db.events(&row.id, None, 9).await.unwrap();
        let shown: Vec<_> =
            shown.iter().rev().map(|one| str::from_utf8(&one.body).unwrap()).collect();
        assert_eq!(shown, expected);
    }
}
