//! The look at what nobody needs: page by page, and nothing is kept of it but sums.

use super::report::Report;
use crate::collection::{Due, doomed_for};
use crate::ctx::Ctx;
use boathook_core::name::{Place, RegistryName};
use boathook_core::time::Timestamp;
use boathook_store::Error;

/// How many pages a turn has.
const TURN_PAGES: usize = 40;

/// Looks at some pages of what was of no use at `asked`.
///
/// What is pushed meanwhile is not looked at, so that a busy registry has an end as well.
pub(super) async fn turn(
    ctx: &Ctx,
    registry: &RegistryName,
    asked: Timestamp,
    report: &mut Report,
) -> Result<(), Error> {
    let due = Due::at(ctx, asked);
    for _ in 0..TURN_PAGES {
        let Some(position) = report.position().cloned() else { return Ok(()) };
        let Some(region) = ctx.site.regions.get(position.region_idx) else {
            report.look_on_at(None);
            return Ok(());
        };
        let place = Place { registry: registry.clone(), region: region.clone() };
        let after = position.after();
        let (page, links, due, wait) = if position.is_past_doomed {
            let page = ctx.db.idle_links(&place, asked, after).await?;
            (page, 1, due.links, ctx.limits.collection_grace)
        } else {
            let page = ctx.db.doomed_blobs(&place, asked, after).await?;
            (page, 0, due.blobs, doomed_for(ctx))
        };
        for found in &page.blobs {
            let at = (due < found.since).then(|| found.since.after(wait));
            report.count(links, found.goes.then_some(found.size), at);
        }
        report.look_on_at(Some(position.followed_by(page.next)));
    }
    Ok(())
}
