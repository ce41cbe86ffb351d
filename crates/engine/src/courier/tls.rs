//! The TLS side of the way out: who is trusted, and the handshake.

use std::io;
use std::sync::Arc;

use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio::sync::OnceCell;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::courier::destination::Host;
use crate::courier::failure::Failure;

/// Shakes hands over TLS 1.2 or 1.3.
///
/// The machine's certificates are read for the first handshake, not at the start: reading them takes longer than
/// starting does, and a server without `https` webhooks never needs them.
pub(super) struct Tls {
    extra_roots: Vec<CertificateDer<'static>>,
    protocols: Protocols,
    connector: OnceCell<TlsConnector>,
}

/// The versions of HTTP that may be spoken.
#[derive(Clone, Copy, Debug)]
pub(super) enum Protocols {
    /// Whichever the receiver likes better.
    Both,
    /// Only the one whose downloads are as fast as the connection is.
    Http1,
}

impl Tls {
    /// Trusts what the machine trusts, and `extra_roots`.
    pub(super) fn new(extra_roots: Vec<CertificateDer<'static>>, protocols: Protocols) -> Self {
        Self { extra_roots, protocols, connector: OnceCell::new() }
    }

    /// Shakes hands with a host, whose certificate must be good for its name.
    pub(super) async fn handshake(
        &self,
        host: &Host,
        stream: TcpStream,
    ) -> Result<TlsStream<TcpStream>, Failure> {
        let name = match host {
            // A certificate holds no trailing dot.
            Host::Name(name) => ServerName::try_from(name.trim_end_matches('.').to_owned())
                .map_err(|_| {
                    Failure::Tls(format!("`{name}` is no name that a certificate could hold"))
                })?,
            Host::Address(ip) => ServerName::from(*ip),
        };
        let connector = || connector(self.extra_roots.clone(), self.protocols);
        let connector = self.connector.get_or_init(connector).await;
        connector.connect(name, stream).await.map_err(|error| Failure::Tls(words(&error)))
    }
}

async fn connector(
    extra_roots: Vec<CertificateDer<'static>>,
    protocols: Protocols,
) -> TlsConnector {
    let roots = tokio::task::spawn_blocking(move || roots(extra_roots));
    let roots = roots.await.expect("because reading certificates does not panic");
    let mut config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("because the provider has cipher suites for both versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = match protocols {
        Protocols::Both => vec![b"h2".to_vec(), b"http/1.1".to_vec()],
        Protocols::Http1 => vec![b"http/1.1".to_vec()],
    };
    TlsConnector::from(Arc::new(config))
}

fn roots(extra_roots: Vec<CertificateDer<'static>>) -> RootCertStore {
    let native = rustls_native_certs::load_native_certs();
    for error in &native.errors {
        tracing::warn!(%error, "a certificate store of the machine could not be read");
    }
    let mut roots = RootCertStore::empty();
    let (added, ignored) =
        roots.add_parsable_certificates(native.certs.into_iter().chain(extra_roots));
    tracing::debug!(added, ignored, "read the certificates that webhooks are trusted by");
    if roots.is_empty() {
        tracing::warn!(
            "the machine trusts no certificate authority, so no https webhook can be reached"
        );
    }
    roots
}

/// Puts a failed handshake into words for the webhook's owner.
fn words(error: &io::Error) -> String {
    match error.get_ref().and_then(|cause| cause.downcast_ref::<rustls::Error>()) {
        Some(cause) => cause.to_string(),
        None if error.kind() == io::ErrorKind::UnexpectedEof => {
            "the receiver closed the connection".to_owned()
        }
        None => error.kind().to_string(),
    }
}
