//! One connection: its requests, one after the other, and its end.

use super::closed::{self, Closed};
use super::stall::Unstalled;
use super::visit::Visit;
use super::{Door, secure, tunnel};
use crate::body;
use axum::body::Body;
use axum::extract::Request;
use axum::http::Method;
use axum::http::uri::Scheme;
use axum::response::Response;
use hyper::body::{Body as _, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::pin::pin;
use std::sync::OnceLock;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tower::ServiceExt;

/// How long a client may take to send the head of a request, or to begin with the next one.
pub(super) const HEAD_TIMEOUT: Duration = Duration::from_secs(30);

/// How long a client may take nothing of what is sent to it.
const STALL_TIMEOUT: Duration = Duration::from_mins(1);

/// Which listener a client has come to.
#[derive(Clone, Copy, Debug)]
pub(super) enum Entrance {
    Plain,
    Secure,
}

/// Serves a connection to its end, and what it may become before.
pub(super) async fn attend(stream: TcpStream, entrance: Entrance, visit: Visit) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "a connection keeps its small packets back");
    }
    let stream = Unstalled::new(stream, STALL_TIMEOUT);
    // What is secure is boxed, so that a plain connection does not take the memory of the other.
    match (entrance, &visit.door.secure) {
        (Entrance::Secure, Some(secure)) => Box::pin(secure::serve(stream, secure, &visit)).await,
        (_, secure) => {
            let Some(tunnel) = serve(stream, &visit, Scheme::HTTP).await else { return };
            // It fails where the client has gone before it heard that it is led on.
            if let (Ok(stream), Some(secure)) = (tunnel.await, secure) {
                Box::pin(secure::serve(TokioIo::new(stream), secure, &visit)).await;
            }
        }
    }
}

/// Serves the requests of a stream until its end or until a CONNECT, whose tunnel is returned. When the owner stops, the
/// request that has begun is the last.
pub(super) async fn serve<S>(stream: S, visit: &Visit, scheme: Scheme) -> Option<OnUpgrade>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let tunnel = OnceLock::new();
    let service = service_fn(async |request: hyper::Request<Incoming>| {
        if request.method() == Method::CONNECT {
            let (response, begun) = tunnel::answer(visit, &scheme, request);
            if let Some(begun) = begun {
                // There is no request after this one.
                let _ = tunnel.set(begun);
            }
            return Ok(response);
        }
        respond(visit, &scheme, request).await
    });
    {
        let mut connection = pin!(
            http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(HEAD_TIMEOUT)
                .serve_connection(TokioIo::new(stream), service)
                .with_upgrades()
        );
        // Clients come and go; a connection that breaks is not worth a line.
        let ended = tokio::select! {
            biased;
            ended = connection.as_mut() => Some(ended),
            () = visit.owner.stopping() => None,
        };
        if ended.is_none() {
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
        }
    }
    tunnel.into_inner()
}

async fn respond(
    visit: &Visit,
    scheme: &Scheme,
    request: hyper::Request<Incoming>,
) -> Result<Response, Infallible> {
    let Visit { door, closed, peer, .. } = visit;
    let (mut parts, body) = request.into_parts();
    if let Some(peer) = peer {
        parts.extensions.insert(*peer);
    }
    if *scheme != Scheme::HTTP {
        parts.extensions.insert(scheme.clone());
    }
    if body.is_end_stream() {
        return answer(door, *closed, Request::from_parts(parts, Body::empty())).await;
    }
    let (body, rest) = body::lend(&parts.headers, body);
    let request = Request::from_parts(parts, Body::new(body));
    let mut response = answer(door, *closed, request).await?;
    rest.settle(&mut response).await;
    Ok(response)
}

async fn answer(
    door: &Door,
    closed: Option<Closed>,
    request: Request,
) -> Result<Response, Infallible> {
    match (closed, door.router.get()) {
        (Some(closed), _) => Ok(closed::answer(closed, request.method(), request.uri().path())),
        (None, Some(router)) => router.clone().oneshot(request).await,
        (None, None) => {
            Ok(closed::answer(Closed::Starting, request.method(), request.uri().path()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::secure::tests::{localhost, secure_and_client};
    use axum::Router;
    use boathook_engine::supervisor::Supervisor;
    use bytes::Bytes;
    use futures_util::stream;
    use std::sync::Arc;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;
    use tokio::sync::Semaphore;

    async fn without_end() -> Body {
        let piece = || Ok::<_, Infallible>(Bytes::from_static(&[b'x'; 16 * 1024]));
        Body::from_stream(stream::repeat_with(piece))
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_stops_reading_loses_its_connection() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (stream, _) = listener.accept().await.unwrap();
        let router = OnceLock::from(Router::new().fallback(without_end));
        let permits = Arc::new(Semaphore::new(1));
        let door = Arc::new(Door { router, permits, secure: None });
        client.write_all(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n").await.unwrap();
        let visit = Visit { door, closed: None, owner: Supervisor::default(), peer: None };
        let serving = attend(stream, Entrance::Plain, visit);
        tokio::time::timeout(STALL_TIMEOUT * 10, serving).await.expect("it is given up");
        let mut got = Vec::new();
        // What was in the buffers, and then a break.
        drop(client.read_to_end(&mut got).await);
        assert!(got.starts_with(b"HTTP/1.1 200 ") && !got.ends_with(b"0\r\n\r\n"));
    }

    #[tokio::test]
    async fn a_client_over_tls_that_stops_reading_loses_its_connection() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (stream, _) = listener.accept().await.unwrap();
        let (secure, connector) = secure_and_client();
        let router = OnceLock::from(Router::new().fallback(without_end));
        let permits = Arc::new(Semaphore::new(1));
        let door = Arc::new(Door { router, permits, secure: Some(secure) });
        let owner = Supervisor::default();
        let visit = Visit { door, closed: None, owner: owner.clone(), peer: None };
        owner.spawn(attend(stream, Entrance::Secure, visit));
        let mut client = connector.connect(localhost(), client).await.unwrap();
        client.write_all(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n").await.unwrap();
        let mut status = [0; 12];
        client.read_exact(&mut status).await.unwrap();
        assert_eq!(&status, b"HTTP/1.1 200");
        tokio::time::pause();
        assert!(owner.ended(STALL_TIMEOUT * 10).await, "it is given up");
    }
}
