//! Attempts that end at the same time are written down together.
//!
//! An operation of its own for each would cost more than the rows do. Whoever finds nobody writing writes at once and
//! waits for no one; who ends meanwhile waits, and the first of those then writes for all of them.

use boathook_store::{Db, FinishedAttempt};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::oneshot;

/// How many attempts are written down in one operation: pushes wait for the same writer.
const FINISH_MAX: usize = 64;

/// Where attempts are written down.
#[derive(Default)]
pub(super) struct Ledger(Mutex<Page>);

#[derive(Default)]
struct Page {
    is_written: bool,
    waiting: Vec<Entry>,
}

/// An attempt that waits, and how to tell what came of that.
struct Entry {
    finished: FinishedAttempt,
    answer: oneshot::Sender<Answer>,
}

enum Answer {
    Written,
    Failed,
    /// The one before has done its part: write this, and what waits by now.
    YourTurn(Box<FinishedAttempt>),
}

impl Ledger {
    /// Writes down what came of an attempt, or has somebody else do so; `false` where that failed, perhaps because of
    /// another attempt.
    pub(super) async fn write(&self, db: &Db, finished: FinishedAttempt) -> bool {
        let answer = {
            let mut page = self.page();
            if page.is_written {
                let (sender, answer) = oneshot::channel();
                page.waiting.push(Entry { finished, answer: sender });
                Err(answer)
            } else {
                page.is_written = true;
                Ok(finished)
            }
        };
        let finished = match answer {
            Ok(finished) => finished,
            Err(answer) => match answer.await {
                Ok(Answer::Written) => return true,
                Ok(Answer::Failed) | Err(_) => return false,
                Ok(Answer::YourTurn(finished)) => *finished,
            },
        };
        let _turn = Turn(self);
        let others: Vec<_> = {
            let mut page = self.page();
            let count = page.waiting.len().min(FINISH_MAX - 1);
            page.waiting.drain(..count).collect()
        };
        let (mut batch, mut answers) = (vec![finished], Vec::with_capacity(others.len()));
        for Entry { finished, answer } in others {
            batch.push(finished);
            answers.push(answer);
        }
        let is_written = db.finish(batch).await.is_ok();
        for answer in answers {
            // Who does not listen has been killed, and what it did stands all the same.
            let _ = answer.send(if is_written { Answer::Written } else { Answer::Failed });
        }
        is_written
    }

    fn page(&self) -> MutexGuard<'_, Page> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The turn to write, which is handed on however it ends.
struct Turn<'a>(&'a Ledger);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut page = self.0.page();
        while !page.waiting.is_empty() {
            let Entry { finished, answer } = page.waiting.remove(0);
            if answer.send(Answer::YourTurn(Box::new(finished))).is_ok() {
                return;
            }
        }
        page.is_written = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use boathook_core::delivery::Next;
    use boathook_core::id::{EventId, WebhookId};
    use boathook_core::name::Place;
    use boathook_core::time::Timestamp;
    use boathook_store::faults::Moment;
    use boathook_store::{AfterAttempt, AttemptRow, ClaimedDelivery, DeliveryKind};
    use boathook_testkit::World;
    use futures_util::future::join_all;

    const NOW: Timestamp = Timestamp(0);

    fn finished(number: usize) -> FinishedAttempt {
        let delivery = ClaimedDelivery {
            webhook: WebhookId::new("hook"),
            event: EventId::new(number.to_string()),
            place: Place {
                registry: "boathook".parse().unwrap(),
                region: "local".parse().unwrap(),
            },
            kind: DeliveryKind::Event,
            attempts: 0,
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
        FinishedAttempt { delivery, attempt, next, after, now: NOW }
    }

    /// Has so many attempts end while another is written down; says what each is told.
    async fn write_all(ledger: &Ledger, db: &Db, count: usize) -> Vec<bool> {
        ledger.page().is_written = true;
        let turn = Turn(ledger);
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

    #[tokio::test]
    async fn a_turn_that_is_never_taken_goes_to_the_next() {
        let (world, ledger) = (World::start().await, Ledger::default());
        let db = &world.ctx().db;
        ledger.page().is_written = true;
        let turn = Turn(&ledger);
        let mut killed = Box::pin(ledger.write(db, finished(0)));
        assert!(futures_util::poll!(&mut killed).is_pending());
        let mut waiting = Box::pin(ledger.write(db, finished(1)));
        assert!(futures_util::poll!(&mut waiting).is_pending());
        drop(killed);
        drop(turn);
        assert!(waiting.await);
        assert!(ledger.write(db, finished(2)).await);
    }
}
