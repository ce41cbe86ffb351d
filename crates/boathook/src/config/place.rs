//! Where the database and the blobs are.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

use boathook_core::service_uri::{ServiceHost, ServiceUri};
use serde::Deserialize;

use super::value::ADDRESS;

/// The address of the database, which may hold a password. Empty: in the data folder.
#[derive(Clone, Deserialize)]
#[serde(transparent)]
pub(crate) struct DatabaseUrl(String);

impl DatabaseUrl {
    /// Returns the address with its password, unless it is empty.
    pub(crate) fn reveal(&self) -> Option<&str> {
        Some(self.0.as_str()).filter(|url| !url.is_empty())
    }

    /// Says whether it is of a kind that can be opened.
    pub(super) fn is_known(&self) -> bool {
        let path = self.0.strip_prefix("sqlite:");
        self.0.is_empty()
            || path.is_some_and(|path| !path.trim_start_matches('/').is_empty())
            || self.0.starts_with("postgres://")
            || self.0.starts_with("postgresql://")
    }
}

/// Shows the address without its password, wherever in the URL it stands.
impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const HIDDEN: &str = "******";
        let Some((scheme, rest)) = self.0.split_once("://") else { return f.write_str(&self.0) };
        let (place, query) = rest.split_once('?').map_or((rest, None), |(p, q)| (p, Some(q)));
        write!(f, "{scheme}://")?;
        match place.rsplit_once('@') {
            Some((userinfo, host)) => match userinfo.split_once(':') {
                Some((user, _)) => write!(f, "{user}:{HIDDEN}@{host}")?,
                None => f.write_str(place)?,
            },
            None => f.write_str(place)?,
        }
        for (idx, pair) in query.into_iter().flat_map(|query| query.split('&')).enumerate() {
            f.write_str(if idx == 0 { "?" } else { "&" })?;
            match pair.split_once('=') {
                Some((name, _)) if name.contains("password") => write!(f, "{name}={HIDDEN}")?,
                _ => f.write_str(pair)?,
            }
        }
        Ok(())
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DatabaseUrl({self})")
    }
}

/// Where an identity provider is asked. Empty: nowhere.
#[derive(Clone, Debug)]
pub(crate) struct ProviderUri(pub(crate) Option<ServiceUri>);

impl FromStr for ProviderUri {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.is_empty() {
            return Ok(Self(None));
        }
        let uri = text.parse::<ServiceUri>();
        let uri = uri.map_err(|_| "it is a URL, such as https://login.example.com/realms/team")?;
        if uri.authorization_from_userinfo().is_some() || text.contains(['?', '#']) {
            return Err("no user, no `?` and no `#` belong into it");
        }
        let is_here = match uri.host() {
            ServiceHost::Domain(name) => name == "localhost",
            ServiceHost::Address(address) => address.is_loopback(),
        };
        if !uri.is_https() && !is_here {
            return Err(
                "it begins with `https://`: whoever can change its answers lets in whom they like",
            );
        }
        Ok(Self(Some(uri)))
    }
}

impl fmt::Display for ProviderUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_ref().map_or("", ServiceUri::as_typed))
    }
}

/// The folder of the blobs. Empty: in the data folder.
#[derive(Clone, Debug)]
pub(crate) struct BlobsUrl(pub(crate) PathBuf);

impl FromStr for BlobsUrl {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once("://") {
            None => Ok(Self(text.into())),
            Some(("file", path)) if path.starts_with('/') && !path.contains('%') => {
                Ok(Self(path.into()))
            }
            Some(("file", _)) => Err("a file URL is `file://` and an absolute path as it is"),
            Some(_) => {
                Err("blobs are kept in a folder so far: give its path, or `file://` and its path")
            }
        }
    }
}

impl fmt::Display for BlobsUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.display().fmt(f)
    }
}

/// Where the metrics are answered. Empty: where everything else is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MetricsListen(pub(crate) Option<SocketAddr>);

impl FromStr for MetricsListen {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.is_empty() {
            return Ok(Self(None));
        }
        text.parse().map(|address| Self(Some(address))).map_err(|_| ADDRESS)
    }
}

impl fmt::Display for MetricsListen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |address| address.fmt(f))
    }
}
