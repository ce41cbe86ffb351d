//! Attempts that end at the same time are written down together.
//!
//! An operation of its own for each would cost more than the rows do. Whoever ends while nobody writes has the turn, and
//! writes at once; who ends meanwhile puts a report on the pile, and whoever has the next turn writes what lies there.
//!
//! A turn is a lock and goes on by itself when its holder is dropped. So does a report: where the one that made it is
//! dropped, somebody else writes it down. Only what is cut off at the very end is made again, as after a crash.

use boathook_store::{Db, FinishedAttempt};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::oneshot::{self, error::TryRecvError};

/// How many attempts are written down in one operation: pushes wait for the same writer.
const FINISH_MAX: usize = 64;

/// Where attempts are written down.
#[derive(Default)]
pub(super) struct Ledger {
    pile: Mutex<VecDeque<Report>>,
    turn: tokio::sync::Mutex<()>,
}

/// An attempt that is to be written down, and whom to tell whether it was.
struct Report {
    finished: Arc<FinishedAttempt>,
    answer: oneshot::Sender<bool>,
}

impl Ledger {
    /// Writes down what came of an attempt, or has somebody else do so; `false` where that failed, perhaps because of
    /// another attempt.
    pub(super) async fn write(&self, db: &Db, finished: Arc<FinishedAttempt>) -> bool {
        let (sender, mut answer) = oneshot::channel();
        self.pile().push_back(Report { finished, answer: sender });
        let _turn = tokio::select! {
            biased;
            answer = &mut answer => return answer.unwrap_or(false),
            turn = self.turn.lock() => turn,
        };
        loop {
            match answer.try_recv() {
                Ok(is_written) => return is_written,
                // Whoever had it was dropped in the middle.
                Err(TryRecvError::Closed) => return false,
                Err(TryRecvError::Empty) => self.write_pile(db).await,
            }
        }
    }

    /// Writes down what has lain for longest, as much as one operation should.
    async fn write_pile(&self, db: &Db) {
        let reports: Vec<_> = {
            let mut pile = self.pile();
            let count = pile.len().min(FINISH_MAX);
            pile.drain(..count).collect()
        };
        let batch = reports.iter().map(|report| Arc::clone(&report.finished)).collect();
        let is_written = db.finish(batch).await.is_ok();
        for Report { answer, .. } in reports {
            // Who does not listen has been killed, and what it did stands all the same.
            let _ = answer.send(is_written);
        }
    }

    fn pile(&self) -> MutexGuard<'_, VecDeque<Report>> {
        self.pile.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use boathook_core::defaults;
    use boathook_core::delivery::Next;
    use boathook_core::id::{AuditId, EventId, WebhookId};
    use boathook_core::name::Place;
    use boathook_core::time::Timestamp;
    use boathook_store::faults::Moment;
    use boathook_store::{
        AfterAttempt, AttemptRow, AuditEntry, ClaimedDelivery, DeliveryKind, Standing, WebhookRow,
    };
    use boathook_testkit::World;
    use futures_util::future::join_all;
    use std::sync::mpsc;

    const NOW: Timestamp = Timestamp(0);

    fn finished(number: usize) -> Arc<FinishedAttempt> {
        let delivery = ClaimedDelivery {
            webhook: WebhookId::new("hook"),
            event: EventId::new(number.to_string()),
            place: Place {
                registry: "boathook".parse().unwrap(),
                region: "local".parse().unwrap(),
            },
            kind: DeliveryKind::Event,
            attempts: 0,
            attempts_before: 0,
            limit: NOW,
            lease: "lease".into(),
            body: bytes::Bytes::new(),
        };
        let attempt = AttemptRow {
            started: NOW,
            duration_ms: 0,
            request: Vec::new(),
            response: None,
            error: None,
        };
        let (next, after) = (Next::Dead, AfterAttempt::Nothing);
        Arc::new(FinishedAttempt { delivery, attempt, next, after, now: NOW })
    }

    /// Has so many attempts end while another is written down; says what each is told.
    async fn write_all(ledger: &Ledger, db: &Db, count: usize) -> Vec<bool> {
        let turn = ledger.turn.lock().await;
        let mut writes: Vec<_> =
            (0..count).map(|number| Box::pin(ledger.write(db, finished(number)))).collect();
        for write in &mut writes {
            assert!(futures_util::poll!(write).is_pending());
        }
        drop(turn);
        join_all(writes).await
    }

