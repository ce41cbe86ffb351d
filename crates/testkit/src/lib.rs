//! A whole region for tests, and receivers that misbehave as told.
//!
//! [`World`] is the real thing in process: a database file, files of blobs, the courier that really connects. Only the
//! clock and the dice are a test's own. [`Receiver`] is a webhook's endpoint on a port of its own that answers as it was
//! told, and [`ForeignRegistry`] is a registry that does. Nothing here sleeps: a test waits until something is so, and fails if that takes absurdly long.
//!
//! Not here: tests. Those are beside what they test.

mod client;
mod clock;
mod foreign;
mod ids;
mod provider;
mod receiver;
mod world;

pub use client::{Answer, Client};
pub use clock::ManualClock;
pub use foreign::{Answered, End, ForeignRegistry, Shelf};
pub use ids::SeededIds;
pub use provider::{ProviderKey, key_set};
pub use receiver::{Receiver, Reply, Request};
pub use world::{FIRST_MS, Node, Settings, World, actor, hook};

use std::time::Duration;

/// How long anything is waited for. It is never reached by a test that passes, however busy the machine is.
pub const PATIENCE: Duration = Duration::from_mins(1);
