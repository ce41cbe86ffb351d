//! Bytes named by their digest.
//!
//! A blob is written aside, flushed to the disk, renamed to its digest, and its folder flushed: from then on it survives a
//! power cut, and only then does a row speak of it. Two clients that push the same blob rename two equal files to one
//! name. Blobs of a few bytes are kept in their row instead, where they share a commit with their neighbours.
//!
//! ```text
//! ROOT/boathook-store-id                          which folder this is
//! ROOT/{registry}/{region}/sha256/e3/e3b0c442…    blobs
//! ROOT/{registry}/{region}/uploads/{id}.{tag}     uploads in progress
//! ROOT/{registry}/{region}/gone/sha256-e3b0c442…  blobs on their way out
//! ROOT/.gone/{registry}.{mark}                    registries on their way out
//! ```

mod gone;
mod identity;
mod walk;

pub use walk::{FileKind, FoundFile};

use crate::error::Error;
use boathook_core::digest::Digest;
use boathook_core::name::{Place, RegistryName};
use std::collections::HashSet;
use std::fs::{self, DirEntry, File};
use std::io::{self, Seek};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Blobs of up to this many bytes live in the database.
pub const INLINE_BYTES_MAX: usize = 16 * 1024;

/// The blobs of one server.
#[derive(Clone, Debug)]
pub struct Blobs {
    root: PathBuf,
    /// The folders that this process has seen flushed into those above them; a few hundred.
    flushed: Arc<Mutex<HashSet<PathBuf>>>,
}

/// An open blob.
#[derive(Debug)]
pub struct BlobBytes {
    /// The file, read from its beginning.
    pub file: File,
    /// Its size in bytes.
    pub size: u64,
}

impl Blobs {
    /// Uses the folder `root`, which is made if it is not there.
    pub fn open(root: &Path) -> Result<Self, Error> {
        fs::create_dir_all(root).map_err(|source| Error::file("created", root, source))?;
        if let Some(above) = root.canonicalize().ok().as_deref().and_then(Path::parent) {
            sync_folder(above).map_err(|source| Error::file("flushed", above, source))?;
        }
        Ok(Self { root: root.to_owned(), flushed: Arc::default() })
    }

    /// Opens a blob. Blocks on the disk.
    pub fn read(&self, place: &Place, digest: &Digest) -> Result<BlobBytes, Error> {
        let path = self.path(place, digest);
        let open = || {
            let file = File::open(&path)?;
            let size = file.metadata()?.len();
            Ok(BlobBytes { file, size })
        };
        open().map_err(|source| Error::file("read", &path, source))
    }

    /// Says whether a blob has a file. Blocks on the disk, for a moment.
    pub fn has(&self, place: &Place, digest: &Digest) -> Result<bool, Error> {
        let path = self.path(place, digest);
        path.try_exists().map_err(|source| Error::file("read", &path, source))
    }

    /// Gives the file at `staged`, which has been flushed, its place among the blobs. Blocks on the disk.
    pub(crate) fn adopt(&self, staged: &Path, place: &Place, digest: &Digest) -> Result<(), Error> {
        self.settle(place, digest, |path| fs::rename(staged, path))
    }

    /// Puts the bytes of an open file, which is a blob's, where that blob's file is missing. `mark` is in the name of what
    /// is being copied, and nobody else's. Blocks on the disk.
    pub(crate) fn restore(
        &self,
        file: &File,
        place: &Place,
        digest: &Digest,
        mark: &str,
    ) -> Result<(), Error> {
        self.settle(place, digest, |path| {
            let aside = path.with_extension(mark);
            let (mut from, mut to) = (file, File::create(&aside)?);
            from.rewind()?;
            io::copy(&mut from, &mut to)?;
            to.sync_all()?;
            fs::rename(&aside, path)
        })
    }

    /// Has a blob lie in another place as well: the same bytes under two names, or a copy where the disk has no such
    /// thing. `mark` is in the name of what is being copied, and nobody else's. Blocks on the disk.
    pub fn share(
        &self,
        from: &Place,
        to: &Place,
        digest: &Digest,
        mark: &str,
    ) -> Result<(), Error> {
        let source = self.path(from, digest);
        self.settle(to, digest, |path| match fs::hard_link(&source, path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Err(error),
            Err(_) => copy(&source, path, mark),
            Ok(()) => Ok(()),
        })
    }

    /// Has `write` put a blob's file in its place, and flushes the folder.
    fn settle(
        &self,
        place: &Place,
        digest: &Digest,
        write: impl Fn(&Path) -> io::Result<()>,
    ) -> Result<(), Error> {
        let path = self.path(place, digest);
        let folder = path.parent().expect("a blob lies in a folder");
        // That a folder is there does not say that whoever made it has flushed it.
        if !self.flushed().contains(folder) {
            self.create(folder)?;
        }
        let written = match write(&path) {
            // It went with an earlier registry of this name.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                self.create(folder)?;
                write(&path)
            }
            written => written,
        };
        written.map_err(|source| Error::file("written", &path, source))?;
        sync_folder(folder).map_err(|source| Error::file("flushed", folder, source))
    }

    fn create(&self, folder: &Path) -> Result<(), Error> {
        create_folder(&self.root, folder)
            .map_err(|source| Error::file("created", folder, source))?;
        self.flushed().insert(folder.to_owned());
        Ok(())
    }

    /// The folder of the uploads in progress.
    pub(crate) fn uploads(&self, place: &Place) -> PathBuf {
        self.place(place).join("uploads")
    }

    /// The places that have a folder of uploads.
    pub(crate) fn upload_places(&self) -> Result<Vec<Place>, Error> {
        let list = || -> io::Result<Vec<Place>> {
            let mut places = Vec::new();
            for registry in fs::read_dir(&self.root)? {
                let registry = registry?;
                let Some(name) = parsed(&registry) else { continue };
                for region in fs::read_dir(registry.path())? {
                    let Some(region) = parsed(&region?) else { continue };
                    let place = Place { registry: RegistryName::clone(&name), region };
                    if self.uploads(&place).is_dir() {
                        places.push(place);
                    }
                }
            }
            Ok(places)
        };
        list().map_err(|source| Error::file("listed", &self.root, source))
    }

    fn flushed(&self) -> MutexGuard<'_, HashSet<PathBuf>> {
        self.flushed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn place(&self, place: &Place) -> PathBuf {
        self.root.join(place.registry.as_str()).join(place.region.as_str())
    }

    fn path(&self, place: &Place, digest: &Digest) -> PathBuf {
        let hex = digest.hex();
        self.place(place).join(digest.algorithm().as_str()).join(&hex[..2]).join(hex)
    }
}

fn copy(source: &Path, path: &Path, mark: &str) -> io::Result<()> {
    let aside = path.with_extension(mark);
    fs::copy(source, &aside)?;
    File::open(&aside)?.sync_all()?;
    fs::rename(&aside, path)
}

/// The name that a folder's own is, if it is one.
fn parsed<T: FromStr>(folder: &DirEntry) -> Option<T> {
    let is_folder = folder.file_type().is_ok_and(|kind| kind.is_dir());
    folder.file_name().to_str().filter(|_| is_folder)?.parse().ok()
}

/// Makes a folder and those above it, each of them flushed into the one above.
pub(crate) fn create_folder(root: &Path, folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let missing = folder.ancestors().skip(1).take_while(|ancestor| ancestor.starts_with(root));
    for ancestor in missing {
        sync_folder(ancestor)?;
    }
    Ok(())
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}
