//! What need not be read again.
//!
//! With SQLite this process owns the file, so that forgetting at the commit keeps the cache exact. A commit and the
//! shelf cannot change in one moment: what a commit makes wrong is taken away before it and held until it is over, and
//! whoever asks in between asks the database. With PostgreSQL other nodes write too: then only content that never
//! changes under its name is kept, and the tag is asked for each time.

use crate::content::{BlobInfo, CachedManifest, RepositoryLocks};
use boathook_core::digest::Digest;
use boathook_core::name::{Place, Reference, Repository};
use bytes::Bytes;
use quick_cache::{Weighter, sync::Cache as Shelf};
use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

/// How many bytes of manifests and small blobs are kept in memory.
const CACHE_BYTES_MAX: u64 = 16 * 1024 * 1024;
/// What an entry costs beside its content, in bytes: keys, pointers, the shelf's own records.
const ENTRY_BYTES: u64 = 512;

/// What a cached answer was an answer to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Key {
    Manifest(Place, Repository, Reference),
    Blob(Place, Repository, Digest),
    /// What may be done with a repository and, by its generation, with all that is in it.
    Repository(Place, Repository),
}

/// A cached answer.
#[derive(Clone, Debug)]
pub(crate) enum Entry {
    Manifest(CachedManifest),
    Blob(Arc<BlobInfo>),
    Repository(RepositoryLocks),
}

#[derive(Clone)]
struct Weigh;

impl Weighter<Key, Entry> for Weigh {
    fn weight(&self, _: &Key, entry: &Entry) -> u64 {
        let content = match entry {
            Entry::Manifest(manifest) => manifest.info.bytes.len(),
            Entry::Blob(blob) => blob.inline.as_ref().map_or(0, Bytes::len),
            Entry::Repository(_) => 0,
        };
        ENTRY_BYTES + content as u64
    }
}

/// A bounded cache of answers.
pub(crate) struct Cache {
    shelf: Shelf<Key, Entry, Weigh>,
    /// Counts what has been forgotten, so that an answer read before a commit is not put on the shelf after it.
    epoch: AtomicU64,
    /// Counts the answers about repositories.
    generation: AtomicU64,
    /// The keys of the commits under way. Whoever changes the shelf has the lock.
    held: Mutex<HashSet<Key>>,
}

/// Keys whose answers a commit is about to change; let go of when dropped.
#[must_use = "what is held is let go of at once"]
pub(crate) struct Held<'a> {
    cache: &'a Cache,
    keys: Vec<Key>,
}

impl Cache {
    pub(crate) fn new() -> Self {
        let entry_count =
            usize::try_from(CACHE_BYTES_MAX / (2 * ENTRY_BYTES)).expect("a few thousand fit");
        Self {
            shelf: Shelf::with_weighter(entry_count, CACHE_BYTES_MAX, Weigh),
            epoch: AtomicU64::new(0),
            generation: AtomicU64::new(0),
            held: Mutex::default(),
        }
    }

    pub(crate) fn get(&self, key: &Key) -> Option<Entry> {
        self.shelf.get(key)
    }

    /// What to hand to [`Cache::put`] later; taken before the answer is read.
    pub(crate) fn epoch(&self) -> u64 {
        self.epoch.load(Ordering::Acquire)
    }

    /// A number that no answer about a repository has had.
    pub(crate) fn generation(&self) -> u64 {
        self.generation.fetch_add(1, Ordering::Relaxed)
    }

    /// Keeps an answer, unless its key is held, or anything was forgotten since `epoch`.
    pub(crate) fn put(&self, epoch: u64, key: Key, entry: Entry) {
        let held = self.lock();
        if self.epoch.load(Ordering::Acquire) == epoch && !held.contains(&key) {
            self.shelf.insert(key, entry);
        }
    }

    /// Forgets every answer, those included that are being read.
    pub(crate) fn clear(&self) {
        let _held = self.lock();
        self.epoch.fetch_add(1, Ordering::AcqRel);
        self.shelf.clear();
    }

