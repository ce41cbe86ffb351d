//! What every handler is given.

use crate::ops::RequestMetrics;
use boathook_engine::Ctx;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// One server, as its faces see it.
#[derive(Clone)]
pub struct App {
    /// The engine's shared parts.
    pub ctx: Arc<Ctx>,
    pub(crate) requests: Arc<RequestMetrics>,
    is_ready: Arc<AtomicBool>,
}

impl App {
    /// A server that is not ready yet.
    pub fn new(ctx: Arc<Ctx>) -> Self {
        Self { ctx, requests: Arc::default(), is_ready: Arc::default() }
    }

    /// Says from now on whether requests should be sent here.
    pub fn set_ready(&self, is_ready: bool) {
        self.is_ready.store(is_ready, Ordering::Release);
    }

    /// Says whether requests should be sent here.
    pub fn is_ready(&self) -> bool {
        self.is_ready.load(Ordering::Acquire)
    }
}
