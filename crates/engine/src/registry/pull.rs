//! Pulling manifests and blobs.

mod piece;
mod tell;

pub use tell::tell;

use crate::ctx::Ctx;
use boathook_core::digest::Digest;
use boathook_core::lock::{self, Locked};
use boathook_core::name::{Place, Reference, Repository};
use boathook_core::quarantine::Sight;
use boathook_store::{Error, FoundBlob};
use bytes::Bytes;
use futures_util::{Stream, stream};
use std::fs::File;
use std::io;
use std::ops::Range;
use std::sync::Arc;
use tokio::task::spawn_blocking;

pub use boathook_store::ManifestInfo;

/// A blob that may be read.
#[derive(Debug)]
pub struct Blob {
    /// Its size in bytes.
    pub size: u64,
    content: Content,
}

#[derive(Debug)]
enum Content {
    Inline(Bytes),
    File,
}

/// What came of looking for a manifest.
#[derive(Debug)]
pub enum Pulled {
    /// It may be read.
    Found(Arc<ManifestInfo>),
    /// There is none, or none that the caller may know of by its tag.
    Unknown,
    /// It, its tag or its repository is locked.
    Locked(Locked),
    /// It is held back from the caller, who knows it by its digest.
    Quarantined,
}

/// Looks up a manifest that may be read.
pub async fn manifest(
    ctx: &Ctx,
    place: &Place,
    repository: &Repository,
    reference: &Reference,
    sight: Sight,
) -> Result<Pulled, Error> {
    let Some(found) = ctx.db.manifest(place, repository, reference).await? else {
        return Ok(Pulled::Unknown);
    };
    if !sight.shows(found.quarantine) {
        return Ok(match reference {
            Reference::Tag(_) => Pulled::Unknown,
            Reference::Digest(_) => Pulled::Quarantined,
        });
    }
    Ok(match lock::pull(found.repository, found.manifest, found.tag) {
        Ok(()) => Pulled::Found(found.info),
        Err(locked) => Pulled::Locked(locked),
    })
}

/// Looks up a blob that may be read.
pub async fn blob(
    ctx: &Ctx,
    place: &Place,
    repository: &Repository,
    digest: &Digest,
) -> Result<Result<Option<Blob>, Locked>, Error> {
    let Some(found) = known_blob(ctx, place, repository, digest).await? else {
        return Ok(Ok(None));
    };
    Ok(lock::pull_blob(found.repository).map(|()| {
        let content = found.info.inline.clone().map_or(Content::File, Content::Inline);
        Some(Blob { size: found.info.size, content })
    }))
}

/// Looks up a blob, which then stays for a while: whoever hears that it is there does not push it again. One that no
/// manifest needs is noted to be wanted, unless that was done less than half a grace ago: also where this server does not
/// collect, since another one on the same database may. One whose file is missing is not there: its next push heals it, and
/// a client pushes nothing that it is told is there.
pub(crate) async fn known_blob(
    ctx: &Ctx,
    place: &Place,
    repository: &Repository,
    digest: &Digest,
) -> Result<Option<FoundBlob>, Error> {
    let found = ctx.db.blob(place, repository, digest).await?;
    let idle = found.as_ref().and_then(|found| found.info.idle);
    let now = ctx.clock.now();
    let is_old = |idle| ctx.limits.collection_grace / 2 <= now.since(idle);
    if idle.is_some_and(is_old) && !ctx.db.touch_blob(place, repository, digest, now).await? {
        return Ok(None);
    }
    match &found {
        Some(found) if found.info.inline.is_none() && !has_file(ctx, place, digest).await? => {
            Ok(None)
        }
        _ => Ok(found),
    }
}

/// Says whether the file of a blob is there that has one, and logs it where it is not.
pub(super) async fn has_file(ctx: &Ctx, place: &Place, digest: &Digest) -> Result<bool, Error> {
    let (blobs, of, wanted) = (ctx.blobs.clone(), place.clone(), digest.clone());
    let has_file = spawn_blocking(move || blobs.has(&of, &wanted)).await;
    let has_file = has_file.expect("asking for a file does not panic")?;
    if !has_file {
        tracing::error!(
            registry = %place.registry,
            region = %place.region,
            "the file of {digest} is missing: restore it from a backup, or push the blob again"
        );
    }
    Ok(has_file)
}

/// The bytes of a blob, or of a part of it.
pub enum Pieces<S> {
    /// All of them at once.
    Whole(Bytes),
    /// Piece after piece, as the disk gives them.
    Stream(S),
}

/// Opens a part of a blob, which lies within its size.
pub async fn read(
    ctx: &Ctx,
    place: &Place,
    digest: &Digest,
    blob: &Blob,
    part: Range<u64>,
) -> Result<Pieces<impl Stream<Item = io::Result<Bytes>> + Send + use<>>, Error> {
    ctx.meters.bytes_out.add(part.end - part.start);
    if let Content::Inline(bytes) = &blob.content {
        let idx = |offset| usize::try_from(offset).expect("an inline blob is small");
        return Ok(Pieces::Whole(bytes.slice(idx(part.start)..idx(part.end))));
    }
    let (blobs, place, digest) = (ctx.blobs.clone(), place.clone(), digest.clone());
    let opened = spawn_blocking(move || blobs.read(&place, &digest)).await;
    let file = opened.expect("opening a file does not panic")?.file;
    Ok(Pieces::Stream(pieces(Arc::new(file), part)))
}

/// Reads one piece ahead of the one that is being sent.
fn pieces(file: Arc<File>, part: Range<u64>) -> impl Stream<Item = io::Result<Bytes>> + Send {
    let first = read_piece(&file, part.start, part.end);
    stream::unfold((file, part, first), |(file, part, reading)| async move {
        if part.is_empty() {
            return None;
        }
        let piece = reading.await.unwrap_or_else(|error| Err(io::Error::other(error)));
        let start = (part.start + piece::PIECE_BYTES as u64).min(part.end);
        let rest = if piece.is_ok() { start..part.end } else { part.end..part.end };
        let next = read_piece(&file, rest.start, rest.end);
        Some((piece, (file, rest, next)))
    })
}

fn read_piece(
    file: &Arc<File>,
    start: u64,
    end: u64,
) -> tokio::task::JoinHandle<io::Result<Bytes>> {
    let file = Arc::clone(file);
    let left = usize::try_from(end - start).unwrap_or(usize::MAX);
    spawn_blocking(move || piece::read(&file, start, left.min(piece::PIECE_BYTES)))
}
