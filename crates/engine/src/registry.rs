//! Pushing and pulling, as the OCI distribution specification has it.

pub mod delete;
pub mod deleted;
pub mod list;
mod origin;
pub mod pull;
mod purging;
pub mod push;
pub mod quarantine;
pub mod records;
pub mod retention;
mod untag;
pub mod upload;

use boathook_core::event::Event;
use boathook_core::name::Tag;
use boathook_store::NewEvent;
use bytes::Bytes;
use futures_util::stream::BoxStream;

/// The body of a request, as it comes in.
pub type Body = BoxStream<'static, Result<Bytes, CutOff>>;

/// The client went away, or did not send what it had announced.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
#[error("the request's body ended before it was complete")]
pub struct CutOff;

/// The row that an event becomes; `tags` is what scopes are compared with.
pub(crate) fn record(event: &Event, tags: Vec<Tag>) -> NewEvent {
    NewEvent {
        id: event.id.clone(),
        place: event.place.clone(),
        action: event.action,
        repository: event.target.as_ref().map(|target| target.repository.clone()),
        tags,
        body: boathook_wire::webhook::body(event),
        extended_body: None,
        at: event.at,
    }
}
