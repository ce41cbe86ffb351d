//! A world whose portal is served on a port of its own, and the people who look at it.

use crate::browser::Browser;
use boathook_core::role::{RoleScope, built_in};
use boathook_engine::auth::{Credentials, ensure_credentials};
use boathook_engine::manage::{identities, roles};
use boathook_engine::supervisor::Supervisor;
use boathook_http::{App, Server};
use boathook_testkit::{Settings, World, actor};
use boathook_wire::arm::identity::{AddPassword, Put};
use boathook_wire::arm::role::Assign;
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
