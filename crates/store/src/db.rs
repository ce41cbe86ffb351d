//! The database: two engines behind one face.

mod postgres;
mod sqlite;
mod times;

pub use times::{BUCKETS_US as TIME_BUCKETS_US, Histogram, TransactionTimes};

use crate::cache::{Cache, Entry, Key};
use crate::error::{Error, Fault};
use crate::migrate::Outstanding;
use crate::registry::{self, Hold};
use crate::tx::{After, Tx};
use boathook_core::name::{Place, RegistryName};
use boathook_core::time::Clock;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::Notify;

/// What has been stored. Every method is one transaction; what it returns has been committed.
pub struct Db {
    engine: Engine,
    shared: Arc<Shared>,
}

enum Engine {
    Sqlite(sqlite::Sqlite),
    Postgres(postgres::Postgres),
}

/// What outlives a single transaction.
struct Shared {
    cache: Cache,
    signals: Signals,
    times: TransactionTimes,
    #[cfg(any(test, feature = "faults"))]
    faults: crate::faults::Faults,
    #[cfg(test)]
    plans: crate::conformance::Plans,
    #[cfg(test)]
    stops: crate::conformance::Stops,
}

/// Nudges that say "something may be waiting for you". They save a poll; missing one loses nothing.
#[derive(Default)]
pub struct Signals {
    /// An event has been committed.
    pub event: Notify,
    /// A delivery has become due.
    pub delivery: Notify,
    /// How often a webhook was changed by this process.
    pub webhook_changes: AtomicU64,
    /// How often registries, identities, their roles or the authority's keys were changed by this process.
    pub identity_changes: AtomicU64,
    /// An operation has been begun.
    pub operation: Notify,
}

impl Shared {
    /// Tells whoever waits for what was committed.
    fn nudge(&self, after: &After) {
        if after.has_event {
            self.signals.event.notify_one();
        }
        if after.has_webhook {
            self.signals.webhook_changes.fetch_add(1, Ordering::AcqRel);
        }
        if after.has_identity {
            self.signals.identity_changes.fetch_add(1, Ordering::AcqRel);
        }
        if after.has_operation {
            self.signals.operation.notify_one();
        }
        if after.has_delivery {
            self.signals.delivery.notify_one();
        }
    }
}

impl Db {
    /// Opens `sqlite:PATH` or `postgres://…`, and brings its schema up to date.
    pub async fn open(url: &str, clock: &dyn Clock) -> Result<Self, Error> {
        Self::open_with(url, Outstanding::Applied(clock.now())).await
    }

    /// Opens `sqlite:PATH` or `postgres://…` as it is; [`Error::Older`] where its schema is not up to date. Whoever only
    /// looks leaves the database to the nodes that use it.
    pub async fn open_as_it_is(url: &str) -> Result<Self, Error> {
        Self::open_with(url, Outstanding::Refused).await
    }

