//! Manifests and tags go, and whole repositories.

mod forecast;
mod repository;

use super::chart::ChartRow;
use super::locks::{self, attributes, columns, tags_of_manifest};
use super::untag::{self, Untagged};
use super::{chart, deleted, retention, tally};
use crate::cache::Key;
use crate::db::Db;
use crate::error::{Error, Fault};
use crate::outbox::NewEvent;
use crate::row::params;
use crate::tx::Tx;
use boathook_core::digest::Digest;
use boathook_core::lock::{self, Attributes, Locked};
use boathook_core::manifest::{self, ReferenceKind};
use boathook_core::media_type::{HELM_CHART, HELM_CONFIG};
use boathook_core::name::{Place, Reference, Repository, Tag};
use boathook_core::time::Timestamp;
use std::sync::Arc;

pub use forecast::{ManifestForecast, NEEDED_BY_MAX};
pub use repository::{RepositoryDeletion, STEP_MANIFESTS_MAX};

/// A manifest as it was when it went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeletedManifest {
    /// Its digest.
    pub digest: Digest,
    /// Its media type.
    pub media_type: String,
    /// The tags that it carried, which went with it.
    pub tags: Vec<Tag>,
    /// The version of a chart that it was.
    pub chart: Option<Box<ChartRow>>,
}

/// What came of deleting a manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deletion {
    /// It is gone, and its event is recorded.
    Deleted(DeletedManifest),
    /// There was none.
    Unknown,
    /// It, its repository or one of its tags is locked; nothing was changed.
    Locked(Locked),
}

/// What came of removing a tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Untagging {
    /// It is gone.
    Removed,
    /// There was none.
    Unknown,
    /// It or its repository is locked; nothing was changed.
    Locked(Locked),
    /// It is a chart's, which does without it as little as it does without a manifest; nothing was changed.
    OfChart {
        /// The chart's manifest.
        manifest: Digest,
    },
}

impl Db {
    /// Removes a manifest with all its tags, and records the event that `announce` makes of it.
    pub async fn delete_manifest(
        &self,
        place: &Place,
        repository: &Repository,
        digest: &Digest,
        announce: impl Fn(&DeletedManifest) -> NewEvent + Send + Sync + 'static,
    ) -> Result<Deletion, Error> {
        let (place, repository, digest) = (place.clone(), repository.clone(), digest.clone());
        let announce = Arc::new(announce);
        let of = place.registry.clone();
        self.write_in(&of, "delete_manifest", async move |tx: &mut Tx<'_>| {
            let attributes = locks::of_repository(tx, &place, &repository).await?;
            let within = Within {
                place: &place,
                name: &repository,
                attributes: attributes.unwrap_or_default(),
            };
            remove(tx, &within, &digest, |deleted| announce(deleted)).await
        })
        .await
    }

    /// Removes a tag and leaves its manifest, and records the event that `announce` makes of it, if somebody asks for
    /// that.
    pub async fn delete_tag(
        &self,
        place: &Place,
        repository: &Repository,
        tag: &Tag,
        now: Timestamp,
        announce: impl Fn(&Untagged) -> NewEvent + Send + Sync + 'static,
    ) -> Result<Untagging, Error> {
        let (place, repository, tag) = (place.clone(), repository.clone(), tag.clone());
        let announce = Arc::new(announce);
        let of = place.registry.clone();
        self.write_in(&of, "delete_tag", async move |tx: &mut Tx<'_>| {
            let (registry, region) = (place.registry.as_str(), place.region.as_str());
            let key = params![registry, region, repository.as_str(), tag.as_str()];
            let named = locks::of_tag(tx, &place, &repository, &tag).await?;
            let Some(of_tag) = named.tag else { return Ok(Untagging::Unknown) };
            if let Err(locked) = lock::delete_tag(named.repository.unwrap_or_default(), of_tag) {
                return Ok(Untagging::Locked(locked));
            }
            if let Some(manifest) = chart::owner(tx, &place, &repository, &tag).await? {
                return Ok(Untagging::OfChart { manifest });
            }
            let sql = "DELETE FROM tag WHERE registry = $1 AND region = $2 AND repository = $3 AND name = $4
                       RETURNING digest";
            let removed = tx.query_opt(sql, key).await?;
            let Some(removed) = removed else { return Ok(Untagging::Unknown) };
            let digest = removed.parsed(0);
            if deleted::is_kept(tx, &place.registry).await? {
                deleted::keep_tag(tx, &place, &repository, &tag, &digest, now).await?;
            }
            tx.after.stale.push(Key::Manifest(place.clone(), repository.clone(), Reference::Tag(tag.clone())));
            let change = tally::Change { tags: -1, ..tally::Change::default() };
            tally::record(tx, &place, &repository, &digest, change, now).await?;
            retention::note(tx, &place, &repository, &digest, now).await?;
            chart::oci::note(tx, &place, &repository, &tag, now).await?;
            let untagged = Untagged { tag: tag.clone(), digest, media_type: None, moved_to: None };
            untag::record(tx, &place, &repository, untagged, |untagged| announce(untagged)).await?;
            Ok(Untagging::Removed)
        })
        .await
    }
}

