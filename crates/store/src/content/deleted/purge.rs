//! What was deleted goes for good when its days are over.

use crate::content::chart;
use crate::content::delete::{Forgotten, Since, Within, forget_references};
use crate::content::purging::{self, Purging};
use crate::db::Db;
use crate::error::{Error, Fault};
use crate::outbox::NewEvent;
use crate::row::params;
use crate::tx::Tx;
use boathook_core::digest::Digest;
use boathook_core::event::Policy;
use boathook_core::lock::Attributes;
use boathook_core::media_type::HELM_CONFIG;
use boathook_core::name::{Place, RegistryName, Repository};
use boathook_core::time::Timestamp;
use std::sync::Arc;

/// How many manifests a step removes at most.
pub const PURGE_MANIFESTS_MAX: usize = 50;
/// How many bytes of manifests a step reads at most, unless a single one has more.
pub const PURGE_BYTES_MAX: u64 = 1024 * 1024;
/// How many tags a step removes at most.
const PURGE_TAGS_MAX: usize = 200;
const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// What a step has removed for good.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Purged {
    /// How many manifests.
    pub manifests: usize,
    /// How many tags.
    pub tags: usize,
}

impl Db {
    /// The first registries after `after` in which something was deleted longer ago than their policies keep it.
    pub async fn purgeable(
        &self,
        after: Option<&RegistryName>,
        limit: u32,
        now: Timestamp,
    ) -> Result<Vec<RegistryName>, Error> {
        let after = after.map_or(String::new(), |name| name.as_str().to_owned());
        self.read("purgeable", async move |tx: &mut Tx<'_>| {
            let sql =
                "SELECT r.name FROM registry r WHERE $1 < r.name AND r.deleting_ms IS NULL AND (
                           (SELECT d.deleted_ms FROM deleted_manifest d WHERE d.registry = r.name
                            ORDER BY d.deleted_ms LIMIT 1) <= $2 - r.soft_delete_days * $3
                           OR (SELECT d.deleted_ms FROM deleted_tag d WHERE d.registry = r.name
                               ORDER BY d.deleted_ms LIMIT 1) <= $2 - r.soft_delete_days * $3)
                       ORDER BY r.name LIMIT $4";
            let rows = tx.query(sql, params![&after, now.0, DAY_MS, i64::from(limit)]).await?;
            Ok(rows.iter().map(|row| row.parsed(0)).collect())
        })
        .await
    }

    /// Removes some of what was deleted in a registry longer ago than its policy keeps it, by the days that the policy says
    /// now. Those are told who ask for it, by the events that `announce` makes.
    pub async fn purge_deleted(
        &self,
        registry: &RegistryName,
        now: Timestamp,
        announce: impl Fn(&Purging) -> NewEvent + Send + Sync + 'static,
    ) -> Result<Purged, Error> {
        let (registry, announce) = (registry.clone(), Arc::new(announce));
        self.write("purge_deleted", async move |tx: &mut Tx<'_>| {
            let sql =
                "SELECT soft_delete_days FROM registry WHERE name = $1 AND deleting_ms IS NULL";
            let Some(row) = tx.query_opt(sql, params![registry.as_str()]).await? else {
                return Ok(Purged::default());
            };
            let before = Timestamp(now.0.saturating_sub(row.int(0).saturating_mul(DAY_MS)));
            let manifests =
                purge_manifests(tx, &registry, before, now, |gone| announce(gone)).await?;
            // As long as a manifest waits its tags do too: whoever is told of its end is told of them.
            let tags = if manifests == 0 { purge_tags(tx, &registry, before).await? } else { 0 };
            Ok(Purged { manifests, tags })
        })
        .await
    }
}

async fn purge_manifests(
    tx: &mut Tx<'_>,
    registry: &RegistryName,
    before: Timestamp,
    now: Timestamp,
    announce: impl Fn(&Purging) -> NewEvent,
) -> Result<usize, Fault> {
    let sql = "SELECT region, repository, digest, size, config_media_type FROM deleted_manifest
               WHERE registry = $1 AND deleted_ms <= $2 ORDER BY deleted_ms, region, repository, digest LIMIT $3";
    let limit = i64::try_from(PURGE_MANIFESTS_MAX).expect("a limit is small");
    let rows = tx.query(sql, params![registry.as_str(), before.0, limit]).await?;
    let (mut count, mut bytes_left) = (0, PURGE_BYTES_MAX);
    for row in rows {
        let left = bytes_left.checked_sub(u64::try_from(row.int(3)).unwrap_or_default());
        if left.is_none() && 0 < count {
            break;
        }
        bytes_left = left.unwrap_or(0);
        let place = Place { registry: registry.clone(), region: row.parsed(0) };
        let (name, digest): (Repository, Digest) = (row.parsed(1), row.parsed(2));
        let sql = "SELECT media_type, bytes FROM deleted_manifest
                   WHERE registry = $1 AND region = $2 AND repository = $3 AND digest = $4";
        let key = params![registry.as_str(), place.region.as_str(), name.as_str(), digest.as_str()];
        let mut found = tx.query_opt(sql, key).await?.expect("it was listed in this transaction");
        let media_type = found.text(0).to_owned();
        let bytes = found.take_bytes(1).expect("a manifest has bytes");
        super::forget_manifest(tx, &place, &name, &digest).await?;
        if row.opt_text(4) == Some(HELM_CONFIG) {
            chart::forget(tx, &place, &name, &digest).await?;
            chart::oci::forget(tx, &place, &name, &digest).await?;
        }
        let within = Within { place: &place, name: &name, attributes: Attributes::default() };
        let gone = Forgotten { digest: &digest, media_type: &media_type, bytes: &bytes };
        forget_references(tx, &within, &gone, Since { gone: now, untagged: now }).await?;
        let tags = purging::tags(tx, &place, &name, &digest).await?;
        let policy = Policy::SoftDelete;
        announce(&Purging { place, repository: name, digest, media_type, tags, policy })
            .append(tx)
            .await?;
        count += 1;
    }
    Ok(count)
}

async fn purge_tags(
    tx: &mut Tx<'_>,
    registry: &RegistryName,
    before: Timestamp,
) -> Result<usize, Fault> {
    let sql = "SELECT registry, region, repository, digest, name FROM deleted_tag
               WHERE registry = $1 AND deleted_ms <= $2 ORDER BY deleted_ms, region, repository, digest, name LIMIT $3";
    let limit = i64::try_from(PURGE_TAGS_MAX).expect("a limit is small");
    let rows = tx.query(sql, params![registry.as_str(), before.0, limit]).await?;
    let keys: Vec<Vec<_>> =
        rows.iter().map(|row| (0..5).map(|idx| row.value(idx)).collect()).collect();
    let sql = "DELETE FROM deleted_tag WHERE registry = $1 AND region = $2 AND repository = $3 AND digest = $4 AND name = $5";
    tx.execute_each(sql, &keys).await?;
    Ok(rows.len())
}
