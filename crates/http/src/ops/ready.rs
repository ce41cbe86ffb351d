//! Whether requests should be sent here.

use crate::app::{App, Phase};
use crate::server::Closed;

/// Why no requests should be sent here, in one word.
pub(super) async fn why_not(app: &App) -> Option<&'static str> {
    match app.phase() {
        Phase::Starting => Some(Closed::Starting.word()),
        Phase::Draining => Some(Closed::Draining.word()),
        Phase::Ready if app.database.is_reachable(&app.ctx).await => None,
        Phase::Ready => Some("database"),
    }
}
