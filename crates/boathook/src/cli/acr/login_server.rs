//! The client of a registry's own API, which knows its repositories, tags and manifests.
//!
//! A name under `localhost`, which many systems do not resolve, and the name of the management API's own host lead to
//! the server that the session names; any other login server is asked over HTTPS. How to be let in is in [`sign_in`].

mod finding;
mod sign_in;

use std::time::Duration;

use reqwest::Method;
use reqwest::header::{ACCEPT, HOST, LINK};
use serde_json::Value as Json;
use url::{Url, form_urlencoded};

use crate::cli::arm::{Arm, is_on_this_machine};
use crate::cli::failure::Failure;
use crate::cli::value::Value;

pub(super) use sign_in::{AccountArgs, Entry, NOBODY, enter, refresh};

/// Entries that are asked for at a time.
const PAGE_ENTRIES: usize = 100;
/// Pages that one listing may have; a registry that names ever more pages is broken.
const PAGES_MAX: usize = 10_000;
/// How long is waited for what takes as long as there is much to do.
const PATIENCE: Duration = Duration::from_hours(24);
/// The kinds of manifest that are understood, which is all of them.
const MANIFESTS: &str = "*/*, application/vnd.oci.artifact.manifest.v1+json, \
    application/vnd.cncf.oras.artifact.manifest.v1+json, application/vnd.oci.image.manifest.v1+json, \
    application/vnd.oci.image.index.v1+json, application/vnd.docker.distribution.manifest.v2+json, \
    application/vnd.docker.distribution.manifest.list.v2+json";

/// A registry's own API.
pub(super) struct LoginServer {
    http: reqwest::Client,
    /// Where requests go, such as `https://myregistry.azurecr.io`.
    base: String,
    /// The name that it is known by.
    pub(super) name: String,
    credential: Credential,
}

/// What every request bears.
enum Credential {
    Nothing,
    Token(String),
    Password { username: String, password: String },
}

/// The order of a listing by time.
#[derive(Clone, Copy, clap::ValueEnum)]
#[value(rename_all = "snake_case")]
pub(super) enum Order {
    TimeAsc,
    TimeDesc,
}

/// What is to be listed.
#[derive(Default)]
pub(super) struct Listing<'a> {
    pub(super) path: &'a str,
    /// The member that holds the entries.
    pub(super) member: &'a str,
    /// The most entries that are wanted.
    pub(super) top: Option<usize>,
    pub(super) order: Option<Order>,
}

/// The pages of a list.
pub(super) struct Pages<'a> {
    server: &'a LoginServer,
    path: &'a str,
    /// The query of the next one; nothing after the last.
    next: Option<Vec<(String, String)>>,
    left: usize,
}

impl Pages<'_> {
    /// Reads the next page, if there is one.
    pub(super) async fn next(&mut self) -> Result<Option<Value>, Failure> {
        let Some(query) = self.next.take() else { return Ok(None) };
        let left = self.left.checked_sub(1);
        self.left = left.ok_or_else(|| self.server.unreadable("its list never ends"))?;
        let (page, next) = self.server.page(self.path, &query).await?;
        self.next = next;
        Ok(Some(page))
    }
}

/// What a request bears.
enum Content<'a> {
    Nothing,
    /// Nothing, and nothing needs to have been done when there is an answer.
    NothingYet,
    /// Nothing, and it may take long until there is an answer.
    HoweverLong,
    Json(&'a Json),
    File(Vec<u8>),
}

/// An answer that is a success.
struct Reply {
    text: String,
    /// The query of the link to the next page.
    next: Option<String>,
    /// The operation that goes on.
    operation: Option<String>,
}

impl LoginServer {
    fn new(arm: &Arm, name: &str) -> Self {
        Self {
            http: arm.http().clone(),
            base: base_of(name, &arm.session().endpoint),
            name: name.to_owned(),
            credential: Credential::Nothing,
        }
    }

    /// Reads something.
    pub(super) async fn get(&self, path: &str) -> Result<Value, Failure> {
        self.read(&self.send(Method::GET, path, Content::Nothing, "*/*").await?)
    }

    /// Reads a manifest.
    pub(super) async fn manifest(&self, path: &str) -> Result<Value, Failure> {
        self.read(&self.send(Method::GET, path, Content::Nothing, MANIFESTS).await?)
    }

    /// Reads the bytes of a manifest as they are.
    pub(super) async fn raw_manifest(&self, path: &str) -> Result<String, Failure> {
        Ok(self.send(Method::GET, path, Content::Nothing, MANIFESTS).await?.text)
    }

    /// Changes something.
    pub(super) async fn patch(&self, path: &str, body: &Json) -> Result<Value, Failure> {
        self.read(&self.send(Method::PATCH, path, Content::Json(body), "*/*").await?)
    }

