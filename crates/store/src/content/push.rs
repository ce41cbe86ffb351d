//! A manifest comes in.

use super::chart::{self, ChartRow};
use super::untag::{self, AnnounceMoved, Untagged};
use super::{deleted, locks, platforms, retention, tally};
use crate::cache::Key;
use crate::db::Db;
use crate::error::{Error, Fault};
use crate::outbox::NewEvent;
use crate::registry::Hold;
use crate::row::params;
use crate::tx::Tx;
use boathook_core::digest::Digest;
use boathook_core::event::Action;
use boathook_core::lock::{self, Locked};
use boathook_core::manifest::{Manifest, Platform, Reference, ReferenceKind};
use boathook_core::name::{Place, Reference as ManifestReference, Repository, Tag};
use boathook_core::quarantine::{self, State};
use boathook_core::time::Timestamp;
use bytes::Bytes;
use std::sync::Arc;

/// A manifest that has been read and may be stored.
#[derive(Debug)]
pub struct CommitPush {
    /// Where to.
    pub place: Place,
    /// Into which repository.
    pub repository: Repository,
    /// The digest of `bytes`.
    pub digest: Digest,
    /// The tags to move to it; none for a push by digest.
    pub tags: Vec<Tag>,
    /// What the manifest says.
    pub manifest: Manifest,
    /// What its configuration says, where that is too large to be in the database.
    pub platform: Platform,
    /// What it says of itself as a chart, if it is the OCI artifact of one.
    pub chart: Option<Box<ChartRow>>,
    /// The manifest as it came.
    pub bytes: Bytes,
    /// What is to be announced: one event for each tag, or one alone, and one more that it may be held back. Which of them
    /// are recorded is for the policy of the quarantine to say, and for the state of the manifest.
    pub events: Vec<NewEvent>,
    /// What is announced of tags that leave another manifest, if somebody asks for that; nothing for charts, whose own
    /// events tell of them.
    pub announce_moved: Option<AnnounceMoved>,
    /// Who pushes it: the name that they signed in with, if they did.
    pub pushed_by: Option<String>,
    /// When it came.
    pub now: Timestamp,
}

/// What came of a push.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PushOutcome {
    /// It is stored, and its events are.
    Stored,
    /// It is there already, as another type, by which it has to be read; nothing was changed.
    OtherType(String),
    /// The repository or a tag is locked; nothing was changed.
    Locked(Locked),
    /// A tag is a chart's; nothing was changed.
    OfChart,
    /// Something that it refers to is not in the repository; nothing was changed.
    Missing(Reference),
    /// A blob has another size than the manifest says; nothing was changed.
    SizeDiffers {
        /// As the manifest has it.
        reference: Reference,
        /// As it is, in bytes.
        size: u64,
    },
}

impl Db {
    /// Stores a manifest, moves its tags and records its events, all or nothing.
    pub async fn commit_push(&self, push: CommitPush) -> Result<PushOutcome, Error> {
        let push = Arc::new(push);
        let to = push.place.clone();
        self.write_held(&to, "commit_push", async move |tx: &mut Tx<'_>, hold| {
            for tag in &push.tags {
                if chart::owner(tx, &push.place, &push.repository, tag).await?.is_some() {
                    return Ok(PushOutcome::OfChart);
                }
            }
            store(tx, &push, hold).await
        })
        .await
    }
}

/// Stores a manifest, moves its tags and records its events.
pub(super) async fn store(
    tx: &mut Tx<'_>,
    push: &CommitPush,
    hold: Hold,
) -> Result<PushOutcome, Fault> {
    let repository = match may_push(tx, push).await? {
        Ok(repository) => repository,
        Err(locked) => return Ok(PushOutcome::Locked(locked)),
    };
    let mut shown = Shown { image_size: push.bytes.len() as u64, platform: push.platform.clone() };
    for reference in &push.manifest.references {
        match referred(tx, push, reference).await? {
            None => return Ok(PushOutcome::Missing(reference.clone())),
            Some(found) if found.size != reference.size => {
                let reference = reference.clone();
                return Ok(PushOutcome::SizeDiffers { reference, size: found.size });
            }
            Some(found) => {
                shown.image_size += found.image_size;
                if let Some(bytes) = found.bytes {
                    shown.platform = Platform::of_config(&bytes);
                }
            }
        }
    }
    let (registry, region) = (push.place.registry.as_str(), push.place.region.as_str());
    let (name, digest) = (push.repository.as_str(), push.digest.as_str());
    if !repository.is_there {
        tx.execute(
            "INSERT INTO repository (registry, region, name, created_ms) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
            params![registry, region, name, push.now.0],
        )
        .await?;
    }
    let arrived = quarantine::on_arrival(hold.policy, &push.manifest.media_type);
    let (manifests, state) = match store_manifest(tx, push, &shown, arrived).await? {
        Stored::New => (1, arrived),
        Stored::Before(state) => (0, state),
        Stored::AsOtherType(media_type) => return Ok(PushOutcome::OtherType(media_type)),
    };
    let by = push.pushed_by.as_deref();
    for tag in &push.tags {
        tx.execute(
            "INSERT INTO tag (registry, region, repository, name, digest, created_ms, updated_ms, pushed_by)
             VALUES ($1, $2, $3, $4, $5, $6, $6, $7)
             ON CONFLICT (registry, region, repository, name)
             DO UPDATE SET digest = excluded.digest, updated_ms = excluded.updated_ms,
                           pushed_by = excluded.pushed_by",
            params![registry, region, name, tag.as_str(), digest, push.now.0, by],
        )
        .await?;
        let reference = ManifestReference::Tag(tag.clone());
        tx.after.stale.push(Key::Manifest(push.place.clone(), push.repository.clone(), reference));
    }
    note_untagged(tx, push, &repository.moved).await?;
    list_chart(tx, push, &repository.moved).await?;
    record_moved(tx, push, repository.moved).await?;
    let change = tally::Change { manifests, tags: repository.new_tags };
    tally::record(tx, &push.place, &push.repository, &push.digest, change, push.now).await?;
    announce(tx, push, hold, state).await?;
    Ok(PushOutcome::Stored)
}

