//! Where a webhook points: the service URI, parsed once.
//!
//! Lives here: what a service URI may be, what is shown of it and what is secret in it. Not here: whether its
//! address is allowed, which is [`crate::address`], and how it is reached, which is the engine's courier.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use percent_encoding::percent_decode_str;
use url::{Host, Url};

/// How many bytes a service URI may have.
pub const SERVICE_URI_BYTES_MAX: usize = 2_048;
/// How many bytes an address may have that a server leads to: those of storage hold signatures.
pub const LINK_BYTES_MAX: usize = 8_192;

/// The `http` or `https` address that a webhook posts to.
///
/// Userinfo, path and query may be secrets, so neither `Debug` nor [`ServiceUri::request_uri`] shows userinfo, and
/// `Debug` shows no more than scheme, host and port.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ServiceUri {
    text: String,
    url: Url,
}

/// Says why a text is no service URI.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidServiceUri {
    /// The text is longer than [`SERVICE_URI_BYTES_MAX`].
    #[error("a service URI may have at most {SERVICE_URI_BYTES_MAX} bytes")]
    TooLong,
    /// The text begins with neither `http://` nor `https://`.
    #[error("a service URI begins with `http://` or `https://`")]
    Scheme,
    /// The text holds white space or control characters, which parsers disagree about.
    #[error("a service URI holds no white space and no control characters; percent-encode them")]
    WhiteSpace,
    /// The host is missing, or is neither a name nor an address.
    #[error("a service URI names a host after `://`, such as `example.com` or `[2001:db8::1]`")]
    Host,
    /// The port is no number that can be connected to.
    #[error("the port of a service URI is a number from 1 to 65535")]
    Port,
}

/// The host of a service URI, after odd spellings of addresses were understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ServiceHost<'a> {
    /// A name that has to be looked up.
    Domain(&'a str),
    /// A literal address.
    Address(IpAddr),
}

/// What stands before the `@` of a service URI, percent-decoded.
#[derive(Clone, PartialEq, Eq)]
pub struct Userinfo {
    /// The part before the first colon.
    pub user: Vec<u8>,
    /// The part after it, empty if there is none.
    pub password: Vec<u8>,
}

impl ServiceUri {
    /// Reads an address that a server leads to, which may be longer than one that somebody types.
    pub fn of_link(text: &str) -> Result<Self, InvalidServiceUri> {
        Self::within(text, LINK_BYTES_MAX)
    }

    /// Gives the text as it was typed, secrets included.
    pub fn as_typed(&self) -> &str {
        &self.text
    }

    /// Gives the normalised URI without userinfo and without fragment, as it is shown in the history of events.
    pub fn request_uri(&self) -> String {
        let mut url = self.url.clone();
        url.set_fragment(None);
        url.set_username("").expect("because a URL with a host can lose its user");
        url.set_password(None).expect("because a URL with a host can lose its password");
        url.into()
    }

    /// Gives the path and the query as they go into the request line.
    pub fn path_and_query(&self) -> &str {
        &self.url[url::Position::BeforePath..url::Position::AfterQuery]
    }

    /// Gives the host, and the port if it is not the scheme's own, as they go into a `Host` header.
    pub fn authority(&self) -> &str {
        &self.url[url::Position::BeforeHost..url::Position::AfterPort]
    }

