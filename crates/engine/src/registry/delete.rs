//! Deleting manifests, tags and blobs.

use crate::ctx::Ctx;
use boathook_core::digest::Digest;
use boathook_core::event::{Action, Event, Request, Target};
use boathook_core::id::EventId;
use boathook_core::lock::Locked;
use boathook_core::name::{Place, Repository, Tag};
use boathook_store::{DeletedManifest, Deletion, Error, Untagging};

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
    let (event_place, event_repository) = (place.clone(), repository.clone());
    let announce = move |deleted: &DeletedManifest| {
        let target = Target {
            media_type: deleted.media_type.clone(),
            size: None,
            digest: deleted.digest.clone(),
            repository: event_repository.clone(),
            tag: None,
        };
        let event = Event {
            id: id.clone(),
            place: event_place.clone(),
            action: Action::Delete,
            at,
            target: Some(target),
            request: Some(request.clone()),
        };
        super::record(&event, deleted.tags.clone())
    };
    let deletion = ctx.db.delete_manifest(&place, &repository, &digest, announce).await?;
    Ok(match deletion {
        Deletion::Deleted(_) => Ok(true),
        Deletion::Unknown => Ok(false),
        Deletion::Locked(locked) => Err(locked),
    })
}

/// Removes a tag and leaves its manifest, which announces nothing; `false` where there was none.
pub async fn tag(
    ctx: &Ctx,
    place: &Place,
    repository: &Repository,
    tag: &Tag,
) -> Result<Result<bool, Locked>, Error> {
    Ok(match ctx.db.delete_tag(place, repository, tag, ctx.clock.now()).await? {
        Untagging::Removed => Ok(true),
        Untagging::Unknown => Ok(false),
        Untagging::Locked(locked) => Err(locked),
    })
}

/// Makes a repository forget a blob, unless one of its manifests needs it.
pub async fn blob(
    ctx: &Ctx,
    place: &Place,
    repository: &Repository,
    digest: &Digest,
) -> Result<BlobDeletion, Error> {
    ctx.db.delete_blob(place, repository, digest).await
}
