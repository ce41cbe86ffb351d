//! Secrets at rest: AES-256-GCM under a key that is not in the database.
//!
//! A sealed text is `1 ‖ nonce (12 bytes) ‖ ciphertext ‖ tag (16 bytes)`. It opens only for the owner that it was sealed
//! for, so that a row cannot borrow another row's secret.

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use boathook_store::{Db, Error};

/// The length of the key, in bytes.
pub(crate) const KEY_BYTES: usize = 32;
const VERSION: u8 = 1;

/// The key that secrets are sealed with.
pub struct Seal(RandomizedNonceKey);

/// A sealed text was made with another key or for another owner, or has been damaged.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "a secret cannot be opened: it was sealed with another key than this server's `seal.key`, or damaged"
)]
pub struct Broken;

impl Seal {
    /// Uses `key`.
    pub fn new(key: &[u8; KEY_BYTES]) -> Self {
        Self(RandomizedNonceKey::new(&AES_256_GCM, key).expect("the key has the cipher's length"))
    }

    /// Seals `secret` for `owner`.
    pub fn close(&self, owner: &str, secret: &[u8]) -> Vec<u8> {
        let mut text = secret.to_vec();
        let nonce = self.0.seal_in_place_append_tag(Aad::from(owner.as_bytes()), &mut text);
        let nonce = nonce.expect("a secret is far shorter than what the cipher can take");
        [&[VERSION][..], nonce.as_ref(), &text].concat()
    }

    /// Opens what was sealed for `owner`.
    pub fn open(&self, owner: &str, sealed: &[u8]) -> Result<Vec<u8>, Broken> {
        let (&[VERSION], rest) = sealed.split_first_chunk().ok_or(Broken)? else {
            return Err(Broken);
        };
        let (nonce, text) = rest.split_first_chunk::<NONCE_LEN>().ok_or(Broken)?;
        let mut text = text.to_vec();
        let opened =
            self.0.open_in_place(Nonce::from(nonce), Aad::from(owner.as_bytes()), &mut text);
        Ok(opened.map_err(|_| Broken)?.to_vec())
    }
}

/// What is sealed as a proof of the key that the database's secrets are sealed with, and for whom.
const PROOF: &str = "seal.key";

/// Says whether the secrets of a database are sealed with this key. The first key that asks is the one.
///
/// A server with another key could open nobody's webhook, and would let their events run out of time without a word.
pub async fn is_the_key(seal: &Seal, db: &Db) -> Result<bool, Error> {
    let proof = seal.close(PROOF, PROOF.as_bytes());
    let proof = proof.iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
    let kept = db.ensure_seal_proof(&proof).await?;
    Ok(from_hex(&kept).is_some_and(|proof| seal.open(PROOF, &proof).is_ok()))
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes().chunks_exact(2);
    digits.map(|pair| u8::from_str_radix(str::from_utf8(pair).ok()?, 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_for_its_owner_alone() {
        let seal = Seal::new(&[7; KEY_BYTES]);
        let sealed = seal.close("hook", b"hunter2");
        assert_eq!(seal.open("hook", &sealed).as_deref(), Ok(&b"hunter2"[..]));
        assert_eq!(seal.open("other", &sealed), Err(Broken));
        assert_eq!(Seal::new(&[8; KEY_BYTES]).open("hook", &sealed), Err(Broken));
    }

    #[test]
    fn nothing_shows_through_and_no_two_seals_are_alike() {
        let seal = Seal::new(&[7; KEY_BYTES]);
        let sealed = seal.close("hook", b"hunter2");
        assert!(!sealed.windows(7).any(|window| window == b"hunter2"));
        assert_ne!(sealed, seal.close("hook", b"hunter2"));
    }

    #[test]
    fn a_changed_byte_is_noticed_wherever_it_is() {
        let seal = Seal::new(&[7; KEY_BYTES]);
        let sealed = seal.close("hook", b"hunter2");
        for idx in 0..sealed.len() {
            let mut damaged = sealed.clone();
            damaged[idx] ^= 1;
            assert_eq!(seal.open("hook", &damaged), Err(Broken), "byte {idx}");
            assert_eq!(seal.open("hook", &sealed[..idx]), Err(Broken), "cut at {idx}");
        }
    }
}
