//! How the latest attempts of a webhook went.

use crate::ctx::Ctx;
use boathook_store::{Error, WebhookRow};

pub use boathook_store::AttemptPace;

/// How many attempts are looked at.
pub const ATTEMPTS: u32 = 100;

/// How the attempts at the latest events of a webhook went, in the order in which they began.
pub async fn of(ctx: &Ctx, webhook: &WebhookRow) -> Result<Vec<AttemptPace>, Error> {
    let mut attempts = ctx.db.latest_attempts(&webhook.id, ATTEMPTS).await?;
    attempts.reverse();
    attempts.sort_by_key(|attempt| attempt.started);
    Ok(attempts)
}
