//! Versions of charts go, one or all of them, or the provenance alone.

use super::{Origin, push};
use crate::ctx::Ctx;
use boathook_core::chart::{ChartFile, ChartName, FileKind};
use boathook_core::digest::Digest;
use boathook_core::event::Action;
use boathook_core::id::EventId;
use boathook_core::lock::Locked;
use boathook_core::name::{Place, Repository};
use boathook_store::{
    ChartOutcome, ChartsDeletion, DeletedManifest, Deletion, Error, NewEvent, STEP_MANIFESTS_MAX,
};

/// Removes a file of a chart: with its archive a version goes. `false` where there was none.
pub async fn file(
    ctx: &Ctx,
    place: &Place,
    repository: &Repository,
    file: &ChartFile,
) -> Result<Result<bool, Locked>, Error> {
    loop {
        let Some(row) = ctx.db.chart(place, repository, file.tag()).await? else {
            return Ok(Ok(false));
        };
        match file.kind {
            FileKind::Archive => match version(ctx, place, repository, &row.manifest).await? {
                // Somebody has replaced or deleted it in the meantime.
                Ok(false) => continue,
                done => return Ok(done),
            },
            FileKind::Provenance if row.provenance.is_none() => return Ok(Ok(false)),
            FileKind::Provenance => (),
        }
        match push::amend(ctx, place, repository, row, None).await? {
            Ok(ChartOutcome::Stored) => return Ok(Ok(true)),
            Ok(ChartOutcome::Locked(locked)) | Err(push::Pushed::Locked(locked)) => {
                return Ok(Err(locked));
            }
            // Somebody has changed it in the meantime.
            Ok(_) | Err(_) => (),
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
