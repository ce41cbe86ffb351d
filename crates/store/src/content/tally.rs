//! How much a repository has, kept beside it rather than counted.

use crate::error::Fault;
use crate::row::params;
use crate::tx::Tx;
use boathook_core::digest::Digest;
use boathook_core::name::{Place, Repository};
use boathook_core::time::Timestamp;

/// How many rows share the counts of a repository, so that those who push at the same time seldom meet.
const SHARDS: i64 = 64;

/// What has changed in a repository.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Change {
    /// How many manifests it has more, or fewer.
    pub(super) manifests: i64,
    /// How many tags it has more, or fewer.
    pub(super) tags: i64,
}

/// Writes down that something has changed that is not counted.
pub(super) async fn touch(
    tx: &mut Tx<'_>,
    place: &Place,
    repository: &Repository,
    now: Timestamp,
) -> Result<(), Fault> {
    add(tx, place, repository, 0, Change::default(), now).await
}

/// Writes down a change that had to do with the manifest `about`.
pub(super) async fn record(
    tx: &mut Tx<'_>,
    place: &Place,
    repository: &Repository,
    about: &Digest,
    change: Change,
    now: Timestamp,
) -> Result<(), Fault> {
    let number = i64::from_str_radix(&about.hex()[..2], 16).expect("a digest is hexadecimal");
    add(tx, place, repository, number % SHARDS, change, now).await
}

async fn add(
    tx: &mut Tx<'_>,
    place: &Place,
    repository: &Repository,
    shard: i64,
    change: Change,
    now: Timestamp,
) -> Result<(), Fault> {
    tx.execute(
        "INSERT INTO repository_tally (registry, region, repository, shard, manifest_count, tag_count, changed_ms)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (registry, region, repository, shard) DO UPDATE SET
             manifest_count = repository_tally.manifest_count + excluded.manifest_count,
             tag_count = repository_tally.tag_count + excluded.tag_count,
             changed_ms = CASE WHEN repository_tally.changed_ms < excluded.changed_ms
                               THEN excluded.changed_ms ELSE repository_tally.changed_ms END",
        params![
            place.registry.as_str(),
            place.region.as_str(),
            repository.as_str(),
            shard,
            change.manifests,
            change.tags,
            now.0,
        ],
    )
    .await?;
    Ok(())
}
