//! What the engine promises, shown on a real database file, over real connections, by a manual clock.
//!
//! The name of a test is the promise. [`boathook_testkit::World`] fails a test that leaves anything due or open behind.

#![expect(clippy::unwrap_used, reason = "tests unwrap, and so do the helpers beside them")]

mod cancelling;
mod collecting;
mod crashes;
mod deliveries;
mod delivery;
mod directory;
mod fsck;
mod groups;
mod history;
mod live;
mod panics;
mod pauses;
mod pings;
mod provider;
mod redeliveries;
mod repositories;
mod retries;
mod scope_tests;
mod several;
mod sign_in;
mod sweeping;
mod traffic;
mod uploads;
