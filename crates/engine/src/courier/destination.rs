//! The far end of a connection, by which connections are shared.

use std::net::IpAddr;

use boathook_core::service_uri::{ServiceHost, ServiceUri};

/// What two requests must have in common to go over one connection.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Destination {
    pub(super) host: Host,
    pub(super) port: u16,
    pub(super) https: bool,
}

/// A host, owned.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Host {
    Name(String),
    Address(IpAddr),
}

impl Destination {
    pub(super) fn of(uri: &ServiceUri) -> Self {
        let host = match uri.host() {
            ServiceHost::Domain(name) => Host::Name(name.to_owned()),
            ServiceHost::Address(ip) => Host::Address(ip),
        };
        Self { host, port: uri.port(), https: uri.is_https() }
    }
}
