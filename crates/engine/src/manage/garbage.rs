//! Collections that somebody asks for: what nobody needs of a registry is looked at, and goes, unless it was only to be
//! looked at.
//!
//! It is an operation that takes turns of a few steps with pauses between them, as the collector does by itself, and by
//! the same rules: nothing goes before the grace is over. How far the look has come is in the operation's progress. What
//! has gone is counted with the collection in each place, by the transactions that remove it, so that whoever goes on after
//! a kill goes on counting.

mod look;
mod report;

use crate::audit::Actor;
use crate::collection::{Asked, Run, is_collector, unless_its_own};
use crate::ctx::Ctx;
use crate::operations::{self, Begin, Cause, Kind, OperationRow, TooMany, Went};
use crate::steps::rest_after;
use boathook_core::name::{Place, Region, RegistryName};
use boathook_store::{Error, RegistryRow};
use std::time::Duration;

pub use boathook_store::CollectionRow;
pub use report::{Amount, Report, Waiting};

/// How many steps a turn has.
const TURN_STEPS: usize = 4;
/// How long it waits where somebody else collects.
const WAIT: Duration = Duration::from_secs(1);

/// Why nothing is collected.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// The server removes nothing.
    #[error(
        "this server removes nothing: its setting `gc.enabled` is `false`, and with `dryRun` it can be asked what would go"
    )]
    Off,
    /// Another database says what is needed of the files.
    #[error(
        "another database may need what this one does not: if it is no more, remove the file `boathook-collector` in the \
         folder of the blobs"
    )]
    NotOurs,
    /// There are operations enough.
    #[error(transparent)]
    TooMany(TooMany),
}

/// What is to be done, as it is stored.
const LOOK: &str = "look";
const COLLECT: &str = "collect";

/// Begins a collection, or a look at what would go; where the registry has the same under way, that is it.
pub async fn begin(
    ctx: &Ctx,
    registry: &RegistryRow,
    is_dry_run: bool,
    actor: &Actor,
) -> Result<Result<OperationRow, Refusal>, Error> {
    if !is_dry_run && let Err(refusal) = may_remove(ctx).await? {
        return Ok(Err(refusal));
    }
    let new = Begin {
        kind: Kind::CollectGarbage,
        registry: &registry.name,
        resource: super::scope_maps::id_of(registry).to_string(),
        command: if is_dry_run { LOOK } else { COLLECT }.to_owned(),
        action: "Microsoft.ContainerRegistry/registries/collectGarbage/action",
    };
    Ok(operations::join(ctx, new, actor).await?.map_err(Refusal::TooMany))
}

/// The last collection in each of a registry's regions, whoever asked for it.
pub async fn last(ctx: &Ctx, registry: &RegistryName) -> Result<Vec<CollectionRow>, Error> {
    ctx.db.collections(registry).await
}

/// Says whether somebody goes on with a collection.
pub async fn is_under_way(ctx: &Ctx, last: &CollectionRow) -> Result<bool, Error> {
    if last.ended.is_some() {
        return Ok(false);
    }
    let Some(id) = &last.operation else { return Ok(ctx.clock.now() < last.until) };
    Ok(operations::get(ctx, id).await?.is_some_and(|operation| operation.end.is_none()))
}

async fn may_remove(ctx: &Ctx) -> Result<Result<(), Refusal>, Error> {
    Ok(if !ctx.limits.collects {
        Err(Refusal::Off)
    } else if !is_collector(ctx).await? {
        Err(Refusal::NotOurs)
    } else {
        Ok(())
    })
}

