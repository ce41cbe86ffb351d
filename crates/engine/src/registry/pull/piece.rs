//! The memory of pieces of blobs, used again rather than given back and asked for anew.
//!
//! Half a mebibyte that is freed goes back to the system, and half a mebibyte that is asked for has to be cleared page by
//! page: that was a fifth of the time of sending a large blob.

use bytes::Bytes;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How much of a blob is read at a time.
pub(super) const PIECE_BYTES: usize = 512 * 1024;
/// How many pieces that nobody uses are kept: 8 MiB.
const SPARE_MAX: usize = 16;

/// One for the process, as the allocator is.
static SPARE: Mutex<Vec<Box<[u8]>>> = Mutex::new(Vec::new());

/// A whole piece, kept for the next when it has been sent.
struct Piece(Box<[u8]>);

/// Reads `len` bytes of a file, which are there. Blocks on the disk.
pub(super) fn read(file: &File, start: u64, len: usize) -> io::Result<Bytes> {
    if len != PIECE_BYTES {
        let mut rest = vec![0; len];
        file.read_exact_at(&mut rest, start)?;
        return Ok(rest.into());
    }
    let kept = spare().pop();
    let mut piece = Piece(kept.unwrap_or_else(|| vec![0; PIECE_BYTES].into()));
    file.read_exact_at(&mut piece.0, start)?;
    Ok(Bytes::from_owner(piece))
}

impl AsRef<[u8]> for Piece {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Drop for Piece {
    fn drop(&mut self) {
        let mut spare = spare();
        if spare.len() < SPARE_MAX {
            spare.push(std::mem::take(&mut self.0));
        }
    }
}

fn spare() -> MutexGuard<'static, Vec<Box<[u8]>>> {
    SPARE.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn pieces_are_used_again_and_hold_what_was_read_last() {
        let mut file = tempfile::tempfile().unwrap();
        let pieces = SPARE_MAX + 4;
        for idx in 0..pieces {
            file.write_all(&vec![u8::try_from(idx).unwrap(); PIECE_BYTES]).unwrap();
        }
        for _ in 0..2 {
            let kept = spare().len();
            let read: Vec<_> = (0..pieces)
                .map(|idx| read(&file, (idx * PIECE_BYTES) as u64, PIECE_BYTES).unwrap())
                .collect();
            assert_eq!(spare().len(), 0, "the {kept} that were kept are in use");
            for (idx, piece) in read.iter().enumerate() {
                assert_eq!(piece.len(), PIECE_BYTES);
                assert!(piece.iter().all(|&byte| usize::from(byte) == idx), "piece {idx}");
            }
            drop(read);
            assert_eq!(spare().len(), SPARE_MAX);
        }
    }

    #[test]
    fn the_end_of_a_blob_is_shorter() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"0123456789").unwrap();
        assert_eq!(read(&file, 7, 3).unwrap(), "789");
        assert!(read(&file, 7, 4).is_err());
    }
}
