//! Blobs on their way in: whole, in pieces, or from another repository.

mod finish;
mod whole;

pub use boathook_store::MountOutcome;
pub(crate) use finish::RESTORES_MAX;
pub use finish::{Finish, Finished, finish, finish_whole};
pub(crate) use whole::{Received, Unreceived, keep, receive};

use super::pull::has_file;
use super::{Body, CutOff};
use crate::auth::Caller;
use crate::ctx::Ctx;
use boathook_core::digest::{Algorithm, Digest};
use boathook_core::grant::{Access, Permission, Reach};
use boathook_core::id::UploadId;
use boathook_core::lock::{self, Locked};
use boathook_core::name::{Place, Repository};
use boathook_core::time::Timestamp;
use boathook_store::{AppendError, Error, Mount, Room, Upload};
use bytes::Bytes;
use futures_util::{Stream, TryStreamExt};
use std::time::{Duration, UNIX_EPOCH};
use tokio::task::spawn_blocking;

/// How long an upload must have lain untouched before it gives way to another, where as many are open as may be.
const GIVES_WAY_AFTER: Duration = Duration::from_mins(5);

/// What a request is about that continues an upload.
#[derive(Clone)]
pub struct At {
    /// Where the upload is.
    pub place: Place,
    /// The repository that it was begun in.
    pub repository: Repository,
    /// The upload.
    pub id: UploadId,
}

/// Why an upload could not be continued.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// There is no such upload in this repository.
    Unknown,
    /// Another request is writing to it.
    Busy,
    /// The piece does not begin where the upload stands.
    OutOfOrder {
        /// How many bytes have come.
        offset: u64,
    },
    /// The body is not as long as its range.
    LengthDiffers,
    /// The client went away; what had come is kept, if the client knows of the upload.
    CutOff,
    /// Too many uploads are open.
    TooMany,
    /// The repository is locked.
    Locked(Locked),
}

/// The bounds of a piece, both included, as its `Content-Range` has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    /// The offset of its first byte.
    pub first: u64,
    /// The offset of its last byte.
    pub last: u64,
}

/// Begins an upload, unless the repository is locked or too many are open.
pub async fn begin(
    ctx: &Ctx,
    place: &Place,
    repository: &Repository,
) -> Result<Result<UploadId, Refusal>, Error> {
    let id = UploadId::new(ctx.ids.uuid());
    let at = At { place: place.clone(), repository: repository.clone(), id };
    Ok(begin_at(ctx, at.clone()).await?.map(|()| at.id))
}

async fn begin_at(ctx: &Ctx, at: At) -> Result<Result<(), Refusal>, Error> {
    let attributes = ctx.db.repository_attributes(&at.place, &at.repository).await?;
    if let Err(locked) = lock::push(attributes) {
        return Ok(Err(Refusal::Locked(locked)));
    }
    let (uploads, room) = (ctx.uploads.clone(), room(ctx));
    let create = move || uploads.create(&at.place, &at.repository, &at.id, &room);
    let has_begun = blocking(create).await?;
    Ok(if has_begun { Ok(()) } else { Err(Refusal::TooMany) })
}

/// Takes an upload whose id its owner knows beforehand, and begins it where there is none. What comes is hashed by
/// `algorithm`.
pub(crate) async fn resume(
    ctx: &Ctx,
    at: At,
    algorithm: Algorithm,
) -> Result<Result<Upload, Refusal>, Error> {
    let taken = match take(ctx, at.clone(), None).await? {
        Err(Refusal::Unknown) => match begin_at(ctx, at.clone()).await? {
            Ok(()) => take(ctx, at, None).await?,
            Err(refusal) => Err(refusal),
        },
        taken => taken,
    };
    Ok(taken.map(|mut upload| {
        upload.expect(algorithm);
        upload
    }))
}

/// How many bytes an upload has; `None` where there is no such upload.
pub async fn status(ctx: &Ctx, at: At) -> Result<Option<u64>, Error> {
    let uploads = ctx.uploads.clone();
    blocking(move || uploads.offset(&at.place, &at.repository, &at.id)).await
}

