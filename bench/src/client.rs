//! One HTTP/1.1 connection that is kept open, and the server that it leads to.
//!
//! Plain HTTP only: with TLS the figures would be those of the cipher.

mod body;

use std::sync::Arc;

use anyhow::{Context, Result, bail, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::{Bytes, BytesMut};
use http::header::{AUTHORIZATION, CONTENT_TYPE, HOST, HeaderName};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

pub(crate) use body::Pieces;

/// The most bytes of an answer that are kept: a page of 10,000 tags is far below.
const REPLY_BYTES_MAX: usize = 64 << 20;

/// The most of an unexpected answer that is quoted, in characters.
const QUOTE_CHARS_MAX: usize = 300;

/// The server under test.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    /// `http://host:port`, for the reports.
    pub(crate) url: String,
    /// `host:port`.
    pub(crate) authority: HeaderValue,
    authorization: Option<HeaderValue>,
}

impl Target {
    /// Takes the server at `http://host:port`, signing in with Basic if a user is given.
    pub(crate) fn new(url: &str, login: Option<(&str, &str)>) -> Result<Self> {
        let plain = url.strip_prefix("http://").map(|rest| rest.trim_end_matches('/'));
        let authority = plain.filter(|rest| !rest.is_empty() && !rest.contains('/'));
        let authority =
            authority.with_context(|| format!("`{url}` must be written as http://host:port"))?;
        let authorization = login.map(|(user, password)| {
            let mut value = HeaderValue::from_str(&format!(
                "Basic {}",
                BASE64.encode(format!("{user}:{password}"))
            ))
            .expect("because base64 is made of header characters");
            value.set_sensitive(true);
            value
        });
        let authority = HeaderValue::from_str(authority)?;
        Ok(Self { url: url.trim_end_matches('/').to_owned(), authority, authorization })
    }
}

/// A request to be sent.
pub(crate) struct Ask {
    method: Method,
    path: String,
    headers: HeaderMap,
    body: Pieces,
}

impl Ask {
    /// Asks `method` of a path with its query.
    pub(crate) fn new(method: Method, path: impl Into<String>) -> Self {
        Self { method, path: path.into(), headers: HeaderMap::new(), body: Pieces::default() }
    }

    /// Adds a header.
    pub(crate) fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// Says of what kind the body is, and gives it.
    pub(crate) fn body(mut self, media_type: &'static str, body: Pieces) -> Self {
        self.headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
        self.body = body;
        self
    }

    fn describe(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}

/// An answer, whole.
pub(crate) struct Reply {
    /// The status.
    pub(crate) status: StatusCode,
    /// The headers.
    pub(crate) headers: HeaderMap,
    /// The body.
    pub(crate) body: Bytes,
}

/// One connection; requests on it follow one another.
pub(crate) struct Connection {
    target: Arc<Target>,
    sender: SendRequest<Pieces>,
    /// The task that moves the bytes; it ends with the connection.
    driver: JoinSet<()>,
}

impl Connection {
    /// Connects, with `TCP_NODELAY`.
    pub(crate) async fn open(target: &Arc<Target>) -> Result<Self> {
        let mut driver = JoinSet::new();
        let sender = connect(target, &mut driver).await?;
        Ok(Self { target: Arc::clone(target), sender, driver })
    }

    /// Sends a request and reads the answer, which must have the status `expected`.
    pub(crate) async fn call(&mut self, ask: Ask, expected: StatusCode) -> Result<Reply> {
        self.call_any(ask, &[expected]).await
    }

    /// Sends a request and reads the answer, which must have one of these statuses.
    pub(crate) async fn call_any(&mut self, ask: Ask, expected: &[StatusCode]) -> Result<Reply> {
        let what = ask.describe();
        let response = self.send(ask).await.with_context(|| format!("{what} got no answer"))?;
        let (head, body) = response.into_parts();
        let body =
            read_whole(body).await.with_context(|| format!("the answer to {what} broke off"))?;
        if !expected.contains(&head.status) {
            let quote: String =
                String::from_utf8_lossy(&body).chars().take(QUOTE_CHARS_MAX).collect();
            bail!("{what} was answered {} instead of {expected:?}: {quote}", head.status);
        }
        Ok(Reply { status: head.status, headers: head.headers, body })
    }

    /// Asks whether something is there, by HEAD.
    pub(crate) async fn exists(&mut self, path: &str) -> Result<bool> {
        match self.send(Ask::new(Method::HEAD, path)).await?.status() {
            StatusCode::OK => Ok(true),
            StatusCode::NOT_FOUND => Ok(false),
            other => bail!("HEAD {path} was answered {other}"),
        }
    }

    /// Sends a request whose answer must be 200, and counts the bytes of the body without keeping them.
    pub(crate) async fn drain(&mut self, ask: Ask) -> Result<u64> {
        let path = ask.path.clone();
        let response = self.send(ask).await.with_context(|| format!("{path} got no answer"))?;
        let status = response.status();
        ensure!(status == StatusCode::OK, "{path} was answered {status}");
        let mut body = response.into_body();
        let mut bytes = 0;
        while let Some(frame) = body.frame().await {
            let frame = frame.with_context(|| format!("the answer to {path} broke off"))?;
            bytes += frame.data_ref().map_or(0, |data| data.len() as u64);
        }
        Ok(bytes)
    }

    async fn send(&mut self, ask: Ask) -> Result<Response<Incoming>> {
        // A server may close a connection that has served its number of requests.
        if self.sender.ready().await.is_err() {
            self.sender = connect(&self.target, &mut self.driver).await?;
        }
        let mut request = Request::new(ask.body);
        *request.method_mut() = ask.method;
        *request.uri_mut() =
            ask.path.parse().with_context(|| format!("`{}` is no path", ask.path))?;
        *request.headers_mut() = ask.headers;
        let headers = request.headers_mut();
        headers.insert(HOST, self.target.authority.clone());
        if let Some(authorization) = &self.target.authorization {
            headers.entry(AUTHORIZATION).or_insert_with(|| authorization.clone());
        }
        Ok(self.sender.send_request(request).await?)
    }
}

async fn connect(target: &Target, driver: &mut JoinSet<()>) -> Result<SendRequest<Pieces>> {
    let stream = TcpStream::connect(target.authority.to_str()?)
        .await
        .with_context(|| format!("cannot connect to {}", target.url))?;
    stream.set_nodelay(true)?;
    let (sender, connection) = handshake(TokioIo::new(stream)).await?;
    driver.spawn(async move {
        // What goes wrong on the connection is told to the request that was waiting.
        let _ = connection.await;
    });
    Ok(sender)
}

async fn read_whole(mut body: Incoming) -> Result<Bytes> {
    let mut whole = BytesMut::new();
    while let Some(frame) = body.frame().await {
        if let Ok(data) = frame?.into_data() {
            ensure!(
                whole.len() + data.len() <= REPLY_BYTES_MAX,
                "it is longer than {REPLY_BYTES_MAX} bytes"
            );
            whole.extend_from_slice(&data);
        }
    }
    Ok(whole.freeze())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_scheme_host_and_port() {
        for (url, expected) in [
            ("http://127.0.0.1:5000", Some("127.0.0.1:5000")),
            ("http://localhost:1/", Some("localhost:1")),
            ("https://localhost:1", None),
            ("localhost:1", None),
            ("http://", None),
            ("http://a/b", None),
        ] {
            let authority = Target::new(url, None).ok().map(|target| target.authority);
            assert_eq!(authority.as_ref().map(|value| value.to_str().unwrap()), expected, "{url}");
        }
    }
}
