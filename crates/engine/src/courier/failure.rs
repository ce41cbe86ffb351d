//! Why there is no answer, in words for the webhook's owner and in classes for machines.

use std::error::Error as _;
use std::io;
use std::net::SocketAddr;

use boathook_core::address::AddressRefusal;

use crate::courier::{HEAD_BYTES_MAX, HEADERS_MAX};

/// Why a request has no answer. What it displays is for the webhook's owner.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The address policy forbids the address. Nothing was sent.
    #[error("{0}")]
    Refused(AddressRefusal),
    /// The host name has no addresses, or nobody could tell.
    #[error("the host name `{host}` could not be looked up: {reason}")]
    Dns {
        /// The name.
        host: String,
        /// What the resolver said.
        reason: String,
    },
    /// No connection came about.
    #[error("could not connect to `{address}`: {kind}")]
    Connect {
        /// The address that was tried last.
        address: SocketAddr,
        /// What happened there.
        kind: io::ErrorKind,
    },
    /// The TLS handshake failed, or the certificate was not good.
    #[error("the TLS handshake failed: {0}")]
    Tls(String),
    /// The parcel's time ran out.
    #[error("the time ran out while {}", .phase.words())]
    Timeout {
        /// What was being done then.
        phase: Phase,
    },
    /// The receiver did not speak HTTP to the end.
    #[error("{0}")]
    Protocol(ProtocolFault),
    /// The request could not be made from the parcel. This is our fault or the webhook's, never the receiver's.
    #[error("the request could not be built: {0}")]
    Unbuildable(String),
}

/// What a receiver did wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProtocolFault {
    /// The answer is not HTTP.
    #[error("the receiver's answer is not valid HTTP")]
    NotHttp,
    /// The head of the answer is larger than is read.
    #[error(
        "the head of the receiver's answer has more than {HEAD_BYTES_MAX} bytes or {HEADERS_MAX} headers"
    )]
    HeadTooLarge,
    /// The connection ended before the answer did.
    #[error("the receiver closed the connection before its answer was complete")]
    CutShort,
}

/// The parts of an exchange, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Looking the name up.
    Dns,
    /// Connecting.
    Connect,
    /// The TLS handshake.
    Tls,
    /// Sending the request and waiting for the head of the answer.
    Head,
    /// Reading the body of the answer.
    Body,
}

impl Failure {
    /// Gives the word under which such failures are counted and shown. The words never change.
    pub fn class(&self) -> &'static str {
        match self {
            Self::Refused(_) => "address_refused",
            Self::Dns { .. } => "dns_error",
            Self::Connect { kind: io::ErrorKind::ConnectionRefused, .. } => "connection_refused",
            Self::Connect { .. } => "connect_error",
            Self::Tls(_) => "tls_error",
            Self::Timeout { .. } => "timeout",
            Self::Protocol(_) => "protocol_error",
            Self::Unbuildable(_) => "request_error",
        }
    }
}

impl Phase {
    fn words(self) -> &'static str {
        match self {
            Self::Dns => "looking the host name up",
            Self::Connect => "connecting",
            Self::Tls => "shaking hands over TLS",
            Self::Head => "waiting for the answer",
            Self::Body => "reading the body of the answer",
        }
    }
}

impl From<hyper::Error> for ProtocolFault {
    /// Tells apart what the receiver's side of a connection can do wrong.
    fn from(error: hyper::Error) -> Self {
        let cause = error.source().and_then(|cause| cause.downcast_ref::<io::Error>());
        // This is how hyper tells of chunks that are none.
        let is_malformed = cause.is_some_and(|cause| cause.kind() == io::ErrorKind::InvalidInput);
        if error.is_parse_too_large() {
            Self::HeadTooLarge
        } else if error.is_parse() || is_malformed {
            Self::NotHttp
        } else {
            Self::CutShort
        }
    }
}
