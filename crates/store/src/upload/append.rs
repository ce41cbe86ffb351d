//! Bytes arrive.
//!
//! Hashing and writing run beside each other on threads of their own, each fed through a bounded channel, so that neither
//! a runtime thread nor the socket waits for the slower of the two more than it must. Dirty pages are sent to the disk
//! while the upload goes on, so that the flush at its end has little left to do.

use super::Upload;
use crate::error::Error;
use boathook_core::digest::{Algorithm, Hasher};
use bytes::Bytes;
use std::fs::File;
use std::io::{self, Write};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::task::{JoinHandle, spawn_blocking};

/// How many pieces of a body may be on their way to the disk.
const PIECES_MAX: usize = 16;
/// After how many bytes the disk is set to work.
const FLUSH_BYTES: usize = 16 * 1024 * 1024;

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

/// The two threads that an upload's bytes go to.
pub struct Appender {
    upload: Upload,
    to_disk: Sender<Bytes>,
    to_hash: Option<Sender<Bytes>>,
    disk: JoinHandle<io::Result<()>>,
    hash: Option<JoinHandle<Hasher>>,
    appended: u64,
}

impl Upload {
    /// Begins to take in bytes; what comes of them is told by [`Appender::finish`].
    pub fn append(mut self) -> Result<Appender, Error> {
        let file =
            self.file.try_clone().map_err(|source| Error::file("opened", &self.path, source))?;
        let (to_disk, from_body) = channel(PIECES_MAX);
        let disk = spawn_blocking(move || write_all(file, from_body));
        let (to_hash, hash) = self
            .hasher
            .take()
            .map(|hasher| {
                let (to_hash, from_body) = channel(PIECES_MAX);
                (to_hash, spawn_blocking(move || hash_all(hasher, from_body)))
            })
            .unzip();
        Ok(Appender { upload: self, to_disk, to_hash, disk, hash, appended: 0 })
    }
}

impl Appender {
    /// Takes in the next bytes. `false` says that the disk has failed, and that [`Appender::finish`] knows why.
    pub async fn push(&mut self, piece: Bytes) -> bool {
        self.appended += piece.len() as u64;
        if let Some(to_hash) = &self.to_hash
            && to_hash.send(piece.clone()).await.is_err()
        {
            return false;
        }
        self.to_disk.send(piece).await.is_ok()
    }

    /// Waits until all that was taken in is written. An upload that failed keeps what reached the disk.
    pub async fn finish(self) -> Result<Upload, Error> {
        let Self { mut upload, to_disk, to_hash, disk, hash, appended } = self;
        drop((to_disk, to_hash));
        let written = disk.await.unwrap_or_else(|_| Err(io::Error::other("the writer panicked")));
        let hasher = match hash {
            Some(hash) => hash.await.ok(),
            None => None,
        };
        written.map_err(|source| Error::file("written", &upload.path, source))?;
        upload.offset += appended;
        upload.hasher = hasher;
        Ok(upload)
    }
}

fn write_all(mut file: File, mut from_body: Receiver<Bytes>) -> io::Result<()> {
    let mut unflushed = 0;
    while let Some(piece) = from_body.blocking_recv() {
        file.write_all(&piece)?;
        unflushed += piece.len();
        if FLUSH_BYTES <= unflushed {
            file.sync_data()?;
            unflushed = 0;
        }
    }
    Ok(())
}

fn hash_all(mut hasher: Hasher, mut from_body: Receiver<Bytes>) -> Hasher {
    while let Some(piece) = from_body.blocking_recv() {
        hasher.update(&piece);
    }
    hasher
}

impl Upload {
    /// Takes in a few bytes at once, without threads. Blocks on the disk.
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
