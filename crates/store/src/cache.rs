//! What need not be read again.
//!
//! With SQLite this process owns the file, so that forgetting at the commit keeps the cache exact. With PostgreSQL other
//! nodes write too: then only content that never changes under its name is kept, and the tag is asked for each time.

use crate::content::{BlobInfo, ManifestInfo};
use boathook_core::digest::Digest;
use boathook_core::name::{Place, Reference, Repository};
use bytes::Bytes;
use quick_cache::{Weighter, sync::Cache as Shelf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

/// How many bytes of manifests and small blobs are kept in memory.
const CACHE_BYTES_MAX: u64 = 16 * 1024 * 1024;
/// What an entry costs beside its content, in bytes: keys, pointers, the shelf's own records.
const ENTRY_BYTES: u64 = 512;

/// What a cached answer was an answer to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Key {
    Manifest(Place, Repository, Reference),
    Blob(Place, Repository, Digest),
}

/// A cached answer.
#[derive(Clone, Debug)]
pub(crate) enum Entry {
    Manifest(Arc<ManifestInfo>),
    Blob(Arc<BlobInfo>),
}

#[derive(Clone)]
struct Weigh;

impl Weighter<Key, Entry> for Weigh {
    fn weight(&self, _: &Key, entry: &Entry) -> u64 {
        let content = match entry {
            Entry::Manifest(manifest) => manifest.bytes.len(),
            Entry::Blob(blob) => blob.inline.as_ref().map_or(0, Bytes::len),
        };
        ENTRY_BYTES + content as u64
    }
}

/// A bounded cache of answers.
pub(crate) struct Cache {
    shelf: Shelf<Key, Entry, Weigh>,
    /// Counts what has been forgotten, so that an answer read before a commit is not put on the shelf after it.
    epoch: AtomicU64,
    gate: Mutex<()>,
}

impl Cache {
    pub(crate) fn new() -> Self {
        let entry_count =
            usize::try_from(CACHE_BYTES_MAX / (2 * ENTRY_BYTES)).expect("a few thousand fit");
        Self {
            shelf: Shelf::with_weighter(entry_count, CACHE_BYTES_MAX, Weigh),
            epoch: AtomicU64::new(0),
            gate: Mutex::new(()),
        }
    }

    pub(crate) fn get(&self, key: &Key) -> Option<Entry> {
        self.shelf.get(key)
    }

    /// What to hand to [`Cache::put`] later; taken before the answer is read.
    pub(crate) fn epoch(&self) -> u64 {
        self.epoch.load(Ordering::Acquire)
    }

    /// Keeps an answer, unless anything was forgotten since `epoch`.
    pub(crate) fn put(&self, epoch: u64, key: Key, entry: Entry) {
        let _gate = self.gate.lock().expect("nothing panics while the gate is held");
        if self.epoch.load(Ordering::Acquire) == epoch {
            self.shelf.insert(key, entry);
        }
    }

    /// Forgets answers that a commit has made wrong.
    pub(crate) fn forget(&self, stale: &[Key]) {
        if stale.is_empty() {
            return;
        }
        let _gate = self.gate.lock().expect("nothing panics while the gate is held");
        self.epoch.fetch_add(1, Ordering::AcqRel);
        for key in stale {
            self.shelf.remove(key);
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
        Entry::Manifest(Arc::new(ManifestInfo {
            digest: format!("sha256:{}", "0".repeat(64)).parse().unwrap(),
            media_type: "application/vnd.oci.image.manifest.v1+json".into(),
            bytes: vec![0; len].into(),
        }))
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
    fn the_cache_does_not_outgrow_its_limit() {
        let cache = Cache::new();
        let mebibyte = 1024 * 1024;
        for idx in 0..100 {
            cache.put(cache.epoch(), key(&format!("v{idx}")), entry(mebibyte));
        }
        assert!(cache.shelf.weight() <= CACHE_BYTES_MAX);
    }
}