    fn operations(db: &Db) -> u64 {
        db.times().snapshot()["finish"].counts.iter().sum()
    }

    #[tokio::test]
    async fn what_ends_together_is_written_down_together_as_far_as_one_operation_should() {
        let (world, ledger) = (World::start().await, Ledger::default());
        let db = &world.ctx().db;
        assert_eq!(write_all(&ledger, db, FINISH_MAX).await, [true; FINISH_MAX]);
        assert_eq!(operations(db), 1);
        assert_eq!(write_all(&ledger, db, FINISH_MAX + 1).await, [true; FINISH_MAX + 1]);
        assert_eq!(operations(db), 1 + 2, "one more is one too many");
    }

    #[tokio::test]
    async fn all_of_a_batch_hear_of_its_failure_and_the_next_is_written() {
        let (world, ledger) = (World::start().await, Ledger::default());
        let db = &world.ctx().db;
        db.faults().plan(1, Moment::WithNeighbour);
        let told = write_all(&ledger, db, FINISH_MAX + 1).await;
        assert_eq!(told[..FINISH_MAX], [false; FINISH_MAX]);
        assert!(told[FINISH_MAX]);
    }

    /// Begins to write while somebody else has the turn.
    macro_rules! waiting {
        ($write:expr) => {{
            let mut write = Box::pin($write);
            assert!(futures_util::poll!(&mut write).is_pending());
            write
        }};
    }

    #[tokio::test]
    async fn a_turn_that_is_never_taken_goes_to_the_next() {
        let (world, ledger) = (World::start().await, Ledger::default());
        let db = &world.ctx().db;
        let turn = ledger.turn.lock().await;
        let killed_early = waiting!(ledger.write(db, finished(0)));
        let killed_late = waiting!(ledger.write(db, finished(1)));
        let next = waiting!(ledger.write(db, finished(2)));
        drop(killed_early);
        drop(turn);
        // It has the turn by now, and never comes to know of it.
        drop(killed_late);
        assert!(next.await);
        assert!(ledger.write(db, finished(3)).await);
    }

    #[tokio::test]
    async fn what_the_killed_have_done_is_written_down() {
        let (world, ledger) = (World::start().await, Ledger::default());
        let db = &world.ctx().db;
        let turn = ledger.turn.lock().await;
        drop(waiting!(ledger.write(db, finished(0))));
        drop(turn);
        assert!(ledger.write(db, finished(1)).await);
        assert!(ledger.pile().is_empty());
        assert_eq!(operations(db), 1);
    }

    #[tokio::test]
    async fn who_is_killed_while_writing_leaves_no_one_waiting() {
        let (world, ledger) = (World::start().await, Ledger::default());
        let db = &world.ctx().db;
        let turn = ledger.turn.lock().await;
        let mut writing = waiting!(ledger.write(db, finished(0)));
        let other = waiting!(ledger.write(db, finished(1)));
        drop(turn);
        // The writer is kept busy, so that what is being written cannot be done before its writer is killed.
        let (release, held) = mpsc::channel::<()>();
        let held = Arc::new(Mutex::new(held));
        let decide = move |_: Standing<'_, WebhookRow>| {
            let _ = held.lock().expect("it is asked once").recv();
            Err::<WebhookRow, _>(())
        };
        let (registry, name) = (defaults::REGISTRY.parse().unwrap(), "hook01".parse().unwrap());
        let entry = AuditEntry {
            id: AuditId::earliest(Timestamp(0)),
            at: Timestamp(0),
            caller: String::new(),
            action: "Microsoft.ContainerRegistry/registries/webhooks/write",
            resource: String::new(),
            request: String::new(),
            details: "{}".to_owned(),
        };
        let busy = waiting!(db.put_webhook(&registry, &name, decide, entry));
        assert!(futures_util::poll!(&mut writing).is_pending());
        drop(writing);
        drop(release);
        assert!(busy.await.is_ok());
        assert!(!other.await, "nobody can say whether it was written");
        assert!(ledger.write(db, finished(2)).await);
    }
}
