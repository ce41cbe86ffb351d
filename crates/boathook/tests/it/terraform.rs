//! What Terraform's azurerm provider sends, request for request, and what it makes of the answers.
//!
//! The provider itself cannot be had where this is run. Its requests, the way it waits, and what of the answers it
//! keeps are told as its source has them: providers 4.x and 5.x, with the pollers of `go-azure-sdk`. Each test plays a
//! resource's life and compares two things: the requests with a script, and what the provider would keep in its state
//! with what was configured, since a difference there would be a change in every plan for ever.

mod group;
mod registry;
mod role;
mod start;
mod token;
mod webhook;

use boathook_testkit::Answer;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE};
use reqwest::{Client, Method};
use serde_json::Value as Json;
use tempfile::TempDir;
use url::Url;

use crate::process::{PATIENCE, Serving};
use crate::tls::{TLS, client, credentials};

/// What `metadata_host` is set to.
const METADATA_HOST: &str = "management.azurecr.localhost";
/// The version that provider 5.x names for what belongs to a registry.
const API_VERSION: &str = "api-version=2025-11-01";
const JSON: &str = "application/json; charset=utf-8";

/// A server of its own, and a provider that has signed in to it.
struct Terraform {
    server: Serving,
    client: Client,
    /// What the server wrote down for whoever signs in.
    credentials: Json,
    /// Where the Resource Manager is, as the cloud's description says.
    resource_manager: String,
    bearer: String,
    /// What was sent, each with what came of it.
    script: Vec<String>,
    _folder: TempDir,
}

