//! Connections: accepted, served, and drained when the server stops.

use crate::app::App;
use crate::body;
use crate::router::router;
use axum::extract::Request;
use boathook_engine::supervisor::Supervisor;
use hyper::body::{Body, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tower::ServiceExt;

/// How many connections are served at a time; more wait to be accepted.
const CONNECTIONS_MAX: usize = 4_096;
/// How long a client may take to send the head of a request.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);
/// How long connections may take to finish what they are at when the server stops; shorter than the whole stop may take.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(20);
/// How long to wait before accepting again when the process has no file descriptor left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Serves `listener` until the supervisor stops, then lets every request that has begun come to its end.
pub async fn serve(listener: TcpListener, app: App, supervisor: &Supervisor) {
    let router = router(app);
    let connections = GracefulShutdown::new();
    let permits = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    loop {
        let accepted = tokio::select! {
            accepted = accept(&listener, &permits) => accepted,
            () = supervisor.stopping() => break,
        };
        let (stream, permit) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "a connection cannot be accepted");
                supervisor.pause(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let connection = connections.watch(connection(stream, router.clone()));
        supervisor.spawn(async move {
            let _permit = permit;
            // Clients come and go; a connection that breaks is not worth a line.
            let _ = connection.await;
        });
    }
    drop(listener);
    if tokio::time::timeout(DRAIN_TIMEOUT, connections.shutdown()).await.is_err() {
        tracing::warn!("some connections were still busy when the time for draining was over");
    }
}

/// Waits until there is room for a connection, and then for a connection.
async fn accept(
    listener: &TcpListener,
    permits: &Arc<Semaphore>,
) -> io::Result<(TcpStream, OwnedSemaphorePermit)> {
    let permit = Arc::clone(permits).acquire_owned().await.expect("the permits are never closed");
    let (stream, _) = listener.accept().await?;
    Ok((stream, permit))
}

fn connection(
    stream: TcpStream,
    router: axum::Router,
) -> http1::Connection<
    TokioIo<TcpStream>,
    impl hyper::service::Service<
        hyper::Request<Incoming>,
        Response = axum::response::Response,
        Error = std::convert::Infallible,
        Future: Send,
    >,
> {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "a connection keeps its small packets back");
    }
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let router = router.clone();
        async move {
            let (parts, body) = request.into_parts();
            if body.is_end_stream() {
                return router.oneshot(Request::from_parts(parts, axum::body::Body::empty())).await;
            }
            let (body, rest) = body::lend(&parts.headers, body);
            let request = Request::from_parts(parts, axum::body::Body::new(body));
            let mut response = router.oneshot(request).await?;
            rest.settle(&mut response).await;
            Ok(response)
        }
    });
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .serve_connection(TokioIo::new(stream), service)
}
