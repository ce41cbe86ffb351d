//! Ranges of bytes: which part of a blob a client wants, and which part of an upload it sends.
//!
//! Sources: RFC 9110 §14; OCI distribution-spec 1.1, "Pushing a blob in chunks".

/// What a `Range` header asks for, given the size of the content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Requested {
    /// All of it (200).
    Whole,
    /// A part of it, both ends included (206). `first <= last`, and `last` is less than the size.
    Part {
        /// The offset of the first byte.
        first: u64,
        /// The offset of the last byte.
        last: u64,
    },
    /// Nothing that is there (416).
    Unsatisfiable,
}

/// Reads a `Range` header for content of `size` bytes.
///
/// A header that is malformed, in another unit or asks for several ranges is passed over, as RFC 9110 §14.2 allows: the
/// client then gets everything, which it has to expect.
pub fn requested(header: Option<&str>, size: u64) -> Requested {
    match header.and_then(spec) {
        None => Requested::Whole,
        Some(Spec::Last(0)) => Requested::Unsatisfiable,
        // Nothing has no last byte to name.
        Some(Spec::Last(_)) if size == 0 => Requested::Whole,
        Some(Spec::Last(count)) => {
            Requested::Part { first: size.saturating_sub(count), last: size - 1 }
        }
        Some(Spec::Between(first, _)) if size <= first => Requested::Unsatisfiable,
        Some(Spec::Between(first, last)) => Requested::Part { first, last: last.min(size - 1) },
    }
}

/// A range as it is written, before the size is known.
enum Spec {
    /// So many bytes at the end.
    Last(u64),
    /// From one offset to another, which is not less.
    Between(u64, u64),
}

fn spec(header: &str) -> Option<Spec> {
    let (unit, ranges) = header.split_once('=')?;
    if !unit.trim().eq_ignore_ascii_case("bytes") {
        return None;
    }
    match ranges.trim().split_once('-')? {
        ("", count) => Some(Spec::Last(offset(count)?)),
        (first, "") => Some(Spec::Between(offset(first)?, u64::MAX)),
        (first, last) => {
            let (first, last) = (offset(first)?, offset(last)?);
            (first <= last).then_some(Spec::Between(first, last))
        }
    }
}

/// A number of bytes. One that is larger than any content stands for the largest.
fn offset(text: &str) -> Option<u64> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().unwrap_or(u64::MAX))
}

/// Prints the `Content-Range` of a 206.
pub fn content_range(first: u64, last: u64, size: u64) -> String {
    format!("bytes {first}-{last}/{size}")
}

/// Prints the `Content-Range` of a 416.
pub fn unsatisfied_range(size: u64) -> String {
    format!("bytes */{size}")
}

/// Where a chunk of an upload belongs, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// The offset of its first byte.
    pub first: u64,
    /// The offset of its last byte; never less than `first`.
    pub last: u64,
}

/// A text is not the `Content-Range` of a chunk.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "the `Content-Range` of a chunk has the form `first-last`, the offsets of its first and last byte"
)]
pub struct InvalidChunk;

impl Chunk {
    /// Reads a chunk's `Content-Range`: OCI's `first-last`, or RFC 9110's `bytes first-last/size`.
    pub fn parse(header: &str) -> Result<Self, InvalidChunk> {
        let header = header.trim();
        let range = header.strip_prefix("bytes ").unwrap_or(header);
        let (range, size) = range.split_once('/').unwrap_or((range, "*"));
        let (first, last) = range.split_once('-').ok_or(InvalidChunk)?;
        let chunk = Self {
            first: offset(first).ok_or(InvalidChunk)?,
            last: offset(last).filter(|last| *last < u64::MAX).ok_or(InvalidChunk)?,
        };
        let is_inside = match offset(size) {
            Some(size) => chunk.last < size,
            None => size == "*",
        };
        if chunk.first <= chunk.last && is_inside { Ok(chunk) } else { Err(InvalidChunk) }
    }

    /// How many bytes it has.
    #[expect(clippy::len_without_is_empty, reason = "a chunk is never empty")]
    pub fn len(&self) -> u64 {
        self.last - self.first + 1
    }
}

