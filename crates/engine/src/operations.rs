//! Operations: what takes longer than its request, and goes on after a restart.
//!
//! A request records an operation and tells its id. A worker claims it, does it and writes its end. Whatever it does may
//! happen twice, since a lease may run out and a process may die: each kind begins anew and passes over what is there.

use crate::audit::{self, Actor};
use crate::ctx::Ctx;
use crate::manage::{deletion, garbage, import};
use crate::registry::delete;
use boathook_core::name::RegistryName;
use boathook_core::time::Timestamp;
use boathook_store::{AuditEntry, Error, OPERATIONS_OPEN_MAX, OperationEnd};
use serde::{Deserialize, Serialize};
use std::time::Duration;

pub use boathook_store::{OperationFailure, OperationRow};

/// How long an operation can be looked up after its end.
pub const AGE_MAX: Duration = Duration::from_hours(24);
/// How long an operation may take in all. After that it has failed, so that nothing is tried for ever; but for what ends
/// something.
pub const DURATION_MAX: Duration = Duration::from_hours(1);
/// The same of an import and of a collection: some images are large, some registries far away or full.
pub const DURATION_MAX_LONG: Duration = Duration::from_hours(24);
/// How long whoever goes on with an operation has it to themselves; every step makes it longer.
pub(crate) const LEASE: Duration = Duration::from_mins(1);
/// How many operations are forgotten in one transaction.
const FORGET_MAX: u32 = 500;

/// What kind of operation it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An image comes from another repository.
    ImportImage,
    /// A registry comes to a region.
    CreateReplication,
    /// What is known of one of its regions changes.
    UpdateReplication,
    /// It leaves a region.
    DeleteReplication,
    /// A registry goes, with all that it held.
    DeleteRegistry,
    /// A resource group goes, with all that is in it.
    DeleteGroup,
    /// What nobody needs of a registry is looked at, or goes.
    CollectGarbage,
    /// A repository goes, with all that it has.
    DeleteRepository,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 8] = [
        Self::ImportImage,
        Self::CreateReplication,
        Self::UpdateReplication,
        Self::DeleteReplication,
        Self::DeleteRegistry,
        Self::DeleteGroup,
        Self::CollectGarbage,
        Self::DeleteRepository,
    ];

    /// The word that is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ImportImage => "importImage",
            Self::CreateReplication => "createReplication",
            Self::UpdateReplication => "updateReplication",
            Self::DeleteReplication => "deleteReplication",
            Self::DeleteRegistry => "deleteRegistry",
            Self::DeleteGroup => "deleteGroup",
            Self::CollectGarbage => "collectGarbage",
            Self::DeleteRepository => "deleteRepository",
        }
    }

    /// Reads the word that was stored.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    /// After how long it has failed. What has been let go of has to go, or its name is never free.
    fn duration_max(self) -> Duration {
        match self {
            Self::ImportImage | Self::CollectGarbage => DURATION_MAX_LONG,
            Self::CreateReplication | Self::UpdateReplication | Self::DeleteReplication => {
                DURATION_MAX
            }
            Self::DeleteRegistry | Self::DeleteGroup | Self::DeleteRepository => Duration::MAX,
        }
    }

    /// What ids begin with: the type of the resource that changes.
    fn prefix(self) -> &'static str {
        match self {
            Self::ImportImage
            | Self::DeleteRegistry
            | Self::CollectGarbage
            | Self::DeleteRepository => "registries",
            Self::DeleteGroup => "resourceGroups",
            Self::CreateReplication | Self::UpdateReplication | Self::DeleteReplication => {
                "replications"
            }
        }
    }
}

/// Why an operation failed, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// Something else is there, or is locked.
    Conflict,
    /// Something that it needs is not there any more.
    Gone,
    /// It comes from elsewhere, and cannot be had there.
    Source,
    /// It could not be done.
    Failed,
}

impl Cause {
    const ALL: [Self; 4] = [Self::Conflict, Self::Gone, Self::Source, Self::Failed];

    fn as_str(self) -> &'static str {
        match self {
            Self::Conflict => "conflict",
            Self::Gone => "gone",
            Self::Source => "source",
            Self::Failed => "failed",
        }
    }

    /// Why `failure` was one.
    pub fn of(failure: &OperationFailure) -> Self {
        Self::ALL.into_iter().find(|cause| cause.as_str() == failure.code).unwrap_or(Self::Failed)
    }

    /// The failure that this is, in words for whoever asked for the operation.
    pub(crate) fn because(self, message: impl Into<String>) -> OperationFailure {
        OperationFailure { code: self.as_str().to_owned(), message: message.into() }
    }
}

