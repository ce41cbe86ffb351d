//! What a request's log line and its metrics say, beyond what any request has.

use std::net::IpAddr;
use std::time::Instant;

/// The request's own id, in its answer, its log line and the events that it causes.
#[derive(Clone, Debug)]
pub struct RequestId(pub String);

/// Where a request comes from; in its extensions.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub(crate) IpAddr);

/// What a handler knows about a request; left in the extensions of its answer.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// Which route it was, such as `oci.manifest`: one of a few words, for the metrics.
    pub route: Option<&'static str>,
    /// Who called.
    pub caller: Option<String>,
    /// The repository that it was about.
    pub repository: Option<String>,
    /// The tag or digest, webhook or upload that it was about.
    pub subject: Option<String>,
}

/// A stopwatch for the log and the metrics: nothing is decided by it.
#[expect(clippy::disallowed_methods, reason = "this is the faces' one stopwatch")]
pub(crate) fn stopwatch() -> Instant {
    Instant::now()
}
