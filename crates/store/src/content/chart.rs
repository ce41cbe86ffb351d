//! Charts of the classic Helm repository.
//!
//! A version of a chart is a manifest with one tag, so that whatever is done with manifests is done with charts as well.
//! Beside it lies a row with what the repository's index says, written and removed in the transactions of the manifest:
//! there is no row without a manifest, and no such manifest without a row and its tag. A manifest that was deleted and can be
//! restored takes its row along. Charts that are OCI artifacts, which
//! an index may list as well, are in `oci`.

mod delete;
mod index;
pub(super) mod oci;
mod shelf;

pub use delete::ChartsDeletion;
pub use index::{CHART_CHANGES_MAX, CHARTS_BYTES_MAX, ChartChange, ChartChanges};
pub(super) use index::{forget as forget_index, shown_otherwise};
pub use shelf::{CHART_REPOSITORIES_LOOKED_MAX, ListedChart};

use super::delete::{Within, supersede};
use super::locks::{self, attributes, columns};
use super::push::{self, CommitPush, PushOutcome};
use crate::db::Db;
use crate::error::{Error, Fault};
use crate::registry::Hold;
use crate::row::{Row, Value, params};
use crate::tx::Tx;
use boathook_core::chart::{ChartName, ChartVersion, may_be_of_chart};
use boathook_core::digest::Digest;
use boathook_core::lock::{self, Attributes, Locked};
use boathook_core::manifest::Reference;
use boathook_core::name::{Place, Repository, Tag};
use boathook_core::policy::Status;
use boathook_core::time::Timestamp;
use std::sync::Arc;

/// A version of a chart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChartRow {
    /// Its tag: called after the archive in the classic repository, after the version elsewhere.
    pub tag: Tag,
    /// Its name.
    pub name: ChartName,
    /// Its version.
    pub version: ChartVersion,
    /// Its manifest.
    pub manifest: Digest,
    /// Its archive.
    pub archive: ChartPart,
    /// Who vouches for it.
    pub provenance: Option<ChartPart>,
    /// What it says of itself, as JSON.
    pub metadata: String,
    /// When its archive was pushed.
    pub created: Timestamp,
}

/// Bytes that belong to a chart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChartPart {
    /// Their digest.
    pub digest: Digest,
    /// How many they are.
    pub size: u64,
}

/// A version of a chart on its way in.
#[derive(Debug)]
pub struct CommitChart {
    /// Its manifest, with its one tag and what is to be announced.
    pub push: CommitPush,
    /// What its repository's index will say.
    pub row: ChartRow,
    /// What has to be there before.
    pub write: ChartWrite,
    /// What no other index has been called, for the repository's first chart.
    pub generation: String,
}

/// What has to be there before a version of a chart is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChartWrite {
    /// Nothing of that name.
    New,
    /// The same version of the same chart.
    Replace,
    /// The same version, with this manifest.
    Amend {
        /// The manifest.
        from: Digest,
    },
}

/// What came of writing a version of a chart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChartOutcome {
    /// It is stored, and its events are.
    Stored,
    /// It is there already; nothing was changed.
    Exists,
    /// An image has its tag, or a chart of another name and version, whose file is called the same; nothing was changed.
    Taken,
    /// There is none to be replaced; nothing was changed.
    Unknown,
    /// Somebody else has changed it in the meantime; nothing was changed.
    Changed,
    /// The repository, the tag or the manifest is locked; nothing was changed.
    Locked(Locked),
    /// A part of it is not in the repository any more; nothing was changed.
    Missing(Reference),
}

impl Db {
    /// Stores a version of a chart and records its events, all or nothing. A manifest whose place is taken goes, and
    /// nobody is told.
    pub async fn commit_chart(&self, chart: CommitChart) -> Result<ChartOutcome, Error> {
        let chart = Arc::new(chart);
        let of = chart.push.place.registry.clone();
        self.write_in(&of, "commit_chart", async move |tx: &mut Tx<'_>| commit(tx, &chart).await)
            .await
    }

    /// Looks up the version of a chart that has a tag.
    pub async fn chart(
        &self,
        place: &Place,
        repository: &Repository,
        tag: &Tag,
    ) -> Result<Option<ChartRow>, Error> {
        let (place, repository, tag) = (place.clone(), repository.clone(), tag.clone());
        self.read("chart", async move |tx: &mut Tx<'_>| {
            by_tag(tx, &place, &repository, &tag, THERE).await
        })
        .await
    }
}

