//! What a pull asks for.

use crate::cache::{Entry, Key};
use crate::content::locks::{attributes, columns};
use crate::db::Db;
use crate::error::Error;
use crate::row::params;
use crate::tx::Tx;
use boathook_core::digest::Digest;
use boathook_core::lock::Attributes;
use boathook_core::name::{Place, Reference, Repository};
use boathook_core::quarantine::State;
use boathook_core::time::Timestamp;
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
    /// Since when no manifest of the repository is known to need it; nothing where one does.
    pub idle: Option<Timestamp>,
}

/// A manifest, and what may be done with it.
#[derive(Debug)]
pub struct FoundManifest {
    /// The manifest.
    pub info: Arc<ManifestInfo>,
    /// Of the repository.
    pub repository: Attributes,
    /// Of the manifest itself.
    pub manifest: Attributes,
    /// Of the tag that it was named by, if it was.
    pub tag: Option<Attributes>,
    /// What the quarantine says of it.
    pub quarantine: Option<State>,
}

/// A blob, and what may be done with it.
#[derive(Debug)]
pub struct FoundBlob {
    /// The blob.
    pub info: Arc<BlobInfo>,
    /// Of the repository.
    pub repository: Attributes,
}

/// A manifest as it is cached.
#[derive(Clone, Debug)]
pub(crate) struct CachedManifest {
    pub(crate) info: Arc<ManifestInfo>,
    manifest: Attributes,
    tag: Option<Attributes>,
    quarantine: Option<State>,
    /// That of the repository's answer beside which it was read; with another one, its attributes may be others.
    generation: u64,
}

/// What a name stands for now.
struct NamedManifest {
    digest: Digest,
    media_type: String,
    repository: Attributes,
    manifest: Attributes,
    tag: Option<Attributes>,
    quarantine: Option<State>,
}

impl Db {
    /// Looks up a manifest by tag or digest.
    pub async fn manifest(
        &self,
        place: &Place,
        repository: &Repository,
        reference: &Reference,
    ) -> Result<Option<FoundManifest>, Error> {
        if self.is_shared() {
            return self.manifest_of_many(place, repository, reference).await;
        }
        let locks = self.repository_locks(place, repository).await?;
        let key = Key::Manifest(place.clone(), repository.clone(), reference.clone());
        let found = |cached: CachedManifest| FoundManifest {
            info: cached.info,
            repository: locks.attributes,
            manifest: cached.manifest,
            tag: cached.tag,
            quarantine: cached.quarantine,
        };
        if let Some(Entry::Manifest(cached)) = self.cached(&key)
            && cached.generation == locks.generation
        {
            return Ok(Some(found(cached)));
        }
        let epoch = self.cache().epoch();
        let Some(mut read) = self.find_manifest(key.clone()).await? else { return Ok(None) };
        read.generation = locks.generation;
        self.cache().put(epoch, key, Entry::Manifest(read.clone()));
        Ok(Some(found(read)))
    }

    /// Another node may have moved the tag, deleted the manifest, locked something, or pushed the bytes again as another
    /// type: only the content is known without asking.
    async fn manifest_of_many(
        &self,
        place: &Place,
        repository: &Repository,
        reference: &Reference,
    ) -> Result<Option<FoundManifest>, Error> {
        let Some(named) = self.named(place, repository, reference).await? else { return Ok(None) };
        let found = |info| FoundManifest {
            info,
            repository: named.repository,
            manifest: named.manifest,
            tag: named.tag,
            quarantine: named.quarantine,
        };
        let reference = Reference::Digest(named.digest.clone());
        let key = Key::Manifest(place.clone(), repository.clone(), reference);
        if let Some(Entry::Manifest(cached)) = self.cached(&key)
            && cached.info.media_type == named.media_type
        {
            return Ok(Some(found(cached.info)));
        }
        let epoch = self.cache().epoch();
        let Some(read) = self.find_manifest(key.clone()).await? else { return Ok(None) };
        self.cache().put(epoch, key, Entry::Manifest(read.clone()));
        Ok(Some(found(read.info)))
    }

    /// Looks up a blob of a repository.
    pub async fn blob(
        &self,
        place: &Place,
        repository: &Repository,
        digest: &Digest,
    ) -> Result<Option<FoundBlob>, Error> {
        if self.is_shared() {
            return self.find_blob(place, repository, digest).await;
        }
        let locks = self.repository_locks(place, repository).await?;
        let key = Key::Blob(place.clone(), repository.clone(), digest.clone());
        if let Some(Entry::Blob(info)) = self.cached(&key) {
            return Ok(Some(FoundBlob { info, repository: locks.attributes }));
        }
        let epoch = self.cache().epoch();
        let found = self.find_blob(place, repository, digest).await?;
        if let Some(found) = &found {
            self.cache().put(epoch, key, Entry::Blob(Arc::clone(&found.info)));
        }
        Ok(found)
    }

