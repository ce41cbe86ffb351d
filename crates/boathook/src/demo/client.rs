//! A client of the registry, as small as one can be that signs in, pushes and deletes as docker does.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use boathook_core::digest::Algorithm;
use reqwest::header::{CONTENT_TYPE, HeaderMap, LOCATION, WWW_AUTHENTICATE};
use reqwest::{Method, Response, StatusCode, Url};

use super::artifact::Artifact;
use crate::data_folder::DataFolder;
use crate::serve::Running;

const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);

/// A registry that is signed in to.
pub(super) struct Client {
    http: reqwest::Client,
    endpoint: Url,
    username: String,
    password: String,
}

impl Client {
    /// Reads how to sign in from the data folder.
    pub(super) fn sign_in(server: &Running, data: &Path) -> anyhow::Result<Self> {
        let credentials = DataFolder::open(data)?.credentials()?;
        let credentials = credentials.context("the first start wrote no credentials")?;
        let [password, _] = credentials.passwords;
        let http = reqwest::Client::builder().timeout(REQUEST_TIMEOUT).no_proxy().build();
        Ok(Self {
            http: http.context("could not prepare to speak HTTP")?,
            endpoint: server.endpoint.parse().context("the endpoint is no URL")?,
            username: credentials.username,
            password,
        })
    }

    /// Pushes blobs, then the manifest that refers to them.
    pub(super) async fn push(&self, artifact: &Artifact) -> anyhow::Result<()> {
        let Artifact { repository, tag, manifest, blobs, .. } = artifact;
        let token = self.token(repository, "pull,push").await?;
        for blob in blobs {
            let uploads = self.url(&format!("/v2/{repository}/blobs/uploads/"))?;
            let begun = self.request(Method::POST, uploads, &token).send().await?;
            let begun = expect(begun, StatusCode::ACCEPTED).await?;
            let mut upload = self.url(text(begun.headers(), LOCATION.as_str())?)?;
            upload.query_pairs_mut().append_pair("digest", Algorithm::Sha256.digest(blob).as_str());
            let put = self.request(Method::PUT, upload, &token).body(blob.clone());
            expect(put.send().await?, StatusCode::CREATED).await?;
        }
        let put = self.request(Method::PUT, self.manifest(repository, tag)?, &token);
        let put = put.header(CONTENT_TYPE, Artifact::MEDIA_TYPE).body(manifest.clone());
        expect(put.send().await?, StatusCode::CREATED).await?;
        Ok(())
    }

    /// Deletes a manifest with all its tags.
    pub(super) async fn delete(&self, artifact: &Artifact) -> anyhow::Result<()> {
        let token = self.token(artifact.repository, "delete").await?;
        let url = self.manifest(artifact.repository, artifact.digest().as_str())?;
        let deleted = self.request(Method::DELETE, url, &token).send().await?;
        expect(deleted, StatusCode::ACCEPTED).await?;
        Ok(())
    }

    /// Asks without a token, and then for the token that the challenge speaks of.
    async fn token(&self, repository: &str, actions: &str) -> anyhow::Result<String> {
        let refused = self.http.get(self.url("/v2/")?).send().await?;
        let refused = expect(refused, StatusCode::UNAUTHORIZED).await?;
        let challenge = text(refused.headers(), WWW_AUTHENTICATE.as_str())?;
        let part = |name: &str| {
            let (_, rest) = challenge.split_once(&format!("{name}=\""))?;
            rest.split_once('"').map(|(value, _)| value)
        };
        let (Some(realm), Some(service)) = (part("realm"), part("service")) else {
            bail!("the challenge `{challenge}` names no realm or no service");
        };
        let scope = format!("repository:{repository}:{actions}");
        let url = Url::parse_with_params(realm, [("service", service), ("scope", scope.as_str())])?;
        let asked = self.http.get(url).basic_auth(&self.username, Some(&self.password));
        let answer = expect(asked.send().await?, StatusCode::OK).await?;
        let answer: serde_json::Value = answer.json().await?;
        Ok(answer["access_token"].as_str().context("there is no token in the answer")?.to_owned())
    }

    fn request(&self, method: Method, url: Url, token: &str) -> reqwest::RequestBuilder {
        self.http.request(method, url).bearer_auth(token)
    }

    fn manifest(&self, repository: &str, reference: &str) -> anyhow::Result<Url> {
        self.url(&format!("/v2/{repository}/manifests/{reference}"))
    }

    fn url(&self, path: &str) -> anyhow::Result<Url> {
        self.endpoint.join(path).with_context(|| format!("`{path}` leads nowhere"))
    }
}

async fn expect(answer: Response, status: StatusCode) -> anyhow::Result<Response> {
    if answer.status() == status {
        return Ok(answer);
    }
    let (url, got) = (answer.url().path().to_owned(), answer.status());
    let body = answer.text().await.unwrap_or_default();
    bail!("`{url}` was answered {got}, not {status}: {body}")
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> anyhow::Result<&'a str> {
    let value = headers.get(name).with_context(|| format!("the answer has no {name}"))?;
    let text = value.to_str();
    ensure!(text.is_ok(), "the answer's {name} is no text");
    Ok(text?)
}