/// A repository that something is removed from.
pub(super) struct Within<'a> {
    pub(super) place: &'a Place,
    pub(super) name: &'a Repository,
    pub(super) attributes: Attributes,
}

/// Since when a manifest is gone, and counts as untagged.
#[derive(Clone, Copy)]
pub(super) struct Since {
    /// When it is removed.
    pub(super) gone: Timestamp,
    /// When it lost its last tag, from which time those that only it needed, or that are about it, count as well.
    pub(super) untagged: Timestamp,
}

/// Removes a manifest with all its tags, unless something is locked, and records the event that `announce` makes of it.
pub(super) async fn remove(
    tx: &mut Tx<'_>,
    within: &Within<'_>,
    digest: &Digest,
    announce: impl Fn(&DeletedManifest) -> NewEvent,
) -> Result<Deletion, Fault> {
    let removable = match removable(tx, within, digest).await? {
        Ok(found) => found,
        Err(refusal) => return Ok(refusal),
    };
    let event = announce(&removable.gone);
    take_away(tx, within, &removable, Since { gone: event.at, untagged: event.at }).await?;
    event.append(tx).await?;
    Ok(Deletion::Deleted(removable.gone))
}

/// Removes a manifest with all its tags, unless something is locked, and tells nobody.
pub(super) async fn remove_untold(
    tx: &mut Tx<'_>,
    within: &Within<'_>,
    digest: &Digest,
    since: Since,
) -> Result<Deletion, Fault> {
    let removable = match removable(tx, within, digest).await? {
        Ok(found) => found,
        Err(refusal) => return Ok(refusal),
    };
    take_away(tx, within, &removable, since).await?;
    Ok(Deletion::Deleted(removable.gone))
}

/// A manifest that may be removed.
struct Removable {
    gone: DeletedManifest,
    bytes: Vec<u8>,
    /// Whether an index of charts may list it.
    is_chart: bool,
}

