//! Faults made on purpose, for tests: the machine dies around a commit.
//!
//! A write that fails *before the commit* has changed nothing; one that fails *after the commit, before the answer* has
//! changed everything, and its caller does not know. What calls the store has to come to the same end in both cases when
//! it calls again. Compiled only for tests and with the feature `faults`.

use crate::error::Fault;
use std::sync::Mutex;

/// When a write fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// All statements have run, and nothing of it remains.
    BeforeCommit,
    /// All of it remains, and the caller hears of a failure.
    AfterCommit,
    /// Nothing of it remains, because of another operation in the same commit.
    WithNeighbour,
}

/// The fault that is planned for a database, if any.
#[derive(Debug, Default)]
pub struct Faults(Mutex<Option<(u32, Moment)>>);

impl Faults {
    /// Makes one write fail: the next if `number` is 1, the one after it if 2.
    pub fn plan(&self, number: u32, moment: Moment) {
        *self.0.lock().expect("nothing panics while the plan is held") = Some((number, moment));
    }

    /// Drops the plan, and says whether it was still to be carried out.
    pub fn drop_plan(&self) -> bool {
        self.0.lock().expect("nothing panics while the plan is held").take().is_some()
    }

    /// What is to happen to the write that begins now.
    pub(crate) fn next(&self) -> Option<Moment> {
        let mut plan = self.0.lock().expect("nothing panics while the plan is held");
        let (number, moment) = (*plan)?;
        if 1 < number {
            *plan = Some((number - 1, moment));
            return None;
        }
        *plan = None;
        Some(moment)
    }
}

/// Loses what an operation has done, if it is to fail before the commit.
pub(crate) fn before_commit<T>(moment: Option<Moment>, value: T) -> Result<T, Fault> {
    match moment {
        Some(Moment::BeforeCommit) => Err(Fault::Gone),
        Some(Moment::WithNeighbour) => Err(Fault::Commit("a neighbour failed".to_owned())),
        Some(Moment::AfterCommit) | None => Ok(value),
    }
}

/// Keeps an answer from the caller, if it is to be lost after the commit.
pub(crate) fn after_commit<T>(
    moment: Option<Moment>,
    result: Result<T, Fault>,
) -> Result<T, Fault> {
    if moment == Some(Moment::AfterCommit) { result.and(Err(Fault::Gone)) } else { result }
}
