//! Uploads that nobody can go on with, because nobody was told of them: they go when their request does.

use super::{Room, Upload, Uploads};
use crate::AppendError;
use crate::error::Error;
use boathook_core::id::UploadId;
use boathook_core::name::{Place, Repository};
use std::fs;
use std::io::{self, ErrorKind};
use std::path::PathBuf;
use tokio::runtime::Handle;

/// Removes an upload's file when it is dropped, be it in the middle of whatever its request was doing.
pub(super) struct Draft(Option<(Uploads, Place, UploadId, PathBuf)>);

impl Uploads {
    /// Begins an upload and takes it; unless it becomes a blob, nothing is left of it. `None` where there is no room
    /// for it. Blocks on the disk.
    pub fn draft(
        &self,
        place: &Place,
        repository: &Repository,
        id: &UploadId,
        room: &Room,
    ) -> Result<Option<Upload>, Error> {
        if !self.create(place, repository, id, room)? {
            return Ok(None);
        }
        let path = self.path(place, repository, id);
        let draft = Draft(Some((self.clone(), place.clone(), id.clone(), path.clone())));
        match self.take(place, repository, id) {
            Ok(upload) => Ok(Some(Upload { draft: Some(draft), ..upload })),
            Err(AppendError::Failed(error)) => Err(error),
            // Nobody else knows of it; but where the file server's clock lags behind, it looked old to a sweep.
            Err(AppendError::Unknown | AppendError::Busy) => {
                let source = io::Error::new(ErrorKind::NotFound, "it was swept at once");
                Err(Error::file("opened", &path, source))
            }
        }
    }
}

impl Upload {
    /// Leaves what becomes of the file to the caller.
    pub(super) fn keep(&mut self) {
        if let Some(draft) = &mut self.draft {
            draft.0 = None;
        }
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        let Some((uploads, place, id, path)) = self.0.take() else { return };
        let remove = move || {
            let _change = uploads.open.change();
            // What cannot be removed now will expire, and what is gone already was counted by whoever removed it.
            if fs::remove_file(path).is_ok() {
                uploads.closed(&place, &id);
            }
        };
        // A large file takes the disk a while, and this may be a thread that must not wait.
        match Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn_blocking(remove)),
            Err(_) => remove(),
        }
    }
}
