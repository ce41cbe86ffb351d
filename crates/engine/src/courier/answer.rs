//! Reading an answer, and no more of it than is kept.

use bytes::Bytes;
use http::header::RETRY_AFTER;
use http::{HeaderMap, HeaderValue, Response};
use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};
use hyper::ext::ReasonPhrase;

use crate::courier::failure::ProtocolFault;
use crate::courier::{Answer, HEADERS_MAX};

/// Reads an answer whose head is there, and `bytes_max` bytes of its body. Where that is all of it, its connection can be
/// used again.
pub(super) async fn receive(
    response: Response<Incoming>,
    bytes_max: usize,
) -> Result<Answer, ProtocolFault> {
    let (head, body) = response.into_parts();
    let (body_prefix, is_whole) = read_prefix(body, bytes_max).await?;
    let reason = match head.extensions.get::<ReasonPhrase>() {
        Some(reason) => String::from_utf8_lossy(reason.as_bytes()).into_owned(),
        None => head.status.canonical_reason().unwrap_or_default().to_owned(),
    };
    Ok(Answer {
        status: head.status,
        reason,
        version: head.version,
        retry_after: head.headers.get(RETRY_AFTER).map(text),
        headers: joined(&head.headers),
        body_prefix,
        is_whole,
    })
}

/// Reads a body until it ends or the prefix is full, and says which it was.
async fn read_prefix(
    mut body: Incoming,
    bytes_max: usize,
) -> Result<(Vec<u8>, bool), ProtocolFault> {
    let mut prefix = Vec::new();
    while let Some(frame) = body.frame().await {
        let data = frame
            .map_err(ProtocolFault::from)?
            .into_data()
            .unwrap_or_else(|_trailers| Bytes::new());
        let room = bytes_max - prefix.len();
        prefix.extend_from_slice(&data[..data.len().min(room)]);
        if bytes_max == prefix.len() {
            return Ok((prefix, data.len() <= room && body.is_end_stream()));
        }
    }
    Ok((prefix, true))
}

pub(super) fn joined(headers: &HeaderMap) -> Vec<(String, String)> {
    let join = |name: &http::HeaderName| {
        let values: Vec<String> = headers.get_all(name).iter().map(text).collect();
        (name.to_string(), values.join(", "))
    };
    headers.keys().take(HEADERS_MAX).map(join).collect()
}

fn text(value: &HeaderValue) -> String {
    String::from_utf8_lossy(value.as_bytes()).into_owned()
}
