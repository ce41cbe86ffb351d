//! The end of an upload: the bytes become a blob.
//!
//! Few bytes are kept in the blob's row, where they share a commit with their neighbours; many go to a file, which is
//! flushed and in its place before the row that speaks of it.

use super::{At, Body, Piece, Refusal, blocking, pour, take};
use crate::ctx::Ctx;
use boathook_core::digest::Digest;
use boathook_core::id::UploadId;
use boathook_core::name::{Place, Repository};
use boathook_store::{CommitBlob, Error, INLINE_BYTES_MAX, Upload};
use bytes::{Bytes, BytesMut};
use futures_util::{StreamExt, stream};

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
    let mut upload = match take(ctx, at.clone()).await? {
        Ok(upload) => upload,
        Err(refusal) => return Ok(Finished::Refused(refusal)),
    };
    let before = upload.offset();
    if piece.is_some_and(|piece| piece.first != before) {
        upload.park();
        return Ok(Finished::Refused(Refusal::OutOfOrder { offset: before }));
    }
    upload.expect(digest.algorithm());
    let (head, body) = match gather(body, before).await {
        Gathered::Cut(head) => return cut_off(upload, head).await,
        Gathered::Small(bytes) if before == 0 => {
            return store_small(ctx, upload, at, digest, piece, bytes).await;
        }
        Gathered::Small(bytes) => (bytes, None),
        Gathered::Large(head, rest) => (head, Some(rest)),
    };
    let body =
        stream::iter([Ok(head)]).chain(body.unwrap_or_else(|| stream::empty().boxed())).boxed();
    let (upload, end) = pour(ctx, upload, body).await?;
    if end.is_err() {
        upload.park();
        return Ok(Finished::Refused(Refusal::CutOff));
    }
    if piece.is_some_and(|piece| upload.offset() != piece.last + 1) {
        return truncate(upload, before).await;
    }
    store_file(ctx, upload, at, digest).await
}

/// Makes a blob of one body, without an upload that anybody could continue.
pub async fn finish_whole(
    ctx: &Ctx,
    place: &Place,
    repository: &Repository,
    digest: Digest,
    body: Body,
) -> Result<Finished, Error> {
    let id = UploadId::new(ctx.ids.uuid());
    let at = At { place: place.clone(), repository: repository.clone(), id };
    let (uploads, begun) = (ctx.uploads.clone(), at.clone());
    blocking(move || uploads.create(&begun.place, &begun.repository, &begun.id)).await?;
    let finished = finish(ctx, Finish { at: at.clone(), digest, piece: None, body }).await;
    if !matches!(finished, Ok(Finished::Stored | Finished::DigestDiffers { .. })) {
        // Nobody knows of this upload; what cannot be removed now will expire.
        let _ = super::cancel(ctx, at).await;
    }
    finished
}

/// The beginning of a body.
enum Gathered {
    /// It is all there is.
    Small(Bytes),
    /// There is more to come.
    Large(Bytes, Body),
    /// The client went away.
    Cut(Bytes),
}

async fn gather(mut body: Body, before: u64) -> Gathered {
    if 0 < before {
        return Gathered::Large(Bytes::new(), body);
    }
    let mut head = BytesMut::new();
    while let Some(piece) = body.next().await {
        match piece {
            Ok(piece) => head.extend_from_slice(&piece),
            Err(_) => return Gathered::Cut(head.freeze()),
        }
        if INLINE_BYTES_MAX < head.len() {
            return Gathered::Large(head.freeze(), body);
        }
    }
    Gathered::Small(head.freeze())
}

async fn cut_off(mut upload: Upload, head: Bytes) -> Result<Finished, Error> {
    blocking(move || {
        upload.append_small(&head)?;
        upload.park();
        Ok(Finished::Refused(Refusal::CutOff))
    })
    .await
}

async fn truncate(mut upload: Upload, offset: u64) -> Result<Finished, Error> {
    blocking(move || {
        upload.truncate(offset)?;
        upload.park();
        Ok(Finished::Refused(Refusal::LengthDiffers))
    })
    .await
}

async fn store_small(
    ctx: &Ctx,
    upload: Upload,
    at: At,
    digest: Digest,
    piece: Option<Piece>,
    bytes: Bytes,
) -> Result<Finished, Error> {
    let size = bytes.len() as u64;
    if piece.is_some_and(|piece| piece.last + 1 != size) {
        upload.park();
        return Ok(Finished::Refused(Refusal::LengthDiffers));
    }
    let actual = digest.algorithm().digest(&bytes);
    let is_right = actual == digest;
    if is_right {
        ctx.meters.bytes_in.add(size);
        commit(ctx, at, digest, size, Some(bytes)).await?;
    }
    blocking(move || upload.cancel()).await?;
    Ok(if is_right { Finished::Stored } else { Finished::DigestDiffers { actual } })
}

async fn store_file(
    ctx: &Ctx,
    mut upload: Upload,
    at: At,
    digest: Digest,
) -> Result<Finished, Error> {
    if upload.offset() <= INLINE_BYTES_MAX as u64 {
        let (upload, bytes) =
            blocking(move || upload.content().map(|bytes| (upload, bytes))).await?;
        return store_small(ctx, upload, at, digest, None, bytes.into()).await;
    }
    let (expected, place, size) = (digest.clone(), at.place.clone(), upload.offset());
    let differing = blocking(move || {
        let actual = upload.digest(expected.algorithm())?;
        if actual == expected {
            upload.adopt(&place, &expected)?;
            Ok(None)
        } else {
            upload.cancel()?;
            Ok(Some(actual))
        }
    })
    .await?;
    if let Some(actual) = differing {
        return Ok(Finished::DigestDiffers { actual });
    }
    commit(ctx, at, digest, size, None).await?;
    Ok(Finished::Stored)
}

async fn commit(
    ctx: &Ctx,
    at: At,
    digest: Digest,
    size: u64,
    inline: Option<Bytes>,
) -> Result<(), Error> {
    let At { place, repository, .. } = at;
    ctx.db
        .commit_blob(CommitBlob { place, repository, digest, size, inline, now: ctx.clock.now() })
        .await
}
