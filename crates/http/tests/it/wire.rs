//! A connection on which a test writes what it likes.

use boathook_testkit::{Answer, PATIENCE};
use http::HeaderMap;
use std::net::SocketAddr;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;

pub(crate) struct Wire {
    stream: Box<dyn Stream>,
    /// What came and was not read yet.
    rest: Vec<u8>,
}

/// What bytes go over.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

impl Wire {
    pub(crate) async fn to(address: SocketAddr) -> Self {
        Self::over(TcpStream::connect(address).await.expect("the server listens"))
    }

    pub(crate) fn over(stream: impl Stream + 'static) -> Self {
        Self { stream: Box::new(stream), rest: Vec::new() }
    }

    /// What the next protocol goes over.
    pub(crate) fn into_stream(self) -> Box<dyn Stream> {
        assert!(self.rest.is_empty(), "the server says more than it was asked");
        self.stream
    }

    pub(crate) async fn write(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream.write_all(bytes.as_ref()).await.expect("the server reads");
    }

    /// Writes as much as the server takes; it may have heard enough.
    pub(crate) async fn write_some(&mut self, bytes: impl AsRef<[u8]>) {
        let _ = self.stream.write_all(bytes.as_ref()).await;
    }

    /// Says that nothing more will come.
    pub(crate) async fn end(&mut self) {
        self.stream.shutdown().await.expect("the connection is open");
    }

    /// Reads one answer, which tells its length.
    pub(crate) async fn answer(&mut self) -> Answer {
        let answer = self.next(false).await;
        answer.expect("an answer comes before the connection is closed")
    }

    /// Reads one answer to a HEAD.
    pub(crate) async fn answer_to_head(&mut self) -> Answer {
        self.next(true).await.expect("an answer comes before the connection is closed")
    }

    /// Fails the test unless the server closes the connection without another word.
    pub(crate) async fn is_closed(&mut self) {
        let more = self.next(false).await.map(|answer| answer.text());
        assert_eq!(more, None, "the server says more");
    }

    async fn next(&mut self, is_head: bool) -> Option<Answer> {
        let head_bytes = loop {
            if let Some(at) = self.rest.windows(4).position(|window| window == b"\r\n\r\n") {
                break at + 4;
            }
            if !self.more().await {
                assert!(self.rest.is_empty(), "the connection was closed within an answer");
                return None;
            }
        };
        let head: Vec<u8> = self.rest.drain(..head_bytes).collect();
        let head = String::from_utf8(head).expect("a head is text");
        let mut lines = head.trim_end().split("\r\n");
        let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok());
        let mut headers = HeaderMap::new();
        for (name, value) in lines.filter_map(|line| line.split_once(": ")) {
            let name: http::HeaderName = name.parse().expect("a header has a name");
            headers.append(name, value.parse().expect("a header has a value"));
        }
        let len = headers.get("content-length").and_then(|value| value.to_str().ok()?.parse().ok());
        let len = if is_head { 0 } else { len.unwrap_or(0) };
        while self.rest.len() < len {
            assert!(self.more().await, "the connection was closed within an answer");
        }
        let body = self.rest.drain(..len).collect::<Vec<_>>().into();
        Some(Answer { status: status.expect("an answer has a status"), headers, body })
    }

    /// Reads more of what comes; `false` where the server has closed the connection.
    async fn more(&mut self) -> bool {
        let read = tokio::time::timeout(PATIENCE, self.stream.read_buf(&mut self.rest)).await;
        let read = read.expect("the server keeps no client waiting for ever");
        0 < read.expect("the connection is not reset")
    }
}
