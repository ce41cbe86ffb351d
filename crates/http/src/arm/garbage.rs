//! `…/collectGarbage`: removes what nobody needs, or shows what would go, and what went last.

use super::admit::Call;
use super::error::ArmError;
use super::{operations, print};
use axum::http::Method;
use axum::response::Response;
use boathook_engine::manage::garbage::{self, CollectionRow, Report};
use boathook_wire::arm::garbage::{Amount, CollectGarbage, Collected, Collection, Waiting};
use boathook_wire::arm::operation::State;
use boathook_wire::arm::page::Page;

pub(super) async fn handle(call: &Call<'_>, body: &[u8]) -> Result<Response, ArmError> {
    if call.parts.method == Method::GET {
        let last = garbage::last(call.ctx, &call.registry.name).await?;
        let mut value = Vec::new();
        for row in &last {
            value.push(collection(row, garbage::is_under_way(call.ctx, row).await?));
        }
        return Ok(print::json(&Page { value, next_link: None }));
    }
    let CollectGarbage { is_dry_run } = CollectGarbage::parse(body)?;
    let begun = garbage::begin(call.ctx, &call.registry, is_dry_run, &call.actor()).await?;
    operations::accepted(call, &begun.map_err(ArmError::Garbage)?)
}

/// What a collection that has ended came to.
pub(super) fn result(report: &Report) -> Collected {
    let waiting = report.waiting();
    let (first_due_time, last_due_time) = waiting.from_to.unzip();
    Collected {
        is_dry_run: report.is_dry_run,
        due: amount(report.due),
        freed: (!report.is_dry_run).then(|| amount(report.freed)),
        waiting: Waiting { amount: amount(waiting.amount), first_due_time, last_due_time },
    }
}

fn amount(amount: garbage::Amount) -> Amount {
    let garbage::Amount { links, blobs, bytes } = amount;
    Amount { links, blobs, bytes }
}

/// What is known of a collection, one that nobody goes on with being one that failed.
fn collection(row: &CollectionRow, is_under_way: bool) -> Collection {
    Collection {
        location: row.region.to_string(),
        status: match row.ended {
            Some(_) => State::Succeeded,
            None if is_under_way => State::InProgress,
            None => State::Failed,
        },
        is_on_demand: row.operation.is_some(),
        start_time: row.started,
        end_time: row.ended,
        freed: Amount { links: row.link_count, blobs: row.blob_count, bytes: row.blob_bytes },
    }
}
