//! HTTPS, and the CONNECT that leads to it.

#![expect(clippy::unwrap_used, reason = "what helps a test may fail as a test may")]

use crate::wire::{Stream, Wire};
use boathook_core::time::Clock;
use boathook_engine::certificates::{
    Authority, AuthorityFiles, LocalCertificates, certify, new_key,
};
use boathook_engine::supervisor::Supervisor;
use boathook_engine::system::SystemClock;
use boathook_http::{App, Https, Server};
use boathook_testkit::{Answer, PATIENCE, Settings, World};
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, ClientConnection, RootCertStore, SupportedProtocolVersion};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

const DOMAIN: &str = "azurecr.localhost";
const REGISTRY: &str = "boathook.azurecr.localhost";
const VERSIONS: [&SupportedProtocolVersion; 2] = [&TLS12, &TLS13];

/// A world that is served on two ports.
struct Secured {
    world: World,
    server: Server,
    supervisor: Supervisor,
    plain: SocketAddr,
    secure: SocketAddr,
    /// The authority that clients are told to trust.
    trusted: CertificateDer<'static>,
}

impl Secured {
    async fn start(settings: Settings) -> Self {
        let world = World::with(settings).await;
        world.leaves_behind();
        let now = SystemClock.now();
        let key = new_key();
        let certificate = certify(key.as_bytes(), DOMAIN, now).unwrap();
        let files = AuthorityFiles { certificate: certificate.as_bytes(), key: key.as_bytes() };
        let authority = Authority::open(files, DOMAIN, now).unwrap();
        let certificates = LocalCertificates::new(authority, DOMAIN, Arc::new(SystemClock));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let plain = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let secure = listener.local_addr().unwrap();
        let address = plain.local_addr().unwrap();
        let supervisor = Supervisor::default();
        let https =
            Https { listener, certificates: Arc::new(certificates), domain: DOMAIN.to_owned() };
        let server = Server::start_with_https(plain, https, &supervisor);
        let trusted = CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap();
        Self { world, server, supervisor, plain: address, secure, trusted }
    }

    async fn open() -> Self {
        let secured = Self::start(Settings { is_open: true, ..Settings::default() }).await;
        secured.serve();
        secured
    }

    fn serve(&self) {
        let app = App::new(Arc::clone(self.world.ctx()));
        app.set_ready(true);
        self.server.open(boathook_http::router(app));
    }

