//! How many uploads are open, by place.

use boathook_core::name::Place;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard};

#[derive(Default)]
pub(super) struct Open(Mutex<HashMap<Place, usize>>);

impl Open {
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

    pub(super) fn set(&self, place: &Place, count: usize) {
        self.lock().insert(place.clone(), count);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Place, usize>> {
        self.0.lock().expect("nothing panics while the counts are held")
    }
}
