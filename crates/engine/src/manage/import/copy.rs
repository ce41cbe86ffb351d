//! An import at work: blobs first, then manifests from the leaves to the root, then the tags.
//!
//! What is there already is passed over, so that an import which broke off goes on where it was.

use crate::ctx::Ctx;
use crate::operations::{Cause, Counted, OperationFailure, OperationRow, Progress, Went};
use crate::registry::push::{self, PushManifest, Pushed};
use boathook_core::digest::Digest;
use boathook_core::event::Request;
use boathook_core::lock;
use boathook_core::manifest::{self, ReferenceKind};
use boathook_core::name::{Place, Reference, Repository, Tag};
use boathook_core::quarantine::Sight;
use boathook_store::{BlobContent, BlobOutcome, CommitBlob, Error};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::sync::Arc;

use crate::registry::pull::{ManifestInfo, known_blob};
use crate::registry::upload::RESTORES_MAX;

/// How many manifests one image may have, those of its indexes counted.
pub(crate) const MANIFESTS_MAX: usize = 10_000;

/// A repository in a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Spot {
    pub(super) place: Place,
    pub(super) repository: Repository,
}

/// A repository that shall have the image, and the tag that shall be on it there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Aim {
    pub(super) repository: Repository,
    pub(super) tag: Option<Tag>,
}

/// What is to be imported, and where to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Order {
    pub(super) from: Spot,
    pub(super) digest: Digest,
    pub(super) to: Place,
    pub(super) aims: Vec<Aim>,
    /// Whether tags are moved that are there.
    pub(super) is_forced: bool,
    /// What whoever asked saw of the source when they asked.
    pub(super) sight: Sight,
    /// The request, for the events' payloads.
    pub(super) request: Request,
}

/// An order as it is stored.
#[derive(Serialize, Deserialize)]
struct Stored {
    registry: String,
    region: String,
    repository: String,
    digest: String,
    to_registry: String,
    to_region: String,
    aims: Vec<(String, Option<String>)>,
    is_forced: bool,
    /// An order from before there was a quarantine says nothing of it.
    #[serde(default)]
    sees_passed_only: bool,
    request: String,
    host: String,
    user_agent: Option<String>,
}

impl Order {
    pub(super) fn print(&self) -> String {
        let Self { from, digest, to, aims, is_forced, sight, request } = self;
        let aim = |aim: &Aim| (aim.repository.to_string(), aim.tag.as_ref().map(Tag::to_string));
        let stored = Stored {
            registry: from.place.registry.to_string(),
            region: from.place.region.to_string(),
            repository: from.repository.to_string(),
            digest: digest.to_string(),
            to_registry: to.registry.to_string(),
            to_region: to.region.to_string(),
            aims: aims.iter().map(aim).collect(),
            is_forced: *is_forced,
            sees_passed_only: *sight == Sight::Passed,
            request: request.id.clone(),
            host: request.host.clone(),
            user_agent: request.user_agent.clone(),
        };
        serde_json::to_string(&stored).expect("strings can be written")
    }

    fn parse(text: &str) -> Option<Self> {
        let stored: Stored = serde_json::from_str(text).ok()?;
        let aim = |(repository, tag): (String, Option<String>)| {
            let tag = tag.map(|tag| tag.parse()).transpose().ok()?;
            Some(Aim { repository: repository.parse().ok()?, tag })
        };
        let place =
            Place { registry: stored.registry.parse().ok()?, region: stored.region.parse().ok()? };
        Some(Self {
            from: Spot { place, repository: stored.repository.parse().ok()? },
            digest: stored.digest.parse().ok()?,
            to: Place {
                registry: stored.to_registry.parse().ok()?,
                region: stored.to_region.parse().ok()?,
            },
            aims: stored.aims.into_iter().map(aim).collect::<Option<_>>()?,
            is_forced: stored.is_forced,
            sight: if stored.sees_passed_only { Sight::Passed } else { Sight::Everything },
            request: Request {
                id: stored.request,
                host: stored.host,
                method: "PUT",
                user_agent: stored.user_agent,
            },
        })
    }
}

/// Why a step was not done.
enum Undone {
    /// Nothing more can be done.
    Failed(OperationFailure),
    /// The machine is broken: somebody tries again.
    Broken(Error),
}

