//! Charts as somebody looks through them: those of the classic repository and those that are OCI artifacts alike.

use super::archive::{self, InvalidArchive, Limits, Texts};
use super::push::{CHART_BYTES_MAX, by_reader};
use crate::ctx::Ctx;
use crate::registry::pull::{self, Pulled};
use boathook_core::chart::file_name;
use boathook_core::lock::{self, Locked};
use boathook_core::name::{Place, Reference, Repository, Tag};
use boathook_core::quarantine::Sight;
use boathook_store::Error;
use bytes::Bytes;
use std::io::{self, Read};
use tokio::sync::Semaphore;

pub use boathook_store::{ChartRow, ListedChart};

/// One archive is looked into at a time, for all who look: pushes have threads of their own.
static LOOKER: Semaphore = Semaphore::const_new(1);

/// The repositories with charts after `last`, and where the next page begins, if there may be one.
pub async fn repositories(
    ctx: &Ctx,
    place: &Place,
    last: &str,
    limit: u32,
) -> Result<(Vec<Repository>, Option<String>), Error> {
    ctx.db.chart_repositories(place, last, limit).await
}

/// The versions of charts among `limit` tags of a repository after `last`, and where the next page begins, if there may be
/// one.
pub async fn versions(
    ctx: &Ctx,
    place: &Place,
    repository: &Repository,
    sight: Sight,
    last: &str,
    limit: u32,
) -> Result<Result<(Vec<ListedChart>, Option<String>), Locked>, Error> {
    if let Err(locked) = lock::pull_blob(ctx.db.repository_attributes(place, repository).await?) {
        return Ok(Err(locked));
    }
    Ok(Ok(ctx.db.listed_charts(place, repository, sight, last, limit).await?))
}

/// What came of looking for a version of a chart.
#[derive(Debug)]
pub enum Looked {
    /// It may be read.
    Found(Box<ChartRow>),
    /// There is none, or none that the caller may know of.
    Unknown,
    /// It, its tag or its repository is locked.
    Locked(Locked),
}

/// Looks up the version of a chart that has a tag.
pub async fn version(
    ctx: &Ctx,
    place: &Place,
    repository: &Repository,
    tag: &Tag,
    sight: Sight,
) -> Result<Looked, Error> {
    let Some(row) = ctx.db.chart_under(place, repository, tag).await? else {
        return Ok(Looked::Unknown);
    };
    // What may be pulled is asked of the manifest, as it is at every other door.
    let reference = Reference::Tag(tag.clone());
    Ok(match pull::manifest(ctx, place, repository, &reference, sight).await? {
        Pulled::Found(found) if found.digest == row.manifest => Looked::Found(Box::new(row)),
        Pulled::Found(_) | Pulled::Unknown | Pulled::Quarantined => Looked::Unknown,
        Pulled::Locked(locked) => Looked::Locked(locked),
    })
}

/// Why a chart's texts are not shown.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unread {
    /// Its archive is not there.
    #[error("the archive is not there any more")]
    Missing,
    /// Its archive is larger than a chart's may be.
    #[error("the archive has more than {CHART_BYTES_MAX} bytes")]
    TooLarge,
    /// Its archive is none that would be taken.
    #[error(transparent)]
    Invalid(#[from] InvalidArchive),
}

/// Reads what a chart says to people, out of its archive, which need not have been looked at before: an artifact's is
/// whatever was pushed.
pub async fn texts(
    ctx: &Ctx,
    place: &Place,
    repository: &Repository,
    chart: &ChartRow,
) -> Result<Result<Texts, Unread>, Error> {
    let digest = chart.archive.digest.clone();
    let Some(found) = pull::known_blob(ctx, place, repository, &digest).await? else {
        return Ok(Err(Unread::Missing));
    };
    if CHART_BYTES_MAX < found.info.size {
        return Ok(Err(Unread::TooLarge));
    }
    let (blobs, place, inline) = (ctx.blobs.clone(), place.clone(), found.info.inline.clone());
    let file = file_name(&chart.name, &chart.version);
    let reading = by_reader(&LOOKER, move || {
        let archive: Box<dyn Read> = match inline {
            Some(bytes) => Box::new(io::Cursor::new(Bytes::clone(&bytes))),
            None => Box::new(blobs.read(&place, &digest)?.file),
        };
        let read = archive::texts(&file, archive, Limits::default());
        let path = || digest.to_string();
        read.map_err(|source| Error::File { action: "read", path: path(), source })
    });
    Ok(reading.await?.map_err(Unread::Invalid))
}
