//! Small content, events and webhooks for promises to be tried with.

use super::identities::audit;
use crate::account;
use crate::db::Db;
use crate::tx::Tx;
use crate::{
    AfterAttempt, AnnounceMoved, AttemptRow, BlobContent, ClaimedDelivery, CommitBlob, CommitPush,
    DeletedManifest, DeliveryKind, Dispatched, Error, FinishedAttempt, ManifestChange, NewDelivery,
    NewEvent, NewSecret, Purging, PushOutcome, PutOutcome, RegistryRow, Relocked, ResourceGroupRow,
    ResponseRow, Standing, Untagged, WantedReferrers, WebhookRow,
};
use boathook_core::delivery::Next;
use boathook_core::digest::{Algorithm, Digest};
use boathook_core::event::{Action, ExtraAction};
use boathook_core::id::{EventId, WebhookId};
use boathook_core::manifest::{self, Manifest, Platform};
use boathook_core::media_type;
use boathook_core::name::{Place, Repository, Tag};
use boathook_core::quarantine::Sight;
use boathook_core::quota::Sku;
use boathook_core::time::Timestamp;
use boathook_core::webhook::Status;
use bytes::Bytes;
use serde_json::{Value, json};
use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

pub(super) const NOW: Timestamp = Timestamp(1_000_000);
/// When the deliveries of these samples run out of time.
pub(super) const LIMIT: Timestamp = Timestamp(9_000_000);

pub(super) fn place() -> Place {
    Place { registry: "boathook".parse().unwrap(), region: "local".parse().unwrap() }
}

/// A registry, in the group `group`.
pub(super) fn registry(label: &str) -> RegistryRow {
    let made = (NOW, "somebody".to_owned());
    let (label, group) = (label.parse().unwrap(), "group".parse().unwrap());
    RegistryRow::new(label, group, place().region, Sku::Premium, made)
}

pub(super) fn group(name: &str) -> ResourceGroupRow {
    ResourceGroupRow {
        name: name.parse().unwrap(),
        location: "local".parse().unwrap(),
        tags: "{}".to_owned(),
        created: (Timestamp(1), "maker".to_owned()),
        updated: (Timestamp(1), "maker".to_owned()),
    }
}

/// Makes a registry and its group.
pub(super) async fn made(db: &Db, row: RegistryRow) {
    let group = group(row.resource_group.as_str());
    db.ensure_registry(row, group).await.unwrap();
}

