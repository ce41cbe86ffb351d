//! Manifests that have lost their last tag go when their days are over, where the registry's policy says so.
//!
//! Which ones, and why the work follows the changes, is told in the store (`boathook_store`'s `content/retention.rs`). Here
//! is who does it: in one bounded step after the other, with pauses between them. Two nodes may do it at the same time,
//! which saves nobody anything and harms nobody.

use super::purging;
use crate::ctx::Ctx;
use crate::steps::Steps;
use boathook_store::Error;

/// A pass over all manifests whose days are over. Those are told of what goes who ask for it.
#[derive(Default)]
pub struct Pass {
    gone: u64,
}

impl Steps for Pass {
    async fn step(&mut self, ctx: &Ctx) -> Result<bool, Error> {
        let retired = ctx.db.retire_untagged(ctx.clock.now(), purging::announce(ctx)).await?;
        ctx.meters.retired_manifests.add(retired.gone as u64);
        self.gone += retired.gone as u64;
        if 0 < retired.seen {
            return Ok(true);
        }
        if 0 < self.gone {
            tracing::info!(
                manifests = self.gone,
                "removed untagged manifests whose days were over"
            );
        }
        Ok(false)
    }
}
