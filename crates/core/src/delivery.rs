//! The life of one webhook delivery, as a pure state machine.
//!
//! The deliverer performs attempts and the store remembers states; only [`decide`] says what follows from what.

use crate::retry::RetryPolicy;
use crate::time::Timestamp;
use std::time::Duration;

/// What comes after an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// The receiver accepted it.
    Delivered,
    /// It is tried again.
    Retry {
        /// When the next attempt may start.
        due: Timestamp,
    },
    /// The receiver is gone (410): its webhook pauses, and the delivery waits for somebody to resume it.
    Pause,
    /// No attempt is left. It is kept, and can be sent again by hand.
    Dead,
}

/// What came of one attempt, as far as the rules care.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttemptResult {
    /// The receiver answered.
    Answered {
        /// The HTTP status code.
        status: u16,
        /// The delay that it asked for in `Retry-After`.
        retry_after: Option<Duration>,
    },
    /// No answer came: refused, reset, timed out, or the address is not allowed.
    Unanswered,
}

/// One attempt that is over.
#[derive(Clone, Copy, Debug)]
pub struct Attempt {
    /// Its number, the first being 1.
    pub number: u32,
    /// What came of it.
    pub result: AttemptResult,
    /// When it was over.
    pub ended: Timestamp,
    /// When the delivery's time runs out.
    pub limit: Timestamp,
    /// Chance, in parts of 2³², for [`RetryPolicy::next`].
    pub jitter: u32,
}

/// Says what follows from an attempt. Success is 2xx and nothing else; a redirect is an answer like any other.
pub fn decide(policy: &RetryPolicy, attempt: &Attempt) -> Next {
    let asked = match attempt.result {
        AttemptResult::Answered { status: 200..=299, .. } => return Next::Delivered,
        AttemptResult::Answered { status: 410, .. } if !policy.delays.is_empty() => {
            return Next::Pause;
        }
        AttemptResult::Answered { retry_after, .. } => retry_after,
        AttemptResult::Unanswered => None,
    };
    match policy.next(attempt.number, asked, attempt.jitter, attempt.ended, attempt.limit) {
        Some(due) => Next::Retry { due },
        None => Next::Dead,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn attempt(result: AttemptResult) -> Attempt {
        Attempt { number: 1, result, ended: Timestamp(0), limit: Timestamp(86_400_000), jitter: 0 }
    }

    fn answered(status: u16) -> AttemptResult {
        AttemptResult::Answered { status, retry_after: None }
    }

    #[track_caller]
    fn check(result: AttemptResult, expected: Next) {
        assert_eq!(decide(&RetryPolicy::standard(), &attempt(result)), expected, "{result:?}");
    }

    #[test]
    fn success_is_2xx_and_nothing_else() {
        let retry = Next::Retry { due: Timestamp(10_000) };
        for status in [200, 202, 204, 299] {
            check(answered(status), Next::Delivered);
        }
        for status in [100, 199, 300, 302, 304, 400, 401, 404, 429, 500, 504] {
            check(answered(status), retry);
        }
        check(AttemptResult::Unanswered, retry);
        check(answered(410), Next::Pause);
    }

    #[test]
    fn a_ping_is_tried_once() {
        for result in [answered(500), answered(410), AttemptResult::Unanswered] {
            assert_eq!(decide(&RetryPolicy::never(), &attempt(result)), Next::Dead);
        }
    }

    fn results() -> impl Strategy<Value = AttemptResult> {
        prop_oneof![
            (100u16..600, proptest::option::of(0u64..100_000)).prop_map(|(status, seconds)| {
                AttemptResult::Answered { status, retry_after: seconds.map(Duration::from_secs) }
            }),
            Just(AttemptResult::Unanswered),
        ]
    }

    proptest! {
        #[test]
        fn every_delivery_ends_within_its_time(results in proptest::collection::vec((results(), any::<u32>()), 40)) {
            let policy = RetryPolicy::standard();
            let limit = Timestamp(0).after(policy.age_max);
            let mut due = Timestamp(0);
            for (number, (result, jitter)) in (1..).zip(results) {
                let attempt = Attempt { number, result, ended: due, limit, jitter };
                match decide(&policy, &attempt) {
                    Next::Retry { due: next } => {
                        prop_assert!(due < next && next <= limit);
                        due = next;
                    }
                    Next::Delivered | Next::Pause | Next::Dead => return Ok(()),
                }
            }
            prop_assert!(false, "forty attempts were not enough");
        }
    }
}
