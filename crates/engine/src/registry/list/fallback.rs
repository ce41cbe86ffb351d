//! Referrers of before there was a list of them: an index under a tag that is made of the subject's digest.
//!
//! Source: OCI distribution-spec 1.1, "Referrers Tag Schema". Clients of old keep the index; some of what it lists names
//! no subject. What it says of its entries is not believed: each is read from the manifest itself, if that is still there.

use super::{ReferrerRow, WantedReferrers};
use crate::ctx::Ctx;
use boathook_core::digest::Digest;
use boathook_core::lock;
use boathook_core::manifest::{self, ReferenceKind};
use boathook_core::name::{Place, Reference, Repository};
use boathook_core::quarantine::Sight;
use boathook_store::{Error, FoundManifest, ManifestInfo};
use std::collections::BTreeSet;

/// How much of a digest's value the tag has, in characters, so that it is no longer than a tag may be.
const TAG_VALUE_MAX: usize = 64;

/// The digests after `last` that the index about `subject` lists, in their order.
pub(super) async fn listed(
    ctx: &Ctx,
    place: &Place,
    repository: &Repository,
    subject: &Digest,
    sight: Sight,
    last: &str,
) -> Result<BTreeSet<Digest>, Error> {
    let value = &subject.hex()[..TAG_VALUE_MAX.min(subject.hex().len())];
    let tag = format!("{}-{value}", subject.algorithm().as_str());
    let reference = Reference::Tag(tag.parse().expect("because a part of a digest is short"));
    let found = ctx.db.manifest(place, repository, &reference).await?;
    let found = found.filter(|index| sight.shows(index.quarantine));
    let Some(index) = found.and_then(|index| read(&index.info)) else { return Ok(BTreeSet::new()) };
    let entries = index.references.into_iter();
    let manifests = entries.filter(|entry| entry.kind == ReferenceKind::Manifest);
    Ok(manifests.map(|entry| entry.digest).filter(|digest| last < digest.as_str()).collect())
}

/// A listed manifest as a list of referrers shows it; `None` where it is gone or not wanted.
pub(super) async fn row(
    ctx: &Ctx,
    place: &Place,
    repository: &Repository,
    digest: Digest,
    wanted: &WantedReferrers,
) -> Result<Option<ReferrerRow>, Error> {
    let found = ctx.db.manifest(place, repository, &Reference::Digest(digest.clone())).await?;
    let is_listed = |found: &FoundManifest| {
        lock::is_listed(found.manifest) && wanted.sight.shows(found.quarantine)
    };
    let listed = found.filter(is_listed);
    let Some(FoundManifest { info, .. }) = listed else { return Ok(None) };
    let Some(manifest) = read(&info) else { return Ok(None) };
    if wanted.artifact_type.is_some() && manifest.artifact_type != wanted.artifact_type {
        return Ok(None);
    }
    Ok(Some(ReferrerRow {
        digest,
        media_type: info.media_type.clone(),
        size: info.bytes.len() as u64,
        artifact_type: manifest.artifact_type,
        annotations: manifest.annotations.map(|object| serde_json::Value::from(object).to_string()),
    }))
}

fn read(info: &ManifestInfo) -> Option<manifest::Manifest> {
    manifest::parse(Some(&info.media_type), &info.bytes).ok()
}
