//! What every handler is given.

use crate::ops::{DatabaseProbe, RequestMetrics};
use axum::Router;
use boathook_engine::Ctx;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

/// One server, as its faces see it.
#[derive(Clone)]
pub struct App {
    /// The engine's shared parts.
    pub ctx: Arc<Ctx>,
    pub(crate) requests: Arc<RequestMetrics>,
    pub(crate) database: Arc<DatabaseProbe>,
    /// What is shown to people.
    pub(crate) pages: Option<Router>,
    phase: Arc<AtomicU8>,
}

/// Where a server is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// It is still preparing.
    Starting,
    /// It takes requests.
    Ready,
    /// It finishes what has begun.
    Draining,
}

impl App {
    /// A server that is not ready yet.
    pub fn new(ctx: Arc<Ctx>) -> Self {
        let phase = Arc::new(AtomicU8::new(Phase::Starting as u8));
        Self { ctx, requests: Arc::default(), database: Arc::default(), pages: None, phase }
    }

    /// The same with pages for people, at `/` and below `/portal`.
    #[must_use]
    pub fn showing(self, pages: Router) -> Self {
        Self { pages: Some(pages), ..self }
    }

    /// The engine's shared parts, for whoever closes the database at the end. The pages, which hold them too, are gone then.
    pub fn into_ctx(self) -> Arc<Ctx> {
        self.ctx
    }

    /// Says from now on whether requests should be sent here; what was told so once and is not any more drains.
    pub fn set_ready(&self, is_ready: bool) {
        let phase = if is_ready { Phase::Ready } else { Phase::Draining };
        self.phase.store(phase as u8, Ordering::Release);
    }

    /// Says whether requests should be sent here.
    pub fn is_ready(&self) -> bool {
        self.phase() == Phase::Ready
    }

    pub(crate) fn phase(&self) -> Phase {
        match self.phase.load(Ordering::Acquire) {
            phase if phase == Phase::Starting as u8 => Phase::Starting,
            phase if phase == Phase::Ready as u8 => Phase::Ready,
            _ => Phase::Draining,
        }
    }
}
