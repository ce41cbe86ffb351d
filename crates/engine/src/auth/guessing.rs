//! Guessing of passwords: whoever is wrong too often has to wait.
//!
//! Wrong passwords are counted for each name that they were shown for. The same one again is no new guess: it is known
//! to be wrong without being hashed, so that a job with an old password, however often it asks, locks nobody out. Each
//! process counts for itself.

use boathook_core::time::Timestamp;
use quick_cache::sync::Cache;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How many different passwords may be wrong for one name before whoever comes with another has to wait.
const GUESSES_MAX: usize = 10;
/// How long wrong passwords are remembered, from the first of them on.
const WINDOW: Duration = Duration::from_mins(1);
/// For how many names guesses are counted.
const NAMES_MAX: usize = 10_000;

/// What has been guessed lately.
pub(super) struct Guessing {
    by_name: Cache<String, Arc<Mutex<Guesses>>>,
}

struct Guesses {
    since: Timestamp,
    /// Digests of passwords that were wrong.
    wrong: Vec<Vec<u8>>,
}

/// What is known of a password before it is hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Before {
    /// Nothing: it may be checked.
    Unknown,
    /// It was wrong a moment ago.
    Wrong,
    /// Too many others were: none is checked for so long.
    TooMany(Duration),
}

impl Guessing {
    pub(super) fn new() -> Self {
        Self { by_name: Cache::new(NAMES_MAX) }
    }

    /// What is known of the password that has this digest.
    pub(super) fn before(&self, name: &str, digest: &[u8], now: Timestamp) -> Before {
        let Some(guesses) = self.by_name.get(name) else { return Before::Unknown };
        let guesses = guesses.lock().unwrap_or_else(PoisonError::into_inner);
        let left = guesses.left(now);
        if left.is_zero() {
            Before::Unknown
        } else if guesses.wrong.iter().any(|wrong| wrong == digest) {
            Before::Wrong
        } else if GUESSES_MAX <= guesses.wrong.len() {
            Before::TooMany(left)
        } else {
            Before::Unknown
        }
    }

    /// Notes that a password was wrong.
    pub(super) fn was_wrong(&self, name: &str, digest: Vec<u8>, now: Timestamp) {
        let new = || Arc::new(Mutex::new(Guesses { since: now, wrong: Vec::new() }));
        let guesses =
            self.by_name.get_or_insert_with(name, || Ok::<_, std::convert::Infallible>(new()));
        let Ok(guesses) = guesses;
        let mut guesses = guesses.lock().unwrap_or_else(PoisonError::into_inner);
        if guesses.left(now).is_zero() {
            *guesses = Guesses { since: now, wrong: Vec::new() };
        }
        if guesses.wrong.len() < GUESSES_MAX && !guesses.wrong.contains(&digest) {
            guesses.wrong.push(digest);
        }
    }
}

impl Guesses {
    /// How long these are remembered still. A clock that was set back ends it.
    fn left(&self, now: Timestamp) -> Duration {
        if now < self.since { Duration::ZERO } else { self.since.after(WINDOW).since(now) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_700_000_000_000);

    fn guess(guessing: &Guessing, number: usize, now: Timestamp) {
        let digest = number.to_le_bytes().to_vec();
        guessing.was_wrong("ci", digest, now);
    }

    #[track_caller]
    fn check(guessing: &Guessing, number: usize, now: Timestamp, expected: Before) {
        assert_eq!(guessing.before("ci", &number.to_le_bytes(), now), expected, "{number}");
    }

    #[test]
    fn ten_are_checked_and_the_eleventh_waits_until_the_minute_is_over() {
        let guessing = Guessing::new();
        for number in 0..GUESSES_MAX {
            check(&guessing, number, NOW, Before::Unknown);
            guess(&guessing, number, NOW);
        }
        let later = NOW.after(Duration::from_secs(20));
        check(&guessing, GUESSES_MAX, later, Before::TooMany(Duration::from_secs(40)));
        check(&guessing, 3, later, Before::Wrong);
        assert_eq!(guessing.before("other", &[], later), Before::Unknown);
        let over = NOW.after(WINDOW);
        check(&guessing, GUESSES_MAX, over, Before::Unknown);
        check(&guessing, 3, over, Before::Unknown);
    }

    #[test]
    fn the_same_wrong_password_is_one_guess() {
        let guessing = Guessing::new();
        for _ in 0..5 * GUESSES_MAX {
            guess(&guessing, 1, NOW);
        }
        check(&guessing, 1, NOW, Before::Wrong);
        check(&guessing, 2, NOW, Before::Unknown);
    }

    #[test]
    fn a_new_minute_begins_with_the_first_wrong_one_in_it() {
        let guessing = Guessing::new();
        guess(&guessing, 0, NOW);
        let next = NOW.after(WINDOW);
        (1..=GUESSES_MAX).for_each(|number| guess(&guessing, number, next));
        check(&guessing, 0, next, Before::TooMany(WINDOW));
        check(&guessing, 0, Timestamp(0), Before::Unknown);
    }
}
