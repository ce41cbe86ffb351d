//! Answers that are too large to be collected: their bodies are read as they come.

use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::stream::{self, BoxStream};
use http::{Response, StatusCode};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use std::time::Duration;
use tokio::time::timeout;

use crate::courier::answer::joined;
use crate::courier::connection::Connection;
use crate::courier::failure::{Failure, Phase, ProtocolFault};

/// An answer whose head is there, and whose body is to come.
pub struct Download {
    /// The status.
    pub status: StatusCode,
    /// The headers, their names in lower case, the values of one name joined by `, `.
    pub headers: Vec<(String, String)>,
    /// The body. It ends in a failure where the receiver stops, or says nothing for longer than the parcel's time.
    pub body: BoxStream<'static, Result<Bytes, Failure>>,
}

impl Download {
    /// Waits for each piece of the body for `patience` at most; the connection is closed with the last of them.
    pub(super) fn of(
        response: Response<Incoming>,
        connection: Connection,
        patience: Duration,
    ) -> Self {
        let (head, body) = response.into_parts();
        let body = stream::unfold(Some((body, connection)), move |reading| async move {
            let (mut body, connection) = reading?;
            loop {
                let failure = match timeout(patience, body.frame()).await {
                    Ok(None) => return None,
                    Ok(Some(Ok(frame))) => match frame.into_data() {
                        Ok(piece) => return Some((Ok(piece), Some((body, connection)))),
                        Err(_trailers) => continue,
                    },
                    Ok(Some(Err(error))) => Failure::Protocol(ProtocolFault::from(error)),
                    Err(_) => Failure::Timeout { phase: Phase::Body },
                };
                return Some((Err(failure), None));
            }
        });
        Self { status: head.status, headers: joined(&head.headers), body: body.boxed() }
    }

    /// The value of a header, whose name is in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }
}
