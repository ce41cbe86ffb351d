//! Which registry a request is for, by the host that it was sent to.
//!
//! `{registry}.{domain}` is a registry, and `{registry}.{region}.geo.{domain}` one of its regions. What any other host
//! means is for the caller to say.

use crate::name::{Region, RegistryName};

/// What a host names under a domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Host {
    /// A registry; whether it exists is not known here.
    Named {
        /// The registry.
        registry: RegistryName,
        /// The region whose own host it is; `None` for the host of all of them.
        region: Option<Region>,
    },
    /// A name under the domain that no registry can have; `login` and its like among them.
    UnderDomainButNoRegistry,
    /// Anything else: the domain itself, an address, a name under another domain.
    Other,
}

impl Host {
    /// Reads the value of a `Host` header, whose port, case and final dot mean nothing.
    pub fn parse(header: &str, domain: &str) -> Self {
        let name = without_port(header);
        let name = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
        let domain = domain.to_ascii_lowercase();
        let below = name.strip_suffix(&domain).and_then(|rest| rest.strip_suffix('.'));
        let Some(labels) = below.filter(|_| !domain.is_empty()) else { return Self::Other };
        let labels: Vec<_> = labels.split('.').collect();
        let (registry, region) = match labels[..] {
            [registry] => (registry, None),
            [registry, region, "geo"] => (registry, Some(region)),
            _ => return Self::UnderDomainButNoRegistry,
        };
        match (registry.parse(), region.map(str::parse).transpose()) {
            (Ok(registry), Ok(region)) => Self::Named { registry, region },
            _ => Self::UnderDomainButNoRegistry,
        }
    }
}

/// Says whether `name`, in lower case and without a final dot, is a name under `domain`, however many labels deep.
pub fn is_under(name: &str, domain: &str) -> bool {
    let below = name.strip_suffix(domain).and_then(|rest| rest.strip_suffix('.'));
    !domain.is_empty() && below.is_some_and(|labels| !labels.is_empty())
}

/// RFC 3986 §3.2.2: colons of an IPv6 address are in brackets, so that a port's is the last one and after them.
fn without_port(header: &str) -> &str {
    match header.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => header,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const DOMAIN: &str = "azurecr.localhost";

    fn named(registry: &str, region: Option<&str>) -> Host {
        let region = region.map(|region| region.parse().unwrap());
        Host::Named { registry: registry.parse().unwrap(), region }
    }

    #[track_caller]
    fn check(header: &str, expected: &Host) {
        assert_eq!(Host::parse(header, DOMAIN), *expected, "{header:?}");
    }

    #[test]
    fn a_registry_is_named_by_its_label() {
        for header in [
            "myreg.azurecr.localhost",
            "myreg.azurecr.localhost:5000",
            "myreg.azurecr.localhost:",
            "MyReg.AzureCR.LocalHost",
            "myreg.azurecr.localhost.",
            "myreg.azurecr.localhost.:443",
        ] {
            check(header, &named("myreg", None));
        }
    }

    #[test]
    fn a_region_of_a_registry_has_a_host_of_its_own() {
        check("myreg.westeurope.geo.azurecr.localhost", &named("myreg", Some("westeurope")));
        check("MYREG.WestEurope.GEO.azurecr.localhost:80", &named("myreg", Some("westeurope")));
    }

    #[test]
    fn names_under_the_domain_that_no_registry_has_lead_nowhere() {
        for header in [
            "login.azurecr.localhost",
            "Management.azurecr.localhost:443",
            "portal.azurecr.localhost",
            "abc.azurecr.localhost",
            "my-reg.azurecr.localhost",
            "me@myreg.azurecr.localhost",
            ".azurecr.localhost",
            "myreg..azurecr.localhost",
            "myreg.westeurope.azurecr.localhost",
            "myreg.westeurope.data.azurecr.localhost",
            "login.westeurope.geo.azurecr.localhost",
            "myreg.west-europe.geo.azurecr.localhost",
            "myreg..geo.azurecr.localhost",
            "geo.azurecr.localhost",
        ] {
            check(header, &Host::UnderDomainButNoRegistry);
        }
    }

    #[test]
    fn any_other_host_names_nothing() {
        for header in [
            "",
            ":5000",
            ".",
            "localhost",
            "localhost:5000",
            "127.0.0.1:5000",
            "[::1]",
            "[::1]:5000",
            "[2001:db8::1]",
            "azurecr.localhost",
            "azurecr.localhost.:5000",
            "xazurecr.localhost",
            "myreg.azurecr.localhost..",
            "myreg.azurecr.localhost.example",
            "myreg.azurecr.localhost:http",
            "myreg.azurecr.io",
        ] {
            check(header, &Host::Other);
        }
        assert_eq!(Host::parse("myreg.", ""), Host::Other);
        assert_eq!(Host::parse("myreg.example:1", "Example"), named("myreg", None));
    }

    #[test]
    fn names_under_the_domain_are_told_from_all_others() {
        for (name, expected) in [
            ("myreg.azurecr.localhost", true),
            ("login.azurecr.localhost", true),
            ("myreg.westeurope.geo.azurecr.localhost", true),
            ("azurecr.localhost", false),
            (".azurecr.localhost", false),
            ("xazurecr.localhost", false),
            ("localhost", false),
            ("myreg.azurecr.localhost.example.com", false),
        ] {
            assert_eq!(is_under(name, DOMAIN), expected, "{name}");
        }
        assert!(!is_under("myreg.", ""));
    }

    proptest! {
        #[test]
        fn what_a_registry_is_called_is_found_again(
            label in "[a-zA-Z0-9]{5,50}",
            region in proptest::option::of("[a-z0-9]{1,12}"),
            port in proptest::option::of(any::<u16>()),
            dot in "\\.?",
        ) {
            let middle = region.as_ref().map_or(String::new(), |region| format!("{region}.geo."));
            let port = port.map_or(String::new(), |port| format!(":{port}"));
            let header = format!("{label}.{middle}{DOMAIN}{dot}{port}");
            let expected = match label.parse() {
                Ok(registry) => Host::Named { registry, region: region.map(|text| text.parse().unwrap()) },
                Err(_) => Host::UnderDomainButNoRegistry,
            };
            prop_assert_eq!(Host::parse(&header, DOMAIN), expected);
        }

        #[test]
        fn no_host_outside_the_domain_is_taken_for_a_registry(header in ".{0,40}") {
            let is_under = header.to_ascii_lowercase().contains(DOMAIN);
            prop_assert!(is_under || Host::parse(&header, DOMAIN) == Host::Other);
        }
    }
}
