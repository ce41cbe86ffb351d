//! What whoever looks for damage asks: all rows, page by page, and repairs that a push at the same time survives.

use crate::content::blob::doom;
use crate::db::Db;
use crate::error::{Error, Fault};
use crate::row::{Row, params};
use crate::tx::Tx;
use boathook_core::digest::Digest;
use boathook_core::name::{Place, Repository};
use boathook_core::time::Timestamp;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// How many blobs a page has, each with up to 16 KiB in its row.
const BLOBS_MAX: i64 = 50;
/// How many manifests a page has, each with up to 4 MiB.
const MANIFESTS_MAX: i64 = 4;

/// A blob's row.
#[derive(Clone, Debug)]
pub struct StoredBlob {
    /// Where it is.
    pub place: Place,
    /// Its digest.
    pub digest: Digest,
    /// Its size in bytes.
    pub size: u64,
    /// The bytes, if they live in the row.
    pub inline: Option<Vec<u8>>,
    /// Whether it is on its way out, so that its file may be gone.
    pub is_doomed: bool,
}

/// A manifest's row.
#[derive(Clone, Debug)]
pub struct StoredManifest {
    /// Whether it was deleted and can be restored.
    pub is_deleted: bool,
    /// Where it is.
    pub place: Place,
    /// In which repository.
    pub repository: Repository,
    /// Its digest.
    pub digest: Digest,
    /// Its media type.
    pub media_type: String,
    /// The manifest as it was pushed.
    pub bytes: Vec<u8>,
}

/// What came of forgetting a blob without bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ForgetOutcome {
    /// Nobody knows of it any more.
    Forgotten,
    /// A manifest needs it, so that it was left alone.
    Needed,
    /// It has bytes by now, or was forgotten by somebody else.
    Healed,
}

