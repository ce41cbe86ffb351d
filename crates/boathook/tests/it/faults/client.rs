//! A client that pushes what nobody has pushed before, and remembers what it was answered.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use boathook_core::digest::Algorithm;
use reqwest::header::{CONTENT_TYPE, LOCATION};
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value as Json, json};

use super::dice::Dice;
use super::server::{Credentials, Life};

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
/// A server that is alive answers within this time.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(20);
/// Blobs of these sizes are kept in a row, and in a file.
const LAYER_BYTES: [usize; 2] = [700, 60_000];

/// What is known of something that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Nobody asked.
    Unasked,
    /// It may have happened or not.
    Unanswered,
    /// It has happened.
    Acknowledged,
}

/// Something that was pushed.
#[derive(Clone, Debug)]
pub(super) struct Artifact {
    pub(super) tag: String,
    pub(super) manifest: Vec<u8>,
    pub(super) blobs: [Vec<u8>; 2],
    pub(super) pushed: Outcome,
    pub(super) deleted: Outcome,
}

/// A client of one repository.
pub(super) struct Client {
    http: reqwest::Client,
    endpoint: String,
    pub(super) repository: String,
    token: String,
    dice: Dice,
    /// All that it has pushed, in order.
    pub(super) artifacts: Vec<Artifact>,
}

/// A client of HTTP that keeps to itself.
pub(super) fn http() -> reqwest::Client {
    reqwest::Client::builder().timeout(REQUEST_TIMEOUT).no_proxy().build().unwrap()
}

/// The digest of some bytes.
pub(super) fn digest(bytes: &[u8]) -> String {
    Algorithm::Sha256.digest(bytes).as_str().to_owned()
}

impl Artifact {
    /// The digest of the manifest.
    pub(super) fn digest(&self) -> String {
        digest(&self.manifest)
    }
}

/// A token for the management API.
pub(super) async fn management_token(endpoint: &str, client_id: &str, secret: &str) -> String {
    let form = format!(
        "grant_type=client_credentials&client_id={client_id}&client_secret={secret}&scope={endpoint}/.default"
    );
    let asked = http().post(format!("{endpoint}/adfs/oauth2/token"));
    let asked = asked.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
    let answer = asked.body(form).send().await.unwrap();
    let answer: Json = expect(answer, StatusCode::OK).await.json().await.unwrap();
    answer["access_token"].as_str().unwrap().to_owned()
}

impl Client {
    /// Signs in for one repository.
    pub(super) async fn sign_in(
        server: &Life,
        credentials: &Credentials,
        repository: &str,
        dice: Dice,
    ) -> Self {
        let (http, scope) = (http(), format!("repository:{repository}:pull,push,delete"));
        let service = credentials.text("loginServer");
        let url = format!("{}/oauth2/token?service={service}&scope={scope}", server.endpoint);
        let asked =
            http.get(url).basic_auth(credentials.text("username"), Some(credentials.password()));
        let answer = asked.send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        let answer: Json = answer.json().await.unwrap();
        let token = answer["access_token"].as_str().unwrap().to_owned();
        let (endpoint, repository) = (server.endpoint.clone(), repository.to_owned());
        Self { http, endpoint, repository, token, dice, artifacts: Vec::new() }
    }

    /// Pushes and deletes until the server is gone or it is time to end.
    pub(super) async fn work(&mut self, is_over: &AtomicBool) {
        while !is_over.load(Ordering::Relaxed) {
            let is_alive = match self.dice.below(3) {
                0 => self.delete_one().await,
                _ => self.push().await,
            };
            if !is_alive {
                return;
            }
        }
    }

    /// Pushes something new; `false` where the server is gone.
    pub(super) async fn push(&mut self) -> bool {
        let artifact = self.compose();
        for blob in &artifact.blobs {
            let begin =
                self.request(Method::POST, &format!("blobs/uploads/?digest={}", digest(blob)));
            let Some(answer) = answer(begin.body(blob.clone())).await else { return false };
            expect(answer, StatusCode::CREATED).await;
        }
        let put = self.request(Method::PUT, &format!("manifests/{}", artifact.tag));
        let put = put.header(CONTENT_TYPE, MANIFEST).body(artifact.manifest.clone());
        let expected = artifact.digest();
        self.artifacts.push(Artifact { pushed: Outcome::Unanswered, ..artifact });
        let Some(answer) = answer(put).await else { return false };
        let answer = expect(answer, StatusCode::CREATED).await;
        assert_eq!(answer.headers()["docker-content-digest"], expected);
        self.artifacts.last_mut().unwrap().pushed = Outcome::Acknowledged;
        true
    }

