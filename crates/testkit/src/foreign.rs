//! A registry elsewhere, which lies, stops and holds as it is told.

use crate::receiver::Request;
use boathook_core::digest::{Algorithm, Digest};
use boathook_core::time::Timestamp;
use std::collections::HashMap;
use std::io::{self, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

/// A registry on a port of its own, which answers each request as a function says, and remembers what it was asked.
///
/// It runs on threads and not on a test's runtime, so that it answers whatever the test does.
pub struct ForeignRegistry {
    address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    answer: Box<dyn Fn(&Request) -> Answered + Send + Sync>,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    asked: Vec<Request>,
    holding: usize,
    is_over: bool,
}

/// An answer of such a registry.
#[derive(Clone, Debug)]
pub struct Answered {
    /// The status.
    pub status: u16,
    /// The headers, but for `Content-Length`, which tells of the whole body.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// What becomes of it.
    pub end: End,
}

/// How an answer ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// In order.
    Whole,
    /// The connection is closed after so many bytes of the body.
    CutAfter(usize),
    /// Nothing comes after so many bytes of the body.
    HeldAfter(usize),
}

impl Answered {
    /// An answer without a body.
    pub fn of(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new(), end: End::Whole }
    }

    /// The same with a header.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The same with a body.
    #[must_use]
    pub fn saying(self, body: impl Into<Vec<u8>>) -> Self {
        Self { body: body.into(), ..self }
    }

    /// The same, ending otherwise.
    #[must_use]
    pub fn ending(self, end: End) -> Self {
        Self { end, ..self }
    }
}

impl ForeignRegistry {
    /// Answers with what `answer` says.
    pub fn start(answer: impl Fn(&Request) -> Answered + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
        let address = listener.local_addr().expect("the listener is bound");
        let (answer, state) = (Box::new(answer), Mutex::default());
        let shared = Arc::new(Shared { answer, state, changed: Condvar::new() });
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

    /// Its host and port.
    pub fn host(&self) -> String {
        self.address.to_string()
    }

    /// What it was asked so far.
    pub fn asked(&self) -> Vec<Request> {
        self.shared.state().asked.clone()
    }

    /// Waits until it holds an answer back.
    pub fn wait_until_holding(&self) {
        let waited =
            self.shared.changed.wait_timeout_while(self.shared.state(), crate::PATIENCE, |state| {
                state.holding == 0
            });
        let (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        assert!(0 < state.holding, "nobody asked for what is held back");
    }
}

impl Drop for ForeignRegistry {
    fn drop(&mut self) {
        self.shared.state().is_over = true;
        self.shared.changed.notify_all();
        // The listener waits for a last connection.
        drop(TcpStream::connect(self.address));
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Answers one request, and closes the connection.
    fn serve(&self, mut stream: TcpStream) -> io::Result<()> {
        let request = Request::read(&mut stream, || Timestamp(0))?;
        self.state().asked.push(request.clone());
        let Answered { status, headers, body, end } = (self.answer)(&request);
        let mut head = format!(
            "HTTP/1.1 {status} It is so\r\ncontent-length: {}\r\nconnection: close\r\n",
            body.len()
        );
        for (name, value) in headers {
            head = head + name + ": " + &value + "\r\n";
        }
        stream.write_all(format!("{head}\r\n").as_bytes())?;
        match end {
            End::Whole => stream.write_all(&body),
            End::CutAfter(bytes) => stream.write_all(&body[..bytes]),
            End::HeldAfter(bytes) => {
                stream.write_all(&body[..bytes])?;
                let mut state = self.state();
                state.holding += 1;
                self.changed.notify_all();
                drop(self.changed.wait_while(state, |state| !state.is_over));
                Ok(())
            }
        }
    }
}

/// What an honest registry has in its repositories, which are all one.
#[derive(Clone, Debug, Default)]
pub struct Shelf {
    blobs: HashMap<String, Vec<u8>>,
    manifests: HashMap<String, (String, Vec<u8>)>,
}

impl Shelf {
    /// Puts a blob there.
    pub fn blob(&mut self, bytes: impl Into<Vec<u8>>) -> Digest {
        let bytes = bytes.into();
        let digest = Algorithm::Sha256.digest(&bytes);
        self.blobs.insert(digest.to_string(), bytes);
        digest
    }

    /// Puts a manifest there, under its digest and a tag.
    pub fn manifest(&mut self, tag: &str, media_type: &str, bytes: impl Into<Vec<u8>>) -> Digest {
        let bytes = bytes.into();
        let digest = Algorithm::Sha256.digest(&bytes);
        for name in [digest.to_string(), tag.to_owned()] {
            self.manifests.insert(name, (media_type.to_owned(), bytes.clone()));
        }
        digest
    }

    /// How large a manifest is, in bytes.
    pub fn manifest_bytes(&self, name: &str) -> usize {
        self.manifests.get(name).map_or(0, |(_, bytes)| bytes.len())
    }

    /// Answers as an honest registry does that gives blobs in parts.
    pub fn answer(&self, request: &Request) -> Answered {
        let name = request.path.rsplit('/').next().unwrap_or_default();
        if request.path.contains("/manifests/") {
            let Some((media_type, bytes)) = self.manifests.get(name) else {
                return Answered::of(404);
            };
            return Answered::of(200).with("content-type", media_type).saying(bytes.clone());
        }
        let Some(bytes) = self.blobs.get(name) else { return Answered::of(404) };
        let range = request.header("range").and_then(|range| {
            range.strip_prefix("bytes=")?.strip_suffix('-')?.parse::<usize>().ok()
        });
        match range {
            None => Answered::of(200).saying(bytes.clone()),
            Some(first) => {
                let range = format!("bytes {first}-{}/{}", bytes.len() - 1, bytes.len());
                Answered::of(206).with("content-range", range).saying(&bytes[first..])
            }
        }
    }
}