impl Db {
    /// Some blobs of all places, those after the given one.
    pub async fn stored_blobs(&self, after: Option<&StoredBlob>) -> Result<Vec<StoredBlob>, Error> {
        let key = after.map(|blob| (blob.place.clone(), blob.digest.clone()));
        self.read("stored_blobs", async move |tx: &mut Tx<'_>| {
            let (registry, region, digest) =
                key.as_ref().map_or(("", "", ""), |(place, digest)| {
                    (place.registry.as_str(), place.region.as_str(), digest.as_str())
                });
            let sql = "SELECT registry, region, digest, size, bytes, doomed_ms FROM blob
                       WHERE ($1, $2, $3) < (registry, region, digest)
                       ORDER BY registry, region, digest LIMIT $4";
            let rows = tx.query(sql, params![registry, region, digest, BLOBS_MAX]).await?;
            let blob = |mut row: Row| StoredBlob {
                place: Place { registry: row.parsed(0), region: row.parsed(1) },
                digest: row.parsed(2),
                size: u64::try_from(row.int(3)).unwrap_or_default(),
                inline: row.take_bytes(4),
                is_doomed: row.opt_int(5).is_some(),
            };
            Ok(rows.into_iter().map(blob).collect())
        })
        .await
    }

    /// Some manifests of all places, those after the given one: first those that are there, then those that can be
    /// restored.
    pub async fn stored_manifests(
        &self,
        after: Option<&StoredManifest>,
    ) -> Result<Vec<StoredManifest>, Error> {
        let after = after.map(|one| StoredManifest { bytes: Vec::new(), ..one.clone() });
        self.read("stored_manifests", async move |tx: &mut Tx<'_>| {
            let is_deleted = after.as_ref().is_some_and(|after| after.is_deleted);
            let page = manifests(tx, is_deleted, after.as_ref()).await?;
            if page.is_empty() && !is_deleted { manifests(tx, true, None).await } else { Ok(page) }
        })
        .await
    }

    /// The size of a manifest that is there, or that can be restored.
    pub async fn kept_manifest_size(
        &self,
        place: &Place,
        repository: &Repository,
        digest: &Digest,
    ) -> Result<Option<u64>, Error> {
        let (place, repository, digest) = (place.clone(), repository.clone(), digest.clone());
        self.read("kept_manifest_size", async move |tx: &mut Tx<'_>| {
            let sql = "SELECT size FROM manifest
                       WHERE registry = $1 AND region = $2 AND repository = $3 AND digest = $4
                       UNION ALL SELECT size FROM deleted_manifest
                       WHERE registry = $1 AND region = $2 AND repository = $3 AND digest = $4";
            let (registry, region) = (place.registry.as_str(), place.region.as_str());
            let key = params![registry, region, repository.as_str(), digest.as_str()];
            let row = tx.query_opt(sql, key).await?;
            Ok(row.map(|row| u64::try_from(row.int(0)).unwrap_or_default()))
        })
        .await
    }

    /// The size of a blob as its row has it, and whether its bytes have to be in a file.
    pub async fn blob_row(
        &self,
        place: &Place,
        digest: &Digest,
    ) -> Result<Option<(u64, bool)>, Error> {
        let (place, digest) = (place.clone(), digest.clone());
        self.read("blob_row", async move |tx: &mut Tx<'_>| {
            let sql = "SELECT size, CASE WHEN bytes IS NULL THEN 1 ELSE 0 END FROM blob
                       WHERE registry = $1 AND region = $2 AND digest = $3";
            let key = params![place.registry.as_str(), place.region.as_str(), digest.as_str()];
            let row = tx.query_opt(sql, key).await?;
            Ok(row.map(|row| (u64::try_from(row.int(0)).unwrap_or_default(), row.int(1) == 1)))
        })
        .await
    }

    /// Has `set_aside` take a file out of its place that no row speaks of; `false` where one does by now. A row is written
    /// for as long as that takes, so that whoever pushes the blob waits, and then finds that the file is gone. Where the
    /// session ends in the middle and somebody has pushed it meanwhile, `put_back` puts it back.
    pub async fn remove_orphan(
        &self,
        place: &Place,
        digest: &Digest,
        set_aside: impl Fn() -> Result<(), Error> + Send + Sync + 'static,
        put_back: impl Fn(&Digest) -> Result<(), Error>,
    ) -> Result<bool, Error> {
        let (of, wanted) = (place.clone(), digest.clone());
        let (place, digest, set_aside) = (place.clone(), digest.clone(), Arc::new(set_aside));
        let moved = Arc::new(AtomicBool::new(false));
        let noted = Arc::clone(&moved);
        let written = self.write("remove_orphan", async move |tx: &mut Tx<'_>| {
            let key = params![place.registry.as_str(), place.region.as_str(), digest.as_str()];
            let sql = "INSERT INTO blob (registry, region, digest, size, created_ms) VALUES ($1, $2, $3, 0, 0)
                       ON CONFLICT DO NOTHING";
            if tx.execute(sql, key).await? == 0 {
                return Ok(false);
            }
            set_aside()?;
            noted.store(true, Ordering::Release);
            tx.execute("DELETE FROM blob WHERE registry = $1 AND region = $2 AND digest = $3", key)
                .await?;
            Ok(true)
        })
        .await;
        let left = moved.load(Ordering::Acquire) && !matches!(written, Ok(true));
        self.put_back_needed(&of, left.then_some(wanted), put_back).await?;
        written
    }

    /// Makes all repositories of a place forget a blob that has no bytes, unless a manifest needs it. `has_bytes` looks once
    /// more, while nobody can put them there unseen.
    pub async fn forget_blob(
        &self,
        place: &Place,
        digest: &Digest,
        has_bytes: impl Fn() -> Result<bool, Error> + Send + Sync + 'static,
        now: Timestamp,
    ) -> Result<ForgetOutcome, Error> {
        let (place, digest, has_bytes) = (place.clone(), digest.clone(), Arc::new(has_bytes));
        let of = place.registry.clone();
        self.write_in(&of, "forget_blob", async move |tx: &mut Tx<'_>| {
            let key = params![place.registry.as_str(), place.region.as_str(), digest.as_str()];
            // Takes the row's lock.
            let sql = "UPDATE blob SET size = size WHERE registry = $1 AND region = $2 AND digest = $3";
            if tx.execute(sql, key).await? == 0 || has_bytes()? {
                return Ok(ForgetOutcome::Healed);
            }
            let needed = "SELECT 1 FROM repository_blob l JOIN manifest_reference r ON r.registry = l.registry
                              AND r.region = l.region AND r.repository = l.repository AND r.child = l.digest
                          WHERE l.registry = $1 AND l.region = $2 AND l.digest = $3 LIMIT 1";
            if tx.exists(needed, key).await? {
                return Ok(ForgetOutcome::Needed);
            }
            let sql = "DELETE FROM repository_blob WHERE registry = $1 AND region = $2 AND digest = $3";
            tx.execute(sql, key).await?;
            doom(tx, &place, &digest, now).await?;
            tx.after.has_forgotten = true;
            Ok(ForgetOutcome::Forgotten)
        })
        .await
    }
}

async fn manifests(
    tx: &mut Tx<'_>,
    is_deleted: bool,
    after: Option<&StoredManifest>,
) -> Result<Vec<StoredManifest>, Fault> {
    let (registry, region, repository, digest) = after.map_or(("", "", "", ""), |one| {
        let (registry, region) = (one.place.registry.as_str(), one.place.region.as_str());
        (registry, region, one.repository.as_str(), one.digest.as_str())
    });
    let table = if is_deleted { "deleted_manifest" } else { "manifest" };
    let sql = format!(
        "SELECT registry, region, repository, digest, media_type, bytes FROM {table}
         WHERE ($1, $2, $3, $4) < (registry, region, repository, digest)
         ORDER BY registry, region, repository, digest LIMIT $5"
    );
    let params = params![registry, region, repository, digest, MANIFESTS_MAX];
    let manifest = |mut row: Row| StoredManifest {
        is_deleted,
        place: Place { registry: row.parsed(0), region: row.parsed(1) },
        repository: row.parsed(2),
        digest: row.parsed(3),
        media_type: row.text(4).to_owned(),
        bytes: row.take_bytes(5).unwrap_or_default(),
    };
    Ok(tx.query(&sql, params).await?.into_iter().map(manifest).collect())
}
