//! An import at work: blobs first, then manifests from the leaves to the root, then the tags.
//!
//! What is there already is passed over, so that an import which broke off goes on where it was. Here is the way from one
//! repository of this server to another; that from elsewhere is [`fetch`].

use super::fetch;
use super::order::{Aim, Filter, Order, Whence};
use super::plan::Excess;
use super::wait;
use crate::ctx::Ctx;
use crate::operations::{Cause, Counted, OperationFailure, OperationRow, Progress, Went};
use crate::registry::pull::{ManifestInfo, known_blob};
use crate::registry::push::{self, PushManifest, Pushed};
use crate::registry::upload::{self, At, RESTORES_MAX};
use crate::remote::Fault;
use boathook_core::digest::Digest;
use boathook_core::lock;
use boathook_core::manifest::{self, ReferenceKind, Selected};
use boathook_core::name::{Place, Reference, Repository};
use boathook_core::quarantine::Sight;
use boathook_store::{BlobContent, BlobOutcome, CommitBlob, Error};
use std::collections::HashSet;
use std::sync::Arc;

/// How many manifests one image may have, those of its indexes counted.
pub(crate) const MANIFESTS_MAX: usize = 10_000;

/// Why a step was not done.
pub(super) enum Undone {
    /// Nothing more can be done.
    Failed(OperationFailure),
    /// The registry elsewhere may be back later.
    Away {
        /// What is wrong with it.
        fault: Fault,
        /// The upload that goes on then.
        upload: Option<At>,
    },
    /// It is not this worker's turn.
    Later,
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

impl From<Fault> for Undone {
    fn from(fault: Fault) -> Self {
        if fault.is_passing() {
            Self::Away { fault, upload: None }
        } else {
            Self::Failed(failure(&fault))
        }
    }
}

impl From<Excess> for Undone {
    fn from(excess: Excess) -> Self {
        Self::Failed(Cause::Source.because(excess.to_string()))
    }
}

fn failure(fault: &Fault) -> OperationFailure {
    let cause = match fault {
        Fault::Missing { .. } => Cause::Gone,
        _ => Cause::Source,
    };
    cause.because(fault.to_string())
}

/// Does what was ordered, from wherever it broke off.
pub(crate) async fn go_on(ctx: &Ctx, operation: &OperationRow) -> Result<Went, Error> {
    let order = match Order::parse(ctx, &operation.command) {
        Ok(order) => order,
        Err(unreadable) => return Ok(Went::Failed(Cause::Failed.because(unreadable.to_string()))),
    };
    match all(&Work { ctx, operation, order: &order }).await {
        Ok(()) => Ok(Went::Done),
        Err(Undone::Failed(failure)) => Ok(Went::Failed(failure)),
        Err(Undone::Away { fault, upload }) => {
            let went = wait::after(ctx, operation, &fault).await?;
            if let (Went::Failed(_), Some(at)) = (&went, upload) {
                // Nobody goes on with it; where it is gone already, so much the better.
                let _ = upload::cancel(ctx, at).await?;
            }
            Ok(went)
        }
        Err(Undone::Later) => Ok(Went::Later(ctx.clock.now().after(wait::TURN))),
        Err(Undone::Broken(Error::NoRegistry)) => {
            Ok(Went::Failed(Cause::Gone.because("the registry is not there any more")))
        }
        Err(Undone::Broken(error)) => Err(error),
    }
}

/// An order that is being worked on.
pub(super) struct Work<'a> {
    pub(super) ctx: &'a Ctx,
    pub(super) operation: &'a OperationRow,
    pub(super) order: &'a Order,
}

/// A repository that an image is copied from.
struct Spot {
    place: Place,
    repository: Repository,
    /// What the image is a part of there.
    filter: Option<Filter>,
    /// What whoever asked sees there.
    sight: Sight,
}

