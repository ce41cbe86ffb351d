//! A region, whole and in process, whose clock and dice are the test's.

mod database;
mod leftovers;
mod node;
mod owner;
mod pace;

pub use node::Node;
pub use owner::{actor, hook};

use crate::clock::ManualClock;
use crate::ids::SeededIds;
use crate::receiver::{Receiver, Reply};
use boathook_core::time::Timestamp;
use boathook_engine::auth::ProviderSettings;
use boathook_engine::courier::Courier;
use boathook_engine::courier::client::HttpCourier;
use boathook_engine::{Ctx, Limits};
use database::Database;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::time::Duration;
use tempfile::TempDir;

/// When every world begins: 14 November 2023, 22:13:20 UTC.
pub const FIRST_MS: i64 = 1_700_000_000_000;
const SEED: u64 = 0xb0a7_4001;

/// One region, and the process that serves it.
///
/// When it is dropped, the test fails if anything is still due, leased or open, unless it was told so with
/// [`World::leaves_behind`].
pub struct World {
    node: Option<Node>,
    settings: Settings,
    clock: Arc<ManualClock>,
    ids: Arc<SeededIds>,
    leaves_behind: AtomicBool,
    made: AtomicU64,
    database: Database,
    folder: TempDir,
}

/// What of a world a test may want otherwise.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How much of everything there may be.
    pub limits: Limits,
    /// The registry's SKU, which says how many webhooks it may have.
    pub sku: &'static str,
    /// The regions that registries can be in.
    pub regions: &'static [&'static str],
    /// Lets webhooks point at loopback addresses, where all receivers are, and lets images be imported from there.
    pub allows_loopback: bool,
    /// How long a registry that images are imported from may say nothing.
    pub patience: Duration,
    /// Lets callers pull and push who have not signed in.
    pub is_open: bool,
    /// What secrets are sealed with.
    pub seal_key: [u8; 32],
    /// What tokens are signed with.
    pub signing_key: [u8; 32],
    /// Which identity provider outside is believed.
    pub provider: Option<ProviderSettings>,
    /// Makes the way out of the one that really connects.
    pub courier: fn(HttpCourier) -> Arc<dyn Courier>,
}

impl Default for Settings {
    fn default() -> Self {
        let limits = Limits { attempt_timeout: crate::PATIENCE / 2, ..Limits::default() };
        Self {
            limits,
            sku: "Premium",
            regions: &[boathook_core::defaults::REGION],
            allows_loopback: true,
            patience: crate::PATIENCE / 2,
            is_open: false,
            seal_key: [1; 32],
            signing_key: [2; 32],
            provider: None,
            courier: |courier| Arc::new(courier),
        }
    }
}

impl World {
    /// Starts a world on a database file. Its attempts may take half of [`crate::PATIENCE`], so that no test fails
    /// because the machine is busy; a test of time-outs sets its own.
    pub async fn start() -> Self {
        Self::with(Settings::default()).await
    }

    /// Starts a world on a database file.
    pub async fn with(settings: Settings) -> Self {
        let folder = tempfile::tempdir().expect("the machine has a temporary folder");
        let database = Database::file(folder.path());
        Self::on(database, folder, settings).await
    }

    /// Starts a world on a new database of the PostgreSQL server that `BOATHOOK_TEST_POSTGRES` names; `None` where it
    /// names none. On CI there is one, and its absence fails the test.
    ///
    /// The test needs a runtime of several threads: connections are driven by the runtime that they were made on, and
    /// the end of a world waits for them on the test's own thread.
    pub async fn on_postgres(settings: Settings) -> Option<Self> {
        let flavor = tokio::runtime::Handle::current().runtime_flavor();
        let is_driven = flavor == tokio::runtime::RuntimeFlavor::MultiThread;
        assert!(is_driven, "a test on PostgreSQL says `flavor = \"multi_thread\"`");
        let folder = tempfile::tempdir().expect("the machine has a temporary folder");
        let database = Database::on_server().await?;
        Some(Self::on(database, folder, settings).await)
    }

    async fn on(database: Database, folder: TempDir, settings: Settings) -> Self {
        let clock = Arc::new(ManualClock::new(Timestamp(FIRST_MS)));
        let ids = Arc::new(SeededIds::new(Arc::clone(&clock), SEED));
        let mut world = Self {
            node: None,
            settings,
            clock,
            ids,
            leaves_behind: AtomicBool::new(false),
            made: AtomicU64::new(0),
            database,
            folder,
        };
        world.node = Some(world.sibling().await);
        world
    }

    /// The process that serves the region.
    pub fn node(&self) -> &Node {
        self.node.as_ref().expect("a world has a process unless it was killed")
    }

    /// What its use cases are called with.
    pub fn ctx(&self) -> &Arc<Ctx> {
        self.node().ctx()
    }

    /// The clock of the world and of its receivers.
    pub fn clock(&self) -> &ManualClock {
        &self.clock
    }

    /// The same clock, for whoever moves it from elsewhere.
    pub fn shared_clock(&self) -> Arc<ManualClock> {
        Arc::clone(&self.clock)
    }

    /// Where the database file and the blobs are.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Another process on the same files and the same database, which has to be one that can be shared.
    pub async fn sibling(&self) -> Node {
        self.sibling_with(self.settings.clone()).await
    }

    /// Another process, with settings of its own.
    pub async fn sibling_with(&self, settings: Settings) -> Node {
        Node::start(
            self.database.url(),
            self.folder.path(),
            Arc::clone(&self.clock),
            Arc::clone(&self.ids),
            &settings,
        )
        .await
    }

    /// Ends the process in the middle of whatever it is doing, as `kill -9` would, and starts another.
    pub async fn kill_and_restart(&mut self) {
        self.kill_and_restart_with(self.settings.clone()).await;
    }

    /// Ends the process in the middle of whatever it is doing, and starts another that is set otherwise.
    pub async fn kill_and_restart_with(&mut self, settings: Settings) {
        if let Some(node) = self.node.take() {
            node.kill().await;
        }
        self.settings = settings;
        self.node = Some(self.sibling().await);
    }

    /// Says that this test ends with something still due, leased or open.
    pub fn leaves_behind(&self) {
        self.leaves_behind.store(true, std::sync::atomic::Ordering::SeqCst);
    }

    /// A receiver that gives these answers in their order, and fails the test if anything comes after them.
    pub fn receiver<R: Into<Reply>>(&self, script: impl IntoIterator<Item = R>) -> Receiver {
        let script = script.into_iter().map(Into::into).collect();
        Receiver::start(Arc::clone(&self.clock), script, None)
    }

    /// A receiver that always gives the same answer.
    pub fn receiver_always(&self, reply: impl Into<Reply>) -> Receiver {
        Receiver::start(Arc::clone(&self.clock), Vec::new(), Some(reply.into()))
    }
}
