//! Dice that always fall the same way.

use crate::clock::ManualClock;
use boathook_core::id::Ids;
use boathook_core::time::Clock;
use std::sync::{Arc, Mutex, PoisonError};

/// How many bits of an id count the ids before it.
const COUNT_BITS: u32 = 24;

/// Ids in the shape of UUID version 7 and bytes of no secrecy, the same in every run.
///
/// An id begins with the manual clock's time, as a real one does, and goes on with a count, so that later ids sort after
/// earlier ones even while the clock stands still.
#[derive(Debug)]
pub struct SeededIds {
    clock: Arc<ManualClock>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    seed: u64,
    count: u64,
}

impl SeededIds {
    /// Rolls from `seed` on.
    pub fn new(clock: Arc<ManualClock>, seed: u64) -> Self {
        Self { clock, state: Mutex::new(State { seed, count: 0 }) }
    }
}

impl Ids for SeededIds {
    fn uuid(&self) -> String {
        let time_ms = u64::try_from(self.clock.now().0).unwrap_or(0);
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.count = (state.count + 1) % (1 << COUNT_BITS);
        let (high, low) = (state.count >> 12, state.count & 0xfff);
        let tail = state.roll() & 0xffff_ffff_ffff;
        let time = format!("{time_ms:012x}");
        format!("{}-{}-7{high:03x}-8{low:03x}-{tail:012x}", &time[..8], &time[8..12])
    }

    fn fill(&self, bytes: &mut [u8]) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        for byte in bytes {
            *byte = state.roll().to_le_bytes()[0];
        }
    }
}

impl State {
    /// `SplitMix64`, by Sebastiano Vigna.
    fn roll(&mut self) -> u64 {
        self.seed = self.seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.seed;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use boathook_core::id::{EventId, UploadId};
    use boathook_core::time::Timestamp;

    #[test]
    fn ids_sort_by_time_and_then_by_order() {
        let clock = Arc::new(ManualClock::new(Timestamp(1_700_000_000_000)));
        let ids = SeededIds::new(Arc::clone(&clock), 1);
        let mut made: Vec<_> = (0..5_000).map(|_| ids.uuid()).collect();
        clock.set(Timestamp(1_700_000_000_001));
        made.push(ids.uuid());
        assert!(made.is_sorted_by(|earlier, later| earlier < later));
        assert!(made.iter().all(|id| UploadId::parse(id).is_some()));
        assert!(EventId::earliest(clock.now()).as_str() < made[5_000].as_str());
        assert!(made[4_999].as_str() < EventId::earliest(clock.now()).as_str());
    }

    #[test]
    fn two_runs_are_alike() {
        let roll = || {
            let clock = Arc::new(ManualClock::new(Timestamp(0)));
            let ids = SeededIds::new(clock, 7);
            let mut bytes = [0; 16];
            ids.fill(&mut bytes);
            (ids.uuid(), bytes)
        };
        assert_eq!(roll(), roll());
    }
}
