//! Uploads in progress: files that grow, and survive a restart.
//!
//! The length of the file is the offset; there is no second record that could disagree with it. The file's name carries a
//! tag made of the repository's name, so that an upload can only be found through the repository that it was begun in.
//!
//! The hash of what has come so far is kept in memory while the upload's own process serves it. After a restart, or on
//! another node, it is computed from the file again.

mod append;
mod draft;
mod open;
mod room;
mod shelf;

pub use append::AppendError;
pub use room::Room;

use crate::blobs::{Blobs, create_folder};
use crate::error::Error;
use boathook_core::digest::{Algorithm, Digest, Hasher};
use boathook_core::id::UploadId;
use boathook_core::name::{Place, RegistryName, Repository};
use draft::Draft;
use open::Open;
use shelf::Shelf;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How much is read at a time where a file has to be hashed again.
const REHASH_BYTES: usize = 1024 * 1024;

/// The uploads of one server.
#[derive(Clone)]
pub struct Uploads {
    blobs: Blobs,
    hashes: Arc<Shelf>,
    /// How many are open in each place; brought up to date by [`Uploads::expire`].
    open: Arc<Open>,
}

/// An upload that this request has to itself.
pub struct Upload {
    path: PathBuf,
    file: File,
    place: Place,
    id: UploadId,
    offset: u64,
    /// Of everything up to `offset`, if it is known.
    hasher: Option<Hasher>,
    uploads: Uploads,
    draft: Option<Draft>,
}

/// An upload that became a blob's file, which nobody may know of yet. Whoever collects what nobody needs may take the file
/// away until a row speaks of it; its bytes are here as long as this is.
#[derive(Debug)]
pub struct Adopted {
    blobs: Blobs,
    file: File,
    place: Place,
    digest: Digest,
    mark: String,
}

impl Adopted {
    /// Puts the bytes where they were. Blocks on the disk.
    pub fn restore(&self) -> Result<(), Error> {
        self.blobs.restore(&self.file, &self.place, &self.digest, &self.mark)
    }
}

impl Uploads {
    /// Keeps uploads beside `blobs`, and counts those that are left from before. Blocks on the disk.
    pub fn open(blobs: &Blobs) -> Result<Self, Error> {
        let open = Arc::default();
        let uploads = Self { blobs: blobs.clone(), hashes: Arc::default(), open };
        uploads.count()?;
        Ok(uploads)
    }

    /// How many uploads are in progress.
    pub fn open_count(&self) -> usize {
        self.open.total()
    }

    /// Begins an upload; `false` where there is no room for it. Blocks on the disk.
    pub fn create(
        &self,
        place: &Place,
        repository: &Repository,
        id: &UploadId,
        room: &Room,
    ) -> Result<bool, Error> {
        let _change = self.open.change();
        if !self.reserve(place, room)? {
            return Ok(false);
        }
        let path = self.path(place, repository, id);
        let create = || OpenOptions::new().write(true).create_new(true).open(&path);
        let created = create().or_else(|error| match error.kind() {
            io::ErrorKind::NotFound => {
                let folder = self.blobs.uploads(place);
                create_folder(&folder, &folder)?;
                create()
            }
            _ => Err(error),
        });
        match created {
            Ok(_) => Ok(true),
            Err(source) => {
                self.open.subtract(place);
                Err(Error::file("created", &path, source))
            }
        }
    }

    /// How many bytes an upload has; `None` where there is no such upload. Blocks on the disk.
    pub fn offset(
        &self,
        place: &Place,
        repository: &Repository,
        id: &UploadId,
    ) -> Result<Option<u64>, Error> {
        let path = self.path(place, repository, id);
        match fs::metadata(&path) {
            Ok(metadata) => Ok(Some(metadata.len())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(Error::file("read", &path, source)),
        }
    }

    /// Takes an upload for one request. Blocks on the disk.
    pub fn take(
        &self,
        place: &Place,
        repository: &Repository,
        id: &UploadId,
    ) -> Result<Upload, AppendError> {
        let path = self.path(place, repository, id);
        let failed = |source| AppendError::Failed(Error::file("opened", &path, source));
        let file = match OpenOptions::new().read(true).append(true).open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(AppendError::Unknown);
            }
            Err(error) => return Err(failed(error)),
        };
        hold(&file, &path)?;
        let offset = file.metadata().map_err(failed)?.len();
        let hasher = if offset == 0 {
            Some(Algorithm::Sha256.hasher())
        } else {
            self.hashes.take(id, offset)
        };
        let (place, id) = (place.clone(), id.clone());
        Ok(Upload { path, file, place, id, offset, hasher, uploads: self.clone(), draft: None })
    }

    fn path(&self, place: &Place, repository: &Repository, id: &UploadId) -> PathBuf {
        let tag = Algorithm::Sha256.digest(repository.as_str().as_bytes());
        self.blobs.uploads(place).join(format!("{id}.{}", &tag.hex()[..16]))
    }

    /// Forgets how many uploads a registry had that is gone with its files.
    pub fn forget(&self, registry: &RegistryName) {
        self.open.forget(registry);
    }

    fn closed(&self, place: &Place, id: &UploadId) {
        self.hashes.forget(id);
        self.open.subtract(place);
    }
}

