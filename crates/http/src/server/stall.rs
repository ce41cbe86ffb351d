//! A connection whose client must not keep the server waiting without end.
//!
//! Only writing is watched here. How long a client may take for a head is hyper's to know, how long for a body
//! [`crate::body`]'s; a client that waits for its answer rightly says nothing.

use std::io::{self, IoSlice, Write};
use std::os::fd::AsFd;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::Sleep;

/// A stream that fails once nothing could be written to it for some time.
pub(super) struct Unstalled {
    stream: TcpStream,
    limit: Duration,
    /// Runs while the client does not take what is to be written.
    wait: Option<Pin<Box<Sleep>>>,
}

impl Unstalled {
    /// Watches a stream. Its client may take nothing for `limit`.
    pub(super) fn new(stream: TcpStream, limit: Duration) -> Self {
        Self { stream, limit, wait: None }
    }

    fn or_stalled(
        &mut self,
        context: &mut Context<'_>,
        written: Poll<io::Result<usize>>,
        bytes: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if written.is_ready() {
            self.wait = None;
            return written;
        }
        let limit = self.limit;
        ready!(self.wait.get_or_insert_with(|| timer(limit)).as_mut().poll(context));
        self.wait = None;
        Poll::Ready(self.write_now(bytes))
    }

    /// Writes past the readiness that the system reports. That waits until a third of the connection's buffer is free,
    /// which may be megabytes: a client that is slow and does move needs longer for them than it may take for anything.
    fn write_now(&self, bytes: &[IoSlice<'_>]) -> io::Result<usize> {
        let stream = self.stream.as_fd().try_clone_to_owned()?;
        std::net::TcpStream::from(stream).write_vectored(bytes).map_err(|error| {
            match error.kind() {
                io::ErrorKind::WouldBlock => io::ErrorKind::TimedOut.into(),
                _ => error,
            }
        })
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a limit on what clients do, by which nothing is decided but their end"
)]
fn timer(limit: Duration) -> Pin<Box<Sleep>> {
    Box::pin(tokio::time::sleep(limit))
}

impl AsyncRead for Unstalled {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Unstalled {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.or_stalled(context, written, &[IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, bytes);
        self.or_stalled(context, written, bytes)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::poll_fn;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;
    use tokio::time::Instant;

    const LIMIT: Duration = Duration::from_mins(1);
    static PIECE: [u8; 64 * 1024] = [b'x'; 64 * 1024];
    /// Less than what the system takes for a reason to report that a full connection can be written to.
    const SIP_BYTES: usize = 256 * 1024;

    async fn pair() -> (Unstalled, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (stream, _) = listener.accept().await.unwrap();
        (Unstalled::new(stream, LIMIT), client)
    }

    /// Writes until the connection takes no more for now.
    fn fill(stream: &Unstalled) {
        while stream.write_now(&[IoSlice::new(&PIECE)]).is_ok() {}
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_does_not_read_is_waited_for_until_the_limit() {
        let (mut stream, _client) = pair().await;
        fill(&stream);
        let began = Instant::now();
        let error = loop {
            // The clock of this test jumps; the system's does not, and its buffers take a moment to move up.
            if let Err(error) = stream.write_all(&PIECE).await {
                break error;
            }
        };
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert!(LIMIT <= began.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_reads_a_little_now_and_then_is_not_cut_off() {
        let (mut stream, mut client) = pair().await;
        let mut sip = vec![0; SIP_BYTES];
        for _ in 0..50 {
            fill(&stream);
            while stream.wait.is_none() {
                let polled = poll_fn(|context| {
                    Poll::Ready(Pin::new(&mut stream).poll_write(context, &PIECE))
                });
                drop(polled.await);
            }
            client.read_exact(&mut sip).await.unwrap();
            while stream.write_now(&[IoSlice::new(b"x")]).is_err() {
                drop(client.try_read(&mut sip));
                tokio::task::yield_now().await;
            }
            // Whether the system reports that there is room or not, it is found when the limit is reached.
            stream.write_all(b"x").await.unwrap();
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_asks_for_nothing_is_not_cut_off_here() {
        let (mut stream, mut client) = pair().await;
        tokio::time::advance(LIMIT * 10).await;
        stream.write_all(b"x").await.unwrap();
        assert_eq!(client.read_u8().await.unwrap(), b'x');
    }
}
