//! Where events come from.

use boathook_core::event::{Action, Event, Request, Target};
use boathook_core::id::EventId;
use boathook_core::name::{Place, Repository, Tag};
use boathook_core::time::Timestamp;
use boathook_store::NewEvent;

/// What all events of one request have in common.
pub(super) struct Origin {
    pub(super) place: Place,
    pub(super) repository: Repository,
    pub(super) request: Request,
    pub(super) at: Timestamp,
}

impl Origin {
    /// The row of an event; `tags` is what scopes are compared with.
    pub(super) fn record(
        &self,
        id: EventId,
        action: Action,
        target: Target,
        tags: Vec<Tag>,
    ) -> NewEvent {
        let event = Event {
            id,
            place: self.place.clone(),
            action,
            at: self.at,
            target: Some(target),
            request: Some(self.request.clone()),
        };
        super::record(&event, tags)
    }
}
