//! What a path of the sign-in asks for.
//!
//! Clients have two forms of it. `az` takes the authority from the cloud's metadata, and Terraform puts the tenant
//! behind it; `azure-identity` knows a host alone and puts the tenant first (`az-wire` §4, §11). Each is answered under
//! the name by which it asked, since clients compare.

use crate::percent;
use std::fmt;

/// An authority, by the path that its endpoints are under.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Authority {
    /// `/adfs`: the one tenant that there is.
    Adfs,
    /// `/adfs/{tenant}`
    AdfsTenant(String),
    /// `/{tenant}`
    Tenant(String),
}

/// What of an authority is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// Where the others are: see [`openid`](super::openid).
    Configuration,
    /// Where people would sign in.
    Authorize,
    /// Where tokens are had: see [`token`](super::token).
    Token,
    /// The keys that tokens are checked with: see [`jwks`](super::jwks).
    Keys,
}

/// Reads a request's path, still percent-encoded, without its query. Nothing where it is no path of the sign-in.
pub fn parse(path: &str) -> Option<(Authority, Endpoint)> {
    let path = percent::decode(path)?;
    let names: Vec<&str> = path.strip_prefix('/')?.split('/').collect();
    let words: Vec<String> = names.iter().map(|name| name.to_ascii_lowercase()).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let (authority, rest) = match (words.as_slice(), names.as_slice()) {
        (["adfs", rest @ ..], _) if endpoint(rest, Version::First).is_some() => {
            return Some((Authority::Adfs, endpoint(rest, Version::First)?));
        }
        (["adfs", _, rest @ ..], [_, tenant, ..]) => {
            (Authority::AdfsTenant((*tenant).to_owned()), rest)
        }
        ([_, rest @ ..], [tenant, ..]) => (Authority::Tenant((*tenant).to_owned()), rest),
        _ => return None,
    };
    let found = endpoint(rest, Version::Second).or_else(|| endpoint(rest, Version::First))?;
    authority.has_name().then_some((authority, found))
}

/// The form of an endpoint's path. The second names itself, wherever there is a tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Version {
    First,
    Second,
}

fn endpoint(words: &[&str], version: Version) -> Option<Endpoint> {
    match (version, words) {
        (Version::First, [".well-known", "openid-configuration"])
        | (Version::Second, ["v2.0", ".well-known", "openid-configuration"]) => {
            Some(Endpoint::Configuration)
        }
        (Version::First, ["oauth2", "authorize"])
        | (Version::Second, ["oauth2", "v2.0", "authorize"]) => Some(Endpoint::Authorize),
        (Version::First, ["oauth2", "token"]) | (Version::Second, ["oauth2", "v2.0", "token"]) => {
            Some(Endpoint::Token)
        }
        (Version::First, ["discovery", "keys"])
        | (Version::Second, ["discovery", "v2.0", "keys"]) => Some(Endpoint::Keys),
        _ => None,
    }
}

impl Authority {
    /// The tenant that the path names, if it names one.
    pub fn tenant(&self) -> Option<&str> {
        match self {
            Self::Adfs => None,
            Self::AdfsTenant(tenant) | Self::Tenant(tenant) => Some(tenant),
        }
    }

    /// The `iss` of an authority at a base address, such as `https://login.azurecr.localhost`.
    pub fn issuer(&self, base: &str) -> String {
        match self {
            Self::Adfs => format!("{base}{self}"),
            Self::AdfsTenant(_) | Self::Tenant(_) => format!("{base}{self}/v2.0"),
        }
    }

    /// The path of an endpoint.
    pub fn path(&self, endpoint: Endpoint) -> String {
        let rest = match (self, endpoint) {
            (Self::Adfs, Endpoint::Configuration) => ".well-known/openid-configuration",
            (Self::Adfs, Endpoint::Authorize) => "oauth2/authorize",
            (Self::Adfs, Endpoint::Token) => "oauth2/token",
            (Self::Adfs, Endpoint::Keys) => "discovery/keys",
            (_, Endpoint::Configuration) => "v2.0/.well-known/openid-configuration",
            (_, Endpoint::Authorize) => "oauth2/v2.0/authorize",
            (_, Endpoint::Token) => "oauth2/v2.0/token",
            (_, Endpoint::Keys) => "discovery/v2.0/keys",
        };
        format!("{self}/{rest}")
    }

