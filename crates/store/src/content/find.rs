//! Which repositories of a place have something, whatever else there is.

use crate::db::Db;
use crate::error::Error;
use crate::row::params;
use crate::tx::Tx;
use boathook_core::digest::Digest;
use boathook_core::name::{Place, Repository, Tag};

impl Db {
    /// The repositories that have a manifest, in byte order, `limit` at most.
    pub async fn repositories_of_manifest(
        &self,
        place: &Place,
        digest: &Digest,
        limit: u32,
    ) -> Result<Vec<Repository>, Error> {
        let sql =
            "SELECT repository FROM manifest WHERE registry = $1 AND region = $2 AND digest = $3
                   ORDER BY repository LIMIT $4";
        self.repositories_of("repositories_of_manifest", sql, place, digest.as_str(), limit).await
    }

    /// The repositories that have a tag of a name which lists show, in byte order, `limit` at most.
    pub async fn repositories_of_tag(
        &self,
        place: &Place,
        tag: &Tag,
        limit: u32,
    ) -> Result<Vec<Repository>, Error> {
        let sql = "SELECT repository FROM tag WHERE registry = $1 AND region = $2 AND name = $3 AND is_list_enabled = 1
                   ORDER BY repository LIMIT $4";
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
