//! Asking one registry for what one of its repositories has.

use super::fault::Fault;
use super::{Credentials, Sources};
use crate::courier::{Download, Parcel};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use boathook_core::digest::{Algorithm, Digest};
use boathook_core::manifest::MANIFEST_BYTES_MAX;
use boathook_core::media_type::{
    DOCKER_LIST, DOCKER_MANIFEST, OCI_ARTIFACT, OCI_INDEX, OCI_MANIFEST,
};
use boathook_core::name::{Reference, Repository};
use boathook_core::origin::Origin;
use boathook_core::retry::parse_retry_after;
use boathook_core::service_uri::ServiceUri;
use boathook_core::time::Timestamp;
use boathook_wire::oauth2::client::{Challenge, challenges, redirect_url, token, token_url};
use bytes::{Bytes, BytesMut};
use futures_util::stream::BoxStream;
use futures_util::{StreamExt as _, TryStreamExt as _};
use http::{Method, StatusCode};
use std::sync::{Mutex, PoisonError};
use tokio::time::timeout;

/// How many redirects of one request are followed.
pub(super) const REDIRECTS_MAX: usize = 5;
/// The largest answer with a token, in bytes.
pub(super) const TOKEN_BYTES_MAX: usize = 64 * 1024;

/// One repository of a registry elsewhere, and what it takes to pull from it.
pub(crate) struct Client<'a> {
    pub(crate) sources: &'a Sources,
    pub(crate) origin: &'a Origin,
    pub(crate) repository: &'a Repository,
    pub(crate) credentials: Option<&'a Credentials>,
    /// What the registry is shown since it last wanted its callers to sign in.
    pub(crate) authorization: Mutex<Option<String>>,
    /// The present, for what a registry says of later.
    pub(crate) now: Timestamp,
}

/// A manifest as it came; its digest is that of its bytes.
#[derive(Debug)]
pub(crate) struct Fetched {
    pub(crate) digest: Digest,
    pub(crate) media_type: Option<String>,
    pub(crate) bytes: Bytes,
}

/// A blob on its way.
pub(crate) struct Opened {
    /// Where what comes begins in the blob: where it was asked to, or at the start.
    pub(crate) first: u64,
    /// Who it comes from.
    pub(crate) host: String,
    pub(crate) body: BoxStream<'static, Result<Bytes, Fault>>,
}

/// An answer, and who gave it in the end.
struct Answered {
    host: String,
    download: Download,
}

/// What is asked for: a path of the registry's, and which part of it.
struct Ask<'a> {
    path: String,
    what: &'a str,
    first: u64,
}

