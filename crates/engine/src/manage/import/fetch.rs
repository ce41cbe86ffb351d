//! An import from a registry elsewhere at work: first its manifests are looked through, then the blobs come one after the
//! other, and then the manifests are pushed from the leaves to the root.
//!
//! A blob lies in an upload whose id follows from the operation's, so that whoever goes on finds it again and asks for the
//! rest. Nothing of the image can be seen before all of its blobs are here and are what their digests say.

use super::copy::{Undone, Work, is_there, push};
use super::order::{Aim, Filter, There};
use super::plan::Plan;
use crate::operations::{Cause, Counted, DURATION_MAX_LONG, LEASE, Progress};
use crate::registry::pull::{ManifestInfo, known_blob};
use crate::registry::upload::{self, At, Finish, Finished, Refusal};
use crate::remote::{Client, Fault, Fetched};
use boathook_core::digest::{Algorithm, Digest};
use boathook_core::id::UploadId;
use boathook_core::manifest::{self, Manifest, ReferenceKind, Selected};
use boathook_core::name::Reference;
use boathook_core::time::Timestamp;
use boathook_store::Upload;
use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::task::spawn_blocking;

/// How often it is written down how far an import has come.
const NOTED_EVERY: Duration = Duration::from_secs(5);

/// An image on its way into one repository.
struct Pull<'a> {
    work: &'a Work<'a>,
    client: Client<'a>,
    aim: &'a Aim,
    counts: Mutex<Counts>,
}

/// How much is here.
struct Counts {
    blobs: u64,
    blobs_total: u64,
    /// Of the blobs that are here whole.
    bytes: u64,
    /// Of the one that is under way.
    bytes_of_blob: u64,
    bytes_total: u64,
    noted: Timestamp,
    /// The blobs that are here whole, and when it was last seen to it that they stay.
    here: Vec<Digest>,
    kept: Timestamp,
}

/// Fetches the image into a repository.
pub(super) async fn image(work: &Work<'_>, there: &There, aim: &Aim) -> Result<(), Undone> {
    let (ctx, now) = (work.ctx, work.ctx.clock.now());
    let client = Client {
        sources: &ctx.sources,
        origin: &there.origin,
        repository: &work.order.repository,
        credentials: there.credentials.as_ref(),
        authorization: Mutex::default(),
        now,
    };
    let counts = Counts {
        blobs: 0,
        blobs_total: 0,
        bytes: 0,
        bytes_of_blob: 0,
        bytes_total: 0,
        noted: now,
        here: Vec::new(),
        kept: now,
    };
    let pull = Pull { work, client, aim, counts: Mutex::new(counts) };
    let (plan, manifests) = look_through(&pull).await?;
    {
        let mut counts = pull.counts();
        counts.blobs_total = plan.blobs.len() as u64;
        counts.bytes_total = plan.bytes;
    }
    for (digest, size) in &plan.blobs {
        let fetched = blob(&pull, digest, *size).await;
        pull.note().await?;
        fetched?;
    }
    for info in &manifests {
        push(work, aim, info).await?;
        pull.note_if_due().await?;
    }
    Ok(())
}

impl Pull<'_> {
    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes down how far it is, which makes the lease longer.
    async fn note(&self) -> Result<(), Undone> {
        let now = self.work.ctx.clock.now();
        if DURATION_MAX_LONG < now.since(self.work.operation.created) {
            return Err(Undone::Failed(Cause::Failed.because(format!(
                "it was not done within {} h: ask for it again",
                DURATION_MAX_LONG.as_secs() / 3_600
            ))));
        }
        let counted = |what: &str, done, total| Counted { what: what.to_owned(), done, total };
        let progress = {
            let mut counts = self.counts();
            counts.noted = now;
            Progress(vec![
                counted("bytes", counts.bytes + counts.bytes_of_blob, counts.bytes_total),
                counted("blobs", counts.blobs, counts.blobs_total),
            ])
        };
        progress.note(self.work.ctx, self.work.operation).await?;
        self.keep(now).await
    }

    /// Has the blobs stay that are here: until the manifests come that need them, it may be longer than a grace.
    async fn keep(&self, now: Timestamp) -> Result<(), Undone> {
        let Work { ctx, order, .. } = self.work;
        let here = {
            let mut counts = self.counts();
            if now.since(counts.kept) < ctx.limits.collection_grace / 4 {
                return Ok(());
            }
            counts.kept = now;
            counts.here.clone()
        };
        for digest in &here {
            if known_blob(ctx, &order.to, &self.aim.repository, digest).await?.is_none() {
                // Somebody has deleted it: it comes once more.
                return Err(Undone::Later);
            }
        }
        Ok(())
    }

    /// Counts bytes that came.
    async fn came(&self, bytes: u64) -> Result<(), Undone> {
        self.work.ctx.meters.bytes_in.add(bytes);
        self.counts().bytes_of_blob += bytes;
        self.note_if_due().await
    }

    /// Writes down how far it is, unless that was done just now.
    async fn note_if_due(&self) -> Result<(), Undone> {
        let noted = self.counts().noted;
        if self.work.ctx.clock.now().since(noted) < NOTED_EVERY {
            return Ok(());
        }
        self.note().await
    }

    /// Counts a blob that is here whole.
    fn passed(&self, digest: &Digest, size: u64) {
        let mut counts = self.counts();
        counts.blobs += 1;
        counts.here.push(digest.clone());
        counts.bytes += size;
        counts.bytes_of_blob = 0;
    }
}

