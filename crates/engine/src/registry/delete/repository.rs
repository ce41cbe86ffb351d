//! A repository goes, step by step and to its end, whoever waits for it.
//!
//! A task of its own takes the steps, so that a client that goes away stops nothing. Where there is more to do than one step
//! does, it is an operation from the beginning, which the operator takes over when the process has died. Nothing remembers
//! which manifests are gone: whoever repeats the steps gets the rest done. What came after the request stays.

use super::event;
use crate::ctx::Ctx;
use crate::operations::{
    self, Cause, Counted, Kind, OperationFailure, OperationRow, Progress, TooMany, Went,
};
use crate::registry::origin::Origin;
use crate::steps::rest_after;
use boathook_core::digest::Digest;
use boathook_core::event::Request;
use boathook_core::id::EventId;
use boathook_core::lock::Locked;
use boathook_core::name::{Place, Repository, Tag};
use boathook_core::time::Timestamp;
use boathook_store::{DeletedManifest, Error, RepositoryDeletion, STEP_MANIFESTS_MAX};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;

/// How many of the manifests and of the tags of a repository are told of when it is deleted. All of them go.
pub const GONE_SHOWN_MAX: usize = 10_000;
/// How far ahead the clock of another server may be.
const CLOCKS_APART_MAX: Duration = Duration::from_mins(1);
/// How often it is written down how far a deletion has come.
const NOTE_PERIOD: Duration = Duration::from_secs(1);

/// A repository on its way out.
pub struct DeleteRepository {
    /// Where it is.
    pub place: Place,
    /// Which one.
    pub repository: Repository,
    /// The request, for the events' payloads.
    pub request: Request,
}

/// What went with a repository.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gone {
    /// Its manifests, the first [`GONE_SHOWN_MAX`] of them.
    pub manifests: Vec<Digest>,
    /// Its tags, the first [`GONE_SHOWN_MAX`] of them.
    pub tags: Vec<Tag>,
}

impl Gone {
    fn add(&mut self, deleted: Vec<DeletedManifest>) {
        for DeletedManifest { digest, tags, .. } in deleted {
            if self.manifests.len() < GONE_SHOWN_MAX {
                self.manifests.push(digest);
            }
            let room = GONE_SHOWN_MAX - self.tags.len();
            self.tags.extend(tags.into_iter().take(room));
        }
    }
}

