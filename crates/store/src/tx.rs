//! An open transaction on either engine.
//!
//! Operations are async functions over [`Tx`], written once. On SQLite their futures never wait: the writer's or a
//! reader's thread finishes them in one poll. On PostgreSQL the same functions really wait.

use crate::cache::Key;
use crate::error::Fault;
use crate::row::{Row, Value};

/// The SQL dialects. Where they differ, the operation says so; `xtask tidy` counts the places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    Sqlite,
    Postgres,
}

/// A transaction, and what has to be done once it is committed.
pub(crate) struct Tx<'a> {
    connection: Connection<'a>,
    pub(crate) after: After,
    /// How the engine would run each statement, if a test asks.
    #[cfg(test)]
    pub(crate) plans: Option<Vec<String>>,
}

/// `&mut` for SQLite, because a shared reference to its connection could not cross threads.
pub(crate) enum Connection<'a> {
    Sqlite(&'a mut rusqlite::Connection),
    Postgres(&'a deadpool_postgres::Transaction<'a>),
    PostgresRead(&'a deadpool_postgres::Client),
}

/// What becomes true at the commit and not before.
#[derive(Debug, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is told to somebody else, and all may be true at once"
)]
pub(crate) struct After {
    /// What the caches must no longer say.
    pub(crate) stale: Vec<Key>,
    /// A registry is gone, and with it whatever the caches say of it.
    pub(crate) has_forgotten: bool,
    /// An event waits for the dispatcher.
    pub(crate) has_event: bool,
    /// A delivery is due.
    pub(crate) has_delivery: bool,
    /// A webhook is not what it was.
    pub(crate) has_webhook: bool,
    /// Somebody may do other things than before, or shows it with another secret; or a registry is not what it was.
    pub(crate) has_identity: bool,
    /// An operation waits for somebody to go on with it.
    pub(crate) has_operation: bool,
}

impl<'a> Tx<'a> {
    pub(crate) fn new(connection: Connection<'a>) -> Self {
        Self {
            connection,
            after: After::default(),
            #[cfg(test)]
            plans: None,
        }
    }

    pub(crate) fn dialect(&self) -> Dialect {
        match self.connection {
            Connection::Sqlite(_) => Dialect::Sqlite,
            Connection::Postgres(_) | Connection::PostgresRead(_) => Dialect::Postgres,
        }
    }