    async fn open_with(url: &str, then: Outstanding) -> Result<Self, Error> {
        let shared = Arc::new(Shared {
            cache: Cache::new(),
            signals: Signals::default(),
            times: TransactionTimes::default(),
            #[cfg(any(test, feature = "faults"))]
            faults: crate::faults::Faults::default(),
            #[cfg(test)]
            plans: crate::conformance::Plans::default(),
            #[cfg(test)]
            stops: crate::conformance::Stops::default(),
        });
        let engine = if let Some(path) = url.strip_prefix("sqlite:") {
            Engine::Sqlite(sqlite::Sqlite::open(
                path.strip_prefix("//").unwrap_or(path),
                &shared,
                then,
            )?)
        } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            Engine::Postgres(postgres::Postgres::open(url, then).await?)
        } else {
            return Err(Error::Address(url.to_owned()));
        };
        Ok(Self { engine, shared })
    }

    /// The nudges of this process's own commits.
    pub fn signals(&self) -> &Signals {
        &self.shared.signals
    }

    /// How long transactions took, by name.
    pub fn times(&self) -> &TransactionTimes {
        &self.shared.times
    }

    /// The fault that a test has planned.
    #[cfg(any(test, feature = "faults"))]
    pub fn faults(&self) -> &crate::faults::Faults {
        &self.shared.faults
    }

    /// Says whether other processes may write to the same database.
    pub fn is_shared(&self) -> bool {
        matches!(self.engine, Engine::Postgres(_))
    }

    /// Runs `operation` as one serializable transaction. It may run several times and must not do anything but SQL.
    pub(crate) async fn write<T, F>(&self, name: &'static str, operation: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: for<'a, 'b> AsyncFnOnce(&'b mut Tx<'a>) -> Result<T, Fault> + Clone + Send + 'static,
    {
        let timer = self.shared.times.start(name);
        #[cfg(any(test, feature = "faults"))]
        let moment = self.shared.faults.next();
        #[cfg(any(test, feature = "faults"))]
        let operation = async move |tx: &mut Tx<'_>| {
            let value = operation(tx).await?;
            crate::faults::before_commit(moment, value)
        };
        #[cfg(test)]
        let operation = self.shared.plans.of(operation);
        let result = match &self.engine {
            Engine::Sqlite(sqlite) => sqlite.write(operation).await,
            Engine::Postgres(postgres) => {
                let written = postgres.write(operation).await;
                written.map(|(value, after)| {
                    if after.has_forgotten {
                        self.shared.cache.clear();
                    }
                    self.shared.cache.forget(&after.stale);
                    self.shared.nudge(&after);
                    value
                })
            }
        };
        timer.stop();
        #[cfg(any(test, feature = "faults"))]
        let result = crate::faults::after_commit(moment, result);
        result.map_err(|fault| fault.of(name))
    }

    /// Runs `operation` as [`write`](Self::write) does, as long as the registry is there and is not being deleted:
    /// whatever is written to it later would be left behind.
    pub(crate) async fn write_in<T, F>(
        &self,
        registry: &RegistryName,
        name: &'static str,
        operation: F,
    ) -> Result<T, Error>
    where
        T: Send + 'static,
        F: for<'a, 'b> AsyncFnOnce(&'b mut Tx<'a>) -> Result<T, Fault> + Clone + Send + 'static,
    {
        let registry = registry.clone();
        self.write(name, async move |tx: &mut Tx<'_>| {
            if !registry::is_there(tx, &registry).await? {
                return Err(Fault::NoRegistry);
            }
            operation(tx).await
        })
        .await
    }

    /// Runs `operation` as [`write_in`](Self::write_in) does, and tells it how the place holds back what is pushed: as it
    /// is in this transaction, so that whoever changes that at the same time comes before it or after it.
    pub(crate) async fn write_held<T, F>(
        &self,
        place: &Place,
        name: &'static str,
        operation: F,
    ) -> Result<T, Error>
    where
        T: Send + 'static,
        F: for<'a, 'b> AsyncFnOnce(&'b mut Tx<'a>, Hold) -> Result<T, Fault>
            + Clone
            + Send
            + 'static,
    {
        let place = place.clone();
        self.write(name, async move |tx: &mut Tx<'_>| {
            let hold = registry::hold(tx, &place).await?.ok_or(Fault::NoRegistry)?;
            operation(tx, hold).await
        })
        .await
    }

    /// Runs `operation`, which is one query: a second one might see a later state.
    pub(crate) async fn read<T, F>(&self, name: &'static str, operation: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: for<'a, 'b> AsyncFnOnce(&'b mut Tx<'a>) -> Result<T, Fault> + Clone + Send + 'static,
    {
        let timer = self.shared.times.start(name);
        #[cfg(test)]
        let operation = self.shared.plans.of(operation);
        let result = match &self.engine {
            Engine::Sqlite(sqlite) => sqlite.read(operation).await,
            Engine::Postgres(postgres) => postgres.read(operation).await,
        };
        timer.stop();
        result.map_err(|fault| fault.of(name))
    }

    /// How the engine would run the statements of what a test asks for.
    #[cfg(test)]
    pub(crate) fn plans(&self) -> &crate::conformance::Plans {
        &self.shared.plans
    }

    /// Where a test has the writer of SQLite wait.
    #[cfg(test)]
    pub(crate) fn stops(&self) -> &crate::conformance::Stops {
        &self.shared.stops
    }

    /// An answer that needs no reading.
    pub(crate) fn cached(&self, key: &Key) -> Option<Entry> {
        self.shared.cache.get(key)
    }

    pub(crate) fn cache(&self) -> &Cache {
        &self.shared.cache
    }

    /// Finishes what has been handed in and closes the database.
    pub async fn close(self) {
        match self.engine {
            Engine::Sqlite(sqlite) => sqlite.close().await,
            Engine::Postgres(postgres) => postgres.close(),
        }
    }
}
