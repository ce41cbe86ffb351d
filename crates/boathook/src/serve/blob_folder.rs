//! Whether the folder of the blobs is the one that the database speaks of.

use anyhow::bail;
use boathook_engine::{BlobStore, Ctx, adopt_blob_store};

/// Refuses a folder that is not the database's own.
pub(super) async fn ensure(ctx: &Ctx) -> anyhow::Result<()> {
    let Ctx { db, blobs, site, clock, ids, .. } = ctx;
    let mut adopted = BlobStore::Ours;
    for region in &site.regions {
        adopted = adopt_blob_store(db, blobs, region, &**ids, clock.now()).await?;
        if adopted != BlobStore::Ours {
            break;
        }
    }
    let path = blobs.id_path();
    let path = path.display();
    match adopted {
        BlobStore::Ours => Ok(()),
        BlobStore::Elsewhere { known, found: Some(found) } => bail!(
            "`{path}` says that the blobs here are those of {found}, but this database's blobs are those of {known}: \
             set `storage.blobs` to the folder that all nodes of the database share, or put back the one that was \
             backed up with it"
        ),
        BlobStore::Elsewhere { known, found: None } => bail!(
            "there is no `{path}`, but this database's blobs are in a folder where that file says {known}: set \
             `storage.blobs` to that folder, mount it or put it back; if only the file was lost, write {known} into it"
        ),
    }
}
