//! What was deleted, and can be restored as long as the registry's policy keeps it.

use super::list::Page;
use super::purging;
use crate::ctx::Ctx;
use crate::steps::Steps;
use boathook_core::digest::Digest;
use boathook_core::name::{Place, RegistryName, Repository, Tag};
use boathook_store::{Error, Purged};
use std::collections::VecDeque;

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

/// A pass over what was deleted longer ago than its registry keeps it, which goes for good. Those are told who ask for it.
/// Where nothing was deleted, nothing is written.
#[derive(Default)]
pub struct Pass {
    /// The last registry that was looked up.
    after: Option<RegistryName>,
    registries: VecDeque<RegistryName>,
    gone: Purged,
}

impl Steps for Pass {
    async fn step(&mut self, ctx: &Ctx) -> Result<bool, Error> {
        let now = ctx.clock.now();
        if self.registries.is_empty() {
            let found = ctx.db.purgeable(self.after.as_ref(), REGISTRIES_TOGETHER, now).await?;
            self.registries = found.into();
        }
        let Some(registry) = self.registries.front() else {
            let Purged { manifests, tags } = self.gone;
            if 0 < manifests + tags {
                tracing::info!(manifests, tags, "removed what was deleted and is kept no longer");
            }
            return Ok(false);
        };
        let gone = ctx.db.purge_deleted(registry, now, purging::announce(ctx)).await?;
        self.gone.manifests += gone.manifests;
        self.gone.tags += gone.tags;
        if gone == Purged::default() {
            self.after = self.registries.pop_front();
        }
        Ok(true)
    }
}
