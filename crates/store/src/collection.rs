//! Content that nobody needs any more goes, step by step, while everything else goes on.
//!
//! The work follows the changes and not the size of the registry. A link of a blob to a repository has `idle_ms` as long as
//! no manifest of the repository is known to need the blob: from the push or the mount that made it, and again from the
//! deletion of a manifest that needed it. Once that is a grace ago the link is looked at. If a manifest needs it, it is idle
//! no more, and nobody looks at it again until a manifest goes; else the link goes, and with the last one the blob is
//! doomed. A later step removes the rows of doomed blobs, and takes their files out of their places in the same
//! transaction.
//!
//! # Who pushes a blob that is on its way out
//!
//! Whoever pushes puts the file there first. Then, in one transaction, the row says that it is not doomed, which takes its
//! lock, and after that somebody looks whether the file is there ([`Db::commit_blob`]). Whoever collects deletes the row,
//! which takes the same lock, and after that moves the file. So either the pusher is first, and the row is doomed no more;
//! or the collector is, and the pusher finds that the file is gone, puts it there again and asks again. If the collector's
//! process dies after the file was moved, the row is still doomed and no repository has the blob: nobody reads it, and
//! whoever pushes it finds the file gone as well.
//!
//! On PostgreSQL the collector's session may end, and its lock with it, before the collector hears of that. Then a pusher may
//! have committed by the time that the file is moved. So what was moved is put back where the row that was to be deleted is
//! there when the transaction is over ([`Db::put_back_needed`]).
//!
//! Moving a file takes no time, however large it is, and is done where SQL is waited for; removing it is done later
//! ([`Blobs::empty_gone`](crate::Blobs::empty_gone)). Both may be done twice.

use crate::cache::Key;
use crate::content::blob::DOOM;
use crate::content::blob_tally::Change;
use crate::db::Db;
use crate::error::{Error, Fault};
use crate::row::{Row, Value, params};
use crate::tx::Tx;
use boathook_core::digest::Digest;
use boathook_core::name::{Place, Region, RegistryName, Repository};
use boathook_core::time::Timestamp;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

/// How many links a step looks at, and how many blobs one removes.
pub const COLLECTED_MAX: usize = 100;
/// How many links, or doomed blobs, a page of what would go has.
const PAGE_MAX: i64 = 100;

/// A step of a collection.
#[derive(Clone, Debug)]
pub struct CollectionStep {
    /// Where.
    pub place: Place,
    /// Which collection it is a step of: the one that began then.
    pub began: Timestamp,
    /// What has been of no use since before then, or since then, is due.
    pub due: Timestamp,
    /// Until when whoever takes the step has the collection.
    pub until: Timestamp,
}

/// What came of looking at links.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReviewedLinks {
    /// How many are needed.
    pub needed: usize,
    /// How many are gone.
    pub gone: usize,
}

/// What came of removing blobs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RemovedBlobs {
    /// How many were looked at.
    pub seen: usize,
    /// How many are gone.
    pub count: u64,
    /// How large they were, in bytes.
    pub bytes: u64,
}

/// The last collection in a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CollectionRow {
    /// Where.
    pub region: Region,
    /// When it began.
    pub started: Timestamp,
    /// When it ended; nothing while it is under way, or where whoever did it died.
    pub ended: Option<Timestamp>,
    /// Until when somebody has it under way.
    pub until: Timestamp,
    /// How many links of blobs to repositories it has removed.
    pub link_count: u64,
    /// How many blobs it has removed.
    pub blob_count: u64,
    /// How large they were, in bytes.
    pub blob_bytes: u64,
    /// The operation that asked for it; nothing where it was time for one.
    pub operation: Option<String>,
}

/// A collection that is to begin.
#[derive(Clone, Debug)]
pub struct BeginCollection {
    /// Where.
    pub place: Place,
    /// The operation that asks for it, if one does. What it has begun there, it goes on with.
    pub operation: Option<String>,
    /// When.
    pub now: Timestamp,
    /// Until when whoever begins it has it.
    pub until: Timestamp,
}

