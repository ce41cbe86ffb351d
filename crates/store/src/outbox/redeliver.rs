//! What was sent is sent again, because somebody asks for it.

use super::DeliveryKind;
use super::settle::Standing;
use crate::db::Db;
use crate::error::Error;
use crate::row::params;
use crate::tx::Tx;
use boathook_core::id::{EventId, WebhookId};
use boathook_core::name::Place;
use boathook_core::time::Timestamp;

/// What came of asking for a delivery to be made again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Redelivery {
    /// It is due, and has all of its time again.
    Due,
    /// It is being tried at this moment: nothing was changed.
    UnderWay,
    /// Its webhook is disabled: nothing was changed.
    Disabled,
    /// There is no such delivery.
    Unknown,
}

impl Db {
    /// Has a delivery made again at `now`, whatever came of it. What its attempts came to is kept; those that follow are
    /// counted anew, until `limit`. One of a paused webhook waits with the others.
    pub async fn redeliver(
        &self,
        place: &Place,
        webhook: &WebhookId,
        event: &EventId,
        now: Timestamp,
        limit: Timestamp,
    ) -> Result<Redelivery, Error> {
        let (place, webhook, event) = (place.clone(), webhook.clone(), event.clone());
        let of = place.registry.clone();
        self.write_in(&of, "redeliver", async move |tx: &mut Tx<'_>| {
            let key = params![webhook.as_str(), event.as_str(), place.region.as_str()];
            let sql = "SELECT kind, state, lease FROM delivery WHERE webhook = $1 AND event = $2 AND region = $3";
            let Some(found) = tx.query_opt(sql, key).await? else { return Ok(Redelivery::Unknown) };
            let kind = DeliveryKind::from_column(found.text(0));
            if Standing::of(tx, &webhook).await?.cancels(kind) {
                return Ok(Redelivery::Disabled);
            }
            if found.text(1) == "pending" && found.opt_text(2).is_some() {
                return Ok(Redelivery::UnderWay);
            }
            tx.execute(
                "UPDATE delivery SET state = 'pending', due_ms = $4, limit_ms = $5, finished_ms = NULL,
                                     attempts_before = attempts
                 WHERE webhook = $1 AND event = $2 AND region = $3",
                params![webhook.as_str(), event.as_str(), place.region.as_str(), now.0, limit.0],
            )
            .await?;
            tx.after.has_delivery = true;
            Ok(Redelivery::Due)
        })
        .await
    }
}
