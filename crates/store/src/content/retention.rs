//! Manifests that have lost their last tag go when their days are over, where the registry's policy says so
//! (`retentionPolicy`).
//!
//! The work follows the changes and not the size of the registry, as that of a collection does. A manifest that loses its
//! last tag, or comes without one, is noted with the time at which its days are over, as ACR puts it into a queue. It is
//! looked at then. If it has a tag by now, or an index needs it, or what it is about is there, the note is dropped: it is
//! noted again when it loses its last tag, when the index goes, or when that what it is about does. A locked one is looked at
//! again a day later.
//!
//! Notes are made only while the policy is enabled, and one that was made under a policy which was disabled since is dropped.
//! When the days become more, what is noted has them all; when they become fewer, it keeps those that it was noted with.
//! Nothing goes sooner than somebody could have expected when its tag left.

use super::Purging;
use super::delete::{DeletedManifest, Deletion, Since, Within, remove_untold};
use super::locks;
use crate::db::Db;
use crate::error::{Error, Fault};
use crate::outbox::NewEvent;
use crate::row::{Row, params};
use crate::tx::Tx;
use boathook_core::digest::Digest;
use boathook_core::event::Policy;
use boathook_core::name::{Place, Repository};
use boathook_core::time::Timestamp;
use std::sync::Arc;

/// How many notes a step looks at, each of whose manifests it may remove.
pub const RETIRED_MAX: usize = 50;
/// After how many bytes of removed manifests a step ends: what they refer to takes its time as well.
const RETIRED_BYTES_MAX: i64 = 1024 * 1024;
/// How many manifests that are about one that is gone are noted in one step.
const REFERRERS_MAX: usize = 50;
const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
/// How long whatever comes without a tag is left alone at least: an index that needs it may be on its way.
const ARRIVAL_MS: i64 = 60 * 60 * 1_000;

/// What a step has done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Retired {
    /// How many notes it has looked at.
    pub seen: usize,
    /// How many manifests are gone.
    pub gone: usize,
}

impl Db {
    /// Looks at the notes whose days have been over for longest, at most [`RETIRED_MAX`] of them, and removes the manifests
    /// that nothing keeps. Those are told who ask for it, by the events that `announce` makes.
    pub async fn retire_untagged(
        &self,
        now: Timestamp,
        announce: impl Fn(&Purging) -> NewEvent + Send + Sync + 'static,
    ) -> Result<Retired, Error> {
        let announce = Arc::new(announce);
        self.write("retire_untagged", async move |tx: &mut Tx<'_>| {
            let sql = "SELECT u.registry, u.region, u.repository, u.digest, u.since_ms, u.referrers_after,
                           (SELECT g.retention_days FROM registry g
                            WHERE g.name = u.registry AND g.deleting_ms IS NULL AND g.retention = 'enabled'
                              AND g.retention_since_ms <= u.since_ms)
                       FROM untagged u WHERE u.due_ms <= $1
                       ORDER BY u.due_ms, u.registry, u.region, u.repository, u.digest LIMIT $2";
            let limit = i64::try_from(RETIRED_MAX).expect("a step is small");
            let rows = tx.query(sql, params![now.0, limit]).await?;
            let (mut retired, mut bytes_left) = (Retired::default(), RETIRED_BYTES_MAX);
            for row in &rows {
                if bytes_left <= 0 {
                    break;
                }
                retired.seen += 1;
                let note = Note::of(row);
                drop_note(tx, &note).await?;
                // Where the policy is no more under which it was made, that is all.
                let Some(days) = row.opt_int(6) else { continue };
                match judge(tx, &note, days, now).await? {
                    Verdict::Gone { gone, size } => {
                        retired.gone += 1;
                        bytes_left -= size;
                        announce(&note.told(gone)).append(tx).await?;
                    }
                    Verdict::Kept => (),
                    Verdict::Later { due, referrers_after } => {
                        put_note(tx, &Note { referrers_after, ..note }, due).await?;
                    }
                }
            }
            Ok(retired)
        })
        .await
    }
}

/// Notes a manifest that has lost a tag, unless it has others.
pub(super) async fn note(
    tx: &mut Tx<'_>,
    place: &Place,
    name: &Repository,
    digest: &Digest,
    since: Timestamp,
) -> Result<(), Fault> {
    let (registry, region) = (place.registry.as_str(), place.region.as_str());
    tx.execute(NOTE, params![registry, region, name.as_str(), digest.as_str(), since.0, 0_i64])
        .await?;
    Ok(())
}