/// Looks up a manifest that may be removed; otherwise says what comes of removing it.
async fn removable(
    tx: &mut Tx<'_>,
    within: &Within<'_>,
    digest: &Digest,
) -> Result<Result<Removable, Deletion>, Fault> {
    let (place, name) = (within.place, within.name);
    let (registry, region, repository) =
        (place.registry.as_str(), place.region.as_str(), name.as_str());
    let key = params![registry, region, repository, digest.as_str()];
    let sql = concat!(
        "SELECT m.media_type, m.bytes, ",
        columns!("m"),
        ", m.config_media_type FROM manifest m WHERE m.registry = $1 AND m.region = $2 AND m.repository = $3 AND m.digest = $4"
    );
    let Some(mut manifest) = tx.query_opt(sql, key).await? else {
        return Ok(Err(Deletion::Unknown));
    };
    let sql = concat!("SELECT t.name, ", columns!("t"), tags_of_manifest!(), " ORDER BY d.name");
    let tags = tx.query(sql, key).await?;
    let of_tags = tags.iter().filter_map(|row| attributes(row, 1)).collect();
    let of_manifest = attributes(&manifest, 2).expect("the manifest is there");
    if let Err(locked) = lock::delete_manifest(within.attributes, of_manifest, of_tags) {
        return Ok(Err(Deletion::Locked(locked)));
    }
    let of_chart = match manifest.text(0) {
        HELM_CHART => chart::of_manifest(tx, place, name, digest).await?,
        _ => None,
    };
    let bytes = manifest.take_bytes(1).expect("a manifest has bytes");
    let gone = DeletedManifest {
        digest: digest.clone(),
        media_type: manifest.text(0).to_owned(),
        tags: tags.iter().map(|row| row.parsed(0)).collect(),
        chart: of_chart.map(Box::new),
    };
    let is_chart = manifest.opt_text(6) == Some(HELM_CONFIG);
    Ok(Ok(Removable { gone, bytes, is_chart }))
}

async fn take_away(
    tx: &mut Tx<'_>,
    within: &Within<'_>,
    Removable { gone, bytes, is_chart }: &Removable,
    since: Since,
) -> Result<(), Fault> {
    let (place, name, digest) = (within.place, within.name, &gone.digest);
    let (registry, region, repository) =
        (place.registry.as_str(), place.region.as_str(), name.as_str());
    let key = params![registry, region, repository, digest.as_str()];
    let is_kept = deleted::is_kept(tx, &place.registry).await?;
    if is_kept {
        deleted::keep_manifest(tx, place, name, digest, since.gone).await?;
    }
    let names = gone.tags.iter().map(Tag::as_str);
    let tags: Vec<_> =
        names.map(|tag| params![registry, region, repository, tag].to_vec()).collect();
    let sql =
        "DELETE FROM tag WHERE registry = $1 AND region = $2 AND repository = $3 AND name = $4";
    tx.execute_each(sql, &tags).await?;
    let sql = "DELETE FROM manifest WHERE registry = $1 AND region = $2 AND repository = $3 AND digest = $4";
    tx.execute(sql, key).await?;
    if !is_kept {
        deleted::forget_tags(tx, place, name, digest).await?;
        let gone = Forgotten { digest, media_type: &gone.media_type, bytes };
        forget_references(tx, within, &gone, since).await?;
    }
    let references = gone.tags.iter().cloned().map(Reference::Tag);
    for reference in references.chain([Reference::Digest(digest.clone())]) {
        tx.after.stale.push(Key::Manifest(place.clone(), name.clone(), reference));
    }
    let tags = i64::try_from(gone.tags.len()).expect("tags can be counted");
    let change = tally::Change { manifests: -1, tags: -tags };
    tally::record(tx, place, name, digest, change, since.gone).await?;
    if *is_chart {
        unlist(tx, within, gone, is_kept.then_some(since.gone), since.gone).await?;
    }
    Ok(())
}

/// Takes a chart whose manifest has gone out of the index that lists it. One that is `kept` can be restored.
async fn unlist(
    tx: &mut Tx<'_>,
    within: &Within<'_>,
    gone: &DeletedManifest,
    kept: Option<Timestamp>,
    now: Timestamp,
) -> Result<(), Fault> {
    let (place, name) = (within.place, within.name);
    match &gone.chart {
        Some(row) if kept.is_some() => {
            let moved = chart::Moved { manifest: &row.manifest, tag: &row.tag, deleted: kept };
            chart::moved(tx, place, name, moved, now).await
        }
        Some(row) => chart::removed(tx, place, name, row, now).await,
        None => {
            if kept.is_none() {
                chart::oci::forget(tx, place, name, &gone.digest).await?;
            }
            for tag in &gone.tags {
                chart::oci::note(tx, place, name, tag, now).await?;
            }
            Ok(())
        }
    }
}

