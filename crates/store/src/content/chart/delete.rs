//! All versions of a chart go, step by step.

use super::within;
use crate::content::delete::{DeletedManifest, Deletion, STEP_MANIFESTS_MAX, Within, remove};
use crate::content::locks::{attributes, columns};
use crate::db::Db;
use crate::error::{Error, Fault};
use crate::outbox::NewEvent;
use crate::row::params;
use crate::tx::Tx;
use boathook_core::chart::ChartName;
use boathook_core::lock::{self, Attributes, Locked};
use boathook_core::name::{Place, Repository};
use std::sync::Arc;

/// What came of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChartsDeletion {
    /// Some versions are gone, each with its event recorded; there may be more.
    Going,
    /// There is no version of the chart.
    Done,
    /// The repository, a version or its tag is locked; this step has changed nothing.
    Locked(Locked),
}

impl Db {
    /// Removes some versions of a chart. `announce` makes the event of the version with the given number in the step.
    pub async fn delete_charts_step(
        &self,
        place: &Place,
        repository: &Repository,
        name: &ChartName,
        announce: impl Fn(usize, &DeletedManifest) -> NewEvent + Send + Sync + 'static,
    ) -> Result<ChartsDeletion, Error> {
        let (place, repository, name) = (place.clone(), repository.clone(), name.clone());
        let announce = Arc::new(announce);
        let of = place.registry.clone();
        self.write_in(&of, "delete_charts_step", async move |tx: &mut Tx<'_>| {
            let within = within(tx, &place, &repository).await?;
            if let Err(locked) = may_go(tx, &within, &name).await? {
                return Ok(ChartsDeletion::Locked(locked));
            }
            let sql = "SELECT h.manifest FROM chart h
                WHERE h.registry = $1 AND h.region = $2 AND h.repository = $3 AND h.name = $4 AND h.deleted_ms IS NULL
                ORDER BY h.tag LIMIT $5";
            let (registry, region) = (place.registry.as_str(), place.region.as_str());
            let limit = i64::try_from(STEP_MANIFESTS_MAX).expect("a step is small");
            let key = params![registry, region, repository.as_str(), name.as_str(), limit];
            let rows = tx.query(sql, key).await?;
            for (idx, row) in rows.iter().enumerate() {
                match remove(tx, &within, &row.parsed(0), |gone| announce(idx, gone)).await? {
                    Deletion::Deleted(_) => (),
                    Deletion::Unknown | Deletion::Locked(_) => {
                        unreachable!("it was read in this transaction, and nothing is locked")
                    }
                }
            }
            Ok(if rows.is_empty() { ChartsDeletion::Done } else { ChartsDeletion::Going })
        })
        .await
    }
}

/// Looks whether any version of a chart is locked.
async fn may_go(
    tx: &mut Tx<'_>,
    within: &Within<'_>,
    name: &ChartName,
) -> Result<Result<(), Locked>, Fault> {
    // What is locked has an index and is little; versions may be many, and each step asks.
    let manifest = concat!(
        "SELECT ",
        columns!("m"),
        " FROM manifest m CROSS JOIN chart h
          WHERE m.registry = $1 AND m.region = $2 AND m.repository = $3
            AND (m.is_delete_enabled = 0 OR m.is_write_enabled = 0)
            AND h.registry = $1 AND h.region = $2 AND h.repository = $3 AND h.manifest = m.digest
            AND h.name = $4 AND h.deleted_ms IS NULL LIMIT 1"
    );
    let tag = concat!(
        "SELECT ",
        columns!("t"),
        " FROM tag t CROSS JOIN chart h
          WHERE t.registry = $1 AND t.region = $2 AND t.repository = $3
            AND (t.is_delete_enabled = 0 OR t.is_write_enabled = 0)
            AND h.registry = $1 AND h.region = $2 AND h.repository = $3 AND h.tag = t.name
            AND h.name = $4 AND h.deleted_ms IS NULL LIMIT 1"
    );
    let (registry, region) = (within.place.registry.as_str(), within.place.region.as_str());
    let key = params![registry, region, within.name.as_str(), name.as_str()];
    let mut locked = [Attributes::UNLOCKED; 2];
    for (locked, sql) in locked.iter_mut().zip([manifest, tag]) {
        if let Some(found) = tx.query_opt(sql, key).await?.and_then(|row| attributes(&row, 0)) {
            *locked = found;
        }
    }
    let [of_manifest, of_tag] = locked;
    Ok(lock::delete_manifest(within.attributes, of_manifest, of_tag))
}
