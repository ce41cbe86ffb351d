//! HTTPS: hands are shaken, and then it is a connection like any other.

use super::connection;
use super::visit::Visit;
use axum::http::uri::Scheme;
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::server::ResolvesServerCert;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::Semaphore;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// How long a client may take for a handshake, and to wait for its turn.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// How many handshakes are under way at a time; more wait.
const HANDSHAKES_MAX: usize = 1_024;
/// What is spoken after the handshake. Clients of registries speak nothing that they could not say in it.
const PROTOCOL: &[u8] = b"http/1.1";

/// What all secure connections of a server share.
pub(super) struct Secure {
    acceptor: TlsAcceptor,
    turns: Semaphore,
    /// The domain under which every name leads here.
    pub(super) domain: String,
}

impl Secure {
    /// Shows clients `certificates`.
    pub(super) fn new(certificates: Arc<dyn ResolvesServerCert>, domain: String) -> Self {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("because the provider has cipher suites for both versions")
            .with_no_client_auth()
            .with_cert_resolver(certificates);
        config.alpn_protocols = vec![PROTOCOL.to_vec()];
        let acceptor = TlsAcceptor::from(Arc::new(config));
        Self { acceptor, turns: Semaphore::new(HANDSHAKES_MAX), domain }
    }

    async fn shake_hands<S>(&self, stream: S) -> io::Result<TlsStream<S>>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let shaking = async {
            let _turn = self.turns.acquire().await.expect("the turns are never closed");
            self.acceptor.accept(stream).await
        };
        tokio::time::timeout(HANDSHAKE_TIMEOUT, shaking).await?
    }
}

/// Shakes hands over `stream`, and serves it to its end. A handshake that is under way when the owner stops was nobody's
/// request.
pub(super) async fn serve<S>(stream: S, secure: &Secure, visit: &Visit)
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let shaken = tokio::select! {
        shaken = secure.shake_hands(stream) => shaken,
        () = visit.owner.stopping() => return,
    };
    match shaken {
        // Nothing leads from one HTTPS into another.
        Ok(stream) => drop(connection::serve(stream, visit, Scheme::HTTPS).await),
        Err(error) => tracing::debug!(%error, "a client would not shake hands"),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use boathook_core::time::Clock;
    use boathook_engine::certificates::{
        Authority, AuthorityFiles, LocalCertificates, certify, new_key,
    };
    use boathook_engine::system::SystemClock;
    use rustls::pki_types::pem::PemObject;
    use rustls::pki_types::{CertificateDer, ServerName};
    use rustls::{ClientConfig, RootCertStore};
    use tokio::io::{AsyncReadExt, DuplexStream, duplex};
    use tokio::time::Instant;
    use tokio_rustls::TlsConnector;

    const PIPE_BYTES: usize = 64 * 1024;

    /// HTTPS with an authority of its own, and a client that trusts it.
    pub(in crate::server) fn secure_and_client() -> (Secure, TlsConnector) {
        let (domain, now) = ("example.com", SystemClock.now());
        let key = new_key();
        let certificate = certify(key.as_bytes(), domain, now).unwrap();
        let files = AuthorityFiles { certificate: certificate.as_bytes(), key: key.as_bytes() };
        let authority = Authority::open(files, domain, now).unwrap();
        let certificates = LocalCertificates::new(authority, domain, Arc::new(SystemClock));
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap()).unwrap();
        let client = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let secure = Secure::new(Arc::new(certificates), domain.to_owned());
        (secure, TlsConnector::from(Arc::new(client)))
    }

    /// The name that every client finds HTTPS by.
    pub(in crate::server) fn localhost() -> ServerName<'static> {
        ServerName::try_from("localhost").unwrap()
    }

    #[track_caller]
    fn check_given_up(shaken: io::Result<TlsStream<DuplexStream>>, began: Instant) {
        assert_eq!(shaken.err().unwrap().kind(), io::ErrorKind::TimedOut);
        assert_eq!(began.elapsed(), HANDSHAKE_TIMEOUT);
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_does_not_shake_hands_is_given_up() {
        let (secure, _) = secure_and_client();
        let (_client, server) = duplex(PIPE_BYTES);
        let began = Instant::now();
        check_given_up(secure.shake_hands(server).await, began);
    }

    #[tokio::test(start_paused = true)]
    async fn no_more_handshakes_are_under_way_than_there_may_be() {
        let (secure, connector) = secure_and_client();
        let others = u32::try_from(HANDSHAKES_MAX).unwrap() - 1;
        let _others = secure.turns.acquire_many(others).await.unwrap();
        let last = secure.turns.acquire().await.unwrap();
        let (client, server) = duplex(PIPE_BYTES);
        let mut connecting = Box::pin(connector.connect(localhost(), client));
        let began = Instant::now();
        tokio::select! {
            shaken = secure.shake_hands(server) => check_given_up(shaken, began),
            _ = connecting.as_mut() => panic!("it is not this one's turn"),
        }

        drop(last);
        let (client, server) = duplex(PIPE_BYTES);
        let (mut client, server) =
            tokio::try_join!(connector.connect(localhost(), client), secure.shake_hands(server))
                .unwrap();
        drop(server);
        drop(client.read_to_end(&mut Vec::new()).await);
        assert_eq!(secure.turns.available_permits(), 1, "the turn is over");
    }
}
