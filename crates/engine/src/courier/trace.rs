//! Following an exchange: what it is at, since when, and how long each part took.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use crate::courier::failure::{Failure, Phase};
use crate::courier::{Answer, Exchange, Timings};

/// The trace of one exchange. It outlives the exchange's future, so that a time-out still tells how far it came.
pub(super) struct Trace {
    pub(super) phase: Phase,
    pub(super) timings: Timings,
    pub(super) remote: Option<SocketAddr>,
    started: Instant,
    timeout: Duration,
}

impl Trace {
    pub(super) fn start(timeout: Duration) -> Self {
        Self {
            phase: Phase::Dns,
            timings: Timings::default(),
            remote: None,
            started: now(),
            timeout,
        }
    }

    /// Enters a phase and gives the moment.
    pub(super) fn enter(&mut self, phase: Phase) -> Instant {
        self.phase = phase;
        now()
    }

    /// Gives what is left of the time.
    pub(super) fn time_left(&self) -> Duration {
        self.timeout.saturating_sub(self.started.elapsed())
    }

    /// Ends the exchange.
    pub(super) fn finish(mut self, result: Result<Answer, Failure>) -> Exchange {
        self.timings.total = self.started.elapsed();
        Exchange { result, timings: self.timings, remote: self.remote }
    }
}

/// Gives the present moment, for measuring.
#[expect(
    clippy::disallowed_methods,
    reason = "how long a network took is measured, not decided; no clock of a test could know it"
)]
pub(super) fn now() -> Instant {
    Instant::now()
}
