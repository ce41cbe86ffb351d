//! A repository goes, step by step. Each step is a transaction of its own, and whoever repeats it gets the rest done.

use super::{DeletedManifest, Deletion, Within, remove};
use crate::cache::Key;
use crate::content::blob::DOOM;
use crate::content::chart;
use crate::content::deleted;
use crate::content::locks::{self, attributes, columns, tags_of_manifest};
use crate::db::Db;
use crate::error::{Error, Fault};
use crate::outbox::NewEvent;
use crate::row::params;
use crate::tx::Tx;
use boathook_core::digest::Digest;
use boathook_core::lock::{self, Attributes, Locked};
use boathook_core::name::{Place, Repository};
use boathook_core::time::Timestamp;
use std::sync::Arc;

/// How many manifests a step looks at, each of which it may remove. Fewer cost more commits, and more let others wait.
pub const STEP_MANIFESTS_MAX: usize = 20;
/// How many bytes of manifests a step reads at most, unless a single one has more.
const STEP_BYTES_MAX: i64 = 1024 * 1024;
/// How many blobs a step makes the repository forget.
const STEP_BLOBS_MAX: i64 = 500;

/// What came of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RepositoryDeletion {
    /// There is more to be done.
    Going {
        /// The manifests that are gone, each with its event recorded.
        deleted: Vec<DeletedManifest>,
        /// Where the next step goes on: with nothing begins another pass.
        after: String,
    },
    /// Its manifests are gone, and there are more blobs for it to forget. The next step is after nothing.
    Clearing,
    /// The repository is gone.
    Deleted,
    /// What was there when it was asked for is gone, and something is there by now that came later.
    Refilled,
    /// There was none.
    Unknown,
    /// It, a manifest or a tag of it is locked; this step has changed nothing.
    Locked(Locked),
}

impl Db {
    /// Takes the next step on the way to a repository's end; the first is `after` nothing. `announce` makes the event of
    /// the manifest with the given number in the step. What came after `asked` stays: manifests that were pushed, or have
    /// a tag that was, and blobs that were sent or mounted.
    ///
    /// An index goes before the manifests that it needs, so that none is ever left without them. Where a whole pass removes
    /// nothing, what is left is needed by an index that came after `asked`.
    pub async fn delete_repository_step(
        &self,
        place: &Place,
        repository: &Repository,
        after: &str,
        asked: Timestamp,
        now: Timestamp,
        announce: impl Fn(usize, &DeletedManifest) -> NewEvent + Send + Sync + 'static,
    ) -> Result<RepositoryDeletion, Error> {
        let (place, repository, after) = (place.clone(), repository.clone(), after.to_owned());
        let announce = Arc::new(announce);
        let of = place.registry.clone();
        self.write_in(&of, "delete_repository_step", async move |tx: &mut Tx<'_>| {
            let Some(attributes) = locks::of_repository(tx, &place, &repository).await? else {
                return Ok(RepositoryDeletion::Unknown);
            };
            let within = Within { place: &place, name: &repository, attributes };
            if let Err(locked) = may_go(tx, &within).await? {
                return Ok(RepositoryDeletion::Locked(locked));
            }
            if let Some(going) =
                remove_some(tx, &within, &after, asked, |idx, gone| announce(idx, gone)).await?
            {
                return Ok(going);
            }
            if !after.is_empty() {
                return Ok(RepositoryDeletion::Going { deleted: Vec::new(), after: String::new() });
            }
            if has_manifest(tx, &within).await? {
                return Ok(RepositoryDeletion::Refilled);
            }
            // What can be restored needs its blobs.
            let keeps_blobs = deleted::has_manifests(tx, &place, &repository).await?;
            if !keeps_blobs && forget_blobs(tx, &within, asked, now).await? {
                return Ok(RepositoryDeletion::Clearing);
            }
            forget(tx, &within).await?;
            Ok(RepositoryDeletion::Deleted)
        })
        .await
    }
}

pub(super) async fn may_go(
    tx: &mut Tx<'_>,
    within: &Within<'_>,
) -> Result<Result<(), Locked>, Fault> {
    let key =
        params![within.place.registry.as_str(), within.place.region.as_str(), within.name.as_str()];
    let locked_manifest = concat!(
        "SELECT ",
        columns!("m"),
        " FROM manifest m WHERE m.registry = $1 AND m.region = $2 AND m.repository = $3
                                AND (m.is_delete_enabled = 0 OR m.is_write_enabled = 0) LIMIT 1"
    );
    let locked_tag = concat!(
        "SELECT ",
        columns!("t"),
        " FROM tag t WHERE t.registry = $1 AND t.region = $2 AND t.repository = $3
                           AND (t.is_delete_enabled = 0 OR t.is_write_enabled = 0) LIMIT 1"
    );
    let mut of_all = [Attributes::UNLOCKED; 2];
    for (sql, of_all) in [locked_manifest, locked_tag].into_iter().zip(&mut of_all) {
        let found = tx.query_opt(sql, key).await?;
        *of_all = found.and_then(|row| attributes(&row, 0)).unwrap_or_default();
    }
    let [manifests, tags] = of_all;
    Ok(lock::delete_repository(within.attributes, manifests, tags))
}

