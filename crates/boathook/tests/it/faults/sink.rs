//! A receiver that remembers what came, and in which life of the server.

use std::sync::Arc;

use http_body_util::{BodyExt, Empty};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::Value as Json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::PATIENCE;

/// Where nothing is delivered to: whoever has an answer from here knows that all who came before are known.
const BARRIER: &str = "/barrier";

/// A webhook that heard of something.
#[derive(Clone, Debug)]
pub(super) struct Received {
    /// How many servers had been killed when it was sent.
    pub(super) life: usize,
    /// The path, which is the webhook's own.
    pub(super) path: String,
    pub(super) event: Json,
}

/// What a sink knows.
#[derive(Default)]
pub(super) struct State {
    pub(super) received: Vec<Received>,
    life: usize,
    connections: usize,
    is_holding: bool,
}

/// A receiver that answers 200, on a port of its own.
pub(super) struct Sink {
    pub(super) endpoint: String,
    state: Arc<watch::Sender<State>>,
    _accepting: JoinSet<()>,
}

impl Received {
    /// The event's id at its webhook, of which there may be one delivery.
    pub(super) fn key(&self) -> (&str, &str) {
        (&self.path, self.text("/id"))
    }

    /// What happened to which manifest.
    pub(super) fn about(&self) -> (&str, &str) {
        (self.text("/action"), self.text("/target/digest"))
    }

    /// A member that is text, by its JSON pointer.
    pub(super) fn text(&self, pointer: &str) -> &str {
        self.event.pointer(pointer).and_then(Json::as_str).unwrap()
    }
}

impl Sink {
    /// Begins to listen.
    pub(super) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(watch::Sender::new(State::default()));
        let mut accepting = JoinSet::new();
        accepting.spawn(accept(listener, Arc::clone(&state)));
        Self { endpoint, state, _accepting: accepting }
    }

    /// Waits until what came is as it should be, and returns it.
    pub(super) async fn has(&self, what: &str, is_so: impl FnMut(&State) -> bool) -> Vec<Received> {
        let mut seen = self.state.subscribe();
        let waited = tokio::time::timeout(PATIENCE, seen.wait_for(is_so)).await;
        assert!(waited.is_ok(), "after {PATIENCE:?} the sink has not got {what}");
        self.received()
    }

    /// All that has come so far.
    pub(super) fn received(&self) -> Vec<Received> {
        self.state.borrow().received.clone()
    }

    /// Holds all answers back, or lets them go.
    pub(super) fn hold(&self, is_holding: bool) {
        self.state.send_modify(|state| state.is_holding = is_holding);
    }

    /// Waits until all that a dead server has sent is known; what comes then is from its successor.
    pub(super) async fn next_life(&self) {
        let mut stream =
            TcpStream::connect(self.endpoint.strip_prefix("http://").unwrap()).await.unwrap();
        let request = format!("GET {BARRIER} HTTP/1.1\r\nHost: sink\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        stream.read_to_end(&mut Vec::new()).await.unwrap();
        self.has("rid of the dead server", |state| state.connections == 0).await;
        self.state.send_modify(|state| state.life += 1);
    }
}

async fn accept(listener: TcpListener, state: Arc<watch::Sender<State>>) {
    let mut connections = JoinSet::new();
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        state.send_modify(|state| state.connections += 1);
        let state = Arc::clone(&state);
        connections.spawn(async move {
            let service = service_fn(|request| receive(request, &state));
            // A server that is killed does not take its leave.
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
            state.send_modify(|state| state.connections -= 1);
        });
    }
}

async fn receive(
    request: Request<Incoming>,
    state: &watch::Sender<State>,
) -> Result<Response<Empty<Bytes>>, hyper::Error> {
    let path = request.uri().path().to_owned();
    if path != BARRIER {
        // A request that was cut off by a kill never came.
        let body = request.into_body().collect().await?.to_bytes();
        let event = serde_json::from_slice(&body).unwrap();
        state.send_modify(|state| {
            state.received.push(Received { life: state.life, path, event });
        });
        let waited = state.subscribe().wait_for(|state| !state.is_holding).await.is_ok();
        assert!(waited, "because the state outlives its connections");
    }
    Ok(Response::new(Empty::new()))
}
