//! `serve`: the composition root, the only place that knows every crate.
//!
//! Lives here: building a server out of its configuration, its start and its end. How one signs in for the first time
//! is in [`credentials`], who else is believed in [`provider`], where it is answered in [`listeners`], what HTTPS needs in [`https`], when to stop in
//! [`signals`]. Not here: anything that the server does while it runs.

mod authorities;
mod blob_folder;
mod credentials;
mod https;
mod listeners;
mod provider;
mod signals;
mod sources;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use boathook_core::address::AddressPolicy;
use boathook_core::quota::Sku;
use boathook_engine::announce::Deliverer;
use boathook_engine::auth::Secrets;
use boathook_engine::charts::Indexes;
use boathook_engine::courier::client::HttpCourier;
use boathook_engine::courier::resolver::Resolver;
use boathook_engine::live::Live;
use boathook_engine::meters::Meters;
use boathook_engine::place::{self, Registries};
use boathook_engine::supervisor::Supervisor;
use boathook_engine::system::{SystemClock, SystemIds};
use boathook_engine::traffic::{self, Traffic};
use boathook_engine::{Blobs, Ctx, Db, Seal, Site, Uploads, housekeeping, is_the_key};
use boathook_http::App;

use crate::cli::output::console::Console;
use crate::cli::serve::ServeArgs;
use crate::config::{self, Config};
use crate::data_folder::{DataFolder, Key};
use crate::telemetry;
use credentials::Address;
use listeners::{Bound, Listeners};
pub(crate) use signals::StopSignals;

/// How long tasks that are cut off may take to let go of what they hold.
const CUT_TIMEOUT: Duration = Duration::from_secs(1);
/// Below this grace of collections there is a warning: some pushes take longer.
const GC_GRACE_ADVISED: Duration = Duration::from_mins(1);
/// The SKU of the default registry: the one that may do everything.
const SKU: Sku = Sku::Premium;

/// A server that answers.
pub(crate) struct Running {
    app: App,
    supervisor: Supervisor,
    listeners: Listeners,
    drain: Drain,
    /// The base URL that clients on this machine use.
    pub(crate) endpoint: String,
}

/// How a server stops.
struct Drain {
    /// How long it goes on serving, though it says that it is not ready.
    grace: Duration,
    /// How long it then waits for requests and attempts under way.
    timeout: Duration,
}

/// Serves until it is told to stop.
pub(crate) async fn run(args: ServeArgs, console: &mut Console<'_>) -> anyhow::Result<ExitCode> {
    let config = config::load(&args)?;
    telemetry::start(&config.log);
    let mut signals = StopSignals::listen()?;
    let server = tokio::select! {
        server = start(&config, console) => server?,
        () = signals.next() => return Ok(ExitCode::SUCCESS),
    };
    console.answer(&format!("ready {}\n", server.endpoint)).context("could not say `ready`")?;
    signals.next().await;
    tokio::select! {
        () = server.stop() => Ok(ExitCode::SUCCESS),
        () = signals.next() => {
            tracing::warn!("told to stop twice: stopped without waiting for what was under way");
            Ok(ExitCode::FAILURE)
        }
    }
}

/// Builds a server and has it answer.
pub(crate) async fn start(config: &Config, console: &mut Console<'_>) -> anyhow::Result<Running> {
    // First the ports, so that whoever starts a second server is told at once, and whoever asks hears that it starts.
    let mut bound = Bound::bind(&config.server).await?;
    let (listen, metrics_listen, own) = (bound.listen, bound.metrics_listen, bound.own());
    let endpoint = format!("http://{}", reachable(listen));
    let folder = DataFolder::open(&config.storage.data)?;
    let supervisor = Supervisor::default();
    let (https, tls) = match bound.tls.take() {
        Some(tls) => {
            Some(https::prepare(tls, &config.server, &folder, &supervisor, console).await?).unzip()
        }
        None => (None, None),
    };
    let listeners = bound.start(https, &supervisor);
    let ctx = Arc::new(compose(config, &folder, own, &supervisor).await?);
    if ctx.limits.collects && ctx.limits.collection_grace < GC_GRACE_ADVISED {
        tracing::warn!(
            "`gc.grace` is {:?}: what a push that takes longer has sent may be gone before its manifest comes, and has to \
             be sent again",
            ctx.limits.collection_grace
        );
    }
    let made = place::ensure_default(&ctx.db, &ctx.site, SKU, ctx.clock.now()).await;
    made.context("could not make the default registry")?;
    if !is_the_key(&ctx.seal, &ctx.db).await? {
        bail!(
            "`{}` is not the key that this database's secrets are sealed with: put the right one there, from the \
             node or the backup that the database came from",
            folder.key_path(Key::Seal).display()
        );
    }
    blob_folder::ensure(&ctx).await?;
    let address = Address { endpoint: &endpoint, port: listen.port(), tls: tls.as_ref() };
    credentials::ensure(&ctx, &folder, &address, console).await?;

    let inherited = ctx.db.inherit(ctx.clock.now()).await;
    let inherited = inherited.context("could not take over what the last server had begun")?;
    if 0 < inherited {
        tracing::info!(
            deliveries = inherited,
            "the last server did not stop in order: trying again what it had begun"
        );
    }
    let inherited = ctx.db.inherit_operations().await;
    inherited.context("could not take over the operations that the last server had begun")?;
    let inherited = ctx.db.inherit_collections().await;
    inherited.context("could not take over the collections that the last server had begun")?;
    let app = App::new(Arc::clone(&ctx)).showing(boathook_portal::pages(Arc::clone(&ctx)));
    housekeeping::start(&ctx, &supervisor);
    app.set_ready(true);
    listeners.open(&app);
    if let Some(listen) = metrics_listen {
        tracing::info!(listen = %listen, "serving metrics on http://{}/metrics", reachable(listen));
    }
    if let Some(tls) = &tls {
        tracing::info!("serving HTTPS on {}", tls.endpoint);
    }
    tracing::info!(
        registry = %ctx.site.registry, region = %ctx.site.home(), listen = %listen, "serving on {endpoint}"
    );
    let drain = Drain { grace: config.server.drain_grace, timeout: config.server.drain_timeout };
    Ok(Running { app, supervisor, listeners, drain, endpoint })
}