    /// Deletes something that it has pushed, if there is anything left; `false` where the server is gone.
    async fn delete_one(&mut self) -> bool {
        let is_there = |(idx, artifact): (usize, &Artifact)| {
            let Artifact { pushed, deleted, .. } = artifact;
            (*pushed == Outcome::Acknowledged && *deleted == Outcome::Unasked).then_some(idx)
        };
        let there: Vec<_> = self.artifacts.iter().enumerate().filter_map(is_there).collect();
        let Some(count) = u64::try_from(there.len()).ok().filter(|count| 0 < *count) else {
            return true;
        };
        let idx = there[usize::try_from(self.dice.below(count)).unwrap()];
        let delete =
            self.request(Method::DELETE, &format!("manifests/{}", self.artifacts[idx].digest()));
        self.artifacts[idx].deleted = Outcome::Unanswered;
        let Some(answer) = answer(delete).await else { return false };
        expect(answer, StatusCode::ACCEPTED).await;
        self.artifacts[idx].deleted = Outcome::Acknowledged;
        true
    }

    /// Makes a request about the repository.
    pub(super) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let url = format!("{}/v2/{}/{path}", self.endpoint, self.repository);
        self.http.request(method, url).bearer_auth(&self.token)
    }

    /// Continues an upload where the server said that it is.
    pub(super) fn resume(&self, method: Method, location: &str) -> RequestBuilder {
        let url = reqwest::Url::parse(&self.endpoint).unwrap().join(location).unwrap();
        self.http.request(method, url).bearer_auth(&self.token)
    }

    /// Begins an upload and returns its location.
    pub(super) async fn begin_upload(&self) -> String {
        let answer = self.request(Method::POST, "blobs/uploads/").send().await.unwrap();
        let answer = expect(answer, StatusCode::ACCEPTED).await;
        answer.headers()[LOCATION].to_str().unwrap().to_owned()
    }

    /// Reads all of something; `None` where there is no such thing.
    pub(super) async fn pull(&self, path: &str) -> Option<Vec<u8>> {
        let answer =
            self.request(Method::GET, path).header("accept", MANIFEST).send().await.unwrap();
        if answer.status() == StatusCode::NOT_FOUND {
            return None;
        }
        Some(expect(answer, StatusCode::OK).await.bytes().await.unwrap().to_vec())
    }

    /// Makes an artifact of bytes that nobody has seen.
    fn compose(&mut self) -> Artifact {
        let layer = LAYER_BYTES[usize::from(self.dice.below(4) == 0)];
        let blobs = [200, layer].map(|len| self.dice.bytes(len));
        let [config, layer] = [0, 1].map(|idx: usize| {
            let media_type = ["application/vnd.oci.image.config.v1+json", "application/vnd.oci.image.layer.v1.tar"][idx];
            json!({ "mediaType": media_type, "digest": digest(&blobs[idx]), "size": blobs[idx].len() })
        });
        let manifest = json!({ "schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": [layer] });
        Artifact {
            tag: format!("v{}", self.artifacts.len()),
            manifest: manifest.to_string().into_bytes(),
            blobs,
            pushed: Outcome::Unasked,
            deleted: Outcome::Unasked,
        }
    }
}

/// Clients that work beside each other.
pub(super) struct Crew {
    working: tokio::task::JoinSet<Client>,
    is_over: Arc<AtomicBool>,
}

impl Crew {
    /// Sends clients to work.
    pub(super) fn send(clients: Vec<Client>) -> Self {
        let is_over = Arc::new(AtomicBool::new(false));
        let mut working = tokio::task::JoinSet::new();
        for mut client in clients {
            let is_over = Arc::clone(&is_over);
            working.spawn(async move {
                client.work(&is_over).await;
                client
            });
        }
        Self { working, is_over }
    }

    /// Lets them work for a while; nobody may find the server gone.
    pub(super) async fn works_for(&mut self, moment: Duration) {
        let ended = tokio::time::timeout(moment, self.working.join_next()).await;
        if let Ok(Some(ended)) = ended {
            panic!("{} found the server gone", ended.unwrap().repository);
        }
    }

    /// Waits until they have found the server gone.
    pub(super) async fn home(self) -> Vec<Client> {
        self.working.join_all().await
    }

    /// Lets them finish what they do.
    pub(super) async fn call_home(self) -> Vec<Client> {
        self.is_over.store(true, Ordering::Relaxed);
        self.home().await
    }
}

/// Sends a request; `None` where the server is gone, or about to go.
async fn answer(request: RequestBuilder) -> Option<Response> {
    let answer = request.send().await;
    let answer =
        answer.inspect_err(|error| assert!(!error.is_timeout(), "the server hangs: {error:?}"));
    answer.ok().filter(|answer| answer.status() != StatusCode::SERVICE_UNAVAILABLE)
}

async fn expect(answer: Response, status: StatusCode) -> Response {
    if answer.status() != status {
        let (url, got) = (answer.url().path().to_owned(), answer.status());
        panic!(
            "`{url}` was answered {got}, not {status}: {}",
            answer.text().await.unwrap_or_default()
        );
    }
    answer
}
