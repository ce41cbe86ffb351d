//! Content that nobody needs any more is removed, while everything else goes on.
//!
//! What goes, and why no push loses anything, is told in `boathook_store::collection`. Here is who does it when: in each
//! place that a registry has, one bounded step after the other, with pauses between them. A lease in the database keeps two
//! nodes from doing the same; nothing goes wrong where it does not.

use crate::ctx::Ctx;
use boathook_core::name::{Place, RegistryName};
use boathook_core::time::Timestamp;
use boathook_store::{COLLECTED_MAX, CollectionStep, Error};
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

impl Pass {
    /// Takes the next step; `false` where the pass is over.
    pub async fn step(&mut self, ctx: &Ctx) -> Result<bool, Error> {
        if !self.has_begun {
            if !ctx.limits.collects || !is_collector(ctx).await? {
                return Ok(false);
            }
            self.has_begun = !remove_gone_registries(ctx).await?;
            return Ok(true);
        }
        if let Some(run) = &mut self.run {
            if !run.step(ctx).await? {
                self.run = None;
            }
            return Ok(true);
        }
        // A place where there is nothing to do takes no step of its own.
        while let Some(place) = self.next(ctx).await? {
            self.run = Run::begin_if_due(ctx, place).await?;
            if self.run.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }

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

/// Makes a whole pass, without a pause.
pub async fn collect(ctx: &Ctx) -> Result<(), Error> {
    let mut pass = Pass::default();
    while pass.step(ctx).await? {}
    Ok(())
}

/// Says whether it is this database that says what is needed of the files. Another one may know the same folder.
async fn is_collector(ctx: &Ctx) -> Result<bool, Error> {
    let blobs = ctx.blobs.clone();
    let id = blocking(move || blobs.id()).await?;
    let since = match id {
        Some(id) => ctx.db.blob_store_since(&id).await?,
        None => None,
    };
    let (blobs, since) = (ctx.blobs.clone(), since.unwrap_or(Timestamp(0)));
    let is_collector = blocking(move || blobs.is_collected_by(since)).await?;
    if !is_collector {
        tracing::warn!(
            "`{}` names another database, which may need what this one does not: nothing is removed; if that database is \
             no more, remove the file",
            ctx.blobs.collector_path().display()
        );
    }
    Ok(is_collector)
}

/// Removes some of the files of registries that are gone; `false` where there are no more.
async fn remove_gone_registries(ctx: &Ctx) -> Result<bool, Error> {
    let blobs = ctx.blobs.clone();
    Ok(0 < blocking(move || blobs.empty_gone_registries(COLLECTED_MAX)).await?)
}

/// A collection in one place.
pub(crate) struct Run {
    place: Place,
    started: Timestamp,
    /// Links are due that nobody has needed since then.
    due: Timestamp,
    /// Blobs go that have been doomed since then.
    doomed: Timestamp,
    is_reviewing: bool,
    links: u64,
    blobs: u64,
    bytes: u64,
}

impl Run {
    /// Begins one where there is something to do, and nobody does it.
    async fn begin_if_due(ctx: &Ctx, place: Place) -> Result<Option<Self>, Error> {
        let run = Self::at(ctx, place);
        let has_files = run.remove_files(ctx).await?;
        if !has_files && !ctx.db.has_garbage(&run.place, run.due, run.doomed).await? {
            return Ok(None);
        }
        let until = run.started.after(LEASE);
        match ctx.db.begin_collection(&run.place, run.started, until).await {
            Ok(has_begun) => Ok(has_begun.then_some(run)),
            Err(Error::NoRegistry) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn at(ctx: &Ctx, place: Place) -> Self {
        let now = ctx.clock.now();
        let before = |age: Duration| {
            let age_ms = i64::try_from(age.as_millis()).unwrap_or(i64::MAX);
            Timestamp(now.0.saturating_sub(age_ms))
        };
        let grace = ctx.limits.collection_grace;
        let (due, doomed) = (before(grace), before(grace.min(DOOMED_FOR)));
        Self { place, started: now, due, doomed, is_reviewing: true, links: 0, blobs: 0, bytes: 0 }
    }

    /// Takes the next step; `false` where it was the last.
    async fn step(&mut self, ctx: &Ctx) -> Result<bool, Error> {
        match self.try_step(ctx).await {
            Err(Error::NoRegistry) => Ok(false),
            result => result,
        }
    }

    async fn try_step(&mut self, ctx: &Ctx) -> Result<bool, Error> {
        let until = ctx.clock.now().after(LEASE);
        let step = |due| CollectionStep { place: self.place.clone(), due, until };
        if self.is_reviewing {
            let reviewed = ctx.db.review_links(step(self.due)).await?;
            self.links += reviewed.gone as u64;
            self.is_reviewing = reviewed.needed + reviewed.gone == COLLECTED_MAX;
            return Ok(true);
        }
        let (blobs, place) = (ctx.blobs.clone(), self.place.clone());
        let set_aside = move |digest: &_| blobs.set_aside(&place, digest);
        let removed = ctx.db.remove_blobs(step(self.doomed), set_aside).await?;
        self.blobs += removed.count;
        self.bytes += removed.bytes;
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
        ctx.db.end_collection(&self.place, now).await?;
        let (meters, duration) = (&ctx.meters, now.since(self.started));
        meters.collections.add(1);
        meters.collection_ms.add(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX));
        meters.collected_links.add(self.links);
        meters.collected_blobs.add(self.blobs);
        meters.collected_bytes.add(self.bytes);
        if 0 < self.links || 0 < self.blobs {
            tracing::info!(
                registry = %self.place.registry,
                region = %self.place.region,
                links = self.links,
                blobs = self.blobs,
                bytes = self.bytes,
                duration_ms = duration.as_millis(),
                "removed what nobody needs"
            );
        }
        Ok(())
    }
}

async fn blocking<T: Send + 'static>(
    task: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    spawn_blocking(task).await.expect("file operations do not panic")
}
