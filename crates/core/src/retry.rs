//! How patiently a delivery is tried again: policies as data.
//!
//! The jitter is given in, never rolled here.

use crate::time::Timestamp;
use std::time::Duration;

/// When to try again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    /// The delay before each retry, the first retry first; the last one is repeated.
    pub delays: Vec<Duration>,
    /// How long after its making a delivery may still be tried.
    pub age_max: Duration,
}

/// How much longer than planned a delay may become, so that retries do not march in step: a fifth.
const JITTER_PART: u32 = 5;

impl RetryPolicy {
    /// The schedule of `product.md` §4, which is Event Grid's: a dozen tries within 24 hours.
    pub fn standard() -> Self {
        let delays_s = [10, 30, 60, 300, 600, 1_800, 3_600, 10_800, 21_600, 43_200];
        Self {
            delays: delays_s.map(Duration::from_secs).to_vec(),
            age_max: Duration::from_hours(24),
        }
    }

    /// One try and no more, for pings.
    pub fn never() -> Self {
        Self { delays: Vec::new(), age_max: Duration::ZERO }
    }

    /// When the attempt after the one with the number `attempt` is due, if there is to be one.
    ///
    /// `asked` is what the receiver wished for; it can lengthen the planned delay, up to `limit`, and never shorten it.
    /// `jitter` in parts of 2³² lengthens the planned delay by up to a fifth.
    pub fn next(
        &self,
        attempt: u32,
        asked: Option<Duration>,
        jitter: u32,
        now: Timestamp,
        limit: Timestamp,
    ) -> Option<Timestamp> {
        assert!(0 < attempt, "attempts are counted from 1");
        let last = self.delays.last()?;
        let planned = *self.delays.get(attempt as usize - 1).unwrap_or(last);
        let planned =
            planned + (planned / JITTER_PART).mul_f64(f64::from(jitter) / f64::from(u32::MAX));
        if limit < now.after(planned) {
            return None;
        }
        Some(now.after(asked.unwrap_or(planned).max(planned)).min(limit))
    }
}

/// Reads a `Retry-After` header: seconds, or an HTTP date (RFC 9110 §10.2.3).
pub fn parse_retry_after(text: &str, now: Timestamp) -> Option<Duration> {
    let text = text.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(Duration::from_secs(text.parse().unwrap_or(u64::MAX)));
    }
    let date = jiff::fmt::rfc2822::parse(text).ok()?;
    Some(Timestamp(date.timestamp().as_millisecond()).since(now))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_standard_schedule_tries_eleven_times_in_a_day() {
        let policy = RetryPolicy::standard();
        let limit = Timestamp(0).after(policy.age_max);
        let mut now = Timestamp(0);
        let mut due_s = vec![0];
        for attempt in 1.. {
            let Some(due) = policy.next(attempt, None, 0, now, limit) else { break };
            due_s.push(due.0 / 1_000);
            now = due;
        }
        assert_eq!(due_s, [0, 10, 40, 100, 400, 1_000, 2_800, 6_400, 17_200, 38_800, 82_000]);
    }

    #[test]
    fn a_receivers_wish_lengthens_up_to_the_limit() {
        let policy = RetryPolicy::standard();
        let limit = Timestamp(0).after(policy.age_max);
        let next =
            |asked_s| policy.next(1, Some(Duration::from_secs(asked_s)), 0, Timestamp(0), limit);
        assert_eq!(next(1), Some(Timestamp(10_000)), "never shorter than planned");
        assert_eq!(next(77), Some(Timestamp(77_000)));
        assert_eq!(next(u64::MAX), Some(limit));
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = Timestamp(784_111_777_000); // 1994-11-06T08:49:37Z, RFC 9110's own example
        assert_eq!(parse_retry_after("120", now), Some(Duration::from_mins(2)));
        assert_eq!(parse_retry_after(" 0 ", now), Some(Duration::ZERO));
        assert_eq!(
            parse_retry_after("Sun, 06 Nov 1994 08:50:07 GMT", now),
            Some(Duration::from_secs(30))
        );
        assert_eq!(parse_retry_after("Sun, 06 Nov 1994 08:00:00 GMT", now), Some(Duration::ZERO));
        assert_eq!(
            parse_retry_after("99999999999999999999999", now),
            Some(Duration::from_secs(u64::MAX))
        );
        for bad in ["", "soon", "-1", "1.5"] {
            assert_eq!(parse_retry_after(bad, now), None, "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn a_retry_is_never_earlier_than_planned_nor_later_than_the_limit(
            attempt in 1u32..40, asked_s in proptest::option::of(0u64..200_000), jitter: u32, age_s in 0i64..90_000,
        ) {
            let policy = RetryPolicy::standard();
            let now = Timestamp(age_s * 1_000);
            let limit = Timestamp(0).after(policy.age_max);
            if let Some(due) = policy.next(attempt, asked_s.map(Duration::from_secs), jitter, now, limit) {
                let planned = policy.delays[(attempt as usize - 1).min(policy.delays.len() - 1)];
                prop_assert!(now.after(planned) <= due && due <= limit);
            }
        }
    }
}