    /// Gives the host.
    pub fn host(&self) -> ServiceHost<'_> {
        match self.url.host().expect("because parsing refuses a URL without a host") {
            Host::Domain(name) => ServiceHost::Domain(name),
            Host::Ipv4(address) => ServiceHost::Address(address.into()),
            Host::Ipv6(address) => ServiceHost::Address(address.into()),
        }
    }

    /// Gives the port, which is the scheme's own if none was typed.
    pub fn port(&self) -> u16 {
        self.url.port_or_known_default().expect("because http and https have ports of their own")
    }

    /// Says whether the URI is an `https` one.
    pub fn is_https(&self) -> bool {
        self.url.scheme() == "https"
    }

    /// Gives the user and password that the URI carries, which go out as Basic authorization.
    pub fn authorization_from_userinfo(&self) -> Option<Userinfo> {
        let password = self.url.password();
        if self.url.username().is_empty() && password.is_none() {
            return None;
        }
        Some(Userinfo {
            user: percent_decode_str(self.url.username()).collect(),
            password: percent_decode_str(password.unwrap_or_default()).collect(),
        })
    }

    fn within(text: &str, bytes_max: usize) -> Result<Self, InvalidServiceUri> {
        if bytes_max < text.len() {
            return Err(InvalidServiceUri::TooLong);
        }
        // `url` would drop these silently, and then the text would say something else than the request.
        if text.contains(|c: char| c.is_whitespace() || c.is_control()) {
            return Err(InvalidServiceUri::WhiteSpace);
        }
        // `url` repairs `http:host` and `http:\\host` too; what is stored should need no repair.
        let rest = ["http://", "https://"].into_iter().find_map(|prefix| {
            let (head, rest) = text.split_at_checked(prefix.len())?;
            head.eq_ignore_ascii_case(prefix).then_some(rest)
        });
        // A third slash is repaired as well: it would make the first word of the path the host.
        if rest.ok_or(InvalidServiceUri::Scheme)?.starts_with(['/', '\\']) {
            return Err(InvalidServiceUri::Host);
        }
        let url = Url::parse(text).map_err(|error| match error {
            url::ParseError::InvalidPort => InvalidServiceUri::Port,
            _ => InvalidServiceUri::Host,
        })?;
        if url.port() == Some(0) {
            return Err(InvalidServiceUri::Port);
        }
        Ok(Self { text: text.to_owned(), url })
    }
}

impl FromStr for ServiceUri {
    type Err = InvalidServiceUri;

    fn from_str(text: &str) -> Result<Self, InvalidServiceUri> {
        Self::within(text, SERVICE_URI_BYTES_MAX)
    }
}

impl fmt::Debug for ServiceUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ServiceUri({}://{}/…)", self.url.scheme(), self.authority())
    }
}

