//! A request's body in pieces that are shared, never copied.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

/// The pieces of a body, in order.
#[derive(Debug, Default)]
pub(crate) struct Pieces {
    pieces: VecDeque<Bytes>,
    /// Hides the length, so that the body goes out in chunked transfer coding.
    unknown_length: bool,
}

impl Pieces {
    /// Makes a body that is sent with its `Content-Length`.
    pub(crate) fn sized(pieces: Vec<Bytes>) -> Self {
        Self { pieces: pieces.into(), unknown_length: false }
    }

    /// Makes a body that is sent in chunked transfer coding, a chunk a piece.
    pub(crate) fn streamed(pieces: Vec<Bytes>) -> Self {
        Self { pieces: pieces.into(), unknown_length: true }
    }
}

impl Body for Pieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.pieces.pop_front().map(|piece| Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.pieces.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        if self.unknown_length {
            return SizeHint::default();
        }
        SizeHint::with_exact(self.pieces.iter().map(|piece| piece.len() as u64).sum())
    }
}
