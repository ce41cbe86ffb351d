//! A webhook's endpoint that answers as it was told.

mod reply;
mod request;

pub use reply::Reply;
pub use request::Request;

use crate::PATIENCE;
use crate::clock::ManualClock;
use boathook_core::time::{Clock, Timestamp};
use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use tokio::sync::watch;

/// A webhook's endpoint on a port of its own, which answers as it was told and remembers what came.
///
/// It runs on threads and not on a test's runtime, so that it answers whatever the test does. Dropping it fails the
/// test if more came than the script has answers for.
pub struct Receiver {
    address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    clock: Arc<ManualClock>,
    started: Timestamp,
    state: Mutex<State>,
    changed: Condvar,
    count: watch::Sender<usize>,
}

struct State {
    script: Vec<Reply>,
    /// What is answered when the script is at its end; nothing where no more may come.
    ever_after: Option<Reply>,
    requests: Vec<Request>,
    is_released: bool,
    is_over: bool,
}

impl Receiver {
    pub(crate) fn start(
        clock: Arc<ManualClock>,
        script: Vec<Reply>,
        ever_after: Option<Reply>,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
        let address = listener.local_addr().expect("the listener is bound");
        let state =
            State { script, ever_after, requests: Vec::new(), is_released: false, is_over: false };
        let shared = Arc::new(Shared {
            started: clock.now(),
            clock,
            state: Mutex::new(state),
            changed: Condvar::new(),
            count: watch::Sender::new(0),
        });
        let serving = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming() {
                if serving.state().is_over {
                    return;
                }
                let serving = Arc::clone(&serving);
                // A broken connection ends its thread; what is made of it is what tests look at.
                thread::spawn(move || stream.and_then(|stream| serving.serve(stream)));
            }
        });
        Self { address, shared }
    }

    /// Its address, for a webhook's `serviceUri`.
    pub fn uri(&self) -> String {
        format!("http://{}/hook", self.address)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// All that has come.
    pub fn requests(&self) -> Vec<Request> {
        self.shared.state().requests.clone()
    }

    /// The ids of the events that have come, in the order in which they came.
    pub fn events(&self) -> Vec<String> {
        self.requests().iter().map(Request::event).collect()
    }

    /// The one request that has come.
    #[track_caller]
    pub fn only(&self) -> Request {
        let requests = self.requests();
        let [request] = &requests[..] else { panic!("{} requests have come", requests.len()) };
        request.clone()
    }

    /// Waits until `count` requests have come.
    pub async fn has_received(&self, count: usize) {
        let mut seen = self.shared.count.subscribe();
        let waited = tokio::time::timeout(PATIENCE, seen.wait_for(|seen| count <= *seen)).await;
        assert!(waited.is_ok(), "only {} of {count} requests have come", self.requests().len());
    }

    /// Lets every held answer go, from now on.
    pub fn release(&self) {
        self.shared.state().is_released = true;
        self.shared.changed.notify_all();
    }

    /// Answers with `reply` from now on, whatever the script says.
    pub fn answer(&self, reply: impl Into<Reply>) {
        let mut state = self.shared.state();
        state.script.clear();
        state.ever_after = Some(reply.into());
    }

    /// One line a request: when it came, counted from the receiver's start, and what it was told.
    pub fn transcript(&self) -> String {
        let state = self.shared.state();
        let line = |(idx, request): (usize, &Request)| {
            let elapsed = request.at.since(self.shared.started);
            let told = state.script.get(idx).or(state.ever_after.as_ref());
            let told = told.map_or_else(|| "nothing".to_owned(), Reply::name);
            format!("attempt {} at +{}s -> {told}\n", idx + 1, elapsed.as_secs())
        };
        state.requests.iter().enumerate().map(line).collect()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        let surplus = {
            let mut state = self.shared.state();
            state.is_over = true;
            state.is_released = true;
            let is_scripted = state.ever_after.is_none();
            state.requests.len().saturating_sub(state.script.len()) * usize::from(is_scripted)
        };
        self.shared.changed.notify_all();
        TcpStream::connect(self.address).ok();
        assert!(
            surplus == 0 || thread::panicking(),
            "{surplus} requests came that the script has no answer for"
        );
    }
}

impl Shared {
    fn serve(&self, mut stream: TcpStream) -> io::Result<()> {
        stream.set_nodelay(true)?;
        loop {
            let request = Request::read(&mut stream, || self.clock.now())?;
            let reply = self.note(request);
            if reply.is_held {
                let state = self.state();
                drop(self.changed.wait_while(state, |state| !state.is_released));
            }
            if !reply.write(&mut stream)? {
                return Ok(());
            }
        }
    }

    /// Remembers a request and looks up what it is to be answered.
    fn note(&self, request: Request) -> Reply {
        let mut state = self.state();
        let reply = state.script.get(state.requests.len()).or(state.ever_after.as_ref()).cloned();
        state.requests.push(request);
        self.count.send_replace(state.requests.len());
        reply.unwrap_or_else(|| Reply::from(500))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