/// Adds a piece to an upload and says how many bytes it has then.
pub async fn append(
    ctx: &Ctx,
    at: At,
    piece: Option<Piece>,
    body: Body,
) -> Result<Result<u64, Refusal>, Error> {
    let upload = match take(ctx, at, piece).await? {
        Ok(upload) => upload,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let poured = pour(upload, piece, metered(ctx, body)).await?;
    Ok(poured.map(|upload| {
        let offset = upload.offset();
        upload.park();
        offset
    }))
}

/// Forgets an upload.
pub async fn cancel(ctx: &Ctx, at: At) -> Result<Result<(), Refusal>, Error> {
    match take(ctx, at, None).await? {
        Ok(upload) => blocking(move || upload.cancel()).await.map(Ok),
        Err(refusal) => Ok(Err(refusal)),
    }
}

/// Makes a blob of another repository known to this one, unless the caller has to upload it.
///
/// Without `from` it may come from any repository that the caller may pull from.
pub async fn mount(
    ctx: &Ctx,
    caller: &Caller,
    place: &Place,
    repository: &Repository,
    digest: &Digest,
    from: Option<&Repository>,
) -> Result<MountOutcome, Error> {
    let may_pull = |name: &Repository| {
        let wanted = Access::Repository { name: name.clone(), permissions: vec![Permission::Pull] };
        caller.grants.allows(&wanted)
    };
    let sources = match (from, caller.grants.reach(Permission::Pull)) {
        (Some(from), _) => Some(Some(from.clone()).filter(may_pull).into_iter().collect()),
        (None, Reach::Every) => None,
        (None, Reach::These(repositories)) => Some(repositories),
    };
    let mount = Mount {
        place: place.clone(),
        repository: repository.clone(),
        digest: digest.clone(),
        sources,
        now: ctx.clock.now(),
    };
    // Whoever is told that it is there does not push it, which would heal it.
    if let Some((_, true)) = ctx.db.blob_row(place, digest).await?
        && !has_file(ctx, place, digest).await?
    {
        return Ok(MountOutcome::NoSource);
    }
    ctx.db.mount_blob(mount).await
}

/// How much room there is for uploads.
fn room(ctx: &Ctx) -> Room {
    let now = UNIX_EPOCH + ctx.clock.now().since(Timestamp(0));
    Room { open_max: ctx.limits.uploads_open_max, idle_min: GIVES_WAY_AFTER, now }
}

/// Takes an upload for a request, whose piece has to begin where the upload stands.
async fn take(ctx: &Ctx, at: At, piece: Option<Piece>) -> Result<Result<Upload, Refusal>, Error> {
    let uploads = ctx.uploads.clone();
    let taken = spawn_blocking(move || uploads.take(&at.place, &at.repository, &at.id)).await;
    let upload = match taken.expect("taking an upload does not panic") {
        Ok(upload) => upload,
        Err(AppendError::Unknown) => return Ok(Err(Refusal::Unknown)),
        Err(AppendError::Busy) => return Ok(Err(Refusal::Busy)),
        Err(AppendError::Failed(error)) => return Err(error),
    };
    let offset = upload.offset();
    if piece.is_some_and(|piece| piece.first != offset) {
        upload.park();
        return Ok(Err(Refusal::OutOfOrder { offset }));
    }
    Ok(Ok(upload))
}

/// Pours a body into an upload as far as it goes; it has to go as far as its piece says.
async fn pour(
    upload: Upload,
    piece: Option<Piece>,
    body: impl Stream<Item = Result<Bytes, CutOff>> + Unpin,
) -> Result<Result<Upload, Refusal>, Error> {
    let before = upload.offset();
    let (mut upload, end) = upload.pour(body).await?;
    if let Err(CutOff) = end {
        upload.park();
        return Ok(Err(Refusal::CutOff));
    }
    if piece.is_some_and(|piece| piece.last + 1 != upload.offset()) {
        return blocking(move || {
            upload.truncate(before)?;
            upload.park();
            Ok(Err(Refusal::LengthDiffers))
        })
        .await;
    }
    Ok(Ok(upload))
}

/// Counts the bytes of a body as they come.
fn metered(
    ctx: &Ctx,
    body: Body,
) -> impl Stream<Item = Result<Bytes, CutOff>> + Send + Unpin + use<'_> {
    body.inspect_ok(|piece| ctx.meters.bytes_in.add(piece.len() as u64))
}

async fn blocking<T: Send + 'static>(
    task: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    spawn_blocking(task).await.expect("file operations do not panic")
}
