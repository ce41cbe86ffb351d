//! What a pull asks for.

use crate::cache::{Entry, Key};
use crate::db::Db;
use crate::error::Error;
use crate::row::{Row, params};
use crate::tx::Tx;
use boathook_core::digest::Digest;
use boathook_core::name::{Place, Reference, Repository};
use bytes::Bytes;
use std::sync::Arc;

/// A stored manifest.
#[derive(Debug)]
pub struct ManifestInfo {
    /// Its digest.
    pub digest: Digest,
    /// Its media type.
    pub media_type: String,
    /// The manifest as it was pushed.
    pub bytes: Bytes,
}

/// A blob that a repository has.
#[derive(Debug)]
pub struct BlobInfo {
    /// Its size in bytes.
    pub size: u64,
    /// The bytes, if they live in the row; otherwise they are in their file.
    pub inline: Option<Bytes>,
}

impl Db {
    /// Looks up a manifest by tag or digest.
    pub async fn manifest(
        &self,
        place: &Place,
        repository: &Repository,
        reference: &Reference,
    ) -> Result<Option<Arc<ManifestInfo>>, Error> {
        // Another node may have moved the tag, deleted the manifest, or pushed its bytes again as another type.
        let named = if self.is_shared() {
            match self.named(place, repository, reference).await? {
                Some(named) => Some(named),
                None => return Ok(None),
            }
        } else {
            None
        };
        let is_current = |manifest: &ManifestInfo| match &named {
            Some((_, media_type)) => *media_type == manifest.media_type,
            None => true,
        };
        let reference = match &named {
            Some((digest, _)) => Reference::Digest(digest.clone()),
            None => reference.clone(),
        };
        let key = Key::Manifest(place.clone(), repository.clone(), reference);
        if let Some(Entry::Manifest(manifest)) = self.cached(&key)
            && is_current(&manifest)
        {
            return Ok(Some(manifest));
        }
        let epoch = self.cache().epoch();
        let found = self.find_manifest(key.clone()).await?.map(Arc::new);
        if let Some(manifest) = &found {
            self.cache().put(epoch, key, Entry::Manifest(Arc::clone(manifest)));
        }
        Ok(found)
    }

    /// Looks up a blob of a repository.
    pub async fn blob(
        &self,
        place: &Place,
        repository: &Repository,
        digest: &Digest,
    ) -> Result<Option<Arc<BlobInfo>>, Error> {
        let key = Key::Blob(place.clone(), repository.clone(), digest.clone());
        if !self.is_shared()
            && let Some(Entry::Blob(blob)) = self.cached(&key)
        {
            return Ok(Some(blob));
        }
        let epoch = self.cache().epoch();
        let (place, repository, digest) = (place.clone(), repository.clone(), digest.clone());
        let found = self
            .read("blob", async move |tx: &mut Tx<'_>| {
                let sql = "SELECT b.size, b.bytes FROM repository_blob l
                     JOIN blob b ON b.registry = l.registry AND b.region = l.region AND b.digest = l.digest
                     WHERE l.registry = $1 AND l.region = $2 AND l.repository = $3 AND l.digest = $4";
                let (registry, region) = (place.registry.as_str(), place.region.as_str());
                let row = tx.query_opt(sql, params![registry, region, repository.as_str(), digest.as_str()]).await?;
                Ok(row.map(|mut row| {
                    let inline = row.take_bytes(1).map(Bytes::from);
                    Arc::new(BlobInfo { size: u64::try_from(row.int(0)).expect("a size is not negative"), inline })
                }))
            })
            .await?;
        if let Some(blob) = &found
            && !self.is_shared()
        {
            self.cache().put(epoch, key, Entry::Blob(Arc::clone(blob)));
        }
        Ok(found)
    }

    async fn find_manifest(&self, key: Key) -> Result<Option<ManifestInfo>, Error> {
        self.read("manifest", async move |tx: &mut Tx<'_>| {
            let Key::Manifest(place, repository, reference) = &key else {
                unreachable!("the key is a manifest's")
            };
            let (registry, region) = (place.registry.as_str(), place.region.as_str());
            let (found, name) = found_by(reference);
            let sql = format!("SELECT m.digest, m.media_type, m.bytes {found}");
            let row =
                tx.query_opt(&sql, params![registry, region, repository.as_str(), name]).await?;
            Ok(row.map(manifest_from))
        })
        .await
    }

    /// The digest of the manifest that a reference names now, and the type that it has now.
    async fn named(
        &self,
        place: &Place,
        repository: &Repository,
        reference: &Reference,
    ) -> Result<Option<(Digest, String)>, Error> {
        let (place, repository) = (place.clone(), repository.clone());
        let reference = reference.clone();
        self.read("named_manifest", async move |tx: &mut Tx<'_>| {
            let (found, name) = found_by(&reference);
            let sql = format!("SELECT m.digest, m.media_type {found}");
            let (registry, region) = (place.registry.as_str(), place.region.as_str());
            let row =
                tx.query_opt(&sql, params![registry, region, repository.as_str(), name]).await?;
            Ok(row.map(|row| (row.parsed(0), row.text(1).to_owned())))
        })
        .await
    }
}

/// Where the manifest `m` is found that a reference names, and by what name.
fn found_by(reference: &Reference) -> (&'static str, &str) {
    match reference {
        Reference::Tag(tag) => (
            "FROM tag t
             JOIN manifest m ON m.registry = t.registry AND m.region = t.region
                            AND m.repository = t.repository AND m.digest = t.digest
             WHERE t.registry = $1 AND t.region = $2 AND t.repository = $3 AND t.name = $4",
            tag.as_str(),
        ),
        Reference::Digest(digest) => (
            "FROM manifest m
             WHERE m.registry = $1 AND m.region = $2 AND m.repository = $3 AND m.digest = $4",
            digest.as_str(),
        ),
    }
}

fn manifest_from(mut row: Row) -> ManifestInfo {
    let bytes = row.take_bytes(2).expect("a manifest has bytes").into();
    ManifestInfo { digest: row.parsed(0), media_type: row.text(1).to_owned(), bytes }
}
