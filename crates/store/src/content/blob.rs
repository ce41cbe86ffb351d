//! Blobs become known to repositories, and unknown again.

use super::blob_tally::Change;
use super::locks;
use crate::blobs::Blobs;
use crate::cache::Key;
use crate::db::Db;
use crate::error::{Error, Fault};
use crate::row::params;
use crate::tx::Tx;
use boathook_core::digest::Digest;
use boathook_core::lock::{self, Locked};
use boathook_core::name::{Place, Repository};
use boathook_core::time::Timestamp;
use bytes::Bytes;
use std::sync::Arc;

/// A blob whose bytes are safe.
#[derive(Clone, Debug)]
pub struct CommitBlob {
    /// Where it lies.
    pub place: Place,
    /// Which repository it was pushed to.
    pub repository: Repository,
    /// Its digest.
    pub digest: Digest,
    /// Its size in bytes.
    pub size: u64,
    /// Its bytes.
    pub content: BlobContent,
    /// When it came.
    pub now: Timestamp,
}

/// Where the bytes of a blob are.
#[derive(Clone, Debug)]
pub enum BlobContent {
    /// In the row, because they are few.
    Inline(Bytes),
    /// In their file, which was put there before.
    InFile(Blobs),
}

/// A blob to be made known to another repository.
#[derive(Clone, Debug)]
pub struct Mount {
    /// Where both repositories are.
    pub place: Place,
    /// The repository that is to have it.
    pub repository: Repository,
    /// The blob.
    pub digest: Digest,
    /// The repositories that it may come from; `None` where any will do.
    pub sources: Option<Vec<Repository>>,
    /// When it is asked for.
    pub now: Timestamp,
}

/// What came of a blob that was pushed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlobOutcome {
    /// The repository has it.
    Linked,
    /// Its file was removed in the meantime, by whoever collects what nobody needs: the repository does not have it
    /// unless it had it before. Whoever puts the file there again may ask again.
    BytesGone,
    /// The repository is locked; nothing was changed.
    Locked(Locked),
}

/// What came of a mount.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MountOutcome {
    /// The repository has the blob.
    Mounted,
    /// None of the sources has it to give.
    NoSource,
    /// The repository is locked; nothing was changed.
    Locked(Locked),
}

/// What came of deleting a blob.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BlobDeletion {
    /// The repository no longer has it.
    Deleted,
    /// The repository did not have it.
    Unknown,
    /// The repository is locked.
    Locked(Locked),
    /// A manifest of the repository needs it.
    Needed {
        /// One such manifest.
        by: Digest,
    },
}

impl Db {
    /// Makes a blob known to the repository that it was pushed to.
    ///
    /// From the first statement on nobody removes its bytes, because the row's lock is held and it says that the blob is
    /// not doomed any more. Only then whether they are there is a question with a lasting answer.
    pub async fn commit_blob(&self, blob: CommitBlob) -> Result<BlobOutcome, Error> {
        let blob = Arc::new(blob);
        let of = blob.place.registry.clone();
        self.write_in(&of, "commit_blob", async move |tx: &mut Tx<'_>| {
            if let Err(locked) = may_push(tx, &blob.place, &blob.repository).await? {
                return Ok(BlobOutcome::Locked(locked));
            }
            save(tx, &blob).await?;
            if let BlobContent::InFile(blobs) = &blob.content
                && !blobs.has(&blob.place, &blob.digest)?
            {
                doom(tx, &blob.place, &blob.digest, blob.now).await?;
                return Ok(BlobOutcome::BytesGone);
            }
            link(tx, &blob.place, &blob.repository, &blob.digest, blob.now).await?;
            Ok(BlobOutcome::Linked)
        })
        .await
    }

    /// Makes a blob of another repository known to this one, unless none of the sources has it, or only such as may not
    /// be read.
    pub async fn mount_blob(&self, mount: Mount) -> Result<MountOutcome, Error> {
        let mount = Arc::new(mount);
        let of = mount.place.registry.clone();
        self.write_in(&of, "mount_blob", async move |tx: &mut Tx<'_>| {
            if let Err(locked) = may_push(tx, &mount.place, &mount.repository).await? {
                return Ok(MountOutcome::Locked(locked));
            }
            if !has_source(tx, &mount).await? {
                return Ok(MountOutcome::NoSource);
            }
            link(tx, &mount.place, &mount.repository, &mount.digest, mount.now).await?;
            Ok(MountOutcome::Mounted)
        })
        .await
    }

    /// Makes a repository forget a blob that none of its manifests needs. The bytes stay until they are collected.
    pub async fn delete_blob(
        &self,
        place: &Place,
        repository: &Repository,
        digest: &Digest,
        now: Timestamp,
    ) -> Result<BlobDeletion, Error> {
        let (place, repository, digest) = (place.clone(), repository.clone(), digest.clone());
        let of = place.registry.clone();
        self.write_in(&of, "delete_blob", async move |tx: &mut Tx<'_>| {
            let key = params![place.registry.as_str(), place.region.as_str(), repository.as_str(), digest.as_str()];
            let attributes = locks::of_repository(tx, &place, &repository).await?;
            if let Err(locked) = lock::delete_blob(attributes.unwrap_or_default()) {
                return Ok(BlobDeletion::Locked(locked));
            }
            let parent = tx
                .query_opt(
                    "SELECT parent FROM manifest_reference
                     WHERE registry = $1 AND region = $2 AND repository = $3 AND child = $4 LIMIT 1",
                    key,
                )
                .await?;
            if let Some(parent) = parent {
                return Ok(BlobDeletion::Needed { by: parent.parsed(0) });
            }
            let sql = "DELETE FROM repository_blob
                       WHERE registry = $1 AND region = $2 AND repository = $3 AND digest = $4";
            let deleted = tx.execute(sql, key).await?;
            doom(tx, &place, &digest, now).await?;
            tx.after.stale.push(Key::Blob(place.clone(), repository.clone(), digest.clone()));
            Ok(if deleted == 0 { BlobDeletion::Unknown } else { BlobDeletion::Deleted })
        })
        .await
    }
}

