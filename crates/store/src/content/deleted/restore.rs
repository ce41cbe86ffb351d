//! What was deleted comes back.

use super::{is_kept, keep_tag};
use crate::cache::Key;
use crate::content::chart;
use crate::content::delete::Within;
use crate::content::locks::{self, attributes, columns};
use crate::content::{retention, tally};
use crate::db::Db;
use crate::error::{Error, Fault};
use crate::row::params;
use crate::tx::Tx;
use boathook_core::digest::Digest;
use boathook_core::lock::{self, Locked};
use boathook_core::manifest::{self, ReferenceKind};
use boathook_core::media_type::HELM_CHART;
use boathook_core::name::{Place, Reference, Repository, Tag};
use boathook_core::time::Timestamp;
use std::collections::HashSet;
use std::sync::Arc;

/// How many manifests come back together: the one that is asked for, and those that it needs as an index.
pub const RESTORED_TOGETHER_MAX: usize = 1_000;

/// What is to come back.
#[derive(Clone, Debug)]
pub struct Restore {
    /// Where it was.
    pub place: Place,
    /// In which repository.
    pub repository: Repository,
    /// Which manifest.
    pub digest: Digest,
    /// The tag that comes back on it; without one it is untagged.
    pub tag: Option<Tag>,
    /// Whether the tag leaves another manifest that it is on.
    pub is_forced: bool,
    /// When.
    pub now: Timestamp,
}

/// What came of restoring something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RestoreOutcome {
    /// It is there again.
    Restored,
    /// No such manifest was deleted, or it is gone for good.
    Unknown,
    /// The manifest had no such tag, or that is gone for good.
    TagUnknown,
    /// The tag is on another manifest by now.
    TagTaken {
        /// Which one.
        by: Digest,
    },
    /// What it is about is still deleted.
    SubjectDeleted(Digest),
    /// It needs more manifests than come back together.
    TooMany,
    /// The repository or the tag that it would take is locked.
    Locked(Locked),
}

