//! Whether the blobs that a server would serve are those that its database speaks of.
//!
//! Both sides bear the same id. What has none yet is given one: a new folder by itself, and a database by the folder that
//! it is first started with. That holds for an old database beside its old folder, and for a new one beside a folder
//! that outlived another, whose blobs are then there for those who push them again.

use boathook_core::id::{BlobStoreId, Ids};
use boathook_core::name::Region;
use boathook_core::time::Timestamp;
use boathook_store::{Blobs, Db, Error};

/// What a database and a folder of blobs are to each other.
#[derive(Debug, PartialEq, Eq)]
pub enum BlobStore {
    /// The blobs are there.
    Ours,
    /// The blobs are elsewhere.
    Elsewhere {
        /// The id of the store that the database speaks of.
        known: BlobStoreId,
        /// The id that the folder has, if it has one.
        found: Option<BlobStoreId>,
    },
}

/// Says whether `blobs` are those of the database, after making them so where the database knows of none. Blocks on the
/// disk.
pub async fn adopt_blob_store(
    db: &Db,
    blobs: &Blobs,
    region: &Region,
    ids: &dyn Ids,
    now: Timestamp,
) -> Result<BlobStore, Error> {
    let (known, found) = if let Some(known) = db.blob_store(region).await? {
        (known, blobs.id()?)
    } else {
        let id = blobs.ensure_id(BlobStoreId::new(ids.uuid()))?;
        (db.ensure_blob_store(region, &id, now).await?, Some(id))
    };
    Ok(if found.as_ref() == Some(&known) {
        BlobStore::Ours
    } else {
        BlobStore::Elsewhere { known, found }
    })
}