/// Writes the row of a blob, or has it say that the blob stays. Where the row's own bytes are not those that were pushed,
/// they are damaged.
async fn save(tx: &mut Tx<'_>, blob: &CommitBlob) -> Result<(), Fault> {
    let inline = match &blob.content {
        BlobContent::Inline(bytes) => Some(&bytes[..]),
        BlobContent::InFile(_) => None,
    };
    let (registry, region) = (blob.place.registry.as_str(), blob.place.region.as_str());
    let (digest, size) =
        (blob.digest.as_str(), i64::try_from(blob.size).expect("a blob fits a disk"));
    // Of one that is there this takes the row's lock and nothing else: no size is below zero.
    let sql = "INSERT INTO blob (registry, region, digest, size, bytes, created_ms) VALUES ($1, $2, $3, $4, $5, $6)
               ON CONFLICT (registry, region, digest) DO UPDATE SET size = blob.size WHERE blob.size < 0";
    let key = params![registry, region, digest, size, inline, blob.now.0];
    let counted = if tx.execute(sql, key).await? == 1 {
        0
    } else {
        let sql = "SELECT size FROM blob WHERE registry = $1 AND region = $2 AND digest = $3";
        let before = tx.query_opt(sql, params![registry, region, digest]).await?;
        let sql = "UPDATE blob SET doomed_ms = NULL, size = $4, bytes = $5
                   WHERE registry = $1 AND region = $2 AND digest = $3
                     AND (doomed_ms IS NOT NULL OR bytes IS DISTINCT FROM $5)";
        if tx.execute(sql, params![registry, region, digest, size, inline]).await? == 0 {
            return Ok(());
        }
        before.map_or(0, |row| row.int(0))
    };
    let mut change = Change::default();
    change.note(&blob.digest, size - counted);
    change.record(tx, &blob.place).await
}

/// Notes that no repository has a blob, if that is so.
pub(crate) async fn doom(
    tx: &mut Tx<'_>,
    place: &Place,
    digest: &Digest,
    now: Timestamp,
) -> Result<(), Fault> {
    let (registry, region) = (place.registry.as_str(), place.region.as_str());
    tx.execute(DOOM, params![registry, region, digest.as_str(), now.0]).await?;
    Ok(())
}

/// Notes that no repository has the blob `$3`, if that is so.
pub(crate) const DOOM: &str = "UPDATE blob SET doomed_ms = $4
     WHERE registry = $1 AND region = $2 AND digest = $3 AND doomed_ms IS NULL AND NOT EXISTS (
         SELECT 1 FROM repository_blob l WHERE l.registry = $1 AND l.region = $2 AND l.digest = $3)";

/// Gives a repository a blob. It is looked at again when the grace is over; what a manifest needs already stays as it is.
async fn link(
    tx: &mut Tx<'_>,
    place: &Place,
    repository: &Repository,
    digest: &Digest,
    now: Timestamp,
) -> Result<(), Fault> {
    tx.execute(
        "INSERT INTO repository_blob (registry, region, repository, digest, linked_ms, idle_ms)
         VALUES ($1, $2, $3, $4, $5, $5)
         ON CONFLICT (registry, region, repository, digest) DO UPDATE SET linked_ms = excluded.linked_ms,
             idle_ms = CASE WHEN repository_blob.idle_ms < excluded.idle_ms
                            THEN excluded.idle_ms ELSE repository_blob.idle_ms END",
        params![
            place.registry.as_str(),
            place.region.as_str(),
            repository.as_str(),
            digest.as_str(),
            now.0
        ],
    )
    .await?;
    tx.after.stale.push(Key::Blob(place.clone(), repository.clone(), digest.clone()));
    Ok(())
}

async fn may_push(
    tx: &mut Tx<'_>,
    place: &Place,
    repository: &Repository,
) -> Result<Result<(), Locked>, Fault> {
    let attributes = locks::of_repository(tx, place, repository).await?;
    Ok(lock::push(attributes.unwrap_or_default()))
}

async fn has_source(tx: &mut Tx<'_>, mount: &Mount) -> Result<bool, Fault> {
    let (registry, region, digest) =
        (mount.place.registry.as_str(), mount.place.region.as_str(), mount.digest.as_str());
    let Some(sources) = &mount.sources else {
        let sql = "SELECT 1 FROM repository_blob l
             LEFT JOIN repository r ON r.registry = l.registry AND r.region = l.region AND r.name = l.repository
             WHERE l.registry = $1 AND l.region = $2 AND l.digest = $3 AND COALESCE(r.is_read_enabled, 1) = 1 LIMIT 1";
        return tx.exists(sql, params![registry, region, digest]).await;
    };
    let sql = "SELECT 1 FROM repository_blob WHERE registry = $1 AND region = $2 AND repository = $3 AND digest = $4";
    for source in sources {
        let attributes = locks::of_repository(tx, &mount.place, source).await?;
        if lock::pull_blob(attributes.unwrap_or_default()).is_ok()
            && tx.exists(sql, params![registry, region, source.as_str(), digest]).await?
        {
            return Ok(true);
        }
    }
    Ok(false)
}
