//! What can go wrong when remembering: the machine is broken, never "that is not allowed"; or the registry that somebody
//! writes to has gone in the meantime, which no rule could have foreseen.

use std::io;

/// Storage failed. Refusals are outcomes, not errors.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database cannot be reached, or went away in the middle.
    #[error("the database cannot be reached in `{transaction}`")]
    Unreachable {
        /// The transaction's name.
        transaction: &'static str,
        /// The driver's word.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// There is no room left for the database or a blob.
    #[error("the disk is full")]
    Full,
    /// The registry that was to be written to is not there any more.
    #[error("the registry is not there any more")]
    NoRegistry,
    /// A statement or a commit failed.
    #[error("the transaction `{transaction}` failed")]
    Transaction {
        /// The transaction's name.
        transaction: &'static str,
        /// The driver's word.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The schema was made by a later program.
    #[error(
        "the database has schema version {found}, but this program knows only versions up to {known}: \
         start a newer boathook, or restore the backup that was made before the upgrade"
    )]
    Newer {
        /// The version found.
        found: i64,
        /// The latest version known.
        known: i64,
    },
    /// The schema was made by an earlier program, and was not to be brought up to date.
    #[error(
        "the database lacks {outstanding} of this program's migrations, and nodes of the earlier version may be at work: use \
         that version's program, or start this one's server first, which brings the database up to date"
    )]
    Older {
        /// How many migrations are outstanding.
        outstanding: usize,
    },
    /// A migration that has been applied is not the one that this program has.
    #[error(
        "the migration {number} of this database was not made by this program's migration {number}"
    )]
    Altered {
        /// Its number.
        number: i64,
    },
    /// Another process works on the same embedded database.
    #[error("`{path}` is in use by another boathook")]
    InUse {
        /// The lock file.
        path: String,
    },
    /// What was stored cannot be used.
    #[error("what is stored of {what} is damaged")]
    Damaged {
        /// Of what.
        what: &'static str,
    },
    /// The address of the database is not one that we understand.
    #[error("`{0}` is not a database address: it begins with `sqlite:` or `postgres://`")]
    Address(String),
    /// A file could not be read or written.
    #[error("`{path}` cannot be {action}")]
    File {
        /// What was tried: `read`, `written`…
        action: &'static str,
        /// The path.
        path: String,
        /// The operating system's word.
        source: io::Error,
    },
}

impl Error {
    /// Wraps a failed file operation, telling a full disk from the rest.
    pub(crate) fn file(action: &'static str, path: &std::path::Path, source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::StorageFull
            | io::ErrorKind::QuotaExceeded
            | io::ErrorKind::FileTooLarge => Self::Full,
            _ => Self::File { action, path: path.display().to_string(), source },
        }
    }

    /// Says whether trying again later may help.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Unreachable { .. } | Self::Full)
    }
}

/// What a statement inside a transaction may come back with, before the transaction's name is known.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    #[error("sqlite refused")]
    Sqlite(#[from] rusqlite::Error),
    #[error("postgresql refused")]
    Postgres(#[from] tokio_postgres::Error),
    #[error("no connection can be had")]
    Pool(#[from] deadpool_postgres::PoolError),
    #[error("the writer has stopped")]
    Gone,
    #[error("the operation panicked")]
    Panicked,
    #[error("the group's commit failed: {0}")]
    Commit(String),
    #[error("the connection broke during the commit")]
    Uncertain(#[source] tokio_postgres::Error),
    #[error("the disk is full")]
    Full,
    #[error("the registry is not there any more")]
    NoRegistry,
    #[error(transparent)]
    Files(#[from] Error),
}

impl Fault {
    /// Gives the fault the name of its transaction.
    pub(crate) fn of(self, transaction: &'static str) -> Error {
        if self.is_full() {
            return Error::Full;
        }
        if let Self::Files(error) = self {
            return error;
        }
        match &self {
            Self::Postgres(error) if is_connection_lost(error) => {
                Error::Unreachable { transaction, source: Box::new(self) }
            }
            Self::NoRegistry => Error::NoRegistry,
            Self::Pool(_) | Self::Gone | Self::Uncertain(_) => {
                Error::Unreachable { transaction, source: Box::new(self) }
            }
            _ => Error::Transaction { transaction, source: Box::new(self) },
        }
    }

    /// The fault as those hear of it who shared a transaction with its cause.
    pub(crate) fn to_neighbours(&self) -> Self {
        match self {
            fault if fault.is_full() => Self::Full,
            Self::Sqlite(error) => Self::Commit(error.to_string()),
            Self::Commit(message) => Self::Commit(message.clone()),
            fault => Self::Commit(fault.to_string()),
        }
    }

    fn is_full(&self) -> bool {
        match self {
            Self::Full => true,
            // The file that its processes share as memory cannot grow: SQLite has a code of its own for that.
            Self::Sqlite(error) => error.sqlite_error().is_some_and(|error| {
                error.code == rusqlite::ErrorCode::DiskFull
                    || error.extended_code == rusqlite::ffi::SQLITE_IOERR_SHMSIZE
            }),
            Self::Postgres(error) => {
                error.code() == Some(&tokio_postgres::error::SqlState::DISK_FULL)
            }
            _ => false,
        }
    }

    /// What a failed commit means: where the connection broke, nobody knows whether it was done.
    pub(crate) fn at_commit(error: tokio_postgres::Error) -> Self {
        if is_connection_lost(&error) { Self::Uncertain(error) } else { Self::Postgres(error) }
    }

    /// Says whether the connection broke before anything was asked to be committed.
    pub(crate) fn is_lost(&self) -> bool {
        matches!(self, Self::Postgres(error) if is_connection_lost(error))
    }

    /// Says whether two transactions got in each other's way, so that this one can simply be run again.
    pub(crate) fn is_contention(&self) -> bool {
        use tokio_postgres::error::SqlState;
        match self {
            Self::Postgres(error) => matches!(
                error.code(),
                Some(&(SqlState::T_R_SERIALIZATION_FAILURE | SqlState::T_R_DEADLOCK_DETECTED))
            ),
            _ => false,
        }
    }
}

/// The server is stopping, starting or gone (SQLSTATE class 57P and 08), or the connection broke.
fn is_connection_lost(error: &tokio_postgres::Error) -> bool {
    match error.code() {
        Some(code) => {
            code.code().starts_with("57P")
                || code.code().starts_with("08")
                || code.code() == "53300"
        }
        None => {
            error.is_closed()
                || std::error::Error::source(error)
                    .is_some_and(<dyn std::error::Error>::is::<io::Error>)
        }
    }
}