/// A manifest on the way: first what it refers to, then itself.
enum Step {
    Look { digest: Digest, size: Option<u64>, depth: usize },
    Keep(Arc<ManifestInfo>),
}

/// Fetches the manifests that are not here, each behind those that it refers to, and adds up what they need.
async fn look_through(pull: &Pull<'_>) -> Result<(Plan, Vec<Arc<ManifestInfo>>), Undone> {
    let Work { ctx, operation, order } = pull.work;
    let (mut plan, mut manifests) = (Plan::default(), Vec::new());
    let root = Step::Look { digest: order.digest.clone(), size: None, depth: 0 };
    let mut steps = vec![root];
    while let Some(step) = steps.pop() {
        let (digest, size, depth) = match step {
            Step::Look { digest, size, depth } => (digest, size, depth),
            Step::Keep(info) => {
                manifests.push(info);
                continue;
            }
        };
        if let Some(size) = size
            && (!plan.manifest(&digest, size, depth)?
                || is_there(pull.work, pull.aim, &digest).await?)
        {
            continue;
        }
        ctx.db.keep_operation(&operation.id, ctx.clock.now().after(LEASE)).await?;
        let (info, parsed) = manifest(pull, &digest, size).await?;
        plan.came(info.bytes.len())?;
        steps.push(Step::Keep(Arc::new(info)));
        for reference in &parsed.references {
            match reference.kind {
                ReferenceKind::Blob => plan.blob(reference)?,
                ReferenceKind::Manifest => steps.push(Step::Look {
                    digest: reference.digest.clone(),
                    size: Some(reference.size),
                    depth: depth + 1,
                }),
            }
        }
    }
    Ok((plan, manifests))
}

/// Fetches a manifest and reads it. The root may be what is left of another.
async fn manifest(
    pull: &Pull<'_>,
    digest: &Digest,
    size: Option<u64>,
) -> Result<(ManifestInfo, Manifest), Undone> {
    let order = pull.work.order;
    let filter = order.filter.as_ref().filter(|_| *digest == order.digest);
    let asked = filter.map_or(digest, |Filter { index, .. }| index);
    let Fetched { media_type, bytes, .. } =
        pull.client.manifest(&Reference::Digest(asked.clone())).await?;
    if size.is_some_and(|size| size != bytes.len() as u64) {
        let words = format!("`{digest}` has {} bytes, and not as many as said", bytes.len());
        return Err(Cause::Source.because(words).into());
    }
    let invalid = |words: String| Undone::from(Cause::Source.because(words));
    let parsed = manifest::parse(media_type.as_deref(), &bytes);
    let mut parsed = parsed.map_err(|reason| invalid(format!("`{asked}`: {reason}")))?;
    let mut bytes = bytes;
    if let Some(Filter { wanted, .. }) = filter {
        let selected = manifest::select(&parsed.media_type, &bytes, wanted);
        if let Selected::Index(left) = selected.map_err(|reason| invalid(reason.to_string()))? {
            bytes = Bytes::from(left);
            let again = manifest::parse(Some(&parsed.media_type), &bytes);
            parsed = again.map_err(|reason| invalid(reason.to_string()))?;
        }
    }
    let media_type = parsed.media_type.clone();
    Ok((ManifestInfo { digest: digest.clone(), media_type, bytes }, parsed))
}

/// Fetches a blob, unless the repository has it.
async fn blob(pull: &Pull<'_>, digest: &Digest, size: u64) -> Result<(), Undone> {
    let (ctx, order) = (pull.work.ctx, pull.work.order);
    if known_blob(ctx, &order.to, &pull.aim.repository, digest).await?.is_none() {
        let at = At {
            place: order.to.clone(),
            repository: pull.aim.repository.clone(),
            id: upload_id(&pull.work.operation.id, pull.aim, digest),
        };
        match fetch(pull, &at, digest, size).await {
            Ok(()) => (),
            Err(Undone::Away { fault, .. }) => {
                return Err(Undone::Away { fault, upload: Some(at) });
            }
            Err(undone) => {
                if let Undone::Failed(_) = undone {
                    // Nobody goes on with it; where it is gone already, so much the better.
                    let _ = upload::cancel(ctx, at).await?;
                }
                return Err(undone);
            }
        }
    }
    pull.passed(digest, size);
    Ok(())
}