impl From<Error> for Undone {
    fn from(error: Error) -> Self {
        Self::Broken(error)
    }
}

impl From<OperationFailure> for Undone {
    fn from(failure: OperationFailure) -> Self {
        Self::Failed(failure)
    }
}

/// Does what was ordered, from wherever it broke off.
pub(crate) async fn go_on(ctx: &Ctx, operation: &OperationRow) -> Result<Went, Error> {
    let Some(order) = Order::parse(&operation.command) else {
        let words = "this version cannot read what was to be done";
        return Ok(Went::Failed(Cause::Failed.because(words)));
    };
    match all(&Work { ctx, operation, order: &order }).await {
        Ok(()) => Ok(Went::Done),
        Err(Undone::Failed(failure)) => Ok(Went::Failed(failure)),
        Err(Undone::Broken(Error::NoRegistry)) => {
            Ok(Went::Failed(Cause::Gone.because("the registry is not there any more")))
        }
        Err(Undone::Broken(error)) => Err(error),
    }
}

/// An order that is being worked on.
struct Work<'a> {
    ctx: &'a Ctx,
    operation: &'a OperationRow,
    order: &'a Order,
}

async fn all(work: &Work<'_>) -> Result<(), Undone> {
    for aim in &work.order.aims {
        if !is_done(work, aim).await? {
            image(work, aim).await?;
        }
    }
    Ok(())
}

/// Says whether the tag is where it shall be. One that is elsewhere has to stay there, unless it may be moved.
async fn is_done(work: &Work<'_>, aim: &Aim) -> Result<bool, Undone> {
    let Order { to, digest, is_forced, .. } = work.order;
    let Some(tag) = &aim.tag else { return Ok(false) };
    let reference = Reference::Tag(tag.clone());
    match work.ctx.db.manifest(to, &aim.repository, &reference).await? {
        Some(there) if !is_forced && there.info.digest != *digest => {
            let words = format!("Tag {}:{tag} already exists in target registry.", aim.repository);
            Err(Cause::Conflict.because(words).into())
        }
        Some(_) => Ok(!is_forced),
        None => Ok(false),
    }
}

/// A manifest on the way: first what it refers to, then itself.
enum Step {
    Look(Digest),
    Push(Arc<ManifestInfo>),
}

/// Copies the image into one repository.
async fn image(work: &Work<'_>, aim: &Aim) -> Result<(), Undone> {
    let Work { ctx, operation, order } = work;
    let (mut steps, mut seen) = (vec![Step::Look(order.digest.clone())], HashSet::new());
    let mut pushed = 0;
    while let Some(step) = steps.pop() {
        match step {
            Step::Look(digest) => {
                if seen.contains(&digest) || is_there(work, aim, &digest).await? {
                    continue;
                }
                seen.insert(digest.clone());
                if MANIFESTS_MAX < seen.len() {
                    let words = format!("an image has at most {MANIFESTS_MAX} manifests");
                    return Err(Cause::Failed.because(words).into());
                }
                let info = source(work, &digest).await?;
                let parsed = manifest::parse(Some(&info.media_type), &info.bytes);
                let parsed =
                    parsed.map_err(|invalid| Cause::Failed.because(invalid.to_string()))?;
                steps.push(Step::Push(info));
                for reference in parsed.references {
                    match reference.kind {
                        ReferenceKind::Blob => blob(work, aim, &reference.digest).await?,
                        ReferenceKind::Manifest => steps.push(Step::Look(reference.digest)),
                    }
                }
            }
            Step::Push(info) => {
                push(work, aim, &info).await?;
                pushed += 1;
            }
        }
        // Of every manifest that is seen, each is pushed in the end.
        let what = "manifests".to_owned();
        let counted = Counted { what, done: pushed, total: seen.len() as u64 };
        Progress(vec![counted]).note(ctx, operation).await?;
    }
    Ok(())
}

/// Says whether the repository has a manifest that the image's root refers to. The root is always pushed.
async fn is_there(work: &Work<'_>, aim: &Aim, digest: &Digest) -> Result<bool, Undone> {
    if *digest == work.order.digest {
        return Ok(false);
    }
    let reference = Reference::Digest(digest.clone());
    Ok(work.ctx.db.manifest(&work.order.to, &aim.repository, &reference).await?.is_some())
}

