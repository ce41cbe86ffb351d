//! What is held back, what lets it out, and what is announced of both.

use super::charts::commit;
use super::identities::audit;
use super::promises;
use super::samples::*;
use crate::db::Db;
use crate::faults::Moment;
use crate::{
    ChartWrite, Deletion, Judge, Judged, NewEvent, PushOutcome, RELEASED_TAGS_MAX,
    RegistryStanding, Released, WantedReferrers, WebhookRow,
};
use boathook_core::digest::Digest;
use boathook_core::event::Action;
use boathook_core::id::EventId;
use boathook_core::lock::Attributes;
use boathook_core::policy::Status as Policy;
use boathook_core::quarantine::{Sight, State, Verdict};
use boathook_core::webhook::Status;
use bytes::Bytes;

promises![
    without_the_policy_a_push_is_both_and_has_no_state,
    under_the_policy_a_push_is_held_back_and_only_that_is_told,
    what_nobody_hears_of_is_no_row,
    a_verdict_stays_when_the_manifest_is_pushed_again,
    what_was_never_judged_is_held_back_and_stays_so,
    what_is_let_out_is_announced_once_for_each_tag,
    what_has_no_tag_is_announced_alone,
    a_verdict_without_the_policy_announces_nothing,
    a_verdict_and_its_events_are_one_step,
    a_verdict_is_seen_by_the_next_read,
    a_verdict_and_a_deletion_at_once_announce_what_is_there,
    a_verdict_and_a_push_at_once_announce_every_tag_once,
    as_many_tags_are_let_out_as_may_be_and_no_more,
    records_tell_the_verdict_and_what_it_rests_on,
    a_chart_has_passed_and_nobody_judges_it,
    referrers_that_are_held_back_are_not_among_those_that_passed,
];

pub(super) async fn set_policy(db: &Db, policy: Policy) {
    let row = registry("boathook");
    let decide = move |standing: RegistryStanding<'_>| {
        let mut row = standing.before.unwrap().clone();
        row.settings.policies.quarantine = policy;
        Ok::<_, ()>(row)
    };
    let (name, group) = (&row.name, &row.resource_group);
    db.put_registry(name, group, decide, Vec::new(), audit("registry")).await.unwrap();
}

/// Makes a webhook that hears of what is pushed before it has passed.
async fn listening(db: &Db, name: &str) -> WebhookRow {
    let hook = WebhookRow { actions: [Action::Quarantine].into(), ..webhook(name) };
    put(db, &hook).await;
    hook
}

/// Pushes an artifact without blobs, with the two events that a push may have, whose ids are `id` after `q` and `p`.
async fn pushed_as(db: &Db, name: &str, tags: &[&str], id: &str) -> Digest {
    let bytes = artifact(name, &[], None);
    push_bytes(db, &bytes, tags, id).await;
    digest_of(&bytes)
}

async fn push_bytes(db: &Db, bytes: &Bytes, tags: &[&str], id: &str) {
    let quarantine = NewEvent { action: Action::Quarantine, ..event(&format!("q{id}")) };
    let mut push = push(bytes, tags, "");
    push.events = vec![quarantine, event(&format!("p{id}"))];
    assert_eq!(db.commit_push(push).await.unwrap(), PushOutcome::Stored);
}

async fn judge(db: &Db, digest: &Digest, verdict: Verdict, id: &'static str) -> Judged {
    let judge = Judge {
        place: place(),
        repository: app(),
        digest: digest.clone(),
        verdict: Some(verdict),
        details: None,
        now: NOW,
    };
    let announce = move |idx: usize, released: &Released| NewEvent {
        id: EventId::new(format!("{id}{idx}")),
        tags: released.tag.clone().into_iter().collect(),
        body: format!("{} {}", released.media_type, released.size).into_bytes(),
        ..event("")
    };
    db.judge_manifest(judge, |before| before, announce, changing("change")).await.unwrap()
}

async fn state(db: &Db, digest: &Digest) -> Option<State> {
    db.manifest_record(&place(), &app(), digest).await.unwrap().unwrap().quarantine
}

/// The undispatched events in the order of their ids, each with its tags.
async fn tags_told(db: &Db) -> Vec<String> {
    let events = db.undispatched(2_000).await.unwrap();
    events.into_iter().map(|event| format!("{} {}", event.id, event.tags.join(","))).collect()
}

