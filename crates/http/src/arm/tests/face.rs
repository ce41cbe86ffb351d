//! A server of one test: its own folder, its own database, and a client of its management API.

use crate::app::App;
use crate::router::router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use boathook_core::address::AddressPolicy;
use boathook_core::defaults;
use boathook_core::origin::PlainHosts;
use boathook_core::quota::Sku;
use boathook_core::time::Clock;
use boathook_engine::announce::Deliverer;
use boathook_engine::auth::{Credentials, Secrets, ensure_credentials};
use boathook_engine::courier::client::HttpCourier;
use boathook_engine::courier::resolver::Resolver;
use boathook_engine::live::Live;
use boathook_engine::meters::Meters;
use boathook_engine::place::{self, Registries};
use boathook_engine::remote::{PATIENCE, Sources};
use boathook_engine::supervisor::Supervisor;
use boathook_engine::system::{SystemClock, SystemIds};
use boathook_engine::traffic::Traffic;
use boathook_engine::{Blobs, Ctx, Db, Limits, Seal, Site, Uploads};
use http_body_util::BodyExt;
use serde_json::Value;
use std::fs;
use std::sync::Arc;
use tower::ServiceExt;

/// The registry's path, which every other path begins with.
pub(crate) const REGISTRY: &str = "/subscriptions/b0a70001-0000-4000-8000-000000000001/resourceGroups/boathook/providers/Microsoft.ContainerRegistry/registries/boathook";

/// What an Azure client says of its version.
const VERSION: &str = "api-version=2025-11-01";

/// A server.
pub(crate) struct Face {
    pub(crate) app: App,
    pub(crate) supervisor: Supervisor,
    folder: tempfile::TempDir,
    token: String,
}

