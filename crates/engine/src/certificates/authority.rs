//! An authority that certifies names of this server, and of nobody else.
//!
//! Its own certificate says which names those are (RFC 5280 §4.2.1.10): whoever trusts it need not fear for the rest of
//! the web, even if its key is stolen.

use super::pem;
use boathook_core::time::Timestamp;
use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, DnType, ExtendedKeyUsagePurpose,
    GeneralSubtree, IsCa, Issuer, KeyPair, KeyUsagePurpose, NameConstraints,
};
use rustls::RootCertStore;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName, UnixTime};
use rustls::sign::CertifiedKey;
use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// How long the authority is trusted. Nothing makes another then: it is for people to trust one.
const AUTHORITY_AGE_MAX: Duration = Duration::from_hours(10 * 365 * 24);
/// How long what it issues is good for.
pub(super) const LEAF_AGE_MAX: Duration = Duration::from_hours(90 * 24);
/// How far a client's clock may be behind.
const SKEW_MAX: Duration = Duration::from_hours(24);
/// What it is called, and what what it issues is called. Both stay as they are: the name of an authority is how its
/// certificate is found.
const AUTHORITY_NAME: &str = "Boathook local authority";
const LEAF_NAME: &str = "Boathook";
/// The names that are certified without being asked for one.
pub(super) const DEFAULT_NAMES: [&str; 3] = ["localhost", "127.0.0.1", "::1"];
/// A label that stands for any registry's.
const ANY_LABEL: &str = "boathook";

/// What an authority consists of, both as PEM.
#[derive(Clone, Copy)]
pub struct AuthorityFiles<'a> {
    /// Its certificate, which clients are told to trust.
    pub certificate: &'a [u8],
    /// Its key, which nobody else may have.
    pub key: &'a [u8],
}

/// An authority that certifies names of this server.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
}

/// Why an authority is of no use.
#[derive(Debug, thiserror::Error)]
pub enum Distrust {
    /// The key is none, or not of the kind that is made here.
    #[error("the key is no PKCS #8 key in PEM that certificates can be signed with")]
    Key,
    /// The certificate is none.
    #[error("the certificate is none in PEM")]
    Certificate,
    /// Whoever trusts the certificate does not trust what the key signs.
    #[error("whoever trusts it does not trust this server as `{name}`: {cause}")]
    Foreign {
        /// The name that was tried.
        name: String,
        /// What was found.
        cause: rustls::Error,
    },
}

/// Makes a key for an authority, as PEM.
pub fn new_key() -> String {
    pem::write("PRIVATE KEY", fresh_key().serialized_der())
}

/// Makes the certificate of the authority that has this key, as PEM, good for names under `domain` and for this
/// machine's own.
pub fn certify(key: &[u8], domain: &str, now: Timestamp) -> Result<String, Distrust> {
    let key = read_key(key)?;
    let certificate = authority_params(domain, now).self_signed(&key);
    let certificate = certificate.map_err(|_| Distrust::Key)?;
    Ok(pem::write("CERTIFICATE", certificate.der()))
}

impl Authority {
    /// Takes up an authority, if whoever trusts it will trust this server under its names.
    pub fn open(files: AuthorityFiles<'_>, domain: &str, now: Timestamp) -> Result<Self, Distrust> {
        let issuer = Issuer::new(authority_params(domain, now), read_key(files.key)?);
        let authority = Self { issuer };
        let root = CertificateDer::from_pem_slice(files.certificate);
        let verifier = trusting(root.map_err(|_| Distrust::Certificate)?)?;
        let under_domain = format!("{ANY_LABEL}.{domain}");
        for names in [&DEFAULT_NAMES[..], &[under_domain.as_str()]] {
            let leaf = authority.issue(names, now);
            let name = ServerName::try_from(names[0].to_owned())
                .expect("because a domain was found to be a host name");
            let time = Duration::from_millis(u64::try_from(now.0).unwrap_or_default());
            let time = UnixTime::since_unix_epoch(time);
            verifier
                .verify_server_cert(&leaf.cert[0], &[], &name, &[], time)
                .map_err(|cause| Distrust::Foreign { name: names[0].to_owned(), cause })?;
        }
        Ok(authority)
    }

    /// Certifies names, the first of which is what the certificate is about, with a key of its own.
    pub(super) fn issue(&self, names: &[&str], now: Timestamp) -> CertifiedKey {
        let names: Vec<_> = names.iter().map(|&name| name.to_owned()).collect();
        let mut params =
            CertificateParams::new(names).expect("because names of hosts are made of ASCII");
        params.distinguished_name.push(DnType::CommonName, LEAF_NAME);
        (params.not_before, params.not_after) = validity(now, LEAF_AGE_MAX);
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.is_ca = IsCa::ExplicitNoCa;
        params.use_authority_key_identifier_extension = true;
        let key = fresh_key();
        let certificate = params.signed_by(&key, &self.issuer);
        let certificate = certificate.expect("because the authority's key has signed before");
        let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
        let key = aws_lc_rs::sign::any_ecdsa_type(&key);
        let key = key.expect("because the key is one for ECDSA");
        CertifiedKey::new(vec![certificate.der().clone()], key)
    }
}

/// Hides the key.
impl fmt::Debug for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authority").finish_non_exhaustive()
    }
}