async fn without_the_policy_a_push_is_both_and_has_no_state(db: &Db) {
    listening(db, "scanner").await;
    let digest = pushed_as(db, "one", &["v1"], "1").await;
    assert_eq!(undispatched(db).await, ["p1", "q1"]);
    assert_eq!(state(db, &digest).await, None);
    judge(db, &digest, Verdict::Failed, "out").await;
    pushed_as(db, "one", &["v1"], "2").await;
    assert_eq!(undispatched(db).await, ["p1", "p2", "q1", "q2"]);
    assert_eq!(state(db, &digest).await, Some(State::Failed));
}

async fn under_the_policy_a_push_is_held_back_and_only_that_is_told(db: &Db) {
    listening(db, "scanner").await;
    set_policy(db, Policy::Enabled).await;
    let digest = pushed_as(db, "one", &["v1"], "1").await;
    assert_eq!(undispatched(db).await, ["q1"]);
    assert_eq!(state(db, &digest).await, Some(State::Quarantined));
    let found = db.manifest(&place(), &app(), &"v1".parse().unwrap()).await.unwrap().unwrap();
    assert_eq!(found.quarantine, Some(State::Quarantined));
    pushed_as(db, "one", &["v2"], "2").await;
    assert_eq!(undispatched(db).await, ["q1", "q2"]);
}

async fn what_nobody_hears_of_is_no_row(db: &Db) {
    let disabled = listening(db, "disabled").await;
    put(db, &WebhookRow { status: Status::Disabled, ..disabled.clone() }).await;
    put(db, &webhook("pushes")).await;
    pushed_as(db, "one", &["v1"], "1").await;
    assert_eq!(undispatched(db).await, ["p1"], "nobody listens to quarantines");
    set_policy(db, Policy::Enabled).await;
    pushed_as(db, "two", &["v1"], "2").await;
    assert_eq!(undispatched(db).await, ["p1"]);
    // Its own commit is what counts, and not when somebody has read of it.
    put(db, &disabled).await;
    pushed_as(db, "three", &["v1"], "3").await;
    assert_eq!(undispatched(db).await, ["p1", "q3"]);
}

async fn a_verdict_stays_when_the_manifest_is_pushed_again(db: &Db) {
    listening(db, "scanner").await;
    set_policy(db, Policy::Enabled).await;
    let digest = pushed_as(db, "one", &["v1"], "1").await;
    judge(db, &digest, Verdict::Failed, "out").await;
    pushed_as(db, "one", &["v1"], "2").await;
    assert_eq!(undispatched(db).await, ["q1", "q2"]);
    assert_eq!(state(db, &digest).await, Some(State::Failed));
    judge(db, &digest, Verdict::Passed, "out").await;
    pushed_as(db, "one", &["v1"], "3").await;
    assert_eq!(undispatched(db).await, ["out0", "p3", "q1", "q2"]);
    assert_eq!(state(db, &digest).await, Some(State::Passed));
}

async fn what_was_never_judged_is_held_back_and_stays_so(db: &Db) {
    listening(db, "scanner").await;
    let digest = pushed_as(db, "one", &["v1"], "1").await;
    set_policy(db, Policy::Enabled).await;
    pushed_as(db, "one", &["v2"], "2").await;
    assert_eq!(undispatched(db).await, ["p1", "q1", "q2"]);
    assert_eq!(state(db, &digest).await, None);
}

async fn what_is_let_out_is_announced_once_for_each_tag(db: &Db) {
    set_policy(db, Policy::Enabled).await;
    let digest = pushed_as(db, "one", &["v2", "v1"], "1").await;
    pushed_as(db, "other", &["v3"], "2").await;
    assert_eq!(judge(db, &digest, Verdict::Failed, "failed").await, Judged::Done);
    assert!(undispatched(db).await.is_empty());
    assert_eq!(judge(db, &digest, Verdict::Passed, "out").await, Judged::Done);
    assert_eq!(tags_told(db).await, ["out0 v1", "out1 v2"]);
    let told = db.undispatched(1).await.unwrap().remove(0);
    let size = artifact("one", &[], None).len();
    let expected = format!("{} {size}", boathook_core::media_type::OCI_ARTIFACT);
    assert_eq!((told.action, told.body), (Action::Push, expected.into_bytes()));
    judge(db, &digest, Verdict::Passed, "again").await;
    assert_eq!(undispatched(db).await.len(), 2, "it had passed before");
    judge(db, &digest, Verdict::Failed, "failed").await;
    judge(db, &digest, Verdict::Passed, "anew").await;
    assert_eq!(tags_told(db).await, ["anew0 v1", "anew1 v2", "out0 v1", "out1 v2"]);
}

