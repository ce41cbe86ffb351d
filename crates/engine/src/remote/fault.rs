//! What goes wrong with a registry elsewhere, in words for whoever asked for the image.

use crate::courier::failure::{Failure, ProtocolFault};
use boathook_core::address::AddressRefusal;
use boathook_core::digest::Digest;
use boathook_core::manifest::MANIFEST_BYTES_MAX;
use http::StatusCode;
use std::time::Duration;

use super::client::{REDIRECTS_MAX, TOKEN_BYTES_MAX};

/// What went wrong with a registry elsewhere. `host` is the one that was asked, which after a redirect is another.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The address policy forbids its address.
    #[error("{0}")]
    Refused(AddressRefusal),
    /// It could not be asked, or did not answer to the end.
    #[error("`{host}` cannot be asked: {reason}")]
    Away {
        /// Who.
        host: String,
        /// Why.
        reason: String,
    },
    /// A realm or a redirect leads to plain HTTP.
    #[error(
        "`{from}` leads to `{host}` over plain HTTP, which is for loopback addresses and for those that the setting \
         `imports.plain_http` names"
    )]
    Plain {
        /// Who leads there.
        from: String,
        /// Where.
        host: String,
    },
    /// It lets nobody pull with these credentials, or without any.
    #[error("`{host}` does not let the image be pulled with {with}: it answered {status}")]
    MayNotPull {
        /// Who.
        host: String,
        /// What it was shown.
        with: &'static str,
        /// What it answered.
        status: StatusCode,
    },
    /// It does not have it.
    #[error("`{host}` does not have `{what}`")]
    Missing {
        /// Who.
        host: String,
        /// What.
        what: String,
    },
    /// It is busy or broken, and may not be later.
    #[error("`{host}` is busy or out of order: it answered {status}")]
    Busy {
        /// Who.
        host: String,
        /// What it answered.
        status: StatusCode,
        /// When to ask again, if it says so.
        retry_after: Option<Duration>,
    },
    /// It answers what no registry should.
    #[error("`{host}` answers as no registry should: {reason}")]
    Odd {
        /// Who.
        host: String,
        /// What is wrong with it.
        reason: String,
    },
    /// What it gives has another digest than it was asked for by.
    #[error("`{host}` gives something else as `{digest}`: it has the digest `{actual}`")]
    Lies {
        /// Who.
        host: String,
        /// What was asked for.
        digest: Digest,
        /// What came.
        actual: Digest,
    },
    /// A blob has more bytes than its manifest says.
    #[error(
        "`{host}` gives more for `{digest}` than the {size} bytes that the manifest says it has"
    )]
    TooLong {
        /// Who.
        host: String,
        /// Of which blob.
        digest: Digest,
        /// How many there should be.
        size: u64,
    },
}

impl Fault {
    /// Says whether it may be over later.
    pub(crate) fn is_passing(&self) -> bool {
        match self {
            Self::Away { .. } | Self::Busy { .. } => true,
            Self::Refused(_)
            | Self::Plain { .. }
            | Self::MayNotPull { .. }
            | Self::Missing { .. }
            | Self::Odd { .. }
            | Self::Lies { .. }
            | Self::TooLong { .. } => false,
        }
    }

    /// When to ask again, if the registry says so.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Busy { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    pub(super) fn of(host: &str, failure: &Failure) -> Self {
        let host = host.to_owned();
        match failure {
            Failure::Refused(refusal) => Self::Refused(*refusal),
            Failure::Protocol(fault) => {
                let reason = match fault {
                    ProtocolFault::CutShort => {
                        "it closed the connection before its answer was complete"
                    }
                    ProtocolFault::NotHttp => "its answer is not valid HTTP",
                    ProtocolFault::HeadTooLarge => "the head of its answer is too large",
                };
                Self::Away { host, reason: reason.to_owned() }
            }
            Failure::Unbuildable(_) => {
                Self::Odd { host, reason: "its addresses or tokens cannot be sent".to_owned() }
            }
            Failure::Dns { .. }
            | Failure::Connect { .. }
            | Failure::Tls(_)
            | Failure::Timeout { .. } => Self::Away { host, reason: failure.to_string() },
        }
    }

    fn odd(host: &str, reason: impl Into<String>) -> Self {
        Self::Odd { host: host.to_owned(), reason: reason.into() }
    }

    pub(super) fn too_many_redirects(host: &str) -> Self {
        Self::odd(host, format!("it redirects more than {REDIRECTS_MAX} times"))
    }

    pub(super) fn redirect(host: &str) -> Self {
        Self::odd(host, "it redirects to nowhere that could be asked")
    }

    pub(super) fn challenge(host: &str) -> Self {
        Self::odd(host, "it wants its callers to sign in, and does not say how")
    }

    pub(super) fn token(host: &str) -> Self {
        Self::odd(host, format!("it gives no token, or one of more than {TOKEN_BYTES_MAX} bytes"))
    }

    pub(super) fn large_manifest(host: &str) -> Self {
        Self::odd(host, format!("a manifest has at most {MANIFEST_BYTES_MAX} bytes"))
    }

    pub(super) fn range(host: &str) -> Self {
        Self::odd(host, "it gives another part of a blob than it was asked for")
    }

    pub(super) fn status(host: &str, status: StatusCode) -> Self {
        Self::odd(host, format!("its answer was {status}"))
    }
}
