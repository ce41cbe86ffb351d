//! Telling of pulls those who ask for it.

use super::ManifestInfo;
use crate::ctx::Ctx;
use crate::traffic::TrafficKind;
use boathook_core::event::{Action, Event, ExtraAction, Request, Target};
use boathook_core::id::EventId;
use boathook_core::name::{Place, Reference, Repository, Tag};
use boathook_store::Error;

/// Counts that a client is about to be given a manifest, and records it. Whoever is given one while somebody asks for pulls
/// has waited for its event to be committed; where nobody does, nothing is written, and nobody waits but the first after a
/// webhook was changed, who reads them anew.
pub async fn tell(
    ctx: &Ctx,
    place: &Place,
    repository: &Repository,
    reference: &Reference,
    manifest: &ManifestInfo,
    request: impl FnOnce() -> Request,
) -> Result<(), Error> {
    ctx.traffic.note(place, TrafficKind::Pull, ctx.clock.now());
    if !ctx.deliverer.is_asked_for_pulls(ctx, place).await? {
        return Ok(());
    }
    let tag = match reference {
        Reference::Tag(tag) => Some(tag.clone()),
        Reference::Digest(_) => None,
    };
    let size = manifest.bytes.len() as u64;
    let target = Target {
        media_type: Some(manifest.media_type.clone()),
        size: Some(size),
        digest: Some(manifest.digest.clone()),
        repository: repository.clone(),
        tag,
        chart: None,
        detail: None,
    };
    let event = Event {
        id: EventId::new(ctx.ids.uuid()),
        place: place.clone(),
        action: Action::Extra(ExtraAction::Pull),
        at: ctx.clock.now(),
        target: Some(target),
        request: Some(request()),
    };
    let announce = move |tags: Vec<Tag>| crate::registry::record(&event, tags);
    ctx.db.record_pull(place, repository, reference, announce).await
}
