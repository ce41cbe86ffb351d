//! Content that nobody needs any more is removed, while everything else goes on.
//!
//! What goes, and why no push loses anything, is told in `boathook_store::collection`. Here is who does it when: in each
//! place that a registry has, one bounded step after the other, with pauses between them. A lease in the database keeps two
//! nodes from doing the same; nothing goes wrong where it does not. Somebody may also ask for it ([`garbage`]).
//!
//! [`garbage`]: crate::manage::garbage

use crate::ctx::Ctx;
use crate::operations::OperationRow;
use crate::steps::Steps;
use boathook_core::digest::Digest;
use boathook_core::name::{Place, RegistryName};
use boathook_core::time::Timestamp;
use boathook_store::{
    BeginCollection, Blobs, COLLECTED_MAX, CollectionBegin, CollectionStep, Db, Error,
};
use std::collections::VecDeque;
use std::time::Duration;
use tokio::task::spawn_blocking;

/// How long whoever collects in a place has it to themselves; every step makes it longer.
const LEASE: Duration = Duration::from_mins(1);
/// How long a blob stays at least that was deleted by name: somebody may be about to open it.
const DOOMED_FOR: Duration = Duration::from_mins(1);
/// How many registries are looked up at a time.
const PAGE: u32 = 100;

/// A pass over all places that this server has the content of.
#[derive(Default)]
pub struct Pass {
    has_begun: bool,
    /// The last registry whose places were noted.
    after: Option<RegistryName>,
    places: VecDeque<Place>,
    run: Option<Run>,
}

