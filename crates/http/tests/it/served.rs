//! A world whose registry is served on a port of its own.

use boathook_core::digest::Digest;
use boathook_core::media_type::OCI_MANIFEST;
use boathook_engine::auth::{Credentials, ensure_credentials};
use boathook_engine::supervisor::Supervisor;
use boathook_http::{App, Server};
use boathook_testkit::{Client, PATIENCE, Settings, World};
use serde_json::Value;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpListener;

pub(crate) struct Served {
    pub(crate) world: World,
    pub(crate) address: SocketAddr,
    /// Who may do everything.
    pub(crate) client: Client,
    pub(crate) supervisor: Supervisor,
    pub(crate) server: Server,
    pub(crate) app: App,
}

/// Everything that a refused request must leave as it was.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct State {
    catalog: Value,
    tags: Vec<Value>,
    uploads: usize,
}

impl Served {
    /// A registry that lets everybody in, as `serve --dev` does.
    pub(crate) async fn open() -> Self {
        Self::with(Settings { is_open: true, ..Settings::default() }).await
    }

    /// A registry that lets nobody in without a token.
    pub(crate) async fn private() -> (Self, Credentials) {
        Self::private_with(Settings::default()).await
    }

    /// One that is set in some way.
    pub(crate) async fn private_with(settings: Settings) -> (Self, Credentials) {
        let mut served = Self::with(settings).await;
        let ctx = served.world.ctx();
        let credentials = Credentials::generate(&ctx.site, &*ctx.ids);
        let stored =
            ensure_credentials(&ctx.db, &ctx.seal, &ctx.site, &credentials, ctx.clock.now()).await;
        stored.expect("the database works");
        let [password, _] = &credentials.passwords;
        served.client = Client::signed_in(served.address, &credentials.username, password);
        (served, credentials)
    }

    pub(crate) async fn with(settings: Settings) -> Self {
        let world = World::with(settings).await;
        // Nobody dispatches here, so that the events of pushes stay.
        world.leaves_behind();
        Self::serve(world).await
    }

    pub(crate) async fn serve(world: World) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has a free port");
        let address = listener.local_addr().expect("the listener is bound");
        let app = App::new(Arc::clone(world.ctx()));
        app.set_ready(true);
        let supervisor = Supervisor::default();
        let server = Server::start(listener, &supervisor);
        server.open(boathook_http::router(app.clone()));
        Self { world, address, client: Client::anonymous(address), supervisor, server, app }
    }

    /// Stops serving, kills the process, and serves on a new port what it has left.
    pub(crate) async fn restart(self) -> Self {
        Box::pin(self.restart_as(async |world| world.kill_and_restart().await)).await
    }

    /// As [`Self::restart`], with other settings.
    pub(crate) async fn restart_with(self, settings: Settings) -> Self {
        Box::pin(self.restart_as(async |world| world.kill_and_restart_with(settings).await)).await
    }

    async fn restart_as(self, restart: impl AsyncFnOnce(&mut World)) -> Self {
        let Self { mut world, supervisor, server, app, .. } = self;
        drop(app);
        supervisor.stop();
        assert!(supervisor.ended(PATIENCE).await, "a request does not end");
        server.close().await;
        restart(&mut world).await;
        Self::serve(world).await
    }

    /// What there is now.
    pub(crate) async fn state(&self) -> State {
        let catalog = self.client.get("/v2/_catalog").await.is(200).json();
        let mut tags = Vec::new();
        for repository in catalog["repositories"].as_array().expect("the catalog is a list") {
            let name = repository.as_str().expect("a name is text");
            tags.push(self.client.get(&format!("/v2/{name}/tags/list")).await.json());
        }
        State { catalog, tags, uploads: self.uploads() }
    }

    /// Waits until some of a body has been written to an upload, whose request then holds it.
    pub(crate) async fn has_begun(&self, upload: &str) {
        let waiting = async {
            while self.client.get(upload).await.is(204).header("range") == "0-0" {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(PATIENCE, waiting).await.expect("the server writes what has come");
    }

    /// How many uploads are open.
    pub(crate) fn uploads(&self) -> usize {
        self.world.ctx().uploads.open_count()
    }
}

/// An OCI image manifest whose configuration has two bytes.
pub(crate) fn image(config: &Digest, layers: &[(&Digest, usize)]) -> String {
    let layers: Vec<_> = layers
        .iter()
        .map(|(digest, size)| {
            format!(
                r#"{{"mediaType":"application/vnd.oci.image.layer.v1.tar","digest":"{digest}","size":{size}}}"#
            )
        })
        .collect();
    format!(
        r#"{{"schemaVersion":2,"mediaType":"{OCI_MANIFEST}","config":{{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"{config}","size":2}},"layers":[{}]}}"#,
        layers.join(",")
    )
}
