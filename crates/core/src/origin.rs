//! Registries elsewhere: their addresses as people write them, and which of them may be asked without TLS.
//!
//! Not here: whether an address may be reached at all, which is [`crate::address`], judged when a name is looked up.

use crate::name::Repository;
use crate::service_uri::{ServiceHost, ServiceUri};
use std::fmt;
use std::str::FromStr;

/// What Docker Hub is called, and where it answers.
const HUB_NAMES: [&str; 3] = ["docker.io", "index.docker.io", "registry-1.docker.io"];
const HUB: &str = "registry-1.docker.io";

/// The address of a registry elsewhere: how it is asked, its host and its port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    root: ServiceUri,
}

/// Why a text is no address of a registry.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidOrigin {
    /// It has more than a host and a port.
    #[error(
        "`{0}` is no address of a registry: that is a host, and a port where it is not 443, such as `registry.example.com:5000`"
    )]
    Address(String),
    /// It would be asked without TLS.
    #[error(
        "`{0}` may not be asked over plain HTTP, which is for loopback addresses and for those that the setting \
         `imports.plain_http` names: leave `http://` out to have it asked over HTTPS"
    )]
    Plain(String),
}

impl Origin {
    /// Reads a host with or without a port; `https://` or `http://` may stand before it.
    ///
    /// Without either it is asked over HTTPS, unless `plain` has it asked over HTTP.
    pub fn parse(text: &str, plain: &PlainHosts) -> Result<Self, InvalidOrigin> {
        let refused = || InvalidOrigin::Address(text.to_owned());
        let (scheme, rest) = match text.split_once("://") {
            Some((scheme, rest)) => (Some(scheme.to_ascii_lowercase()), rest),
            None => (None, text),
        };
        let host = rest.strip_suffix('/').unwrap_or(rest);
        let is_bare = !host.contains(['/', '\\', '@', '?', '#', '%']);
        if HUB_NAMES.iter().any(|name| host.eq_ignore_ascii_case(name)) {
            let root = format!("https://{HUB}").parse().map_err(|_| refused())?;
            return Ok(Self { root });
        }
        let parse = |scheme: &str| format!("{scheme}://{host}").parse::<ServiceUri>();
        let over_http = parse("http").ok().filter(|_| is_bare).ok_or_else(refused)?;
        let is_plain = plain.allow(&over_http);
        match scheme.as_deref() {
            Some("http") if !is_plain => Err(InvalidOrigin::Plain(host.to_owned())),
            Some("http") => Ok(Self { root: over_http }),
            None if is_plain => Ok(Self { root: over_http }),
            Some("https") | None => Ok(Self { root: parse("https").map_err(|_| refused())? }),
            Some(_) => Err(refused()),
        }
    }

    /// Reads an address as it prints itself, and does not ask again whether it may be asked without TLS.
    pub fn printed(text: &str) -> Option<Self> {
        let origin = Self { root: text.parse().ok()? };
        (origin.to_string() == text).then_some(origin)
    }

    /// The host, and its port where it is not the usual one.
    pub fn host(&self) -> &str {
        self.root.authority()
    }

    /// What a repository is called there: Docker Hub's own images have no folder when people speak of them.
    pub fn repository(&self, repository: Repository) -> Repository {
        if self.host() != HUB || repository.as_str().contains('/') {
            return repository;
        }
        format!("library/{repository}").parse().unwrap_or(repository)
    }

    /// The URL of something there; `path` begins with `/`.
    pub fn url(&self, path: &str) -> String {
        format!("{self}{path}")
    }

    /// Says whether a URL leads to the same registry in the same way, so that it may see what is only for that.
    pub fn is_of(&self, uri: &ServiceUri) -> bool {
        uri.is_https() == self.root.is_https() && uri.authority() == self.root.authority()
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.root.is_https() { "https" } else { "http" };
        write!(f, "{scheme}://{}", self.host())
    }
}

/// A registry that may be asked without TLS: a host, and its port where it is not 80.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlainHost(String);

impl FromStr for PlainHost {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let expected =
            "it is a host, and a port where it is not 80, such as `registry.internal:5000`";
        let uri: ServiceUri = format!("http://{text}").parse().map_err(|_| expected)?;
        let is_bare = uri.authority().eq_ignore_ascii_case(text);
        if is_bare { Ok(Self(text.to_ascii_lowercase())) } else { Err(expected) }
    }
}

