//! Certificates that are issued when a client asks for a name.

use super::authority::{Authority, DEFAULT_NAMES, LEAF_AGE_MAX};
use boathook_core::host;
use boathook_core::time::{Clock, Timestamp};
use quick_cache::sync::Cache;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// How many certificates are kept; one more, and one that was not asked for lately is issued anew when it is.
const LEAVES_MAX: usize = 1_024;
/// How old a certificate is when it is replaced, a month before its end.
const RENEW_AGE: Duration = Duration::from_hours(60 * 24);
const _: () = assert!(RENEW_AGE.as_secs() < LEAF_AGE_MAX.as_secs());

/// Certificates of a local authority: for a name under the domain its own, for all else one for this machine.
pub struct LocalCertificates {
    authority: Authority,
    domain: String,
    clock: Arc<dyn Clock>,
    /// By the name that was asked for, in lower case.
    leaves: Cache<String, Leaf>,
}

#[derive(Clone)]
struct Leaf {
    certified: Arc<CertifiedKey>,
    renew: Timestamp,
}

impl LocalCertificates {
    /// Has `authority` issue for names under `domain`.
    pub fn new(authority: Authority, domain: &str, clock: Arc<dyn Clock>) -> Self {
        Self { authority, domain: domain.to_owned(), clock, leaves: Cache::new(LEAVES_MAX) }
    }

    /// The certificate for a client that asks for `name`, or for no name.
    fn certificate(&self, name: Option<&str>) -> Arc<CertifiedKey> {
        let ours = name.map(str::to_ascii_lowercase);
        let ours = ours.filter(|name| host::is_under(name, &self.domain));
        let name = ours.as_deref().unwrap_or(DEFAULT_NAMES[0]);
        let now = self.clock.now();
        if let Some(leaf) = self.leaves.get(name).filter(|leaf| now < leaf.renew) {
            return leaf.certified;
        }
        let certified = Arc::new(match &ours {
            Some(name) => self.authority.issue(&[name], now),
            None => self.authority.issue(&DEFAULT_NAMES, now),
        });
        let renew = now.after(RENEW_AGE);
        self.leaves.insert(name.to_owned(), Leaf { certified: Arc::clone(&certified), renew });
        certified
    }
}

impl ResolvesServerCert for LocalCertificates {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.certificate(hello.server_name()))
    }
}

/// Hides the keys.
impl fmt::Debug for LocalCertificates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalCertificates").field("domain", &self.domain).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::certificates::{AuthorityFiles, certify, new_key};
    use boathook_testkit::ManualClock;

    const DOMAIN: &str = "azurecr.localhost";
    const BEGIN: Timestamp = Timestamp(1_790_000_000_000);

    fn local() -> (LocalCertificates, Arc<ManualClock>) {
        let key = new_key();
        let certificate = certify(key.as_bytes(), DOMAIN, BEGIN).unwrap();
        let files = AuthorityFiles { certificate: certificate.as_bytes(), key: key.as_bytes() };
        let authority = Authority::open(files, DOMAIN, BEGIN).unwrap();
        let clock = Arc::new(ManualClock::new(BEGIN));
        (LocalCertificates::new(authority, DOMAIN, Arc::clone(&clock) as Arc<dyn Clock>), clock)
    }

    fn der(local: &LocalCertificates, name: Option<&str>) -> Vec<u8> {
        local.certificate(name).cert[0].to_vec()
    }

    #[test]
    fn a_name_under_the_domain_has_a_certificate_of_its_own_and_all_else_shares_one() {
        let (local, _) = local();
        let default = der(&local, None);
        for name in ["localhost", "example.com", "azurecr.localhost", "xazurecr.localhost"] {
            assert_eq!(der(&local, Some(name)), default, "{name}");
        }
        let registry = der(&local, Some("myreg.azurecr.localhost"));
        assert_ne!(registry, default);
        assert_eq!(der(&local, Some("MyReg.AzureCR.LocalHost")), registry);
        assert_ne!(der(&local, Some("myreg.westeurope.geo.azurecr.localhost")), registry);
        assert_ne!(der(&local, Some("login.azurecr.localhost")), default);
    }

    #[test]
    fn a_certificate_is_replaced_thirty_days_before_its_end() {
        let (local, clock) = local();
        for name in [None, Some("myreg.azurecr.localhost")] {
            clock.set(BEGIN);
            let first = der(&local, name);
            clock.advance(RENEW_AGE.saturating_sub(Duration::from_millis(1)));
            assert_eq!(der(&local, name), first);
            clock.advance(Duration::from_millis(1));
            let second = der(&local, name);
            assert_ne!(second, first);
            assert_eq!(der(&local, name), second);
        }
    }

    #[test]
    fn no_more_certificates_are_kept_than_there_may_be() {
        let (local, _) = local();
        for idx in 0..LEAVES_MAX + 100 {
            der(&local, Some(&format!("registry{idx}.{DOMAIN}")));
        }
        assert!(local.leaves.len() <= LEAVES_MAX, "{}", local.leaves.len());
    }
}
