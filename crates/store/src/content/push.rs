//! A manifest comes in.

use crate::cache::Key;
use crate::db::Db;
use crate::error::{Error, Fault};
use crate::outbox::NewEvent;
use crate::row::params;
use crate::tx::Tx;
use boathook_core::digest::Digest;
use boathook_core::manifest::{Manifest, Reference, ReferenceKind};
use boathook_core::name::{Place, Reference as ManifestReference, Repository, Tag};
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
    /// The manifest as it came.
    pub bytes: Bytes,
    /// What is to be announced: one event for each tag, or one alone.
    pub events: Vec<NewEvent>,
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
        self.write("commit_push", async move |tx: &mut Tx<'_>| store(tx, &push).await).await
    }
}

async fn store(tx: &mut Tx<'_>, push: &CommitPush) -> Result<PushOutcome, Fault> {
    for reference in &push.manifest.references {
        match referred_size(tx, push, reference).await? {
            None => return Ok(PushOutcome::Missing(reference.clone())),
            Some(size) if size != reference.size => {
                return Ok(PushOutcome::SizeDiffers { reference: reference.clone(), size });
            }
            Some(_) => (),
        }
    }
    let (registry, region) = (push.place.registry.as_str(), push.place.region.as_str());
    let (repository, digest) = (push.repository.as_str(), push.digest.as_str());
    tx.execute(
        "INSERT INTO repository (registry, region, name, created_ms) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
        params![registry, region, repository, push.now.0],
    )
    .await?;
    if let Some(media_type) = store_manifest(tx, push).await? {
        return Ok(PushOutcome::OtherType(media_type));
    }
    for tag in &push.tags {
        tx.execute(
            "INSERT INTO tag (registry, region, repository, name, digest, created_ms, updated_ms)
             VALUES ($1, $2, $3, $4, $5, $6, $6)
             ON CONFLICT (registry, region, repository, name)
             DO UPDATE SET digest = excluded.digest, updated_ms = excluded.updated_ms",
            params![registry, region, repository, tag.as_str(), digest, push.now.0],
        )
        .await?;
        let reference = ManifestReference::Tag(tag.clone());
        tx.after.stale.push(Key::Manifest(push.place.clone(), push.repository.clone(), reference));
    }
    for event in &push.events {
        event.append(tx).await?;
    }
    Ok(PushOutcome::Stored)
}

/// Stores the manifest, unless it is there; where it is there as another type, says which.
async fn store_manifest(tx: &mut Tx<'_>, push: &CommitPush) -> Result<Option<String>, Fault> {
    let (registry, region) = (push.place.registry.as_str(), push.place.region.as_str());
    let (repository, digest) = (push.repository.as_str(), push.digest.as_str());
    let manifest = &push.manifest;
    let size = i64::try_from(push.bytes.len()).expect("a manifest is small");
    let annotations =
        manifest.annotations.as_ref().map(|map| serde_json::Value::from(map.clone()).to_string());
    let inserted = tx
        .execute(
            "INSERT INTO manifest (registry, region, repository, digest, media_type, artifact_type, subject,
                                   annotations, size, bytes, created_ms)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT DO NOTHING",
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
            ],
        )
        .await?;
    if inserted == 0 {
        let sql = "SELECT media_type FROM manifest
                   WHERE registry = $1 AND region = $2 AND repository = $3 AND digest = $4";
        let stored = tx.query_opt(sql, params![registry, region, repository, digest]).await?;
        let stored = stored.map(|row| row.text(0).to_owned());
        return Ok(stored.filter(|media_type| *media_type != manifest.media_type));
    }
    for reference in &manifest.references {
        tx.execute(
            "INSERT INTO manifest_reference (registry, region, repository, child, parent)
             VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
            params![registry, region, repository, reference.digest.as_str(), digest],
        )
        .await?;
    }
    Ok(None)
}

/// The size of what a manifest refers to, if the repository has it.
async fn referred_size(
    tx: &mut Tx<'_>,
    push: &CommitPush,
    reference: &Reference,
) -> Result<Option<u64>, Fault> {
    let sql = match reference.kind {
        ReferenceKind::Blob => {
            "SELECT b.size FROM repository_blob l
             JOIN blob b ON b.registry = l.registry AND b.region = l.region AND b.digest = l.digest
             WHERE l.registry = $1 AND l.region = $2 AND l.repository = $3 AND l.digest = $4"
        }
        ReferenceKind::Manifest => {
            "SELECT size FROM manifest WHERE registry = $1 AND region = $2 AND repository = $3 AND digest = $4"
        }
    };
    let (registry, region) = (push.place.registry.as_str(), push.place.region.as_str());
    let row = tx
        .query_opt(
            sql,
            params![registry, region, push.repository.as_str(), reference.digest.as_str()],
        )
        .await?;
    Ok(row.map(|row| u64::try_from(row.int(0)).expect("a size is not negative")))
}