/// What comes from elsewhere comes once; the other repositories have it from the first.
async fn all(work: &Work<'_>) -> Result<(), Undone> {
    let Order { from, repository, filter, to, aims, .. } = work.order;
    let mut spot = match from {
        Whence::Here { place, sight } => {
            let (place, repository) = (place.clone(), repository.clone());
            Some(Spot { place, repository, filter: filter.clone(), sight: *sight })
        }
        Whence::There(_) => None,
    };
    for aim in aims {
        if !is_done(work, aim).await? {
            match (&spot, from) {
                (Some(spot), _) => image(work, spot, aim).await?,
                (None, Whence::There(there)) => {
                    let turn = work.ctx.sources.slots.try_acquire().map_err(|_| Undone::Later)?;
                    fetch::image(work, there, aim).await?;
                    drop(turn);
                }
                (None, Whence::Here { .. }) => unreachable!("what is here has a place here"),
            }
        }
        if spot.is_none() {
            let (place, repository) = (to.clone(), aim.repository.clone());
            // What came by this very import may be held back here.
            spot = Some(Spot { place, repository, filter: None, sight: Sight::Everything });
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
async fn image(work: &Work<'_>, from: &Spot, aim: &Aim) -> Result<(), Undone> {
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
                let info = source(work, from, &digest).await?;
                let parsed = manifest::parse(Some(&info.media_type), &info.bytes);
                let parsed =
                    parsed.map_err(|invalid| Cause::Failed.because(invalid.to_string()))?;
                steps.push(Step::Push(info));
                for reference in parsed.references {
                    match reference.kind {
                        ReferenceKind::Blob => blob(work, from, aim, &reference.digest).await?,
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
pub(super) async fn is_there(work: &Work<'_>, aim: &Aim, digest: &Digest) -> Result<bool, Undone> {
    if *digest == work.order.digest {
        return Ok(false);
    }
    let reference = Reference::Digest(digest.clone());
    Ok(work.ctx.db.manifest(&work.order.to, &aim.repository, &reference).await?.is_some())
}

/// A manifest where it comes from. One of an index may be locked by itself, and all of them since the import began.
async fn source(
    work: &Work<'_>,
    from: &Spot,
    digest: &Digest,
) -> Result<Arc<ManifestInfo>, Undone> {
    let Spot { place, repository, filter, sight } = from;
    let filter = filter.as_ref().filter(|_| *digest == work.order.digest);
    let asked = filter.map_or(digest, |Filter { index, .. }| index);
    let reference = Reference::Digest(asked.clone());
    let found = work.ctx.db.manifest(place, repository, &reference).await?;
    let found = found.ok_or_else(|| gone(asked))?;
    if !sight.shows(found.quarantine) {
        let words = format!("`{asked}` is quarantined in the source registry");
        return Err(Cause::Conflict.because(words).into());
    }
    lock::pull(found.repository, found.manifest, None).map_err(|locked| {
        Cause::Conflict.because(format!("`{asked}` cannot be read in the source: {locked}"))
    })?;
    let Some(Filter { wanted, .. }) = filter else { return Ok(found.info) };
    let ManifestInfo { media_type, bytes, .. } = &*found.info;
    let selected = manifest::select(media_type, bytes, wanted);
    match selected.map_err(|reason| Cause::Failed.because(reason.to_string()))? {
        Selected::One(_) => Ok(found.info),
        Selected::Index(left) => Ok(Arc::new(ManifestInfo {
            digest: digest.clone(),
            media_type: media_type.clone(),
            bytes: left.into(),
        })),
    }
}

fn gone(digest: &Digest) -> OperationFailure {
    Cause::Gone.because(format!("the source does not have `{digest}` any more"))
}

/// Makes a blob known to the repository; its bytes are shared where they lie in a file.
async fn blob(work: &Work<'_>, spot: &Spot, aim: &Aim, digest: &Digest) -> Result<(), Undone> {
    let Work { ctx, operation, order } = work;
    if known_blob(ctx, &order.to, &aim.repository, digest).await?.is_some() {
        return Ok(());
    }
    let found = known_blob(ctx, &spot.place, &spot.repository, digest).await?;
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
        if info.inline.is_none() && spot.place != order.to {
            let (blobs, mark) = (ctx.blobs.clone(), operation.id.clone());
            let (from, to, digest) = (spot.place.clone(), order.to.clone(), digest.clone());
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
pub(super) async fn push(work: &Work<'_>, aim: &Aim, info: &ManifestInfo) -> Result<(), Undone> {
    let order = work.order;
    let tag = aim.tag.clone().filter(|_| info.digest == order.digest);
    let push = PushManifest {
        place: order.to.clone(),
        repository: aim.repository.clone(),
        reference: tag.map_or_else(|| Reference::Digest(info.digest.clone()), Reference::Tag),
        content_type: Some(info.media_type.clone()),
        bytes: info.bytes.clone(),
        pushed_by: order.pushed_by.clone(),
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
