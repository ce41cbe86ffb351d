//! Faults made on purpose, for tests: the machine dies around a commit.
//!
//! A write that fails *before the commit* has changed nothing; one that fails *after the commit, before the answer* has
//! changed everything, and its caller does not know. What calls the store has to come to the same end in both cases when
//! it calls again. Compiled only for tests and with the feature `faults`.

use crate::error::Fault;
use crate::tx::Tx;
use std::sync::Mutex;

/// When a write fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// All statements have run, and nothing of it remains.
    BeforeCommit,
    /// All of it remains, and the caller hears of a failure.
    AfterCommit,
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

/// Makes an operation fail at its end, if it is to fail before the commit.
pub(crate) fn before_commit<T, F>(
    moment: Option<Moment>,
    operation: F,
) -> impl for<'a, 'b> AsyncFnOnce(&'b mut Tx<'a>) -> Result<T, Fault> + Clone + Send + 'static
where
    T: Send + 'static,
    F: for<'a, 'b> AsyncFnOnce(&'b mut Tx<'a>) -> Result<T, Fault> + Clone + Send + 'static,
{
    async move |tx: &mut Tx<'_>| {
        let value = operation(tx).await?;
        if moment == Some(Moment::BeforeCommit) { Err(Fault::Gone) } else { Ok(value) }
    }
}

/// Keeps an answer from the caller, if it is to be lost after the commit.
pub(crate) fn after_commit<T>(
    moment: Option<Moment>,
    result: Result<T, Fault>,
) -> Result<T, Fault> {
    if moment == Some(Moment::AfterCommit) { result.and(Err(Fault::Gone)) } else { result }
}
