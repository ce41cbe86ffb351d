//! The embedded engine: one file, one writer thread, a few readers.
//!
//! # Group commit
//!
//! A commit that survives a power cut costs one `fsync`, whoever shares it. The writer takes what is waiting, runs each
//! operation in a savepoint of its own, commits once and then answers all. While it waits for the disk, the next group
//! gathers. Callers never see any of it.

mod checkpoint;

use super::Shared;
use crate::error::{Error, Fault};
use crate::migrate::{self, Outstanding};
use crate::tx::{After, Connection, Tx};
use checkpoint::Checkpointer;
use rusqlite::config::DbConfig;
use std::collections::VecDeque;
use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::thread::JoinHandle;
use tokio::sync::{Semaphore, oneshot};

/// How many operations share one commit at most.
const GROUP_MAX: usize = 64;
/// How many operations may wait for the writer; more have to wait before they can wait.
const QUEUE_MAX: usize = 1_024;
/// How many reads run at a time.
const READERS: usize = 4;
/// How many statements each connection keeps compiled.
const STATEMENTS_MAX: usize = 128;

pub(super) struct Sqlite {
    queue: tokio::sync::mpsc::Sender<Job>,
    writer: JoinHandle<()>,
    readers: Readers,
    /// Held while the file is ours.
    _lock: File,
}

struct Readers {
    idle: Arc<Mutex<Vec<rusqlite::Connection>>>,
    permits: Arc<Semaphore>,
}

/// An operation that waits for the writer; it is handed the reason where it cannot be run.
type Job = Box<dyn FnOnce(Result<&mut rusqlite::Connection, Fault>) -> Done + Send>;

/// An operation that has run and waits for the commit.
struct Done {
    /// What it came back with, as its neighbours are told if their commit fails with it.
    fault: Option<Fault>,
    after: After,
    answer: Box<dyn FnOnce(Result<(), Fault>)>,
}

impl Sqlite {
    pub(super) fn open(path: &str, shared: &Arc<Shared>, then: Outstanding) -> Result<Self, Error> {
        let lock = lock(path)?;
        let mut writer = connect(path)?;
        migrate::sqlite(&mut writer, then)?;
        let readers = (0..READERS).map(|_| connect(path)).collect::<Result<Vec<_>, _>>()?;
        let checkpointer = Checkpointer::start(path, &mut writer)?;
        let (queue, inbox) = tokio::sync::mpsc::channel(QUEUE_MAX);
        let shared = Arc::clone(shared);
        let writer = std::thread::Builder::new()
            .name("sqlite-writer".to_owned())
            .spawn(move || {
                write_loop(&mut writer, inbox, &shared, &checkpointer);
                checkpointer.stop();
            })
            .map_err(|source| Error::file("given a writer thread", Path::new(path), source))?;
        let readers = Readers {
            idle: Arc::new(Mutex::new(readers)),
            permits: Arc::new(Semaphore::new(READERS)),
        };
        Ok(Self { queue, writer, readers, _lock: lock })
    }

    pub(super) async fn write<T, F>(&self, operation: F) -> Result<T, Fault>
    where
        T: Send + 'static,
        F: for<'a, 'b> AsyncFnOnce(&'b mut Tx<'a>) -> Result<T, Fault> + Send + 'static,
    {
        let (sender, answer) = oneshot::channel();
        let job = move |connection: Result<&mut rusqlite::Connection, Fault>| {
            let (result, after) = match connection {
                Ok(connection) => {
                    let mut tx = Tx::new(Connection::Sqlite(connection));
                    let ran = catch_unwind(AssertUnwindSafe(|| finish(operation(&mut tx))));
                    (ran.unwrap_or(Err(Fault::Panicked)), tx.after)
                }
                Err(fault) => (Err(fault), After::default()),
            };
            Done {
                fault: result.as_ref().err().map(Fault::to_neighbours),
                after,
                answer: Box::new(move |committed| {
                    // Nobody listens any more if the client has gone; the commit stands all the same.
                    let _ = sender.send(result.and_then(|value| committed.map(|()| value)));
                }),
            }
        };
        self.queue.send(Box::new(job)).await.map_err(|_| Fault::Gone)?;
        answer.await.map_err(|_| Fault::Gone)?
    }

    pub(super) async fn read<T, F>(&self, operation: F) -> Result<T, Fault>
    where
        T: Send + 'static,
        F: for<'a, 'b> AsyncFnOnce(&'b mut Tx<'a>) -> Result<T, Fault> + Send + 'static,
    {
        let permit =
            Arc::clone(&self.readers.permits).acquire_owned().await.map_err(|_| Fault::Gone)?;
        let idle = Arc::clone(&self.readers.idle);
        let task = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            let take = || idle.lock().expect("nothing panics while the readers are held").pop();
            let mut connection = take().expect("there are as many readers as permits");
            let ran = catch_unwind(AssertUnwindSafe(|| {
                finish(operation(&mut Tx::new(Connection::Sqlite(&mut connection))))
            }));
            idle.lock().expect("nothing panics while the readers are held").push(connection);
            ran.unwrap_or(Err(Fault::Panicked))
        });
        task.await.map_err(|_| Fault::Gone)?
    }

    /// Lets the writer finish what it was handed.
    pub(super) async fn close(self) {
        drop(self.queue);
        let joined = tokio::task::spawn_blocking(move || self.writer.join()).await;
        if !matches!(joined, Ok(Ok(()))) {
            tracing::error!("the sqlite writer did not end in peace");
        }
    }
}

