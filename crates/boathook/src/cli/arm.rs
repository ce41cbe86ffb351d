//! The client of the management API.
//!
//! What takes its time on the server is waited for in [`operation`]; no caller has to know which requests do.

mod operation;
mod sign_in;

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::Duration;

use reqwest::{Certificate, Method, RequestBuilder, Response, StatusCode};
use serde_json::Value as Json;
use tokio::sync::Mutex;

use anyhow::Context;

use super::failure::{Failure, Refusal};
use super::progress::Said;
use super::session::Session;
use super::value::Value;

/// What tokens for the management API are asked for: the one name of it that every server knows.
const AUDIENCE: &str = "https://management.azure.com";
/// The version of the API that is asked for.
const API_VERSION: &str = "2025-11-01";
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const REQUEST_TIMEOUT: Duration = Duration::from_mins(1);
/// Pages that one listing may have; a server that names ever more pages is broken.
const PAGES_MAX: usize = 10_000;

/// A server's management API, signed in to.
pub(crate) struct Arm {
    http: reqwest::Client,
    session: Session,
    /// By audience.
    tokens: Mutex<HashMap<String, String>>,
}

impl Arm {
    /// Prepares to ask the server of this session.
    pub(crate) fn new(session: Session) -> anyhow::Result<Self> {
        let mut http = reqwest::Client::builder()
            .user_agent(concat!("boathook/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(REQUEST_TIMEOUT)
            .redirect(reqwest::redirect::Policy::none());
        if let Some(path) = &session.ca_certificate {
            let pem = std::fs::read(path)
                .with_context(|| format!("could not read {}", path.display()))?;
            let certificate = Certificate::from_pem(&pem)
                .with_context(|| format!("{} is no certificate", path.display()))?;
            http = http.add_root_certificate(certificate);
        }
        if is_on_this_machine(&session.endpoint) {
            // A proxy that leads out of here would lead nowhere.
            http = http.no_proxy();
        }
        let http = http.build().context("could not prepare to speak HTTP")?;
        Ok(Self { http, session, tokens: Mutex::default() })
    }

    /// Returns the session that this was made with.
    pub(crate) fn session(&self) -> &Session {
        &self.session
    }

    /// Returns the client that knows whom to trust.
    pub(crate) fn http(&self) -> &reqwest::Client {
        &self.http
    }

    /// Returns a token for an audience; it is asked for once, and kept nowhere but in memory.
    pub(crate) async fn token(&self, audience: &str) -> Result<String, Failure> {
        // Requests at the same moment wait for one sign-in.
        let mut tokens = self.tokens.lock().await;
        if let Some(token) = tokens.get(audience) {
            return Ok(token.clone());
        }
        let token = sign_in::token(self, audience).await?;
        tokens.insert(audience.to_owned(), token.clone());
        Ok(token)
    }

    /// Reads a resource.
    pub(crate) async fn get(&self, path: &str) -> Result<Value, Failure> {
        self.call(Method::GET, path, None).await
    }

    /// Creates or replaces a resource.
    pub(crate) async fn put(&self, path: &str, body: &Json) -> Result<Value, Failure> {
        self.call(Method::PUT, path, Some(body)).await
    }

    /// Changes members of a resource.
    pub(crate) async fn patch(&self, path: &str, body: &Json) -> Result<Value, Failure> {
        self.call(Method::PATCH, path, Some(body)).await
    }

    /// Deletes a resource; what is not there is deleted too.
    pub(crate) async fn delete(&self, path: &str) -> Result<(), Failure> {
        self.call(Method::DELETE, path, None).await.map(|_| ())
    }

    /// Asks a resource to do something.
    pub(crate) async fn post(&self, path: &str) -> Result<Value, Failure> {
        self.call(Method::POST, path, None).await
    }

    /// Asks a resource to do something, and tells it with what.
    pub(crate) async fn post_with(&self, path: &str, body: &Json) -> Result<Value, Failure> {
        self.call(Method::POST, path, Some(body)).await
    }

    /// Asks a resource to do something that takes its time, and says meanwhile how far it is.
    pub(crate) async fn post_and_say(
        &self,
        resource: &str,
        action: &str,
        body: &Json,
        said: &Said,
    ) -> Result<Value, Failure> {
        let reply = self.send(&Method::POST, &format!("{resource}/{action}"), Some(body)).await?;
        operation::look_on(self, &reply, &operation::Onlooker { resource, said }).await
    }

    /// Asks a resource to do something, and does not wait until it is done. Returns the operation that it is, if the server
    /// tells of one.
    pub(crate) async fn begin(&self, path: &str, body: &Json) -> Result<Option<String>, Failure> {
        let reply = self.send(&Method::POST, path, Some(body)).await?;
        Ok(reply.links.location.as_deref().map(|link| operation::id_of(link).to_owned()))
    }

    /// Reads all that follows the first page of a listing, and returns the entries of every page.
    pub(crate) async fn rest_of_pages(&self, first: Value) -> Result<Vec<Value>, Failure> {
        let mut entries = Vec::new();
        let mut page = first;
        for _ in 0..PAGES_MAX {
            if let Value::Array(values) = page.member("value") {
                entries.extend(values.iter().cloned());
            }
            let Some(next) = page.member("nextLink").as_str().filter(|next| !next.is_empty())
            else {
                return Ok(entries);
            };
            page = self.get(self.path_of(next)?).await?;
        }
        Err(self.unreadable("the list never ends"))
    }

    /// Reads the first entries of a listing, and no more of its pages than they are on.
    pub(crate) async fn first_of_pages(
        &self,
        path: &str,
        entries_max: usize,
    ) -> Result<Vec<Value>, Failure> {
        let (mut entries, mut page) = (Vec::new(), self.get(path).await?);
        loop {
            if let Value::Array(values) = page.member("value") {
                entries.extend(values.iter().take(entries_max - entries.len()).cloned());
            }
            let next = page.member("nextLink").as_str().filter(|next| !next.is_empty());
            let Some(next) = next.filter(|_| entries.len() < entries_max) else {
                return Ok(entries);
            };
            page = self.get(self.path_of(next)?).await?;
        }
    }

    async fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<&Json>,
    ) -> Result<Value, Failure> {
        let reply = self.send(&method, path, body).await?;
        Box::pin(operation::finish(self, &method, path, reply)).await
    }

    /// Returns the path and query of a link: the secret stays with the server that was named.
    fn path_of<'a>(&self, link: &'a str) -> Result<&'a str, Failure> {
        let path = link.find("/subscriptions/").map(|at| &link[at..]);
        path.ok_or_else(|| self.unreadable("a link of its answer leads elsewhere"))
    }

    async fn send(
        &self,
        method: &Method,
        path: &str,
        body: Option<&Json>,
    ) -> Result<Reply, Failure> {
        let between = if path.contains('?') { '&' } else { '?' };
        let version = if path.contains("api-version=") {
            String::new()
        } else {
            format!("{between}api-version={API_VERSION}")
        };
        let url = format!("{}{path}{version}", self.session.endpoint.trim_end_matches('/'));
        tracing::debug!(%method, url, "asking the server");
        let request = self.http.request(method.clone(), url);
        let request = match body {
            Some(body) => request.json(body),
            None => request.header("content-length", "0").header("accept", "application/json"),
        };
        let answer = Box::pin(self.send_signed(&request)).await?;
        let status = answer.status();
        let header = |name: &str| Some(answer.headers().get(name)?.to_str().ok()?.to_owned());
        let links = Links {
            operation: header("azure-asyncoperation"),
            location: header("location"),
            retry_after: header("retry-after"),
        };
        let body = answer.bytes().await.map_err(|error| self.unreachable(&error))?;
        tracing::debug!(status = status.as_u16(), bytes = body.len(), "the server answered");
        if !status.is_success() {
            let reason = status.canonical_reason().unwrap_or(status.as_str());
            return Err(Failure::Refused(Refusal::new(status.as_u16(), reason, &body)));
        }
        let body = if body.is_empty() {
            Value::Null
        } else {
            serde_json::from_slice(&body)
                .map_err(|error| self.unreadable(&format!("its answer is no JSON: {error}")))?
        };
        Ok(Reply { status: status.as_u16(), links, body })
    }

    /// Sends a request with a token, and once more with a new one where that has been asked for before and is too old.
    async fn send_signed(&self, request: &RequestBuilder) -> Result<Response, Failure> {
        let is_new = !self.tokens.lock().await.contains_key(AUDIENCE);
        let send = async || {
            let request = request.try_clone().expect("what is sent is in memory");
            let answer = request.bearer_auth(self.token(AUDIENCE).await?).send().await;
            answer.map_err(|error| self.unreachable(&error))
        };
        let answer = send().await?;
        if is_new || answer.status() != StatusCode::UNAUTHORIZED {
            return Ok(answer);
        }
        self.tokens.lock().await.remove(AUDIENCE);
        send().await
    }

    fn unreachable(&self, error: &reqwest::Error) -> Failure {
        self.unreadable(&last_cause(error))
    }

    fn unreadable(&self, cause: &str) -> Failure {
        Failure::Unreachable { endpoint: self.session.endpoint.clone(), cause: cause.to_owned() }
    }
}

/// Returns the last cause of an error, which says what happened; those before it only say where.
pub(crate) fn last_cause(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}

/// An answer that is a success.
struct Reply {
    status: u16,
    links: Links,
    body: Value,
}

/// What an answer says about work that goes on.
struct Links {
    operation: Option<String>,
    location: Option<String>,
    retry_after: Option<String>,
}

/// Says whether an address leads to this machine.
pub(crate) fn is_on_this_machine(endpoint: &str) -> bool {
    let url = endpoint.parse::<reqwest::Url>().ok();
    url.as_ref().and_then(reqwest::Url::host_str).is_some_and(|host| {
        let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        host == "localhost"
            || host.ends_with(".localhost")
            || address.is_ok_and(|address| address.is_loopback())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_servers_on_this_machine_are_asked_without_a_proxy() {
        for (endpoint, expected) in [
            ("http://localhost:5000", true),
            ("https://team.azurecr.localhost:5443", true),
            ("http://127.0.0.1:5000", true),
            ("http://[::1]:5000", true),
            ("https://registry.example.com", false),
            ("http://10.0.0.1:5000", false),
            ("not a url", false),
        ] {
            assert_eq!(is_on_this_machine(endpoint), expected, "{endpoint}");
        }
    }
}
