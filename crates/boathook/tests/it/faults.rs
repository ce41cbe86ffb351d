//! What the machine does to a server: it is killed, its database goes away, its disk is full, it is told to stop,
//! several start at once.
//!
//! Lives here: the real program, real HTTP and a receiver that remembers. What a receiver can do to a delivery, and what
//! takes longer than a test may, is tested in the engine, on a clock of its own.

mod client;
mod dice;
mod disk;
mod first_start;
mod import;
mod kill;
mod outage;
mod postgres;
mod server;
mod sink;
mod stop;
mod truth;

use std::time::Duration;

/// How long anything is waited for. No test that passes comes near it.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often something is looked at that does not say when it changes.
const GLANCE: Duration = Duration::from_millis(10);

/// Waits until something is so.
async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let waited = tokio::time::timeout(PATIENCE, async {
        let mut glances = tokio::time::interval(GLANCE);
        while !is_so().await {
            glances.tick().await;
        }
    });
    assert!(waited.await.is_ok(), "after {PATIENCE:?} it was not so: {what}");
}
