//! Content digests: their grammar, and how they are computed. No file is in sight.
//!
//! Grammar: OCI image-spec 1.1, "Digests". Registered algorithms only: `sha256` and `sha512`.

use sha2::{Digest as _, Sha256, Sha512};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// A hash function that content may be named by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// SHA-256, which every client uses unless told otherwise.
    Sha256,
    /// SHA-512.
    Sha512,
}

impl Algorithm {
    /// The name before the colon.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sha256 => "sha256",
            Self::Sha512 => "sha512",
        }
    }

    /// Starts hashing.
    pub fn hasher(self) -> Hasher {
        match self {
            Self::Sha256 => Hasher(State::Sha256(Sha256::new())),
            Self::Sha512 => Hasher(State::Sha512(Sha512::new())),
        }
    }

    /// The digest of bytes that are all at hand.
    pub fn digest(self, bytes: &[u8]) -> Digest {
        let mut hasher = self.hasher();
        hasher.update(bytes);
        hasher.finish()
    }
}

impl FromStr for Algorithm {
    type Err = InvalidDigest;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "sha256" => Ok(Self::Sha256),
            "sha512" => Ok(Self::Sha512),
            _ => Err(InvalidDigest::Algorithm),
        }
    }
}

/// The name of some content, made from the content itself.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(Arc<str>);

/// Why a text is not a digest.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
pub enum InvalidDigest {
    /// There is no colon.
    #[error("a digest has the form `algorithm:hex`")]
    Form,
    /// The algorithm is not one of ours.
    #[error("the digest's algorithm is neither `sha256` nor `sha512`")]
    Algorithm,
    /// The part after the colon has the wrong length or a character that is no lower-case hexadecimal digit.
    #[error("a digest has 64 (sha256) or 128 (sha512) lower-case hexadecimal digits")]
    Hex,
}

impl Digest {
    /// The whole digest, `algorithm:hex`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What it was computed with.
    pub fn algorithm(&self) -> Algorithm {
        if self.0.starts_with("sha256:") { Algorithm::Sha256 } else { Algorithm::Sha512 }
    }

    /// The hexadecimal digits.
    pub fn hex(&self) -> &str {
        &self.0["sha256:".len()..]
    }

    fn from_hash(algorithm: Algorithm, hash: &[u8]) -> Self {
        const HEX: &[u8; 16] = b"0123456789abcdef";
        let mut text = String::with_capacity(7 + 2 * hash.len());
        text.push_str(algorithm.as_str());
        text.push(':');
        for byte in hash {
            text.push(char::from(HEX[usize::from(byte >> 4)]));
            text.push(char::from(HEX[usize::from(byte & 15)]));
        }
        Self(text.into())
    }
}

impl FromStr for Digest {
    type Err = InvalidDigest;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (algorithm, hex) = text.split_once(':').ok_or(InvalidDigest::Form)?;
        let hex_len = match algorithm.parse()? {
            Algorithm::Sha256 => 64,
            Algorithm::Sha512 => 128,
        };
        let is_hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if hex.len() != hex_len || !hex.bytes().all(is_hex) {
            return Err(InvalidDigest::Hex);
        }
        Ok(Self(text.into()))
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({})", self.0)
    }
}

/// A digest in the making.
#[derive(Clone)]
pub struct Hasher(State);

#[derive(Clone)]
enum State {
    Sha256(Sha256),
    Sha512(Sha512),
}

impl Hasher {
    /// Takes in the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        match &mut self.0 {
            State::Sha256(state) => state.update(bytes),
            State::Sha512(state) => state.update(bytes),
        }
    }

    /// What it computes with.
    pub fn algorithm(&self) -> Algorithm {
        match &self.0 {
            State::Sha256(_) => Algorithm::Sha256,
            State::Sha512(_) => Algorithm::Sha512,
        }
    }

    /// The digest of all that was taken in.
    pub fn finish(self) -> Digest {
        match self.0 {
            State::Sha256(state) => Digest::from_hash(Algorithm::Sha256, &state.finalize()),
            State::Sha512(state) => Digest::from_hash(Algorithm::Sha512, &state.finalize()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const EMPTY: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    #[track_caller]
    fn check(text: &str, expected: Result<(), InvalidDigest>) {
        assert_eq!(text.parse::<Digest>().map(drop), expected, "{text:?}");
    }

    #[test]
    fn grammar() {
        check(EMPTY, Ok(()));
        check(&format!("sha512:{}", "0".repeat(128)), Ok(()));
        check("", Err(InvalidDigest::Form));
        check("sha256", Err(InvalidDigest::Form));
        check("md5:d41d8cd98f00b204e9800998ecf8427e", Err(InvalidDigest::Algorithm));
        check("sha256:baddigeststring", Err(InvalidDigest::Hex));
        check(&EMPTY.to_uppercase().replace("SHA", "sha"), Err(InvalidDigest::Hex));
        check(&format!("{EMPTY}0"), Err(InvalidDigest::Hex));
        check(&format!("sha512:{}", "0".repeat(64)), Err(InvalidDigest::Hex));
    }

    #[test]
    fn nothing_has_a_well_known_digest() {
        assert_eq!(Algorithm::Sha256.digest(b"").as_str(), EMPTY);
        assert!(Algorithm::Sha512.digest(b"").as_str().starts_with("sha512:cf83e1357eefb8bd"));
    }

    proptest! {
        #[test]
        fn the_pieces_do_not_matter(pieces in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..50), 0..8)) {
            for algorithm in [Algorithm::Sha256, Algorithm::Sha512] {
                let mut hasher = algorithm.hasher();
                for piece in &pieces {
                    hasher.update(piece);
                }
                let digest = hasher.finish();
                prop_assert_eq!(&digest, &algorithm.digest(&pieces.concat()));
                prop_assert_eq!(digest.as_str().parse::<Digest>(), Ok(digest.clone()));
                prop_assert_eq!(digest.algorithm(), algorithm);
            }
        }
    }
}
