//! What is known of repositories, tags and manifests, and what may be done with them.

use super::list::Page;
use crate::ctx::Ctx;
use boathook_core::digest::Digest;
use boathook_core::lock::Attributes;
use boathook_core::name::{Place, Repository, Tag};
use boathook_store::Error;

pub use boathook_store::{After, Holder, ManifestRow, Order, PageOf, RepositoryRow, TagRow};

/// What is known of a repository.
pub async fn repository(
    ctx: &Ctx,
    place: &Place,
    repository: &Repository,
) -> Result<Option<RepositoryRow>, Error> {
    ctx.db.repository_record(place, repository).await
}

/// What is known of a tag.
pub async fn tag(
    ctx: &Ctx,
    place: &Place,
    repository: &Repository,
    tag: &Tag,
) -> Result<Option<TagRow>, Error> {
    ctx.db.tag_record(place, repository, tag).await
}

/// What is known of a manifest.
pub async fn manifest(
    ctx: &Ctx,
    place: &Place,
    repository: &Repository,
    digest: &Digest,
) -> Result<Option<ManifestRow>, Error> {
    ctx.db.manifest_record(place, repository, digest).await
}

/// A page of a repository's tags, or of those on one manifest; `None` where there is no such repository.
pub async fn tags(
    ctx: &Ctx,
    place: &Place,
    repository: &Repository,
    on: Option<&Digest>,
    page: PageOf,
) -> Result<Option<Page<TagRow>>, Error> {
    let limit = page.limit;
    let page = PageOf { limit: limit + 1, ..page };
    let tags = match on {
        None => ctx.db.tag_records(place, repository, page).await?,
        Some(digest) => ctx.db.tag_records_of(place, repository, digest, page).await?,
    };
    Ok(tags.map(|tags| Page::new(tags, limit)))
}

/// A page of a repository's manifests; `None` where there is no such repository.
pub async fn manifests(
    ctx: &Ctx,
    place: &Place,
    repository: &Repository,
    page: PageOf,
) -> Result<Option<Page<ManifestRow>>, Error> {
    let found = ctx.db.manifest_records(place, repository, page).await?;
    Ok(found.map(|(entries, has_more)| Page { entries, has_more }))
}

/// Changes what may be done with something; `false` where it is not there. No lock is in the way of that.
pub async fn change(
    ctx: &Ctx,
    place: &Place,
    repository: &Repository,
    holder: Holder,
    change: impl Fn(Attributes) -> Attributes + Send + Sync + 'static,
) -> Result<bool, Error> {
    ctx.db.set_attributes(place, repository, holder, change, ctx.clock.now()).await
}