fn authority_params(domain: &str, now: Timestamp) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, AUTHORITY_NAME);
    (params.not_before, params.not_after) = validity(now, AUTHORITY_AGE_MAX);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.name_constraints = Some(NameConstraints {
        permitted_subtrees: vec![
            GeneralSubtree::DnsName(domain.to_owned()),
            GeneralSubtree::DnsName(DEFAULT_NAMES[0].to_owned()),
            GeneralSubtree::IpAddress(CidrSubnet::from_v4_prefix(Ipv4Addr::LOCALHOST.octets(), 32)),
            GeneralSubtree::IpAddress(CidrSubnet::from_v6_prefix(
                Ipv6Addr::LOCALHOST.octets(),
                128,
            )),
        ],
        excluded_subtrees: Vec::new(),
    });
    params
}

/// From when and until when something is good that is made now.
fn validity<T: From<SystemTime>>(now: Timestamp, age_max: Duration) -> (T, T) {
    let now = UNIX_EPOCH + Duration::from_millis(u64::try_from(now.0).unwrap_or_default());
    ((now - SKEW_MAX).into(), (now + age_max).into())
}

fn fresh_key() -> KeyPair {
    KeyPair::generate().expect("because the operating system has random bytes")
}

fn read_key(pem: &[u8]) -> Result<KeyPair, Distrust> {
    let der = PrivatePkcs8KeyDer::from_pem_slice(pem).map_err(|_| Distrust::Key)?;
    KeyPair::try_from(&der).map_err(|_| Distrust::Key)
}

/// A client that trusts nobody but `root`.
fn trusting(root: CertificateDer<'_>) -> Result<Arc<WebPkiServerVerifier>, Distrust> {
    let mut roots = RootCertStore::empty();
    roots.add(root.into_owned()).map_err(|_| Distrust::Certificate)?;
    let provider = Arc::new(aws_lc_rs::default_provider());
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider).build();
    verifier.map_err(|_| Distrust::Certificate)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOMAIN: &str = "azurecr.localhost";
    const NOW: Timestamp = Timestamp(1_790_000_000_000);

    fn made(domain: &str, now: Timestamp) -> (String, String) {
        let key = new_key();
        (certify(key.as_bytes(), domain, now).unwrap(), key)
    }

    fn files((certificate, key): &(String, String)) -> AuthorityFiles<'_> {
        AuthorityFiles { certificate: certificate.as_bytes(), key: key.as_bytes() }
    }

    #[test]
    fn what_is_made_is_trusted_under_every_name_of_the_server_and_no_other() {
        let made = made(DOMAIN, NOW);
        let authority = Authority::open(files(&made), DOMAIN, NOW).unwrap();
        let verifier =
            trusting(CertificateDer::from_pem_slice(made.0.as_bytes()).unwrap()).unwrap();
        let is_trusted = |name: &str, age: Duration| {
            let leaf = authority.issue(&[name], NOW);
            let time = Duration::from_millis(u64::try_from(NOW.0).unwrap()) + age;
            let time = UnixTime::since_unix_epoch(time);
            let server = ServerName::try_from(name.to_owned()).unwrap();
            verifier.verify_server_cert(&leaf.cert[0], &[], &server, &[], time).is_ok()
        };
        for name in
            DEFAULT_NAMES.into_iter().chain(["a.azurecr.localhost", "a.b.geo.azurecr.localhost"])
        {
            assert!(is_trusted(name, Duration::ZERO), "{name}");
            assert!(is_trusted(name, LEAF_AGE_MAX), "{name}");
            assert!(!is_trusted(name, LEAF_AGE_MAX + Duration::from_secs(1)), "{name}");
        }
        for name in ["example.com", "xazurecr.example", "127.0.0.2", "192.0.2.1", "2001:db8::1"] {
            assert!(!is_trusted(name, Duration::ZERO), "{name}");
        }
    }

    #[test]
    fn an_authority_is_good_for_its_own_domain_alone() {
        let made = made(DOMAIN, NOW);
        let distrust = Authority::open(files(&made), "example.com", NOW).unwrap_err();
        assert!(distrust.to_string().contains("`boathook.example.com`"), "{distrust}");
    }

    #[test]
    fn two_authorities_that_were_mixed_up_are_noticed() {
        let [one, other] = [(); 2].map(|()| made(DOMAIN, NOW));
        let mixed = AuthorityFiles { key: files(&other).key, ..files(&one) };
        assert!(matches!(Authority::open(mixed, DOMAIN, NOW), Err(Distrust::Foreign { .. })));
    }

    #[test]
    fn certificates_made_twice_from_one_key_are_both_trusted() {
        let (first, key) = made(DOMAIN, NOW);
        let second = certify(key.as_bytes(), DOMAIN, NOW).unwrap();
        for certificate in [first, second] {
            Authority::open(files(&(certificate, key.clone())), DOMAIN, NOW).unwrap();
        }
    }

    #[test]
    fn what_is_no_key_and_no_certificate_is_said() {
        let (certificate, key) = made(DOMAIN, NOW);
        for (certificate, key, expected) in [
            (certificate.as_str(), "", "the key is no"),
            (certificate.as_str(), certificate.as_str(), "the key is no"),
            ("", key.as_str(), "the certificate is none"),
            (key.as_str(), key.as_str(), "the certificate is none"),
        ] {
            let made = (certificate.to_owned(), key.to_owned());
            let distrust = Authority::open(files(&made), DOMAIN, NOW).unwrap_err();
            assert!(distrust.to_string().starts_with(expected), "{distrust}");
        }
    }
}
