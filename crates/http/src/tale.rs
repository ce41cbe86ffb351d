//! What is told of a request when it is over: one wide line and the metrics, however it ends.

use crate::facts::{Facts, stopwatch};
use crate::ops::{RequestEnd, RequestMetrics};
use axum::body::{Body, HttpBody};
use axum::extract::Request;
use axum::http::{Method, header};
use axum::response::Response;
use bytes::Bytes;
use http_body::{Frame, SizeHint};
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

/// A request that is under way. It is told of when this is dropped: when the last byte of its answer was handed to the
/// connection, or when nobody wants the answer any more.
pub(crate) struct Tale {
    requests: Arc<RequestMetrics>,
    started: Instant,
    id: String,
    method: Method,
    path: String,
    agent: Option<String>,
    facts: Facts,
    /// None before there is an answer.
    status: Option<u16>,
    /// How many bytes of the answer's body were handed to the connection.
    bytes: u64,
    is_whole: bool,
}

impl Tale {
    /// Begins with a request whose id is `id`.
    pub(crate) fn begin(requests: Arc<RequestMetrics>, id: String, request: &Request) -> Self {
        let agent = request.headers().get(header::USER_AGENT);
        Self {
            requests,
            started: stopwatch(),
            id,
            method: request.method().clone(),
            path: request.uri().path().to_owned(),
            agent: agent.and_then(|value| value.to_str().ok()).map(str::to_owned),
            facts: Facts::default(),
            status: None,
            bytes: 0,
            is_whole: false,
        }
    }

    /// Goes on until the body of the answer is through.
    pub(crate) fn follow(mut self, mut response: Response) -> Response {
        self.facts = response.extensions_mut().remove::<Facts>().unwrap_or_default();
        self.status = Some(response.status().as_u16());
        // Nobody takes the body of an answer to HEAD.
        self.is_whole = self.method == Method::HEAD;
        let length = response.headers().get(header::CONTENT_LENGTH);
        let length = length.and_then(|value| value.to_str().ok()?.parse().ok());
        response.map(|body| Body::new(Followed { body, length, tale: self }))
    }
}

impl Drop for Tale {
    fn drop(&mut self) {
        let Self { id, method, path, agent, facts, status, bytes, is_whole, .. } = &*self;
        let elapsed = self.started.elapsed();
        let route = facts.route.unwrap_or("other");
        let end = RequestEnd { status: *status, is_whole: *is_whole };
        self.requests.record(route, method, &end, elapsed);
        tracing::info!(
            request.id = id,
            http.method = %method,
            http.path = path,
            http.status = *status,
            http.route = route,
            http.user_agent = agent.as_deref(),
            caller = facts.caller,
            repository = facts.repository,
            subject = facts.subject,
            bytes = *bytes,
            aborted = (!*is_whole).then_some(true),
            duration_us = u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX),
            "{}",
            Outcome(self),
        );
    }
}

/// How a request ended, in words.
struct Outcome<'a>(&'a Tale);

impl fmt::Display for Outcome<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Tale { method, path, status, is_whole, .. } = self.0;
        let Some(status) = status else {
            return write!(f, "nobody waited for the answer to {method} {path}");
        };
        write!(f, "answered {method} {path} with {status}")?;
        if *is_whole { Ok(()) } else { f.write_str(", but nobody took all of it") }
    }
}

/// The body of an answer, and the tale that ends with it.
struct Followed {
    body: Body,
    /// What the head says that it has, in bytes. Whoever has seen that many need not ask for the end.
    length: Option<u64>,
    tale: Tale,
}

impl HttpBody for Followed {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        match &polled {
            Poll::Ready(Some(Ok(frame))) => {
                self.tale.bytes += frame.data_ref().map_or(0, |piece| piece.len() as u64);
            }
            Poll::Ready(None) => self.tale.is_whole = true,
            Poll::Ready(Some(Err(_))) | Poll::Pending => (),
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Followed {
    fn drop(&mut self) {
        self.tale.is_whole |= self.body.is_end_stream() || self.length == Some(self.tale.bytes);
    }
}