/// An answer, read whole.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Face {
    pub(crate) async fn start() -> Self {
        Self::with_limits(Limits::default()).await
    }

    pub(crate) async fn with_limits(limits: Limits) -> Self {
        Self::with(limits, Arc::new(SystemClock)).await
    }

    pub(crate) async fn with(limits: Limits, clock: Arc<dyn Clock>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let site = Site {
            registry: defaults::REGISTRY.parse().unwrap(),
            regions: vec![defaults::REGION.parse().unwrap()],
            domain: "azurecr.localhost".to_owned(),
            is_open: false,
        };
        let url = format!("sqlite:{}/boathook.db", folder.path().display());
        let db = Db::open(&url, &*clock).await.unwrap();
        let credentials = Credentials::generate(&site, &SystemIds);
        ensure_credentials(&db, &Seal::new(&[7; 32]), &site, &credentials, clock.now())
            .await
            .unwrap();
        place::ensure_default(&db, &site, Sku::Premium, clock.now()).await.unwrap();
        let blobs = Blobs::open(&folder.path().join("blobs")).unwrap();
        let addresses = AddressPolicy::new(Vec::new(), true, Vec::new());
        let courier = HttpCourier::new(addresses.clone(), Resolver::system(), Vec::new());
        let (from, resolver) = (addresses.clone().for_imports(), Resolver::system());
        let downloads = HttpCourier::for_downloads(from, resolver, Vec::new());
        let supervisor = Supervisor::default();
        let ctx = Ctx {
            charts: boathook_engine::charts::Indexes::default(),
            db,
            uploads: Uploads::open(&blobs).unwrap(),
            blobs,
            clock,
            ids: Arc::new(SystemIds),
            sources: Sources::new(Arc::new(downloads), PlainHosts::default(), PATIENCE),
            courier: Arc::new(courier),
            addresses,
            seal: Seal::new(&[7; 32]),
            secrets: Secrets::new(&[9; 32], &SystemIds),
            provider: None,
            registries: Registries::default(),
            deliverer: Deliverer::new(supervisor.clone()),
            live: Live::default(),
            tasks: supervisor.clone(),
            site,
            limits,
            meters: Meters::default(),
            traffic: Traffic::default(),
        };
        let app = App::new(Arc::new(ctx));
        let mut face = Self { app, supervisor, folder, token: String::new() };
        face.token = face.sign_in(&credentials.client_secret).await;
        face
    }

    /// Gets a token for the management API.
    async fn sign_in(&self, secret: &str) -> String {
        let form = format!(
            "grant_type=client_credentials&client_id={}&client_secret={secret}&scope=http://localhost:5000/.default",
            defaults::CLIENT_ID
        );
        let request = Request::post("/adfs/oauth2/token")
            .header(header::HOST, "localhost:5000")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        let answer = self.send(request.body(Body::from(form)).unwrap()).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        let json: Value = serde_json::from_str(&answer.text).unwrap();
        json["access_token"].as_str().unwrap().to_owned()
    }

    /// Takes the database's content away under the server.
    pub(crate) fn damage_database(&self) {
        for file in ["boathook.db-wal", "boathook.db"] {
            let path = self.folder.path().join(file);
            fs::OpenOptions::new().write(true).open(path).unwrap().set_len(0).unwrap();
        }
    }

    /// Sends a request as it is.
    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = router(self.app.clone()).oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        Answer { status: parts.status, headers: parts.headers, text }
    }

    /// What the manager shows.
    pub(crate) fn authorization(&self) -> String {
        format!("Bearer {}", self.token)
    }

    /// A request by the manager, with a query that names a version.
    pub(crate) fn request(&self, method: &Method, path: &str) -> http::request::Builder {
        let uri = if path.contains('?') { path.to_owned() } else { format!("{path}?{VERSION}") };
        Request::builder()
            .method(method)
            .uri(uri)
            .header(header::HOST, "localhost:5000")
            .header(header::AUTHORIZATION, self.authorization())
    }

    /// Does something with what is below the registry.
    pub(crate) async fn call(&self, method: Method, rest: &str, body: &str) -> Answer {
        let request = self.request(&method, &format!("{REGISTRY}{rest}"));
        self.send(request.body(Body::from(body.to_owned())).unwrap()).await
    }

    pub(crate) async fn get(&self, rest: &str) -> Answer {
        self.call(Method::GET, rest, "").await
    }

    pub(crate) async fn put(&self, rest: &str, body: &str) -> Answer {
        self.call(Method::PUT, rest, body).await
    }

    pub(crate) async fn patch(&self, rest: &str, body: &str) -> Answer {
        self.call(Method::PATCH, rest, body).await
    }

    pub(crate) async fn post(&self, rest: &str) -> Answer {
        self.call(Method::POST, rest, "").await
    }

    pub(crate) async fn delete(&self, rest: &str) -> Answer {
        self.call(Method::DELETE, rest, "").await
    }

    /// Makes a webhook that nothing is wrong with.
    pub(crate) async fn hook(&self, name: &str) {
        let answer = self.put(&format!("/webhooks/{name}"), &create("http://127.0.0.1:9/")).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    }
}

/// The body of a PUT that nothing is wrong with.
pub(crate) fn create(uri: &str) -> String {
    format!(r#"{{"location":"local","properties":{{"serviceUri":"{uri}","actions":["push"]}}}}"#)
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// The status and the body, with stand-ins for times, for ids that are new every time and for long ones.
    pub(crate) fn golden(&self) -> String {
        let text = self.text.replace(REGISTRY, "REGISTRY").replace(defaults::CLIENT_ID, "CLIENT");
        let text: Vec<_> = text.split('"').map(redacted).collect();
        format!("{} {}", self.status.as_u16(), text.join("\""))
    }
}

fn redacted(text: &str) -> &str {
    let looks_like = |shape: &str| {
        text.len() == shape.len()
            && text.bytes().zip(shape.bytes()).all(|(byte, shape)| match shape {
                b'0' => byte.is_ascii_digit(),
                b'x' => byte.is_ascii_hexdigit(),
                _ => byte == shape,
            })
    };
    if looks_like("0000-00-00T00:00:00.0000000Z") {
        "TIME"
    } else if looks_like("0000-00-00T00:00:00.0000000+00:00") {
        "TIME+00:00"
    } else if looks_like("xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx") {
        "ID"
    } else {
        text
    }
}