/// A registry has as many operations under way as it may.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "the registry has {OPERATIONS_OPEN_MAX} operations under way, which is the most: try again when one has ended"
)]
pub struct TooMany;

/// How far an operation has come: how much of what is done. It is the first of them that its share is told by.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress(pub Vec<Counted>);

/// How much of something is done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counted {
    /// What is counted, such as `bytes`.
    pub what: String,
    /// How much of it is done.
    pub done: u64,
    /// How much there is.
    pub total: u64,
}

impl Progress {
    /// How far an operation has come, if anybody has said.
    pub fn of(operation: &OperationRow) -> Option<Self> {
        match Kind::parse(&operation.kind)? {
            Kind::CollectGarbage => Some(garbage::Report::of(operation)?.progress()),
            _ => serde_json::from_str(operation.progress.as_deref()?).ok(),
        }
    }

    /// How much is done, in percent; 100 is for what has ended.
    pub fn percent(&self) -> u8 {
        let Some(Counted { done, total, .. }) = self.0.first() else { return 0 };
        let percent = u128::from(*done) * 100 / u128::from(*total).max(1);
        u8::try_from(percent.min(99)).expect("it is less than a hundred")
    }

    /// Writes it down, and makes the lease of whoever goes on with the operation longer.
    pub(crate) async fn note(&self, ctx: &Ctx, operation: &OperationRow) -> Result<(), Error> {
        note(ctx, operation, self).await
    }
}

fn print(progress: &impl Serialize) -> String {
    serde_json::to_string(progress).expect("names and numbers can be written")
}

/// Writes down how far an operation has come, in the words of its kind, and makes the lease of whoever goes on with it
/// longer.
pub(crate) async fn note(
    ctx: &Ctx,
    operation: &OperationRow,
    progress: &impl Serialize,
) -> Result<(), Error> {
    let until = ctx.clock.now().after(LEASE);
    ctx.db.note_progress(&operation.id, print(progress), until).await
}

/// What came of going on with an operation.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Went {
    /// It is done.
    Done,
    /// It cannot be done.
    Failed(OperationFailure),
    /// It may be gone on with then, and not before.
    Later(Timestamp),
}

impl From<Result<(), OperationFailure>> for Went {
    fn from(ended: Result<(), OperationFailure>) -> Self {
        match ended {
            Ok(()) => Self::Done,
            Err(failure) => Self::Failed(failure),
        }
    }
}

/// An operation that is to begin.
pub(crate) struct Begin<'a> {
    /// What kind it is.
    pub(crate) kind: Kind,
    /// The registry that it changes.
    pub(crate) registry: &'a RegistryName,
    /// The registry's path.
    pub(crate) resource: String,
    /// What is to be done, in the words of the kind.
    pub(crate) command: String,
    /// What the audit log says was done.
    pub(crate) action: &'static str,
}

/// Begins an operation.
pub(crate) async fn begin(
    ctx: &Ctx,
    new: Begin<'_>,
    actor: &Actor,
) -> Result<Result<OperationRow, TooMany>, Error> {
    let (row, entry) = new.into_rows(ctx, actor);
    let has_begun = ctx.db.begin_operation(row.clone(), entry).await?;
    Ok(if has_begun { Ok(row) } else { Err(TooMany) })
}

/// Begins an operation on what a registry holds, and whoever begins it goes on with it.
pub(crate) async fn begin_leased(
    ctx: &Ctx,
    kind: Kind,
    registry: &RegistryName,
    command: String,
    progress: &Progress,
) -> Result<Result<OperationRow, TooMany>, Error> {
    let row = OperationRow {
        registry: Some(registry.clone()),
        progress: Some(print(progress)),
        ..ending(ctx, kind, command)
    };
    let until = row.created.after(LEASE);
    let has_begun = ctx.db.begin_leased_operation(row.clone(), until).await?;
    Ok(if has_begun { Ok(row) } else { Err(TooMany) })
}

/// Begins an operation, or finds the one under way that does the same in the same registry.
pub(crate) async fn join(
    ctx: &Ctx,
    new: Begin<'_>,
    actor: &Actor,
) -> Result<Result<OperationRow, TooMany>, Error> {
    let registry = new.registry;
    let (row, entry) = new.into_rows(ctx, actor);
    Ok(ctx.db.join_operation(row, registry, entry).await?.ok_or(TooMany))
}

impl Begin<'_> {
    fn into_rows(self, ctx: &Ctx, actor: &Actor) -> (OperationRow, AuditEntry) {
        let Self { kind, registry, resource, command, action } = self;
        let row = OperationRow { registry: Some(registry.clone()), ..ending(ctx, kind, command) };
        (row, audit::entry(ctx, actor, action, resource))
    }
}

