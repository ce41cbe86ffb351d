//! Chance that can be repeated.

use std::hash::{BuildHasher, Hasher, RandomState};

/// The variable that repeats a run, as far as timing lets it.
const SEED: &str = "BOATHOOK_TEST_SEED";

/// A source of numbers: `SplitMix64`.
pub(super) struct Dice(u64);

impl Dice {
    /// Begins with a new seed, or with the one that is asked for, and says which.
    pub(super) fn seeded() -> Self {
        let given = std::env::var(SEED).ok().and_then(|seed| seed.parse().ok());
        let seed = given.unwrap_or_else(|| RandomState::new().build_hasher().finish());
        eprintln!("{SEED}={seed}");
        Self(seed)
    }

    /// Other dice that depend on these.
    pub(super) fn split(&mut self) -> Self {
        Self(self.next())
    }

    /// A number below `end`.
    pub(super) fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    /// Bytes that nobody has seen before.
    pub(super) fn bytes(&mut self, len: usize) -> Vec<u8> {
        let words = std::iter::repeat_with(|| self.next().to_le_bytes());
        let mut bytes: Vec<u8> = words.take(len.div_ceil(8)).flatten().collect();
        bytes.truncate(len);
        bytes
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    }
}
