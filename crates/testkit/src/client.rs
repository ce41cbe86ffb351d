//! A client that pushes and pulls as docker does, over real connections.

mod answer;

pub use answer::Answer;

use boathook_core::digest::{Algorithm, Digest};
use boathook_core::media_type::OCI_MANIFEST;
use bytes::Bytes;
use http::request::Builder;
use http::{HeaderMap, HeaderValue, Method, Request, header};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client as Pool;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};

/// A client of one registry, who may have a name and a password.
///
/// It asks for nothing beforehand: where it is challenged, it gets a token for what the challenge names and asks once
/// more, as docker does. It never repeats a request of its own accord.
pub struct Client {
    address: SocketAddr,
    /// The name that the server is called by, where it is not its address.
    host: Option<String>,
    login: Option<(String, String)>,
    pool: Pool<HttpConnector, Full<Bytes>>,
    /// By scope.
    tokens: Mutex<HashMap<String, HeaderValue>>,
}

impl Client {
    /// A client without a name.
    pub fn anonymous(address: SocketAddr) -> Self {
        let pool = Pool::builder(TokioExecutor::new()).retry_canceled_requests(false).build_http();
        Self { address, host: None, login: None, pool, tokens: Mutex::default() }
    }

    /// A client with a name and a password.
    pub fn signed_in(address: SocketAddr, user: &str, password: &str) -> Self {
        let login = Some((user.to_owned(), password.to_owned()));
        Self { login, ..Self::anonymous(address) }
    }

    /// The same client, which calls the server by `host`.
    #[must_use]
    pub fn at(self, host: &str) -> Self {
        Self { host: Some(host.to_owned()), ..self }
    }

    /// Begins a request for `path`, which has its query and is percent-encoded as it will be sent.
    pub fn request(&self, method: Method, path: &str) -> Builder {
        let named =
            self.host.as_ref().and_then(|host| path.strip_prefix(&format!("http://{host}")));
        let path = named.or_else(|| path.strip_prefix(&self.base())).unwrap_or(path);
        let request = Request::builder().method(method).uri(format!("{}{path}", self.base()));
        match &self.host {
            Some(host) => request.header(header::HOST, host),
            None => request,
        }
    }

    /// Sends one request as it is, whatever comes of it.
    pub async fn send(&self, request: Builder, body: impl Into<Bytes>) -> Answer {
        let request = request.body(Full::new(body.into())).expect("the test's request is in order");
        let response = self.pool.request(request).await.expect("the server answers");
        let (parts, body) = response.into_parts();
        let body = body.collect().await.expect("the answer is whole").to_bytes();
        Answer { status: parts.status.as_u16(), headers: parts.headers, body }
    }

    /// Asks for `path`, with a token if it takes one.
    pub async fn get(&self, path: &str) -> Answer {
        self.ask(Method::GET, path, &[], "").await
    }

    /// Asks for the head of `path`, with a token if it takes one.
    pub async fn head(&self, path: &str) -> Answer {
        self.ask(Method::HEAD, path, &[], "").await
    }

    /// Deletes `path`, with a token if it takes one.
    pub async fn delete(&self, path: &str) -> Answer {
        self.ask(Method::DELETE, path, &[], "").await
    }