/// What came of beginning a collection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CollectionBegin {
    /// It is under way since then, and keeps what it has counted if the same operation had begun it.
    Begun(Timestamp),
    /// The operation's collection has ended there.
    Ended,
    /// Somebody else's is under way.
    Taken,
}

/// Where a page of what would go ends: the time, the repository, which a doomed blob has none of, and the digest.
pub type DueAfter = (Timestamp, String, String);

/// A link that no manifest needs, or a blob that no repository has any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueBlob {
    /// Since when.
    pub since: Timestamp,
    /// The blob's digest.
    pub digest: Digest,
    /// Its size in bytes.
    pub size: u64,
    /// Whether the blob goes with it: all of its links are of no use, and this is the last one. So each blob goes once.
    pub goes: bool,
}

/// A page of what a collection removes sooner or later.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DuePage {
    /// The links of repositories to blobs that none of their manifests needs, or the doomed blobs.
    pub blobs: Vec<DueBlob>,
    /// Where the next page begins, if there is one.
    pub next: Option<DueAfter>,
}

impl Db {
    /// Says whether there is anything to collect in a place: links that are due, or blobs that have been doomed since
    /// before `doomed`.
    pub async fn has_garbage(
        &self,
        place: &Place,
        due: Timestamp,
        doomed: Timestamp,
    ) -> Result<bool, Error> {
        let place = place.clone();
        self.read("has_garbage", async move |tx: &mut Tx<'_>| {
            let (registry, region) = (place.registry.as_str(), place.region.as_str());
            let sql = "SELECT (SELECT idle_ms FROM repository_blob
                       WHERE registry = $1 AND region = $2 AND idle_ms IS NOT NULL
                       ORDER BY idle_ms, repository, digest LIMIT 1),
                     (SELECT doomed_ms FROM blob
                       WHERE registry = $1 AND region = $2 AND doomed_ms IS NOT NULL
                       ORDER BY doomed_ms, digest LIMIT 1)";
            let row = tx.query_opt(sql, params![registry, region]).await?.expect("it is one row");
            let is_past = |idx, limit: Timestamp| row.opt_int(idx).is_some_and(|at| at <= limit.0);
            Ok(is_past(0, due) || is_past(1, doomed))
        })
        .await
    }

    /// Begins a collection, unless somebody has it under way. That saves work: nothing goes wrong where two collect.
    ///
    /// What an operation under way has counted in the place stays, whether or not whoever was at it has died.
    pub async fn begin_collection(&self, new: BeginCollection) -> Result<CollectionBegin, Error> {
        let of = new.place.registry.clone();
        self.write_in(&of, "begin_collection", async move |tx: &mut Tx<'_>| {
            let BeginCollection { place, operation, now, until } = &new;
            let (registry, region) = (place.registry.as_str(), place.region.as_str());
            if let Some(operation) = operation {
                let sql = "UPDATE collection SET lease_ms = $3
                           WHERE registry = $1 AND region = $2 AND operation = $4 AND ended_ms IS NULL
                           RETURNING started_ms";
                let key = params![registry, region, until.0, operation];
                if let Some(row) = tx.query_opt(sql, key).await? {
                    return Ok(CollectionBegin::Begun(Timestamp(row.int(0))));
                }
                let sql = "SELECT 1 FROM collection WHERE registry = $1 AND region = $2 AND operation = $3";
                if tx.exists(sql, params![registry, region, operation]).await? {
                    return Ok(CollectionBegin::Ended);
                }
            }
            let begun = tx
                .execute(
                    "INSERT INTO collection (registry, region, lease_ms, started_ms, link_count, blob_count, blob_bytes,
                                             operation)
                     VALUES ($1, $2, $3, $4, 0, 0, 0, $5)
                     ON CONFLICT (registry, region) DO UPDATE SET lease_ms = excluded.lease_ms,
                         started_ms = excluded.started_ms, ended_ms = NULL, link_count = 0, blob_count = 0,
                         blob_bytes = 0, operation = excluded.operation
                     WHERE collection.lease_ms <= excluded.started_ms AND NOT EXISTS (
                         SELECT 1 FROM operation o WHERE o.id = collection.operation AND o.ended_ms IS NULL)",
                    params![registry, region, until.0, now.0, operation.as_ref()],
                )
                .await?;
            Ok(if begun == 1 { CollectionBegin::Begun(*now) } else { CollectionBegin::Taken })
        })
        .await
    }

    /// Lets whoever asks first collect where the last process had begun to, which only holds where there is no other
    /// process.
    pub async fn inherit_collections(&self) -> Result<(), Error> {
        if self.is_shared() {
            return Ok(());
        }
        self.write("inherit_collections", async move |tx: &mut Tx<'_>| {
            tx.execute("UPDATE collection SET lease_ms = 0 WHERE 0 < lease_ms", params![]).await?;
            Ok(())
        })
        .await
    }

    /// Notes that the collection that began at `began` has ended, and says what it came to; nothing where somebody else has
    /// noted that, or has begun another.
    pub async fn end_collection(
        &self,
        place: &Place,
        began: Timestamp,
        now: Timestamp,
    ) -> Result<Option<CollectionRow>, Error> {
        let place = place.clone();
        let of = place.registry.clone();
        self.write_in(&of, "end_collection", async move |tx: &mut Tx<'_>| {
            let sql = format!(
                "UPDATE collection SET ended_ms = $3, lease_ms = 0
                 WHERE registry = $1 AND region = $2 AND started_ms = $4 AND ended_ms IS NULL RETURNING {COLUMNS}"
            );
            let key = params![place.registry.as_str(), place.region.as_str(), now.0, began.0];
            Ok(tx.query_opt(&sql, key).await?.as_ref().map(collection))
        })
        .await
    }

    /// The last collection in each of a registry's regions.
    pub async fn collections(&self, registry: &RegistryName) -> Result<Vec<CollectionRow>, Error> {
        let registry = registry.clone();
        self.read("collections", async move |tx: &mut Tx<'_>| {
            let sql =
                format!("SELECT {COLUMNS} FROM collection WHERE registry = $1 ORDER BY region");
            let rows = tx.query(&sql, params![registry.as_str()]).await?;
            Ok(rows.iter().map(collection).collect())
        })
        .await
    }

    /// Looks at the links that have been due for longest, at most [`COLLECTED_MAX`] of them. Those that no manifest needs go,
    /// and blobs that have lost their last one are doomed, since that they are due.
    pub async fn review_links(&self, step: CollectionStep) -> Result<ReviewedLinks, Error> {
        let of = step.place.registry.clone();
        self.write_in(&of, "review_links", async move |tx: &mut Tx<'_>| {
            let CollectionStep { place, due, .. } = &step;
            let (registry, region) = (place.registry.as_str(), place.region.as_str());
            let limit = i64::try_from(COLLECTED_MAX).expect("a step is small");
            let sql = "SELECT repository, digest, (SELECT parent FROM manifest_reference r
                           WHERE r.registry = l.registry AND r.region = l.region
                             AND r.repository = l.repository AND r.child = l.digest LIMIT 1)
                       FROM repository_blob l WHERE registry = $1 AND region = $2 AND idle_ms <= $3
                       ORDER BY idle_ms, repository, digest LIMIT $4";
            let rows = tx.query(sql, params![registry, region, due.0, limit]).await?;
            let (needed, gone): (Vec<_>, Vec<_>) =
                rows.iter().partition(|row| row.opt_text(2).is_some());
            let sql = "UPDATE repository_blob SET idle_ms = NULL
                       WHERE registry = $1 AND region = $2 AND repository = $3 AND digest = $4";
            tx.execute_each(
                sql,
                &needed.iter().map(|row| link_key(place, row)).collect::<Vec<_>>(),
            )
            .await?;
            let sql = "DELETE FROM repository_blob
                       WHERE registry = $1 AND region = $2 AND repository = $3 AND digest = $4";
            tx.execute_each(sql, &gone.iter().map(|row| link_key(place, row)).collect::<Vec<_>>())
                .await?;
            let doomed =
                gone.iter().map(|row| params![registry, region, row.text(1), due.0].to_vec());
            tx.execute_each(DOOM, &doomed.collect::<Vec<_>>()).await?;
            let stale =
                rows.iter().map(|row| Key::Blob(place.clone(), row.parsed(0), row.parsed(1)));
            tx.after.stale.extend(stale);
            let reviewed = ReviewedLinks { needed: needed.len(), gone: gone.len() };
            tell(tx, &step, gone.len() as u64, RemovedBlobs::default()).await?;
            Ok(reviewed)
        })
        .await
    }

    /// Removes the blobs that have been doomed for longest, at most [`COLLECTED_MAX`] of them. `set_aside` takes the file of
    /// one out of its place, and `put_back` puts it there again; both may be called again for the same one. One whose file
    /// stays where it is, for a reason of its own, is doomed anew as of the step's end, so that it keeps no other from being
    /// removed.
    pub async fn remove_blobs(
        &self,
        step: CollectionStep,
        set_aside: impl Fn(&Digest) -> Result<(), Error> + Send + Sync + 'static,
        put_back: impl Fn(&Digest) -> Result<(), Error>,
    ) -> Result<RemovedBlobs, Error> {
        let set_aside = Arc::new(set_aside);
        let moved = Arc::new(Mutex::new(BTreeSet::new()));
        let (place, noted) = (step.place.clone(), Arc::clone(&moved));
        let of = place.registry.clone();
        let written = self.write_in(&of, "remove_blobs", async move |tx: &mut Tx<'_>| {
            let (registry, region) = (step.place.registry.as_str(), step.place.region.as_str());
            let limit = i64::try_from(COLLECTED_MAX).expect("a step is small");
            let sql = "SELECT digest, size, CASE WHEN bytes IS NULL THEN 1 ELSE 0 END, created_ms FROM blob
                       WHERE registry = $1 AND region = $2 AND doomed_ms <= $3 ORDER BY doomed_ms, digest LIMIT $4";
            let rows = tx.query(sql, params![registry, region, step.due.0, limit]).await?;
            // A program of before does not know that what it links has to be doomed no more.
            let keys: Vec<_> =
                rows.iter().map(|row| params![registry, region, row.text(0)].to_vec()).collect();
            let spared = tx.execute_each(SPARE, &keys).await?;
            let sql = "DELETE FROM blob WHERE registry = $1 AND region = $2 AND digest = $3 AND doomed_ms IS NOT NULL";
            let deleted = tx.execute_each(sql, &keys).await?;
            let mut removed = RemovedBlobs { seen: rows.len(), ..RemovedBlobs::default() };
            let (mut stuck, mut gone, mut change) = (Vec::new(), Vec::new(), Change::default());
            for (row, (spared, deleted)) in rows.iter().zip(spared.into_iter().zip(deleted)) {
                debug_assert!(spared + deleted <= 1, "it is spared or it goes");
                if deleted == 0 {
                    continue;
                }
                let digest = row.parsed(0);
                let set_aside = if row.int(2) == 1 { set_aside(&digest) } else { Ok(()) };
                match set_aside {
                    Ok(()) => {
                        removed.count += 1;
                        removed.bytes += size(row, 1);
                        change.note(&digest, -row.int(1));
                        noted.lock().expect(UNPOISONED).insert(digest.clone());
                        gone.push(digest);
                    }
                    Err(error) if error.is_transient() => return Err(error.into()),
                    Err(_) => stuck.push(
                        params![registry, region, row.text(0), row.int(1), row.int(3), step.until.0].to_vec(),
                    ),
                }
            }
            let sql = "INSERT INTO blob (registry, region, digest, size, created_ms, doomed_ms)
                       VALUES ($1, $2, $3, $4, $5, $6)";
            tx.execute_each(sql, &stuck).await?;
            change.record(tx, &step.place).await?;
            tell(tx, &step, 0, removed).await?;
            Ok((removed, gone))
        })
        .await;
        let mut left = std::mem::take(&mut *moved.lock().expect(UNPOISONED));
        if let Ok((_, gone)) = &written {
            // An earlier run of the transaction may have moved others.
            left.retain(|digest| !gone.contains(digest));
        }
        self.put_back_needed(&place, left, put_back).await?;
        Ok(written?.0)
    }

    /// Has `put_back` put files back that were moved in a transaction which did not delete their rows, as far as those are
    /// there. Where the database cannot be asked, that is taken for granted: a file too many harms nobody.
    pub(crate) async fn put_back_needed(
        &self,
        place: &Place,
        moved: impl IntoIterator<Item = Digest>,
        put_back: impl Fn(&Digest) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut outcome = Ok(());
        for digest in moved {
            if !matches!(self.blob_row(place, &digest).await, Ok(None)) {
                outcome = outcome.and(put_back(&digest));
            }
        }
        outcome
    }

    /// A page of the links that have been idle since `until` or before and that no manifest needs, those after `after`.
    pub async fn idle_links(
        &self,
        place: &Place,
        until: Timestamp,
        after: Option<DueAfter>,
    ) -> Result<DuePage, Error> {
        let place = place.clone();
        self.read("idle_links", async move |tx: &mut Tx<'_>| {
            let (at, repository, digest) = after.unwrap_or((Timestamp(i64::MIN), String::new(), String::new()));
            let sql = "SELECT l.idle_ms, l.repository, l.digest,
                           (SELECT size FROM blob b
                            WHERE b.registry = $1 AND b.region = $2 AND b.digest = l.digest),
                           (SELECT parent FROM manifest_reference r WHERE r.registry = $1 AND r.region = $2
                            AND r.repository = l.repository AND r.child = l.digest LIMIT 1),
                           (SELECT o.digest FROM repository_blob d CROSS JOIN repository_blob o
                            WHERE d.registry = $1 AND d.region = $2 AND d.digest = l.digest
                              AND o.registry = $1 AND o.region = $2 AND o.repository = d.repository
                              AND o.digest = d.digest
                              AND (o.idle_ms IS NULL OR (l.idle_ms, l.repository) < (o.idle_ms, o.repository)
                                  OR EXISTS (
                                  SELECT 1 FROM manifest_reference r WHERE r.registry = $1 AND r.region = $2
                                  AND r.repository = o.repository AND r.child = o.digest)) LIMIT 1)
                       FROM repository_blob l
                       WHERE l.registry = $1 AND l.region = $2 AND l.idle_ms <= $3
                         AND ($4, $5, $6) < (l.idle_ms, l.repository, l.digest)
                       ORDER BY l.idle_ms, l.repository, l.digest LIMIT $7";
            let (registry, region) = (place.registry.as_str(), place.region.as_str());
            let rows = tx
                .query(sql, params![registry, region, until.0, at.0, &repository, &digest, PAGE_MAX])
                .await?;
            let unneeded = rows.iter().filter(|row| row.opt_text(4).is_none());
            let blobs = unneeded.map(|row| DueBlob {
                since: Timestamp(row.int(0)),
                digest: row.parsed(2),
                size: row.opt_int(3).map_or(0, |_| size(row, 3)),
                goes: row.opt_text(5).is_none(),
            });
            Ok(DuePage { blobs: blobs.collect(), next: next(&rows) })
        })
        .await
    }

    /// A page of the blobs that have been doomed since `until` or before, those after `after`.
    pub async fn doomed_blobs(
        &self,
        place: &Place,
        until: Timestamp,
        after: Option<DueAfter>,
    ) -> Result<DuePage, Error> {
        let place = place.clone();
        self.read("doomed_blobs", async move |tx: &mut Tx<'_>| {
            let (at, _, digest) = after.unwrap_or((Timestamp(i64::MIN), String::new(), String::new()));
            let sql = "SELECT doomed_ms, '', digest, size FROM blob
                       WHERE registry = $1 AND region = $2 AND doomed_ms <= $3 AND ($4, $5) < (doomed_ms, digest)
                       ORDER BY doomed_ms, digest LIMIT $6";
            let (registry, region) = (place.registry.as_str(), place.region.as_str());
            let rows =
                tx.query(sql, params![registry, region, until.0, at.0, &digest, PAGE_MAX]).await?;
            let blobs = rows.iter().map(|row| DueBlob {
                since: Timestamp(row.int(0)),
                digest: row.parsed(2),
                size: size(row, 3),
                goes: true,
            });
            Ok(DuePage { blobs: blobs.collect(), next: next(&rows) })
        })
        .await
    }

    /// Has a blob count as needed from now on for the length of a grace, where it is idle; says whether the repository has
    /// it. Whoever was told that it is there relies on that.
    pub async fn touch_blob(
        &self,
        place: &Place,
        repository: &Repository,
        digest: &Digest,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let (place, repository, digest) = (place.clone(), repository.clone(), digest.clone());
        let of = place.registry.clone();
        self.write_in(&of, "touch_blob", async move |tx: &mut Tx<'_>| {
            let (registry, region) = (place.registry.as_str(), place.region.as_str());
            let key = params![registry, region, repository.as_str(), digest.as_str(), now.0];
            let sql = "UPDATE repository_blob SET idle_ms = $5
                       WHERE registry = $1 AND region = $2 AND repository = $3 AND digest = $4 AND idle_ms < $5";
            tx.execute(sql, key).await?;
            tx.after.stale.push(Key::Blob(place.clone(), repository.clone(), digest.clone()));
            let sql = "SELECT 1 FROM repository_blob
                       WHERE registry = $1 AND region = $2 AND repository = $3 AND digest = $4";
            tx.exists(sql, &key[..4]).await
        })
        .await
    }
}

