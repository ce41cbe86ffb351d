//! What a connection is served with, whatever it is made of.

use super::Door;
use super::closed::Closed;
use crate::facts::Peer;
use boathook_engine::supervisor::Supervisor;
use std::sync::Arc;

/// One client that has come to a listener.
pub(super) struct Visit {
    /// What answers it.
    pub(super) door: Arc<Door>,
    /// Why every request is refused, whatever the door is.
    pub(super) closed: Option<Closed>,
    /// Who asks it to come to its end: when this one stops, the request that has begun is the last.
    pub(super) owner: Supervisor,
    /// Where it comes from.
    pub(super) peer: Option<Peer>,
}