/// Records the events of a push that led to a manifest of this state. What nobody hears of that is held back, or may be,
/// costs no row: pushes are many, and few registries have anybody who scans them.
async fn announce(
    tx: &mut Tx<'_>,
    push: &CommitPush,
    hold: Hold,
    state: Option<State>,
) -> Result<(), Fault> {
    for event in &push.events {
        let is_heard = event.action != Action::Quarantine || hold.is_heard;
        if is_heard && quarantine::is_announced(hold.policy, state, event.action) {
            event.append(tx).await?;
        }
    }
    Ok(())
}

/// Writes down what is a chart, and notes which tags may be another chart's now, or none's any more.
async fn list_chart(
    tx: &mut Tx<'_>,
    push: &CommitPush,
    moved: &[(usize, Tag, Digest)],
) -> Result<(), Fault> {
    let CommitPush { place, repository, tags, now, .. } = push;
    if let Some(row) = &push.chart {
        chart::oci::keep(tx, place, repository, row).await?;
    }
    let may_be_listed = |idx: &usize| moved.iter().any(|(moved, ..)| moved == idx);
    for (idx, tag) in tags.iter().enumerate() {
        if push.chart.is_some() || may_be_listed(&idx) {
            chart::oci::note(tx, place, repository, tag, *now).await?;
        }
    }
    Ok(())
}

/// Has retention know of what has no tag after the push: the manifest itself, or one that a tag has left.
async fn note_untagged(
    tx: &mut Tx<'_>,
    push: &CommitPush,
    moved: &[(usize, Tag, Digest)],
) -> Result<(), Fault> {
    let (place, name) = (&push.place, &push.repository);
    if push.tags.is_empty() {
        retention::note_arrival(tx, place, name, &push.digest, push.now).await?;
    }
    for (_, _, digest) in moved {
        retention::note(tx, place, name, digest, push.now).await?;
    }
    Ok(())
}

/// Records which tags have left another manifest, if somebody asks for that.
async fn record_moved(
    tx: &mut Tx<'_>,
    push: &CommitPush,
    moved: Vec<(usize, Tag, Digest)>,
) -> Result<(), Fault> {
    let Some(announce_moved) = &push.announce_moved else { return Ok(()) };
    for (idx, tag, from) in moved {
        let moved_to = Some(push.digest.clone());
        let untagged = Untagged { tag, digest: from, media_type: None, moved_to };
        let announce = |untagged: &Untagged| announce_moved.event(idx, untagged);
        untag::record(tx, &push.place, &push.repository, untagged, announce).await?;
    }
    Ok(())
}

/// What a repository is before a push.
struct Before {
    is_there: bool,
    /// How many of the push's tags it does not have.
    new_tags: i64,
    /// The tags that are on other manifests, by their numbers in the push, and which manifests those are.
    moved: Vec<(usize, Tag, Digest)>,
}

/// Looks whether the repository and the tags may be written.
async fn may_push(tx: &mut Tx<'_>, push: &CommitPush) -> Result<Result<Before, Locked>, Fault> {
    if push.tags.is_empty() {
        let attributes = locks::of_repository(tx, &push.place, &push.repository).await?;
        let before = Before { is_there: attributes.is_some(), new_tags: 0, moved: Vec::new() };
        return Ok(lock::push(attributes.unwrap_or_default()).map(|()| before));
    }
    let mut before = Before { is_there: false, new_tags: 0, moved: Vec::new() };
    for (idx, tag) in push.tags.iter().enumerate() {
        let named = locks::of_tag(tx, &push.place, &push.repository, tag).await?;
        before.is_there = named.repository.is_some();
        before.new_tags += i64::from(named.tag.is_none());
        if let Err(locked) = lock::push_tag(named.repository.unwrap_or_default(), named.tag) {
            return Ok(Err(locked));
        }
        let other = named.digest.filter(|digest| *digest != push.digest);
        before.moved.extend(other.map(|other| (idx, tag.clone(), other)));
    }
    Ok(Ok(before))
}

