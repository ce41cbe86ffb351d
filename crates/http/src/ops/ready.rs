//! Whether requests should be sent here.

use crate::app::{App, Phase};
use crate::server::Closed;
use boathook_core::time::Timestamp;
use boathook_engine::Ctx;
use std::time::Duration;
use tokio::sync::Mutex;

/// How long the database may take to answer a probe.
const PROBE_TIMEOUT: Duration = Duration::from_secs(2);
/// How long the answer of one probe counts for others.
const PROBE_AGE: Duration = Duration::from_secs(1);

/// Asks whether the database can be reached, once at a time however many want to know.
#[derive(Default)]
pub(crate) struct DatabaseProbe(Mutex<Option<(Timestamp, bool)>>);

/// Why no requests should be sent here, in one word.
pub(super) async fn why_not(app: &App) -> Option<&'static str> {
    match app.phase() {
        Phase::Starting => Some(Closed::Starting.word()),
        Phase::Draining => Some(Closed::Draining.word()),
        Phase::Ready if app.database.is_reachable(&app.ctx).await => None,
        Phase::Ready => Some("database"),
    }
}

impl DatabaseProbe {
    async fn is_reachable(&self, ctx: &Ctx) -> bool {
        let mut last = self.0.lock().await;
        let now = ctx.clock.now();
        match *last {
            // A clock that was set back must not make an answer count for long.
            Some((at, answer)) if at <= now && now < at.after(PROBE_AGE) => answer,
            _ => {
                let asked = tokio::time::timeout(PROBE_TIMEOUT, ctx.db.webhook_revision()).await;
                let answer = matches!(asked, Ok(Ok(_)));
                *last = Some((now, answer));
                answer
            }
        }
    }
}
