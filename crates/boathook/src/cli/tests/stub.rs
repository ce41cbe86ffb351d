//! A server that knows one registry, four webhooks and three events, answers the rest from a table, and remembers what
//! it was asked.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::{Value as Json, json};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::cli::session::Environment;

/// What the server knows.
const WORLD: &str = include_str!("../golden/world.json");

/// What it answers to everything else: `METHOD [//host]path[?query]`, and the answers in turn.
const ANSWERS: &str = include_str!("../golden/answers.json");

/// Stands in for docker.
const DOCKER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/cli/golden/docker");

/// The path of the registry.
pub(super) const REGISTRY: &str = "/subscriptions/b0a70001-0000-4000-8000-000000000001/resourceGroups/boathook/providers/Microsoft.ContainerRegistry/registries/mycontainerregistry";

/// A request that the server got.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) method: String,
    /// The registry that was asked for by name; empty for the management API.
    pub(super) host: String,
    pub(super) path: String,
    pub(super) query: String,
    pub(super) authorization: String,
    pub(super) body: String,
}

/// What the server answers.
struct Reply {
    status: u16,
    headers: HashMap<String, String>,
    body: Json,
}

struct State {
    endpoint: String,
    world: Json,
    /// By their keys in small letters.
    answers: HashMap<String, Vec<Json>>,
    /// How often each was given.
    turns: Mutex<HashMap<String, usize>>,
    asked: Mutex<Vec<Asked>>,
    pages_at: Mutex<String>,
}

/// The server; it stops when it is dropped.
pub(super) struct Stub {
    state: Arc<State>,
    endpoint: String,
    _tasks: JoinSet<()>,
}

impl Stub {
    pub(super) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let world = serde_json::from_str(WORLD).unwrap();
        let answers: HashMap<String, Vec<Json>> = serde_json::from_str(ANSWERS).unwrap();
        let answers = answers.into_iter().map(|(key, given)| (key.to_lowercase(), given));
        let state = Arc::new(State {
            endpoint: endpoint.clone(),
            world,
            answers: answers.collect(),
            turns: Mutex::default(),
            asked: Mutex::default(),
            pages_at: Mutex::new(endpoint.clone()),
        });
        let mut tasks = JoinSet::new();
        tasks.spawn(serve(listener, state.clone()));
        Self { state, endpoint, _tasks: tasks }
    }

    pub(super) fn endpoint(&self) -> String {
        self.endpoint.clone()
    }

    pub(super) fn environment(&self) -> Environment {
        Environment {
            endpoint: Some(self.endpoint()),
            client_id: Some("id".to_owned()),
            client_secret: Some("s3cret".to_owned()),
            docker_command: Some(DOCKER.to_owned()),
            ..Environment::default()
        }
    }

    /// Has the links to further pages lead to another server.
    pub(super) fn link_pages_to(&self, endpoint: &str) {
        endpoint.clone_into(&mut self.state.pages_at.lock().unwrap());
    }

    /// Returns what was asked since the last time.
    pub(super) fn requests(&self) -> Vec<Asked> {
        std::mem::take(&mut self.state.asked.lock().unwrap())
    }
}

async fn serve(listener: TcpListener, state: Arc<State>) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let state = state.clone();
        let service = service_fn(move |request| answer(state.clone(), request));
        connections.spawn(async move {
            let connection = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service);
            drop(connection.await);
        });
    }
}

