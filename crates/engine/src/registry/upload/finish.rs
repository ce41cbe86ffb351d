//! The end of an upload: the bytes become a blob.
//!
//! Few bytes are kept in the blob's row, where they share a commit with their neighbours; many go to a file, which is
//! flushed and in its place before the row that speaks of it. If a collector takes it away in between, it is put there again
//! from the upload's open file.

use super::{At, Body, CutOff, Piece, Refusal, blocking, metered, pour, room, take};
use crate::ctx::Ctx;
use boathook_core::digest::Digest;
use boathook_core::id::UploadId;
use boathook_core::name::{Place, Repository};
use boathook_store::{BlobContent, BlobOutcome, CommitBlob, Error, INLINE_BYTES_MAX, Upload};
use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt, stream};
use std::sync::Arc;

/// How often a blob's file is put in its place again where somebody removes it before the row is written: it takes a
/// collector to remove it once, and then the row is gone that made it due.
pub(crate) const RESTORES_MAX: usize = 10;

/// The last request of an upload.
pub struct Finish {
    /// Which upload.
    pub at: At,
    /// The digest that the blob must have.
    pub digest: Digest,
    /// The bounds of the last piece, if it has any.
    pub piece: Option<Piece>,
    /// The last piece.
    pub body: Body,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finished {
    /// The blob is there.
    Stored,
    /// The bytes have another digest; they were thrown away.
    DigestDiffers {
        /// The digest that they have.
        actual: Digest,
    },
    /// The upload could not be continued.
    Refused(Refusal),
}

/// Adds the last piece to an upload and makes a blob of it.
pub async fn finish(ctx: &Ctx, finish: Finish) -> Result<Finished, Error> {
    let Finish { at, digest, piece, body } = finish;
    let mut upload = match take(ctx, at.clone(), piece).await? {
        Ok(upload) => upload,
        Err(refusal) => return Ok(Finished::Refused(refusal)),
    };
    upload.expect(digest.algorithm());
    let mut body = metered(ctx, body);
    let (head, end) = match upload.offset() {
        0 => gather(&mut body).await,
        _ => (Bytes::new(), None),
    };
    if end == Some(Ok(())) {
        if piece.is_some_and(|piece| piece.last + 1 != head.len() as u64) {
            upload.park();
            return Ok(Finished::Refused(Refusal::LengthDiffers));
        }
        let finished = store_small(ctx, at, digest, head).await?;
        blocking(move || upload.cancel()).await?;
        return Ok(finished);
    }
    match pour(upload, piece, whole(head, end, body)).await? {
        Ok(upload) => store(ctx, upload, at, digest).await,
        Err(refusal) => Ok(Finished::Refused(refusal)),
    }
}

/// Makes a blob of one body, without an upload that anybody could continue. Unless it ends well, nothing of it stays.
pub async fn finish_whole(
    ctx: &Ctx,
    place: &Place,
    repository: &Repository,
    digest: Digest,
    body: Body,
) -> Result<Finished, Error> {
    let id = UploadId::new(ctx.ids.uuid());
    let at = At { place: place.clone(), repository: repository.clone(), id };
    let mut body = metered(ctx, body);
    let (head, end) = gather(&mut body).await;
    match end {
        Some(Ok(())) => return store_small(ctx, at, digest, head).await,
        Some(Err(CutOff)) => return Ok(Finished::Refused(Refusal::CutOff)),
        None => (),
    }
    let (uploads, begun, room) = (ctx.uploads.clone(), at.clone(), room(ctx));
    let draft = move || uploads.draft(&begun.place, &begun.repository, &begun.id, &room);
    let Some(mut upload) = blocking(draft).await? else {
        return Ok(Finished::Refused(Refusal::TooMany));
    };
    upload.expect(digest.algorithm());
    match pour(upload, None, whole(head, end, body)).await? {
        Ok(upload) => store(ctx, upload, at, digest).await,
        Err(refusal) => Ok(Finished::Refused(refusal)),
    }
}

/// How a body ended, if it has.
pub(super) type End = Option<Result<(), CutOff>>;

/// Gathers the beginning of a body, as much as tells whether it is small.
pub(super) async fn gather(
    body: &mut (impl Stream<Item = Result<Bytes, CutOff>> + Unpin),
) -> (Bytes, End) {
    let mut head = BytesMut::new();
    while head.len() <= INLINE_BYTES_MAX {
        match body.next().await {
            Some(Ok(piece)) => head.extend_from_slice(&piece),
            Some(Err(cut_off)) => return (head.freeze(), Some(Err(cut_off))),
            None => return (head.freeze(), Some(Ok(()))),
        }
    }
    (head.freeze(), None)
}

/// A body with its beginning in front again, and the break behind that, if there was one.
pub(super) fn whole(
    head: Bytes,
    end: End,
    rest: impl Stream<Item = Result<Bytes, CutOff>> + Send + Unpin,
) -> impl Stream<Item = Result<Bytes, CutOff>> + Send + Unpin {
    let head = Some(head).filter(|head| !head.is_empty());
    let seen = [head.map(Ok), end.and_then(Result::err).map(Err)];
    stream::iter(seen.into_iter().flatten()).chain(rest)
}

/// Makes a blob of a few bytes.
pub(super) async fn store_small(
    ctx: &Ctx,
    at: At,
    digest: Digest,
    bytes: Bytes,
) -> Result<Finished, Error> {
    let actual = digest.algorithm().digest(&bytes);
    if actual != digest {
        return Ok(Finished::DigestDiffers { actual });
    }
    let size = bytes.len() as u64;
    let blob = row(ctx, at, digest, size, BlobContent::Inline(bytes));
    Ok(finished(ctx.db.commit_blob(blob).await?))
}

/// Makes a blob of what an upload has.
pub(super) async fn store(
    ctx: &Ctx,
    mut upload: Upload,
    at: At,
    digest: Digest,
) -> Result<Finished, Error> {
    if upload.offset() <= INLINE_BYTES_MAX as u64 {
        let (upload, bytes) =
            blocking(move || upload.content().map(|bytes| (upload, bytes))).await?;
        let finished = store_small(ctx, at, digest, bytes.into()).await?;
        blocking(move || upload.cancel()).await?;
        return Ok(finished);
    }
    let (expected, place, size) = (digest.clone(), at.place.clone(), upload.offset());
    let adopted = blocking(move || {
        let actual = upload.digest(expected.algorithm())?;
        if actual == expected {
            upload.adopt(&place, &expected).map(Ok)
        } else {
            upload.cancel()?;
            Ok(Err(actual))
        }
    })
    .await?;
    let adopted = match adopted {
        Ok(adopted) => Arc::new(adopted),
        Err(actual) => return Ok(Finished::DigestDiffers { actual }),
    };
    let blob = row(ctx, at, digest, size, BlobContent::InFile(ctx.blobs.clone()));
    for _ in 0..RESTORES_MAX {
        match ctx.db.commit_blob(blob.clone()).await? {
            BlobOutcome::BytesGone => {
                let adopted = Arc::clone(&adopted);
                blocking(move || adopted.restore()).await?;
            }
            BlobOutcome::Locked(locked) => {
                // No row speaks of the file, unless the blob was there before or somebody else pushes it as well.
                let CommitBlob { place, digest, .. } = blob;
                let (blobs, of, unwanted) = (ctx.blobs.clone(), place.clone(), digest.clone());
                let set_aside = move || blobs.set_aside(&of, &unwanted);
                let put_back = |digest: &Digest| ctx.blobs.put_back(&place, digest);
                ctx.db.remove_orphan(&place, &digest, set_aside, put_back).await?;
                return Ok(Finished::Refused(Refusal::Locked(locked)));
            }
            BlobOutcome::Linked => return Ok(Finished::Stored),
        }
    }
    Err(Error::Damaged { what: "a blob whose file does not stay where it is put" })
}

fn row(ctx: &Ctx, at: At, digest: Digest, size: u64, content: BlobContent) -> CommitBlob {
    let At { place, repository, .. } = at;
    CommitBlob { place, repository, digest, size, content, now: ctx.clock.now() }
}

fn finished(outcome: BlobOutcome) -> Finished {
    match outcome {
        BlobOutcome::Linked => Finished::Stored,
        BlobOutcome::Locked(locked) => Finished::Refused(Refusal::Locked(locked)),
        BlobOutcome::BytesGone => unreachable!("what is in its row does not go alone"),
    }
}
