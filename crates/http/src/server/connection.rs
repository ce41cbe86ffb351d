//! One connection: its requests, one after the other, and its end.

use super::Door;
use super::closed::{self, Closed};
use super::stall::Unstalled;
use crate::body;
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use boathook_engine::supervisor::Supervisor;
use hyper::body::{Body as _, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tower::ServiceExt;

/// How long a client may take to send the head of a request, or to begin with the next one.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);

/// How long a client may take nothing of what is sent to it.
const STALL_TIMEOUT: Duration = Duration::from_mins(1);

/// Serves a connection to its end. When `owner` stops, the request that has begun is the last. Where `closed`, every
/// request is refused, whatever the door is.
pub(super) async fn serve(
    stream: TcpStream,
    door: Arc<Door>,
    closed: Option<Closed>,
    owner: Supervisor,
) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "a connection keeps its small packets back");
    }
    let service = service_fn(|request: hyper::Request<Incoming>| {
        let door = Arc::clone(&door);
        async move {
            let (parts, body) = request.into_parts();
            if body.is_end_stream() {
                return answer(&door, closed, Request::from_parts(parts, Body::empty())).await;
            }
            let (body, rest) = body::lend(&parts.headers, body);
            let request = Request::from_parts(parts, Body::new(body));
            let mut response = answer(&door, closed, request).await?;
            rest.settle(&mut response).await;
            Ok(response)
        }
    });
    let mut connection = pin!(
        http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_TIMEOUT)
            .serve_connection(TokioIo::new(Unstalled::new(stream, STALL_TIMEOUT)), service)
    );
    // Clients come and go; a connection that breaks is not worth a line.
    tokio::select! {
        biased;
        _ = connection.as_mut() => return,
        () = owner.stopping() => connection.as_mut().graceful_shutdown(),
    }
    let _ = connection.await;
}

async fn answer(
    door: &Door,
    closed: Option<Closed>,
    request: Request,
) -> Result<Response, Infallible> {
    match (closed, door.router.get()) {
        (Some(closed), _) => Ok(closed::answer(closed, request.uri().path())),
        (None, Some(router)) => router.clone().oneshot(request).await,
        (None, None) => Ok(closed::answer(Closed::Starting, request.uri().path())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::Router;
    use bytes::Bytes;
    use futures_util::stream;
    use std::sync::OnceLock;
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
        let door = Arc::new(Door { router, permits: Arc::new(Semaphore::new(1)) });
        client.write_all(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n").await.unwrap();
        let serving = serve(stream, door, None, Supervisor::default());
        tokio::time::timeout(STALL_TIMEOUT * 10, serving).await.expect("it is given up");
        let mut got = Vec::new();
        // What was in the buffers, and then a break.
        drop(client.read_to_end(&mut got).await);
        assert!(got.starts_with(b"HTTP/1.1 200 ") && !got.ends_with(b"0\r\n\r\n"));
    }
}