    /// Sends a file.
    pub(super) async fn upload(
        &self,
        method: Method,
        path: &str,
        file: Vec<u8>,
    ) -> Result<Value, Failure> {
        self.read(&self.send(method, path, Content::File(file), "*/*").await?)
    }

    /// The server's address by its own name.
    pub(super) fn url(&self) -> String {
        let scheme = self.base.split_once("://").map_or("https", |(scheme, _)| scheme);
        format!("{scheme}://{}", self.name)
    }

    /// A username and a password with which another program can do the same.
    pub(super) fn signed_in(&self) -> (&str, &str) {
        match &self.credential {
            Credential::Nothing => ("", ""),
            Credential::Token(token) => (NOBODY, token),
            Credential::Password { username, password } => (username, password),
        }
    }

    /// Asks for something to be done.
    pub(super) async fn post(&self, path: &str, body: &Json) -> Result<Value, Failure> {
        self.read(&self.send(Method::POST, path, Content::Json(body), "*/*").await?)
    }

    /// Deletes something that may take long, and returns what the registry says of it.
    pub(super) async fn delete_however_long(&self, path: &str) -> Result<Value, Failure> {
        Ok(self.remove(path, Content::HoweverLong).await?.1)
    }

    /// Has something deleted, and does not wait until it is gone where that takes long. Returns the operation that it is,
    /// if the registry tells of one, and what it says.
    pub(super) async fn begin_to_delete(
        &self,
        path: &str,
    ) -> Result<(Option<String>, Value), Failure> {
        self.remove(path, Content::NothingYet).await
    }

    /// Deletes something, and returns what the registry says of it.
    pub(super) async fn delete(&self, path: &str) -> Result<Value, Failure> {
        Ok(self.remove(path, Content::Nothing).await?.1)
    }

    async fn remove(
        &self,
        path: &str,
        content: Content<'_>,
    ) -> Result<(Option<String>, Value), Failure> {
        let reply = self.send(Method::DELETE, path, content, "*/*").await?;
        // Nothing and what is no JSON are nothing to show.
        Ok((reply.operation, serde_json::from_str(&reply.text).unwrap_or_default()))
    }

    /// Reads the entries of every page, as far as they are wanted.
    pub(super) async fn list(&self, listing: &Listing<'_>) -> Result<Vec<Value>, Failure> {
        let mut query = vec![("n".to_owned(), PAGE_ENTRIES.to_string())];
        if let Some(order) = listing.order {
            let order = match order {
                Order::TimeAsc => "timeasc",
                Order::TimeDesc => "timedesc",
            };
            query.push(("orderby".to_owned(), order.to_owned()));
        }
        let mut left = listing.top;
        let mut entries = Vec::new();
        for _ in 0..PAGES_MAX {
            if let Some(left) = &mut left {
                let page = PAGE_ENTRIES.min(*left);
                *left -= page;
                query.retain(|(name, _)| name != "n");
                query.insert(0, ("n".to_owned(), page.to_string()));
            }
            let (page, next) = self.page(listing.path, &query).await?;
            if let Value::Array(values) = page.member(listing.member) {
                entries.extend(values.iter().cloned());
            }
            let Some(next) = next.filter(|_| left != Some(0)) else { return Ok(entries) };
            query = next;
        }
        Err(self.unreadable("its list never ends"))
    }

    /// Begins to read a list page by page.
    pub(super) fn pages<'a>(&'a self, path: &'a str, query: &[(&str, &str)]) -> Pages<'a> {
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let next = Some(query.iter().map(own).collect());
        Pages { server: self, path, next, left: PAGES_MAX }
    }

    /// Reads a page, and the query of the page that follows.
    async fn page(
        &self,
        path: &str,
        query: &[(String, String)],
    ) -> Result<(Value, Option<Vec<(String, String)>>), Failure> {
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
        let between = if query.is_empty() { "" } else { "?" };
        let path = format!("{path}{between}{query}");
        let reply = self.send(Method::GET, &path, Content::Nothing, "*/*").await?;
        let next = reply
            .next
            .as_ref()
            .map(|query| form_urlencoded::parse(query.as_bytes()).into_owned().collect::<Vec<_>>());
        Ok((self.read(&reply)?, next))
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        body: Content<'_>,
        accept: &str,
    ) -> Result<Reply, Failure> {
        let url = format!("{}{path}", self.base);
        tracing::debug!(%method, url, "asking the registry");
        let request = self.http.request(method.clone(), url);
        let mut request = request.header(HOST, &self.name).header(ACCEPT, accept);
        request = match &self.credential {
            Credential::Nothing => request,
            Credential::Token(token) => request.bearer_auth(token),
            Credential::Password { username, password } => {
                request.basic_auth(username, Some(password))
            }
        };
        request = match body {
            Content::Nothing => request,
            Content::NothingYet => request.header("prefer", "respond-async"),
            Content::HoweverLong => request.timeout(PATIENCE),
            Content::Json(body) => request.json(body),
            Content::File(bytes) => request.body(bytes),
        };
        let answer = request.send().await.map_err(|error| self.unreachable(&error))?;
        let status = answer.status().as_u16();
        let header = |name: &str| answer.headers().get(name)?.to_str().ok().map(str::to_owned);
        let next = header(LINK.as_str()).and_then(|link| {
            let link = link.split_once('<')?.1.split_once('>')?.0;
            Some(link.split_once('?')?.1.to_owned())
        });
        let operation = header("boathook-operation");
        let correlation = header("x-ms-correlation-request-id");
        let text = answer.text().await.map_err(|error| self.unreachable(&error))?;
        tracing::debug!(status, bytes = text.len(), "the registry answered");
        if (200..300).contains(&status) {
            return Ok(Reply { text, next, operation });
        }
        let message = refusal(&method, status, &text, correlation.as_deref());
        Err(Failure::Content { status, message, is_shown: false })
    }

