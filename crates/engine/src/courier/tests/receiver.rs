//! A receiver that does to its connections what a test tells it to.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

/// An answer that leaves the connection open.
pub(super) const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

/// A listener on a port of its own, whose connections each run the script on a thread.
pub(super) struct Receiver {
    pub(super) address: SocketAddr,
    accepted: Arc<AtomicUsize>,
    is_over: Arc<AtomicBool>,
}

impl Receiver {
    /// Runs the script for each connection, with the connection's number counted from 0.
    pub(super) fn start(
        script: impl Fn(TcpStream, usize) -> io::Result<()> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let receiver = Self {
            address: listener.local_addr().unwrap(),
            accepted: Arc::default(),
            is_over: Arc::default(),
        };
        let (accepted, is_over) = (Arc::clone(&receiver.accepted), Arc::clone(&receiver.is_over));
        let script = Arc::new(script);
        thread::spawn(move || {
            for stream in listener.incoming() {
                if is_over.load(Ordering::SeqCst) {
                    return;
                }
                let number = accepted.fetch_add(1, Ordering::SeqCst);
                let script = Arc::clone(&script);
                // A broken connection ends its script; what the courier makes of it is what the tests look at.
                thread::spawn(move || stream.and_then(|stream| script(stream, number)));
            }
        });
        receiver
    }

    /// Answers each request of each connection with the same bytes.
    pub(super) fn answering(answer: impl Into<Vec<u8>>) -> Self {
        let answer = answer.into();
        Self::start(move |mut stream, _| {
            while read_request(&mut stream).is_ok() {
                stream.write_all(&answer)?;
            }
            Ok(())
        })
    }

    pub(super) fn uri(&self) -> String {
        format!("http://{}/", self.address)
    }

    /// How many connections were accepted.
    pub(super) fn accepted(&self) -> usize {
        self.accepted.load(Ordering::SeqCst)
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::SeqCst);
        TcpStream::connect(self.address).ok();
    }
}

/// Reads one request, head and body.
pub(super) fn read_request(stream: &mut impl Read) -> io::Result<String> {
    let mut request = Vec::new();
    loop {
        let mut byte = [0];
        stream.read_exact(&mut byte)?;
        request.push(byte[0]);
        if request.ends_with(b"\r\n\r\n") {
            break;
        }
    }
    let mut text = String::from_utf8(request).unwrap();
    let length = text
        .to_lowercase()
        .lines()
        .find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    stream.read_exact(&mut body)?;
    text.push_str(std::str::from_utf8(&body).unwrap());
    Ok(text)
}

/// Writes the same bytes again and again until the other side has closed, and says how many bytes it took.
pub(super) fn write_until_closed(
    stream: &mut TcpStream,
    bytes: &[u8],
    pause: Option<Duration>,
) -> usize {
    let mut written = 0;
    // Waiting for the other side to say something is a pause that ends at once when it closes.
    stream.set_read_timeout(pause).unwrap();
    while stream.write_all(bytes).is_ok() {
        written += bytes.len();
        if pause.is_some() && matches!(stream.read(&mut [0; 64]), Ok(0)) {
            break;
        }
    }
    written
}

/// Waits until the other side has closed.
pub(super) fn wait_until_closed(stream: &mut TcpStream) -> io::Result<()> {
    while stream.read(&mut [0; 1024])? != 0 {}
    Ok(())
}