/// A manifest where it comes from. One of an index may be locked by itself, and all of them since the import began.
async fn source(work: &Work<'_>, digest: &Digest) -> Result<Arc<ManifestInfo>, Undone> {
    let Spot { place, repository } = &work.order.from;
    let reference = Reference::Digest(digest.clone());
    let found = work.ctx.db.manifest(place, repository, &reference).await?;
    let found = found.ok_or_else(|| gone(digest))?;
    if !work.order.sight.shows(found.quarantine) {
        let words = format!("`{digest}` is quarantined in the source registry");
        return Err(Cause::Conflict.because(words).into());
    }
    lock::pull(found.repository, found.manifest, None).map_err(|locked| {
        Cause::Conflict.because(format!("`{digest}` cannot be read in the source: {locked}"))
    })?;
    Ok(found.info)
}

fn gone(digest: &Digest) -> OperationFailure {
    Cause::Gone.because(format!("the source does not have `{digest}` any more"))
}

/// Makes a blob known to the repository; its bytes are shared where they lie in a file.
async fn blob(work: &Work<'_>, aim: &Aim, digest: &Digest) -> Result<(), Undone> {
    let Work { ctx, operation, order } = work;
    if known_blob(ctx, &order.to, &aim.repository, digest).await?.is_some() {
        return Ok(());
    }
    let found = known_blob(ctx, &order.from.place, &order.from.repository, digest).await?;
    let info = found.ok_or_else(|| gone(digest))?.info;
    let in_file = || BlobContent::InFile(ctx.blobs.clone());
    let commit = CommitBlob {
        place: order.to.clone(),
        repository: aim.repository.clone(),
        digest: digest.clone(),
        size: info.size,
        content: info.inline.clone().map_or_else(in_file, BlobContent::Inline),
        now: ctx.clock.now(),
    };
    for _ in 0..RESTORES_MAX {
        if info.inline.is_none() && order.from.place != order.to {
            let (blobs, mark) = (ctx.blobs.clone(), operation.id.clone());
            let (from, to, digest) = (order.from.place.clone(), order.to.clone(), digest.clone());
            let shared =
                tokio::task::spawn_blocking(move || blobs.share(&from, &to, &digest, &mark)).await;
            shared.expect("sharing a file does not panic")?;
        }
        match ctx.db.commit_blob(commit.clone()).await? {
            BlobOutcome::Linked => return Ok(()),
            BlobOutcome::Locked(locked) => {
                return Err(Cause::Conflict.because(locked.to_string()).into());
            }
            BlobOutcome::BytesGone => (),
        }
    }
    Err(gone(digest).into())
}

/// Pushes a manifest as a client would: the root under its tag, all others under their digests.
async fn push(work: &Work<'_>, aim: &Aim, info: &ManifestInfo) -> Result<(), Undone> {
    let order = work.order;
    let tag = aim.tag.clone().filter(|_| info.digest == order.digest);
    let push = PushManifest {
        place: order.to.clone(),
        repository: aim.repository.clone(),
        reference: tag.map_or_else(|| Reference::Digest(info.digest.clone()), Reference::Tag),
        content_type: Some(info.media_type.clone()),
        bytes: info.bytes.clone(),
        request: order.request.clone(),
    };
    let failure = match push::manifest(work.ctx, push).await? {
        Pushed::Stored { .. } => return Ok(()),
        Pushed::Locked(locked) => Cause::Conflict.because(locked.to_string()),
        Pushed::OfChart => {
            let why = "the tag is that of a chart of the classic Helm repository";
            Cause::Conflict.because(why.to_owned())
        }
        Pushed::Missing(reference) => {
            let words = format!("`{}` was deleted while it was imported", reference.digest);
            Cause::Conflict.because(words)
        }
        Pushed::Invalid(invalid) => Cause::Failed.because(invalid.to_string()),
        Pushed::DigestDiffers { actual } => {
            Cause::Failed.because(format!("`{}` has the digest `{actual}`", info.digest))
        }
        Pushed::SizeDiffers { reference, size } => {
            let words = format!("`{}` has {size} bytes, and not as many as said", reference.digest);
            Cause::Failed.because(words)
        }
    };
    Err(failure.into())
}
