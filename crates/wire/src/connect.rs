//! Where a `CONNECT` asks to be led (RFC 9112 §3.2.3). Whether it is led there is for others to say.

use http::uri::Authority;

/// A host and a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The host in lower case, an IPv6 address without its brackets.
    pub host: String,
    /// The port.
    pub port: u16,
}

/// A text is no target of a `CONNECT`.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
#[error("the target of a CONNECT is a host, a colon and a port from 1 to 65535")]
pub struct InvalidTarget;

/// Reads the target of a request's first line.
pub fn parse(target: &str) -> Result<Target, InvalidTarget> {
    let authority: Authority = target.parse().map_err(|_| InvalidTarget)?;
    let port = authority.port_u16().filter(|port| *port != 0).ok_or(InvalidTarget)?;
    let host = authority.host();
    let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    if host.is_empty() || target.contains('@') {
        return Err(InvalidTarget);
    }
    // A dot at the end names the same host (RFC 1034 §3.1).
    let host = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
    Ok(Target { host, port })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(target: &str, host: &str, port: u16) {
        assert_eq!(parse(target), Ok(Target { host: host.to_owned(), port }), "{target}");
    }

    #[test]
    fn targets_are_read() {
        check("myreg.azurecr.localhost:443", "myreg.azurecr.localhost", 443);
        check("MyReg.AzureCR.localhost.:5443", "myreg.azurecr.localhost", 5_443);
        check("127.0.0.1:65535", "127.0.0.1", 65_535);
        check("[::1]:443", "::1", 443);
    }

    #[test]
    fn what_is_no_target_is_refused() {
        for target in [
            "",
            "localhost",
            "localhost:",
            "localhost:0",
            "localhost:65536",
            "localhost:https",
            ":443",
            "me@localhost:443",
            "me:secret@localhost:443",
            "http://localhost:443",
            "localhost:443/path",
            "local host:443",
            "[::1:443",
        ] {
            assert_eq!(parse(target), Err(InvalidTarget), "{target:?}");
        }
    }

    proptest! {
        #[test]
        fn parsing_never_panics(target in "([a-z.:@\\[\\]0-9]|\\PC){0,20}") {
            let _ = parse(&target);
        }
    }
}