async fn what_has_no_tag_is_announced_alone(db: &Db) {
    set_policy(db, Policy::Enabled).await;
    let digest = pushed_as(db, "one", &[], "1").await;
    judge(db, &digest, Verdict::Passed, "out").await;
    assert_eq!(tags_told(db).await, ["out0 "]);
    assert_eq!(judge(db, &sha256("absent"), Verdict::Passed, "no").await, Judged::Unknown);
}

async fn a_verdict_without_the_policy_announces_nothing(db: &Db) {
    let digest = pushed_as(db, "one", &["v1"], "1").await;
    judge(db, &digest, Verdict::Passed, "out").await;
    assert_eq!(undispatched(db).await, ["p1"]);
    assert_eq!(state(db, &digest).await, Some(State::Passed));
}

async fn a_verdict_and_its_events_are_one_step(db: &Db) {
    set_policy(db, Policy::Enabled).await;
    let digest = pushed_as(db, "one", &["v1"], "1").await;
    db.faults().plan(1, Moment::BeforeCommit);
    let judge_it = Judge {
        place: place(),
        repository: app(),
        digest: digest.clone(),
        verdict: Some(Verdict::Passed),
        details: None,
        now: NOW,
    };
    let announce = |_: usize, _: &Released| event("out");
    db.judge_manifest(judge_it, |before| before, announce, changing("change")).await.unwrap_err();
    assert_eq!(state(db, &digest).await, Some(State::Quarantined));
    assert!(undispatched(db).await.is_empty());
    judge(db, &digest, Verdict::Passed, "out").await;
    assert_eq!(undispatched(db).await, ["out0"]);
}

async fn a_verdict_is_seen_by_the_next_read(db: &Db) {
    let digest = pushed_as(db, "one", &["v1"], "1").await;
    let references = ["v1".parse().unwrap(), digest.as_str().parse().unwrap()];
    let check = async |expected: Option<State>| {
        for reference in &references {
            // What is read twice is cached where anything is.
            for _ in 0..2 {
                let found = db.manifest(&place(), &app(), reference).await.unwrap().unwrap();
                assert_eq!(found.quarantine, expected, "{reference}");
            }
        }
    };
    check(None).await;
    judge(db, &digest, Verdict::Failed, "out").await;
    check(Some(State::Failed)).await;
    judge(db, &digest, Verdict::Passed, "out").await;
    check(Some(State::Passed)).await;
    db.delete_manifest(&place(), &app(), &digest, announcing("gone")).await.unwrap();
    set_policy(db, Policy::Enabled).await;
    pushed_as(db, "one", &["v1"], "2").await;
    check(Some(State::Quarantined)).await;
}

async fn a_verdict_and_a_deletion_at_once_announce_what_is_there(db: &Db) {
    set_policy(db, Policy::Enabled).await;
    for race in 0..8 {
        let before = undispatched(db).await.len();
        let digest = pushed_as(db, &format!("{race}"), &["v1"], &format!("{race}")).await;
        let gone = NewEvent { action: Action::Delete, ..event(&format!("gone{race}")) };
        let id: &'static str = ["a", "b", "c", "d", "e", "f", "g", "h"][race];
        let (judged, deletion) = tokio::join!(judge(db, &digest, Verdict::Passed, id), async {
            let announce = move |_: &_| gone.clone();
            db.delete_manifest(&place(), &app(), &digest, announce).await.unwrap()
        });
        assert!(matches!(deletion, Deletion::Deleted(_)));
        let told = undispatched(db).await.len() - before;
        match judged {
            Judged::Done => assert_eq!(told, 2, "it was let out and went"),
            Judged::Unknown => assert_eq!(told, 1, "it went"),
            Judged::TooManyTags => panic!("it has one"),
            Judged::OfChart => panic!("it is none"),
        }
    }
}

async fn a_verdict_and_a_push_at_once_announce_every_tag_once(db: &Db) {
    set_policy(db, Policy::Enabled).await;
    for race in 0..8 {
        let name = format!("{race}");
        let digest = pushed_as(db, &name, &[], &name).await;
        let tag = format!("v{race}");
        let id: &'static str = ["a", "b", "c", "d", "e", "f", "g", "h"][race];
        let bytes = artifact(&name, &[], None);
        let push = async {
            let mut push = push(&bytes, &[&tag], "");
            let told = NewEvent { tags: vec![tag.parse().unwrap()], ..event(&format!("p{race}")) };
            push.events = vec![told];
            assert_eq!(db.commit_push(push).await.unwrap(), PushOutcome::Stored);
        };
        tokio::join!(judge(db, &digest, Verdict::Passed, id), push);
        let told = tags_told(db).await;
        let count = told.iter().filter(|told| told.ends_with(&format!(" {tag}"))).count();
        assert_eq!(count, 1, "{told:?}");
    }
}

