//! Pushing a manifest.

mod chart;
mod config;

use super::origin::Origin;
use super::untag;
use crate::ctx::Ctx;
use crate::traffic::TrafficKind;
use boathook_core::digest::{Algorithm, Digest};
use boathook_core::event::{Action, Event, Request, Target};
use boathook_core::id::EventId;
use boathook_core::lock::Locked;
use boathook_core::manifest::{self, InvalidManifest, Manifest, Reference as Needed};
use boathook_core::media_type::{HELM_CHART, NotAManifest};
use boathook_core::name::{Place, Reference, Repository};
use boathook_core::time::Timestamp;
use boathook_store::{AnnounceMoved, CommitPush, Error, NewEvent, PushOutcome};
use bytes::Bytes;

/// A manifest on its way in.
pub struct PushManifest {
    /// Where to.
    pub place: Place,
    /// Into which repository.
    pub repository: Repository,
    /// The tag to move, or the digest that it must have.
    pub reference: Reference,
    /// What the request says that it is.
    pub content_type: Option<String>,
    /// The manifest.
    pub bytes: Bytes,
    /// Who pushes it: the name that they signed in with, if they did.
    pub pushed_by: Option<String>,
    /// The request, for the event's payload.
    pub request: Request,
}

/// What came of a push.
#[derive(Debug)]
pub enum Pushed {
    /// It is stored, and will be announced.
    Stored {
        /// The manifest's digest.
        digest: Digest,
        /// The manifest that it is about.
        subject: Option<Digest>,
    },
    /// It is no manifest.
    Invalid(InvalidManifest),
    /// It was pushed by a digest that it does not have.
    DigestDiffers {
        /// The digest that it has.
        actual: Digest,
    },
    /// The repository or the tag is locked.
    Locked(Locked),
    /// The tag is that of a chart of the classic Helm repository.
    OfChart,
    /// It refers to something that the repository does not have.
    Missing(Needed),
    /// A blob has another size than the manifest says.
    SizeDiffers {
        /// As the manifest has it.
        reference: Needed,
        /// As it is, in bytes.
        size: u64,
    },
}

/// Takes a manifest in, moves the tag and records the event, all or nothing.
///
/// Bytes that do not say of what type they are have the type that they were first pushed as, until they are deleted:
/// a digest names one thing, and what is announced is what a pull will show.
pub async fn manifest(ctx: &Ctx, mut push: PushManifest) -> Result<Pushed, Error> {
    loop {
        match manifest_as(ctx, &push).await? {
            Ok(pushed) => return Ok(pushed),
            // It ends, because that is the type unless somebody deletes the manifest and pushes it as another.
            Err(OtherType(media_type)) => push.content_type = Some(media_type),
        }
    }
}

/// The manifest is there, as another type.
struct OtherType(String);

async fn manifest_as(ctx: &Ctx, push: &PushManifest) -> Result<Result<Pushed, OtherType>, Error> {
    let manifest = match manifest::parse(push.content_type.as_deref(), &push.bytes) {
        // A chart is more than its manifest, which `charts` writes.
        Ok(manifest) if manifest.media_type == HELM_CHART => {
            return Ok(Ok(Pushed::Invalid(NotAManifest::Chart.into())));
        }
        Ok(manifest) => manifest,
        Err(reason) => return Ok(Ok(Pushed::Invalid(reason))),
    };
    let (digest, tag) = match &push.reference {
        Reference::Tag(tag) => (Algorithm::Sha256.digest(&push.bytes), Some(tag.clone())),
        Reference::Digest(expected) => {
            let actual = expected.algorithm().digest(&push.bytes);
            if actual != *expected {
                return Ok(Ok(Pushed::DigestDiffers { actual }));
            }
            (actual, None)
        }
    };
    let subject = manifest.subject.clone();
    let now = ctx.clock.now();
    // Whoever scans hears of it first.
    let events = [Action::Quarantine, Action::Push]
        .map(|action| announce(ctx, push, action, &manifest, &digest, now));
    let platform = config::platform(ctx, &push.place, manifest.config.as_ref()).await;
    let read = chart::Read { manifest: &manifest, bytes: &push.bytes, digest: &digest };
    let chart = chart::of(ctx, &push.place, &push.repository, read, now).await?;
    let commit = CommitPush {
        place: push.place.clone(),
        repository: push.repository.clone(),
        digest: digest.clone(),
        tags: tag.into_iter().collect(),
        manifest,
        platform,
        chart,
        bytes: push.bytes.clone(),
        events: events.into(),
        announce_moved: Some(announce_moved(ctx, push, now)),
        pushed_by: push.pushed_by.clone(),
        now,
    };
    Ok(Ok(match ctx.db.commit_push(commit).await? {
        PushOutcome::Stored => {
            ctx.meters.bytes_in.add(push.bytes.len() as u64);
            ctx.traffic.note(&push.place, TrafficKind::Push, now);
            Pushed::Stored { digest, subject }
        }
        PushOutcome::OtherType(media_type) => return Ok(Err(OtherType(media_type))),
        PushOutcome::Locked(locked) => Pushed::Locked(locked),
        PushOutcome::OfChart => Pushed::OfChart,
        PushOutcome::Missing(reference) => Pushed::Missing(reference),
        PushOutcome::SizeDiffers { reference, size } => Pushed::SizeDiffers { reference, size },
    }))
}

/// One of the events that a push may have; the store records those that it has.
fn announce(
    ctx: &Ctx,
    push: &PushManifest,
    action: Action,
    manifest: &Manifest,
    digest: &Digest,
    now: Timestamp,
) -> NewEvent {
    let tag = match &push.reference {
        Reference::Tag(tag) => Some(tag.clone()),
        Reference::Digest(_) => None,
    };
    let target = Target {
        media_type: Some(manifest.media_type.clone()),
        size: Some(push.bytes.len() as u64),
        digest: Some(digest.clone()),
        repository: push.repository.clone(),
        tag: tag.clone(),
        chart: None,
        detail: None,
    };
    let event = Event {
        id: EventId::new(ctx.ids.uuid()),
        place: push.place.clone(),
        action,
        at: now,
        target: Some(target),
        request: Some(push.request.clone()),
    };
    super::record(&event, tag.into_iter().collect())
}

/// What is announced of the one tag of a push that leaves another manifest.
fn announce_moved(ctx: &Ctx, push: &PushManifest, now: Timestamp) -> AnnounceMoved {
    let id = EventId::new(ctx.ids.uuid());
    let origin = Origin {
        place: push.place.clone(),
        repository: push.repository.clone(),
        request: push.request.clone(),
        at: now,
    };
    AnnounceMoved::new(move |_, untagged| untag::event(&origin, id.clone(), untagged))
}
