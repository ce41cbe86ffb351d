//! Bodies of requests: collected up to a limit, or streamed; never waited for without end.

mod rest;

pub(crate) use rest::lend;

use axum::body::Body;
use axum::http::HeaderMap;
use bytes::{Bytes, BytesMut};
use futures_util::{StreamExt, stream};
use std::time::Duration;

/// How long a client may take from one piece of a body to the next.
const PIECE_TIMEOUT: Duration = Duration::from_mins(1);

/// Why there is no body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Uncollected {
    /// It is larger than the limit.
    TooLarge,
    /// The client went away, or took too long, or sent less than it had announced.
    CutOff,
}

/// The pieces of a body as they come.
pub(crate) fn pieces(body: Body) -> boathook_engine::registry::Body {
    use boathook_engine::registry::CutOff;
    stream::unfold(Some(body.into_data_stream()), |pieces| async {
        let mut pieces = pieces?;
        match tokio::time::timeout(PIECE_TIMEOUT, pieces.next()).await {
            Ok(Some(Ok(piece))) => Some((Ok(piece), Some(pieces))),
            Ok(None) => None,
            Ok(Some(Err(_))) | Err(_) => Some((Err(CutOff), None)),
        }
    })
    .boxed()
}

/// The whole body, if it has no more than `bytes_max` bytes.
pub(crate) async fn collect(
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