/// An operation that begins now and names no registry: one that ends something does not, and the others add theirs.
pub(crate) fn ending(ctx: &Ctx, kind: Kind, command: String) -> OperationRow {
    OperationRow {
        id: format!("{}-{}", kind.prefix(), ctx.ids.uuid()),
        registry: None,
        kind: kind.as_str().to_owned(),
        child: None,
        command,
        progress: None,
        created: ctx.clock.now(),
        end: None,
    }
}

/// An operation that is done with the transaction that records it.
pub(crate) fn ended(ctx: &Ctx, kind: Kind, registry: &RegistryName, child: String) -> OperationRow {
    let row = ending(ctx, kind, String::new());
    OperationRow {
        registry: Some(registry.clone()),
        child: Some(child),
        end: Some(OperationEnd { at: row.created, failure: None }),
        ..row
    }
}

/// Looks an operation up.
pub async fn get(ctx: &Ctx, id: &str) -> Result<Option<OperationRow>, Error> {
    ctx.db.operation(id).await
}

/// What a worker found to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ticked {
    /// Nothing.
    Nothing,
    /// An operation, which has ended.
    Ended,
    /// An operation that may be gone on with then, and not before.
    PutOff(Timestamp),
}

/// Goes on with one operation that nobody else goes on with.
pub async fn tick(ctx: &Ctx) -> Result<Ticked, Error> {
    let now = ctx.clock.now();
    let claimed = ctx.db.claim_operation(now, now.after(LEASE)).await?;
    let Some(operation) = claimed else { return Ok(Ticked::Nothing) };
    let kind = Kind::parse(&operation.kind);
    let duration_max = kind.map_or(DURATION_MAX, Kind::duration_max);
    let went = if duration_max < now.since(operation.created) {
        let hours = duration_max.as_secs() / 3_600;
        let words = format!("it was not done within {hours} h: ask for it again");
        Went::Failed(Cause::Failed.because(words))
    } else {
        go_on(ctx, &operation, kind).await?
    };
    match went {
        Went::Done => end(ctx, &operation, None).await?,
        Went::Failed(failure) => end(ctx, &operation, Some(failure)).await?,
        Went::Later(at) => {
            ctx.db.keep_operation(&operation.id, at).await?;
            return Ok(Ticked::PutOff(at));
        }
    }
    Ok(Ticked::Ended)
}

/// Writes down that an operation has ended, and why it failed if it did.
pub(crate) async fn end(
    ctx: &Ctx,
    operation: &OperationRow,
    failure: Option<OperationFailure>,
) -> Result<(), Error> {
    let end = OperationEnd { at: ctx.clock.now(), failure };
    ctx.db.end_operation(&operation.id, end).await
}

async fn go_on(ctx: &Ctx, operation: &OperationRow, kind: Option<Kind>) -> Result<Went, Error> {
    let ended = match kind {
        Some(Kind::ImportImage) => return import::copy::go_on(ctx, operation).await,
        Some(Kind::CollectGarbage) => return garbage::go_on(ctx, operation).await,
        Some(Kind::DeleteRegistry) => deletion::registry(ctx, operation).await?,
        Some(Kind::DeleteGroup) => deletion::group(ctx, operation).await?,
        Some(Kind::DeleteRepository) => return delete::repository::go_on(ctx, operation).await,
        // These have ended when they are recorded.
        Some(Kind::CreateReplication | Kind::UpdateReplication | Kind::DeleteReplication) => Ok(()),
        None => Err(Cause::Failed.because("this version does not know how to do it")),
    };
    Ok(ended.into())
}

/// Forgets operations that ended long ago.
pub(crate) async fn forget_old(ctx: &Ctx) -> Result<(), Error> {
    let age_ms = i64::try_from(AGE_MAX.as_millis()).unwrap_or(i64::MAX);
    let before = Timestamp(ctx.clock.now().0.saturating_sub(age_ms));
    while 0 < ctx.db.forget_operations(before, FORGET_MAX).await? {}
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(counted: &[(u64, u64)], percent: u8) {
        let counted =
            counted.iter().map(|&(done, total)| Counted { what: "bytes".to_owned(), done, total });
        assert_eq!(Progress(counted.collect()).percent(), percent);
    }

    #[test]
    fn nothing_is_done_to_a_hundred_percent_before_it_has_ended() {
        check(&[], 0);
        check(&[(0, 0)], 0);
        check(&[(1, 3), (3, 3)], 33);
        check(&[(3, 3)], 99);
        check(&[(u64::MAX, u64::MAX)], 99);
        check(&[(5, 3)], 99);
    }
}