/// Prints the `Range` of an upload of which `received` bytes are there. Clients expect `0-0` of an empty one.
pub fn received_range(received: u64) -> String {
    format!("0-{}", received.saturating_sub(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(header: &str, size: u64, expected: Requested) {
        assert_eq!(requested(Some(header), size), expected, "{header:?} of {size}");
    }

    fn part(first: u64, last: u64) -> Requested {
        Requested::Part { first, last }
    }

    #[test]
    fn one_range_is_honoured() {
        check("bytes=0-0", 10, part(0, 0));
        check("bytes=2-5", 10, part(2, 5));
        check("bytes=2-", 10, part(2, 9));
        check("bytes=2-99", 10, part(2, 9));
        check("bytes=2-99999999999999999999999", 10, part(2, 9));
        check("bytes=-3", 10, part(7, 9));
        check("bytes=-30", 10, part(0, 9));
        check(" Bytes = 2-5 ", 10, part(2, 5));
    }

    #[test]
    fn what_is_not_there_is_unsatisfiable() {
        check("bytes=10-", 10, Requested::Unsatisfiable);
        check("bytes=10-12", 10, Requested::Unsatisfiable);
        check("bytes=99999999999999999999999-", 10, Requested::Unsatisfiable);
        check("bytes=-0", 10, Requested::Unsatisfiable);
        check("bytes=0-", 0, Requested::Unsatisfiable);
    }

    #[test]
    fn what_cannot_be_read_is_passed_over() {
        assert_eq!(requested(None, 10), Requested::Whole);
        for header in [
            "",
            "bytes",
            "bytes=",
            "bytes=-",
            "bytes=5",
            "bytes=5-2",
            "bytes=a-b",
            "bytes=1-b",
            "bytes=+1-2",
            "bytes=--3",
            "bytes=0-1,3-4",
            "bytes=-1,0-1",
            "bytes=1 -2",
            "lines=0-1",
        ] {
            check(header, 10, Requested::Whole);
        }
        check("bytes=-5", 0, Requested::Whole);
    }

    #[test]
    fn answers_are_printed_as_clients_read_them() {
        assert_eq!(content_range(2, 5, 10), "bytes 2-5/10");
        assert_eq!(unsatisfied_range(10), "bytes */10");
        assert_eq!(received_range(0), "0-0");
        assert_eq!(received_range(1), "0-0");
        assert_eq!(received_range(1024), "0-1023");
    }

    #[test]
    fn chunks_are_read_in_both_forms() {
        let chunk = Chunk { first: 5, last: 9 };
        for header in ["5-9", " 5-9 ", "bytes 5-9", "bytes 5-9/10", "bytes 5-9/*", "5-9/10"] {
            assert_eq!(Chunk::parse(header), Ok(chunk), "{header:?}");
        }
        assert_eq!(chunk.len(), 5);
        for header in [
            "",
            "-",
            "5",
            "5-",
            "-9",
            "9-5",
            "a-b",
            "5-9/",
            "5-9/9",
            "5-9/x",
            "+5-9",
            "5-9-12",
            "bytes=5-9",
            "0-18446744073709551615",
            "0-99999999999999999999999",
        ] {
            assert_eq!(Chunk::parse(header), Err(InvalidChunk), "{header:?}");
        }
    }

    proptest! {
        #[test]
        fn a_part_is_always_inside(header in "bytes=[0-9]{0,20}-[0-9]{0,20}", size in prop_oneof![0u64..20, any::<u64>()]) {
            if let Requested::Part { first, last } = requested(Some(&header), size) {
                prop_assert!(first <= last && last < size);
            }
        }

        #[test]
        fn parsing_never_panics(header in "(bytes[= ])?[0-9,-]*\\PC{0,3}", size in any::<u64>()) {
            requested(Some(&header), size);
            let _ = Chunk::parse(&header).map(|chunk| chunk.len());
        }

        #[test]
        fn a_chunk_is_read_as_it_was_printed(first in 0..u64::MAX / 2, more in 0..1000u64) {
            let chunk = Chunk { first, last: first + more };
            prop_assert_eq!(Chunk::parse(&format!("{}-{}", chunk.first, chunk.last)), Ok(chunk));
        }
    }
}
