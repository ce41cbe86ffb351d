//! What a repository's charts are, as Helm and `az` read it.
//!
//! An index is made once and kept. Each request asks the database how many changes there have been, which is one row
//! found by its key, and so an index is never older than the request, whichever node has changed it. One that is behind
//! takes in what has changed, and what is said of all other versions is used again as it is.

mod state;

use crate::ctx::Ctx;
use crate::registry::records;
use boathook_core::chart::{ChartName, ChartVersion};
use boathook_core::lock::{self, Locked};
use boathook_core::name::{Place, Repository};
use boathook_core::time::Timestamp;
use boathook_store::Error;
use bytes::Bytes;
use quick_cache::{Weighter, sync::Cache};
use state::State;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use tokio::sync::Mutex;

/// How many bytes of indexes are kept in memory, of all repositories together: 64 MiB.
const INDEXES_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// How large an index is taken to be where there is none yet, in bytes.
const INDEX_BYTES_GUESS: u64 = 64 * 1024;
/// How many indexes are made at a time.
const MAKERS: usize = 8;
/// How many charts are read at a time.
const PAGE: u32 = 500;

type Key = (Place, Repository);

/// Indexes that need not be made again.
pub struct Indexes {
    shelf: Cache<Key, Arc<State>, Weigh>,
    /// Those who would make the same one wait for each other.
    makers: [Mutex<()>; MAKERS],
    hasher: RandomState,
}

#[derive(Clone)]
struct Weigh;

impl Weighter<Key, Arc<State>> for Weigh {
    fn weight(&self, _: &Key, state: &Arc<State>) -> u64 {
        state.weight()
    }
}

impl Default for Indexes {
    fn default() -> Self {
        let items = usize::try_from(INDEXES_BYTES_MAX / INDEX_BYTES_GUESS).expect("they are few");
        Self {
            shelf: Cache::with_weighter(items, INDEXES_BYTES_MAX, Weigh),
            makers: std::array::from_fn(|_| Mutex::default()),
            hasher: RandomState::new(),
        }
    }
}

/// A repository's charts, as they are now.
#[derive(Clone)]
pub struct Index(Arc<State>);

impl Index {
    /// `index.yaml`.
    pub fn yaml(&self) -> Bytes {
        self.0.yaml.clone()
    }

    /// What tells it from every other one of the repository.
    pub fn entity_tag(&self) -> &str {
        &self.0.entity_tag
    }

    /// All charts with all their versions, as JSON.
    pub fn charts(&self) -> Vec<u8> {
        self.0.charts_json()
    }

    /// All versions of a chart, as JSON.
    pub fn chart(&self, name: &ChartName) -> Option<Vec<u8>> {
        self.0.chart_json(name)
    }

    /// A version of a chart, as JSON.
    pub fn version(&self, name: &ChartName, version: &ChartVersion) -> Option<Bytes> {
        self.0.version_json(name, version)
    }
}

/// The index of a repository that may be read; `None` where there is no such repository.
pub async fn of(
    ctx: &Ctx,
    place: &Place,
    repository: &Repository,
) -> Result<Result<Option<Index>, Locked>, Error> {
    if let Err(locked) = lock::pull_blob(ctx.db.repository_attributes(place, repository).await?) {
        return Ok(Err(locked));
    }
    if let Some(state) = current(ctx, place, repository).await? {
        return Ok(Ok(Some(Index(state))));
    }
    // One that has never had a chart has an empty index.
    let found = records::repository(ctx, place, repository).await?;
    Ok(Ok(found.map(|_| Index(Arc::new(State::new(String::new(), 0).finished(Timestamp(0)))))))
}

async fn current(
    ctx: &Ctx,
    place: &Place,
    repository: &Repository,
) -> Result<Option<Arc<State>>, Error> {
    let key = (place.clone(), repository.clone());
    let indexes = &ctx.charts;
    let known = indexes.shelf.get(&key);
    let since = known.as_ref().map_or(i64::MAX, |state| state.revision);
    let Some(now) = ctx.db.chart_changes(place, repository, since).await? else { return Ok(None) };
    if let Some(known) = known.filter(|state| state.is_at(&now)) {
        return Ok(Some(known));
    }
    let idx = indexes.hasher.hash_one(&key) % MAKERS as u64;
    let _alone = indexes.makers[usize::try_from(idx).expect("they are few")].lock().await;
    let made = make(ctx, &key, indexes.shelf.get(&key)).await?;
    if let Some(state) = &made {
        indexes.shelf.insert(key, Arc::clone(state));
    }
    Ok(made)
}

/// Brings an index up to date, or makes it anew; `None` where the repository has gone.
async fn make(
    ctx: &Ctx,
    key: &Key,
    mut known: Option<Arc<State>>,
) -> Result<Option<Arc<State>>, Error> {
    let (place, repository) = key;
    loop {
        let since = known.as_ref().map_or(i64::MAX, |state| state.revision);
        let changes = ctx.db.chart_changes(place, repository, since).await?;
        let Some(changes) = changes else { return Ok(None) };
        match known {
            Some(state) if state.is_at(&changes) => return Ok(Some(state)),
            Some(state) if state.leads_to(&changes) => {
                let state = (*state).clone().after(&changes);
                return Ok(Some(Arc::new(state.finished(changes.changed))));
            }
            _ => (),
        }
        // Pages are read one after the other. What changes meanwhile is taken in by the next round.
        let mut state = State::new(changes.generation, changes.revision);
        let mut after = String::new();
        loop {
            let page = ctx.db.charts(place, repository, &after, PAGE).await?;
            let is_last = page.len() < PAGE as usize;
            if let Some(last) = page.last() {
                last.tag.as_str().clone_into(&mut after);
            }
            for chart in &page {
                state.put(chart);
            }
            if is_last {
                break;
            }
        }
        known = Some(Arc::new(state.finished(changes.changed)));
    }
}