async fn answer(
    state: Arc<State>,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    let header =
        |name: &str| head.headers.get(name).map(|value| value.to_str().unwrap().to_owned());
    let host = header("host").unwrap_or_default();
    let asked = Asked {
        method: head.method.to_string(),
        host: if host.starts_with("127.0.0.1") { String::new() } else { host },
        path: head.uri.path().to_owned(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        authorization: header("authorization").unwrap_or_default(),
        body: String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap(),
    };
    if asked.path == "/adfs/oauth2/token" {
        let (status, body) = token(&asked.body);
        let response = Response::builder().status(status);
        return Ok(response.body(Full::new(body.to_string().into())).unwrap());
    }
    let reply = state.reply(&asked);
    state.asked.lock().unwrap().push(asked);
    let body = match reply.body {
        Json::Null => String::new(),
        Json::String(garbage) => garbage,
        json => json.to_string(),
    };
    let mut response = Response::builder().status(reply.status);
    for (name, value) in &reply.headers {
        let value = value.replace("{endpoint}", &state.endpoint).replace("{retry}", "0");
        response = response.header(name, value);
    }
    let body = body.replace("{endpoint}", &state.endpoint);
    Ok(response.body(Full::new(body.into())).unwrap())
}

impl State {
    fn reply(&self, asked: &Asked) -> Reply {
        let is_data = !asked.host.is_empty();
        if (is_data || asked.authorization == "Bearer token")
            && let Some(reply) = self.tabled(asked)
        {
            return reply;
        }
        let (status, body) = if is_data {
            (404, json!({ "errors": [{ "code": "NOT_FOUND", "message": "no such thing" }] }))
        } else {
            self.answer(asked)
        };
        Reply { status, headers: HashMap::new(), body }
    }

    fn tabled(&self, asked: &Asked) -> Option<Reply> {
        let query: Vec<&str> = asked.query.split('&').collect();
        let query =
            query.into_iter().filter(|it| !it.is_empty() && !it.starts_with("api-version="));
        let query = query.filter(|it| !it.starts_with("%24filter=")).collect::<Vec<_>>().join("&");
        let query = if query.is_empty() { query } else { format!("?{query}") };
        let host = if asked.host.is_empty() { String::new() } else { format!("//{}", asked.host) };
        let key = format!("{} {host}{}{query}", asked.method, asked.path).to_lowercase();
        let given = self.answers.get(&key)?;
        let mut turns = self.turns.lock().unwrap();
        let turn = turns.entry(key).or_default();
        let answer = &given[*turn % given.len()];
        *turn += 1;
        Some(Reply {
            status: u16::try_from(answer["status"].as_u64().unwrap()).unwrap(),
            headers: serde_json::from_value(answer["headers"].clone()).unwrap_or_default(),
            body: answer["body"].clone(),
        })
    }

    fn answer(&self, asked: &Asked) -> (u16, Json) {
        assert!(asked.query.contains("api-version="), "{asked:?}");
        if asked.authorization != "Bearer token" {
            return refused(401, "InvalidAuthenticationToken", "The access token is invalid.");
        }
        let Some(rest) = asked.path.strip_prefix(REGISTRY) else {
            let name = asked.path.split("/registries/").nth(1).unwrap().split('/').next().unwrap();
            return not_found(&format!("registries/{name}"));
        };
        let steps: Vec<&str> = rest.split('/').skip(1).collect();
        match (asked.method.as_str(), &steps[..]) {
            ("GET", ["webhooks"]) => (200, self.page(&asked.query)),
            ("GET" | "POST", ["testScope"]) => (200, self.heard(asked)),
            ("GET", ["webhooks", "garbage01"]) => (200, "<html>".into()),
            ("GET", ["webhooks", "gateway01"]) => (502, "<html>".into()),
            ("PUT", ["webhooks", name]) => created(name, &asked.body),
            ("DELETE", ["webhooks", name]) => {
                (if self.webhook(name).is_null() { 204 } else { 200 }, Json::Null)
            }
            (_, ["webhooks", name, ..]) if self.webhook(name).is_null() => {
                not_found(&format!("registries/mycontainerregistry/webhooks/{name}"))
            }
            ("GET" | "PATCH", ["webhooks", name]) => (200, self.webhook(name).clone()),
            ("POST", ["webhooks", _, "ping"]) => {
                (200, json!({ "id": "826b111c-23c8-4058-b0e4-6760ad44e217" }))
            }
            ("POST", ["webhooks", _, "redeliver"]) => {
                (200, serde_json::from_str(&asked.body).unwrap())
            }
            ("POST", ["webhooks", _, "listDeliveries"]) => {
                (200, deliveries(&self.world["deliveries"], &asked.body))
            }
            ("POST", ["webhooks", name, "getCallbackConfig"]) => {
                (200, self.world["configs"][name].clone())
            }
            ("POST", ["webhooks", "myacrwebhook01", "listEvents"]) => {
                (200, json!({ "value": self.world["events"] }))
            }
            ("POST", ["webhooks", _, "listEvents"]) => (200, json!({ "value": [] })),
            _ => not_found(&format!("registries/mycontainerregistry{rest}")),
        }
    }

    fn webhook(&self, name: &str) -> &Json {
        &self.world["hooks"][name]
    }

    /// What a scope would hear: a page that was asked for with POST, and one that it leads to.
    fn heard(&self, asked: &Asked) -> Json {
        if asked.method == "GET" {
            assert!(asked.query.contains("%24skipToken=a%2C%2Cteam%2Fapp%2Cv1.10"), "{asked:?}");
            return json!({ "value": [{ "repository": "team/app", "tag": "v1.10" }] });
        }
        let next = format!(
            "{}{REGISTRY}/testScope?api-version=2025-11-01&%24skipToken=a%2C%2Cteam%2Fapp%2Cv1.10",
            self.endpoint
        );
        json!({ "value": [{ "repository": "team/a", "tag": "v1.4" }], "nextLink": next })
    }

    fn page(&self, query: &str) -> Json {
        if query.contains("page=2") {
            return json!({ "value": [self.webhook("extra0001"), self.webhook("bare00001")] });
        }
        let next = format!(
            "{}{REGISTRY}/webhooks?api-version=2025-11-01&page=2",
            self.pages_at.lock().unwrap()
        );
        json!({ "value": [self.webhook("myacrwebhook01"), self.webhook("tagged001")], "nextLink": next })
    }
}

/// All deliveries, or that of the event that a body names.
fn deliveries(known: &Json, body: &str) -> Json {
    let asked: Json = serde_json::from_str(body).unwrap();
    let id = &asked["id"];
    let wanted = known.as_array().unwrap().iter().filter(|one| id.is_null() || one["id"] == *id);
    json!({ "value": wanted.collect::<Vec<_>>() })
}

fn created(name: &str, body: &str) -> (u16, Json) {
    if name.contains('_') {
        let message = "the webhook name must be 5 to 50 letters and digits";
        return (
            400,
            json!({ "error": { "code": "InvalidRequest", "message": message, "target": "webhookName" } }),
        );
    }
    let body: Json = serde_json::from_str(body).unwrap();
    let sent = &body["properties"];
    let by = json!({
        "createdBy": "boathook", "createdByType": "Application", "createdAt": "2026-09-10T06:44:40.3977371+00:00",
        "lastModifiedBy": "boathook", "lastModifiedByType": "Application",
        "lastModifiedAt": "2026-09-10T06:44:40.3977371+00:00",
    });
    let webhook = json!({
        "type": "Microsoft.ContainerRegistry/registries/webhooks",
        "id": format!("{REGISTRY}/webhooks/{name}"),
        "name": name,
        "location": body["location"],
        "tags": if body["tags"].is_null() { json!({}) } else { body["tags"].clone() },
        "systemData": by,
        "properties": {
            "status": sent["status"], "actions": sent["actions"], "provisioningState": "Succeeded",
            "scope": if sent["scope"].is_null() { json!("") } else { sent["scope"].clone() },
        },
    });
    (200, webhook)
}

/// What a sign-in is answered; it is not among the requests that are remembered.
fn token(form: &str) -> (u16, Json) {
    if form.contains("client_id=id&client_secret=s3cret&scope=https%3A%2F%2F") {
        return (
            200,
            json!({ "token_type": "Bearer", "expires_in": 3600, "access_token": "token" }),
        );
    }
    let description = "AADSTS7000215: the client secret is not one of application 'id'";
    (401, json!({ "error": "invalid_client", "error_description": description }))
}

fn refused(status: u16, code: &str, message: &str) -> (u16, Json) {
    (status, json!({ "error": { "code": code, "message": message } }))
}

fn not_found(what: &str) -> (u16, Json) {
    let message = format!(
        "The Resource 'Microsoft.ContainerRegistry/{what}' under resource group 'boathook' was not found."
    );
    refused(404, "ResourceNotFound", &message)
}
