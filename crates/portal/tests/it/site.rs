//! A world whose portal is served on a port of its own, and the people who look at it.

use crate::browser::Browser;
use boathook_core::role::{RoleScope, built_in};
use boathook_engine::auth::directory::{self, Audience};
use boathook_engine::auth::identity::{self, SignedIn};
use boathook_engine::auth::{Credentials, ensure_credentials};
use boathook_engine::manage::{identities, roles};
use boathook_engine::supervisor::Supervisor;
use boathook_http::{App, Server};
use boathook_testkit::{Client, Settings, World, actor};
use boathook_wire::arm::identity::{AddPassword, Put};
use boathook_wire::arm::role::Assign;
use http::Method;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpListener;

pub(crate) struct Site {
    pub(crate) world: World,
    pub(crate) address: SocketAddr,
    pub(crate) credentials: Credentials,
    _server: Server,
}

/// Where the pages of the one registry are.
pub(crate) const REGISTRY: &str = "/portal/registries/boathook";

/// The registry as the management API calls it.
const REGISTRY_ID: &str = "/subscriptions/b0a70001-0000-4000-8000-000000000001/resourceGroups/boathook/providers/Microsoft.ContainerRegistry/registries/boathook";

impl Site {
    pub(crate) async fn start() -> Self {
        Self::with(Settings::default()).await
    }

    pub(crate) async fn with(settings: Settings) -> Self {
        let world = World::with(settings).await;
        world.leaves_behind();
        let ctx = world.ctx();
        let credentials = Credentials::generate(&ctx.site, &*ctx.ids);
        let stored =
            ensure_credentials(&ctx.db, &ctx.seal, &ctx.site, &credentials, ctx.clock.now()).await;
        stored.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let app = App::new(Arc::clone(ctx)).showing(boathook_portal::pages(Arc::clone(ctx)));
        app.set_ready(true);
        let server = Server::start(listener, &Supervisor::default());
        server.open(boathook_http::router(app));
        Self { world, address, credentials, _server: server }
    }

    /// A client of the registry, which may do all that the owner may.
    pub(crate) fn client(&self) -> Client {
        let Credentials { client_id, client_secret, .. } = &self.credentials;
        Client::signed_in(self.address, client_id, client_secret)
    }

    /// Changes the registry through the management API.
    pub(crate) async fn set(&self, properties: &str) {
        self.manage(Method::PATCH, "", format!(r#"{{"properties":{properties}}}"#)).await;
    }

    /// Has the registry be in another region as well.
    pub(crate) async fn replicate(&self, region: &str) {
        let body = format!(r#"{{"location":"{region}","properties":{{}}}}"#);
        self.manage(Method::PUT, &format!("/replications/{region}"), body).await;
    }

    async fn manage(&self, method: Method, below: &str, body: String) {
        let Credentials { client_id, client_secret, .. } = &self.credentials;
        let ctx = self.world.ctx();
        let signed = identity::sign_in(ctx, client_id, client_secret).await.unwrap();
        let SignedIn::As { principal: owner, .. } = signed else { panic!("the password is right") };
        let base = "http://localhost/adfs";
        let token = directory::issue(ctx, &owner, Audience::Management, base).await.unwrap();
        let headers = [("authorization", &*format!("Bearer {token}"))];
        let path = format!("{REGISTRY_ID}{below}?api-version=2025-04-01");
        let client = Client::anonymous(self.address);
        let answer = client.ask(method, &path, &headers, body).await;
        assert!(matches!(answer.status, 200 | 201), "{}: {}", answer.status, answer.text());
    }

    /// Somebody who has not signed in.
    pub(crate) fn guest(&self) -> Browser {
        Browser::new(self.address)
    }

    /// Somebody who may do everything.
    pub(crate) async fn owner(&self) -> Browser {
        let browser = self.guest();
        let Credentials { client_id, client_secret, .. } = &self.credentials;
        browser.sign_in(client_id, client_secret).await;
        browser
    }

    /// Somebody who has one role on the subscription, and has signed in by their name.
    pub(crate) async fn somebody(&self, name: &str, role: &str) -> Browser {
        let browser = self.guest();
        browser.sign_in(name, &self.identity(name, role).await).await;
        browser
    }

    /// Makes an identity with one role on the subscription, and gives its password.
    pub(crate) async fn identity(&self, name: &str, role: &str) -> String {
        let (ctx, actor) = (self.world.ctx(), actor());
        let made = identities::put(ctx, name, Put { is_enabled: None }, &actor).await.unwrap();
        let Ok(identities::Done::Created(made)) = made else { panic!("{name} is new") };
        let wanted = AddPassword { display_name: None, end: None };
        let added = identities::add_secret(ctx, name, wanted, &actor).await.unwrap();
        let role = built_in().iter().find(|definition| definition.name == role).unwrap();
        let assign = Assign {
            role_definition_id: role.id.to_string(),
            principal_id: made.identity.principal.to_string(),
            principal_type: None,
            condition: None,
        };
        let id = ctx.ids.uuid();
        let given = roles::assign(ctx, &RoleScope::Subscription, &id, assign, &actor).await;
        assert!(given.unwrap().is_ok(), "the role can be given");
        added.unwrap_or_else(|refusal| panic!("{refusal}")).secret
    }
}
