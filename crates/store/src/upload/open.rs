//! How many uploads are open, by place.
//!
//! Whoever begins or ends one changes its file and the count as one thing, as far as whoever counts the files can see:
//! what is begun while they are counted would be forgotten, and what ends meanwhile would stay in the count.

use boathook_core::name::{Place, RegistryName};
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};

#[derive(Default)]
pub(super) struct Open {
    counts: Mutex<HashMap<Place, usize>>,
    /// Shared by those who begin and end uploads; whoever counts their files has it alone.
    counting: RwLock<()>,
}

impl Open {
    /// Keeps the files from being counted until a file and the count are both changed.
    pub(super) fn change(&self) -> RwLockReadGuard<'_, ()> {
        self.counting.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a place's files while nothing here begins or ends. Waits for those who [`change`](Self::change).
    pub(super) fn recount<E>(
        &self,
        place: &Place,
        count: impl FnOnce() -> Result<usize, E>,
    ) -> Result<(), E> {
        let _alone = self.counting.write().unwrap_or_else(PoisonError::into_inner);
        let count = count()?;
        self.lock().insert(place.clone(), count);
        Ok(())
    }

    pub(super) fn total(&self) -> usize {
        self.lock().values().sum()
    }

    /// Counts one more, unless there are `max` already.
    pub(super) fn add(&self, place: &Place, max: usize) -> bool {
        let mut counts = self.lock();
        let count = counts.entry(place.clone()).or_default();
        let has_room = *count < max;
        *count += usize::from(has_room);
        has_room
    }

    /// One is closed; where another node began it, it may not have been counted.
    pub(super) fn subtract(&self, place: &Place) {
        if let Some(count) = self.lock().get_mut(place) {
            *count = count.saturating_sub(1);
        }
    }

    /// Forgets the counts of a registry.
    pub(super) fn forget(&self, registry: &RegistryName) {
        self.lock().retain(|place, _| place.registry != *registry);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Place, usize>> {
        self.counts.lock().expect("nothing panics while the counts are held")
    }
}
