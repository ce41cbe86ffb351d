//! Over TLS: who is trusted, and both versions of HTTP.

use std::io::Write;
use std::net::IpAddr;
use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response, Version};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::receiver::{OK, Receiver, read_request, wait_until_closed};
use super::{LITTLE, loopback_allowed, parcel, send};
use crate::courier::client::HttpCourier;
use crate::courier::failure::{Failure, Phase};
use crate::courier::resolver::Resolver;
use crate::courier::{Courier, Parcel};

/// A certificate authority of the test's own, and a server with a certificate for the given names.
fn authority_and_server(
    names: &[&str],
    alpn: &[&str],
) -> (CertificateDer<'static>, Arc<ServerConfig>) {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
    let certificate = CertificateParams::new(names).unwrap().signed_by(&key, &authority).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut server = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.der().clone()],
            PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
        )
        .unwrap();
    server.alpn_protocols = alpn.iter().map(|protocol| protocol.as_bytes().to_vec()).collect();
    (authority.der().clone(), Arc::new(server))
}

/// A receiver that answers each request over TLS with [`OK`].
fn tls_receiver(server: Arc<ServerConfig>) -> Receiver {
    Receiver::start(move |stream, _| {
        let connection = ServerConnection::new(Arc::clone(&server)).unwrap();
        let mut stream = StreamOwned::new(connection, stream);
        while read_request(&mut stream).is_ok() {
            stream.write_all(OK.as_bytes())?;
        }
        Ok(())
    })
}

/// A courier for which every name is this machine.
fn courier(trusted: Vec<CertificateDer<'static>>) -> HttpCourier {
    HttpCourier::new(
        loopback_allowed(),
        Resolver::new(|_| Ok(vec![IpAddr::from([127, 0, 0, 1])])),
        trusted,
    )
}

async fn failure(
    trusted: Vec<CertificateDer<'static>>,
    host: &str,
    receiver: &Receiver,
) -> Failure {
    let uri = format!("https://{host}:{}/", receiver.address.port());
    let failure = send(&courier(trusted), &uri).await.result.unwrap_err();
    assert_eq!(failure.class(), "tls_error", "{failure}");
    failure
}

#[tokio::test]
async fn a_receiver_with_a_good_certificate_is_reached_by_name_and_by_address() {
    let (authority, server) = authority_and_server(&["hooks.example", "127.0.0.1"], &[]);
    let receiver = tls_receiver(server);
    let courier = courier(vec![authority]);
    for host in ["hooks.example", "hooks.example.", "127.0.0.1"] {
        let uri = format!("https://{host}:{}/", receiver.address.port());
        let exchange = send(&courier, &uri).await;
        let answer = exchange.result.unwrap();
        assert_eq!((answer.status.as_u16(), answer.version), (200, Version::HTTP_11));
        assert!(exchange.timings.tls.is_some());
        assert_eq!(send(&courier, &uri).await.timings.tls, None, "the connection is used again");
    }
    assert_eq!(receiver.accepted(), 3);
}

#[tokio::test]
async fn a_certificate_for_another_name_is_refused() {
    let (authority, server) = authority_and_server(&["hooks.example"], &[]);
    let receiver = tls_receiver(server);
    for host in ["other.example", "127.0.0.1"] {
        let failure = failure(vec![authority.clone()], host, &receiver).await;
        assert!(failure.to_string().contains("certificate not valid for name"), "{failure}");
    }
}

#[tokio::test]
async fn a_certificate_of_nobody_who_is_trusted_is_refused() {
    let (_, server) = authority_and_server(&["hooks.example"], &[]);
    let failure = failure(vec![], "hooks.example", &tls_receiver(server)).await;
    assert_eq!(
        failure.to_string(),
        "the TLS handshake failed: invalid peer certificate: UnknownIssuer"
    );
}

#[tokio::test]
async fn a_receiver_without_tls_is_told_so() {
    let plain =
        Receiver::start(|mut stream, _| stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n"));
    failure(vec![], "hooks.example", &plain).await;
    let closing = Receiver::start(|_, _| Ok(()));
    failure(vec![], "hooks.example", &closing).await;
}

#[tokio::test]
async fn the_time_runs_out_in_a_handshake_that_never_ends() {
    let receiver = Receiver::start(|mut stream, _| wait_until_closed(&mut stream));
    // Reading the machine's certificates, once, is no part of what is tested.
    let courier = courier(vec![]);
    let uri = format!("https://hooks.example:{}/", receiver.address.port());
    for timeout in [LITTLE, LITTLE] {
        let exchange = courier.send(Parcel { timeout, ..parcel(&uri) }).await;
        assert_eq!(exchange.result.unwrap_err(), Failure::Timeout { phase: Phase::Tls });
    }
}

/// Serves HTTP/2 on a connection, and answers with what it was asked.
async fn serve_http2(stream: std::net::TcpStream, server: Arc<ServerConfig>) {
    stream.set_nonblocking(true).unwrap();
    let stream = tokio::net::TcpStream::from_std(stream).unwrap();
    let stream = tokio_rustls::TlsAcceptor::from(server).accept(stream).await.unwrap();
    let echo = async |request: Request<Incoming>| {
        let (head, body) = request.into_parts();
        let body = body.collect().await?.to_bytes();
        let text = format!("{} {} {:?} {body:?}", head.method, head.uri, head.headers.get("x-key"));
        Ok::<_, hyper::Error>(Response::new(Full::new(Bytes::from(text))))
    };
    let builder = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
    builder.serve_connection(TokioIo::new(stream), service_fn(echo)).await.ok();
}

#[tokio::test]
async fn http_2_is_spoken_where_it_is_offered_and_shares_one_connection() {
    let (authority, server) = authority_and_server(&["hooks.example"], &["h2", "http/1.1"]);
    let (tell, told) = std::sync::mpsc::channel();
    let receiver = Receiver::start(move |stream, _| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(serve_http2(stream, Arc::clone(&server)));
        tell.send("closed").unwrap();
        Ok(())
    });
    let courier = courier(vec![authority]);
    let uri = format!("https://hooks.example:{}/a?b", receiver.address.port());
    let request = || {
        let mut parcel = parcel(&uri);
        parcel.headers.push(("X-Key".to_owned(), "v".to_owned()));
        courier.send(parcel)
    };
    let first = request().await.result.unwrap();
    assert_eq!((first.version, first.reason.as_str()), (Version::HTTP_2, "OK"));
    let expected = format!("POST {uri} Some(\"v\") b\"{{}}\"");
    assert_eq!(String::from_utf8(first.body_prefix).unwrap(), expected);
    let (second, third) = tokio::join!(request(), request());
    assert!(second.result.is_ok() && third.result.is_ok());
    assert_eq!(receiver.accepted(), 1);
    drop(courier);
    tokio::task::spawn_blocking(move || assert_eq!(told.recv(), Ok("closed"))).await.unwrap();
}
