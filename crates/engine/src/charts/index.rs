//! What a repository's charts are, as Helm and `az` read it.
//!
//! An index is made once and kept. Each request asks the database how many changes there have been, which is one row
//! found by its key, and so an index is never older than the request, whichever node has changed it. One that is behind
//! takes in what has changed, and what is said of all other versions is used again as it is.
//!
//! Where the registry says so, charts that lie below the repository as OCI artifacts are listed too, as far as the caller may
//! pull them. What lies in the repository itself counts before an artifact of the same name and version.

mod state;

use crate::ctx::Ctx;
use crate::registry::records;
use boathook_core::chart::{ChartName, ChartVersion};
use boathook_core::grant::{Access, Grants, Permission, Reach};
use boathook_core::lock::{self, Locked};
use boathook_core::name::{Place, Repository};
use boathook_core::time::Timestamp;
use boathook_store::{ChartChanges, Error};
use bytes::Bytes;
use quick_cache::sync::{Cache, DefaultLifecycle};
use quick_cache::{OptionsBuilder, Weighter};
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
/// How many charts are read at a time, unless they say much of themselves.
const PAGE: u32 = 500;

/// Whose index, and as who sees it who does not see all of it.
type Key = (Place, Repository, Option<String>);

/// Indexes that need not be made again.
pub struct Indexes {
    shelf: Cache<Key, Arc<State>, Weigh, RandomState>,
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
        // One shard, because what is larger than its share of a shelf in several is never kept.
        let options = OptionsBuilder::new()
            .estimated_items_capacity(items)
            .weight_capacity(INDEXES_BYTES_MAX)
            .shards(1)
            .build()
            .expect("because both capacities are given");
        Self {
            shelf: Cache::with_options(
                options,
                Weigh,
                RandomState::new(),
                DefaultLifecycle::default(),
            ),
            makers: std::array::from_fn(|_| Mutex::default()),
            hasher: RandomState::new(),
        }
    }
}

