//! What a handler leaves of a body.
//!
//! A handler that refuses does not read to the end. If the connection were closed upon what is left, the client's
//! system would throw the answer away that it has not read yet. So a little of what is left is read and forgotten.

use axum::http::{HeaderMap, HeaderValue, Response, header};
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::sync::oneshot;

/// How much of a body is read that nobody wants, in bytes; where more is left, the connection is closed.
const REST_BYTES_MAX: u64 = 16 * 1024 * 1024;
/// How long that may take.
const REST_TIMEOUT: Duration = Duration::from_secs(5);

/// A body that comes back when its reader is done with it.
pub(crate) struct Lent {
    body: Option<Incoming>,
    is_touched: bool,
    back: Option<oneshot::Sender<Returned>>,
}

struct Returned {
    body: Incoming,
    is_touched: bool,
}

/// What is left of a [`Lent`] body.
pub(crate) struct Rest {
    returned: oneshot::Receiver<Returned>,
    waits_for_continue: bool,
}

/// Lends a body out.
pub(crate) fn lend(headers: &HeaderMap, body: Incoming) -> (Lent, Rest) {
    let (back, returned) = oneshot::channel();
    let waits_for_continue = headers.contains_key(header::EXPECT);
    let lent = Lent { body: Some(body), is_touched: false, back: Some(back) };
    (lent, Rest { returned, waits_for_continue })
}

impl Rest {
    /// Reads what is left; where it cannot, says in `response` that the connection ends.
    pub(crate) async fn settle<B>(mut self, response: &mut Response<B>) {
        let Ok(Returned { body, is_touched }) = self.returned.try_recv() else { return };
        // Who waits for leave to send the body must not be given it now.
        let is_withheld = self.waits_for_continue && !is_touched;
        let is_too_much = REST_BYTES_MAX < body.size_hint().lower();
        if is_withheld
            || is_too_much
            || !tokio::time::timeout(REST_TIMEOUT, drain(body)).await.unwrap_or(false)
        {
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
    }
}

/// Reads to the end; `false` where there is too much, or no end.
async fn drain(mut body: Incoming) -> bool {
    let mut bytes = 0;
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else { return false };
        bytes += frame.data_ref().map_or(0, |piece| piece.len() as u64);
        if REST_BYTES_MAX < bytes {
            return false;
        }
    }
    true
}

impl Body for Lent {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        self.is_touched = true;
        let Some(body) = &mut self.body else { return Poll::Ready(None) };
        let polled = Pin::new(body).poll_frame(context);
        if matches!(polled, Poll::Ready(None | Some(Err(_)))) {
            self.body = None;
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map_or_else(|| SizeHint::with_exact(0), Body::size_hint)
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        let body = self.body.take().filter(|body| !body.is_end_stream());
        if let (Some(body), Some(back)) = (body, self.back.take()) {
            // Nobody waits for it where the connection is gone.
            let _ = back.send(Returned { body, is_touched: self.is_touched });
        }
    }
}