/// The upload of a blob: the same for whoever goes on with the operation.
fn upload_id(operation: &str, aim: &Aim, digest: &Digest) -> UploadId {
    let name = format!("{operation} {} {digest}", aim.repository);
    let hash = Algorithm::Sha256.digest(name.as_bytes());
    let hex = hash.hex();
    // RFC 9562 §5.8: a UUID of version 8 is what its maker makes it.
    let (first, second, third) = (&hex[..8], &hex[8..12], &hex[13..16]);
    UploadId::new(format!("{first}-{second}-8{third}-8{}-{}", &hex[17..20], &hex[20..32]))
}

/// Fetches what is missing of a blob, and makes it one. What was here before may have been damaged, for example by a
/// power cut: then all of it is fetched once more.
async fn fetch(pull: &Pull<'_>, at: &At, digest: &Digest, size: u64) -> Result<(), Undone> {
    let ctx = pull.work.ctx;
    loop {
        let upload = match upload::resume(ctx, at.clone(), digest.algorithm()).await? {
            Ok(upload) => upload,
            Err(refusal) => return Err(refused(&refusal)),
        };
        let (host, was_resumed) = fill(pull, upload, digest, size).await?;
        let (at, digest) = (at.clone(), digest.clone());
        let body = stream::empty().boxed();
        let last = Finish { at, digest: digest.clone(), piece: None, body };
        match upload::finish(ctx, last).await? {
            Finished::Stored => return Ok(()),
            Finished::DigestDiffers { .. } if was_resumed => (),
            Finished::DigestDiffers { actual } => {
                return Err(Fault::Lies { host, digest, actual }.into());
            }
            Finished::Refused(refusal) => return Err(refused(&refusal)),
        }
    }
}

/// Fetches what is missing, and says who gave it and whether something was here before.
async fn fill(
    pull: &Pull<'_>,
    mut upload: Upload,
    digest: &Digest,
    size: u64,
) -> Result<(String, bool), Undone> {
    if size < upload.offset() {
        upload = restarted(upload).await?;
    }
    let mut first = upload.offset();
    pull.counts().bytes_of_blob = first;
    if first == size {
        upload.park();
        return Ok((pull.client.origin.host().to_owned(), 0 < first));
    }
    let opened = match pull.client.blob(digest, first).await {
        Ok(opened) => opened,
        Err(fault) => {
            upload.park();
            return Err(fault.into());
        }
    };
    if opened.first != first {
        upload = restarted(upload).await?;
        first = upload.offset();
        pull.counts().bytes_of_blob = first;
    }
    let host = opened.host;
    let mut left = size - first;
    let pieces = opened.body.map(|piece| {
        let piece = piece?;
        left = left.checked_sub(piece.len() as u64).ok_or_else(|| Fault::TooLong {
            host: host.clone(),
            digest: digest.clone(),
            size,
        })?;
        Ok::<_, Fault>(piece)
    });
    let counted = pieces.then(async |piece| {
        let piece = piece.map_err(Undone::from)?;
        pull.came(piece.len() as u64).await.map(|()| piece)
    });
    let (upload, end) = upload.pour(Box::pin(counted)).await?;
    let came = upload.offset();
    upload.park();
    end?;
    if came < size {
        let reason = format!("it gives {came} of the {size} bytes of `{digest}`");
        return Err(Fault::Away { host, reason }.into());
    }
    Ok((host, 0 < first))
}

/// The same upload without what has come.
async fn restarted(mut upload: Upload) -> Result<Upload, Undone> {
    let restarted = spawn_blocking(move || upload.truncate(0).map(|()| upload)).await;
    Ok(restarted.expect("file operations do not panic")?)
}

/// Why the upload of a blob does not go on.
fn refused(refusal: &Refusal) -> Undone {
    match refusal {
        Refusal::Locked(locked) => Cause::Conflict.because(locked.to_string()).into(),
        // Somebody else goes on with the same operation, or other uploads have to end first.
        Refusal::Unknown
        | Refusal::Busy
        | Refusal::TooMany
        | Refusal::OutOfOrder { .. }
        | Refusal::LengthDiffers
        | Refusal::CutOff => Undone::Later,
    }
}
