//! What is announced of a tag that leaves a manifest, to those who ask for that.

use super::origin::Origin;
use boathook_core::event::{Action, Detail, ExtraAction, Target};
use boathook_core::id::EventId;
use boathook_store::{NewEvent, Untagged};

pub(super) fn event(origin: &Origin, id: EventId, untagged: &Untagged) -> NewEvent {
    let target = Target {
        media_type: untagged.media_type.clone(),
        size: None,
        digest: Some(untagged.digest.clone()),
        repository: origin.repository.clone(),
        tag: Some(untagged.tag.clone()),
        chart: None,
        detail: untagged.moved_to.clone().map(Detail::MovedTo),
    };
    let action = Action::Extra(ExtraAction::Untag);
    origin.record(id, action, target, vec![untagged.tag.clone()])
}