impl Running {
    /// The engine's shared parts.
    pub(crate) fn ctx(&self) -> &Arc<Ctx> {
        &self.app.ctx
    }

    /// Waits for `duration`, or less if the server stops.
    pub(crate) async fn pause(&self, duration: Duration) {
        self.supervisor.pause(duration).await;
    }

    /// Finishes what is under way, hands back what is not, and closes the database.
    pub(crate) async fn stop(self) {
        let Self { app, supervisor, listeners, drain, .. } = self;
        app.set_ready(false);
        tracing::info!("stopping: finishing what is under way");
        supervisor.pause(drain.grace).await;
        supervisor.stop();
        if !supervisor.ended(drain.timeout).await {
            let (connections, attempts) =
                (listeners.connection_count(), app.ctx.meters.in_flight.get());
            let tasks = supervisor.cut_off();
            tracing::warn!(
                tasks,
                connections,
                attempts,
                "cut off what was still under way after {:?}",
                drain.timeout
            );
            supervisor.ended(CUT_TIMEOUT).await;
        }
        listeners.close().await;
        // What was counted while the rest came to its end.
        if let Err(error) = traffic::write(&app.ctx).await {
            tracing::warn!(error = &error as &dyn std::error::Error, "the last counts are lost");
        }
        // Whatever holds it still, the commits that were answered are on the disk.
        if let Some(ctx) = Arc::into_inner(app.into_ctx()) {
            ctx.db.close().await;
        }
        tracing::info!("stopped");
    }
}

/// The address at which a client on this machine finds a listener.
fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}

async fn compose(
    config: &Config,
    folder: &DataFolder,
    own: Vec<SocketAddr>,
    supervisor: &Supervisor,
) -> anyhow::Result<Ctx> {
    let Config { server, storage, webhooks, .. } = config;
    let (clock, ids) = (Arc::new(SystemClock), Arc::new(SystemIds));
    let database = match storage.database.reveal() {
        Some(url) => url.to_owned(),
        None => format!("sqlite:{}", folder.database().display()),
    };
    let db = Db::open(&database, &*clock).await?;
    let blobs = match &storage.blobs.0 {
        path if path.as_os_str().is_empty() => Blobs::open(&folder.blobs())?,
        path => Blobs::open(path)?,
    };
    let sources = sources::prepare(&config.imports, server.dev, own.clone())?;
    let policy = AddressPolicy::new(webhooks.allow_cidrs.clone(), server.dev, own);
    Ok(Ctx {
        db,
        uploads: Uploads::open(&blobs)?,
        blobs,
        courier: Arc::new(HttpCourier::new(policy.clone(), Resolver::system(), Vec::new())),
        sources,
        addresses: policy,
        seal: Seal::new(&folder.key(Key::Seal, &*ids)?),
        secrets: Secrets::new(&folder.key(Key::Token, &*ids)?, &*ids),
        provider: provider::prepare(&config.identity_provider)?,
        registries: Registries::default(),
        charts: Indexes::default(),
        deliverer: Deliverer::new(supervisor.clone()),
        live: Live::default(),
        tasks: supervisor.clone(),
        site: Site {
            registry: server.registry.clone(),
            regions: server.regions.clone(),
            domain: server.domain.clone(),
            is_open: server.dev,
        },
        limits: config.limits(),
        meters: Meters::default(),
        traffic: Traffic::default(),
        clock,
        ids,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listener_on_every_address_is_reached_on_loopback() {
        for (listen, expected) in [
            ("0.0.0.0:5000", "127.0.0.1:5000"),
            ("[::]:5000", "[::1]:5000"),
            ("192.0.2.7:5000", "192.0.2.7:5000"),
        ] {
            assert_eq!(reachable(listen.parse().unwrap()).to_string(), expected);
        }
    }
}