impl Db {
    /// Brings back a manifest that was deleted, those that it needs as an index, and one tag, all or nothing, and tells
    /// nobody. A manifest that is there only gets the tag back. A chart of the classic Helm repository comes back with its
    /// own tag, whatever was asked for, and only where nothing has that.
    pub async fn restore(&self, restore: Restore) -> Result<RestoreOutcome, Error> {
        let restore = Arc::new(restore);
        let of = restore.place.registry.clone();
        self.write_in(&of, "restore", async move |tx: &mut Tx<'_>| bring_back(tx, &restore).await)
            .await
    }
}

async fn bring_back(tx: &mut Tx<'_>, restore: &Restore) -> Result<RestoreOutcome, Fault> {
    let (place, name) = (&restore.place, &restore.repository);
    let before = locks::of_repository(tx, place, name).await?;
    let within = Within { place, name, attributes: before.unwrap_or_default() };
    if let Err(locked) = lock::push(within.attributes) {
        return Ok(RestoreOutcome::Locked(locked));
    }
    let Some(manifests) = together(tx, &within, &restore.digest).await? else {
        return Ok(RestoreOutcome::TooMany);
    };
    if manifests.is_empty() && !is_there(tx, &within, &restore.digest).await? {
        return Ok(RestoreOutcome::Unknown);
    }
    if let Some(subject) = deleted_subject(tx, &within, &restore.digest).await? {
        return Ok(RestoreOutcome::SubjectDeleted(subject));
    }
    let mut placed = match own_tags(tx, &within, restore, &manifests).await? {
        Ok(own) => own,
        Err(refusal) => return Ok(refusal),
    };
    let is_chart = placed.iter().any(|one| one.digest == restore.digest);
    if let Some(tag) = restore.tag.as_ref().filter(|_| !is_chart) {
        match take(tx, &within, restore, tag).await? {
            Ok(taken) => {
                placed.push(Placed { tag: tag.clone(), digest: restore.digest.clone(), taken });
            }
            Err(refusal) => return Ok(refusal),
        }
    }
    if before.is_none() {
        tx.execute(
            "INSERT INTO repository (registry, region, name, created_ms) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
            params![place.registry.as_str(), place.region.as_str(), name.as_str(), restore.now.0],
        )
        .await?;
    }
    for Deleted { digest, .. } in &manifests {
        put_back(tx, &within, digest).await?;
        let change = tally::Change { manifests: 1, ..tally::Change::default() };
        tally::record(tx, place, name, digest, change, restore.now).await?;
    }
    for one in placed {
        put_tag(tx, &within, one, restore.now).await?;
    }
    for Deleted { digest, .. } in &manifests {
        retention::note(tx, place, name, digest, restore.now).await?;
    }
    Ok(RestoreOutcome::Restored)
}

/// A manifest that is deleted.
struct Deleted {
    digest: Digest,
    /// Whether it is a chart of the classic Helm repository.
    is_chart: bool,
}

/// A tag that comes back.
struct Placed {
    tag: Tag,
    digest: Digest,
    taken: Taken,
}

/// The tags of the charts of the classic Helm repository among manifests that come back, each of which is free.
async fn own_tags(
    tx: &mut Tx<'_>,
    within: &Within<'_>,
    restore: &Restore,
    manifests: &[Deleted],
) -> Result<Result<Vec<Placed>, RestoreOutcome>, Fault> {
    let mut placed = Vec::new();
    for Deleted { digest, .. } in manifests.iter().filter(|one| one.is_chart) {
        let Some(tag) = chart::deleted(tx, within.place, within.name, digest).await? else {
            continue;
        };
        let asked = restore.tag.as_ref().filter(|_| *digest == restore.digest);
        if asked.is_some_and(|asked| *asked != tag) {
            return Ok(Err(RestoreOutcome::TagUnknown));
        }
        let by = locks::of_tag(tx, within.place, within.name, &tag).await?.digest;
        // An index may need two versions of what came under one name.
        let by = by.or_else(|| {
            placed.iter().find(|one: &&Placed| one.tag == tag).map(|one| one.digest.clone())
        });
        if let Some(by) = by {
            return Ok(Err(RestoreOutcome::TagTaken { by }));
        }
        placed.push(Placed { tag, digest: digest.clone(), taken: Taken::Nothing });
    }
    Ok(Ok(placed))
}

/// A manifest that is deleted, and of those that it needs as an index, and so on, all that are deleted too; `None` where
/// these are too many.
async fn together(
    tx: &mut Tx<'_>,
    within: &Within<'_>,
    digest: &Digest,
) -> Result<Option<Vec<Deleted>>, Fault> {
    let sql = "SELECT media_type, bytes FROM deleted_manifest
               WHERE registry = $1 AND region = $2 AND repository = $3 AND digest = $4";
    let (registry, region) = (within.place.registry.as_str(), within.place.region.as_str());
    let (mut waiting, mut found) = (vec![digest.clone()], Vec::new());
    let mut seen = HashSet::new();
    while let Some(next) = waiting.pop() {
        if !seen.insert(next.clone()) {
            continue;
        }
        let key = params![registry, region, within.name.as_str(), next.as_str()];
        let Some(mut row) = tx.query_opt(sql, key).await? else { continue };
        if found.len() == RESTORED_TOGETHER_MAX {
            return Ok(None);
        }
        found.push(Deleted { digest: next, is_chart: row.text(0) == HELM_CHART });
        let bytes = row.take_bytes(1).expect("a manifest has bytes");
        if let Ok(parsed) = manifest::parse(Some(row.text(0)), &bytes) {
            let needed = parsed.references.into_iter();
            let needed = needed.filter(|one| one.kind == ReferenceKind::Manifest);
            waiting.extend(needed.map(|one| one.digest));
        }
    }
    Ok(Some(found))
}

/// What a deleted manifest is about, if that is deleted too.
async fn deleted_subject(
    tx: &mut Tx<'_>,
    within: &Within<'_>,
    digest: &Digest,
) -> Result<Option<Digest>, Fault> {
    let sql = "SELECT s.digest FROM deleted_manifest m
               JOIN deleted_manifest s ON s.registry = m.registry AND s.region = m.region
                                      AND s.repository = m.repository AND s.digest = m.subject
               WHERE m.registry = $1 AND m.region = $2 AND m.repository = $3 AND m.digest = $4";
    let (registry, region) = (within.place.registry.as_str(), within.place.region.as_str());
    let key = params![registry, region, within.name.as_str(), digest.as_str()];
    Ok(tx.query_opt(sql, key).await?.map(|row| row.parsed(0)))
}

/// What a tag that comes back finds in its place.
enum Taken {
    Nothing,
    /// It is on the manifest already.
    ByItself,
    /// It leaves this one.
    By(Digest),
}

async fn take(
    tx: &mut Tx<'_>,
    within: &Within<'_>,
    restore: &Restore,
    tag: &Tag,
) -> Result<Result<Taken, RestoreOutcome>, Fault> {
    let (registry, region) = (within.place.registry.as_str(), within.place.region.as_str());
    let sql = concat!(
        "SELECT t.digest, ",
        columns!("t"),
        " FROM tag t WHERE t.registry = $1 AND t.region = $2 AND t.repository = $3 AND t.name = $4"
    );
    let key = params![registry, region, within.name.as_str(), tag.as_str()];
    let found = tx.query_opt(sql, key).await?;
    let on = found.as_ref().map(|row| row.parsed::<Digest>(0));
    if on.as_ref() == Some(&restore.digest) {
        return Ok(Ok(Taken::ByItself));
    }
    let sql = "SELECT 1 FROM deleted_tag
               WHERE registry = $1 AND region = $2 AND repository = $3 AND digest = $4 AND name = $5";
    let digest = restore.digest.as_str();
    let key = params![registry, region, within.name.as_str(), digest, tag.as_str()];
    if !tx.exists(sql, key).await? {
        return Ok(Err(RestoreOutcome::TagUnknown));
    }
    let (Some(row), Some(by)) = (found, on) else { return Ok(Ok(Taken::Nothing)) };
    // What a chart has, nothing takes from it.
    let is_charts = chart::owner(tx, within.place, within.name, tag).await?.is_some();
    if !restore.is_forced || is_charts {
        return Ok(Err(RestoreOutcome::TagTaken { by }));
    }
    Ok(match lock::push_tag(within.attributes, attributes(&row, 1)) {
        Ok(()) => Ok(Taken::By(by)),
        Err(locked) => Err(RestoreOutcome::Locked(locked)),
    })
}

async fn put_back(tx: &mut Tx<'_>, within: &Within<'_>, digest: &Digest) -> Result<(), Fault> {
    let (registry, region) = (within.place.registry.as_str(), within.place.region.as_str());
    let key = params![registry, region, within.name.as_str(), digest.as_str()];
    let sql = concat!(
        "INSERT INTO manifest (",
        super::kept_columns!(),
        ") SELECT ",
        super::kept_columns!(),
        " FROM deleted_manifest WHERE registry = $1 AND region = $2 AND repository = $3 AND digest = $4"
    );
    tx.execute(sql, key).await?;
    super::forget_manifest(tx, within.place, within.name, digest).await?;
    let reference = Reference::Digest(digest.clone());
    tx.after.stale.push(Key::Manifest(within.place.clone(), within.name.clone(), reference));
    Ok(())
}

async fn put_tag(
    tx: &mut Tx<'_>,
    within: &Within<'_>,
    placed: Placed,
    now: Timestamp,
) -> Result<(), Fault> {
    let Placed { tag, digest, taken } = &placed;
    let (place, name) = (within.place, within.name);
    let (tags, other) = match taken {
        Taken::ByItself => return Ok(()),
        Taken::Nothing => (1, None),
        Taken::By(other) => {
            if is_kept(tx, &place.registry).await? {
                keep_tag(tx, place, name, tag, other, now).await?;
            }
            (0, Some(other))
        }
    };
    let (registry, region) = (place.registry.as_str(), place.region.as_str());
    tx.execute(
        "INSERT INTO tag (registry, region, repository, name, digest, created_ms, updated_ms)
         VALUES ($1, $2, $3, $4, $5, $6, $6)
         ON CONFLICT (registry, region, repository, name)
         DO UPDATE SET digest = excluded.digest, updated_ms = excluded.updated_ms",
        params![registry, region, name.as_str(), tag.as_str(), digest.as_str(), now.0],
    )
    .await?;
    if let Some(other) = other {
        retention::note(tx, place, name, other, now).await?;
    }
    let sql = "DELETE FROM deleted_tag
               WHERE registry = $1 AND region = $2 AND repository = $3 AND digest = $4 AND name = $5";
    let key = params![registry, region, name.as_str(), digest.as_str(), tag.as_str()];
    tx.execute(sql, key).await?;
    let reference = Reference::Tag(tag.clone());
    tx.after.stale.push(Key::Manifest(place.clone(), name.clone(), reference));
    let change = tally::Change { tags, ..tally::Change::default() };
    tally::record(tx, place, name, digest, change, now).await?;
    list_again(tx, within, &placed, now).await
}

/// Puts what comes back into the index that lists it, if it is a chart.
async fn list_again(
    tx: &mut Tx<'_>,
    within: &Within<'_>,
    Placed { tag, digest, .. }: &Placed,
    now: Timestamp,
) -> Result<(), Fault> {
    let (place, name) = (within.place, within.name);
    if chart::deleted(tx, place, name, digest).await?.is_some() {
        let moved = chart::Moved { manifest: digest, tag, deleted: None };
        return chart::moved(tx, place, name, moved, now).await;
    }
    chart::oci::note(tx, place, name, tag, now).await
}

async fn is_there(tx: &mut Tx<'_>, within: &Within<'_>, digest: &Digest) -> Result<bool, Fault> {
    let sql = "SELECT 1 FROM manifest WHERE registry = $1 AND region = $2 AND repository = $3 AND digest = $4";
    let (registry, region) = (within.place.registry.as_str(), within.place.region.as_str());
    tx.exists(sql, params![registry, region, within.name.as_str(), digest.as_str()]).await
}
