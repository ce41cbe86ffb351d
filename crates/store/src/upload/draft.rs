//! Uploads that nobody can go on with, because nobody was told of them: they go when their request does.

use super::{Room, Upload, Uploads};
use crate::AppendError;
use crate::error::Error;
use boathook_core::id::UploadId;
use boathook_core::name::{Place, Repository};
use std::fs;
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
        let draft = Draft(Some((self.clone(), place.clone(), id.clone(), path)));
        match self.take(place, repository, id) {
            Ok(upload) => Ok(Some(Upload { draft: Some(draft), ..upload })),
            Err(AppendError::Failed(error)) => Err(error),
            Err(AppendError::Unknown | AppendError::Busy) => {
                unreachable!("nobody else knows of the upload")
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
            uploads.closed(&place, &id);
            // What cannot be removed now will expire.
            let _ = fs::remove_file(path);
        };
        // A large file takes the disk a while, and this may be a thread that must not wait.
        match Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn_blocking(remove)),
            Err(_) => remove(),
        }
    }
}
