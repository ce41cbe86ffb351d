//! Deleting manifests, tags, blobs and whole repositories.

use super::origin::Origin;
use super::untag;
use crate::charts;
use crate::ctx::Ctx;
use boathook_core::digest::Digest;
use boathook_core::event::{Action, Detail, Request, Target};
use boathook_core::id::EventId;
use boathook_core::lock::Locked;
use boathook_core::name::{Place, Repository, Tag};
use boathook_store::{
    DeletedManifest, Deletion, Error, NewEvent, RepositoryDeletion, STEP_MANIFESTS_MAX, Untagged,
    Untagging,
};

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

/// A repository on its way out.
pub struct DeleteRepository {
    /// Where it is.
    pub place: Place,
    /// Which one.
    pub repository: Repository,
    /// The request, for the events' payloads.
    pub request: Request,
}

/// What went with a repository.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gone {
    /// Its manifests, the first [`GONE_SHOWN_MAX`] of them.
    pub manifests: Vec<Digest>,
    /// Its tags, the first [`GONE_SHOWN_MAX`] of them.
    pub tags: Vec<Tag>,
}

/// How many of the manifests and of the tags of a repository are told of when it is deleted. All of them go.
pub const GONE_SHOWN_MAX: usize = 10_000;

impl Gone {
    fn add(&mut self, deleted: Vec<DeletedManifest>) {
        for DeletedManifest { digest, tags, .. } in deleted {
            if self.manifests.len() < GONE_SHOWN_MAX {
                self.manifests.push(digest);
            }
            let room = GONE_SHOWN_MAX - self.tags.len();
            self.tags.extend(tags.into_iter().take(room));
        }
    }
}

/// Removes a repository with all that it has, and records one event for each of its manifests; `None` where there is none.
///
/// It goes step by step. Where that breaks off, or a lock comes in between, what is gone stays gone, and whoever asks once
/// more has the rest done.
pub async fn repository(
    ctx: &Ctx,
    delete: DeleteRepository,
) -> Result<Result<Option<Gone>, Locked>, Error> {
    let DeleteRepository { place, repository, request } = delete;
    let (mut gone, mut after, mut has_begun) = (Gone::default(), String::new(), false);
    loop {
        let ids: Vec<_> = (0..STEP_MANIFESTS_MAX).map(|_| EventId::new(ctx.ids.uuid())).collect();
        let (place, repository, request) = (place.clone(), repository.clone(), request.clone());
        let at = ctx.clock.now();
        let origin = Origin { place: place.clone(), repository: repository.clone(), request, at };
        let announce = move |idx: usize, gone: &DeletedManifest| event(&origin, &ids[idx], gone);
        match ctx.db.delete_repository_step(&place, &repository, &after, at, announce).await? {
            RepositoryDeletion::Going { deleted, after: next } => {
                gone.add(deleted);
                (after, has_begun) = (next, true);
            }
            RepositoryDeletion::Deleted => return Ok(Ok(Some(gone))),
            // Somebody else has taken the last step.
            RepositoryDeletion::Unknown => return Ok(Ok(has_begun.then_some(gone))),
            RepositoryDeletion::Locked(locked) => return Ok(Err(locked)),
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use boathook_core::digest::Algorithm;

    #[test]
    fn as_much_is_told_of_as_may_be_and_no_more() {
        let manifest = |idx: usize, tag_count: usize| DeletedManifest {
            digest: Algorithm::Sha256.digest(idx.to_string().as_bytes()),
            media_type: String::new(),
            tags: (0..tag_count).map(|tag| format!("v{idx}-{tag}").parse().unwrap()).collect(),
            chart: None,
        };
        let mut gone = Gone::default();
        gone.add((0..GONE_SHOWN_MAX - 1).map(|idx| manifest(idx, 0)).collect());
        gone.add(vec![manifest(GONE_SHOWN_MAX, GONE_SHOWN_MAX - 1)]);
        assert_eq!((gone.manifests.len(), gone.tags.len()), (GONE_SHOWN_MAX, GONE_SHOWN_MAX - 1));
        gone.add(vec![manifest(GONE_SHOWN_MAX + 1, 2)]);
        assert_eq!((gone.manifests.len(), gone.tags.len()), (GONE_SHOWN_MAX, GONE_SHOWN_MAX));
    }
}