impl Indexes {
    /// An index as somebody sees it who may pull some of the artifacts: it is made once for all who see the same.
    fn as_seen(
        &self,
        whole: Arc<State>,
        (place, repository): (&Place, &Repository),
        may_pull: impl Fn(&ChartName) -> bool,
    ) -> Arc<State> {
        let Some(seen) = whole.seen_by(&may_pull) else { return whole };
        let key = (place.clone(), repository.clone(), Some(seen.clone()));
        if let Some(known) = self.shelf.get(&key).filter(|known| known.is_of_the_same(&whole)) {
            return known;
        }
        let made = Arc::new(whole.only(seen, may_pull));
        self.shelf.insert(key, Arc::clone(&made));
        made
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

/// The index of a repository that may be read, as somebody with `grants` sees it; `None` where there is no such repository.
pub async fn of(
    ctx: &Ctx,
    place: &Place,
    repository: &Repository,
    grants: &Grants,
) -> Result<Result<Option<Index>, Locked>, Error> {
    if let Err(locked) = lock::pull_blob(ctx.db.repository_attributes(place, repository).await?) {
        return Ok(Err(locked));
    }
    let is_everywhere = grants.reach(Permission::Pull) == Reach::Every;
    let may_pull = |below: &ChartName| is_everywhere || may_pull(grants, repository, below);
    let state = current(ctx, place, repository).await?;
    let state = state.map(|state| ctx.charts.as_seen(state, (place, repository), may_pull));
    if let Some(state) = state.as_ref().filter(|state| !state.is_empty()) {
        return Ok(Ok(Some(Index(Arc::clone(state)))));
    }
    // One that has never had a chart has an empty index, and one that is not there may have had artifacts below it.
    let found = records::repository(ctx, place, repository).await?;
    let empty = || Arc::new(State::new(String::new(), 0, None).finished(Timestamp(0)));
    Ok(Ok(found.map(|_| Index(state.unwrap_or_else(empty)))))
}

/// Says whether somebody may pull the files of a chart that is an artifact below a repository.
fn may_pull(grants: &Grants, repository: &Repository, chart: &ChartName) -> bool {
    let below = format!("{repository}/{chart}");
    let name = below.parse().expect("an artifact lies in a repository");
    grants.allows(&Access::ArtifactRepository { name, permissions: vec![Permission::Pull] })
}

async fn current(
    ctx: &Ctx,
    place: &Place,
    repository: &Repository,
) -> Result<Option<Arc<State>>, Error> {
    let key = (place.clone(), repository.clone(), None);
    let indexes = &ctx.charts;
    // What has changed is read by those few alone who make indexes.
    let mut now = ctx.db.chart_changes(place, repository, i64::MAX).await?;
    if now.is_none() && begin(ctx, place, repository).await? {
        now = ctx.db.chart_changes(place, repository, i64::MAX).await?;
    }
    let Some(now) = now else { return Ok(None) };
    if let Some(known) = indexes.shelf.get(&key).filter(|state| state.is_at(&now)) {
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

/// Begins the index of a repository that has charts and none; `false` where it has no charts.
async fn begin(ctx: &Ctx, place: &Place, repository: &Repository) -> Result<bool, Error> {
    ctx.db.begin_chart_index(place, repository, ctx.ids.uuid(), ctx.clock.now()).await
}

/// Brings an index up to date, or makes it anew; `None` where the repository has gone.
async fn make(
    ctx: &Ctx,
    key: &Key,
    mut known: Option<Arc<State>>,
) -> Result<Option<Arc<State>>, Error> {
    let (place, repository, _) = key;
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
        let ChartChanges { generation, revision, changed, listing, .. } = changes;
        let mut state = State::new(generation, revision, listing);
        put_own(ctx, key, &mut state).await?;
        if listing.is_some() {
            put_artifacts(ctx, key, &mut state).await?;
        }
        known = Some(Arc::new(state.finished(changed)));
    }
}

async fn put_own(ctx: &Ctx, (place, repository, _): &Key, state: &mut State) -> Result<(), Error> {
    let mut after = String::new();
    loop {
        let page = ctx.db.charts(place, repository, &after, PAGE).await?;
        for chart in &page {
            state.put(chart);
        }
        let Some(last) = page.last() else { return Ok(()) };
        last.tag.as_str().clone_into(&mut after);
    }
}

async fn put_artifacts(
    ctx: &Ctx,
    (place, repository, _): &Key,
    state: &mut State,
) -> Result<(), Error> {
    let mut after = (String::new(), String::new());
    loop {
        let page = ctx.db.oci_charts(place, repository, (&after.0, &after.1), PAGE).await?;
        for (_, chart) in &page {
            state.put_artifact(chart);
        }
        let Some((below, last)) = page.last() else { return Ok(()) };
        after = (below.to_string(), last.manifest.to_string());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use state::tests::chart;

    #[test]
    fn an_index_of_many_versions_is_kept() {
        let mut state = State::new("one".to_owned(), 1, None);
        for idx in 0..10_000 {
            let mut row = chart("hello", &format!("1.0.{idx}"), idx);
            row.metadata = format!(r#"{{"name":"hello","description":"{}"}}"#, "x".repeat(300));
            state.put(&row);
        }
        let state = Arc::new(state.finished(Timestamp(0)));
        assert!(10_000_000 < state.weight(), "{}", state.weight());
        let place =
            Place { registry: "registry".parse().unwrap(), region: "local".parse().unwrap() };
        let (indexes, key) = (Indexes::default(), (place, "charts".parse().unwrap(), None));
        indexes.shelf.insert(key.clone(), Arc::clone(&state));
        let kept = indexes.shelf.get(&key).expect("it is kept");
        assert!(Arc::ptr_eq(&kept, &state));
    }
}