    /// Forgets answers that a commit is about to make wrong, and keeps no new ones until the commit is over. No two
    /// commits hold one key: there is one writer.
    pub(crate) fn hold(&self, stale: Vec<Key>) -> Held<'_> {
        if !stale.is_empty() {
            let mut held = self.lock();
            for key in &stale {
                held.insert(key.clone());
                self.shelf.remove(key);
            }
        }
        Held { cache: self, keys: stale }
    }

    /// Forgets answers that a commit has made wrong.
    pub(crate) fn forget(&self, stale: &[Key]) {
        if stale.is_empty() {
            return;
        }
        let _held = self.lock();
        self.epoch.fetch_add(1, Ordering::AcqRel);
        for key in stale {
            self.shelf.remove(key);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashSet<Key>> {
        self.held.lock().expect("nothing panics while the shelf is changed")
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        if self.keys.is_empty() {
            return;
        }
        let mut held = self.cache.lock();
        // Whatever was read before the commit, during it included, is not put on the shelf any more.
        self.cache.epoch.fetch_add(1, Ordering::AcqRel);
        for key in &self.keys {
            held.remove(key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(tag: &str) -> Key {
        let place =
            Place { registry: "boathook".parse().unwrap(), region: "local".parse().unwrap() };
        Key::Manifest(place, "app".parse().unwrap(), tag.parse().unwrap())
    }

    fn entry(len: usize) -> Entry {
        Entry::Blob(Arc::new(BlobInfo { size: 0, inline: Some(vec![0; len].into()), idle: None }))
    }

    #[test]
    fn an_answer_from_before_a_commit_is_not_kept_after_it() {
        let cache = Cache::new();
        let epoch = cache.epoch();
        cache.forget(&[key("v1")]);
        cache.put(epoch, key("v1"), entry(1));
        assert!(cache.get(&key("v1")).is_none());
        cache.put(cache.epoch(), key("v1"), entry(1));
        assert!(cache.get(&key("v1")).is_some());
    }

    #[test]
    fn what_a_commit_changes_is_not_kept_until_the_commit_is_over() {
        let cache = Cache::new();
        let [one, other] = ["v1", "v2"].map(key);
        let before = cache.epoch();
        cache.put(before, one.clone(), entry(1));
        let held = cache.hold(vec![one.clone()]);
        assert!(cache.get(&one).is_none());
        let during = cache.epoch();
        for epoch in [before, during] {
            cache.put(epoch, one.clone(), entry(1));
            assert!(cache.get(&one).is_none());
        }
        cache.put(during, other.clone(), entry(1));
        assert!(cache.get(&other).is_some(), "it has nothing to do with the commit");
        drop(held);
        for epoch in [before, during] {
            cache.put(epoch, one.clone(), entry(1));
            assert!(cache.get(&one).is_none(), "it may have been read before the commit");
        }
        cache.put(cache.epoch(), one.clone(), entry(1));
        assert!(cache.get(&one).is_some());
    }

    #[test]
    fn what_was_read_before_all_was_forgotten_is_not_kept() {
        let cache = Cache::new();
        let before = cache.epoch();
        cache.put(before, key("v1"), entry(1));
        cache.clear();
        assert!(cache.get(&key("v1")).is_none());
        cache.put(before, key("v1"), entry(1));
        assert!(cache.get(&key("v1")).is_none());
        cache.put(cache.epoch(), key("v1"), entry(1));
        assert!(cache.get(&key("v1")).is_some());
    }

    #[test]
    fn the_cache_does_not_outgrow_its_limit() {
        let cache = Cache::new();
        let mebibyte = 1024 * 1024;
        for idx in 0..100 {
            cache.put(cache.epoch(), key(&format!("v{idx}")), entry(mebibyte));
        }
        assert!(cache.shelf.weight() <= CACHE_BYTES_MAX);
    }
}
