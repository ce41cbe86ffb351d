//! Manifests and tags go.

use crate::cache::Key;
use crate::db::Db;
use crate::error::{Error, Fault};
use crate::outbox::NewEvent;
use crate::row::params;
use crate::tx::Tx;
use boathook_core::digest::Digest;
use boathook_core::manifest;
use boathook_core::name::{Place, Reference, Repository, Tag};
use std::sync::Arc;

/// A manifest as it was when it went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeletedManifest {
    /// Its digest.
    pub digest: Digest,
    /// Its media type.
    pub media_type: String,
    /// The tags that it carried, which went with it.
    pub tags: Vec<Tag>,
}

/// What came of deleting a manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deletion {
    /// It is gone, and its event is recorded.
    Deleted(DeletedManifest),
    /// There was none.
    Unknown,
}

impl Db {
    /// Removes a manifest with all its tags, and records the event that `announce` makes of it.
    pub async fn delete_manifest(
        &self,
        place: &Place,
        repository: &Repository,
        digest: &Digest,
        announce: impl Fn(&DeletedManifest) -> NewEvent + Send + Sync + 'static,
    ) -> Result<Deletion, Error> {
        let (place, repository, digest) = (place.clone(), repository.clone(), digest.clone());
        let announce = Arc::new(announce);
        self.write("delete_manifest", async move |tx: &mut Tx<'_>| {
            let Some(deleted) = remove(tx, &place, &repository, &digest).await? else {
                return Ok(Deletion::Unknown);
            };
            announce(&deleted).append(tx).await?;
            let references = deleted.tags.iter().cloned().map(Reference::Tag);
            for reference in references.chain([Reference::Digest(digest.clone())]) {
                tx.after.stale.push(Key::Manifest(place.clone(), repository.clone(), reference));
            }
            Ok(Deletion::Deleted(deleted))
        })
        .await
    }

    /// Removes a tag and leaves its manifest; `false` where there was none.
    pub async fn delete_tag(
        &self,
        place: &Place,
        repository: &Repository,
        tag: &Tag,
    ) -> Result<bool, Error> {
        let (place, repository, tag) = (place.clone(), repository.clone(), tag.clone());
        self.write("delete_tag", async move |tx: &mut Tx<'_>| {
            let sql = "DELETE FROM tag WHERE registry = $1 AND region = $2 AND repository = $3 AND name = $4";
            let (registry, region) = (place.registry.as_str(), place.region.as_str());
            let deleted = tx.execute(sql, params![registry, region, repository.as_str(), tag.as_str()]).await?;
            tx.after.stale.push(Key::Manifest(place.clone(), repository.clone(), Reference::Tag(tag.clone())));
            Ok(deleted != 0)
        })
        .await
    }
}

async fn remove(
    tx: &mut Tx<'_>,
    place: &Place,
    repository: &Repository,
    digest: &Digest,
) -> Result<Option<DeletedManifest>, Fault> {
    let key = params![
        place.registry.as_str(),
        place.region.as_str(),
        repository.as_str(),
        digest.as_str()
    ];
    let manifest = tx
        .query_opt(
            "SELECT media_type, bytes FROM manifest
             WHERE registry = $1 AND region = $2 AND repository = $3 AND digest = $4",
            key,
        )
        .await?;
    let Some(mut manifest) = manifest else { return Ok(None) };
    let bytes = manifest.take_bytes(1).expect("a manifest has bytes");
    let media_type = manifest.text(0).to_owned();
    let tags = tx
        .query(
            "SELECT name FROM tag WHERE registry = $1 AND region = $2 AND repository = $3 AND digest = $4
             ORDER BY name",
            key,
        )
        .await?;
    let tables = [
        "DELETE FROM tag WHERE registry = $1 AND region = $2 AND repository = $3 AND digest = $4",
        "DELETE FROM manifest WHERE registry = $1 AND region = $2 AND repository = $3 AND digest = $4",
    ];
    for sql in tables {
        tx.execute(sql, key).await?;
    }
    let (registry, region, repository) =
        (place.registry.as_str(), place.region.as_str(), repository.as_str());
    match manifest::parse(Some(&media_type), &bytes) {
        Ok(parsed) => {
            for reference in &parsed.references {
                tx.execute(
                    "DELETE FROM manifest_reference
                     WHERE registry = $1 AND region = $2 AND repository = $3 AND child = $4 AND parent = $5",
                    params![registry, region, repository, reference.digest.as_str(), digest.as_str()],
                )
                .await?;
            }
        }
        // An older program took what this one would not. All references of the repository are looked through.
        Err(_) => {
            tx.execute(
                "DELETE FROM manifest_reference
                 WHERE registry = $1 AND region = $2 AND repository = $3 AND parent = $4",
                key,
            )
            .await?;
        }
    }
    Ok(Some(DeletedManifest {
        digest: digest.clone(),
        media_type,
        tags: tags.iter().map(|row| row.parsed(0)).collect(),
    }))
}
