//! Pages of what was deleted and can be restored.

use crate::db::Db;
use crate::error::Error;
use crate::row::params;
use crate::tx::Tx;
use boathook_core::digest::Digest;
use boathook_core::name::{Place, Repository, Tag};
use boathook_core::time::Timestamp;

/// A manifest that was deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeletedManifestRow {
    /// Its digest.
    pub digest: Digest,
    /// Its media type.
    pub media_type: String,
    /// Its size with all that it refers to, in bytes.
    pub image_size: u64,
    /// When it was first pushed.
    pub created: Timestamp,
    /// When it was deleted.
    pub deleted: Timestamp,
}

/// A tag that was deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeletedTagRow {
    /// Its name.
    pub name: Tag,
    /// The manifest that it was on.
    pub digest: Digest,
    /// When it was deleted.
    pub deleted: Timestamp,
}

/// Where a page of deleted tags begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AfterDeletedTag {
    /// After this name.
    pub name: String,
    /// Among those of the name, after this moment.
    pub deleted: Timestamp,
    /// Among those of the moment, after this digest.
    pub digest: String,
}

/// The next name in either table after `$from`.
macro_rules! next_name {
    ($from:literal) => {
        concat!(
            "(SELECT MIN(next.name) FROM (
                 SELECT MIN(m.repository) AS name FROM deleted_manifest m
                 WHERE m.registry = $1 AND m.region = $2 AND ",
            $from,
            " < m.repository
                 UNION ALL
                 SELECT MIN(t.repository) FROM deleted_tag t
                 WHERE t.registry = $1 AND t.region = $2 AND ",
            $from,
            " < t.repository) next)"
        )
    };
}

impl Db {
    /// The names after `last` of repositories in which something was deleted that can be restored, in byte order, `limit`
    /// at most.
    ///
    /// Steps from name to name, however much of each was deleted.
    pub async fn deleted_repositories(
        &self,
        place: &Place,
        last: &str,
        limit: u32,
    ) -> Result<Vec<String>, Error> {
        let (place, last) = (place.clone(), last.to_owned());
        self.read("deleted_repositories", async move |tx: &mut Tx<'_>| {
            let sql = concat!(
                "WITH RECURSIVE known (name, number) AS (
                     SELECT ",
                next_name!("$3"),
                ", 1
                     UNION ALL
                     SELECT ",
                next_name!("known.name"),
                ", known.number + 1 FROM known WHERE known.name IS NOT NULL AND known.number < $4
                 )
                 SELECT name FROM known WHERE name IS NOT NULL"
            );
            let (registry, region) = (place.registry.as_str(), place.region.as_str());
            let rows = tx.query(sql, params![registry, region, &last, i64::from(limit)]).await?;
            let names = rows.iter().map(|row| row.text(0).to_owned());
            // With a limit of nothing the first is found all the same.
            Ok(names.take(limit as usize).collect())
        })
        .await
    }

    /// The manifests of a repository after the digest `last` that were deleted and can be restored, `limit` at most; `None`
    /// where there is neither a repository nor anything deleted.
    pub async fn deleted_manifests(
        &self,
        place: &Place,
        repository: &Repository,
        last: &str,
        limit: u32,
    ) -> Result<Option<Vec<DeletedManifestRow>>, Error> {
        let (name, last_digest) = (repository.clone(), last.to_owned());
        let of = place.clone();
        let rows = self.read("deleted_manifests", async move |tx: &mut Tx<'_>| {
            let sql = "SELECT digest, media_type, image_size, created_ms, deleted_ms FROM deleted_manifest
                       WHERE registry = $1 AND region = $2 AND repository = $3 AND $4 < digest ORDER BY digest LIMIT $5";
            let (registry, region) = (of.registry.as_str(), of.region.as_str());
            let key = params![registry, region, name.as_str(), &last_digest, i64::from(limit)];
            let rows = tx.query(sql, key).await?;
            let row = |row: &crate::row::Row| DeletedManifestRow {
                digest: row.parsed(0),
                media_type: row.text(1).to_owned(),
                image_size: u64::try_from(row.int(2)).expect("a size is not negative"),
                created: Timestamp(row.int(3)),
                deleted: Timestamp(row.int(4)),
            };
            Ok(rows.iter().map(row).collect::<Vec<_>>())
        });
        let rows = rows.await?;
        let is_known = !rows.is_empty() || self.has_been(place, repository).await?;
        Ok(is_known.then_some(rows))
    }

    /// The tags of a repository that were deleted and can be restored, by name and the oldest deletion of each first, `limit`
    /// at most; `None` where there is neither a repository nor anything deleted.
    pub async fn deleted_tags(
        &self,
        place: &Place,
        repository: &Repository,
        after: AfterDeletedTag,
        limit: u32,
    ) -> Result<Option<Vec<DeletedTagRow>>, Error> {
        let (of, name) = (place.clone(), repository.clone());
        let rows = self.read("deleted_tags", async move |tx: &mut Tx<'_>| {
            let sql = "SELECT name, digest, deleted_ms FROM deleted_tag
                       WHERE registry = $1 AND region = $2 AND repository = $3
                         AND (name, deleted_ms, digest) > ($4, $5, $6)
                       ORDER BY name, deleted_ms, digest LIMIT $7";
            let (registry, region) = (of.registry.as_str(), of.region.as_str());
            let key = params![
                registry,
                region,
                name.as_str(),
                &after.name,
                after.deleted.0,
                &after.digest,
                i64::from(limit)
            ];
            let rows = tx.query(sql, key).await?;
            let row = |row: &crate::row::Row| DeletedTagRow {
                name: row.parsed(0),
                digest: row.parsed(1),
                deleted: Timestamp(row.int(2)),
            };
            Ok(rows.iter().map(row).collect::<Vec<_>>())
        });
        let rows = rows.await?;
        let is_known = !rows.is_empty() || self.has_been(place, repository).await?;
        Ok(is_known.then_some(rows))
    }

    /// Says whether a repository is there, or something that was deleted in it.
    async fn has_been(&self, place: &Place, repository: &Repository) -> Result<bool, Error> {
        let (place, repository) = (place.clone(), repository.clone());
        self.read("has_been", async move |tx: &mut Tx<'_>| {
            let sql = "SELECT 1 WHERE
                 EXISTS (SELECT 1 FROM repository WHERE registry = $1 AND region = $2 AND name = $3)
                 OR EXISTS (SELECT 1 FROM deleted_manifest WHERE registry = $1 AND region = $2 AND repository = $3)
                 OR EXISTS (SELECT 1 FROM deleted_tag WHERE registry = $1 AND region = $2 AND repository = $3)";
            let (registry, region) = (place.registry.as_str(), place.region.as_str());
            tx.exists(sql, params![registry, region, repository.as_str()]).await
        })
        .await
    }
}
