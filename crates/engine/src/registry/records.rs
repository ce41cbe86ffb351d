//! What is known of repositories, tags and manifests, and what may be done with them.

use super::list::Page;
use super::origin::Origin;
use crate::ctx::Ctx;
use boathook_core::digest::Digest;
use boathook_core::event::{Action, Detail, ExtraAction, Request, Target};
use boathook_core::id::EventId;
use boathook_core::lock::Attributes;
use boathook_core::name::{Place, Repository, Tag};
use boathook_store::{Error, NewEvent, Relocked};
use std::collections::BTreeMap;

pub use boathook_store::{
    After, Holder, ManifestRow, Order, PageOf, RepositoryRow, SEVERAL_MAX, TagRow,
};

/// What is known of a repository.
pub async fn repository(
    ctx: &Ctx,
    place: &Place,
    repository: &Repository,
) -> Result<Option<RepositoryRow>, Error> {
    ctx.db.repository_record(place, repository).await
}

/// What is known of some repositories, [`SEVERAL_MAX`] at most; those that are not there are left out.
pub async fn repositories(
    ctx: &Ctx,
    place: &Place,
    repositories: &[Repository],
) -> Result<BTreeMap<Repository, RepositoryRow>, Error> {
    ctx.db.repository_records(place, repositories).await
}

/// How large some manifests are with all that they refer to, in bytes; [`SEVERAL_MAX`] at most.
pub async fn image_sizes(
    ctx: &Ctx,
    place: &Place,
    repository: &Repository,
    digests: &[Digest],
) -> Result<BTreeMap<Digest, u64>, Error> {
    ctx.db.image_sizes(place, repository, digests).await
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

/// Attributes on their way to be changed.
pub struct ChangeAttributes {
    /// Where.
    pub place: Place,
    /// In which repository.
    pub repository: Repository,
    /// Of what in it.
    pub holder: Holder,
    /// The request, for the event's payload.
    pub request: Request,
}

/// Changes what may be done with something; `false` where it is not there. No lock is in the way of that. It is announced
/// only to those who ask for it.
pub async fn change(
    ctx: &Ctx,
    of: ChangeAttributes,
    change: impl Fn(Attributes) -> Attributes + Send + Sync + 'static,
) -> Result<bool, Error> {
    let (id, at) = (EventId::new(ctx.ids.uuid()), ctx.clock.now());
    let ChangeAttributes { place, repository, holder, request } = of;
    let origin = Origin { place: place.clone(), repository: repository.clone(), request, at };
    let announce = move |relocked: &Relocked| locked(&origin, id.clone(), relocked);
    ctx.db.set_attributes(&place, &repository, holder, change, at, announce).await
}

/// What is announced of attributes that have changed, to those who ask for that.
pub(super) fn locked(origin: &Origin, id: EventId, relocked: &Relocked) -> NewEvent {
    let target = Target {
        media_type: relocked.media_type.clone(),
        size: None,
        digest: relocked.digest.clone(),
        repository: origin.repository.clone(),
        tag: relocked.tag.clone(),
        chart: None,
        detail: Some(Detail::Attributes(relocked.attributes)),
    };
    origin.record(id, Action::Extra(ExtraAction::Lock), target, relocked.tags.clone())
}