async fn commit(tx: &mut Tx<'_>, chart: &CommitChart) -> Result<ChartOutcome, Fault> {
    let CommitChart { push, row, write, generation } = chart;
    let (place, name) = (&push.place, &push.repository);
    let before = match (write, by_tag(tx, place, name, &row.tag, THERE).await?) {
        (_, None) if locks::of_tag(tx, place, name, &row.tag).await?.tag.is_some() => {
            return Ok(ChartOutcome::Taken);
        }
        (ChartWrite::New, None) => None,
        (ChartWrite::Replace | ChartWrite::Amend { .. }, None) => return Ok(ChartOutcome::Unknown),
        // `a-1` in version 2.0.0 and `a` in version 1-2.0.0 have one name.
        (_, Some(before)) if (&before.name, &before.version) != (&row.name, &row.version) => {
            return Ok(ChartOutcome::Taken);
        }
        (ChartWrite::New, Some(_)) => return Ok(ChartOutcome::Exists),
        (ChartWrite::Amend { from }, Some(before)) if before.manifest != *from => {
            return Ok(ChartOutcome::Changed);
        }
        (_, Some(before)) => Some(before.manifest),
    };
    let replaced = before.filter(|manifest| *manifest != row.manifest);
    let within = within(tx, place, name).await?;
    if let Some(replaced) = &replaced
        && let Err(locked) = may_go(tx, &within, replaced).await?
    {
        return Ok(ChartOutcome::Locked(locked));
    }
    match push::store(tx, push, NOT_HELD).await? {
        PushOutcome::Stored => (),
        PushOutcome::Locked(locked) => return Ok(ChartOutcome::Locked(locked)),
        PushOutcome::Missing(reference) | PushOutcome::SizeDiffers { reference, .. } => {
            return Ok(ChartOutcome::Missing(reference));
        }
        PushOutcome::OtherType(_) | PushOutcome::OfChart => {
            unreachable!("nobody else pushes manifests of charts, and the tag is the chart's own")
        }
    }
    if let Some(replaced) = &replaced {
        supersede(tx, &within, replaced, push.now).await?;
        forget(tx, place, name, replaced).await?;
    }
    insert(tx, place, name, row).await?;
    index::begin(tx, place, name, generation, push.now).await?;
    index::note(tx, place, name, &row.tag, push.now).await?;
    Ok(ChartOutcome::Stored)
}

async fn within<'a>(
    tx: &mut Tx<'_>,
    place: &'a Place,
    name: &'a Repository,
) -> Result<Within<'a>, Fault> {
    let attributes = locks::of_repository(tx, place, name).await?.unwrap_or_default();
    Ok(Within { place, name, attributes })
}

/// Looks whether a manifest may be replaced, which takes it away; its tag stays.
async fn may_go(
    tx: &mut Tx<'_>,
    within: &Within<'_>,
    manifest: &Digest,
) -> Result<Result<(), Locked>, Fault> {
    let sql = concat!(
        "SELECT ",
        columns!("m"),
        " FROM manifest m WHERE m.registry = $1 AND m.region = $2 AND m.repository = $3 AND m.digest = $4"
    );
    let (registry, region) = (within.place.registry.as_str(), within.place.region.as_str());
    let key = params![registry, region, within.name.as_str(), manifest.as_str()];
    let found = tx.query_opt(sql, key).await?.and_then(|row| attributes(&row, 0));
    Ok(lock::delete_manifest(within.attributes, found.unwrap_or_default(), Attributes::UNLOCKED))
}

/// No chart is held back ([`on_arrival`](boathook_core::quarantine::on_arrival)).
const NOT_HELD: Hold = Hold { policy: Status::Disabled, is_heard: false };

/// The columns that [`read`] reads, of the table `h`, `chart` or `oci_chart`.
const COLUMNS: &str =
    "h.tag, h.name, h.version, h.manifest, h.digest, h.size, h.provenance, h.provenance_size,
    h.metadata, h.created_ms";

/// Reads a version of a chart from the column `idx` on.
fn read(row: &Row, idx: usize) -> ChartRow {
    let size = |bytes| u64::try_from(bytes).expect("a size is not negative");
    let provenance = row
        .opt_int(idx + 7)
        .map(|bytes| ChartPart { digest: row.parsed(idx + 6), size: size(bytes) });
    ChartRow {
        tag: row.parsed(idx),
        name: row.parsed(idx + 1),
        version: row.parsed(idx + 2),
        manifest: row.parsed(idx + 3),
        archive: ChartPart { digest: row.parsed(idx + 4), size: size(row.int(idx + 5)) },
        provenance,
        metadata: row.text(idx + 8).to_owned(),
        created: Timestamp(row.int(idx + 9)),
    }
}

/// A condition of charts `h`: those that were not deleted.
const THERE: &str = "h.deleted_ms IS NULL";

/// The chart that has a tag, if it meets a condition.
async fn by_tag(
    tx: &mut Tx<'_>,
    place: &Place,
    name: &Repository,
    tag: &Tag,
    condition: &str,
) -> Result<Option<ChartRow>, Fault> {
    let sql = format!(
        "SELECT {COLUMNS} FROM chart h
         WHERE h.registry = $1 AND h.region = $2 AND h.repository = $3 AND h.tag = $4 AND {condition}"
    );
    let (registry, region) = (place.registry.as_str(), place.region.as_str());
    let found = tx.query_opt(&sql, params![registry, region, name.as_str(), tag.as_str()]).await?;
    Ok(found.map(|row| read(&row, 0)))
}