impl fmt::Display for PlainHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Which hosts may be asked without TLS: those that are named, and this machine's own loopback addresses.
#[derive(Clone, Debug, Default)]
pub struct PlainHosts(pub Vec<PlainHost>);

impl PlainHosts {
    /// Says whether the host of a URL is one of them.
    pub fn allow(&self, uri: &ServiceUri) -> bool {
        let is_loopback = match uri.host() {
            ServiceHost::Domain(name) => name == "localhost",
            ServiceHost::Address(ip) => ip.is_loopback(),
        };
        is_loopback || self.0.iter().any(|host| host.0 == uri.authority())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Result<&str, &str>) {
        let plain = PlainHosts(vec!["registry.internal:5000".parse().unwrap()]);
        let read = Origin::parse(text, &plain).map(|origin| origin.to_string());
        match expected {
            Ok(expected) => assert_eq!(read.as_deref(), Ok(expected), "{text}"),
            Err(part) => {
                let refusal = read.unwrap_err().to_string();
                assert!(refusal.contains(part), "{text}: {refusal}");
            }
        }
    }

    #[test]
    fn a_registry_is_asked_over_https_unless_it_is_near_or_named() {
        check("Registry.Example.com", Ok("https://registry.example.com"));
        check("https://registry.example.com:5000/", Ok("https://registry.example.com:5000"));
        check("registry.internal:5000", Ok("http://registry.internal:5000"));
        check("https://registry.internal:5000", Ok("https://registry.internal:5000"));
        check("registry.internal", Ok("https://registry.internal"));
        check("127.0.0.1:5000", Ok("http://127.0.0.1:5000"));
        check("[::1]:5000", Ok("http://[::1]:5000"));
        check("localhost:5000", Ok("http://localhost:5000"));
        check("10.0.0.1:5000", Ok("https://10.0.0.1:5000"));
        check("http://registry.example.com", Err("imports.plain_http"));
        check("http://10.0.0.1", Err("imports.plain_http"));
    }

    #[test]
    fn what_is_more_than_a_host_is_refused() {
        for text in [
            "",
            "https://",
            "a/b",
            "user@host",
            "host?x",
            "host#x",
            "ftp://host",
            "a b",
            "host:0",
            "host:99999",
            "http://user:pass@127.0.0.1",
            "//host",
            "https:///host",
        ] {
            check(text, Err("is no address of a registry"));
        }
    }

    #[test]
    fn docker_hub_goes_by_several_names_and_has_a_folder_of_its_own() {
        let plain = PlainHosts::default();
        for name in ["docker.io", "Docker.io", "https://index.docker.io", "registry-1.docker.io"] {
            let hub = Origin::parse(name, &plain).unwrap();
            assert_eq!(hub.to_string(), "https://registry-1.docker.io");
            let called = |text: &str| hub.repository(text.parse().unwrap()).to_string();
            assert_eq!(called("hello-world"), "library/hello-world");
            assert_eq!(called("team/app"), "team/app");
        }
        let other = Origin::parse("registry.example.com", &plain).unwrap();
        assert_eq!(other.repository("app".parse().unwrap()).as_str(), "app");
    }

    #[test]
    fn an_address_is_read_as_it_prints_itself_and_in_no_other_way() {
        for text in
            ["https://registry.example.com", "http://10.0.0.1:5000", "https://[2001:db8::1]"]
        {
            assert_eq!(Origin::printed(text).unwrap().to_string(), text);
        }
        for text in ["registry.example.com", "https://a/b", "https://u@a", "https://A", "ftp://a"] {
            assert_eq!(Origin::printed(text), None, "{text}");
        }
    }

    #[test]
    fn only_the_same_host_over_the_same_scheme_is_the_same_registry() {
        let origin = Origin::parse("registry.example.com", &PlainHosts::default()).unwrap();
        for (uri, expected) in [
            ("https://registry.example.com/v2/", true),
            ("https://registry.example.com:443/x", true),
            ("http://registry.example.com:443/x", false),
            ("https://registry.example.com:5000/", false),
            ("https://storage.example.com/", false),
        ] {
            assert_eq!(origin.is_of(&uri.parse().unwrap()), expected, "{uri}");
        }
    }

    #[test]
    fn a_plain_host_is_a_host_and_nothing_more() {
        for text in ["", "a/b", "http://a", "a:80", "user@a", "a?b", "a b"] {
            assert!(text.parse::<PlainHost>().is_err(), "{text}");
        }
        assert_eq!("A.internal:5000".parse::<PlainHost>().unwrap().to_string(), "a.internal:5000");
    }
}