/// What lists show of a manifest that it does not say itself.
struct Shown {
    /// Its size with all that it refers to, in bytes.
    image_size: u64,
    /// What its configuration says.
    platform: Platform,
}

/// What came of storing a manifest.
enum Stored {
    New,
    /// It was there before, in this state, which a push does not change: a verdict is about content.
    Before(Option<State>),
    AsOtherType(String),
}

/// Stores the manifest, unless it is there; where it is there as another type, says which.
async fn store_manifest(
    tx: &mut Tx<'_>,
    push: &CommitPush,
    shown: &Shown,
    arrived: Option<State>,
) -> Result<Stored, Fault> {
    let (registry, region) = (push.place.registry.as_str(), push.place.region.as_str());
    let (repository, digest) = (push.repository.as_str(), push.digest.as_str());
    let manifest = &push.manifest;
    let size = i64::try_from(push.bytes.len()).expect("a manifest is small");
    let annotations =
        manifest.annotations.as_ref().map(|map| serde_json::Value::from(map.clone()).to_string());
    let platforms = (!manifest.platforms.is_empty()).then(|| platforms::print(&manifest.platforms));
    let inserted = tx
        .execute(
            "INSERT INTO manifest (registry, region, repository, digest, media_type, artifact_type, subject,
                                   annotations, size, bytes, created_ms, updated_ms, image_size,
                                   config_media_type, architecture, os, platforms, quarantine_state, pushed_by)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11, $12, $13, $14, $15, $16, $17, $18)
             ON CONFLICT DO NOTHING",
            params![
                registry,
                region,
                repository,
                digest,
                &manifest.media_type,
                manifest.artifact_type.as_deref(),
                manifest.subject.as_ref().map(Digest::as_str),
                annotations.as_deref(),
                size,
                push.bytes.as_ref(),
                push.now.0,
                i64::try_from(shown.image_size).expect("an image fits a disk"),
                manifest.config.as_ref().map(|config| config.media_type.as_str()),
                shown.platform.architecture.as_deref(),
                shown.platform.os.as_deref(),
                platforms.as_deref(),
                arrived.map(State::as_str),
                push.pushed_by.as_deref(),
            ],
        )
        .await?;
    if inserted == 0 {
        let sql = "SELECT media_type, quarantine_state FROM manifest
                   WHERE registry = $1 AND region = $2 AND repository = $3 AND digest = $4";
        let stored = tx.query_opt(sql, params![registry, region, repository, digest]).await?;
        let stored = stored.expect("what cannot be inserted is there");
        return Ok(if stored.text(0) == manifest.media_type {
            Stored::Before(stored.opt_parsed(1))
        } else {
            Stored::AsOtherType(stored.text(0).to_owned())
        });
    }
    deleted::forget_manifest(tx, &push.place, &push.repository, &push.digest).await?;
    for reference in &manifest.references {
        tx.execute(
            "INSERT INTO manifest_reference (registry, region, repository, child, parent)
             VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
            params![registry, region, repository, reference.digest.as_str(), digest],
        )
        .await?;
    }
    Ok(Stored::New)
}

/// Something that a manifest refers to.
struct Referred {
    size: u64,
    /// Its size with all that it refers to itself.
    image_size: u64,
    /// The bytes of a blob that is in the database.
    bytes: Option<Vec<u8>>,
}

/// What a manifest refers to, if the repository has it.
async fn referred(
    tx: &mut Tx<'_>,
    push: &CommitPush,
    reference: &Reference,
) -> Result<Option<Referred>, Fault> {
    let is_config = push.manifest.config.as_ref().is_some_and(|one| one.digest == reference.digest);
    let sql = match reference.kind {
        ReferenceKind::Blob if is_config => {
            "SELECT b.size, b.size, b.bytes FROM repository_blob l
             JOIN blob b ON b.registry = l.registry AND b.region = l.region AND b.digest = l.digest
             WHERE l.registry = $1 AND l.region = $2 AND l.repository = $3 AND l.digest = $4"
        }
        ReferenceKind::Blob => {
            "SELECT b.size, b.size, NULL FROM repository_blob l
             JOIN blob b ON b.registry = l.registry AND b.region = l.region AND b.digest = l.digest
             WHERE l.registry = $1 AND l.region = $2 AND l.repository = $3 AND l.digest = $4"
        }
        ReferenceKind::Manifest => {
            "SELECT size, image_size, NULL FROM manifest
             WHERE registry = $1 AND region = $2 AND repository = $3 AND digest = $4"
        }
    };
    let (registry, region) = (push.place.registry.as_str(), push.place.region.as_str());
    let key = params![registry, region, push.repository.as_str(), reference.digest.as_str()];
    let size = |bytes| u64::try_from(bytes).expect("a size is not negative");
    Ok(tx.query_opt(sql, key).await?.map(|mut row| Referred {
        bytes: row.take_bytes(2),
        size: size(row.int(0)),
        image_size: size(row.int(1)),
    }))
}
