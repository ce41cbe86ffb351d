//! Bytes arrive.
//!
//! A body is collected in memory while what came before it is hashed and written, so that neither waits for the other.
//! In between an upload has no thread: a client that sends slowly, or nothing at all, keeps nobody from the disk. Dirty
//! pages are sent to the disk while the upload goes on, so that the flush at its end has little left to do.

use super::Upload;
use crate::error::Error;
use boathook_core::digest::Algorithm;
use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use std::io::{self, Write};
use tokio::task::{JoinHandle, spawn_blocking};

/// How much of a body is collected until what came before has been written; an upload has at most twice as much in
/// memory, and a piece.
const COLLECTED_BYTES_MAX: usize = 512 * 1024;
/// In how many pieces it may come; each costs some memory of its own.
const COLLECTED_PIECES_MAX: usize = 1_024;
/// After how many bytes of a file the disk is set to work.
const FLUSH_BYTES: u64 = 16 * 1024 * 1024;

/// Why nothing could be added to an upload.
#[derive(Debug, thiserror::Error)]
pub enum AppendError {
    /// There is no such upload in this repository.
    #[error("there is no such upload")]
    Unknown,
    /// Another request is writing to it.
    #[error("another request is writing to the upload")]
    Busy,
    /// The disk failed or is full.
    #[error(transparent)]
    Failed(#[from] Error),
}

impl Upload {
    /// Adds a body as far as it goes, and says how that ended. An upload that failed keeps what reached the disk.
    pub async fn pour<E>(
        self,
        body: impl Stream<Item = Result<Bytes, E>> + Unpin,
    ) -> Result<(Self, Result<(), E>), Error> {
        let path = self.path.clone();
        let mut flush = Flush(None);
        let poured = self.pour_beside(&mut flush, body).await;
        // Only then is the file nobody's but the upload's.
        let flushed = flush.end().await;
        let (upload, end) = poured?;
        flushed.map_err(|source| Error::file("flushed", &path, source))?;
        Ok((upload, end))
    }

    async fn pour_beside<E>(
        mut self,
        flush: &mut Flush,
        mut body: impl Stream<Item = Result<Bytes, E>> + Unpin,
    ) -> Result<(Self, Result<(), E>), Error> {
        let mut collected = Collected::default();
        let mut end = None;
        loop {
            if collected.pieces.is_empty() {
                if let Some(end) = end {
                    return Ok((self, end));
                }
                collected.take_in(body.next().await, &mut end);
                continue;
            }
            let before = self.offset;
            let pieces = std::mem::take(&mut collected).pieces;
            let mut writing = spawn_blocking(move || self.write(&pieces).map(|()| self));
            self = loop {
                tokio::select! {
                    biased;
                    piece = body.next(), if end.is_none() && collected.has_room() => {
                        collected.take_in(piece, &mut end);
                    }
                    written = &mut writing => break written.expect("writing does not panic")?,
                }
            };
            // At the end of a request its client would only wait for it.
            if end.is_none() && before / FLUSH_BYTES != self.offset / FLUSH_BYTES {
                flush.begin(&self).await?;
            }
        }
    }

    fn write(&mut self, pieces: &[Bytes]) -> Result<(), Error> {
        pieces.iter().try_for_each(|piece| self.append_small(piece))
    }

    /// Adds a few bytes at once. Blocks on the disk.
    pub fn append_small(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.file.write_all(bytes).map_err(|source| Error::file("written", &self.path, source))?;
        self.offset += bytes.len() as u64;
        if let Some(hasher) = &mut self.hasher {
            hasher.update(bytes);
        }
        Ok(())
    }

    /// Chooses what to hash by, if nothing has come yet.
    pub fn expect(&mut self, algorithm: Algorithm) {
        if self.offset == 0 {
            self.hasher = Some(algorithm.hasher());
        }
    }
}

/// What has come and is not yet being written.
#[derive(Default)]
struct Collected {
    pieces: Vec<Bytes>,
    bytes: usize,
}

impl Collected {
    fn has_room(&self) -> bool {
        self.bytes < COLLECTED_BYTES_MAX && self.pieces.len() < COLLECTED_PIECES_MAX
    }

