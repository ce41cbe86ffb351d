//! What was deleted, and can be restored as long as the registry's policy keeps it.

use super::list::Page;
use super::purging;
use crate::ctx::Ctx;
use boathook_core::digest::Digest;
use boathook_core::name::{Place, Repository, Tag};
use boathook_store::{Error, Purged};

pub use boathook_store::{
    AfterDeletedTag, DeletedManifestRow, DeletedTagRow, RESTORED_TOGETHER_MAX, RestoreOutcome,
};

/// How many registries are looked at together.
const REGISTRIES_TOGETHER: u32 = 100;

/// The repositories after `last` in which something was deleted that can be restored.
pub async fn repositories(
    ctx: &Ctx,
    place: &Place,
    last: &str,
    limit: u32,
) -> Result<Page<String>, Error> {
    Ok(Page::new(ctx.db.deleted_repositories(place, last, limit + 1).await?, limit))
}

/// The deleted manifests of a repository after the digest `last`; `None` where there is neither a repository nor
/// anything deleted.
pub async fn manifests(
    ctx: &Ctx,
    place: &Place,
    repository: &Repository,
    last: &str,
    limit: u32,
) -> Result<Option<Page<DeletedManifestRow>>, Error> {
    let found = ctx.db.deleted_manifests(place, repository, last, limit + 1).await?;
    Ok(found.map(|rows| Page::new(rows, limit)))
}

/// The deleted tags of a repository; `None` where there is neither a repository nor anything deleted.
pub async fn tags(
    ctx: &Ctx,
    place: &Place,
    repository: &Repository,
    after: AfterDeletedTag,
    limit: u32,
) -> Result<Option<Page<DeletedTagRow>>, Error> {
    let found = ctx.db.deleted_tags(place, repository, after, limit + 1).await?;
    Ok(found.map(|rows| Page::new(rows, limit)))
}

/// What is to come back.
pub struct Restore {
    /// Where it was.
    pub place: Place,
    /// In which repository.
    pub repository: Repository,
    /// Which manifest.
    pub digest: Digest,
    /// The tag that comes back on it.
    pub tag: Option<Tag>,
    /// Whether the tag leaves another manifest that it is on.
    pub is_forced: bool,
}

/// Brings back a manifest, those that it needs as an index, and one tag, all or nothing. Nobody is told.
pub async fn restore(ctx: &Ctx, restore: Restore) -> Result<RestoreOutcome, Error> {
    let Restore { place, repository, digest, tag, is_forced } = restore;
    let now = ctx.clock.now();
    let restore = boathook_store::Restore { place, repository, digest, tag, is_forced, now };
    ctx.db.restore(restore).await
}

/// Removes for good what was deleted longer ago than its registry keeps it, step by step. Nobody is told. Where nothing was
/// deleted, nothing is written.
pub(crate) async fn purge(ctx: &Ctx) -> Result<Purged, Error> {
    let (mut after, mut all) = (None, Purged::default());
    loop {
        let now = ctx.clock.now();
        let registries = ctx.db.purgeable(after.as_ref(), REGISTRIES_TOGETHER, now).await?;
        let Some(last) = registries.last() else { return Ok(all) };
        after = Some(last.clone());
        for registry in &registries {
            loop {
                let announce = purging::announce(ctx);
                let gone = ctx.db.purge_deleted(registry, ctx.clock.now(), announce).await?;
                if gone == Purged::default() {
                    break;
                }
                all.manifests += gone.manifests;
                all.tags += gone.tags;
            }
        }
    }
}
