//! Every task of the server, so that stopping can wait for all of them.

use std::time::Duration;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// The owner of all tasks.
#[derive(Clone, Debug, Default)]
pub struct Supervisor {
    tasks: TaskTracker,
    stop: CancellationToken,
}

impl Supervisor {
    /// Runs a task until its own end.
    pub fn spawn<F>(&self, task: F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.tasks.spawn(task);
    }

    /// Asks every task to come to its end.
    pub fn stop(&self) {
        self.stop.cancel();
    }

    /// Says whether the tasks have been asked to end.
    pub fn is_stopping(&self) -> bool {
        self.stop.is_cancelled()
    }

    /// Waits until somebody asks the tasks to end.
    pub async fn stopping(&self) {
        self.stop.cancelled().await;
    }

    /// Waits until all tasks have ended, for `limit` at most; `false` says that some had not.
    pub async fn ended(&self, limit: Duration) -> bool {
        self.tasks.close();
        tokio::time::timeout(limit, self.tasks.wait()).await.is_ok()
    }

    /// Waits for `duration`, or less if the server stops.
    #[expect(clippy::disallowed_methods, reason = "the one place where workers wait")]
    pub async fn pause(&self, duration: Duration) {
        tokio::select! {
            () = tokio::time::sleep(duration) => (),
            () = self.stopping() => (),
        }
    }
}
