//! The engine that many nodes share.
//!
//! Write transactions are serializable, as SQLite's are by nature. Losers of a race are run again; PostgreSQL's default
//! isolation would let two pushers both believe that they replaced the same image.

use crate::error::{Error, Fault};
use crate::migrate::{self, Outstanding};
use crate::tx::{After, Connection, Tx};
use deadpool_postgres::{Client, Manager, ManagerConfig, Pool, RecyclingMethod, Runtime};
use futures_util::FutureExt;
use std::panic::AssertUnwindSafe;
use std::time::Duration;
use tokio_postgres::{Config, IsolationLevel, NoTls};

/// How many connections a process opens at most.
const CONNECTIONS_MAX: usize = 16;
/// How long to wait for a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a server may leave the network's own questions unanswered.
const SILENCE_MAX: Duration = Duration::from_secs(30);
/// How often a transaction that lost a race is run before its caller hears of it.
const WRITE_TRIES_MAX: u32 = 50;
/// How much longer each further try waits.
const BACK_OFF: Duration = Duration::from_millis(1);

pub(super) struct Postgres {
    pool: Pool,
}

impl Postgres {
    pub(super) async fn open(url: &str, then: Outstanding) -> Result<Self, Error> {
        let mut config: Config = url.parse().map_err(|error| Fault::Postgres(error).of("open"))?;
        config.connect_timeout(CONNECT_TIMEOUT).application_name("boathook");
        // A server that vanished without a word is noticed, rather than waited for.
        config.keepalives_idle(SILENCE_MAX).tcp_user_timeout(SILENCE_MAX);
        let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let pool = Pool::builder(Manager::from_config(config, NoTls, recycling))
            .max_size(CONNECTIONS_MAX)
            .runtime(Runtime::Tokio1)
            .create_timeout(Some(CONNECT_TIMEOUT))
            .wait_timeout(Some(CONNECT_TIMEOUT))
            .build()
            .expect("a runtime is given");
        let mut client = pool.get().await.map_err(|error| Fault::Pool(error).of("open"))?;
        migrate::postgres(&mut client, then).await?;
        drop(client);
        Ok(Self { pool })
    }

    pub(super) async fn write<T, F>(&self, operation: F) -> Result<(T, After), Fault>
    where
        F: for<'a, 'b> AsyncFnOnce(&'b mut Tx<'a>) -> Result<T, Fault> + Clone,
    {
        let mut client = self.pool.get().await?;
        let mut is_renewed = false;
        let mut tries = 0;
        loop {
            tries += 1;
            match try_write(&mut client, operation.clone()).await {
                Err(fault) if fault.is_contention() && tries < WRITE_TRIES_MAX => {
                    back_off(tries).await;
                }
                Err(fault) if fault.is_lost() && !is_renewed => {
                    is_renewed = true;
                    client = self.renew(client).await?;
                }
                result => return result,
            }
        }
    }

    pub(super) async fn read<T, F>(&self, operation: F) -> Result<T, Fault>
    where
        F: for<'a, 'b> AsyncFnOnce(&'b mut Tx<'a>) -> Result<T, Fault> + Clone,
    {
        let client = self.pool.get().await?;
        match try_read(&client, operation.clone()).await {
            Err(fault) if fault.is_lost() => try_read(&self.renew(client).await?, operation).await,
            result => result,
        }
    }

    /// Replaces a connection that broke. The server may have restarted: those at rest are not trusted either.
    async fn renew(&self, broken: Client) -> Result<Client, Fault> {
        drop(Client::take(broken));
        self.pool.retain(|_, _| false);
        Ok(self.pool.get().await?)
    }

    pub(super) fn close(&self) {
        self.pool.close();
    }
}

async fn try_write<T, F>(client: &mut Client, operation: F) -> Result<(T, After), Fault>
where
    F: for<'a, 'b> AsyncFnOnce(&'b mut Tx<'a>) -> Result<T, Fault>,
{
    let transaction =
        client.build_transaction().isolation_level(IsolationLevel::Serializable).start().await?;
    let mut tx = Tx::new(Connection::Postgres(&transaction));
    let value = caught(operation(&mut tx)).await?;
    let after = tx.after;
    transaction.commit().await.map_err(Fault::at_commit)?;
    Ok((value, after))
}

async fn try_read<T, F>(client: &Client, operation: F) -> Result<T, Fault>
where
    F: for<'a, 'b> AsyncFnOnce(&'b mut Tx<'a>) -> Result<T, Fault>,
{
    caught(operation(&mut Tx::new(Connection::PostgresRead(client)))).await
}

/// Ends a panic here, as SQLite's threads do.
async fn caught<T>(operation: impl Future<Output = Result<T, Fault>>) -> Result<T, Fault> {
    AssertUnwindSafe(operation).catch_unwind().await.unwrap_or(Err(Fault::Panicked))
}

#[expect(
    clippy::disallowed_methods,
    reason = "losers of a race step back for a moment, so that somebody wins"
)]
async fn back_off(tries: u32) {
    tokio::time::sleep(BACK_OFF * tries.min(20)).await;
}
