//! The text form of keys and certificates (RFC 7468).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

/// RFC 7468 §2: lines have 64 characters, but for the last.
const LINE_CHARS: usize = 64;

/// Writes what is labelled `label`.
pub(super) fn write(label: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let mut pem = format!("-----BEGIN {label}-----\n");
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let (line, next) = rest.split_at(rest.len().min(LINE_CHARS));
        pem.push_str(line);
        pem.push('\n');
        rest = next;
    }
    pem.push_str("-----END ");
    pem.push_str(label);
    pem.push_str("-----\n");
    pem
}

/// Certificates, each as it is sent.
pub type Certificates = Vec<CertificateDer<'static>>;

/// Reads certificates, in their order; none where there is no certificate, or something that is none.
pub fn read_certificates(pem: &[u8]) -> Option<Certificates> {
    let certificates = CertificateDer::pem_slice_iter(pem).collect::<Result<Vec<_>, _>>().ok()?;
    Some(certificates).filter(|certificates| !certificates.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again_whatever_its_length() {
        for length in [1, 47, 48, 49, 96, 500] {
            let der = vec![7; length];
            let pem = write("CERTIFICATE", &der);
            assert!(pem.lines().all(|line| line.len() <= LINE_CHARS), "{pem}");
            assert_eq!(CertificateDer::from_pem_slice(pem.as_bytes()).unwrap().as_ref(), der);
        }
    }
}
