//! What is announced of a manifest that a policy removed, to those who ask for that. No request is behind it.

use crate::ctx::Ctx;
use boathook_core::event::{Action, Detail, Event, ExtraAction, Target};
use boathook_core::id::EventId;
use boathook_store::{NewEvent, Purging};

/// Makes such events.
pub(super) fn announce(ctx: &Ctx) -> impl Fn(&Purging) -> NewEvent + Send + Sync + 'static {
    let (ids, at) = (ctx.ids.clone(), ctx.clock.now());
    move |gone| {
        let target = Target {
            media_type: Some(gone.media_type.clone()),
            size: None,
            digest: Some(gone.digest.clone()),
            repository: gone.repository.clone(),
            tag: None,
            chart: None,
            detail: Some(Detail::PurgedBy(gone.policy)),
        };
        let event = Event {
            id: EventId::new(ids.uuid()),
            place: gone.place.clone(),
            action: Action::Extra(ExtraAction::Purge),
            at,
            target: Some(target),
            request: None,
        };
        super::record(&event, gone.tags.clone())
    }
}