    fn read(&self, reply: &Reply) -> Result<Value, Failure> {
        if reply.text.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_str(&reply.text)
            .map_err(|error| self.unreadable(&format!("its answer is no JSON: {error}")))
    }

    fn unreachable(&self, error: &reqwest::Error) -> Failure {
        self.unreadable(&crate::cli::arm::last_cause(error))
    }

    fn unreadable(&self, cause: &str) -> Failure {
        Failure::Unreachable { endpoint: self.name.clone(), cause: cause.to_owned() }
    }
}

/// Says why a request was refused, in the words of `az`: the registry's own where it has some.
fn refusal(method: &Method, status: u16, text: &str, correlation: Option<&str>) -> String {
    let body: Json = serde_json::from_str(text).unwrap_or_default();
    let error = &body["errors"][0];
    let mut message = match (error["message"].as_str(), error["detail"].as_str()) {
        (Some(message), Some(detail)) => format!("Error: {message} Detail: {detail}"),
        (Some(message), None) => format!("Error: {message}"),
        (None, _) => match status {
            401 => "Authentication required.".to_owned(),
            404 => "The requested data does not exist.".to_owned(),
            405 => "This operation is not supported.".to_owned(),
            409 => "Failed to request data due to a conflict.".to_owned(),
            _ => format!("Could not {} the requested data.", method.as_str().to_lowercase()),
        },
    };
    if !message.ends_with('.') {
        message.push('.');
    }
    match correlation {
        Some(correlation) => format!("{message} Correlation ID: {correlation}."),
        None => message,
    }
}

/// Returns where the requests for a login server go.
fn base_of(name: &str, endpoint: &str) -> String {
    let base = format!("https://{name}");
    let host = |url: &str| url.parse::<Url>().ok()?.host_str().map(str::to_owned);
    if is_on_this_machine(&base) || host(&base) == host(endpoint) {
        endpoint.trim_end_matches('/').to_owned()
    } else {
        base
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_need_no_dns_lead_to_the_server_of_the_session() {
        for (name, endpoint, expected) in [
            ("localhost:5000", "http://127.0.0.1:5000/", "http://127.0.0.1:5000"),
            ("team.azurecr.localhost", "https://localhost:5443", "https://localhost:5443"),
            ("team.azurecr.localhost:5443", "http://localhost:5000", "http://localhost:5000"),
            ("registry.lan:5000", "http://registry.lan:5000", "http://registry.lan:5000"),
            ("team.example.com", "https://registry.example.com", "https://team.example.com"),
            ("notlocalhost", "http://localhost:5000", "https://notlocalhost"),
        ] {
            assert_eq!(base_of(name, endpoint), expected, "{name}");
        }
    }

    #[test]
    fn a_refusal_is_told_in_the_words_of_the_registry_where_it_has_some() {
        let check = |status, text: &str, correlation, expected| {
            assert_eq!(refusal(&Method::GET, status, text, correlation), expected, "{text}");
        };
        let told = r#"{"errors":[{"message":"no such tag"}]}"#;
        check(404, told, None, "Error: no such tag.");
        check(404, told, Some("id"), "Error: no such tag. Correlation ID: id.");
        let detailed = r#"{"errors":[{"message":"locked.","detail":"see there"}]}"#;
        check(405, detailed, None, "Error: locked. Detail: see there.");
        for text in ["", "<html>", "{}", r#"{"errors":[]}"#, r#"{"errors":[{"detail":"x"}]}"#] {
            check(401, text, None, "Authentication required.");
            check(404, text, None, "The requested data does not exist.");
            check(405, text, None, "This operation is not supported.");
            check(409, text, None, "Failed to request data due to a conflict.");
            check(502, text, None, "Could not get the requested data.");
        }
    }
}
