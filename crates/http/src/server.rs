//! Listeners: answered from the first moment on, opened when there is something to answer with, drained at the end.

mod closed;
mod connection;
mod secure;
mod stall;
mod tunnel;
mod visit;

pub(crate) use closed::Closed;

use crate::facts::Peer;
use axum::Router;
use boathook_engine::supervisor::Supervisor;
use connection::{Entrance, HEAD_TIMEOUT};
use rustls::server::ResolvesServerCert;
use secure::Secure;
use std::io;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use visit::Visit;

/// How many connections are served at a time; more wait.
const CONNECTIONS_MAX: usize = 4_096;
/// How long to wait before accepting again when the process has no file descriptor left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// How long connections may take to send the last refusals when the listener is closed.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);

/// Listeners that are answered: a plain one, and perhaps one of HTTPS.
///
/// They have three times. Until [`open`](Self::open), they are healthy and not ready, and refuse everything else. Then they
/// serve, on the connections that they already have too. When the supervisor stops, requests that have begun come to their
/// end, and whoever connects now is refused as at the start, until [`close`](Self::close).
pub struct Server {
    door: Arc<Door>,
    /// The owner of what has to go on while the others stop: the listeners, and the connections that are refused.
    porter: Supervisor,
}

/// A second listener, which answers over TLS what the first answers without.
pub struct Https {
    /// Where.
    pub listener: TcpListener,
    /// What clients are shown.
    pub certificates: Arc<dyn ResolvesServerCert>,
    /// The domain whose names lead here where the plain listener is asked to CONNECT.
    pub domain: String,
}

/// What all connections of a server share.
struct Door {
    router: OnceLock<Router>,
    permits: Arc<Semaphore>,
    secure: Option<Secure>,
}

impl Server {
    /// Answers `listener` from now on. The connections are tasks of `supervisor`.
    pub fn start(listener: TcpListener, supervisor: &Supervisor) -> Self {
        Self::answering(vec![(listener, Entrance::Plain)], None, supervisor)
    }

    /// Answers two listeners from now on, the one as the other.
    pub fn start_with_https(plain: TcpListener, https: Https, supervisor: &Supervisor) -> Self {
        let Https { listener, certificates, domain } = https;
        let secure = Secure::new(certificates, domain);
        let listeners = vec![(plain, Entrance::Plain), (listener, Entrance::Secure)];
        Self::answering(listeners, Some(secure), supervisor)
    }

    fn answering(
        listeners: Vec<(TcpListener, Entrance)>,
        secure: Option<Secure>,
        supervisor: &Supervisor,
    ) -> Self {
        let permits = Arc::new(Semaphore::new(CONNECTIONS_MAX));
        let door = Arc::new(Door { router: OnceLock::new(), permits, secure });
        let porter = Supervisor::default();
        for (listener, entrance) in listeners {
            let door = Arc::clone(&door);
            porter.spawn(attend(listener, entrance, door, supervisor.clone(), porter.clone()));
        }
        Self { door, porter }
    }

    /// Serves `router` from now on, for good.
    pub fn open(&self, router: Router) {
        // Who opens an open door finds it open.
        let _ = self.door.router.set(router);
    }

    /// How many connections there are.
    pub fn connection_count(&self) -> usize {
        CONNECTIONS_MAX - self.door.permits.available_permits()
    }

    /// Answers nobody any more, and lets go of the router. The supervisor's tasks have ended before.
    pub async fn close(self) {
        self.porter.stop();
        if !self.porter.ended(CLOSE_TIMEOUT).await {
            self.porter.cut_off();
            self.porter.ended(CLOSE_TIMEOUT).await;
        }
    }
}

/// Accepts connections until the porter stops.
async fn attend(
    listener: TcpListener,
    entrance: Entrance,
    door: Arc<Door>,
    supervisor: Supervisor,
    porter: Supervisor,
) {
    loop {
        let accepted = tokio::select! {
            accepted = accept(&listener, &door.permits) => accepted,
            () = porter.stopping() => return,
        };
        let (stream, permit) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "a connection cannot be accepted");
                porter.pause(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let guest = Guest { stream, entrance, door: Arc::clone(&door), permit };
        porter.spawn(guest.welcome(supervisor.clone(), porter.clone()));
    }
}

/// A connection on which nothing has been said.
struct Guest {
    stream: TcpStream,
    entrance: Entrance,
    door: Arc<Door>,
    permit: OwnedSemaphorePermit,
}

impl Guest {
    /// Waits for the client's first word, and has it served.
    ///
    /// Until then nothing has begun that a server that stops would have to finish, and nothing that it may drop without an
    /// answer: hyper closes a connection that is told to end before its first byte has been read.
    async fn welcome(self, supervisor: Supervisor, porter: Supervisor) {
        let Self { stream, entrance, door, permit } = self;
        let mut first = [0];
        let heard = tokio::select! {
            heard = tokio::time::timeout(HEAD_TIMEOUT, stream.peek(&mut first)) => heard,
            () = porter.stopping() => return,
        };
        if !matches!(heard, Ok(Ok(1))) {
            return;
        }
        let (owner, closed) = if supervisor.is_stopping() {
            (porter, Some(Closed::Draining))
        } else {
            (supervisor, None)
        };
        let peer = stream.peer_addr().ok().map(|peer| Peer(peer.ip()));
        let visit = Visit { door, closed, owner: owner.clone(), peer };
        let serving = connection::attend(stream, entrance, visit);
        owner.spawn(async move {
            let _permit = permit;
            serving.await;
        });
    }
}

/// Waits for a connection, and then until there is room for it.
async fn accept(
    listener: &TcpListener,
    permits: &Arc<Semaphore>,
) -> io::Result<(TcpStream, OwnedSemaphorePermit)> {
    let (stream, _) = listener.accept().await?;
    let permit = Arc::clone(permits).acquire_owned().await.expect("the permits are never closed");
    Ok((stream, permit))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    #[tokio::test]
    async fn who_has_come_before_the_end_and_asks_after_it_is_told() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let supervisor = Supervisor::default();
        let server = Server::start(listener, &supervisor);
        server.open(Router::new());
        let mut client = TcpStream::connect(address).await.unwrap();
        while server.connection_count() == 0 {
            tokio::task::yield_now().await;
        }
        supervisor.stop();
        assert!(supervisor.ended(Duration::from_secs(25)).await, "it is nobody's work");
        client.write_all(b"GET /readyz HTTP/1.1\r\nHost: h\r\n\r\n").await.unwrap();
        let mut answer = String::new();
        client.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 503 ") && answer.contains("draining"), "{answer}");
        server.close().await;
    }
}
