//! Where a request was sent to, and where clients find a registry from there.

use axum::http::header;
use axum::http::request::Parts;
use axum::http::uri::{Authority, Scheme};
use boathook_core::name::RegistryName;
use std::net::IpAddr;

/// The host that the request was sent to, with its port. One in the target counts before `Host` (RFC 9112 §3.2.2).
pub fn host(parts: &Parts) -> Authority {
    let header = || parts.headers.get(header::HOST)?.to_str().ok()?.parse().ok();
    let named = parts.uri.authority().cloned().or_else(header);
    named.unwrap_or_else(|| Authority::from_static("localhost"))
}

/// The scheme and the host that the request was sent to.
pub fn base(parts: &Parts) -> String {
    let scheme = parts.extensions.get::<Scheme>().unwrap_or(&Scheme::HTTP);
    format!("{scheme}://{}", host(parts))
}

/// The host that clients use for the registry, by the host that this request was sent to: who reaches one reaches the
/// other at the same port.
pub fn login_server(
    registry: &RegistryName,
    default: &RegistryName,
    domain: &str,
    host: &Authority,
) -> String {
    let port = host.port_u16().map(|port| format!(":{port}")).unwrap_or_default();
    let domain = domain.to_ascii_lowercase();
    let name = host.host().to_ascii_lowercase();
    let is_in_domain =
        name.strip_suffix(&domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    let is_address = name.trim_matches(['[', ']']).parse::<IpAddr>().is_ok();
    if is_in_domain || registry != default {
        format!("{registry}.{domain}{port}")
    } else if is_address {
        // Clients of registries speak plain HTTP to `localhost` alone.
        format!("localhost{port}")
    } else {
        // Any other name leads to the default registry.
        format!("{name}{port}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(host: &'static str, expected: &str) {
        let registry = "boathook".parse().unwrap();
        let host = Authority::from_static(host);
        assert_eq!(
            login_server(&registry, &registry, "azurecr.localhost", &host),
            expected,
            "{host}"
        );
    }

    #[test]
    fn the_login_server_follows_the_host_of_the_request() {
        check("boathook.azurecr.localhost:5000", "boathook.azurecr.localhost:5000");
        check("management.AzureCR.localhost", "boathook.azurecr.localhost");
        check("azurecr.localhost:5443", "boathook.azurecr.localhost:5443");
        check("localhost:5000", "localhost:5000");
        check("LOCALHOST", "localhost");
        check("127.0.0.1:5000", "localhost:5000");
        check("[::1]:5000", "localhost:5000");
        check("192.168.7.9", "localhost");
        check("registry.example.com:8443", "registry.example.com:8443");
        check("notazurecr.localhost:5000", "notazurecr.localhost:5000");
    }

    #[test]
    fn only_the_default_registry_is_at_hosts_that_name_none() {
        let (registry, default) = ("second".parse().unwrap(), "boathook".parse().unwrap());
        for (host, expected) in [
            ("localhost:5000", "second.azurecr.localhost:5000"),
            ("127.0.0.1", "second.azurecr.localhost"),
            ("boathook.azurecr.localhost:1", "second.azurecr.localhost:1"),
            ("registry.example.com", "second.azurecr.localhost"),
        ] {
            let host = Authority::from_static(host);
            assert_eq!(
                login_server(&registry, &default, "azurecr.localhost", &host),
                expected,
                "{host}"
            );
        }
    }
}