/// The manifest of the chart that a tag belongs to. Only what may be a chart's is looked for.
pub(super) async fn owner(
    tx: &mut Tx<'_>,
    place: &Place,
    name: &Repository,
    tag: &Tag,
) -> Result<Option<Digest>, Fault> {
    if !may_be_of_chart(tag) {
        return Ok(None);
    }
    Ok(by_tag(tx, place, name, tag, THERE).await?.map(|chart| chart.manifest))
}

async fn insert(
    tx: &mut Tx<'_>,
    place: &Place,
    name: &Repository,
    row: &ChartRow,
) -> Result<(), Fault> {
    tx.execute(
        "INSERT INTO chart (registry, region, repository, manifest, tag, name, version, digest, size, provenance,
                            provenance_size, metadata, created_ms, deleted_ms)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, NULL)
         ON CONFLICT (registry, region, repository, manifest)
         DO UPDATE SET created_ms = excluded.created_ms, deleted_ms = NULL",
        &values(place, name, row),
    )
    .await?;
    Ok(())
}

/// What is written of a chart, from its registry to `created_ms`.
fn values<'a>(place: &'a Place, name: &'a Repository, row: &'a ChartRow) -> Vec<Value<'a>> {
    let size = |bytes| i64::try_from(bytes).expect("a chart fits a disk");
    params![
        place.registry.as_str(),
        place.region.as_str(),
        name.as_str(),
        row.manifest.as_str(),
        row.tag.as_str(),
        row.name.as_str(),
        row.version.as_str(),
        row.archive.digest.as_str(),
        size(row.archive.size),
        row.provenance.as_ref().map(|part| part.digest.as_str()),
        row.provenance.as_ref().map(|part| size(part.size)),
        &row.metadata,
        row.created.0,
    ]
    .to_vec()
}

/// Forgets the row of a chart.
pub(super) async fn forget(
    tx: &mut Tx<'_>,
    place: &Place,
    name: &Repository,
    manifest: &Digest,
) -> Result<(), Fault> {
    let sql = "DELETE FROM chart WHERE registry = $1 AND region = $2 AND repository = $3 AND manifest = $4";
    let (registry, region) = (place.registry.as_str(), place.region.as_str());
    tx.execute(sql, params![registry, region, name.as_str(), manifest.as_str()]).await?;
    Ok(())
}

/// Finds the chart whose manifest is about to go.
pub(super) async fn of_manifest(
    tx: &mut Tx<'_>,
    place: &Place,
    name: &Repository,
    manifest: &Digest,
) -> Result<Option<ChartRow>, Fault> {
    let sql = format!(
        "SELECT {COLUMNS} FROM chart h
         WHERE h.registry = $1 AND h.region = $2 AND h.repository = $3 AND h.manifest = $4 AND h.deleted_ms IS NULL"
    );
    let (registry, region) = (place.registry.as_str(), place.region.as_str());
    let key = params![registry, region, name.as_str(), manifest.as_str()];
    Ok(tx.query_opt(&sql, key).await?.map(|row| read(&row, 0)))
}

/// Which tag a chart had that was deleted and can be restored.
pub(super) async fn deleted(
    tx: &mut Tx<'_>,
    place: &Place,
    name: &Repository,
    manifest: &Digest,
) -> Result<Option<Tag>, Fault> {
    let sql = "SELECT tag FROM chart
               WHERE registry = $1 AND region = $2 AND repository = $3 AND manifest = $4 AND deleted_ms IS NOT NULL";
    let (registry, region) = (place.registry.as_str(), place.region.as_str());
    let key = params![registry, region, name.as_str(), manifest.as_str()];
    Ok(tx.query_opt(sql, key).await?.map(|row| row.parsed(0)))
}

/// Has a chart be deleted whose manifest is kept for a while, or be there again with it, and notes that its repository's
/// index is another.
pub(super) async fn moved(
    tx: &mut Tx<'_>,
    place: &Place,
    name: &Repository,
    moved: Moved<'_>,
    now: Timestamp,
) -> Result<(), Fault> {
    let sql = "UPDATE chart SET deleted_ms = $5
               WHERE registry = $1 AND region = $2 AND repository = $3 AND manifest = $4";
    let (registry, region) = (place.registry.as_str(), place.region.as_str());
    let Moved { manifest, tag, deleted } = moved;
    let deleted_ms = deleted.map(|deleted| deleted.0);
    let key = params![registry, region, name.as_str(), manifest.as_str(), deleted_ms];
    tx.execute(sql, key).await?;
    index::note(tx, place, name, tag, now).await
}

/// A chart that is deleted or restored with its manifest.
pub(super) struct Moved<'a> {
    pub(super) manifest: &'a Digest,
    pub(super) tag: &'a Tag,
    /// When it was deleted; nothing where it is there again.
    pub(super) deleted: Option<Timestamp>,
}

/// Forgets a chart whose manifest has gone, and notes that its repository's index is another.
pub(super) async fn removed(
    tx: &mut Tx<'_>,
    place: &Place,
    name: &Repository,
    chart: &ChartRow,
    now: Timestamp,
) -> Result<(), Fault> {
    forget(tx, place, name, &chart.manifest).await?;
    index::note(tx, place, name, &chart.tag, now).await
}