async fn as_many_tags_are_let_out_as_may_be_and_no_more(db: &Db) {
    set_policy(db, Policy::Enabled).await;
    let names: Vec<_> = (0..RELEASED_TAGS_MAX).map(|idx| format!("v{idx}")).collect();
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    let digest = pushed_as(db, "one", &names, "1").await;
    pushed_as(db, "one", &["more"], "2").await;
    assert_eq!(judge(db, &digest, Verdict::Passed, "out").await, Judged::TooManyTags);
    assert_eq!(state(db, &digest).await, Some(State::Quarantined), "nothing was changed");
    assert!(undispatched(db).await.is_empty());
    db.delete_tag(&place(), &app(), &tag("more"), NOW, untagging("untag")).await.unwrap();
    assert_eq!(judge(db, &digest, Verdict::Passed, "out").await, Judged::Done);
    assert_eq!(tags_told(db).await.len(), RELEASED_TAGS_MAX);
}

async fn records_tell_the_verdict_and_what_it_rests_on(db: &Db) {
    let digest = pushed_as(db, "one", &["v1"], "1").await;
    let details = r#"{"state":"Scan Passed"}"#;
    let said = |verdict: Option<Verdict>, details: Option<&str>| Judge {
        place: place(),
        repository: app(),
        digest: digest.clone(),
        verdict,
        details: details.map(|text| text.parse().unwrap()),
        now: NOW,
    };
    let hide = |before: Attributes| Attributes { is_list_enabled: false, ..before };
    let announce = |_: usize, _: &Released| panic!("nothing is let out");
    db.judge_manifest(said(None, Some(details)), hide, announce, changing("change")).await.unwrap();
    let record = async || db.manifest_record(&place(), &app(), &digest).await.unwrap().unwrap();
    let found = record().await;
    assert_eq!((found.quarantine, found.quarantine_details.as_deref()), (None, Some(details)));
    assert!(!found.attributes.is_list_enabled);
    let announce = |_: usize, _: &Released| panic!("nothing is let out");
    db.judge_manifest(said(Some(Verdict::Failed), None), hide, announce, changing("change"))
        .await
        .unwrap();
    let found = record().await;
    let expected = (Some(State::Failed), Some(details));
    assert_eq!((found.quarantine, found.quarantine_details.as_deref()), expected);
    let found = db.tag_record(&place(), &app(), &tag("v1")).await.unwrap().unwrap();
    assert_eq!(found.quarantine, Some(State::Failed));
}

async fn a_chart_has_passed_and_nobody_judges_it(db: &Db) {
    for (policy, version) in [(Policy::Disabled, "1.0.0"), (Policy::Enabled, "2.0.0")] {
        set_policy(db, policy).await;
        let digest = commit(db, "hello", version, ChartWrite::New).await;
        assert_eq!(state(db, &digest).await, Some(State::Passed), "{policy:?}");
        for verdict in [Verdict::Failed, Verdict::Passed] {
            assert_eq!(judge(db, &digest, verdict, "never").await, Judged::OfChart);
        }
        assert_eq!(state(db, &digest).await, Some(State::Passed), "{policy:?}");
    }
    assert_eq!(undispatched(db).await, ["push hello 1.0.0 New", "push hello 2.0.0 New"]);
}

async fn referrers_that_are_held_back_are_not_among_those_that_passed(db: &Db) {
    let subject = sha256("subject");
    let mut digests = Vec::new();
    for name in ["one", "two", "three"] {
        let bytes = artifact(name, &[], Some((&subject, "sbom")));
        push_bytes(db, &bytes, &[], name).await;
        digests.push(digest_of(&bytes));
    }
    judge(db, &digests[0], Verdict::Passed, "out").await;
    judge(db, &digests[1], Verdict::Failed, "out").await;
    let wanted = WantedReferrers { sight: Sight::Passed, ..of_type(None) };
    let found = db.referrers(&place(), &app(), &subject, &wanted, "", 9).await.unwrap();
    let found: Vec<_> = found.into_iter().map(|row| row.digest).collect();
    assert_eq!(found, [digests[0].clone()]);
    let all = db.referrers(&place(), &app(), &subject, &of_type(None), "", 9).await.unwrap();
    assert_eq!(all.len(), 3);
}
