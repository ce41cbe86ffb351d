//! A request that came in.

use boathook_core::time::Timestamp;
use std::io::{self, Error, ErrorKind, Read};

/// A request that came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// When it had come, by the world's clock.
    pub at: Timestamp,
    /// The method.
    pub method: String,
    /// The path and the query.
    pub path: String,
    /// The headers as they were spelt, in their order.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}

impl Request {
    /// The value of a header, whichever case its name is asked for in.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(given, _)| given.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// The body as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).expect("the body is JSON")
    }

    /// The event that it tells of.
    pub fn event(&self) -> String {
        self.json()["id"].as_str().expect("an event has an id").to_owned()
    }

    /// Reads one request, head and body.
    pub(crate) fn read(stream: &mut impl Read, now: impl Fn() -> Timestamp) -> io::Result<Self> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte)?;
            head.push(byte[0]);
        }
        let invalid = || Error::from(ErrorKind::InvalidData);
        let head = String::from_utf8(head).map_err(|_| invalid())?;
        let mut lines = head.lines();
        let mut first = lines.next().unwrap_or_default().split(' ');
        let (method, path) = first.next().zip(first.next()).ok_or_else(invalid)?;
        let headers: Vec<_> = lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.to_owned(), value.trim().to_owned()))
            .collect();
        let mut request = Self {
            at: now(),
            method: method.to_owned(),
            path: path.to_owned(),
            headers,
            body: String::new(),
        };
        let length = request.header("content-length").unwrap_or("0").parse();
        let mut body = vec![0; length.map_err(|_| invalid())?];
        stream.read_exact(&mut body)?;
        request.body = String::from_utf8(body).map_err(|_| invalid())?;
        request.at = now();
        Ok(request)
    }
}
