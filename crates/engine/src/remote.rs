//! Registries elsewhere, as one that pulls from them sees them.
//!
//! Lives here: asking for manifests and blobs, signing in where that is wanted, following redirects. Not here: which
//! addresses may be reached (the courier's), what is done with what comes, and when it is tried again (the import's).
//!
//! What a registry may make this server do is bounded: it is asked at addresses that the address policy of imports
//! allows, redirects and realms included; credentials go to its realm, or to itself where it wants them at each request,
//! and never after a redirect; nothing is sent over plain HTTP but to hosts for which that is allowed.

mod client;
mod fault;

pub(crate) use client::{Client, Fetched};
pub use fault::Fault;

use crate::courier::Courier;
use boathook_core::origin::PlainHosts;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;

/// How many images are fetched from elsewhere at a time, so that slow registries leave the other operations a worker.
pub const FETCHED_AT_ONCE_MAX: usize = 2;
/// How long a registry may say nothing, where nobody says otherwise.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// The way to registries elsewhere.
pub struct Sources {
    /// What carries requests there; it goes where the address policy of imports allows.
    pub courier: Arc<dyn Courier>,
    /// Which of them may be asked without TLS.
    pub plain: PlainHosts,
    /// How long a registry may take to answer, and may stop in the middle of an answer.
    pub patience: Duration,
    /// Who may fetch.
    pub(crate) slots: Semaphore,
}

impl Sources {
    /// Sends requests with `courier`, which should be one for downloads.
    pub fn new(courier: Arc<dyn Courier>, plain: PlainHosts, patience: Duration) -> Self {
        Self { courier, plain, patience, slots: Semaphore::new(FETCHED_AT_ONCE_MAX) }
    }
}

/// What to sign in with at a registry elsewhere.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Credentials {
    pub(crate) username: String,
    pub(crate) password: String,
}

/// Shows who, and never by what.
impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("username", &self.username).finish_non_exhaustive()
    }
}