/// Notes a manifest that has come without a tag, unless it has some from before.
pub(super) async fn note_arrival(
    tx: &mut Tx<'_>,
    place: &Place,
    name: &Repository,
    digest: &Digest,
    now: Timestamp,
) -> Result<(), Fault> {
    let (registry, region) = (place.registry.as_str(), place.region.as_str());
    tx.execute(NOTE, params![registry, region, name.as_str(), digest.as_str(), now.0, ARRIVAL_MS])
        .await?;
    Ok(())
}

/// Notes the manifests that one which is gone needed, and has those noted that are about it.
pub(super) async fn note_left_behind(
    tx: &mut Tx<'_>,
    within: &Within<'_>,
    digest: &Digest,
    needed: &[Digest],
    since: Timestamp,
) -> Result<(), Fault> {
    let (registry, region) = (within.place.registry.as_str(), within.place.region.as_str());
    let is_on = "SELECT 1 FROM registry WHERE name = $1 AND retention = 'enabled'";
    if !tx.exists(is_on, params![registry]).await? {
        return Ok(());
    }
    let name = within.name.as_str();
    let keys: Vec<_> = needed
        .iter()
        .map(|one| params![registry, region, name, one.as_str(), since.0, 0_i64].to_vec())
        .collect();
    tx.execute_each(NOTE, &keys).await?;
    let key = params![registry, region, name, digest.as_str(), since.0, 0_i64];
    tx.execute(NOTE_REFERRERS, key).await?;
    Ok(())
}

/// A statement that notes the manifest `$4`, without a tag since `$5`, for `$6` milliseconds at least, where the registry's
/// policy is enabled and something else holds. What came later counts: one that was noted for later than this keeps what it
/// was promised.
macro_rules! noting {
    ($condition:literal) => {
        concat!(
            "INSERT INTO untagged (registry, region, repository, digest, since_ms, due_ms, referrers_after)
             SELECT g.name, $2, $3, $4, CAST($5 AS BIGINT),
                    CAST($5 AS BIGINT) + CASE WHEN g.retention_days = 0 THEN CAST($6 AS BIGINT)
                                              ELSE g.retention_days * 86400000 END, ''
             FROM registry g WHERE g.name = $1 AND g.retention = 'enabled' AND ",
            $condition,
            " ON CONFLICT (registry, region, repository, digest) DO UPDATE SET
                 since_ms = CASE WHEN untagged.since_ms < excluded.since_ms
                                 THEN excluded.since_ms ELSE untagged.since_ms END,
                 due_ms = CASE WHEN untagged.since_ms < excluded.since_ms OR untagged.due_ms < excluded.due_ms
                               THEN excluded.due_ms ELSE untagged.due_ms END,
                 referrers_after = ''"
        )
    };
}

const NOTE: &str = noting!(
    "NOT EXISTS (SELECT 1 FROM tag t
         WHERE t.registry = $1 AND t.region = $2 AND t.repository = $3 AND t.digest = $4)"
);
const NOTE_REFERRERS: &str = noting!(
    "EXISTS (SELECT 1 FROM manifest m
         WHERE m.registry = $1 AND m.region = $2 AND m.repository = $3 AND m.subject = $4)"
);

/// That a manifest had no tag, or that one is gone which others are about.
struct Note {
    place: Place,
    name: Repository,
    digest: Digest,
    since: Timestamp,
    referrers_after: String,
}

impl Note {
    fn of(row: &Row) -> Self {
        Self {
            place: Place { registry: row.parsed(0), region: row.parsed(1) },
            name: row.parsed(2),
            digest: row.parsed(3),
            since: Timestamp(row.int(4)),
            referrers_after: row.text(5).to_owned(),
        }
    }

    fn told(&self, gone: DeletedManifest) -> Purging {
        Purging {
            place: self.place.clone(),
            repository: self.name.clone(),
            digest: gone.digest,
            media_type: gone.media_type,
            tags: gone.tags,
            policy: Policy::Retention,
        }
    }
}

/// What follows from a look at a note.
enum Verdict {
    /// Its manifest is gone, which had this size in bytes.
    Gone { gone: DeletedManifest, size: i64 },
    /// There is nothing to do until it is noted again.
    Kept,
    /// It is looked at again then.
    Later { due: Timestamp, referrers_after: String },
}

impl Verdict {
    fn later(due: Timestamp) -> Self {
        Self::Later { due, referrers_after: String::new() }
    }
}

