//! One process of a region.

use super::Settings;
use crate::clock::ManualClock;
use crate::ids::SeededIds;
use boathook_core::address::AddressPolicy;
use boathook_core::defaults;
use boathook_core::origin::PlainHosts;
use boathook_core::time::Clock;
use boathook_engine::announce::{Deliverer, Dispatcher};
use boathook_engine::auth::{Provider, Secrets};
use boathook_engine::charts::Indexes;
use boathook_engine::courier::client::HttpCourier;
use boathook_engine::courier::resolver::Resolver;
use boathook_engine::live::Live;
use boathook_engine::meters::Meters;
use boathook_engine::place::{self, Registries};
use boathook_engine::remote::Sources;
use boathook_engine::supervisor::Supervisor;
use boathook_engine::traffic::Traffic;
use boathook_engine::{Blobs, Ctx, Db, Seal, Site, Uploads};
use std::path::Path;
use std::sync::Arc;
use tokio::runtime::Runtime;

/// One process of a region: its parts, its workers, and a runtime of its own, so that it can be killed.
pub struct Node {
    ctx: Arc<Ctx>,
    supervisor: Supervisor,
    pub(super) dispatcher: Arc<Dispatcher>,
    runtime: Option<Runtime>,
}

impl Node {
    pub(super) async fn start(
        url: &str,
        folder: &Path,
        clock: Arc<ManualClock>,
        ids: Arc<SeededIds>,
        settings: &Settings,
    ) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime can be made");
        let supervisor = Supervisor::default();
        let blobs =
            Blobs::open(&folder.join("blobs")).expect("the temporary folder can be written");
        let addresses = AddressPolicy::new(Vec::new(), settings.allows_loopback, Vec::new());
        let courier = {
            let _runtime = runtime.enter();
            HttpCourier::new(addresses.clone(), Resolver::system(), Vec::new())
        };
        let downloads = {
            let _runtime = runtime.enter();
            let from = addresses.clone().for_imports();
            HttpCourier::for_downloads(from, Resolver::system(), Vec::new())
        };
        let provider = settings.provider.clone().map(|provider| {
            let _runtime = runtime.enter();
            let addresses = AddressPolicy::new(Vec::new(), true, Vec::new());
            let courier = HttpCourier::new(addresses, Resolver::system(), Vec::new());
            Provider::new(provider, Arc::new(courier))
        });
        let site = Site {
            registry: defaults::REGISTRY.parse().expect("it is the default"),
            regions: settings
                .regions
                .iter()
                .map(|name| name.parse().expect("it is a region"))
                .collect(),
            domain: "azurecr.localhost".to_owned(),
            is_open: settings.is_open,
        };
        let db = Db::open(url, &*clock).await.expect("the database can be opened");
        let sku = settings.sku.parse().expect("it is a SKU");
        let made = place::ensure_default(&db, &site, sku, clock.now()).await;
        made.expect("the registry can be made");
        let ctx = Ctx {
            db,
            uploads: Uploads::open(&blobs).expect("the temporary folder can be read"),
            blobs,
            sources: Sources::new(Arc::new(downloads), PlainHosts::default(), settings.patience),
            courier: (settings.courier)(courier),
            addresses,
            seal: Seal::new(&settings.seal_key),
            secrets: Secrets::new(&settings.signing_key, &*ids),
            provider,
            registries: Registries::default(),
            charts: Indexes::default(),
            deliverer: Deliverer::new(supervisor.clone()),
            live: Live::default(),
            tasks: supervisor.clone(),
            site,
            limits: settings.limits.clone(),
            meters: Meters::default(),
            traffic: Traffic::default(),
            clock,
            ids,
        };
        let dispatcher = Arc::new(Dispatcher::default());
        Self { ctx: Arc::new(ctx), supervisor, dispatcher, runtime: Some(runtime) }
    }

    /// What its use cases are called with.
    pub fn ctx(&self) -> &Arc<Ctx> {
        &self.ctx
    }

    /// The owner of its tasks.
    pub fn supervisor(&self) -> &Supervisor {
        &self.supervisor
    }

    /// Runs a task on the process's own runtime, where it dies with the process.
    pub async fn run<T: Send + 'static>(
        &self,
        task: impl Future<Output = T> + Send + 'static,
    ) -> T {
        let runtime = self.runtime.as_ref().expect("a process has a runtime until it is killed");
        runtime.spawn(task).await.expect("the task does not panic")
    }

    /// Ends the process in the middle of whatever it is doing. Only what has been committed stays.
    pub async fn kill(mut self) {
        let runtime = self.runtime.take().expect("a process is killed once");
        // Tasks are dropped at the point where they wait. This waits for threads, which a runtime's own must not do.
        let dropped = tokio::task::spawn_blocking(move || drop(runtime)).await;
        dropped.expect("a runtime can be dropped");
        let Self { ctx, .. } = &mut self;
        assert_eq!(Arc::strong_count(ctx), 1, "somebody still holds the killed process's parts");
    }

    pub(super) fn block_on<T: Send>(&self, task: impl Future<Output = T> + Send) -> T {
        let runtime = self.runtime.as_ref().expect("a process has a runtime until it is killed");
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| runtime.block_on(task));
            waiting.join().expect("the task does not panic")
        })
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