async fn has_manifest(tx: &mut Tx<'_>, within: &Within<'_>) -> Result<bool, Fault> {
    let key =
        params![within.place.registry.as_str(), within.place.region.as_str(), within.name.as_str()];
    let sql =
        "SELECT 1 FROM manifest WHERE registry = $1 AND region = $2 AND repository = $3 LIMIT 1";
    tx.exists(sql, key).await
}

/// Removes those of the next manifests that no other needs; `None` where there are none any more.
async fn remove_some(
    tx: &mut Tx<'_>,
    within: &Within<'_>,
    after: &str,
    asked: Timestamp,
    announce: impl Fn(usize, &DeletedManifest) -> NewEvent,
) -> Result<Option<RepositoryDeletion>, Fault> {
    // A reference whose manifest is gone binds nobody.
    let sql = "SELECT m.digest, CASE WHEN EXISTS (
             SELECT 1 FROM manifest_reference r
             JOIN manifest p ON p.registry = r.registry AND p.region = r.region AND p.repository = r.repository
                            AND p.digest = r.parent
             WHERE r.registry = m.registry AND r.region = m.region AND r.repository = m.repository
               AND r.child = m.digest) THEN 1 ELSE 0 END, m.size
         FROM manifest m
         WHERE m.registry = $1 AND m.region = $2 AND m.repository = $3 AND $4 < m.digest AND m.created_ms <= $5
         ORDER BY m.digest LIMIT $6";
    let (registry, region) = (within.place.registry.as_str(), within.place.region.as_str());
    let limit = i64::try_from(STEP_MANIFESTS_MAX).expect("a step is small");
    let key = params![registry, region, within.name.as_str(), after, asked.0, limit];
    let found = tx.query(sql, key).await?;
    let mut bytes = 0;
    let fit = found.iter().take_while(|row| {
        let is_first = bytes == 0;
        bytes += row.int(2);
        is_first || bytes <= STEP_BYTES_MAX
    });
    let rows = &found[..fit.count()];
    let Some(last) = rows.last() else { return Ok(None) };
    let is_end = rows.len() == found.len() && found.len() < STEP_MANIFESTS_MAX;
    let after = if is_end { String::new() } else { last.text(0).to_owned() };
    let mut deleted = Vec::new();
    for (idx, row) in rows.iter().enumerate().filter(|(_, row)| row.int(1) == 0) {
        let digest = row.parsed(0);
        if is_tagged_after(tx, within, &digest, asked).await? {
            continue;
        }
        match remove(tx, within, &digest, |gone| announce(idx, gone)).await? {
            Deletion::Deleted(gone) => deleted.push(gone),
            Deletion::Unknown | Deletion::Locked(_) => {
                unreachable!("it was read in this transaction, and nothing is locked")
            }
        }
    }
    Ok(Some(RepositoryDeletion::Going { deleted, after }))
}

/// Says whether a manifest has a tag that was pushed after `asked`, though it may have been there before.
async fn is_tagged_after(
    tx: &mut Tx<'_>,
    within: &Within<'_>,
    digest: &Digest,
    asked: Timestamp,
) -> Result<bool, Fault> {
    let sql = concat!("SELECT 1", tags_of_manifest!(), " AND $5 < t.updated_ms LIMIT 1");
    let (registry, region) = (within.place.registry.as_str(), within.place.region.as_str());
    let key = params![registry, region, within.name.as_str(), digest.as_str(), asked.0];
    tx.exists(sql, key).await
}

/// Makes a repository without manifests forget some of its blobs, if it has any. Those that came after `asked` may be needed
/// by a push that has not come to its manifest.
async fn forget_blobs(
    tx: &mut Tx<'_>,
    within: &Within<'_>,
    asked: Timestamp,
    now: Timestamp,
) -> Result<bool, Fault> {
    let sql = "DELETE FROM repository_blob WHERE registry = $1 AND region = $2 AND repository = $3 AND digest IN (
             SELECT digest FROM repository_blob WHERE registry = $1 AND region = $2 AND repository = $3
               AND linked_ms <= $5
             ORDER BY digest LIMIT $4)
         RETURNING digest";
    let (registry, region) = (within.place.registry.as_str(), within.place.region.as_str());
    let key = params![registry, region, within.name.as_str(), STEP_BLOBS_MAX, asked.0];
    let forgotten = tx.query(sql, key).await?;
    let doomed: Vec<_> = forgotten
        .iter()
        .map(|row| params![registry, region, row.text(0), now.0].to_vec())
        .collect();
    tx.execute_each(DOOM, &doomed).await?;
    let stale = forgotten
        .iter()
        .map(|row| Key::Blob(within.place.clone(), within.name.clone(), row.parsed(0)));
    tx.after.stale.extend(stale);
    Ok(!forgotten.is_empty())
}

/// Removes a repository that has nothing any more.
async fn forget(tx: &mut Tx<'_>, within: &Within<'_>) -> Result<(), Fault> {
    let key =
        params![within.place.registry.as_str(), within.place.region.as_str(), within.name.as_str()];
    let tables = [
        "DELETE FROM repository_tally WHERE registry = $1 AND region = $2 AND repository = $3",
        "DELETE FROM repository WHERE registry = $1 AND region = $2 AND name = $3",
    ];
    for sql in tables {
        tx.execute(sql, key).await?;
    }
    chart::forget_index(tx, within.place, within.name).await?;
    tx.after.stale.push(Key::Repository(within.place.clone(), within.name.clone()));
    Ok(())
}
