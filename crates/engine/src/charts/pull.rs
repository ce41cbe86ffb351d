//! A chart's files go out.

use crate::ctx::Ctx;
use crate::registry::pull::{self, Blob, Pulled};
use crate::traffic::TrafficKind;
use boathook_core::chart::{ChartFile, FileKind};
use boathook_core::digest::Digest;
use boathook_core::lock::Locked;
use boathook_core::name::{Place, Reference, Repository};
use boathook_core::quarantine::Sight;
use boathook_store::{ChartRow, Error};

/// A file of a chart that may be read.
#[derive(Debug)]
pub struct Found {
    /// Its digest.
    pub digest: Digest,
    /// Its bytes, to be read with [`pull::read`].
    pub blob: Blob,
}

/// Looks up a file of a chart that may be read: of the repository itself, or of one that is an OCI artifact and listed by
/// the index of the repository above.
pub async fn file(
    ctx: &Ctx,
    place: &Place,
    repository: &Repository,
    file: &ChartFile,
) -> Result<Result<Option<Found>, Locked>, Error> {
    let row = match ctx.db.chart(place, repository, file.tag()).await? {
        Some(row) => row,
        None => match artifact(ctx, place, repository, file).await? {
            Some(row) => row,
            None => return Ok(Ok(None)),
        },
    };
    // What may be pulled is asked of the manifest, as it is at every other door.
    let reference = Reference::Tag(row.tag);
    match pull::manifest(ctx, place, repository, &reference, Sight::Everything).await? {
        Pulled::Found(_) => (),
        Pulled::Unknown | Pulled::Quarantined => return Ok(Ok(None)),
        Pulled::Locked(locked) => return Ok(Err(locked)),
    }
    let digest = match (file.kind, row.provenance) {
        (FileKind::Archive, _) => row.archive.digest,
        (FileKind::Provenance, Some(provenance)) => provenance.digest,
        (FileKind::Provenance, None) => return Ok(Ok(None)),
    };
    let found = pull::blob(ctx, place, repository, &digest).await?;
    Ok(found.map(|blob| blob.map(|blob| Found { digest, blob })))
}

/// Counts that a client is about to be given a file of a chart. A provenance alone is no chart.
pub fn tell(ctx: &Ctx, place: &Place, file: &ChartFile) {
    if file.kind == FileKind::Archive {
        ctx.traffic.note(place, TrafficKind::Pull, ctx.clock.now());
    }
}

/// A chart that an index of the repository above may list, and whose files are had where its manifest is.
async fn artifact(
    ctx: &Ctx,
    place: &Place,
    repository: &Repository,
    file: &ChartFile,
) -> Result<Option<ChartRow>, Error> {
    let name = repository.above().and_then(|(_, name)| name.parse().ok());
    let Some(tag) = name.and_then(|name| file.oci_tag(&name)) else { return Ok(None) };
    ctx.db.oci_chart(place, repository, &tag).await
}