    /// A client that offers two protocols over some versions of TLS.
    fn client(&self, versions: &[&'static SupportedProtocolVersion]) -> Arc<ClientConfig> {
        let mut roots = RootCertStore::empty();
        roots.add(self.trusted.clone()).unwrap();
        let provider = Arc::new(aws_lc_rs::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(versions)
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Arc::new(config)
    }

    /// Shakes hands with what must be `name`.
    async fn shake_hands<S: Stream + 'static>(
        &self,
        stream: S,
        name: &str,
        versions: &[&'static SupportedProtocolVersion],
    ) -> io::Result<TlsStream<S>> {
        let name = ServerName::try_from(name.to_owned()).unwrap();
        TlsConnector::from(self.client(versions)).connect(name, stream).await
    }

    async fn https(&self, name: &str) -> Wire {
        let stream = TcpStream::connect(self.secure).await.unwrap();
        Wire::over(self.shake_hands(stream, name, &VERSIONS).await.unwrap())
    }

    /// Asks the plain listener to be led on.
    async fn connect(&self, target: &str) -> (Wire, Answer) {
        let mut wire = Wire::to(self.plain).await;
        wire.write(format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n")).await;
        // Like that to a HEAD, the answer has no body whatever its head says (RFC 9110 §9.3.6).
        let answer = wire.answer_to_head().await;
        (wire, answer)
    }

    async fn tunnel(&self, target: &str) -> Wire {
        let (wire, answer) = self.connect(target).await;
        let _ = answer.is(200);
        let (name, _) = target.rsplit_once(':').unwrap();
        Wire::over(self.shake_hands(wire.into_stream(), name, &VERSIONS).await.unwrap())
    }
}

async fn get(wire: &mut Wire, host: &str, path: &str) -> Answer {
    wire.write(format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n")).await;
    wire.answer().await
}

#[tokio::test]
async fn https_answers_what_the_plain_listener_answers_and_says_that_it_is_https() {
    let secured = Secured::start(Settings::default()).await;
    secured.serve();
    for name in ["localhost", "127.0.0.1", REGISTRY] {
        let mut wire = secured.https(name).await;
        let answer = get(&mut wire, &format!("{name}:5443"), "/v2/").await.is(401);
        let realm = format!("Bearer realm=\"https://{name}:5443/oauth2/token\"");
        assert!(answer.header("www-authenticate").starts_with(&realm), "{answer:?}");
        let answer = get(&mut wire, name, "/healthz").await.is(200);
        assert_eq!(answer.text(), "ok", "the connection goes on");
    }
    let mut plain = Wire::to(secured.plain).await;
    let answer = get(&mut plain, "h", "/v2/").await.is(401);
    assert!(answer.header("www-authenticate").starts_with("Bearer realm=\"http://h/"));
}

#[tokio::test]
async fn both_versions_of_tls_are_spoken_and_http_1_1_in_them() {
    let secured = Secured::open().await;
    for version in VERSIONS {
        let stream = TcpStream::connect(secured.secure).await.unwrap();
        let stream = secured.shake_hands(stream, "localhost", &[version]).await.unwrap();
        let (_, tls) = stream.get_ref();
        assert_eq!(tls.protocol_version(), Some(version.version));
        assert_eq!(tls.alpn_protocol(), Some(&b"http/1.1"[..]));
        let _ = get(&mut Wire::over(stream), "localhost", "/v2/").await.is(200);
    }
}

#[tokio::test]
async fn a_connect_for_a_name_of_ours_leads_to_https_on_whatever_port() {
    let secured = Secured::open().await;
    for target in [
        "boathook.azurecr.localhost:443",
        "boathook.local.geo.azurecr.localhost:8443",
        "login.azurecr.localhost:443",
        "management.azurecr.localhost:443",
        "BoatHook.AzureCR.localhost:1",
        "localhost:65535",
    ] {
        let mut wire = secured.tunnel(target).await;
        assert_eq!(get(&mut wire, target, "/healthz").await.is(200).text(), "ok", "{target}");
    }
}

#[tokio::test]
async fn a_client_need_not_wait_for_the_answer_to_its_connect() {
    let secured = Secured::open().await;
    let mut stream = TcpStream::connect(secured.plain).await.unwrap();
    let name = ServerName::try_from(REGISTRY).unwrap();
    let mut tls = ClientConnection::new(secured.client(&VERSIONS), name).unwrap();
    let mut bytes = format!("CONNECT {REGISTRY}:443 HTTP/1.1\r\nHost: h\r\n\r\n").into_bytes();
    tls.write_tls(&mut bytes).unwrap();
    stream.write_all(&bytes).await.unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        answer.push(stream.read_u8().await.unwrap());
    }
    assert!(answer.starts_with(b"HTTP/1.1 200 "), "{}", answer.escape_ascii());
    while tls.is_handshaking() {
        let mut piece = [0; 4096];
        let count = stream.read(&mut piece).await.unwrap();
        assert_ne!(count, 0, "the server goes on");
        tls.read_tls(&mut &piece[..count]).unwrap();
        tls.process_new_packets().unwrap();
    }
}

#[tokio::test]
async fn a_connect_for_anybody_else_is_refused_in_words_and_the_connection_goes_on() {
    let secured = Secured::open().await;
    for (target, status, words) in [
        ("example.com:443", 403, "`example.com` is not a name of this server"),
        ("azurecr.localhost:443", 403, "names under azurecr.localhost, and to localhost"),
        ("boathook.azurecr.localhost.example.com:443", 403, "is not a name of this server"),
        ("xazurecr.localhost:443", 403, "is not a name of this server"),
        ("127.0.0.1:22", 403, "`127.0.0.1` is not a name of this server"),
        ("[::1]:22", 403, "`::1` is not a name of this server"),
        ("169.254.169.254:80", 403, "is not a name of this server"),
        ("localhost:0", 400, "a port from 1 to 65535"),
    ] {
        let mut wire = Wire::to(secured.plain).await;
        wire.write(format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n")).await;
        let answer = wire.answer().await.is(status);
        assert!(answer.text().contains(words), "{target}: {}", answer.text());
        let _ = get(&mut wire, "h", "/v2/").await.is(200);
    }
}

#[tokio::test]
async fn a_cloud_behind_a_tunnel_is_told_of_by_its_name() {
    let secured = Secured::open().await;
    let host = "management.azurecr.localhost";
    let mut wire = secured.tunnel(&format!("{host}:443")).await;
    let cloud =
        get(&mut wire, host, "/metadata/endpoints?api-version=2022-09-01").await.is(200).json();
    assert_eq!(cloud["resourceManager"], format!("https://{host}"));
    assert_eq!(cloud["authentication"]["loginEndpoint"], format!("https://{host}/adfs"));
    assert_eq!(cloud["suffixes"]["acrLoginServer"], DOMAIN);
    let path = "/adfs/.well-known/openid-configuration";
    let told = get(&mut wire, host, path).await.is(200).json();
    assert_eq!(told["token_endpoint"], format!("https://{host}/adfs/oauth2/token"));
}

#[tokio::test]
async fn there_is_no_tunnel_within_a_tunnel() {
    let secured = Secured::open().await;
    for mut wire in [secured.https("localhost").await, secured.tunnel("localhost:443").await] {
        wire.write("CONNECT localhost:443 HTTP/1.1\r\nHost: localhost:443\r\n\r\n").await;
        let answer = wire.answer().await.is(501);
        assert!(answer.text().contains("HTTPS already"), "{}", answer.text());
    }
}

#[tokio::test]
async fn without_https_a_connect_leads_nowhere_and_says_how_it_would() {
    let served = crate::served::Served::open().await;
    let mut wire = Wire::to(served.address).await;
    wire.write(format!("CONNECT {REGISTRY}:443 HTTP/1.1\r\nHost: {REGISTRY}:443\r\n\r\n")).await;
    let answer = wire.answer().await.is(501);
    assert!(answer.text().contains("--tls"), "{}", answer.text());
    let _ = get(&mut wire, "h", "/v2/").await.is(200);
}

#[tokio::test]
async fn who_speaks_no_tls_to_https_or_trusts_nobody_here_disturbs_no_one() {
    let secured = Secured::open().await;
    let mut wire = Wire::to(secured.secure).await;
    wire.write("GET /v2/ HTTP/1.1\r\nHost: h\r\n\r\n").await;
    let mut stream = wire.into_stream();
    let mut said = Vec::new();
    let ended = stream.read_to_end(&mut said);
    drop(tokio::time::timeout(PATIENCE, ended).await.expect("the connection is closed"));
    assert!(!said.starts_with(b"HTTP/"), "an alert of TLS");
    let stream = TcpStream::connect(secured.secure).await.unwrap();
    let foreign = secured.shake_hands(stream, "example.com", &VERSIONS).await;
    assert!(foreign.is_err(), "its certificate is not good for other names");
    let _ = get(&mut secured.https("localhost").await, "h", "/v2/").await.is(200);
}

#[tokio::test]
async fn https_is_answered_from_the_first_moment_on_until_the_last() {
    let secured = Secured::start(Settings { is_open: true, ..Settings::default() }).await;
    let mut early = secured.https("localhost").await;
    let mut led = secured.tunnel("localhost:443").await;
    for wire in [&mut early, &mut led] {
        assert_eq!(get(wire, "h", "/readyz").await.is(503).text(), "starting");
    }
    secured.serve();
    for wire in [&mut early, &mut led] {
        assert_eq!(get(wire, "h", "/readyz").await.is(200).text(), "ready");
    }
    early
        .write("POST /v2/app/blobs/uploads/ HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n")
        .await;
    let begun = early.answer().await.is(202);
    let upload = begun.header("location");
    led.write(format!("PATCH {upload} HTTP/1.1\r\nHost: h\r\nContent-Length: 6\r\n\r\nabc")).await;
    while get(&mut early, "h", upload).await.is(204).header("range") == "0-0" {
        tokio::task::yield_now().await;
    }

    let silent = TcpStream::connect(secured.secure).await.unwrap();
    secured.supervisor.stop();
    early.is_closed().await;
    let mut late = secured.https("localhost").await;
    assert_eq!(get(&mut late, "h", "/readyz").await.is(503).text(), "draining");
    late.is_closed().await;
    let (_, refused) = secured.connect("localhost:443").await;
    assert_eq!(refused.is(503).header("connection"), "close");
    assert!(!secured.supervisor.ended(Duration::ZERO).await, "a request is under way");
    led.write("def").await;
    assert_eq!(led.answer().await.is(202).header("range"), "0-5");
    led.is_closed().await;
    assert!(
        secured.supervisor.ended(PATIENCE).await,
        "a client that says nothing is not waited for"
    );
    secured.server.close().await;
    drop(silent);
    for address in [secured.plain, secured.secure] {
        assert!(TcpStream::connect(address).await.is_err(), "the port is closed");
    }
}