/// Removes the manifest of a chart that has another now, and tells nobody. Its tag has moved on.
pub(super) async fn supersede(
    tx: &mut Tx<'_>,
    within: &Within<'_>,
    digest: &Digest,
    now: Timestamp,
) -> Result<(), Fault> {
    let (registry, region) = (within.place.registry.as_str(), within.place.region.as_str());
    let sql = "DELETE FROM manifest WHERE registry = $1 AND region = $2 AND repository = $3 AND digest = $4
               RETURNING bytes";
    let key = params![registry, region, within.name.as_str(), digest.as_str()];
    let Some(mut removed) = tx.query_opt(sql, key).await? else { return Ok(()) };
    let bytes = removed.take_bytes(0).expect("a manifest has bytes");
    let (place, name) = (within.place, within.name);
    let gone = Forgotten { digest, media_type: HELM_CHART, bytes: &bytes };
    forget_references(tx, within, &gone, Since { gone: now, untagged: now }).await?;
    let reference = Reference::Digest(digest.clone());
    tx.after.stale.push(Key::Manifest(place.clone(), name.clone(), reference));
    let change = tally::Change { manifests: -1, tags: 0 };
    tally::record(tx, place, name, digest, change, now).await
}

/// A manifest that is gone for good.
pub(super) struct Forgotten<'a> {
    pub(super) digest: &'a Digest,
    pub(super) media_type: &'a str,
    pub(super) bytes: &'a [u8],
}

/// Forgets what a manifest that is gone for good referred to. From now on no manifest is known to need it.
pub(super) async fn forget_references(
    tx: &mut Tx<'_>,
    within: &Within<'_>,
    gone: &Forgotten<'_>,
    since: Since,
) -> Result<(), Fault> {
    let (place, name) = (within.place, within.name);
    let (registry, region) = (place.registry.as_str(), place.region.as_str());
    let (repository, digest) = (name.as_str(), gone.digest.as_str());
    let parsed = manifest::parse(Some(gone.media_type), gone.bytes);
    let mut manifests = Vec::new();
    let children: Vec<Digest> = if let Ok(parsed) = parsed {
        let of_manifests =
            parsed.references.iter().filter(|one| one.kind == ReferenceKind::Manifest);
        manifests.extend(of_manifests.map(|one| one.digest.clone()));
        let children: Vec<_> = parsed.references.into_iter().map(|one| one.digest).collect();
        for child in &children {
            tx.execute(
                "DELETE FROM manifest_reference
                 WHERE registry = $1 AND region = $2 AND repository = $3 AND child = $4 AND parent = $5",
                params![registry, region, repository, child.as_str(), digest],
            )
            .await?;
        }
        children
    } else {
        // An older program took what this one would not. All references of the repository are looked through.
        let sql = "DELETE FROM manifest_reference
                   WHERE registry = $1 AND region = $2 AND repository = $3 AND parent = $4 RETURNING child";
        let rows = tx.query(sql, params![registry, region, repository, digest]).await?;
        manifests.extend(rows.iter().map(|row| row.parsed(0)));
        manifests.clone()
    };
    retention::note_left_behind(tx, within, gone.digest, &manifests, since.untagged).await?;
    for child in children {
        tx.execute(
            "UPDATE repository_blob SET idle_ms = $5
             WHERE registry = $1 AND region = $2 AND repository = $3 AND digest = $4
               AND (idle_ms IS NULL OR idle_ms < $5)",
            params![registry, region, repository, child.as_str(), since.gone.0],
        )
        .await?;
        tx.after.stale.push(Key::Blob(place.clone(), name.clone(), child));
    }
    Ok(())
}
