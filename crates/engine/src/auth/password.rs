//! Passwords: hashed slowly once, recognised quickly after.

use super::guessing::{Before, Guessing};
use super::hashing::matches;
use super::provider::ASKED_EVERY;
use crate::ctx::Ctx;
use aws_lc_rs::hmac;
use boathook_core::id::Ids;
use boathook_store::Error;
use quick_cache::sync::Cache;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;

/// How many passwords are recognised without hashing.
const RECOGNISED_MAX: usize = 1_000;
/// How many passwords may wait for their turn. They are hashed one at a time: each takes some twenty milliseconds of a
/// core, and 19 MiB.
const WAITING_MAX: usize = 256;
/// No password of ours is longer; longer ones are wrong without being hashed.
const PASSWORD_BYTES_MAX: usize = 1_024;

/// Why a password was not checked.
#[derive(Debug, thiserror::Error)]
pub enum Unchecked {
    /// Too many others are waiting for their turn.
    #[error("too many passwords are being checked: try again in a moment")]
    Busy,
    /// Too many wrong ones were shown for the same name.
    #[error("too many wrong passwords for one name: try again in {} s", seconds(*.0))]
    Guessed(Duration),
    /// The keys of the identity provider are not known, and could not be fetched.
    #[error(
        "the identity provider cannot be asked for its keys: try again in {} s",
        seconds(ASKED_EVERY)
    )]
    NoKeys,
    /// Storage failed.
    #[error(transparent)]
    Failed(#[from] Error),
}

impl Unchecked {
    /// In how many seconds it may be tried again.
    pub fn retry_after_seconds(&self) -> u64 {
        match self {
            Self::Busy | Self::Failed(_) => 1,
            Self::Guessed(left) => seconds(*left),
            Self::NoKeys => seconds(ASKED_EVERY),
        }
    }
}

/// Whole seconds, the last one begun included.
fn seconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis().div_ceil(1_000)).unwrap_or(u64::MAX)
}

pub(super) struct Passwords {
    /// Keyed digests of a hash and the password that it was found to be of.
    recognised: Cache<Vec<u8>, ()>,
    guessing: Guessing,
    key: hmac::Key,
    turn: Arc<Semaphore>,
    queue: Semaphore,
}

impl Passwords {
    pub(super) fn new(ids: &dyn Ids) -> Self {
        let mut key = [0; 32];
        ids.fill(&mut key);
        Self {
            recognised: Cache::new(RECOGNISED_MAX),
            guessing: Guessing::new(),
            key: hmac::Key::new(hmac::HMAC_SHA256, &key),
            turn: Arc::new(Semaphore::new(1)),
            queue: Semaphore::new(WAITING_MAX),
        }
    }

    /// Says which of `hashes` is that of `password`, if any is. Wrong ones are counted under `name`.
    pub(super) async fn find(
        &self,
        ctx: &Ctx,
        name: &str,
        hashes: &[&str],
        password: &str,
    ) -> Result<Option<usize>, Unchecked> {
        if hashes.is_empty() || PASSWORD_BYTES_MAX < password.len() {
            return Ok(None);
        }
        let digests: Vec<_> = hashes.iter().map(|hash| self.digest(hash, password)).collect();
        let recognised = || digests.iter().position(|digest| self.recognised.get(digest).is_some());
        if let Some(idx) = recognised() {
            return Ok(Some(idx));
        }
        // Of all hashes together, since a password that is wrong for some may be right for one that is new.
        let guess = digests.concat();
        if self.is_known_wrong(ctx, name, &guess)? {
            return Ok(None);
        }
        let _place = self.queue.try_acquire().map_err(|_| Unchecked::Busy)?;
        for (idx, hash) in hashes.iter().enumerate() {
            let turn = Arc::clone(&self.turn).acquire_owned().await.expect("it is never closed");
            // Somebody before may have shown the same password: many do at once where a job is started on many machines.
            if let Some(idx) = recognised() {
                return Ok(Some(idx));
            }
            if self.is_known_wrong(ctx, name, &guess)? {
                return Ok(None);
            }
            let (candidate, given) = ((*hash).to_owned(), password.to_owned());
            let checked = tokio::task::spawn_blocking(move || {
                // Whoever asked may have gone; the turn is over when the hashing is.
                let _turn = turn;
                matches(&candidate, &given)
            });
            let is_right = checked.await.unwrap_or(false);
            ctx.meters.hashings.increment(if is_right { "right" } else { "wrong" });
            if is_right {
                self.recognised.insert(digests[idx].clone(), ());
                return Ok(Some(idx));
            }
        }
        self.guessing.was_wrong(name, guess, ctx.clock.now());
        Ok(None)
    }

    fn is_known_wrong(&self, ctx: &Ctx, name: &str, guess: &[u8]) -> Result<bool, Unchecked> {
        match self.guessing.before(name, guess, ctx.clock.now()) {
            Before::Unknown => Ok(false),
            Before::Wrong => Ok(true),
            Before::TooMany(left) => Err(Unchecked::Guessed(left)),
        }
    }

    fn digest(&self, hash: &str, password: &str) -> Vec<u8> {
        // A hash has no zero byte, so that no two pairs read alike.
        hmac::sign(&self.key, [hash, "\0", password].concat().as_bytes()).as_ref().to_vec()
    }
}
