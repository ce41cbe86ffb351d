//! The quarantine: who sees what is held back, and who lets it out.

use crate::ctx::Ctx;
use crate::place::Registry;
use boathook_core::event::{Action, Event, Request, Target};
use boathook_core::grant::{Access, Grants, Permission};
use boathook_core::id::EventId;
use boathook_core::lock::Attributes;
use boathook_core::name::{Place, Repository, Tag};
use boathook_core::policy::Status;
use boathook_core::quarantine::{Sight, Verdict};
use boathook_core::time::Timestamp;
use boathook_store::{Error, NewEvent};

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
    let announce = move |idx: usize, released: &Released| origin.event(&ids[idx], released);
    ctx.db.judge_manifest(judge, change, announce).await
}

/// Where a verdict comes from.
struct Origin {
    place: Place,
    repository: Repository,
    request: Request,
    at: Timestamp,
}

impl Origin {
    /// The event that tells of what was pushed before.
    fn event(&self, id: &EventId, released: &Released) -> NewEvent {
        let target = Target {
            media_type: released.media_type.clone(),
            size: Some(released.size),
            digest: released.digest.clone(),
            repository: self.repository.clone(),
            tag: released.tag.clone(),
            chart: None,
        };
        let event = Event {
            id: id.clone(),
            place: self.place.clone(),
            action: Action::Push,
            at: self.at,
            target: Some(target),
            request: Some(self.request.clone()),
        };
        let tags: Vec<Tag> = released.tag.clone().into_iter().collect();
        super::record(&event, tags)
    }
}
