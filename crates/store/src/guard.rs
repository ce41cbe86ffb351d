//! Removals that are only made of what their caller last saw.

use std::fmt;
use std::sync::Arc;

/// Says whether something may be removed as it is, if it is there. It is asked inside the transaction.
#[derive(Clone)]
pub struct Guard<R>(Arc<Rule<R>>);

type Rule<R> = dyn Fn(Option<&R>) -> bool + Send + Sync;

impl<R> Guard<R> {
    /// Asks this.
    pub fn new(allows: impl Fn(Option<&R>) -> bool + Send + Sync + 'static) -> Self {
        Self(Arc::new(allows))
    }

    /// Lets everything be removed.
    pub fn open() -> Self {
        Self::new(|_| true)
    }

    pub(crate) fn allows(&self, row: Option<&R>) -> bool {
        (self.0)(row)
    }

    /// The row that is to be removed, or what comes of it where nothing is.
    pub(crate) fn pass(&self, row: Option<R>) -> Result<R, Removal> {
        if self.allows(row.as_ref()) { row.ok_or(Removal::Unknown) } else { Err(Removal::Refused) }
    }
}

impl<R> fmt::Debug for Guard<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Guard")
    }
}

/// What came of removing something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Removal {
    /// It is gone.
    Removed,
    /// There was none.
    Unknown,
    /// Its guard said no; nothing was changed.
    Refused,
}
