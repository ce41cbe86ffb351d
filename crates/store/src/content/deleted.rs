//! What was deleted and is kept for a while, where the registry's policy says so (`softDeletePolicy`).
//!
//! A deleted manifest leaves the table of manifests, so that nothing which looks there has to know of it, and its
//! references stay, so that nothing it needs goes.

mod list;
mod purge;
mod restore;

pub use list::{AfterDeletedTag, DeletedManifestRow, DeletedTagRow};
pub use purge::{PURGE_BYTES_MAX, PURGE_MANIFESTS_MAX, Purged};
pub use restore::{RESTORED_TOGETHER_MAX, Restore, RestoreOutcome};

use crate::error::Fault;
use crate::row::params;
use crate::tx::Tx;
use boathook_core::digest::Digest;
use boathook_core::name::{Place, RegistryName, Repository, Tag};
use boathook_core::time::Timestamp;

/// What is moved with a manifest that is deleted or restored: all that is known of it.
macro_rules! kept_columns {
    () => {
        "registry, region, repository, digest, media_type, artifact_type, subject, annotations, size, bytes, created_ms,
         is_delete_enabled, is_write_enabled, is_read_enabled, is_list_enabled, updated_ms, image_size,
         config_media_type, architecture, os, platforms, quarantine_state, quarantine_details,
         pushed_by"
    };
}
use kept_columns;

#[cfg(test)]
pub(crate) const KEPT_COLUMNS: &str = kept_columns!();

/// Says whether a registry keeps what is deleted in it.
pub(super) async fn is_kept(tx: &mut Tx<'_>, registry: &RegistryName) -> Result<bool, Fault> {
    let sql = "SELECT 1 FROM registry WHERE name = $1 AND soft_delete = 'enabled'";
    tx.exists(sql, params![registry.as_str()]).await
}

/// Keeps a manifest that is about to be deleted, with its tags.
pub(super) async fn keep_manifest(
    tx: &mut Tx<'_>,
    place: &Place,
    name: &Repository,
    digest: &Digest,
    at: Timestamp,
) -> Result<(), Fault> {
    let (registry, region) = (place.registry.as_str(), place.region.as_str());
    let key = params![registry, region, name.as_str(), digest.as_str(), at.0];
    let manifest = concat!(
        "INSERT INTO deleted_manifest (",
        kept_columns!(),
        ", deleted_ms) SELECT ",
        kept_columns!(),
        ", CAST($5 AS BIGINT) FROM manifest
         WHERE registry = $1 AND region = $2 AND repository = $3 AND digest = $4"
    );
    let tags =
        "INSERT INTO deleted_tag (registry, region, repository, name, digest, deleted_ms)
         SELECT registry, region, repository, name, digest, CAST($5 AS BIGINT) FROM tag
         WHERE registry = $1 AND region = $2 AND repository = $3 AND digest = $4
         ON CONFLICT (registry, region, repository, digest, name) DO UPDATE SET deleted_ms = excluded.deleted_ms";
    for sql in [manifest, tags] {
        tx.execute(sql, key).await?;
    }
    Ok(())
}

/// Keeps a tag that leaves the manifest that it was on.
pub(super) async fn keep_tag(
    tx: &mut Tx<'_>,
    place: &Place,
    name: &Repository,
    tag: &Tag,
    digest: &Digest,
    at: Timestamp,
) -> Result<(), Fault> {
    let (registry, region) = (place.registry.as_str(), place.region.as_str());
    tx.execute(
        "INSERT INTO deleted_tag (registry, region, repository, name, digest, deleted_ms)
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (registry, region, repository, digest, name) DO UPDATE SET deleted_ms = excluded.deleted_ms",
        params![registry, region, name.as_str(), tag.as_str(), digest.as_str(), at.0],
    )
    .await?;
    Ok(())
}

/// Forgets the deleted tags of a manifest that is gone for good.
pub(super) async fn forget_tags(
    tx: &mut Tx<'_>,
    place: &Place,
    name: &Repository,
    digest: &Digest,
) -> Result<(), Fault> {
    let (registry, region) = (place.registry.as_str(), place.region.as_str());
    let sql = "DELETE FROM deleted_tag WHERE registry = $1 AND region = $2 AND repository = $3 AND digest = $4";
    tx.execute(sql, params![registry, region, name.as_str(), digest.as_str()]).await?;
    Ok(())
}

/// Forgets a deleted manifest that is there again, because somebody has pushed it.
pub(super) async fn forget_manifest(
    tx: &mut Tx<'_>,
    place: &Place,
    name: &Repository,
    digest: &Digest,
) -> Result<(), Fault> {
    let (registry, region) = (place.registry.as_str(), place.region.as_str());
    let sql = "DELETE FROM deleted_manifest WHERE registry = $1 AND region = $2 AND repository = $3 AND digest = $4";
    tx.execute(sql, params![registry, region, name.as_str(), digest.as_str()]).await?;
    Ok(())
}

/// Says whether a repository has manifests that can be restored.
pub(super) async fn has_manifests(
    tx: &mut Tx<'_>,
    place: &Place,
    name: &Repository,
) -> Result<bool, Fault> {
    let (registry, region) = (place.registry.as_str(), place.region.as_str());
    let sql = "SELECT 1 FROM deleted_manifest WHERE registry = $1 AND region = $2 AND repository = $3 LIMIT 1";
    tx.exists(sql, params![registry, region, name.as_str()]).await
}
