//! The way out: one HTTP request to an address that somebody has named, and what came of it.
//!
//! Lives here: the [`Courier`] seam, what it carries and what it brings back. [`client`] is the real one. Not here:
//! what a request says (the wire's), when it is tried again (`core`'s), and what is remembered of it (the store's).
//!
//! What a courier promises:
//!
//! - It connects to no address that the address policy has not allowed. All addresses of a name are judged before the
//!   first packet goes to any of them, and it connects to none but those.
//! - It ends within the parcel's time, whatever the receiver does, and reads no more than it keeps.
//! - It follows no redirect, uses no proxy of the environment, and keeps no cookie.
//! - Where a body of any length is wanted, it gives each piece as it comes, and waits for none of them longer than the
//!   parcel says.
//! - It sends a request a second time only when a connection that had been used before broke without one byte of
//!   answer: a receiver may close such a connection at any moment, and the broken attempt would tell nothing about it.

mod answer;
pub mod client;
mod connection;
mod connector;
mod destination;
mod download;
pub mod failure;
mod outgoing;
mod pool;
pub mod resolver;
mod tls;
mod trace;

use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use boathook_core::service_uri::ServiceUri;
use bytes::Bytes;
use http::{Method, StatusCode, Version};

use crate::courier::failure::Failure;

pub use crate::courier::download::Download;

/// How many bytes of the body of a webhook's answer are read. The connection is closed on what is more.
pub const BODY_BYTES_MAX: usize = 16 * 1024;
/// How many bytes the status line and the headers of an answer may have together.
pub const HEAD_BYTES_MAX: usize = 32 * 1024;
/// How many headers an answer may have, of which more are refused by HTTP/1.1 and left out by HTTP/2.
pub const HEADERS_MAX: usize = 100;

/// Carries requests out of the house.
#[async_trait]
pub trait Courier: Send + Sync {
    /// Sends a parcel and tells what came of it, within the parcel's time.
    async fn send(&self, parcel: Parcel) -> Exchange;

    /// Sends a parcel and gives the answer when its head is there, on a connection of its own. The parcel's time is for
    /// that, and then for each piece of the body, of which any number of bytes may be read.
    async fn open(&self, parcel: Parcel) -> Result<Download, Failure>;
}

/// A request on its way out.
pub struct Parcel {
    /// `POST` to webhooks; `GET` for what is to be read.
    pub method: Method,
    /// Where it goes.
    pub uri: ServiceUri,
    /// All headers in their order, but for `Host` and `Content-Length`, which the courier sets.
    pub headers: Vec<(String, String)>,
    /// What is posted.
    pub body: Bytes,
    /// How many bytes of the answer's body are read. The connection is closed on what is more.
    pub answer_bytes_max: usize,
    /// How long everything may take: look-up, connection, TLS, request and answer.
    pub timeout: Duration,
}

/// What came of a request.
#[derive(Debug)]
pub struct Exchange {
    /// The answer, whatever its status, or why there is none.
    pub result: Result<Answer, Failure>,
    /// How long each part took.
    pub timings: Timings,
    /// The address that was connected to, if any was.
    pub remote: Option<SocketAddr>,
}

/// What a receiver answered.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The words after the status; HTTP/2 has none, so there they are the usual ones.
    pub reason: String,
    /// The version of HTTP that was spoken.
    pub version: Version,
    /// The headers, their names in lower case, the values of one name joined by `, `.
    pub headers: Vec<(String, String)>,
    /// The first bytes of the body, as many as the parcel wants.
    pub body_prefix: Vec<u8>,
    /// Whether that is all of it.
    pub is_whole: bool,
    /// The value of `Retry-After` as it was sent.
    pub retry_after: Option<String>,
}

/// How long each part of an exchange took; `None` where it did not happen or did not end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Timings {
    /// Looking the name up.
    pub dns: Option<Duration>,
    /// Connecting, all tried addresses together.
    pub connect: Option<Duration>,
    /// The TLS handshake.
    pub tls: Option<Duration>,
    /// From handing the request to the connection until the head of the answer was there.
    pub first_byte: Option<Duration>,
    /// Everything.
    pub total: Duration,
}

/// Adds the `Authorization` that the URI's userinfo asks for, unless the headers hold one already.
pub fn add_authorization(uri: &ServiceUri, headers: &mut Vec<(String, String)>) {
    if headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("authorization")) {
        return;
    }
    if let Some(userinfo) = uri.authorization_from_userinfo() {
        let credentials = [userinfo.user, userinfo.password].join(&b':');
        headers
            .push(("Authorization".to_owned(), format!("Basic {}", STANDARD.encode(credentials))));
    }
}

impl fmt::Debug for Parcel {
    /// Shows where a parcel goes and how large it is; headers and body may hold secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parcel")
            .field("uri", &self.uri)
            .field("body_bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