    async fn find_blob(
        &self,
        place: &Place,
        repository: &Repository,
        digest: &Digest,
    ) -> Result<Option<FoundBlob>, Error> {
        let (place, repository, digest) = (place.clone(), repository.clone(), digest.clone());
        self.read("blob", async move |tx: &mut Tx<'_>| {
            // A blob may be there before the first manifest is, and with it the repository.
            let sql = concat!(
                "SELECT b.size, b.bytes, l.idle_ms, ",
                columns!("r"),
                " FROM repository_blob l
                 JOIN blob b ON b.registry = l.registry AND b.region = l.region AND b.digest = l.digest
                 LEFT JOIN repository r ON r.registry = l.registry AND r.region = l.region AND r.name = l.repository
                 WHERE l.registry = $1 AND l.region = $2 AND l.repository = $3 AND l.digest = $4"
            );
            let (registry, region) = (place.registry.as_str(), place.region.as_str());
            let key = params![registry, region, repository.as_str(), digest.as_str()];
            let row = tx.query_opt(sql, key).await?;
            Ok(row.map(|mut row| {
                let inline = row.take_bytes(1).map(Bytes::from);
                let size = u64::try_from(row.int(0)).expect("a size is not negative");
                let idle = row.opt_int(2).map(Timestamp);
                let repository = attributes(&row, 3).unwrap_or_default();
                FoundBlob { info: Arc::new(BlobInfo { size, inline, idle }), repository }
            }))
        })
        .await
    }

    async fn find_manifest(&self, key: Key) -> Result<Option<CachedManifest>, Error> {
        self.read("manifest", async move |tx: &mut Tx<'_>| {
            let Key::Manifest(place, repository, reference) = &key else {
                unreachable!("the key is a manifest's")
            };
            let (registry, region) = (place.registry.as_str(), place.region.as_str());
            let (columns, found, name) = found_by(reference);
            let sql = format!(
                "SELECT m.digest, m.media_type, m.bytes, m.quarantine_state, {columns} {found}"
            );
            let row =
                tx.query_opt(&sql, params![registry, region, repository.as_str(), name]).await?;
            Ok(row.map(|mut row| {
                let bytes = row.take_bytes(2).expect("a manifest has bytes").into();
                let (digest, media_type) = (row.parsed(0), row.text(1).to_owned());
                CachedManifest {
                    info: Arc::new(ManifestInfo { digest, media_type, bytes }),
                    quarantine: row.opt_parsed(3),
                    manifest: attributes(&row, 4).expect("the manifest is there"),
                    tag: attributes(&row, 8),
                    generation: 0,
                }
            }))
        })
        .await
    }

    /// What a reference names now, of which type, and what may be done with it.
    async fn named(
        &self,
        place: &Place,
        repository: &Repository,
        reference: &Reference,
    ) -> Result<Option<NamedManifest>, Error> {
        let (place, repository) = (place.clone(), repository.clone());
        let reference = reference.clone();
        self.read("named_manifest", async move |tx: &mut Tx<'_>| {
            let (columns, found, name) = found_by(&reference);
            let of_repository = columns!("r");
            let sql = format!(
                "SELECT m.digest, m.media_type, m.quarantine_state, {columns}, {of_repository} {found}"
            );
            let (registry, region) = (place.registry.as_str(), place.region.as_str());
            let row =
                tx.query_opt(&sql, params![registry, region, repository.as_str(), name]).await?;
            Ok(row.map(|row| NamedManifest {
                digest: row.parsed(0),
                media_type: row.text(1).to_owned(),
                quarantine: row.opt_parsed(2),
                manifest: attributes(&row, 3).expect("the manifest is there"),
                tag: attributes(&row, 7),
                repository: attributes(&row, 11).expect("what has a manifest is there"),
            }))
        })
        .await
    }
}

/// The attributes of the manifest `m` that a reference names and of the tag, eight columns; where both are found with
/// their repository `r`; and by what name.
fn found_by(reference: &Reference) -> (&'static str, &'static str, &str) {
    match reference {
        Reference::Tag(tag) => (
            concat!(columns!("m"), ", ", columns!("t")),
            "FROM tag t
             JOIN repository r ON r.registry = t.registry AND r.region = t.region AND r.name = t.repository
             JOIN manifest m ON m.registry = t.registry AND m.region = t.region
                            AND m.repository = t.repository AND m.digest = t.digest
             WHERE t.registry = $1 AND t.region = $2 AND t.repository = $3 AND t.name = $4",
            tag.as_str(),
        ),
        Reference::Digest(digest) => (
            concat!(columns!("m"), ", NULL, NULL, NULL, NULL"),
            "FROM manifest m
             JOIN repository r ON r.registry = m.registry AND r.region = m.region AND r.name = m.repository
             WHERE m.registry = $1 AND m.region = $2 AND m.repository = $3 AND m.digest = $4",
            digest.as_str(),
        ),
    }
}
