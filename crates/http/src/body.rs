//! Bodies of requests: collected up to a limit, or streamed; never waited for without end.

mod rest;

pub(crate) use rest::lend;

use axum::body::Body;
use axum::http::HeaderMap;
use bytes::{Bytes, BytesMut};
use futures_util::{StreamExt, stream};
use std::time::Duration;
use tokio::time::Instant;

/// How long the server waits, in all, for as much of a body as [`STRIDE_BYTES`].
const STRIDE_TIMEOUT: Duration = Duration::from_mins(1);
/// What has to come of a body in that time, unless it ends; a client that sends byte after byte holds a connection, and
/// moves nothing.
const STRIDE_BYTES: usize = 4 * 1024;

/// Why there is no body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Uncollected {
    /// It is larger than the limit.
    TooLarge,
    /// The client went away, or took too long, or sent less than it had announced.
    CutOff,
}

/// The pieces of a body as they come.
pub(crate) fn pieces(body: Body) -> boathook_engine::registry::Body {
    use boathook_engine::registry::CutOff;
    let begin = (body.into_data_stream(), Stride::BEGIN);
    stream::unfold(Some(begin), |reading| async {
        let (mut pieces, stride) = reading?;
        // The time between this piece and the next question is ours, and not the client's.
        let asked = Instant::now();
        match tokio::time::timeout(stride.left, pieces.next()).await {
            Ok(Some(Ok(piece))) => {
                let stride = stride.after(asked.elapsed(), piece.len());
                Some((Ok(piece), Some((pieces, stride))))
            }
            Ok(None) => None,
            Ok(Some(Err(_))) | Err(_) => Some((Err(CutOff), None)),
        }
    })
    .boxed()
}

/// How far a client has come since it was last given time.
#[derive(Clone, Copy)]
struct Stride {
    left: Duration,
    bytes: usize,
}

impl Stride {
    const BEGIN: Self = Self { left: STRIDE_TIMEOUT, bytes: 0 };

    fn after(self, waited: Duration, bytes: usize) -> Self {
        let bytes = self.bytes + bytes;
        if STRIDE_BYTES <= bytes {
            return Self::BEGIN;
        }
        Self { left: self.left.saturating_sub(waited), bytes }
    }
}

/// The whole body, if it has no more than `bytes_max` bytes.
pub async fn collect(
    headers: &HeaderMap,
    body: Body,
    bytes_max: usize,
) -> Result<Bytes, Uncollected> {
    let announced = headers
        .get(axum::http::header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse().ok());
    if announced.is_some_and(|bytes: u64| (bytes_max as u64) < bytes) {
        return Err(Uncollected::TooLarge);
    }
    let mut pieces = pieces(body);
    let mut collected = BytesMut::new();
    while let Some(piece) = pieces.next().await {
        let piece = piece.map_err(|_| Uncollected::CutOff)?;
        if bytes_max - collected.len() < piece.len() {
            return Err(Uncollected::TooLarge);
        }
        collected.extend_from_slice(&piece);
    }
    Ok(collected.freeze())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::convert::Infallible;

    const SECOND: Duration = Duration::from_secs(1);

    /// A body of `count` pieces, each of which takes some time to come.
    fn trickle(count: usize, bytes: usize, pause: Duration) -> Body {
        Body::from_stream(stream::unfold(0, move |sent| async move {
            if sent == count {
                return None;
            }
            tokio::time::timeout(pause, std::future::pending::<()>()).await.unwrap_err();
            Some((Ok::<_, Infallible>(Bytes::from(vec![b'x'; bytes])), sent + 1))
        }))
    }

    async fn check(body: Body, expected: Result<usize, Uncollected>) {
        let collected = collect(&HeaderMap::new(), body, usize::MAX).await;
        assert_eq!(collected.map(|bytes| bytes.len()), expected);
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_body_has_a_minute_for_each_4_kibibytes() {
        let almost = STRIDE_TIMEOUT.saturating_sub(SECOND);
        check(trickle(20, STRIDE_BYTES, almost), Ok(20 * STRIDE_BYTES)).await;
        check(trickle(20, STRIDE_BYTES, STRIDE_TIMEOUT + SECOND), Err(Uncollected::CutOff)).await;
        check(trickle(40, STRIDE_BYTES / 2, almost / 2), Ok(20 * STRIDE_BYTES)).await;
        check(trickle(59, 1, SECOND), Ok(59)).await;
        check(trickle(61, 1, SECOND), Err(Uncollected::CutOff)).await;
    }

    #[tokio::test(start_paused = true)]
    async fn the_time_that_we_take_ourselves_is_not_the_clients() {
        let mut pieces = pieces(trickle(100, 1, SECOND / 2));
        let mut count = 0;
        while let Some(piece) = pieces.next().await {
            assert!(piece.is_ok(), "after {count}");
            count += 1;
            tokio::time::advance(STRIDE_TIMEOUT).await;
        }
        assert_eq!(count, 100);
    }
}