/// Looks at a note of a registry that keeps untagged manifests for `days`.
async fn judge(tx: &mut Tx<'_>, note: &Note, days: i64, now: Timestamp) -> Result<Verdict, Fault> {
    let due = Timestamp(note.since.0.saturating_add(days.saturating_mul(DAY_MS)));
    if now < due {
        return Ok(Verdict::later(due));
    }
    let sql = "SELECT
                   (SELECT t.name FROM tag t WHERE t.registry = m.registry AND t.region = m.region
                        AND t.repository = m.repository AND t.digest = m.digest LIMIT 1),
                   (SELECT r.parent FROM manifest_reference r WHERE r.registry = m.registry AND r.region = m.region
                        AND r.repository = m.repository AND r.child = m.digest LIMIT 1),
                   (SELECT s.digest FROM manifest s WHERE s.registry = m.registry AND s.region = m.region
                        AND s.repository = m.repository AND s.digest = m.subject),
                   (SELECT d.digest FROM deleted_manifest d WHERE d.registry = m.registry AND d.region = m.region
                        AND d.repository = m.repository AND d.digest = m.subject), m.size
               FROM manifest m WHERE m.registry = $1 AND m.region = $2 AND m.repository = $3 AND m.digest = $4";
    let (registry, region) = (note.place.registry.as_str(), note.place.region.as_str());
    let key = params![registry, region, note.name.as_str(), note.digest.as_str()];
    let Some(keepers) = tx.query_opt(sql, key).await? else {
        return note_referrers(tx, note, now).await;
    };
    if (0..4).any(|idx| keepers.opt_text(idx).is_some()) {
        return Ok(Verdict::Kept);
    }
    let attributes = locks::of_repository(tx, &note.place, &note.name).await?.unwrap_or_default();
    let within = Within { place: &note.place, name: &note.name, attributes };
    let since = Since { gone: now, untagged: note.since };
    Ok(match remove_untold(tx, &within, &note.digest, since).await? {
        Deletion::Deleted(gone) => Verdict::Gone { gone, size: keepers.int(4) },
        Deletion::Unknown => Verdict::Kept,
        Deletion::Locked(_) => Verdict::later(Timestamp(now.0.saturating_add(DAY_MS))),
    })
}

/// Notes some of the manifests that are about one which is gone; the rest when it is looked at again.
async fn note_referrers(tx: &mut Tx<'_>, note: &Note, now: Timestamp) -> Result<Verdict, Fault> {
    let sql = "SELECT digest FROM manifest
               WHERE registry = $1 AND region = $2 AND repository = $3 AND subject = $4 AND $5 < digest
               ORDER BY digest LIMIT $6";
    let (registry, region) = (note.place.registry.as_str(), note.place.region.as_str());
    let (repository, limit) =
        (note.name.as_str(), i64::try_from(REFERRERS_MAX).expect("it is small"));
    let key =
        params![registry, region, repository, note.digest.as_str(), &note.referrers_after, limit];
    let rows = tx.query(sql, key).await?;
    let keys: Vec<_> = rows
        .iter()
        .map(|row| params![registry, region, repository, row.text(0), note.since.0, 0_i64].to_vec())
        .collect();
    tx.execute_each(NOTE, &keys).await?;
    let last = rows.last().filter(|_| rows.len() == REFERRERS_MAX);
    Ok(last.map_or(Verdict::Kept, |last| Verdict::Later {
        due: now,
        referrers_after: last.text(0).to_owned(),
    }))
}

async fn drop_note(tx: &mut Tx<'_>, note: &Note) -> Result<(), Fault> {
    let (registry, region) = (note.place.registry.as_str(), note.place.region.as_str());
    let sql = "DELETE FROM untagged WHERE registry = $1 AND region = $2 AND repository = $3 AND digest = $4";
    tx.execute(sql, params![registry, region, note.name.as_str(), note.digest.as_str()]).await?;
    Ok(())
}

async fn put_note(tx: &mut Tx<'_>, note: &Note, due: Timestamp) -> Result<(), Fault> {
    let (registry, region) = (note.place.registry.as_str(), note.place.region.as_str());
    tx.execute(
        "INSERT INTO untagged (registry, region, repository, digest, since_ms, due_ms, referrers_after)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        params![
            registry,
            region,
            note.name.as_str(),
            note.digest.as_str(),
            note.since.0,
            due.0,
            &note.referrers_after,
        ],
    )
    .await?;
    Ok(())
}
