//! Hashes of unfinished uploads, so that each chunk is hashed once.

use boathook_core::digest::Hasher;
use boathook_core::id::UploadId;
use std::collections::HashMap;
use std::sync::Mutex;

/// How many hashes are kept; an upload whose hash was dropped is read again once, at its end.
const HASHES_MAX: usize = 4_096;

#[derive(Default)]
pub(super) struct Shelf(Mutex<HashMap<UploadId, (u64, Hasher)>>);

impl Shelf {
    /// Takes the hash of the first `offset` bytes, if that is what is kept.
    pub(super) fn take(&self, id: &UploadId, offset: u64) -> Option<Hasher> {
        let (kept_offset, hasher) = self.lock().remove(id)?;
        (kept_offset == offset).then_some(hasher)
    }

    pub(super) fn put(&self, id: &UploadId, offset: u64, hasher: Hasher) {
        let mut kept = self.lock();
        if kept.len() < HASHES_MAX {
            kept.insert(id.clone(), (offset, hasher));
        }
    }

    pub(super) fn forget(&self, id: &UploadId) {
        self.lock().remove(id);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<UploadId, (u64, Hasher)>> {
        self.0.lock().expect("nothing panics while the shelf is held")
    }
}
