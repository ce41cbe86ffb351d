//! A body whose digest nobody has said, kept aside until it has been looked at.

use super::finish::{gather, store, store_small, whole};
use super::{At, Body, CutOff, Finished, Refusal, blocking, metered, pour, room};
use crate::ctx::Ctx;
use boathook_core::digest::{Algorithm, Digest};
use boathook_core::id::UploadId;
use boathook_core::name::{Place, Repository};
use boathook_store::{Error, Upload};
use bytes::{Buf, Bytes};
use futures_util::{Stream, StreamExt};
use std::io::Read;

/// A body that has come.
pub(crate) enum Received {
    /// It is small.
    Small(Bytes),
    /// It is in a file that goes unless it is kept.
    Large(Box<Upload>),
}

impl Received {
    /// How many bytes have come.
    pub(crate) fn size(&self) -> u64 {
        match self {
            Self::Small(bytes) => bytes.len() as u64,
            Self::Large(upload) => upload.offset(),
        }
    }

    /// Its digest, and what there is to read. Blocks on the disk.
    pub(crate) fn open(&mut self) -> Result<(Digest, Box<dyn Read + Send>), Error> {
        Ok(match self {
            Self::Small(bytes) => {
                (Algorithm::Sha256.digest(bytes), Box::new(bytes.clone().reader()))
            }
            Self::Large(upload) => (upload.digest(Algorithm::Sha256)?, Box::new(upload.reader()?)),
        })
    }
}

/// Why a body was not taken in.
pub(crate) enum Unreceived {
    /// There is more of it than there may be.
    TooLarge,
    /// It ended early, or there is no room.
    Refused(Refusal),
}

/// Takes a body in, if it has no more than `bytes_max` bytes.
pub(crate) async fn receive(
    ctx: &Ctx,
    place: &Place,
    repository: &Repository,
    body: Body,
    bytes_max: u64,
) -> Result<Result<Received, Unreceived>, Error> {
    let mut body = bounded(metered(ctx, body), bytes_max);
    let (head, end) = gather(&mut body).await;
    match end {
        Some(Ok(())) if bytes_max < head.len() as u64 => return Ok(Err(Unreceived::TooLarge)),
        Some(Ok(())) => return Ok(Ok(Received::Small(head))),
        Some(Err(CutOff)) => return Ok(Err(Unreceived::Refused(Refusal::CutOff))),
        None => (),
    }
    let id = UploadId::new(ctx.ids.uuid());
    let (uploads, room) = (ctx.uploads.clone(), room(ctx));
    let (place, repository) = (place.clone(), repository.clone());
    let draft = move || uploads.draft(&place, &repository, &id, &room);
    let Some(upload) = blocking(draft).await? else {
        return Ok(Err(Unreceived::Refused(Refusal::TooMany)));
    };
    match pour(upload, None, whole(head, None, body)).await? {
        Ok(upload) if bytes_max < upload.offset() => Ok(Err(Unreceived::TooLarge)),
        Ok(upload) => Ok(Ok(Received::Large(Box::new(upload)))),
        Err(refusal) => Ok(Err(Unreceived::Refused(refusal))),
    }
}

/// A body that ends when it has given more than `bytes_max` bytes.
fn bounded(
    body: impl Stream<Item = Result<Bytes, CutOff>> + Send + Unpin,
    bytes_max: u64,
) -> impl Stream<Item = Result<Bytes, CutOff>> + Send + Unpin {
    let mut given = 0;
    body.take_while(move |piece| {
        let has_room = given <= bytes_max;
        given += piece.as_ref().map_or(0, |piece| piece.len() as u64);
        std::future::ready(has_room)
    })
}

/// Makes a blob of a body with this digest.
pub(crate) async fn keep(
    ctx: &Ctx,
    place: &Place,
    repository: &Repository,
    received: Received,
    digest: Digest,
) -> Result<Finished, Error> {
    let id = UploadId::new(ctx.ids.uuid());
    let at = At { place: place.clone(), repository: repository.clone(), id };
    match received {
        Received::Small(bytes) => store_small(ctx, at, digest, bytes).await,
        Received::Large(upload) => store(ctx, *upload, at, digest).await,
    }
}