/// Takes a turn.
pub(crate) async fn go_on(ctx: &Ctx, operation: &OperationRow) -> Result<Went, Error> {
    let Some(registry) = &operation.registry else {
        return Ok(Went::Failed(Cause::Failed.because("it names no registry: ask for it again")));
    };
    let is_dry_run = operation.command == LOOK;
    let mut report = Report::of(operation).unwrap_or_else(|| Report::new(is_dry_run));
    let went = match turn(ctx, operation, registry, &mut report).await {
        Err(Error::NoRegistry) => {
            Went::Failed(Cause::Gone.because("the registry is being deleted"))
        }
        went => went?,
    };
    operations::note(ctx, operation, &report).await?;
    Ok(went)
}

async fn turn(
    ctx: &Ctx,
    operation: &OperationRow,
    registry: &RegistryName,
    report: &mut Report,
) -> Result<Went, Error> {
    let began = ctx.clock.now();
    let later = |wait| Went::Later(ctx.clock.now().after(wait));
    let rested = || later(rest_after(ctx, ctx.clock.now().since(began)));
    if report.is_dry_run {
        look::turn(ctx, registry, operation.created, report).await?;
        return Ok(if report.is_looking() { rested() } else { Went::Done });
    }
    if let Err(refusal) = may_remove(ctx).await? {
        return Ok(Went::Failed(Cause::Conflict.because(refusal.to_string())));
    }
    let Some(runs) = runs(ctx, operation, registry, &report.stuck).await? else {
        return Ok(later(WAIT));
    };
    // Nothing is removed before it is written down how much there was.
    if report.is_looking() {
        look::turn(ctx, registry, operation.created, report).await?;
        return Ok(rested());
    }
    let has_ended = remove(ctx, runs, &mut report.stuck).await?;
    report.freed = freed(ctx, operation, registry).await?;
    Ok(if !has_ended {
        rested()
    } else if report.stuck.is_empty() {
        Went::Done
    } else {
        Went::Failed(Cause::Failed.because(format!(
            "not everything could be removed in {}, for the reasons in the log of the server",
            report.stuck.join(", ")
        )))
    })
}

/// The operation's collections that have not ended, in all places but the stuck ones, so that nobody removes what has been
/// looked at; `None` where somebody else is at it.
async fn runs(
    ctx: &Ctx,
    operation: &OperationRow,
    registry: &RegistryName,
    stuck: &[String],
) -> Result<Option<Vec<Run>>, Error> {
    let mut runs = Vec::new();
    let is_stuck = |region: &&Region| stuck.iter().any(|stuck| stuck == region.as_str());
    for region in ctx.site.regions.iter().filter(|region| !is_stuck(region)) {
        let place = Place { registry: registry.clone(), region: region.clone() };
        match Run::asked(ctx, place, operation).await? {
            Asked::Begun(run) => runs.push(run),
            Asked::Ended => (),
            Asked::Taken => return Ok(None),
        }
    }
    Ok(Some(runs))
}

/// Removes something; says whether that was the last of it. Where that goes wrong in one place, which is stuck then, the
/// others' goes all the same.
async fn remove(ctx: &Ctx, mut runs: Vec<Run>, stuck: &mut Vec<String>) -> Result<bool, Error> {
    for _ in 0..TURN_STEPS {
        while let Some(run) = runs.last_mut() {
            let stepped = match run.step(ctx).await {
                Err(Error::NoRegistry) => return Err(Error::NoRegistry),
                stepped => unless_its_own(stepped, run.place())?,
            };
            match stepped {
                Some(true) => break,
                Some(false) => {}
                None => stuck.push(run.place().region.to_string()),
            }
            runs.pop();
        }
    }
    Ok(runs.is_empty())
}

/// What an operation has removed in all places.
async fn freed(
    ctx: &Ctx,
    operation: &OperationRow,
    registry: &RegistryName,
) -> Result<Amount, Error> {
    let mut freed = Amount::default();
    for row in ctx.db.collections(registry).await? {
        if row.operation.as_ref() == Some(&operation.id) {
            freed.links += row.link_count;
            freed.blobs += row.blob_count;
            freed.bytes += row.blob_bytes;
        }
    }
    Ok(freed)
}