    /// Sends a request, and once more with a token where it is challenged and has a name.
    pub async fn ask(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> Answer {
        let body = body.into();
        let build = || {
            let request = self.request(method.clone(), path);
            headers.iter().fold(request, |request, (name, value)| request.header(*name, *value))
        };
        let answer = self.send(build(), body.clone()).await;
        if answer.status != 401 || self.login.is_none() {
            return answer;
        }
        let token = self.token_for(&answer.headers).await;
        self.send(build().header(header::AUTHORIZATION, token), body).await
    }

    /// The token that a challenge asks for, as the value of an `Authorization` header.
    async fn token_for(&self, challenged: &HeaderMap) -> HeaderValue {
        let challenge = challenged.get(header::WWW_AUTHENTICATE).expect("a 401 has a challenge");
        let challenge = challenge.to_str().expect("a challenge is text");
        let part = |name: &str| {
            let (_, rest) = challenge.split_once(&format!("{name}=\""))?;
            rest.split('"').next().map(str::to_owned)
        };
        let scope = part("scope").unwrap_or_default();
        let known = self.tokens.lock().unwrap_or_else(PoisonError::into_inner).get(&scope).cloned();
        if let Some(token) = known {
            return token;
        }
        let realm = part("realm").expect("a challenge names its realm");
        let service = part("service").expect("a challenge names its service");
        let (user, password) = self.login.as_ref().expect("only who has a name asks for a token");
        let form = format!(
            "grant_type=password&client_id=testkit&service={service}&scope={scope}&username={user}&password={password}"
        );
        let request = self
            .request(Method::POST, &realm)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        let json = self.send(request, form).await.is(200).json();
        let token = json["access_token"].as_str().expect("the answer has a token");
        let value: HeaderValue =
            format!("Bearer {token}").parse().expect("a token is a header's value");
        let mut tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        tokens.insert(scope, value.clone());
        value
    }

    /// Begins an upload and says where it goes on.
    pub async fn begin_upload(&self, repository: &str) -> String {
        let path = format!("/v2/{repository}/blobs/uploads/");
        self.ask(Method::POST, &path, &[], "").await.is(202).header("location").to_owned()
    }

    /// Pushes a blob as docker does: looks for it, begins an upload, streams into it, ends it.
    pub async fn push_blob(&self, repository: &str, bytes: &[u8]) -> Digest {
        self.push_blob_as(Algorithm::Sha256, repository, bytes).await
    }

    /// Pushes a blob under a digest of the given kind.
    pub async fn push_blob_as(
        &self,
        algorithm: Algorithm,
        repository: &str,
        bytes: &[u8],
    ) -> Digest {
        let digest = algorithm.digest(bytes);
        let path = format!("/v2/{repository}/blobs/{digest}");
        if self.head(&path).await.status == 200 {
            return digest;
        }
        let upload = self.begin_upload(repository).await;
        let octets = [("content-type", "application/octet-stream")];
        let body = Bytes::copy_from_slice(bytes);
        let upload = self.ask(Method::PATCH, &upload, &octets, body).await.is(202);
        let end = format!("{}?digest={digest}", upload.header("location"));
        let ended = self.ask(Method::PUT, &end, &[], "").await.is(201);
        assert_eq!(ended.header("docker-content-digest"), digest.as_str());
        digest
    }

    /// Pushes a manifest under a tag or a digest, whatever comes of it.
    pub async fn put_manifest(
        &self,
        repository: &str,
        reference: &str,
        media_type: &str,
        bytes: impl Into<Bytes>,
    ) -> Answer {
        let path = format!("/v2/{repository}/manifests/{reference}");
        self.ask(Method::PUT, &path, &[("content-type", media_type)], bytes).await
    }

    /// Pushes the image of one layer, which holds `content`, as `repository:tag`, and says its digest.
    pub async fn push_image(&self, repository: &str, tag: &str, content: &str) -> Digest {
        let config = self.push_blob(repository, b"{}").await;
        let layer = self.push_blob(repository, content.as_bytes()).await;
        let manifest = format!(
            r#"{{"schemaVersion":2,"mediaType":"{OCI_MANIFEST}","config":{{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"{config}","size":2}},"layers":[{{"mediaType":"application/vnd.oci.image.layer.v1.tar","digest":"{layer}","size":{}}}]}}"#,
            content.len()
        );
        let pushed = self.put_manifest(repository, tag, OCI_MANIFEST, manifest).await.is(201);
        pushed.header("docker-content-digest").parse().expect("the server sends a digest")
    }

    /// Pulls an image as docker does: its manifest by tag or digest, then all that it refers to, each checked.
    pub async fn pull_image(&self, repository: &str, reference: &str) -> Vec<Bytes> {
        let path = format!("/v2/{repository}/manifests/{reference}");
        let accept = [("accept", OCI_MANIFEST)];
        let manifest = self.ask(Method::GET, &path, &accept, "").await.is(200).json();
        let layers = manifest["layers"].as_array().expect("an image has layers");
        let mut content = Vec::new();
        for descriptor in std::iter::once(&manifest["config"]).chain(layers) {
            let digest: Digest = descriptor["digest"]
                .as_str()
                .and_then(|text| text.parse().ok())
                .expect("a descriptor has a digest");
            let blob = self.get(&format!("/v2/{repository}/blobs/{digest}")).await.is(200).body;
            assert_eq!(digest.algorithm().digest(&blob), digest);
            content.push(blob);
        }
        content
    }

    fn base(&self) -> String {
        format!("http://{}", self.address)
    }
}