    /// Runs a statement and says how many rows it touched.
    pub(crate) async fn execute(&mut self, sql: &str, params: &[Value<'_>]) -> Result<u64, Fault> {
        #[cfg(test)]
        self.explain(sql, params).await?;
        match &mut self.connection {
            Connection::Sqlite(connection) => {
                let mut statement = connection.prepare_cached(sql)?;
                bind(&mut statement, params)?;
                Ok(statement.raw_execute()? as u64)
            }
            Connection::Postgres(transaction) => {
                let statement = transaction.prepare_cached(sql).await?;
                Ok(transaction.execute_raw(&statement, params).await?)
            }
            Connection::PostgresRead(client) => {
                let statement = client.prepare_cached(sql).await?;
                Ok(client.execute_raw(&statement, params).await?)
            }
        }
    }

    /// Runs a statement once for each set of parameters and says how many rows each touched.
    ///
    /// On PostgreSQL they travel together, so that many cost about one round trip.
    pub(crate) async fn execute_each(
        &mut self,
        sql: &str,
        sets: &[Vec<Value<'_>>],
    ) -> Result<Vec<u64>, Fault> {
        #[cfg(test)]
        if let (Dialect::Postgres, Some(first)) = (self.dialect(), sets.first()) {
            self.explain(sql, first).await?;
        }
        let mut touched = Vec::with_capacity(sets.len());
        if let Connection::Postgres(transaction) = &self.connection {
            let statement = transaction.prepare_cached(sql).await?;
            let sent = sets.iter().map(|set| transaction.execute_raw(&statement, set));
            touched.extend(futures_util::future::try_join_all(sent).await?);
        } else {
            for set in sets {
                touched.push(self.execute(sql, set).await?);
            }
        }
        Ok(touched)
    }

    /// Runs a query and reads all its rows; every query has a `LIMIT` or a key.
    pub(crate) async fn query(
        &mut self,
        sql: &str,
        params: &[Value<'_>],
    ) -> Result<Vec<Row>, Fault> {
        #[cfg(test)]
        self.explain(sql, params).await?;
        self.query_unexplained(sql, params).await
    }

    async fn query_unexplained(
        &mut self,
        sql: &str,
        params: &[Value<'_>],
    ) -> Result<Vec<Row>, Fault> {
        let rows = match &mut self.connection {
            Connection::Sqlite(connection) => return Ok(query_sqlite(connection, sql, params)?),
            Connection::Postgres(transaction) => {
                let statement = transaction.prepare_cached(sql).await?;
                transaction.query(&statement, &dynamic(params)).await?
            }
            Connection::PostgresRead(client) => {
                let statement = client.prepare_cached(sql).await?;
                client.query(&statement, &dynamic(params)).await?
            }
        };
        Ok(rows.iter().map(Row::from_postgres).collect::<Result<_, _>>()?)
    }

    /// Notes how the engine would run a statement, if a test asks.
    #[cfg(test)]
    async fn explain(&mut self, sql: &str, params: &[Value<'_>]) -> Result<(), Fault> {
        let Some(mut plans) = self.plans.take() else { return Ok(()) };
        let (explain, column) = match self.dialect() {
            Dialect::Sqlite => ("EXPLAIN QUERY PLAN", 3),
            Dialect::Postgres => ("EXPLAIN", 0),
        };
        let rows = self.query_unexplained(&format!("{explain} {sql}"), params).await?;
        plans.push(sql.to_owned());
        plans.extend(rows.iter().map(|row| row.text(column).to_owned()));
        self.plans = Some(plans);
        Ok(())
    }

    /// Runs a query and reads its first row.
    pub(crate) async fn query_opt(
        &mut self,
        sql: &str,
        params: &[Value<'_>],
    ) -> Result<Option<Row>, Fault> {
        Ok(self.query(sql, params).await?.into_iter().next())
    }

    /// Says whether a query finds anything.
    pub(crate) async fn exists(&mut self, sql: &str, params: &[Value<'_>]) -> Result<bool, Fault> {
        Ok(self.query_opt(sql, params).await?.is_some())
    }

    /// The count that a query asks for.
    pub(crate) async fn count(&mut self, sql: &str, params: &[Value<'_>]) -> Result<u64, Fault> {
        let row = self.query_opt(sql, params).await?;
        Ok(row.map_or(0, |row| u64::try_from(row.int(0)).expect("a count is not negative")))
    }
}

fn query_sqlite(
    connection: &mut rusqlite::Connection,
    sql: &str,
    params: &[Value<'_>],
) -> Result<Vec<Row>, rusqlite::Error> {
    let mut statement = connection.prepare_cached(sql)?;
    let column_count = statement.column_count();
    bind(&mut statement, params)?;
    let mut rows = statement.raw_query();
    let mut read = Vec::new();
    while let Some(row) = rows.next()? {
        read.push(Row::from_sqlite(row, column_count)?);
    }
    Ok(read)
}

/// Gives each `$n` of a statement its parameter. To SQLite `$2` is a name, and names are counted as they appear.
fn bind(
    statement: &mut rusqlite::Statement<'_>,
    params: &[Value<'_>],
) -> Result<(), rusqlite::Error> {
    for idx in 1..=statement.parameter_count() {
        let name = statement.parameter_name(idx).expect("a parameter is written `$n`");
        let number: usize = name[1..].parse().expect("a parameter is written `$n`");
        statement.raw_bind_parameter(idx, params[number - 1])?;
    }
    Ok(())
}

fn dynamic<'a>(params: &'a [Value<'a>]) -> Vec<&'a (dyn tokio_postgres::types::ToSql + Sync)> {
    params.iter().map(|value| value as _).collect()
}
