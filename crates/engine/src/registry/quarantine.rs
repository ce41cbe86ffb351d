//! The quarantine: who sees what is held back, and who lets it out.

use super::origin::Origin;
use super::records;
use crate::ctx::Ctx;
use crate::place::Registry;
use boathook_core::event::{Action, Detail, ExtraAction, Request, Target};
use boathook_core::grant::{Access, Grants, Permission};
use boathook_core::id::EventId;
use boathook_core::lock::Attributes;
use boathook_core::name::Repository;
use boathook_core::policy::Status;
use boathook_core::quarantine::{Sight, Verdict};
use boathook_store::{Error, ManifestChange, NewEvent, Scanned};
use std::sync::Arc;

pub use boathook_store::{Judge, Judged, RELEASED_TAGS_MAX, Released};

/// What somebody with these grants sees of a repository.
pub fn sight(registry: &Registry, grants: &Grants, repository: &Repository) -> Sight {
    let policy = registry.row.settings.policies.quarantine;
    // Every pull asks, and most registries have no policy.
    if policy == Status::Disabled {
        return Sight::Everything;
    }
    let permissions = vec![Permission::QuarantineRead];
    let wanted = Access::Repository { name: repository.clone(), permissions };
    Sight::of(policy, grants.allows(&wanted))
}

/// Writes down what somebody says of a manifest, and with it what may be done with it. What is let out thereby is announced
/// as pushed, by the request that let it out.
pub async fn judge(
    ctx: &Ctx,
    judge: Judge,
    change: impl Fn(Attributes) -> Attributes + Send + Sync + 'static,
    request: Request,
) -> Result<Judged, Error> {
    let count = if judge.verdict == Some(Verdict::Passed) { RELEASED_TAGS_MAX } else { 0 };
    let ids: Vec<_> = (0..count).map(|_| EventId::new(ctx.ids.uuid())).collect();
    let origin = Origin {
        place: judge.place.clone(),
        repository: judge.repository.clone(),
        request,
        at: judge.now,
    };
    let origin = Arc::new(origin);
    let of_change = Arc::clone(&origin);
    let announce = move |idx: usize, of: &Released| released(&origin, ids[idx].clone(), of);
    let [lock, scan] = [(); 2].map(|()| EventId::new(ctx.ids.uuid()));
    let announce_change = move |change: &ManifestChange| match change {
        ManifestChange::Relocked(of) => records::locked(&of_change, lock.clone(), of),
        ManifestChange::Scanned(of) => scanned(&of_change, scan.clone(), of),
    };
    ctx.db.judge_manifest(judge, change, announce, announce_change).await
}

/// The event that tells of what was pushed before.
fn released(origin: &Origin, id: EventId, released: &Released) -> NewEvent {
    let target = Target {
        media_type: Some(released.media_type.clone()),
        size: Some(released.size),
        digest: Some(released.digest.clone()),
        repository: origin.repository.clone(),
        tag: released.tag.clone(),
        chart: None,
        detail: None,
    };
    origin.record(id, Action::Push, target, released.tag.clone().into_iter().collect())
}

/// What is announced of what a verdict rests on, to those who ask for that.
fn scanned(origin: &Origin, id: EventId, scanned: &Scanned) -> NewEvent {
    let details = scanned.details.as_str().to_owned();
    let target = Target {
        media_type: Some(scanned.media_type.clone()),
        size: None,
        digest: Some(scanned.digest.clone()),
        repository: origin.repository.clone(),
        tag: None,
        chart: None,
        detail: Some(Detail::Quarantine { state: scanned.state, details }),
    };
    origin.record(id, Action::Extra(ExtraAction::Scan), target, scanned.tags.clone())
}
