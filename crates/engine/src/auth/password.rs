//! Passwords: hashed slowly once, recognised quickly after.

use super::hashing::matches;
use crate::ctx::Ctx;
use aws_lc_rs::hmac;
use boathook_core::id::Ids;
use boathook_store::Error;
use quick_cache::sync::Cache;
use std::sync::Arc;
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
    /// Storage failed.
    #[error(transparent)]
    Failed(#[from] Error),
}

pub(super) struct Passwords {
    /// Keyed digests of a hash and the password that it was found to be of.
    recognised: Cache<Vec<u8>, ()>,
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
            key: hmac::Key::new(hmac::HMAC_SHA256, &key),
            turn: Arc::new(Semaphore::new(1)),
            queue: Semaphore::new(WAITING_MAX),
        }
    }

    /// Says whether `password` is one of `owner`'s secrets.
    pub(super) async fn verify(
        &self,
        ctx: &Ctx,
        owner: &str,
        password: &str,
    ) -> Result<bool, Unchecked> {
        if PASSWORD_BYTES_MAX < password.len() {
            return Ok(false);
        }
        let hashes = ctx.db.secrets(&ctx.site.registry, owner).await?;
        let is_recognised = || {
            let mut digests = hashes.iter().map(|hash| self.digest(hash, password));
            digests.any(|digest| self.recognised.get(&digest).is_some())
        };
        if is_recognised() {
            return Ok(true);
        }
        let _place = self.queue.try_acquire().map_err(|_| Unchecked::Busy)?;
        for hash in &hashes {
            let turn = Arc::clone(&self.turn).acquire_owned().await.expect("it is never closed");
            // Somebody before may have shown the same password: many do at once where a job is started on many machines.
            if is_recognised() {
                return Ok(true);
            }
            let (candidate, given) = (hash.clone(), password.to_owned());
            let checked = tokio::task::spawn_blocking(move || {
                // Whoever asked may have gone; the turn is over when the hashing is.
                let _turn = turn;
                matches(&candidate, &given)
            });
            if checked.await.unwrap_or(false) {
                self.recognised.insert(self.digest(hash, password), ());
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn digest(&self, hash: &str, password: &str) -> Vec<u8> {
        // A hash has no zero byte, so that no two pairs read alike.
        hmac::sign(&self.key, [hash, "\0", password].concat().as_bytes()).as_ref().to_vec()
    }
}
