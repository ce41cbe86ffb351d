//! The one place where the bench looks at the clock.
//!
//! A benchmark is about real time, so there is no clock to hand in; the ban on `now` is lifted here and nowhere else.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Says what time it is, for measuring how long something took.
#[expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// Waits until `instant`; at once if it has passed.
pub(crate) async fn until(instant: Instant) {
    tokio::time::sleep_until(instant.into()).await;
}

/// Holds the thread up, while a server that was told to stop does so.
#[expect(clippy::disallowed_methods, reason = "a child process cannot be awaited in a destructor")]
pub(crate) fn pause(duration: Duration) {
    std::thread::sleep(duration);
}

/// Makes a number that no earlier run of the bench has had: nanoseconds since 1970.
#[expect(clippy::disallowed_methods, reason = "content must differ from that of every earlier run")]
pub(crate) fn run_number() -> u64 {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    u64::try_from(since_epoch.as_nanos()).unwrap_or(u64::MAX)
}
