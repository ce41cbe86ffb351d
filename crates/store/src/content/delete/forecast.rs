//! What would come of a deletion, said beforehand by what decides it.

use super::{Deletion, Within, removable, repository};
use crate::content::locks;
use crate::db::Db;
use crate::error::Error;
use crate::row::params;
use crate::tx::Tx;
use boathook_core::digest::Digest;
use boathook_core::lock::Locked;
use boathook_core::name::{Place, Repository};

/// How many of the indexes are named that need a manifest.
pub const NEEDED_BY_MAX: u32 = 10;

/// What would come of the deletion of a manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManifestForecast {
    /// What keeps it from going.
    pub locked: Option<Locked>,
    /// The indexes that would be left without it, the first [`NEEDED_BY_MAX`] of them.
    pub needed_by: Vec<Digest>,
}

impl Db {
    /// Says what would come of the deletion of a manifest; `None` where it is not there.
    pub async fn manifest_forecast(
        &self,
        place: &Place,
        repository: &Repository,
        digest: &Digest,
    ) -> Result<Option<ManifestForecast>, Error> {
        let (place, repository, digest) = (place.clone(), repository.clone(), digest.clone());
        self.read("manifest_forecast", async move |tx: &mut Tx<'_>| {
            let attributes = locks::of_repository(tx, &place, &repository).await?;
            let attributes = attributes.unwrap_or_default();
            let within = Within { place: &place, name: &repository, attributes };
            let locked = match removable(tx, &within, &digest).await? {
                Ok(_) => None,
                Err(Deletion::Locked(locked)) => Some(locked),
                Err(Deletion::Unknown | Deletion::Deleted(_)) => return Ok(None),
            };
            // What was deleted and can be restored keeps its references.
            let sql = "SELECT r.parent FROM manifest_reference r
                       JOIN manifest m ON m.registry = r.registry AND m.region = r.region
                                      AND m.repository = r.repository AND m.digest = r.parent
                       WHERE r.registry = $1 AND r.region = $2 AND r.repository = $3 AND r.child = $4
                       ORDER BY r.parent LIMIT $5";
            let (registry, region) = (place.registry.as_str(), place.region.as_str());
            let limit = i64::from(NEEDED_BY_MAX);
            let key = params![registry, region, repository.as_str(), digest.as_str(), limit];
            let needed_by = tx.query(sql, key).await?.iter().map(|row| row.parsed(0)).collect();
            Ok(Some(ManifestForecast { locked, needed_by }))
        })
        .await
    }

    /// Says what would keep a repository from being deleted, if anything; `None` where it is not there.
    pub async fn repository_forecast(
        &self,
        place: &Place,
        repository: &Repository,
    ) -> Result<Option<Result<(), Locked>>, Error> {
        let (place, repository) = (place.clone(), repository.clone());
        self.read("repository_forecast", async move |tx: &mut Tx<'_>| {
            let Some(attributes) = locks::of_repository(tx, &place, &repository).await? else {
                return Ok(None);
            };
            let within = Within { place: &place, name: &repository, attributes };
            Ok(Some(repository::may_go(tx, &within).await?))
        })
        .await
    }
}
