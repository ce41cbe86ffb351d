//! Every task of the server, so that stopping can wait for all of them, and cut off those that do not end.

use std::time::Duration;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// The owner of all tasks.
#[derive(Clone, Debug, Default)]
pub struct Supervisor {
    tasks: TaskTracker,
    stop: CancellationToken,
    cut: CancellationToken,
}

impl Supervisor {
    /// Runs a task until its own end, or until it is cut off.
    pub fn spawn<F>(&self, task: F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let cut = self.cut.clone();
        self.tasks.spawn(async move {
            // Who cuts tasks off counts them.
            let _ = cut.run_until_cancelled(task).await;
        });
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

    /// Drops every task where it waits, and returns how many there were. What they hold is free once they have
    /// [`ended`](Self::ended), which takes no longer than what they compute between two waits.
    pub fn cut_off(&self) -> usize {
        let count = self.tasks.len();
        self.cut.cancel();
        count
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::pending;
    use std::sync::Arc;

    const LIMIT: Duration = Duration::from_secs(25);

    #[tokio::test(start_paused = true)]
    async fn a_task_that_does_not_end_is_cut_off_and_lets_go_of_what_it_holds() {
        let supervisor = Supervisor::default();
        let held = Arc::new(());
        let holder = Arc::clone(&held);
        supervisor.spawn(async move {
            pending::<()>().await;
            drop(holder);
        });
        supervisor.spawn({
            let supervisor = supervisor.clone();
            async move { supervisor.stopping().await }
        });
        supervisor.stop();
        assert!(!supervisor.ended(LIMIT).await);
        assert_eq!(supervisor.cut_off(), 1);
        assert!(supervisor.ended(LIMIT).await);
        assert!(Arc::into_inner(held).is_some());
    }
}