impl fmt::Debug for Userinfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Userinfo(…)")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(text: &str) -> ServiceUri {
        text.parse().unwrap()
    }

    #[track_caller]
    fn check_request_uri(text: &str, expected: &str) {
        assert_eq!(parse(text).request_uri(), expected);
        assert_eq!(parse(text).as_typed(), text);
    }

    #[track_caller]
    fn check_refused(text: &str, expected: InvalidServiceUri) {
        assert_eq!(text.parse::<ServiceUri>(), Err(expected));
    }

    #[track_caller]
    fn check_host(text: &str, expected: &str) {
        assert_eq!(parse(text).host(), ServiceHost::Address(expected.parse().unwrap()));
    }

    #[test]
    fn the_request_uri_is_normalised_and_without_secrets_of_the_authority() {
        check_request_uri("http://www.microsoft.com", "http://www.microsoft.com/");
        check_request_uri("HTTP://WWW.Microsoft.com:80/A?b=c#d", "http://www.microsoft.com/A?b=c");
        check_request_uri("https://$site:secret@site.example/api", "https://site.example/api");
        check_request_uri("https://user@host:8443/", "https://host:8443/");
        check_request_uri("https://host/a/../b", "https://host/b");
    }

    #[test]
    fn what_is_no_service_uri_is_refused_with_what_would_be_right() {
        for text in [
            "",
            "ftp://host/",
            "example.com",
            "http:host",
            "http:/host",
            "http:\\\\host",
            "//host",
            "file:///etc/passwd",
        ] {
            check_refused(text, InvalidServiceUri::Scheme);
        }
        for text in [
            "http://",
            "http:///path",
            "http://:80/",
            "http://user@/",
            "http://[::1",
            "http://a<b/",
            "http://1.2.3.256/",
        ] {
            check_refused(text, InvalidServiceUri::Host);
        }
        for text in ["http://host:0/", "http://host:65536/", "http://host:port/"] {
            check_refused(text, InvalidServiceUri::Port);
        }
        for text in [
            " http://host",
            "http://host/a b",
            "http://ho\tst/",
            "http://host/\r\nX: y",
            "http://host/\u{2028}",
            "http://host/\0",
        ] {
            check_refused(text, InvalidServiceUri::WhiteSpace);
        }
    }

    #[test]
    fn a_service_uri_may_have_2048_bytes_and_no_more() {
        let longest = format!("http://h/{}", "a".repeat(SERVICE_URI_BYTES_MAX - 9));
        assert_eq!(parse(&longest).as_typed(), longest);
        check_refused(&format!("{longest}a"), InvalidServiceUri::TooLong);
    }

    #[test]
    fn odd_spellings_of_addresses_are_understood_as_addresses() {
        check_host("http://2130706433/", "127.0.0.1");
        check_host("http://0x7f.1/", "127.0.0.1");
        check_host("http://0177.0.0.1/", "127.0.0.1");
        check_host("http://127.1./", "127.0.0.1");
        check_host("http://169.254.169.254./", "169.254.169.254");
        check_host("http://１２７.０.０.１/", "127.0.0.1");
        check_host("http://127。0。0。1/", "127.0.0.1");
        check_host("http://%31%32%37.0.0.1/", "127.0.0.1");
        check_host("http://[::ffff:169.254.169.254]/", "::ffff:169.254.169.254");
        check_host("http://[::ffff:a9fe:a9fe]/", "::ffff:169.254.169.254");
        check_host("http://[0:0:0:0:0:0:0:1]/", "::1");
        assert_eq!(parse("http://LocalHost./").host(), ServiceHost::Domain("localhost."));
    }

    #[test]
    fn the_port_is_the_schemes_own_unless_typed() {
        assert_eq!(parse("http://host").port(), 80);
        assert_eq!(parse("https://host").port(), 443);
        assert_eq!(parse("https://host:80").port(), 80);
        assert_eq!(parse("https://host:80").authority(), "host:80");
        assert_eq!(parse("https://u:p@[::1]:443/").authority(), "[::1]");
    }

    #[test]
    fn userinfo_is_decoded() {
        let userinfo =
            parse("https://$site:p%40ss%3A%C3%A9@host/").authorization_from_userinfo().unwrap();
        assert_eq!(userinfo, Userinfo { user: b"$site".to_vec(), password: "p@ss:é".into() });
        let userinfo = parse("https://:only@host/").authorization_from_userinfo().unwrap();
        assert_eq!(userinfo, Userinfo { user: vec![], password: b"only".to_vec() });
        let userinfo = parse("https://only@host/").authorization_from_userinfo().unwrap();
        assert_eq!(userinfo, Userinfo { user: b"only".to_vec(), password: vec![] });
        assert_eq!(parse("https://host/@path").authorization_from_userinfo(), None);
    }

    #[test]
    fn debug_output_holds_no_secrets() {
        let uri = parse("https://user:hunter2@host:8443/hooks/T0KEN?sig=s3cret#frag");
        assert_eq!(format!("{uri:?}"), "ServiceUri(https://host:8443/…)");
        assert_eq!(format!("{:?}", uri.authorization_from_userinfo()), "Some(Userinfo(…))");
    }

    proptest! {
        #[test]
        fn parsing_never_panics_and_what_parses_has_all_its_parts(text in "(?i:https?)://[!-~é\\[\\]:@/?#.0-9a-z]{0,40}") {
            if let Ok(uri) = text.parse::<ServiceUri>() {
                let _ = (uri.host(), uri.authorization_from_userinfo());
                prop_assert_ne!(uri.port(), 0);
                prop_assert!(uri.path_and_query().starts_with('/'));
                let again: ServiceUri = uri.request_uri().parse().unwrap();
                prop_assert_eq!(again.request_uri(), uri.request_uri());
                prop_assert_eq!(again.authorization_from_userinfo(), None);
                prop_assert_eq!((again.host(), again.port(), again.path_and_query()), (uri.host(), uri.port(), uri.path_and_query()));
            }
        }
    }
}
