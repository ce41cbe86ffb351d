//! What probes and scrapes ask of the database: once at a time, however many want to know.

use boathook_core::time::{Clock, Timestamp};
use boathook_engine::Ctx;
use std::time::Duration;
use tokio::sync::Mutex;

/// How long the database may take to answer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(2);
/// How long an answer counts for others.
const ANSWER_AGE: Duration = Duration::from_secs(1);

/// What the database has said of late.
#[derive(Default)]
pub(crate) struct DatabaseProbe {
    reached: Recent<bool>,
    oldest: Recent<Result<Option<Timestamp>, Unreachable>>,
}

/// The database did not answer, or not in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unreachable;

impl DatabaseProbe {
    /// Says whether the database answers.
    pub(super) async fn is_reachable(&self, ctx: &Ctx) -> bool {
        let asking = async {
            let asked = tokio::time::timeout(ANSWER_TIMEOUT, ctx.db.webhook_revision()).await;
            matches!(asked, Ok(Ok(_)))
        };
        self.reached.or_ask(&*ctx.clock, asking).await
    }

    /// When the oldest event happened that is not dispatched or delivered, if there is one.
    pub(super) async fn oldest_event(&self, ctx: &Ctx) -> Result<Option<Timestamp>, Unreachable> {
        let asking = async {
            match tokio::time::timeout(ANSWER_TIMEOUT, ctx.db.backlog()).await {
                Ok(Ok(backlog)) => Ok(backlog.oldest),
                Ok(Err(_)) | Err(_) => Err(Unreachable),
            }
        };
        self.oldest.or_ask(&*ctx.clock, asking).await
    }
}

/// The last answer to a question, and when it came.
struct Recent<T>(Mutex<Option<(Timestamp, T)>>);

impl<T: Copy> Recent<T> {
    /// Returns the last answer while it counts, or asks. Others wait for the answer meanwhile.
    async fn or_ask(&self, clock: &dyn Clock, asking: impl Future<Output = T>) -> T {
        let mut last = self.0.lock().await;
        let now = clock.now();
        match *last {
            // A clock that was set back must not make an answer count for long.
            Some((at, answer)) if at <= now && now < at.after(ANSWER_AGE) => answer,
            _ => {
                let answer = asking.await;
                *last = Some((clock.now(), answer));
                answer
            }
        }
    }
}

impl<T> Default for Recent<T> {
    fn default() -> Self {
        Self(Mutex::new(None))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use boathook_testkit::ManualClock;
    use futures_util::future::join_all;

    #[tokio::test]
    async fn who_waited_for_an_answer_takes_it_however_long_it_took() {
        let clock = ManualClock::new(Timestamp(1_000));
        let recent = Recent::default();
        let answers = (1..=3).map(async |number| {
            let asking = async {
                tokio::task::yield_now().await;
                clock.advance(ANSWER_TIMEOUT);
                number
            };
            recent.or_ask(&clock, asking).await
        });
        assert_eq!(join_all(answers).await, [1; 3]);
    }

    #[tokio::test]
    async fn an_answer_counts_for_a_second_and_not_before_it_was_given() {
        let clock = ManualClock::new(Timestamp(1_000));
        let recent = Recent::default();
        for (now_ms, asked, expected) in
            [(1_000, 1, 1), (1_999, 2, 1), (2_000, 3, 3), (1_999, 4, 4), (2_500, 5, 4)]
        {
            clock.set(Timestamp(now_ms));
            assert_eq!(recent.or_ask(&clock, async { asked }).await, expected, "at {now_ms}");
        }
    }
}