impl Client<'_> {
    /// Fetches a manifest, which has the digest that it is asked for by.
    pub(crate) async fn manifest(&self, reference: &Reference) -> Result<Fetched, Fault> {
        let path = format!("/v2/{}/manifests/{reference}", self.repository);
        let what = match reference {
            Reference::Digest(digest) => format!("{}@{digest}", self.repository),
            Reference::Tag(tag) => format!("{}:{tag}", self.repository),
        };
        let Answered { host, download } = self.get(&Ask { path, what: &what, first: 0 }).await?;
        let media_type = download.header("content-type").map(str::to_owned);
        let said = download.header("docker-content-digest").and_then(|text| text.parse().ok());
        let collected = timeout(self.sources.patience, collect(&host, download.body)).await;
        let bytes = collected.map_err(|_| Fault::Away {
            host: host.clone(),
            reason: "the time ran out while reading a manifest".to_owned(),
        })??;
        let (expected, digest) = match reference {
            Reference::Digest(digest) => (Some(digest.clone()), digest.clone()),
            Reference::Tag(_) => (said, Algorithm::Sha256.digest(&bytes)),
        };
        if let Some(expected) = expected {
            let actual = expected.algorithm().digest(&bytes);
            if actual != expected {
                return Err(Fault::Lies { host, digest: expected, actual });
            }
        }
        Ok(Fetched { digest, media_type, bytes })
    }

    /// Asks for a blob from an offset on.
    pub(crate) async fn blob(&self, digest: &Digest, first: u64) -> Result<Opened, Fault> {
        let path = format!("/v2/{}/blobs/{digest}", self.repository);
        let ask = Ask { path, what: digest.as_str(), first };
        let Answered { host, download } = self.get(&ask).await?;
        let first = match download.status {
            StatusCode::PARTIAL_CONTENT => {
                let range = download.header("content-range").and_then(|range| {
                    range.strip_prefix("bytes ")?.split_once('-')?.0.trim().parse::<u64>().ok()
                });
                range.filter(|&begins| begins == first).ok_or_else(|| Fault::range(&host))?
            }
            _ => 0,
        };
        let from = host.clone();
        let body = download.body.map_err(move |failure| Fault::of(&from, &failure)).boxed();
        Ok(Opened { first, host, body })
    }

    /// Asks, and signs in where that is wanted: once, since whoever wants it again does not want it so.
    async fn get(&self, ask: &Ask<'_>) -> Result<Answered, Fault> {
        let mut answered = self.follow(ask).await?;
        let is_own = answered.host == self.origin.host();
        if answered.download.status == StatusCode::UNAUTHORIZED && is_own {
            let header = answered.download.header("www-authenticate").unwrap_or_default();
            let authorization = self.sign_in(challenges(header)).await?;
            *self.authorization.lock().unwrap_or_else(PoisonError::into_inner) =
                Some(authorization);
            answered = self.follow(ask).await?;
        }
        let Answered { host, download } = answered;
        match download.status {
            StatusCode::OK | StatusCode::PARTIAL_CONTENT => Ok(Answered { host, download }),
            StatusCode::NOT_FOUND | StatusCode::GONE => {
                Err(Fault::Missing { host, what: ask.what.to_owned() })
            }
            status => Err(self.refusal(host, status, download.header("retry-after"))),
        }
    }

    fn refusal(&self, host: String, status: StatusCode, retry_after: Option<&str>) -> Fault {
        let is_passing = status.is_server_error() && status != StatusCode::NOT_IMPLEMENTED;
        match status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                let with = match self.credentials {
                    Some(_) => "these credentials",
                    None => "no credentials",
                };
                Fault::MayNotPull { host, with, status }
            }
            StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT => {
                let retry_after = retry_after.and_then(|text| parse_retry_after(text, self.now));
                Fault::Busy { host, status, retry_after }
            }
            _ if is_passing => {
                let retry_after = retry_after.and_then(|text| parse_retry_after(text, self.now));
                Fault::Busy { host, status, retry_after }
            }
            status => Fault::status(&host, status),
        }
    }

    /// Asks, and asks elsewhere where the answer says so. Only the registry itself sees what is for it.
    async fn follow(&self, ask: &Ask<'_>) -> Result<Answered, Fault> {
        let mut uri = self.uri(self.origin.host(), &self.origin.url(&ask.path))?;
        for _ in 0..=REDIRECTS_MAX {
            let host = uri.authority().to_owned();
            let mut headers = vec![("Accept".to_owned(), accept()), user_agent()];
            if 0 < ask.first {
                headers.push(("Range".to_owned(), format!("bytes={}-", ask.first)));
            }
            let shown = self.authorization.lock().unwrap_or_else(PoisonError::into_inner).clone();
            if let Some(shown) = shown.filter(|_| self.origin.is_of(&uri)) {
                headers.push(("Authorization".to_owned(), shown));
            }
            let opened = self.sources.courier.open(self.parcel(uri.clone(), headers)).await;
            let download = opened.map_err(|failure| Fault::of(&host, &failure))?;
            let leads_on = matches!(download.status.as_u16(), 301 | 302 | 303 | 307 | 308);
            if !leads_on {
                return Ok(Answered { host, download });
            }
            let location = download.header("location").unwrap_or_default();
            let next = redirect_url(&uri.request_uri(), location);
            uri = self.uri(&host, &next.ok_or_else(|| Fault::redirect(&host))?)?;
        }
        Err(Fault::too_many_redirects(uri.authority()))
    }

    /// Gets what the registry wants to be shown.
    async fn sign_in(&self, challenges: Vec<Challenge>) -> Result<String, Fault> {
        let host = self.origin.host();
        let basic = self.credentials.map(|Credentials { username, password }| {
            format!("Basic {}", STANDARD.encode(format!("{username}:{password}")))
        });
        let bearer = challenges.iter().find_map(|challenge| match challenge {
            Challenge::Bearer { realm, service, scope } => Some((realm, service, scope)),
            Challenge::Basic => None,
        });
        let Some((realm, service, scope)) = bearer else {
            if challenges.is_empty() {
                return Err(Fault::challenge(host));
            }
            let refusal = || self.refusal(host.to_owned(), StatusCode::UNAUTHORIZED, None);
            return basic.ok_or_else(refusal);
        };
        let scope = scope.clone().unwrap_or_else(|| format!("repository:{}:pull", self.repository));
        let url = token_url(realm, service.as_deref(), &scope);
        let uri = self.uri(host, &url.ok_or_else(|| Fault::challenge(host))?)?;
        let realm = uri.authority().to_owned();
        let mut headers = vec![user_agent()];
        headers.extend(basic.map(|basic| ("Authorization".to_owned(), basic)));
        let exchange = self.sources.courier.send(self.parcel(uri, headers)).await;
        let answer = exchange.result.map_err(|failure| Fault::of(&realm, &failure))?;
        if answer.status != StatusCode::OK {
            return Err(self.refusal(realm, answer.status, answer.retry_after.as_deref()));
        }
        let given = token(&answer.body_prefix).filter(|_| answer.is_whole);
        given.map(|token| format!("Bearer {token}")).ok_or_else(|| Fault::token(&realm))
    }

    /// Reads an address that `from` has led to.
    fn uri(&self, from: &str, url: &str) -> Result<ServiceUri, Fault> {
        let uri = ServiceUri::of_link(url).map_err(|_| Fault::redirect(from))?;
        if uri.is_https() || self.sources.plain.allow(&uri) {
            return Ok(uri);
        }
        Err(Fault::Plain { from: from.to_owned(), host: uri.authority().to_owned() })
    }

    fn parcel(&self, uri: ServiceUri, headers: Vec<(String, String)>) -> Parcel {
        Parcel {
            method: Method::GET,
            uri,
            headers,
            body: Bytes::new(),
            answer_bytes_max: TOKEN_BYTES_MAX,
            timeout: self.sources.patience,
        }
    }
}

fn accept() -> String {
    [OCI_INDEX, OCI_MANIFEST, OCI_ARTIFACT, DOCKER_LIST, DOCKER_MANIFEST, "*/*"].join(", ")
}

fn user_agent() -> (String, String) {
    ("User-Agent".to_owned(), concat!("boathook/", env!("CARGO_PKG_VERSION")).to_owned())
}

/// Reads a manifest, and no more than one may have.
async fn collect(
    host: &str,
    mut body: BoxStream<'static, Result<Bytes, crate::courier::failure::Failure>>,
) -> Result<Bytes, Fault> {
    let mut bytes = BytesMut::new();
    while let Some(piece) = body.next().await {
        bytes.extend_from_slice(&piece.map_err(|failure| Fault::of(host, &failure))?);
        if MANIFEST_BYTES_MAX < bytes.len() {
            return Err(Fault::large_manifest(host));
        }
    }
    Ok(bytes.freeze())
}