impl Upload {
    /// How many bytes have come.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// Ends the request and leaves the upload for the next one.
    pub fn park(self) {
        if let Some(hasher) = self.hasher {
            self.uploads.hashes.put(&self.id, self.offset, hasher);
        }
    }

    /// Forgets the upload and what has come of it. Blocks on the disk.
    pub fn cancel(mut self) -> Result<(), Error> {
        self.keep();
        let _change = self.uploads.open.change();
        self.uploads.closed(&self.place, &self.id);
        fs::remove_file(&self.path).map_err(|source| Error::file("removed", &self.path, source))
    }

    /// Takes back everything after `offset`. Blocks on the disk.
    pub fn truncate(&mut self, offset: u64) -> Result<(), Error> {
        self.file.set_len(offset).map_err(|source| Error::file("written", &self.path, source))?;
        self.offset = offset;
        self.hasher = if offset == 0 { Some(Algorithm::Sha256.hasher()) } else { None };
        Ok(())
    }

    /// The digest of what has come, by `algorithm`. Blocks on the disk if it has to be computed again.
    pub fn digest(&mut self, algorithm: Algorithm) -> Result<Digest, Error> {
        match self.hasher.take() {
            Some(hasher) if hasher.algorithm() == algorithm => Ok(hasher.finish()),
            _ => Ok(self.rehash(algorithm)?.finish()),
        }
    }

    /// All that has come. Blocks on the disk; meant for uploads that turn out to be small.
    pub fn content(&self) -> Result<Vec<u8>, Error> {
        let failed = |source| Error::file("read", &self.path, source);
        let mut content = Vec::new();
        let mut file = &self.file;
        file.rewind().map_err(failed)?;
        file.read_to_end(&mut content).map_err(failed)?;
        Ok(content)
    }

    /// What has come, from its beginning, for somebody to read while nothing is added. Blocks on the disk.
    pub fn reader(&self) -> Result<impl Read + use<>, Error> {
        let failed = |source| Error::file("read", &self.path, source);
        let mut file = self.file.try_clone().map_err(failed)?;
        file.rewind().map_err(failed)?;
        Ok(file)
    }

    /// Flushes the bytes to the disk and gives them their place among the blobs. Blocks on the disk.
    pub fn adopt(mut self, place: &Place, digest: &Digest) -> Result<Adopted, Error> {
        self.file.sync_all().map_err(|source| Error::file("flushed", &self.path, source))?;
        let uploads = self.uploads.clone();
        let _change = uploads.open.change();
        uploads.blobs.adopt(&self.path, place, digest)?;
        self.keep();
        uploads.closed(&self.place, &self.id);
        let (blobs, place, digest) = (self.uploads.blobs, place.clone(), digest.clone());
        Ok(Adopted { blobs, file: self.file, place, digest, mark: self.id.to_string() })
    }

    fn rehash(&self, algorithm: Algorithm) -> Result<Hasher, Error> {
        let failed = |source| Error::file("read", &self.path, source);
        let mut hasher = algorithm.hasher();
        let mut file = &self.file;
        file.rewind().map_err(failed)?;
        let mut buffer = vec![0; REHASH_BYTES];
        loop {
            match file.read(&mut buffer).map_err(failed)? {
                0 => return Ok(hasher),
                len => hasher.update(&buffer[..len]),
            }
        }
    }
}

/// Locks an upload's file for one request, provided that the upload is still there.
fn hold(file: &File, path: &Path) -> Result<(), AppendError> {
    let failed = |source| AppendError::Failed(Error::file("locked", path, source));
    match file.try_lock() {
        Ok(()) => (),
        Err(TryLockError::WouldBlock) => return Err(AppendError::Busy),
        Err(TryLockError::Error(error)) => return Err(failed(error)),
    }
    // Between the opening and the locking it may have become a blob, which must not change.
    let held = file.metadata().map_err(failed)?;
    match fs::metadata(path) {
        Ok(named) if (named.dev(), named.ino()) == (held.dev(), held.ino()) => Ok(()),
        Ok(_) => Err(AppendError::Unknown),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(AppendError::Unknown),
        Err(error) => Err(failed(error)),
    }
}

/// The path is worth a log line; the file is not.
impl std::fmt::Debug for Upload {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Upload")
            .field("path", &self.path)
            .field("offset", &self.offset)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
