//! One connection to a receiver, over either version of HTTP.

use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::Response;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::client::conn::{TrySendError, http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::task::AbortHandle;
use tokio::time::timeout;

use crate::courier::failure::ProtocolFault;
use crate::courier::outgoing::Outgoing;
use crate::courier::pool::Place;
use crate::courier::{HEAD_BYTES_MAX, HEADERS_MAX};

/// How much of an answer may wait in memory to be read, in bytes.
const READ_BUFFER_BYTES_MAX: usize = 64 * 1024;
/// How often a connection looks whether it has been idle for too long.
const IDLE_CHECK: Duration = Duration::from_secs(5);

/// A connection that requests can be sent on. The last one dropped closes it at once, answer or no answer.
pub(super) struct Connection {
    pub(super) remote: SocketAddr,
    sender: Sender,
    bytes_read: Arc<AtomicU64>,
    driver: Arc<Driver>,
}

enum Sender {
    Http1(http1::SendRequest<Full<Bytes>>),
    Http2(http2::SendRequest<Full<Bytes>>),
}

/// Why a request has no answer.
pub(super) struct Unanswered {
    pub(super) fault: ProtocolFault,
    /// Whether not one byte came back, so that nobody can have acted on an answer.
    pub(super) is_silent: bool,
}

impl Connection {
    /// Speaks HTTP/1.1 over a stream.
    pub(super) async fn http1<S>(
        stream: S,
        remote: SocketAddr,
        place: Place,
    ) -> Result<Self, ProtocolFault>
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let (stream, bytes_read) = Counted::new(stream);
        let mut builder = http1::Builder::new();
        // As ACR writes them; receivers do not care, people who read raw requests do.
        builder.title_case_headers(true);
        builder
            .max_header_size(HEAD_BYTES_MAX)
            .max_headers(HEADERS_MAX)
            .max_buf_size(READ_BUFFER_BYTES_MAX);
        let (sender, connection) =
            builder.handshake(TokioIo::new(stream)).await.map_err(ProtocolFault::from)?;
        let driver = Driver::start(connection, place);
        Ok(Self { remote, sender: Sender::Http1(sender), bytes_read, driver })
    }

    /// Speaks HTTP/2 over a stream.
    pub(super) async fn http2<S>(
        stream: S,
        remote: SocketAddr,
        place: Place,
    ) -> Result<Self, ProtocolFault>
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let (stream, bytes_read) = Counted::new(stream);
        let mut builder = http2::Builder::new(TokioExecutor::new());
        let head_bytes_max = u32::try_from(HEAD_BYTES_MAX).expect("because the limit is small");
        let window_bytes =
            u32::try_from(READ_BUFFER_BYTES_MAX).expect("because the limit is small");
        builder.max_header_list_size(head_bytes_max).initial_stream_window_size(window_bytes);
        let (sender, connection) =
            builder.handshake(TokioIo::new(stream)).await.map_err(ProtocolFault::from)?;
        let driver = Driver::start(connection, place);
        Ok(Self { remote, sender: Sender::Http2(sender), bytes_read, driver })
    }

    /// Sends a request and waits for the head of its answer.
    pub(super) async fn send(
        &mut self,
        request: &Outgoing,
    ) -> Result<Response<Incoming>, Unanswered> {
        let bytes_before = self.bytes_read.load(Ordering::Acquire);
        let sent = match &mut self.sender {
            Sender::Http1(sender) => sender.try_send_request(request.http1()).await.map_err(unsent),
            Sender::Http2(sender) => sender.try_send_request(request.http2()).await.map_err(unsent),
        };
        sent.map_err(|(error, was_never_sent)| Unanswered {
            fault: error.into(),
            is_silent: was_never_sent || self.bytes_read.load(Ordering::Acquire) == bytes_before,
        })
    }

    /// Gives another handle to the connection, if it can carry several requests at once.
    pub(super) fn share(&self) -> Option<Self> {
        let Sender::Http2(sender) = &self.sender else { return None };
        Some(Self {
            remote: self.remote,
            sender: Sender::Http2(sender.clone()),
            bytes_read: Arc::clone(&self.bytes_read),
            driver: Arc::clone(&self.driver),
        })
    }

    /// Says whether a request can be sent now, as far as is known.
    pub(super) fn is_ready(&self) -> bool {
        match &self.sender {
            Sender::Http1(sender) => sender.is_ready(),
            Sender::Http2(sender) => sender.is_ready(),
        }
    }

    /// Waits until the answer that was read to its end has left the connection free, or has closed it.
    pub(super) async fn ready(&mut self) -> bool {
        match &mut self.sender {
            Sender::Http1(sender) => sender.ready().await.is_ok(),
            Sender::Http2(sender) => sender.ready().await.is_ok(),
        }
    }
}

fn unsent<B>(mut error: TrySendError<B>) -> (hyper::Error, bool) {
    let was_never_sent = error.take_message().is_some();
    (error.into_error(), was_never_sent)
}

/// The task that moves a connection's bytes, stopped when nobody holds the connection any more.
struct Driver(AbortHandle);

impl Driver {
    fn start<C>(connection: C, place: Place) -> Arc<Self>
    where
        C: Future + Send + 'static,
    {
        let task = async move {
            let mut connection = pin!(connection);
            while timeout(IDLE_CHECK, connection.as_mut()).await.is_err() {
                place.clear_stale();
            }
            place.clear_stale();
        };
        #[expect(
            clippy::disallowed_methods,
            reason = "the task ends with the last handle to its connection, so that there is nothing to wait for"
        )]
        let task = tokio::spawn(task);
        Arc::new(Self(task.abort_handle()))
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// A stream that counts the bytes it has read.
struct Counted<S> {
    stream: S,
    bytes_read: Arc<AtomicU64>,
}

impl<S> Counted<S> {
    fn new(stream: S) -> (Self, Arc<AtomicU64>) {
        let bytes_read = Arc::new(AtomicU64::new(0));
        (Self { stream, bytes_read: Arc::clone(&bytes_read) }, bytes_read)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Counted<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let filled = buffer.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(cx, buffer);
        self.bytes_read.fetch_add((buffer.filled().len() - filled) as u64, Ordering::Release);
        polled
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Counted<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bytes)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
