//! Carrying committed pages from the log into the database file, beside the writer.
//!
//! A commit is on the disk when the log is. `SQLite` left to itself carries the pages over within some commit, and whoever
//! waits for that one waits for all of them and another `fsync`. Here a thread of its own does it. Under a load that never
//! pauses it never comes to the end of the log, which then cannot begin anew: past a limit the writer waits for it, and
//! then carries over what is left.

use super::connect;
use crate::error::Error;
use rusqlite::wal::CheckpointMode;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

/// From how many pages of 4 KiB on the log is worth carrying over: 16 MiB.
const WORTH_PAGES: u32 = 4_096;
/// At how many pages the writer waits for the log to be carried over: 64 MiB, which is also what the file is cut down to.
const LOG_PAGES_MAX: u32 = 16_384;

/// The thread, as the writer knows it.
pub(super) struct Checkpointer {
    nudge: SyncSender<()>,
    /// How many pages the log had after the latest commit.
    pages: Arc<AtomicU32>,
    turn: Turn,
    thread: JoinHandle<()>,
}

/// Held by whoever carries pages over: `SQLite` sends a second one away at once, and the writer is to wait.
type Turn = Arc<Mutex<()>>;

impl Checkpointer {
    /// Starts the thread, and has `writer` leave the log to it.
    pub(super) fn start(path: &str, writer: &mut rusqlite::Connection) -> Result<Self, Error> {
        let failed = |error: rusqlite::Error| crate::error::Fault::from(error).of("open");
        let connection = connect(path)?;
        let pages = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&pages);
        let count = move |_: &mut rusqlite::hooks::Wal, pages| {
            counted.store(u32::try_from(pages).unwrap_or(0), Ordering::Relaxed);
            Ok(())
        };
        writer.wal_hook(Some(count)).map_err(failed)?;
        let (nudge, nudged) = sync_channel(1);
        let turn = Turn::default();
        let of_thread = Arc::clone(&turn);
        let thread = std::thread::Builder::new()
            .name("sqlite-checkpointer".to_owned())
            .spawn(move || run(&connection, &of_thread, &nudged))
            .map_err(|source| Error::file("given a second thread", Path::new(path), source))?;
        Ok(Self { nudge, pages, turn, thread })
    }

    /// Sees to the log after a commit, on the writer's thread.
    pub(super) fn after_commit(&self, writer: &rusqlite::Connection) {
        let pages = self.pages.load(Ordering::Relaxed);
        if LOG_PAGES_MAX <= pages {
            carry(writer, &self.turn);
        } else if WORTH_PAGES <= pages {
            // Full means that it has been told.
            let _ = self.nudge.try_send(());
        }
    }

    /// Lets the thread come to its end, before the writer's connection closes and cleans the log away.
    pub(super) fn stop(self) {
        drop(self.nudge);
        if self.thread.join().is_err() {
            tracing::error!("the sqlite checkpointer did not end in peace");
        }
    }
}

fn run(connection: &rusqlite::Connection, turn: &Turn, nudged: &Receiver<()>) {
    while nudged.recv().is_ok() {
        carry(connection, turn);
    }
}

/// Carries over what no reader still needs as it was. What is left is for the next time.
fn carry(connection: &rusqlite::Connection, turn: &Turn) {
    let _turn = turn.lock().expect("nothing panics while pages are carried over");
    if let Err(error) = connection.wal_checkpoint_v2(None::<&str>, CheckpointMode::PASSIVE)
        && error.sqlite_error_code() != Some(rusqlite::ErrorCode::DatabaseBusy)
    {
        tracing::warn!(%error, "the database's log is not carried over: it grows until it is");
    }
}
