//! Deleting manifests, tags, blobs and whole repositories.

pub mod forecast;
pub mod repository;

use super::origin::Origin;
use super::untag;
use crate::charts;
use crate::ctx::Ctx;
use boathook_core::digest::Digest;
use boathook_core::event::{Action, Detail, Request, Target};
use boathook_core::id::EventId;
use boathook_core::lock::Locked;
use boathook_core::name::{Place, Repository, Tag};
use boathook_store::{DeletedManifest, Deletion, Error, NewEvent, Untagged, Untagging};

pub use boathook_store::BlobDeletion;

/// A manifest on its way out.
pub struct DeleteManifest {
    /// Where it is.
    pub place: Place,
    /// In which repository.
    pub repository: Repository,
    /// Which one.
    pub digest: Digest,
    /// The request, for the event's payload.
    pub request: Request,
}

/// Removes a manifest and its tags and records the event, all or nothing; `false` where there was none.
pub async fn manifest(ctx: &Ctx, delete: DeleteManifest) -> Result<Result<bool, Locked>, Error> {
    let DeleteManifest { place, repository, digest, request } = delete;
    let (id, at) = (EventId::new(ctx.ids.uuid()), ctx.clock.now());
    let origin = Origin { place: place.clone(), repository: repository.clone(), request, at };
    let announce = move |gone: &DeletedManifest| event(&origin, &id, gone);
    let deletion = ctx.db.delete_manifest(&place, &repository, &digest, announce).await?;
    Ok(match deletion {
        Deletion::Deleted(_) => Ok(true),
        Deletion::Unknown => Ok(false),
        Deletion::Locked(locked) => Err(locked),
    })
}

/// A tag on its way out.
pub struct DeleteTag {
    /// Where it is.
    pub place: Place,
    /// In which repository.
    pub repository: Repository,
    /// Which one.
    pub tag: Tag,
    /// The request, for the event's payload.
    pub request: Request,
}

/// Removes a tag and leaves its manifest, which is announced only to those who ask for it; `false` where there was none.
/// A chart goes with its tag, which it is called by.
pub async fn tag(ctx: &Ctx, delete: DeleteTag) -> Result<Result<bool, Locked>, Error> {
    let DeleteTag { place, repository, tag, request } = delete;
    let (id, at) = (EventId::new(ctx.ids.uuid()), ctx.clock.now());
    let origin = Origin { place: place.clone(), repository: repository.clone(), request, at };
    let announce = move |untagged: &Untagged| untag::event(&origin, id.clone(), untagged);
    Ok(match ctx.db.delete_tag(&place, &repository, &tag, at, announce).await? {
        Untagging::Removed => Ok(true),
        Untagging::Unknown => Ok(false),
        Untagging::Locked(locked) => Err(locked),
        Untagging::OfChart { manifest } => {
            return charts::delete::version(ctx, &place, &repository, &manifest).await;
        }
    })
}

/// Makes a repository forget a blob, unless one of its manifests needs it.
pub async fn blob(
    ctx: &Ctx,
    place: &Place,
    repository: &Repository,
    digest: &Digest,
) -> Result<BlobDeletion, Error> {
    ctx.db.delete_blob(place, repository, digest, ctx.clock.now()).await
}

/// The event that tells of a manifest's end. Its tags are told to those who ask for them.
fn event(origin: &Origin, id: &EventId, gone: &DeletedManifest) -> NewEvent {
    if let Some(chart) = &gone.chart {
        let (place, repository) = (origin.place.clone(), origin.repository.clone());
        let origin = charts::Origin { place, repository, at: origin.at };
        return origin.event(id, Action::ChartDelete, chart);
    }
    let target = |detail| Target {
        media_type: Some(gone.media_type.clone()),
        size: None,
        digest: Some(gone.digest.clone()),
        repository: origin.repository.clone(),
        tag: None,
        chart: None,
        detail,
    };
    let recorded =
        |detail| origin.record(id.clone(), Action::Delete, target(detail), gone.tags.clone());
    let extended = recorded(Some(Detail::tags_gone(&gone.tags)));
    NewEvent { extended_body: Some(extended.body), ..recorded(None) }
}
