//! How webhooks do, by the last thing that each was sent.

use crate::ctx::Ctx;
use boathook_store::{DeliveryState, Error, WebhookRow};

/// How a webhook does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    /// Nothing that is remembered was sent to it.
    Unknown,
    /// Its receiver has accepted the last event.
    Good,
    /// The last event has not been tried yet, or was cancelled.
    Waiting,
    /// The last event was refused, or did not arrive.
    Failing,
}

/// How each of some webhooks does, in their order.
pub async fn of(ctx: &Ctx, webhooks: &[WebhookRow]) -> Result<Vec<Health>, Error> {
    let ids: Vec<_> = webhooks.iter().map(|webhook| webhook.id.clone()).collect();
    let latest = ctx.db.latest_deliveries(ids).await?;
    let health = latest.into_iter().map(|latest| match latest {
        None => Health::Unknown,
        Some((DeliveryState::Delivered, _)) => Health::Good,
        Some((DeliveryState::Cancelled, _) | (DeliveryState::Pending, 0)) => Health::Waiting,
        Some((DeliveryState::Pending | DeliveryState::Dead, _)) => Health::Failing,
    });
    Ok(health.collect())
}
