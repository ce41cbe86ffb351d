//! How the latest attempts of a webhook went: a plot of latency and failures, and the same in numbers.

use crate::plot::{self, Plot};
use crate::text::Text;
use crate::time::Moment;
use boathook_engine::manage::pace::{ATTEMPTS, AttemptPace};

/// How many attempts a line of the table tells of.
const LINE_ATTEMPTS: usize = 20;

/// What the page shows of them.
pub(super) struct Pace {
    pub(super) plot: Plot,
    /// The latest first.
    pub(super) lines: Vec<Line>,
}

/// Some attempts that came one after the other.
pub(super) struct Line {
    /// When the first of them began.
    pub(super) since: Moment,
    pub(super) count: usize,
    pub(super) failed: usize,
    pub(super) median: String,
    pub(super) longest: String,
}

impl Pace {
    /// What is shown of attempts, the oldest of which comes first; nothing where there are none.
    pub(super) fn new(t: &'static dyn Text, attempts: &[AttemptPace]) -> Option<Self> {
        if attempts.is_empty() {
            return None;
        }
        let is_failed = |attempt: &&AttemptPace| attempt.error_class.is_some();
        let bar = |attempt: &AttemptPace| {
            plot::attempt(attempt.duration_ms, attempt.error_class.as_ref())
        };
        let bars: Vec<_> = attempts.iter().map(bar).collect();
        let failed = attempts.iter().filter(is_failed).count();
        let label = t.pace(attempts.len(), failed);
        let plot = Plot::new(label, ATTEMPTS as usize, &bars);
        let line = |of: &[AttemptPace]| {
            let mut durations: Vec<_> = of.iter().map(|attempt| attempt.duration_ms).collect();
            durations.sort_unstable();
            Line {
                since: of[0].started.into(),
                count: of.len(),
                failed: of.iter().filter(is_failed).count(),
                median: t.milliseconds(durations[durations.len() / 2]),
                longest: t.milliseconds(durations[durations.len() - 1]),
            }
        };
        Some(Self { plot, lines: attempts.rchunks(LINE_ATTEMPTS).map(line).collect() })
    }
}