/// Why a repository is not deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It, or something of it, is locked. What had gone before that stays gone.
    #[error(transparent)]
    Locked(#[from] Locked),
    /// It takes an operation, and there are too many.
    #[error(transparent)]
    TooMany(#[from] TooMany),
    /// Nobody can wait for it here any more.
    #[error("the server is stopping: what is left of the repository goes when it is deleted again")]
    Stopping,
    /// The same of an operation, which goes on.
    #[error("the server is stopping, and goes on deleting the repository when it is back")]
    StoppingForNow,
}

/// A deletion that has begun.
pub struct Deleting {
    /// The operation that it is, where it takes more than a few steps.
    pub operation: Option<OperationRow>,
    rest: oneshot::Receiver<Result<Result<Gone, Refused>, Error>>,
}

impl Deleting {
    /// Waits for its end. It goes on where nobody waits.
    pub async fn gone(self) -> Result<Result<Gone, Refused>, Error> {
        let stopped =
            if self.operation.is_some() { Refused::StoppingForNow } else { Refused::Stopping };
        self.rest.await.unwrap_or(Ok(Err(stopped)))
    }
}

/// Removes a repository with all that it has, and records one event for each of its manifests; `None` where there is none.
///
/// Where a lock comes in between, what is gone stays gone.
pub async fn begin(
    ctx: &Arc<Ctx>,
    delete: DeleteRepository,
) -> Result<Result<Option<Deleting>, Refused>, Error> {
    let (begins, begun) = oneshot::channel();
    let task = go(ctx.clone(), delete, begins);
    ctx.tasks.spawn(task);
    begun.await.unwrap_or(Ok(Err(Refused::Stopping)))
}

type Begins = oneshot::Sender<Result<Result<Option<Deleting>, Refused>, Error>>;

/// Takes all steps, and tells after the first what has begun. Whoever has gone away is told nothing, and what failed then is
/// logged.
async fn go(ctx: Arc<Ctx>, delete: DeleteRepository, begins: Begins) {
    let DeleteRepository { place, repository, request } = delete;
    let asked = ctx.clock.now();
    let mut job = Job::new(Order { place, repository, request, asked });
    let operation = match job.begin(&ctx).await {
        Ok(Ok(Some(Begun { operation }))) => operation,
        nothing => {
            let untold = begins.send(nothing.map(|nothing| nothing.map(|_| None)));
            return log(untold.err().and_then(Result::err), &job.order);
        }
    };
    let (ends, rest) = oneshot::channel();
    let deleting = Deleting { operation: operation.clone(), rest };
    drop(begins.send(Ok(Ok(Some(deleting)))));
    let ended = job.end(&ctx, operation.as_ref()).await;
    let untold = ends.send(ended.map(|ended| ended.map(|()| job.gone)));
    log(untold.err().and_then(Result::err), &job.order);
}

/// Logs what nobody was there to be told of.
fn log(error: Option<Error>, order: &Order) {
    if let Some(error) = error {
        tracing::error!(
            registry = %order.place.registry,
            region = %order.place.region,
            repository = %order.repository,
            error = &error as &dyn std::error::Error,
            "the repository is not deleted to its end: if that is an operation, it goes on by itself"
        );
    }
}

/// Goes on with a deletion whose process has died.
pub(crate) async fn go_on(ctx: &Ctx, operation: &OperationRow) -> Result<Went, Error> {
    let Some(order) = Order::parse(&operation.command) else {
        let words = "this version cannot read what was to be done";
        return Ok(Went::Failed(Cause::Failed.because(words)));
    };
    let mut job = Job::new(order);
    if let Some(Progress(counted)) = Progress::of(operation)
        && let [manifests] = &*counted
    {
        (job.done, job.total) = (manifests.done, manifests.total);
    }
    Ok(match job.finish(ctx, Some(operation)).await {
        Ok(Ok(())) => Went::Done,
        Ok(Err(Refused::Locked(locked))) => Went::Failed(failure(locked)),
        Ok(Err(Refused::Stopping | Refused::StoppingForNow | Refused::TooMany(_))) => {
            Went::Later(ctx.clock.now())
        }
        Err(Error::NoRegistry) => {
            Went::Failed(Cause::Gone.because("the registry is being deleted"))
        }
        Err(error) => return Err(error),
    })
}

fn failure(locked: Locked) -> OperationFailure {
    Cause::Conflict.because(format!("{locked}: unlock it, and delete the repository again"))
}

/// A deletion under way.
struct Job {
    order: Order,
    /// Where the next step goes on.
    after: String,
    /// How many manifests are gone, of how many.
    done: u64,
    total: u64,
    /// Whether this pass has removed anything.
    has_removed: bool,
    has_ended: bool,
    gone: Gone,
}

/// That a deletion has begun.
struct Begun {
    operation: Option<OperationRow>,
}

/// What came of a step.
enum Step {
    Taken,
    /// What was to go is gone.
    Ended,
    Unknown,
    Locked(Locked),
}

impl Job {
    fn new(order: Order) -> Self {
        let (after, gone) = (String::new(), Gone::default());
        Self { order, after, done: 0, total: 0, has_removed: false, has_ended: false, gone }
    }

    /// Writes down what is to be done where that is more than a step, and takes the first; `None` where there is no such
    /// repository.
    async fn begin(&mut self, ctx: &Ctx) -> Result<Result<Option<Begun>, Refused>, Error> {
        let Order { place, repository, .. } = &self.order;
        let Some(there) = ctx.db.repository_record(place, repository).await? else {
            return Ok(Ok(None));
        };
        // Another server's clock may be ahead: what it has stored by now came before the request.
        let ahead = there.updated.min(self.order.asked.after(CLOCKS_APART_MAX));
        self.order.asked = self.order.asked.max(ahead);
        self.total = there.manifest_count;
        let mut operation = None;
        if (STEP_MANIFESTS_MAX as u64) < there.manifest_count {
            let (kind, command, progress) =
                (Kind::DeleteRepository, self.order.print(), self.progress());
            let registry = &self.order.place.registry;
            match operations::begin_leased(ctx, kind, registry, command, &progress).await? {
                Ok(row) => operation = Some(row),
                Err(too_many) => return Ok(Err(too_many.into())),
            }
        }
        let stepped = match self.step(ctx).await {
            // It goes on all the same: whoever takes the next step is told if that fails too.
            Err(error) if operation.is_some() && error.is_transient() => Step::Taken,
            stepped => stepped?,
        };
        let (answer, failed) = match stepped {
            Step::Taken => return Ok(Ok(Some(Begun { operation }))),
            Step::Ended => {
                self.has_ended = true;
                return Ok(Ok(Some(Begun { operation })));
            }
            Step::Unknown => (Ok(None), None),
            Step::Locked(locked) => (Err(locked.into()), Some(failure(locked))),
        };
        if let Some(operation) = &operation {
            operations::end(ctx, operation, failed).await?;
        }
        Ok(answer)
    }

    /// Takes all steps that are left, and writes down how that ended.
    async fn end(
        &mut self,
        ctx: &Ctx,
        operation: Option<&OperationRow>,
    ) -> Result<Result<(), Refused>, Error> {
        let ended = self.finish(ctx, operation).await?;
        let Some(operation) = operation else { return Ok(ended) };
        match ended {
            Ok(()) => operations::end(ctx, operation, None).await?,
            Err(Refused::Locked(locked)) => {
                operations::end(ctx, operation, Some(failure(locked))).await?;
            }
            // It is not over.
            Err(Refused::Stopping | Refused::StoppingForNow | Refused::TooMany(_)) => {}
        }
        Ok(ended)
    }

    /// Takes all steps that are left.
    async fn finish(
        &mut self,
        ctx: &Ctx,
        operation: Option<&OperationRow>,
    ) -> Result<Result<(), Refused>, Error> {
        let mut noted = ctx.clock.now();
        while !self.has_ended {
            if ctx.tasks.is_stopping() && operation.is_some() {
                return Ok(Err(Refused::StoppingForNow));
            }
            let began = ctx.clock.now();
            match self.step(ctx).await? {
                Step::Taken => {}
                // Somebody else has taken the last step.
                Step::Ended | Step::Unknown => self.has_ended = true,
                Step::Locked(locked) => return Ok(Err(locked.into())),
            }
            let Some(operation) = operation.filter(|_| !self.has_ended) else { continue };
            let now = ctx.clock.now();
            if NOTE_PERIOD <= now.since(noted) {
                self.progress().note(ctx, operation).await?;
                noted = now;
            }
            ctx.tasks.pause(rest_after(ctx, now.since(began))).await;
        }
        if let Some(operation) = operation {
            self.progress().note(ctx, operation).await?;
        }
        Ok(Ok(()))
    }

    async fn step(&mut self, ctx: &Ctx) -> Result<Step, Error> {
        let ids: Vec<_> = (0..STEP_MANIFESTS_MAX).map(|_| EventId::new(ctx.ids.uuid())).collect();
        let Order { place, repository, request, asked } = self.order.clone();
        let (at, after) = (ctx.clock.now(), &self.after);
        let origin = Origin { place: place.clone(), repository: repository.clone(), request, at };
        let announce = move |idx: usize, gone: &DeletedManifest| event(&origin, &ids[idx], gone);
        let taken =
            ctx.db.delete_repository_step(&place, &repository, after, asked, at, announce).await?;
        let (deleted, next) = match taken {
            RepositoryDeletion::Going { deleted, after } => (deleted, after),
            RepositoryDeletion::Clearing => return Ok(Step::Taken),
            RepositoryDeletion::Deleted | RepositoryDeletion::Refilled => return Ok(Step::Ended),
            RepositoryDeletion::Unknown => return Ok(Step::Unknown),
            RepositoryDeletion::Locked(locked) => return Ok(Step::Locked(locked)),
        };
        self.has_removed |= !deleted.is_empty();
        self.done += deleted.len() as u64;
        self.gone.add(deleted);
        self.after = next;
        if !self.after.is_empty() {
            return Ok(Step::Taken);
        }
        let has_removed = std::mem::take(&mut self.has_removed);
        Ok(if has_removed { Step::Taken } else { Step::Ended })
    }

    fn progress(&self) -> Progress {
        let total = self.total.max(self.done);
        Progress(vec![Counted { what: "manifests".to_owned(), done: self.done, total }])
    }
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Order {
    place: Place,
    repository: Repository,
    request: Request,
    /// What came later is none of its business.
    asked: Timestamp,
}

/// An order as it is stored.
#[derive(Serialize, Deserialize)]
struct Stored {
    registry: String,
    region: String,
    repository: String,
    request: String,
    host: String,
    user_agent: Option<String>,
    asked_ms: i64,
}

impl Order {
    fn print(&self) -> String {
        let Self { place, repository, request, asked } = self;
        let stored = Stored {
            registry: place.registry.to_string(),
            region: place.region.to_string(),
            repository: repository.to_string(),
            request: request.id.clone(),
            host: request.host.clone(),
            user_agent: request.user_agent.clone(),
            asked_ms: asked.0,
        };
        serde_json::to_string(&stored).expect("strings can be written")
    }

    fn parse(text: &str) -> Option<Self> {
        let stored: Stored = serde_json::from_str(text).ok()?;
        Some(Self {
            place: Place {
                registry: stored.registry.parse().ok()?,
                region: stored.region.parse().ok()?,
            },
            repository: stored.repository.parse().ok()?,
            request: Request {
                id: stored.request,
                host: stored.host,
                method: "DELETE",
                user_agent: stored.user_agent,
            },
            asked: Timestamp(stored.asked_ms),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use boathook_core::digest::Algorithm;

    #[test]
    fn as_much_is_told_of_as_may_be_and_no_more() {
        let manifest = |idx: usize, tag_count: usize| DeletedManifest {
            digest: Algorithm::Sha256.digest(idx.to_string().as_bytes()),
            media_type: String::new(),
            tags: (0..tag_count).map(|tag| format!("v{idx}-{tag}").parse().unwrap()).collect(),
            chart: None,
        };
        let mut gone = Gone::default();
        gone.add((0..GONE_SHOWN_MAX - 1).map(|idx| manifest(idx, 0)).collect());
        gone.add(vec![manifest(GONE_SHOWN_MAX, GONE_SHOWN_MAX - 1)]);
        assert_eq!((gone.manifests.len(), gone.tags.len()), (GONE_SHOWN_MAX, GONE_SHOWN_MAX - 1));
        gone.add(vec![manifest(GONE_SHOWN_MAX + 1, 2)]);
        assert_eq!((gone.manifests.len(), gone.tags.len()), (GONE_SHOWN_MAX, GONE_SHOWN_MAX));
    }

    #[test]
    fn an_order_comes_back_as_it_was_written() {
        let request = Request {
            id: "request".to_owned(),
            host: "registry.example".to_owned(),
            method: "DELETE",
            user_agent: Some("az".to_owned()),
        };
        let place =
            Place { registry: "registry".parse().unwrap(), region: "local".parse().unwrap() };
        let repository = "team/app".parse().unwrap();
        let order = Order { place, repository, request, asked: Timestamp(7) };
        assert_eq!(Order::parse(&order.print()), Some(order));
        assert_eq!(Order::parse("{}"), None);
    }
}
