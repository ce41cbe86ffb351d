//! Versions of charts go, one or all of them, or the provenance alone.

use super::{Origin, push};
use crate::ctx::Ctx;
use crate::registry::upload::Refusal;
use boathook_core::chart::{ChartFile, ChartName, FileKind};
use boathook_core::digest::Digest;
use boathook_core::event::Action;
use boathook_core::id::EventId;
use boathook_core::lock::Locked;
use boathook_core::name::{Place, Repository};
use boathook_store::{
    ChartOutcome, ChartsDeletion, DeletedManifest, Deletion, Error, NewEvent, STEP_MANIFESTS_MAX,
};

/// What came of deleting a file of a chart.
#[derive(Debug)]
pub enum Deleted {
    /// It is gone.
    Gone,
    /// There was none.
    Unknown,
    /// The repository, the tag or the manifest is locked.
    Locked(Locked),
    /// What the chart is without it could not be stored.
    Refused(Refusal),
    /// Somebody has deleted the chart's content in the meantime.
    Interrupted,
}

/// Removes a file of a chart: with its archive a version goes.
pub async fn file(
    ctx: &Ctx,
    place: &Place,
    repository: &Repository,
    file: &ChartFile,
) -> Result<Deleted, Error> {
    loop {
        let Some(row) = ctx.db.chart(place, repository, file.tag()).await? else {
            return Ok(Deleted::Unknown);
        };
        match file.kind {
            FileKind::Archive => match version(ctx, place, repository, &row.manifest).await? {
                Ok(true) => return Ok(Deleted::Gone),
                // Somebody has replaced or deleted it in the meantime.
                Ok(false) => continue,
                Err(locked) => return Ok(Deleted::Locked(locked)),
            },
            FileKind::Provenance if row.provenance.is_none() => return Ok(Deleted::Unknown),
            FileKind::Provenance => (),
        }
        let amended = match push::amend(ctx, place, repository, row, None).await? {
            Ok(amended) => amended,
            Err(Refusal::Locked(locked)) => return Ok(Deleted::Locked(locked)),
            Err(refusal) => return Ok(Deleted::Refused(refusal)),
        };
        match amended {
            ChartOutcome::Stored => return Ok(Deleted::Gone),
            ChartOutcome::Locked(locked) => return Ok(Deleted::Locked(locked)),
            ChartOutcome::Missing(_) => return Ok(Deleted::Interrupted),
            // Somebody has replaced or deleted it in the meantime.
            ChartOutcome::Changed
            | ChartOutcome::Unknown
            | ChartOutcome::Exists
            | ChartOutcome::Taken => (),
        }
    }
}

/// Removes a version of a chart by its manifest and records the event, all or nothing; `false` where there was none.
pub(crate) async fn version(
    ctx: &Ctx,
    place: &Place,
    repository: &Repository,
    manifest: &Digest,
) -> Result<Result<bool, Locked>, Error> {
    let (id, origin) = (EventId::new(ctx.ids.uuid()), Origin::now(ctx, place, repository));
    let announce = move |gone: &DeletedManifest| event(&origin, &id, gone);
    Ok(match ctx.db.delete_manifest(place, repository, manifest, announce).await? {
        Deletion::Deleted(_) => Ok(true),
        Deletion::Unknown => Ok(false),
        Deletion::Locked(locked) => Err(locked),
    })
}

/// Removes all versions of a chart and records an event for each; `false` where there was none.
///
/// They go step by step. Where that breaks off, or a lock comes in between, what is gone stays gone.
pub async fn chart(
    ctx: &Ctx,
    place: &Place,
    repository: &Repository,
    name: &ChartName,
) -> Result<Result<bool, Locked>, Error> {
    let mut has_begun = false;
    loop {
        let ids: Vec<_> = (0..STEP_MANIFESTS_MAX).map(|_| EventId::new(ctx.ids.uuid())).collect();
        let origin = Origin::now(ctx, place, repository);
        let announce = move |idx: usize, gone: &DeletedManifest| event(&origin, &ids[idx], gone);
        match ctx.db.delete_charts_step(place, repository, name, announce).await? {
            ChartsDeletion::Going => has_begun = true,
            ChartsDeletion::Done => return Ok(Ok(has_begun)),
            ChartsDeletion::Locked(locked) => return Ok(Err(locked)),
        }
    }
}

fn event(origin: &Origin, id: &EventId, gone: &DeletedManifest) -> NewEvent {
    let chart = gone.chart.as_ref().expect("the manifest is a chart's");
    origin.event(id, Action::ChartDelete, chart)
}