    /// A tenant is a GUID or a domain, and nothing that has to be encoded.
    fn has_name(&self) -> bool {
        let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
        self.tenant().is_none_or(|tenant| {
            !matches!(tenant, "" | "." | "..") && tenant.bytes().all(is_letter)
        })
    }
}

/// The path that the authority's endpoints are under.
impl fmt::Display for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Adfs => f.write_str("/adfs"),
            Self::AdfsTenant(tenant) => write!(f, "/adfs/{tenant}"),
            Self::Tenant(tenant) => write!(f, "/{tenant}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ENDPOINTS: [Endpoint; 4] =
        [Endpoint::Configuration, Endpoint::Authorize, Endpoint::Token, Endpoint::Keys];

    #[track_caller]
    fn check(path: &str, authority: Authority, endpoint: Endpoint) {
        assert_eq!(parse(path), Some((authority, endpoint)), "{path}");
    }

    #[test]
    fn what_clients_ask_is_known() {
        let tenant = || "b0a70001-0000".to_owned();
        check("/adfs/.well-known/openid-configuration", Authority::Adfs, Endpoint::Configuration);
        check("/adfs/oauth2/token", Authority::Adfs, Endpoint::Token);
        check("/adfs/discovery/keys", Authority::Adfs, Endpoint::Keys);
        let terraform = Authority::AdfsTenant(tenant());
        check("/adfs/b0a70001-0000/oauth2/v2.0/token", terraform.clone(), Endpoint::Token);
        check("/adfs/b0a70001-0000/oauth2/token", terraform.clone(), Endpoint::Token);
        let az = "/adfs/b0a70001-0000/v2.0/.well-known/openid-configuration";
        check(az, terraform, Endpoint::Configuration);
        let identity = Authority::Tenant(tenant());
        check("/b0a70001-0000/oauth2/v2.0/token", identity.clone(), Endpoint::Token);
        let discovery = "/b0a70001-0000/v2.0/.well-known/openid-configuration";
        check(discovery, identity, Endpoint::Configuration);
        check("/ADFS/OAuth2/Token", Authority::Adfs, Endpoint::Token);
    }

    #[test]
    fn other_paths_are_none_of_the_sign_in() {
        for path in [
            "",
            "/",
            "/adfs",
            "/adfs/",
            "/adfs/oauth2",
            "/oauth2/token",
            "/oauth2/exchange",
            "//oauth2/token",
            "/adfs//oauth2/token",
            "/../oauth2/token",
            "/a%20b/oauth2/token",
            "/a%2Fb/oauth2/token",
            "/adfs/a/b/oauth2/token",
            "/t/oauth2/v2.0/token/more",
            "/%zz/oauth2/token",
        ] {
            assert_eq!(parse(path), None, "{path}");
        }
    }

    #[test]
    fn an_issuer_is_an_address() {
        let tenant = || "t".to_owned();
        assert_eq!(Authority::Adfs.issuer("https://h"), "https://h/adfs");
        assert_eq!(Authority::AdfsTenant(tenant()).issuer("https://h"), "https://h/adfs/t/v2.0");
        assert_eq!(Authority::Tenant(tenant()).issuer("https://h"), "https://h/t/v2.0");
    }

    proptest! {
        #[test]
        fn printing_and_parsing_are_inverses(tenant in "[a-z0-9-]{1,36}") {
            prop_assume!(tenant != "adfs");
            let authorities =
                [Authority::Adfs, Authority::AdfsTenant(tenant.clone()), Authority::Tenant(tenant)];
            for authority in authorities {
                for endpoint in ENDPOINTS {
                    let path = authority.path(endpoint);
                    prop_assert_eq!(parse(&path), Some((authority.clone(), endpoint)));
                }
            }
        }

        #[test]
        fn parsing_never_panics(path in "(/adfs|/oauth2|/v2.0|/token|/%|/\\PC{0,4}|/){0,6}") {
            let _ = parse(&path);
        }
    }
}