/// Remembers secrets whose slots are free; says whether all were.
pub(super) async fn ensure_secrets(
    db: &Db,
    secrets: Vec<NewSecret>,
    now: Timestamp,
) -> Result<bool, Error> {
    db.write("test", async move |tx: &mut Tx<'_>| account::insert(tx, &secrets, now).await).await
}

pub(super) fn app() -> Repository {
    repository("team/app")
}

pub(super) fn repository(name: &str) -> Repository {
    name.parse().unwrap()
}

pub(super) fn tag(name: &str) -> Tag {
    name.parse().unwrap()
}

pub(super) fn sha256(content: &str) -> Digest {
    Algorithm::Sha256.digest(content.as_bytes())
}

/// An artifact made of blobs of the given content, which may be about another.
pub(super) fn artifact(name: &str, blobs: &[&str], about: Option<(&Digest, &str)>) -> Bytes {
    let blobs: Vec<_> =
        blobs.iter().map(|content| descriptor(&sha256(content), content.len())).collect();
    let mut artifact = json!({
        "mediaType": media_type::OCI_ARTIFACT, "blobs": blobs, "annotations": { "name": name },
    });
    if let Some((subject, artifact_type)) = about {
        artifact["subject"] = descriptor(subject, 1);
        artifact["artifactType"] = artifact_type.into();
    }
    artifact.to_string().into()
}

/// An index of manifests.
pub(super) fn index(manifests: &[&Bytes]) -> Bytes {
    let entry = |bytes: &&Bytes| {
        let digest = digest_of(bytes);
        json!({ "mediaType": media_type::OCI_MANIFEST, "digest": digest.as_str(), "size": bytes.len() })
    };
    let manifests: Vec<_> = manifests.iter().map(entry).collect();
    json!({ "schemaVersion": 2, "mediaType": media_type::OCI_INDEX, "manifests": manifests })
        .to_string()
        .into()
}

fn descriptor(digest: &Digest, size: usize) -> Value {
    json!({ "mediaType": "application/octet-stream", "digest": digest.as_str(), "size": size })
}

pub(super) fn digest_of(bytes: &Bytes) -> Digest {
    Algorithm::Sha256.digest(bytes)
}

pub(super) fn parsed(bytes: &Bytes) -> Manifest {
    manifest::parse(None, bytes).unwrap()
}

/// A push of `bytes` to `team/app`, with one event of the given id.
pub(super) fn push(bytes: &Bytes, tags: &[&str], event_id: &str) -> CommitPush {
    let moved = format!("{event_id} moved");
    CommitPush {
        place: place(),
        repository: app(),
        digest: digest_of(bytes),
        tags: tags.iter().map(|name| tag(name)).collect(),
        manifest: parsed(bytes),
        platform: Platform::default(),
        chart: None,
        bytes: bytes.clone(),
        events: vec![event(event_id)],
        announce_moved: Some(AnnounceMoved::new(move |idx, untagged| {
            let id = EventId::new(format!("{moved} {idx}"));
            NewEvent { id, ..untagging("")(untagged) }
        })),
        pushed_by: Some("pusher".to_owned()),
        now: NOW,
    }
}

/// Pushes an artifact without blobs to `team/app`.
pub(super) async fn pushed(db: &Db, name: &str, tags: &[&str], event_id: &str) -> Digest {
    let bytes = artifact(name, &[], None);
    let outcome = db.commit_push(push(&bytes, tags, event_id)).await.unwrap();
    assert_eq!(outcome, PushOutcome::Stored);
    digest_of(&bytes)
}

/// What the end of a manifest announces that a policy removed.
pub(super) fn purging(gone: &Purging) -> NewEvent {
    let action = Action::Extra(ExtraAction::Purge);
    let body = format!("{} {}", gone.policy.as_str(), gone.media_type).into_bytes();
    let tags = gone.tags.clone();
    NewEvent { action, tags, body, ..event(&format!("purge {}", gone.digest)) }
}

pub(super) fn event(id: &str) -> NewEvent {
    NewEvent {
        id: EventId::new(id),
        place: place(),
        action: Action::Push,
        repository: Some(app()),
        tags: vec![tag("v1")],
        body: format!("body of {id}").into_bytes(),
        extended_body: None,
        at: NOW,
    }
}

/// What a deletion announces: an event with the id `id` and the tags that went.
pub(super) fn announcing(
    id: &'static str,
) -> impl Fn(&DeletedManifest) -> NewEvent + Send + Sync + 'static {
    move |deleted| NewEvent { action: Action::Delete, tags: deleted.tags.clone(), ..event(id) }
}

/// Referrers of one type, or of all.
pub(super) fn of_type(artifact_type: Option<&str>) -> WantedReferrers {
    WantedReferrers { artifact_type: artifact_type.map(str::to_owned), sight: Sight::Everything }
}

/// What a tag's end announces: an event with the id `id` and a body that says what there was to tell.
pub(super) fn untagging(
    id: &'static str,
) -> impl Fn(&Untagged) -> NewEvent + Send + Sync + 'static {
    move |untagged| NewEvent {
        action: Action::Extra(ExtraAction::Untag),
        tags: vec![untagged.tag.clone()],
        body: format!("{untagged:?}").into_bytes(),
        ..event(id)
    }
}

/// What a change of attributes announces: an event with the id `id` and a body that says what there was to tell.
pub(super) fn relocking(
    id: &'static str,
) -> impl Fn(&Relocked) -> NewEvent + Send + Sync + 'static {
    move |relocked| NewEvent {
        action: Action::Extra(ExtraAction::Lock),
        tags: relocked.tags.clone(),
        body: format!("{relocked:?}").into_bytes(),
        ..event(id)
    }
}

/// What a verdict announces of what it changes: events whose ids begin with `id`.
pub(super) fn changing(
    id: &'static str,
) -> impl Fn(&ManifestChange) -> NewEvent + Send + Sync + 'static {
    move |change| match change {
        ManifestChange::Relocked(relocked) => {
            NewEvent { id: EventId::new(format!("{id} lock")), ..relocking(id)(relocked) }
        }
        ManifestChange::Scanned(scanned) => NewEvent {
            id: EventId::new(format!("{id} scan")),
            action: Action::Extra(ExtraAction::Scan),
            tags: scanned.tags.clone(),
            body: format!("{scanned:?}").into_bytes(),
            ..event(id)
        },
    }
}

/// A blob of `team/app` that lives in its row.
pub(super) fn blob(content: &str) -> CommitBlob {
    CommitBlob {
        place: place(),
        repository: app(),
        digest: sha256(content),
        size: content.len() as u64,
        content: BlobContent::Inline(Bytes::copy_from_slice(content.as_bytes())),
        now: NOW,
    }
}

