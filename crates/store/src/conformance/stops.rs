//! Stops on the way of SQLite's writer, so that a test can look around while a commit is under way.

use std::sync::{Mutex, mpsc};
use tokio::sync::oneshot;

/// Where the writer stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// All statements have run, and nobody sees anything of it.
    BeforeCommit,
    /// Everybody sees all of it, and nothing else was done yet.
    AfterCommit,
}

/// The stop that is planned for a database, if any.
#[derive(Debug, Default)]
pub(crate) struct Stops(Mutex<Option<Planned>>);

#[derive(Debug)]
struct Planned {
    stop: Stop,
    arrived: oneshot::Sender<()>,
    going: mpsc::Receiver<()>,
}

/// A writer that stops; it goes on when this is dropped.
pub(super) struct Stopped {
    arrival: oneshot::Receiver<()>,
    _go: mpsc::Sender<()>,
}

impl Stops {
    /// Has the writer stop once.
    pub(super) fn plan(&self, stop: Stop) -> Stopped {
        let (arrived, arrival) = oneshot::channel();
        let (go, going) = mpsc::channel();
        *self.0.lock().unwrap() = Some(Planned { stop, arrived, going });
        Stopped { arrival, _go: go }
    }

    /// Waits here, if a test has planned so.
    pub(crate) fn wait_at(&self, stop: Stop) {
        let planned = self.0.lock().unwrap().take_if(|planned| planned.stop == stop);
        if let Some(Planned { arrived, going, .. }) = planned {
            arrived.send(()).unwrap();
            // It ends with the sender.
            let _ = going.recv();
        }
    }
}

impl Stopped {
    /// Waits until the writer has stopped.
    pub(super) async fn arrival(&mut self) {
        (&mut self.arrival).await.unwrap();
    }
}
