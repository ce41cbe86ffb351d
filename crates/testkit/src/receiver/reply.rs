//! What a receiver does with a request.

use std::io::{self, Read, Write};
use std::net::TcpStream;

/// What a receiver does with a request. A status code alone is an answer with an empty body.
#[derive(Clone, Debug)]
pub struct Reply {
    bytes: Vec<u8>,
    pub(super) is_held: bool,
    then: Then,
}

/// What becomes of the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Then {
    KeepOpen,
    Close,
    /// Waits until the other side closes.
    Hang,
    /// Repeats its bytes until the other side closes.
    Flood,
}

impl From<u16> for Reply {
    fn from(status: u16) -> Self {
        Self::new(status, &[], "")
    }
}

impl Reply {
    /// Answers with headers and a body.
    pub fn new(status: u16, headers: &[(&str, &str)], body: &str) -> Self {
        let reason =
            http::StatusCode::from_u16(status).ok().and_then(|code| code.canonical_reason());
        let first = format!("HTTP/1.1 {status} {}", reason.unwrap_or("Whatever"));
        let mut lines = vec![first];
        lines.extend(headers.iter().map(|(name, value)| format!("{name}: {value}")));
        lines.push(format!("Content-Length: {}\r\n\r\n{body}", body.len()));
        let bytes = lines.join("\r\n").into_bytes();
        Self { bytes, is_held: false, then: Then::KeepOpen }
    }

    /// Never answers.
    pub fn never() -> Self {
        Self { bytes: Vec::new(), is_held: false, then: Then::Hang }
    }

    /// Closes the connection without an answer.
    pub fn hang_up() -> Self {
        Self::garbage("")
    }

    /// Writes `bytes`, whatever they are, and closes.
    pub fn garbage(bytes: &str) -> Self {
        Self { bytes: bytes.as_bytes().to_vec(), is_held: false, then: Then::Close }
    }

    /// Writes the beginning of an answer and then nothing more.
    pub fn stuck_after(bytes: &str) -> Self {
        Self { bytes: bytes.as_bytes().to_vec(), is_held: false, then: Then::Hang }
    }

    /// Answers 200 with a body that does not end.
    pub fn endless() -> Self {
        let mut bytes = b"HTTP/1.1 200 OK\r\n\r\n".to_vec();
        bytes.resize(64 * 1024, b'x');
        Self { bytes, is_held: false, then: Then::Flood }
    }

    /// Waits for [`super::Receiver::release`] before it answers.
    #[must_use]
    pub fn held(self) -> Self {
        Self { is_held: true, ..self }
    }

    /// The status that it answers with, for transcripts.
    pub(super) fn name(&self) -> String {
        let text = String::from_utf8_lossy(&self.bytes);
        let status = text.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3));
        status.unwrap_or("nothing").to_owned()
    }

    /// Writes the answer and says whether the connection is good for another request.
    pub(super) fn write(&self, stream: &mut TcpStream) -> io::Result<bool> {
        stream.write_all(&self.bytes)?;
        match self.then {
            Then::KeepOpen => return Ok(true),
            Then::Close => (),
            Then::Hang => while stream.read(&mut [0; 1_024])? != 0 {},
            Then::Flood => loop {
                stream.write_all(&self.bytes)?;
            },
        }
        Ok(false)
    }
}