pub(crate) const UNPOISONED: &str = "nothing panics while what was moved is held";

const COLUMNS: &str =
    "region, started_ms, ended_ms, link_count, blob_count, blob_bytes, operation, lease_ms";

fn collection(row: &Row) -> CollectionRow {
    CollectionRow {
        region: row.parsed(0),
        started: Timestamp(row.int(1)),
        ended: row.opt_int(2).map(Timestamp),
        link_count: size(row, 3),
        blob_count: size(row, 4),
        blob_bytes: size(row, 5),
        operation: row.opt_text(6).map(str::to_owned),
        until: Timestamp(row.int(7)),
    }
}

/// The key of a link in a place, whose repository and digest come first in the row.
fn link_key<'a>(place: &'a Place, row: &'a Row) -> Vec<Value<'a>> {
    params![place.registry.as_str(), place.region.as_str(), row.text(0), row.text(1)].to_vec()
}

/// Has the blob `$3` stay, if a repository has it.
const SPARE: &str = "UPDATE blob SET doomed_ms = NULL
     WHERE registry = $1 AND region = $2 AND digest = $3 AND EXISTS (
         SELECT 1 FROM repository_blob l WHERE l.registry = $1 AND l.region = $2 AND l.digest = $3)";

/// Adds what a step has done to what its collection has, and keeps the collection for longer.
async fn tell(
    tx: &mut Tx<'_>,
    step: &CollectionStep,
    links: u64,
    removed: RemovedBlobs,
) -> Result<(), Fault> {
    let number = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    tx.execute(
        "UPDATE collection SET lease_ms = $3, link_count = link_count + $4, blob_count = blob_count + $5,
             blob_bytes = blob_bytes + $6
         WHERE registry = $1 AND region = $2 AND started_ms = $7 AND ended_ms IS NULL",
        params![
            step.place.registry.as_str(),
            step.place.region.as_str(),
            step.until.0,
            number(links),
            number(removed.count),
            number(removed.bytes),
            step.began.0,
        ],
    )
    .await?;
    Ok(())
}

fn next(rows: &[Row]) -> Option<DueAfter> {
    let last = rows.last().filter(|_| i64::try_from(rows.len()) == Ok(PAGE_MAX))?;
    Some((Timestamp(last.int(0)), last.text(1).to_owned(), last.text(2).to_owned()))
}

fn size(row: &Row, idx: usize) -> u64 {
    u64::try_from(row.int(idx)).expect("a count is not negative")
}