    /// Takes in what a body gave, be it the end.
    fn take_in<E>(&mut self, given: Option<Result<Bytes, E>>, end: &mut Option<Result<(), E>>) {
        match given {
            Some(Ok(piece)) => {
                self.bytes += piece.len();
                self.pieces.push(piece);
            }
            Some(Err(error)) => *end = Some(Err(error)),
            None => *end = Some(Ok(())),
        }
    }
}

/// What has been written on its way to the disk.
struct Flush(Option<JoinHandle<io::Result<()>>>);

impl Flush {
    /// Sets the disk to work, once it is done with what came before.
    async fn begin(&mut self, upload: &Upload) -> Result<(), Error> {
        let failed = |source| Error::file("flushed", &upload.path, source);
        self.end().await.map_err(failed)?;
        let file = upload.file.try_clone().map_err(failed)?;
        self.0 = Some(spawn_blocking(move || file.sync_data()));
        Ok(())
    }

    async fn end(&mut self) -> io::Result<()> {
        match self.0.take() {
            Some(flushing) => flushing.await.expect("flushing does not panic"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::blobs::Blobs;
    use crate::{Room, Uploads};
    use boathook_core::id::UploadId;
    use boathook_core::name::Place;
    use futures_util::{FutureExt, stream};
    use std::cell::Cell;
    use std::sync::mpsc;
    use std::time::{Duration, SystemTime};
    use tokio::runtime::Builder;
    use tokio::task::unconstrained;

    fn upload(blobs: &Blobs) -> Upload {
        let uploads = Uploads::open(blobs).unwrap();
        let (registry, region) = ("boathook".parse().unwrap(), "local".parse().unwrap());
        let (place, repository) = (Place { registry, region }, "team/app".parse().unwrap());
        let id = UploadId::parse("0193525f-6c4e-7c3a-8d4e-000000000001").unwrap();
        let room = Room { open_max: 1, idle_min: Duration::MAX, now: SystemTime::UNIX_EPOCH };
        assert!(uploads.create(&place, &repository, &id, &room).unwrap());
        uploads.take(&place, &repository, &id).unwrap()
    }

    /// How many pieces of a body without an end are taken in, after the first, while that one cannot be written.
    fn taken_in(piece_bytes: usize) -> usize {
        let folder = tempfile::tempdir().unwrap();
        let blobs = Blobs::open(folder.path()).unwrap();
        let given = Cell::new(0);
        let body = stream::repeat_with(|| {
            given.set(given.get() + 1);
            assert!(given.get() < 10_000, "there is no limit");
            Ok::<_, ()>(Bytes::from(vec![0; piece_bytes]))
        });
        let runtime = Builder::new_current_thread().max_blocking_threads(1).build().unwrap();
        runtime.block_on(async {
            let (release, held) = mpsc::channel::<()>();
            let busy = spawn_blocking(move || held.recv());
            let poured = unconstrained(upload(&blobs).pour(body)).now_or_never();
            assert!(poured.is_none(), "nothing can be written");
            drop(release);
            busy.await.unwrap().unwrap_err();
        });
        given.get() - 1
    }

    #[test]
    fn no_more_is_collected_while_the_disk_is_busy_than_the_limits_say() {
        assert_eq!(taken_in(COLLECTED_BYTES_MAX / 4), 4);
        assert_eq!(taken_in(COLLECTED_BYTES_MAX / 4 - 1), 5, "what makes it full may be larger");
        assert_eq!(taken_in(1), COLLECTED_PIECES_MAX);
        assert_eq!(taken_in(0), COLLECTED_PIECES_MAX, "an empty one costs memory, too");
    }
}
