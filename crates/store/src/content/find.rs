//! Which repositories of a place have something, whatever else there is, as far as lists show it.

use crate::db::Db;
use crate::error::Error;
use crate::row::params;
use crate::tx::Tx;
use boathook_core::digest::Digest;
use boathook_core::name::{Place, Repository, Tag};

/// Finds rows of a table by one of its columns, where neither they nor their repositories are kept out of lists. The flag is in
/// the indexes for this: SQLite went along all manifests of the place by another index that had it.
macro_rules! found_by {
    ($table:literal, $column:literal) => {
        concat!(
            "SELECT f.repository FROM ",
            $table,
            " f WHERE f.registry = $1 AND f.region = $2 AND f.",
            $column,
            " = $3 AND f.is_list_enabled = 1
                AND (SELECT r.is_list_enabled FROM repository r
                     WHERE r.registry = $1 AND r.region = $2 AND r.name = f.repository) = 1
              ORDER BY f.repository LIMIT $4"
        )
    };
}

impl Db {
    /// The repositories that have a manifest, in byte order, `limit` at most.
    pub async fn repositories_of_manifest(
        &self,
        place: &Place,
        digest: &Digest,
        limit: u32,
    ) -> Result<Vec<Repository>, Error> {
        let sql = found_by!("manifest", "digest");
        self.repositories_of("repositories_of_manifest", sql, place, digest.as_str(), limit).await
    }

    /// The repositories that have a tag of a name, in byte order, `limit` at most.
    pub async fn repositories_of_tag(
        &self,
        place: &Place,
        tag: &Tag,
        limit: u32,
    ) -> Result<Vec<Repository>, Error> {
        let sql = found_by!("tag", "name");
        self.repositories_of("repositories_of_tag", sql, place, tag.as_str(), limit).await
    }

    async fn repositories_of(
        &self,
        operation: &'static str,
        sql: &'static str,
        place: &Place,
        name: &str,
        limit: u32,
    ) -> Result<Vec<Repository>, Error> {
        let (place, name) = (place.clone(), name.to_owned());
        self.read(operation, async move |tx: &mut Tx<'_>| {
            let (registry, region) = (place.registry.as_str(), place.region.as_str());
            let rows = tx.query(sql, params![registry, region, &name, i64::from(limit)]).await?;
            Ok(rows.iter().map(|row| row.parsed(0)).collect())
        })
        .await
    }
}