/// The ids of the events that nobody has dispatched yet.
pub(super) async fn undispatched(db: &Db) -> Vec<String> {
    let events = db.undispatched(1_000).await.unwrap();
    events.into_iter().map(|event| event.id.as_str().to_owned()).collect()
}

pub(super) fn webhook(name: &str) -> WebhookRow {
    WebhookRow {
        id: WebhookId::new(format!("id of {name}")),
        place: place(),
        name: name.parse().unwrap(),
        target: b"sealed".to_vec(),
        actions: [Action::Push, Action::Delete].into(),
        extra_actions: BTreeSet::new(),
        has_deleted_tags: false,
        scope: "team/app:*".parse().unwrap(),
        status: Status::Enabled,
        tags: "{}".to_owned(),
        paused: None,
        created: (NOW, "somebody".to_owned()),
        updated: (NOW, "somebody".to_owned()),
    }
}

/// Writes a webhook as it is given, whatever was there.
pub(super) async fn put(db: &Db, webhook: &WebhookRow) -> PutOutcome<()> {
    let row = webhook.clone();
    let decide = move |_: Standing<'_, _>| Ok(row.clone());
    db.put_webhook(&webhook.place.registry, &webhook.name, decide, audit("webhook")).await.unwrap()
}

pub(super) fn delivery(webhook: &WebhookId, event_id: &str, due_ms: i64) -> NewDelivery {
    NewDelivery {
        webhook: webhook.clone(),
        event: EventId::new(event_id),
        place: place(),
        kind: DeliveryKind::Event,
        is_extended: false,
        due: Timestamp(due_ms),
        lease: None,
        limit: LIMIT,
        now: NOW,
    }
}

/// Dispatches events that have been pushed, to webhooks that are made if they are not there.
pub(super) async fn dispatch(db: &Db, deliveries: Vec<NewDelivery>) -> Vec<bool> {
    let (_, known) = db.all_webhooks().await.unwrap();
    let mut known: HashSet<_> = known.into_iter().map(|row| row.id).collect();
    for NewDelivery { webhook: id, .. } in &deliveries {
        if known.insert(id.clone()) {
            let name = format!("made{}", known.len());
            put(db, &WebhookRow { id: id.clone(), ..webhook(&name) }).await;
        }
    }
    let events = deliveries.iter().map(|delivery| delivery.event.clone()).collect();
    let revision = db.webhook_revision().await.unwrap();
    match db.dispatch(revision, events, deliveries, NOW).await.unwrap() {
        Dispatched::Made(made) => made,
        Dispatched::Stale => panic!("nobody has changed a webhook"),
    }
}

/// Makes one delivery for each of the given due times, of events named `e1`, `e2`…
pub(super) async fn due_at(db: &Db, webhook: &WebhookId, due_ms: &[i64]) {
    let mut deliveries = Vec::new();
    for (idx, due_ms) in due_ms.iter().enumerate() {
        let event_id = format!("e{}", idx + 1);
        pushed(db, "one", &[], &event_id).await;
        deliveries.push(delivery(webhook, &event_id, *due_ms));
    }
    dispatch(db, deliveries).await;
}

/// Claims for 100 ms.
pub(super) async fn claim(
    db: &Db,
    webhook: &WebhookId,
    now_ms: i64,
    lease: &str,
    limit: u32,
) -> Vec<ClaimedDelivery> {
    let until = Timestamp(now_ms + 100);
    db.claim(webhook, Timestamp(now_ms), lease.into(), until, limit).await.unwrap()
}

pub(super) fn ids(claimed: &[ClaimedDelivery]) -> Vec<&str> {
    claimed.iter().map(|delivery| delivery.event.as_str()).collect()
}

/// Writes down what came of some attempts.
pub(super) async fn finish(db: &Db, finished: Vec<FinishedAttempt>) -> Result<(), Error> {
    db.finish(finished.into_iter().map(Arc::new).collect()).await
}

/// A report of an attempt that was answered with `status`.
pub(super) fn report(delivery: &ClaimedDelivery, status: u16, next: Next) -> FinishedAttempt {
    FinishedAttempt {
        delivery: delivery.clone(),
        attempt: AttemptRow {
            started: NOW,
            duration_ms: 7,
            request: b"sealed request".to_vec(),
            response: Some(ResponseRow {
                status,
                reason: "Reason".to_owned(),
                version: "1.1".to_owned(),
                headers: "{}".to_owned(),
                body: b"answer".to_vec(),
            }),
            error: None,
        },
        next,
        after: AfterAttempt::Nothing,
        now: NOW,
    }
}