impl Terraform {
    /// Starts a server, and the provider as it starts itself before anything else.
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        // Nobody reads the lines of so many requests, and a pipe that is full holds the server up.
        let config = folder.path().join("node.toml");
        std::fs::write(&config, "[log]\nfilter = \"error\"\n").unwrap();
        let regions = ["--region", "westeurope", "--region", "eastus"];
        let more = [&TLS[..], &regions, &["--config", config.to_str().unwrap()]].concat();
        let server = Serving::start(folder.path(), &more);
        let proxy = format!("http://{}", server.address);
        let mut terraform = Self {
            server,
            client: client(&folder.path().join("tls/ca.pem"), &proxy),
            credentials: credentials(folder.path()),
            resource_manager: String::new(),
            bearer: String::new(),
            script: Vec::new(),
            _folder: folder,
        };
        terraform.configure().await;
        terraform
    }

    /// Ends the server.
    fn stop(self) {
        drop(self.client);
        self.server.stop();
    }

    /// Something of the credentials.
    fn credential(&self, member: &str) -> String {
        self.credentials[member].as_str().unwrap().to_owned()
    }

    fn subscription(&self) -> String {
        format!("/subscriptions/{}", self.credential("subscriptionId"))
    }

    /// The id of a registry in the group that is there from the start, as the provider writes it.
    fn registry(&self, name: &str) -> String {
        let (subscription, group) = (self.subscription(), self.credential("resourceGroup"));
        format!(
            "{subscription}/resourceGroups/{group}/providers/Microsoft.ContainerRegistry/registries/{name}"
        )
    }

    async fn get(&mut self, path: &str) -> Answer {
        self.ask(Method::GET, path, None).await
    }

    async fn post(&mut self, path: &str, body: Option<&Json>) -> Answer {
        self.ask(Method::POST, path, body).await
    }

    /// Sends one request, and writes it down.
    async fn ask(&mut self, method: Method, path: &str, body: Option<&Json>) -> Answer {
        let join = if path.contains('?') { '&' } else { '?' };
        let url = format!("{path}{join}{API_VERSION}");
        let answer = self.send(method.clone(), &url, body).await;
        let path = path.rsplit_once("Microsoft.ContainerRegistry/").map_or(path, |(_, path)| path);
        let path = path.strip_prefix(&self.subscription()).unwrap_or(path);
        self.script.push(format!("{method} {path} {}", answer.status));
        answer
    }

    /// Sends one request to the Resource Manager.
    async fn send(&self, method: Method, path: &str, body: Option<&Json>) -> Answer {
        let url = format!("{}{path}", self.resource_manager);
        let request = self.client.request(method, url).header(AUTHORIZATION, &self.bearer);
        // Every request of the SDK says so, whether it has a body or not.
        let request = request.header(CONTENT_TYPE, JSON).header("Accept", JSON);
        let body = body.map(Json::to_string).unwrap_or_default();
        received(request.body(body)).await
    }

    /// Sends what changes something, and waits until it is done, as the SDK does after every PUT, PATCH, POST and
    /// DELETE that it waits for.
    async fn then_poll(&mut self, method: Method, path: &str, body: Option<&Json>) -> Answer {
        let answer = self.ask(method.clone(), path, body).await;
        let is_deletion = method == Method::DELETE;
        let header = |name| answer.optional_header(name);
        match (answer.status, header("azure-asyncoperation").or_else(|| header("location"))) {
            (200..=202, Some(link)) => self.poll_operation(link).await,
            (200 | 201, None) if !is_deletion => self.poll_resource(path).await,
            (200 | 204, None) if is_deletion => {}
            (status, _) => panic!("nobody waits for {method} {path}: {status} {}", answer.text()),
        }
        if is_deletion {
            // Older versions look at nothing but this.
            let _ = self.get(path).await.is(404);
        }
        answer
    }

    /// Asks how far an operation has come until it has ended: at the Resource Manager, whatever host the link names.
    async fn poll_operation(&mut self, link: &str) {
        let link = Url::parse(link).expect("a link is absolute");
        let path = format!("{}?{}", link.path(), link.query().unwrap_or_default());
        let polled = tokio::time::timeout(PATIENCE, async {
            while !is_done(&self.send(Method::GET, &path, None).await) {}
        });
        polled.await.expect("the operation ends");
        self.script.push("poll".to_owned());
    }

    /// Looks at the resource; what an action was asked of is looked at instead of the action.
    async fn poll_resource(&mut self, path: &str) {
        let path = match path.matches('/').count() % 2 {
            0 => path,
            _ => path.rsplit_once('/').expect("a path has a parent").0,
        };
        let resource = self.get(path).await.is(200).json();
        assert_eq!(resource["properties"]["provisioningState"], "Succeeded", "{resource}");
    }

    /// Compares what was sent since the last time with a script.
    #[track_caller]
    fn check(&mut self, script: &[&str]) {
        assert_eq!(std::mem::take(&mut self.script), script);
    }
}

/// Sends a request and takes in the whole answer.
async fn received(request: reqwest::RequestBuilder) -> Answer {
    let answer = request.send().await.expect("the server answers");
    let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
    Answer { status, headers, body: answer.bytes().await.expect("the answer is whole") }
}

/// What the SDK makes of an answer about an operation. It gives up where it does not know what it reads.
fn is_done(answer: &Answer) -> bool {
    match answer.status {
        202 => return false,
        200 if answer.optional_header("content-length") == Some("0") => return true,
        _ => assert!(answer.status == 200, "{answer:?}"),
    }
    assert!(answer.header("content-type").contains("application/json"), "{answer:?}");
    let json = answer.json();
    match json["status"].as_str().or_else(|| json["properties"]["provisioningState"].as_str()) {
        Some("Succeeded") => true,
        Some("Accepted" | "Creating" | "InProgress" | "Updating") => false,
        _ => panic!("the SDK does not know this: {json}"),
    }
}

/// A list of texts as a set, in which their order means nothing.
fn set(list: &Json) -> Vec<&str> {
    let mut set: Vec<_> =
        list.as_array().unwrap().iter().map(|one| one.as_str().unwrap()).collect();
    set.sort_unstable();
    set
}
