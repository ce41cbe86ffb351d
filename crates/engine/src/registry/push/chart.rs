//! What a manifest says of itself as a chart, for the index of the repository above.

use super::config;
use crate::ctx::Ctx;
use boathook_core::chart::oci_tag;
use boathook_core::digest::{Algorithm, Digest};
use boathook_core::manifest::Manifest;
use boathook_core::media_type::{HELM_CONFIG, OCI_MANIFEST};
use boathook_core::name::{Place, Repository};
use boathook_core::time::Timestamp;
use boathook_store::{ChartPart, ChartRow, Error};
use boathook_wire::helm::manifest::{self as helm, Part, Parts};
use boathook_wire::helm::metadata::{ChartMetadata, METADATA_BYTES_MAX};
use bytes::Bytes;

/// A manifest that has been read.
pub(super) struct Read<'a> {
    pub(super) manifest: &'a Manifest,
    pub(super) bytes: &'a Bytes,
    pub(super) digest: &'a Digest,
}

/// Reads what a manifest says of itself as a chart, if it is one that `helm push` could have pushed to this repository: the
/// repository is called after the chart. All else is as good a manifest, and no index lists it.
pub(super) async fn of(
    ctx: &Ctx,
    place: &Place,
    repository: &Repository,
    read: Read<'_>,
    now: Timestamp,
) -> Result<Option<Box<ChartRow>>, Error> {
    let Some((name, parts)) = parts(repository, &read) else { return Ok(None) };
    let Some(config) = ctx.db.blob(place, repository, &parts.config.digest).await? else {
        // The commit says so.
        return Ok(None);
    };
    let config = match &config.info.inline {
        Some(bytes) => Some(bytes.to_vec()),
        None => config::in_file(ctx, place, &parts.config.digest).await,
    };
    let metadata = config.and_then(|config| ChartMetadata::of_config(&config));
    let Some(metadata) = metadata.filter(|metadata| metadata.name.as_str() == name) else {
        return Ok(None);
    };
    let Ok(tag) = oci_tag(&metadata.version) else { return Ok(None) };
    let part = |part: Part| ChartPart { digest: part.digest, size: part.size };
    Ok(Some(Box::new(ChartRow {
        tag,
        name: metadata.name,
        version: metadata.version,
        manifest: read.digest.clone(),
        archive: part(parts.archive),
        provenance: parts.provenance.map(part),
        metadata: metadata.json,
        created: now,
    })))
}

/// The chart's name and its parts, as far as the manifest tells them.
fn parts<'a>(repository: &'a Repository, read: &Read<'_>) -> Option<(&'a str, Parts)> {
    let (_, name) = repository.above()?;
    let config = read.manifest.config.as_ref()?;
    let is_chart = read.manifest.media_type == OCI_MANIFEST && config.media_type == HELM_CONFIG;
    if !is_chart || (METADATA_BYTES_MAX as u64) < config.size {
        return None;
    }
    // An index names archives by their SHA-256.
    let parts = helm::parts(read.bytes)?;
    (parts.archive.digest.algorithm() == Algorithm::Sha256).then_some((name, parts))
}
