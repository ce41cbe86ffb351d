//! Content that is new each time and still costs nothing to make.
//!
//! A [`Template`] holds bytes that many blobs share, with the hash of those bytes half done; a new blob is
//! the template and a short tail, and hashing it finishes the tail only. So a new blob of 100 MiB costs
//! microseconds, and what is measured is the server.

use bytes::Bytes;
use sha2::{Digest, Sha256};

/// Length of the part that makes a blob new, in bytes.
const TAIL_BYTES: usize = 32;

/// What many blobs share.
pub(crate) struct Template {
    shared: Bytes,
    hasher: Sha256,
}

impl Template {
    /// Fills a template for blobs of `size` bytes, the same in every run.
    pub(crate) fn new(size: usize) -> Self {
        assert!(size >= TAIL_BYTES, "a blob holds at least its tail");
        let shared = noise(size - TAIL_BYTES);
        let hasher = Sha256::new_with_prefix(&shared);
        Self { shared: shared.into(), hasher }
    }

    /// Makes the blob that belongs to a run and a turn of it.
    pub(crate) fn blob(&self, run: u64, turn: u64) -> Blob {
        let tail = Bytes::from(format!("{run:016x}{turn:016x}"));
        let mut hasher = self.hasher.clone();
        hasher.update(&tail);
        Blob { digest: digest_text(hasher), shared: self.shared.clone(), tail }
    }

    /// Makes a blob that is larger than memory: the blob of a run, so many times over. Gives its digest and its pieces.
    pub(crate) fn repeated(&self, run: u64, times: u64) -> (String, Vec<Bytes>) {
        let blob = self.blob(run, 0);
        let mut hasher = Sha256::new();
        let mut pieces = Vec::new();
        for _ in 0..times {
            for piece in [&blob.shared, &blob.tail] {
                hasher.update(piece);
                pieces.push(piece.clone());
            }
        }
        (digest_text(hasher), pieces)
    }
}

/// A blob, in the two parts that it is sent in.
pub(crate) struct Blob {
    /// `sha256:` and the hash in hexadecimal.
    pub(crate) digest: String,
    shared: Bytes,
    tail: Bytes,
}

impl Blob {
    /// Makes a blob of bytes that are at hand.
    pub(crate) fn from_bytes(bytes: impl Into<Bytes>) -> Self {
        let tail = bytes.into();
        Self { digest: digest_of(&tail), shared: Bytes::new(), tail }
    }

    /// Counts its bytes.
    pub(crate) fn len(&self) -> usize {
        self.shared.len() + self.tail.len()
    }

    /// Cuts the bytes from `start` to `end` into pieces of at most `piece_bytes`, without copying.
    pub(crate) fn pieces(&self, start: usize, end: usize, piece_bytes: usize) -> Vec<Bytes> {
        let mut pieces = Vec::with_capacity((end - start) / piece_bytes + 2);
        let border = self.shared.len();
        let mut at = start;
        while at < end {
            let next = if at < border { end.min(border) } else { end }.min(at + piece_bytes);
            pieces.push(match at.checked_sub(border) {
                None => self.shared.slice(at..next),
                Some(offset) => self.tail.slice(offset..next - border),
            });
            at = next;
        }
        pieces
    }
}

/// Computes a digest as registries write it.
pub(crate) fn digest_of(bytes: &[u8]) -> String {
    digest_text(Sha256::new_with_prefix(bytes))
}

fn digest_text(hasher: Sha256) -> String {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::from("sha256:");
    for byte in hasher.finalize() {
        text.push(char::from(HEX[usize::from(byte >> 4)]));
        text.push(char::from(HEX[usize::from(byte & 15)]));
    }
    text
}

/// Fills bytes that do not compress, by xorshift from a fixed start.
fn noise(len: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut bytes = Vec::with_capacity(len + 8);
    while bytes.len() < len {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    bytes.truncate(len);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minted_digest_is_that_of_the_whole_blob() {
        for size in [TAIL_BYTES, 100, 2048, 70_000] {
            let blob = Template::new(size).blob(3, 4);
            let whole = blob.pieces(0, blob.len(), 999).concat();
            assert_eq!((whole.len(), &digest_of(&whole)), (size, &blob.digest));
        }
    }

    #[test]
    fn a_repeated_blob_has_the_digest_of_its_pieces() {
        let (digest, pieces) = Template::new(100).repeated(1, 3);
        let whole = pieces.concat();
        assert_eq!((whole.len(), digest_of(&whole)), (300, digest));
    }

    #[test]
    fn each_turn_and_each_run_is_another_blob() {
        let template = Template::new(64);
        let digests =
            [template.blob(1, 1), template.blob(1, 2), template.blob(2, 1)].map(|blob| blob.digest);
        assert!(digests[0] != digests[1] && digests[0] != digests[2] && digests[1] != digests[2]);
    }

    #[test]
    fn the_pieces_of_neighbouring_ranges_make_the_whole() {
        let blob = Template::new(1000).blob(0, 0);
        let whole = blob.pieces(0, 1000, 1000).concat();
        for cut in [0, 1, 500, 967, 968, 969, 1000] {
            let both = [blob.pieces(0, cut, 7), blob.pieces(cut, 1000, 7)].concat().concat();
            assert_eq!(both, whole, "cut at {cut}");
        }
    }
}
