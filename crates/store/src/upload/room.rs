//! Room for uploads: how many there may be, and which have to go.
//!
//! Nobody is sure to come back for an upload. Where the limit is reached, the one that has lain untouched for longest
//! gives way; what nobody wants room from lies until it expires. One that a request is writing to never goes.

use super::{Uploads, hold};
use crate::AppendError;
use crate::error::Error;
use boathook_core::id::UploadId;
use boathook_core::name::{Place, RegistryName};
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// How much room there is.
#[derive(Clone, Copy, Debug)]
pub struct Room {
    /// How many uploads may be open in one place.
    pub open_max: usize,
    /// How long one must have lain untouched before it gives way to another.
    pub idle_min: Duration,
    /// What time it is.
    pub now: SystemTime,
}

/// An upload's file.
struct Lying {
    path: PathBuf,
    /// How long ago it was written to.
    age: Duration,
}

impl Uploads {
    /// Removes uploads of any place that nobody has written to for `age_max`. Blocks on the disk.
    pub fn expire_everywhere(&self, now: SystemTime, age_max: Duration) -> Result<usize, Error> {
        let mut expired = 0;
        for place in self.blobs.upload_places()? {
            expired += self.expire(&place, now, age_max)?;
        }
        Ok(expired)
    }

    /// Removes the uploads of a registry, but for those that a request is writing to. Blocks on the disk.
    pub fn expire_of(&self, registry: &RegistryName, now: SystemTime) -> Result<usize, Error> {
        let mut expired = 0;
        for place in self.blobs.upload_places()?.iter().filter(|place| place.registry == *registry)
        {
            expired += self.expire(place, now, Duration::ZERO)?;
        }
        Ok(expired)
    }

    /// Removes uploads that nobody has written to for `age_max`. Blocks on the disk.
    pub fn expire(
        &self,
        place: &Place,
        now: SystemTime,
        age_max: Duration,
    ) -> Result<usize, Error> {
        let mut expired = 0;
        for upload in self.lying(place, now)? {
            if upload.age < age_max {
                continue;
            }
            let _change = self.open.change();
            match self.remove(&upload.path) {
                Ok(()) => {
                    self.open.subtract(place);
                    expired += 1;
                }
                // A request has it, or it was finished or cancelled meanwhile.
                Err(AppendError::Busy | AppendError::Unknown) => (),
                Err(AppendError::Failed(error)) => return Err(error),
            }
        }
        // Other nodes begin and end uploads of the same place.
        self.recount(place)?;
        Ok(expired)
    }

    /// Counts one more upload, for which another may have to go; `false` where there is no room. Its file is made before
    /// the files are counted again.
    pub(super) fn reserve(&self, place: &Place, room: &Room) -> Result<bool, Error> {
        while !self.open.add(place, room.open_max) {
            if !self.make_way(place, room)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Removes the upload that has lain untouched for longest; `false` where none may go.
    fn make_way(&self, place: &Place, room: &Room) -> Result<bool, Error> {
        let mut idle = self.lying(place, room.now)?;
        idle.retain(|upload| room.idle_min <= upload.age);
        idle.sort_by_key(|upload| std::cmp::Reverse(upload.age));
        for upload in idle {
            match self.remove(&upload.path) {
                Ok(()) => {
                    self.open.subtract(place);
                    return Ok(true);
                }
                Err(AppendError::Busy | AppendError::Unknown) => (),
                Err(AppendError::Failed(error)) => return Err(error),
            }
        }
        Ok(false)
    }

    /// Counts the uploads of every place.
    pub(super) fn count(&self) -> Result<(), Error> {
        for place in self.blobs.upload_places()? {
            self.recount(&place)?;
        }
        Ok(())
    }

    /// Counts the uploads of one place.
    fn recount(&self, place: &Place) -> Result<(), Error> {
        let folder = self.blobs.uploads(place);
        self.open.recount(place, || match fs::read_dir(&folder) {
            Ok(files) => Ok(files.count()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
            Err(source) => Err(Error::file("listed", &folder, source)),
        })
    }

    fn lying(&self, place: &Place, now: SystemTime) -> Result<Vec<Lying>, Error> {
        let folder = self.blobs.uploads(place);
        let list = || -> io::Result<Vec<Lying>> {
            let mut lying = Vec::new();
            for entry in fs::read_dir(&folder)? {
                let entry = entry?;
                let written = match entry.metadata() {
                    Ok(metadata) => metadata.modified()?,
                    // It was finished or cancelled meanwhile.
                    Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                    Err(error) => return Err(error),
                };
                let age = now.duration_since(written).unwrap_or_default();
                lying.push(Lying { path: entry.path(), age });
            }
            Ok(lying)
        };
        match list() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            listed => listed.map_err(|source| Error::file("listed", &folder, source)),
        }
    }

    /// Removes the upload at `path`, unless a request has it.
    fn remove(&self, path: &Path) -> Result<(), AppendError> {
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(AppendError::Unknown);
            }
            Err(source) => return Err(Error::file("opened", path, source).into()),
        };
        hold(&file, path)?;
        match fs::remove_file(path) {
            Ok(()) => (),
            // A draft goes without asking who holds it.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(AppendError::Unknown);
            }
            Err(source) => return Err(Error::file("removed", path, source).into()),
        }
        if let Some(id) = path.file_stem().and_then(OsStr::to_str).and_then(UploadId::parse) {
            self.hashes.forget(&id);
        }
        Ok(())
    }
}
