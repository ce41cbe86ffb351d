//! The receiver: notes when each request came and what it said, and answers at once.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::time::Instant;

use anyhow::Result;
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Empty};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinSet;

/// Requests to this path are never answered and never noted.
pub(crate) const HANG_PATH: &str = "/hang";

/// A request that came.
pub(crate) struct Arrival {
    /// When its head had been read.
    pub(crate) at: Instant,
    /// Its path.
    pub(crate) path: String,
    /// Its body, whole.
    pub(crate) body: Bytes,
}

/// A receiver on a port of its own; it ends when it is dropped.
pub(crate) struct Sink {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    /// What came, in order; bounded by what the bench pushes.
    pub(crate) arrivals: UnboundedReceiver<Arrival>,
    _accepting: JoinSet<()>,
}

impl Sink {
    /// Begins to listen on loopback.
    pub(crate) async fn open() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let (noted, arrivals) = unbounded_channel();
        let mut accepting = JoinSet::new();
        accepting.spawn(accept(listener, noted));
        Ok(Self { address, arrivals, _accepting: accepting })
    }
}

async fn accept(listener: TcpListener, noted: UnboundedSender<Arrival>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                if let Ok((stream, _)) = accepted {
                    connections.spawn(serve(stream, noted.clone()));
                }
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn serve(stream: TcpStream, noted: UnboundedSender<Arrival>) {
    // A sender that breaks off leaves its delivery uncounted, which the row reports.
    let _ = stream.set_nodelay(true);
    let answer = service_fn(|request| note(request, &noted));
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), answer).await;
}

async fn note(
    request: Request<Incoming>,
    noted: &UnboundedSender<Arrival>,
) -> Result<Response<Empty<Bytes>>, Infallible> {
    let at = crate::clock::now();
    if request.uri().path() == HANG_PATH {
        std::future::pending::<()>().await;
    }
    let path = request.uri().path().to_owned();
    if let Ok(body) = request.into_body().collect().await {
        // The bench may have gone on without waiting for duplicates.
        let _ = noted.send(Arrival { at, path, body: body.to_bytes() });
    }
    Ok(Response::new(Empty::new()))
}