impl Steps for Pass {
    async fn step(&mut self, ctx: &Ctx) -> Result<bool, Error> {
        if !self.has_begun {
            if !ctx.limits.collects || !is_collector(ctx).await? {
                return Ok(false);
            }
            self.has_begun = !remove_gone_registries(ctx).await?;
            return Ok(true);
        }
        if let Some(run) = &mut self.run {
            let stepped = run.step(ctx).await;
            if !unless_its_own(stepped, &run.place)?.unwrap_or(false) {
                self.run = None;
            }
            return Ok(true);
        }
        // A place where there is nothing to do takes no step of its own.
        while let Some(place) = self.next(ctx).await? {
            let begun = Run::begin_if_due(ctx, place.clone()).await;
            self.run = unless_its_own(begun, &place)?.flatten();
            if self.run.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

impl Pass {
    async fn next(&mut self, ctx: &Ctx) -> Result<Option<Place>, Error> {
        if self.places.is_empty() {
            let page = ctx.db.registries(None, self.after.as_ref(), PAGE).await?;
            for registry in page {
                let regions = ctx.site.regions.iter().cloned();
                let place = |region| Place { registry: registry.name.clone(), region };
                self.places.extend(regions.map(place));
                self.after = Some(registry.name);
            }
        }
        Ok(self.places.pop_front())
    }
}

/// What came of a step in one place; nothing where that went wrong in a way that need not be so in the next place. What
/// would go wrong everywhere ends the pass.
pub(crate) fn unless_its_own<T>(
    stepped: Result<T, Error>,
    place: &Place,
) -> Result<Option<T>, Error> {
    match stepped {
        Ok(done) => Ok(Some(done)),
        Err(Error::NoRegistry) => Ok(None),
        Err(error) if error.is_transient() => Err(error),
        Err(error) => {
            tracing::error!(
                registry = %place.registry,
                region = %place.region,
                error = &error as &dyn std::error::Error,
                "content that nobody needs cannot be removed here: the collection goes on elsewhere, and comes here again"
            );
            Ok(None)
        }
    }
}

/// Says whether it is this database that says what is needed of the files, and logs it where it is not.
pub(crate) async fn is_collector(ctx: &Ctx) -> Result<bool, Error> {
    let is_collector = is_collected_by(&ctx.db, &ctx.blobs).await?;
    if !is_collector {
        tracing::warn!(
            "`{}` names another database, which may need what this one does not: nothing is removed; if that database is \
             no more, remove the file",
            ctx.blobs.collector_path().display()
        );
    }
    Ok(is_collector)
}

/// Says whether it is this database that says what is needed of the files. Another one may know the same folder. Where none
/// has said so yet, it is this one from now on.
pub(crate) async fn is_collected_by(db: &Db, blobs: &Blobs) -> Result<bool, Error> {
    let of = blobs.clone();
    let since = match blocking(move || of.id()).await? {
        Some(id) => db.blob_store_since(&id).await?,
        None => None,
    };
    let (blobs, since) = (blobs.clone(), since.unwrap_or(Timestamp(0)));
    blocking(move || blobs.is_collected_by(since)).await
}

/// Removes some of the files of registries that are gone; `false` where there are no more, or none that can be removed.
async fn remove_gone_registries(ctx: &Ctx) -> Result<bool, Error> {
    let blobs = ctx.blobs.clone();
    match blocking(move || blobs.empty_gone_registries(COLLECTED_MAX)).await {
        Err(error) if !error.is_transient() => {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "files of registries that are gone cannot be removed: the collection goes on without"
            );
            Ok(false)
        }
        removed => Ok(0 < removed?),
    }
}

/// Since when what goes has been of no use.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Due {
    /// Links are due that nobody has needed since then.
    pub(crate) links: Timestamp,
    /// Blobs go that have been doomed since then.
    pub(crate) blobs: Timestamp,
}

impl Due {
    /// What goes at `now`.
    pub(crate) fn at(ctx: &Ctx, now: Timestamp) -> Self {
        let before = |age| Timestamp(now.0.saturating_sub(millis(age)));
        Self { links: before(ctx.limits.collection_grace), blobs: before(doomed_for(ctx)) }
    }
}

/// How long a doomed blob stays.
pub(crate) fn doomed_for(ctx: &Ctx) -> Duration {
    ctx.limits.collection_grace.min(DOOMED_FOR)
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// A collection in one place.
pub(crate) struct Run {
    place: Place,
    /// When it began, whoever began it.
    began: Timestamp,
    due: Due,
    is_reviewing: bool,
}

/// A collection that an operation asks for in one place.
pub(crate) enum Asked {
    /// It is under way.
    Begun(Run),
    /// It has ended.
    Ended,
    /// Somebody else's is under way.
    Taken,
}

impl Run {
    /// Begins one where there is something to do, and nobody does it.
    async fn begin_if_due(ctx: &Ctx, place: Place) -> Result<Option<Self>, Error> {
        let now = ctx.clock.now();
        let run = Self { place, began: now, due: Due::at(ctx, now), is_reviewing: true };
        let has_files = run.remove_files(ctx).await?;
        if !has_files && !ctx.db.has_garbage(&run.place, run.due.links, run.due.blobs).await? {
            return Ok(None);
        }
        match begin(ctx, &run.place, None).await {
            Ok(CollectionBegin::Begun(began)) => Ok(Some(Self { began, ..run })),
            Ok(CollectionBegin::Ended | CollectionBegin::Taken) | Err(Error::NoRegistry) => {
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Where it is.
    pub(crate) fn place(&self) -> &Place {
        &self.place
    }

    /// Begins the one that an operation asks for, or goes on with it.
    pub(crate) async fn asked(
        ctx: &Ctx,
        place: Place,
        operation: &OperationRow,
    ) -> Result<Asked, Error> {
        let due = Due::at(ctx, operation.created);
        Ok(match begin(ctx, &place, Some(operation.id.clone())).await? {
            CollectionBegin::Begun(began) => {
                Asked::Begun(Self { place, began, due, is_reviewing: true })
            }
            CollectionBegin::Ended => Asked::Ended,
            CollectionBegin::Taken => Asked::Taken,
        })
    }

    /// Takes the next step; `false` where it was the last.
    pub(crate) async fn step(&mut self, ctx: &Ctx) -> Result<bool, Error> {
        let (until, began) = (ctx.clock.now().after(LEASE), self.began);
        let step = |due| CollectionStep { place: self.place.clone(), began, due, until };
        if self.is_reviewing {
            let reviewed = ctx.db.review_links(step(self.due.links)).await?;
            ctx.meters.collected_links.add(reviewed.gone as u64);
            self.is_reviewing = reviewed.needed + reviewed.gone == COLLECTED_MAX;
            return Ok(true);
        }
        let (blobs, place) = (ctx.blobs.clone(), self.place.clone());
        let set_aside = move |digest: &Digest| {
            blobs.set_aside(&place, digest).inspect_err(|error| {
                tracing::error!(
                    registry = %place.registry,
                    region = %place.region,
                    error = error as &dyn std::error::Error,
                    "{digest} is of no use and cannot be taken out of its place: it is tried again later"
                );
            })
        };
        let put_back = |digest: &Digest| ctx.blobs.put_back(&self.place, digest);
        let removed = ctx.db.remove_blobs(step(self.due.blobs), set_aside, put_back).await?;
        ctx.meters.collected_blobs.add(removed.count);
        ctx.meters.collected_bytes.add(removed.bytes);
        if self.remove_files(ctx).await? || removed.seen == COLLECTED_MAX {
            return Ok(true);
        }
        self.end(ctx).await?;
        Ok(false)
    }

    /// Removes some of the files that were taken out of their places, by whomever; `false` where there are no more.
    async fn remove_files(&self, ctx: &Ctx) -> Result<bool, Error> {
        let (blobs, place) = (ctx.blobs.clone(), self.place.clone());
        Ok(0 < blocking(move || blobs.empty_gone(&place, COLLECTED_MAX)).await?)
    }

    async fn end(&self, ctx: &Ctx) -> Result<(), Error> {
        let now = ctx.clock.now();
        let ended = ctx.db.end_collection(&self.place, self.began, now).await?;
        let Some(ended) = ended else { return Ok(()) };
        let duration = now.since(ended.started);
        ctx.meters.collections.add(1);
        ctx.meters.collection_ms.add(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX));
        if 0 < ended.link_count || 0 < ended.blob_count {
            tracing::info!(
                registry = %self.place.registry,
                region = %self.place.region,
                links = ended.link_count,
                blobs = ended.blob_count,
                bytes = ended.blob_bytes,
                duration_ms = duration.as_millis(),
                "removed what nobody needs"
            );
        }
        Ok(())
    }
}

async fn begin(
    ctx: &Ctx,
    place: &Place,
    operation: Option<String>,
) -> Result<CollectionBegin, Error> {
    let (place, now) = (place.clone(), ctx.clock.now());
    let begin = BeginCollection { place, operation, now, until: now.after(LEASE) };
    ctx.db.begin_collection(begin).await
}

async fn blocking<T: Send + 'static>(
    task: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    spawn_blocking(task).await.expect("file operations do not panic")
}