/// Makes sure that no other process has the file open, since our cache would then be wrong.
fn lock(path: &str) -> Result<File, Error> {
    let path = format!("{path}.lock");
    let file =
        File::create(&path).map_err(|source| Error::file("created", Path::new(&path), source))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => Err(Error::InUse { path }),
        Err(std::fs::TryLockError::Error(source)) => {
            Err(Error::file("locked", Path::new(&path), source))
        }
    }
}

fn connect(path: &str) -> Result<rusqlite::Connection, Error> {
    let open = || {
        let connection = rusqlite::Connection::open(path)?;
        connection.execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;
             PRAGMA busy_timeout = 10000; PRAGMA cache_size = -4096; PRAGMA temp_store = MEMORY;
             PRAGMA journal_size_limit = 67108864;",
        )?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
        // Otherwise SQLite looks at what is bound, to plan by it, and plans each statement with a `LIMIT $n` anew each time.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        Ok(connection)
    };
    open().map_err(|error: rusqlite::Error| Fault::from(error).of("open"))
}

/// Finishes a future that never waits.
fn finish<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => unreachable!("an operation waited for something that is not the database"),
    }
}

fn write_loop(
    connection: &mut rusqlite::Connection,
    mut inbox: tokio::sync::mpsc::Receiver<Job>,
    shared: &Shared,
    checkpointer: &Checkpointer,
) {
    let mut group = VecDeque::with_capacity(GROUP_MAX);
    while let Some(first) = inbox.blocking_recv() {
        group.push_back(first);
        while group.len() < GROUP_MAX
            && let Ok(next) = inbox.try_recv()
        {
            group.push_back(next);
        }
        // Where the transaction is lost in the middle, those behind begin another.
        while !group.is_empty() {
            let mut done = Vec::with_capacity(group.len());
            let ran = run_group(connection, &mut group, &mut done);
            let stale = done.iter_mut().flat_map(|done| std::mem::take(&mut done.after.stale));
            let stale = stale.collect();
            // Whoever sees the commit in the database must find nothing older in the cache. Where a registry is forgotten,
            // its rows went in earlier commits: whoever asks from here on finds none.
            if done.iter().any(|done| done.after.has_forgotten) {
                shared.cache.clear();
            }
            let held = shared.cache.hold(stale);
            #[cfg(test)]
            shared.stops.wait_at(crate::conformance::Stop::BeforeCommit);
            let committed = ran.and_then(|()| execute(connection, "COMMIT"));
            if committed.is_err() && !connection.is_autocommit() {
                let _ = connection.execute_batch("ROLLBACK");
            }
            #[cfg(test)]
            shared.stops.wait_at(crate::conformance::Stop::AfterCommit);
            drop(held);
            for Done { fault, after, answer } in done {
                match &committed {
                    Ok(()) => {
                        if fault.is_none() {
                            shared.nudge(&after);
                        }
                        answer(Ok(()));
                    }
                    Err(lost) => answer(Err(lost.to_neighbours())),
                }
            }
            checkpointer.after_commit(connection);
        }
    }
}

/// Runs operations until the group is empty or the transaction is lost, at least one. The commit is left to the caller.
fn run_group(
    connection: &mut rusqlite::Connection,
    group: &mut VecDeque<Job>,
    done: &mut Vec<Done>,
) -> Result<(), Fault> {
    if let Err(fault) = execute(connection, "BEGIN IMMEDIATE") {
        done.extend(group.drain(..).map(|job| job(Err(fault.to_neighbours()))));
        return Err(fault);
    }
    while let Some(job) = group.pop_front() {
        if let Err(fault) = execute(connection, "SAVEPOINT operation") {
            done.push(job(Err(fault.to_neighbours())));
            return Err(fault);
        }
        let ran = job(Ok(connection));
        let fault = ran.fault.as_ref().map(Fault::to_neighbours);
        done.push(ran);
        if let Some(fault) = fault {
            if connection.is_autocommit() {
                // Some faults, such as a full disk, take the whole transaction with them.
                return Err(fault);
            }
            execute(connection, "ROLLBACK TO operation")?;
        }
        execute(connection, "RELEASE operation")?;
    }
    Ok(())
}

fn execute(connection: &rusqlite::Connection, sql: &str) -> Result<(), Fault> {
    connection.prepare_cached(sql)?.execute([])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rusqlite::StatementStatus;

    #[test]
    fn a_statement_is_planned_once_whatever_is_bound() {
        let folder = tempfile::tempdir().unwrap();
        let connection = connect(folder.path().join("test.db").to_str().unwrap()).unwrap();
        connection.execute_batch("CREATE TABLE t (a TEXT NOT NULL)").unwrap();
        let mut statement = connection.prepare("SELECT a FROM t WHERE a = $1 LIMIT $2").unwrap();
        for limit in 1..4 {
            assert!(statement.query(("a", limit)).unwrap().next().unwrap().is_none());
        }
        assert_eq!(statement.get_status(StatementStatus::RePrepare), 0);
    }
}
