//! What has changed among a repository's charts, so that whoever keeps an index need not read all of it again.

use super::{COLUMNS, ChartRow, read};
use crate::db::Db;
use crate::error::{Error, Fault};
use crate::row::params;
use crate::tx::Tx;
use boathook_core::name::{Place, Repository, Tag};
use boathook_core::time::Timestamp;

/// How many changes are remembered a repository. Whoever has missed more reads all of its charts.
pub const CHART_CHANGES_MAX: i64 = 1_000;

/// What has happened to a repository's charts since some revision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChartChanges {
    /// Which index it is: that of a repository made anew has another.
    pub generation: String,
    /// How many changes there have been.
    pub revision: i64,
    /// When the last one was.
    pub changed: Timestamp,
    /// Those that are remembered, in no order.
    pub changes: Vec<ChartChange>,
}

/// What a chart is after a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChartChange {
    /// The number of the change.
    pub revision: i64,
    /// The tag that it was about.
    pub tag: Tag,
    /// The chart that has the tag now.
    pub chart: Option<ChartRow>,
}

impl Db {
    /// What has changed among a repository's charts since a revision; `None` where it has never had any.
    pub async fn chart_changes(
        &self,
        place: &Place,
        repository: &Repository,
        since: i64,
    ) -> Result<Option<ChartChanges>, Error> {
        let (place, repository) = (place.clone(), repository.clone());
        self.read("chart_changes", async move |tx: &mut Tx<'_>| {
            let sql = format!(
                "SELECT i.generation, i.revision, i.changed_ms, c.revision, c.tag, {COLUMNS} FROM chart_index i
                 LEFT JOIN chart_change c ON c.registry = i.registry AND c.region = i.region
                       AND c.repository = i.repository AND $4 < c.revision
                 LEFT JOIN chart h ON h.registry = c.registry AND h.region = c.region
                       AND h.repository = c.repository AND h.tag = c.tag AND h.deleted_ms IS NULL
                 WHERE i.registry = $1 AND i.region = $2 AND i.repository = $3 LIMIT $5"
            );
            let (registry, region) = (place.registry.as_str(), place.region.as_str());
            let key = params![registry, region, repository.as_str(), since, CHART_CHANGES_MAX + 1];
            let rows = tx.query(&sql, key).await?;
            let Some(first) = rows.first() else { return Ok(None) };
            let change = |row: &crate::row::Row| {
                let revision = row.opt_int(3)?;
                let chart = row.opt_text(5).is_some().then(|| read(row, 5));
                Some(ChartChange { revision, tag: row.parsed(4), chart })
            };
            Ok(Some(ChartChanges {
                generation: first.text(0).to_owned(),
                revision: first.int(1),
                changed: Timestamp(first.int(2)),
                changes: rows.iter().filter_map(change).collect(),
            }))
        })
        .await
    }

    /// A page of a repository's charts, by tag.
    pub async fn charts(
        &self,
        place: &Place,
        repository: &Repository,
        after: &str,
        limit: u32,
    ) -> Result<Vec<ChartRow>, Error> {
        let (place, repository, after) = (place.clone(), repository.clone(), after.to_owned());
        self.read("charts", async move |tx: &mut Tx<'_>| {
            let sql = format!(
                "SELECT {COLUMNS} FROM chart h
                 WHERE h.registry = $1 AND h.region = $2 AND h.repository = $3 AND $4 < h.tag AND h.deleted_ms IS NULL
                 ORDER BY h.tag LIMIT $5"
            );
            let (registry, region) = (place.registry.as_str(), place.region.as_str());
            let key = params![registry, region, repository.as_str(), &after, i64::from(limit)];
            Ok(tx.query(&sql, key).await?.iter().map(|row| read(row, 0)).collect())
        })
        .await
    }
}

/// Begins a repository's index, unless it has one.
pub(super) async fn begin(
    tx: &mut Tx<'_>,
    place: &Place,
    name: &Repository,
    generation: &str,
    now: Timestamp,
) -> Result<(), Fault> {
    let (registry, region) = (place.registry.as_str(), place.region.as_str());
    tx.execute(
        "INSERT INTO chart_index (registry, region, repository, generation, revision, changed_ms)
         VALUES ($1, $2, $3, $4, 0, $5) ON CONFLICT DO NOTHING",
        params![registry, region, name.as_str(), generation, now.0],
    )
    .await?;
    Ok(())
}

/// Notes that the chart of a tag is another, or gone.
pub(super) async fn note(
    tx: &mut Tx<'_>,
    place: &Place,
    name: &Repository,
    tag: &Tag,
    now: Timestamp,
) -> Result<(), Fault> {
    let (registry, region) = (place.registry.as_str(), place.region.as_str());
    let sql = "UPDATE chart_index SET revision = revision + 1, changed_ms = $4
               WHERE registry = $1 AND region = $2 AND repository = $3 RETURNING revision";
    let counted = tx.query_opt(sql, params![registry, region, name.as_str(), now.0]).await?;
    let Some(revision) = counted.map(|row| row.int(0)) else { return Ok(()) };
    tx.execute(
        "INSERT INTO chart_change (registry, region, repository, revision, tag) VALUES ($1, $2, $3, $4, $5)",
        params![registry, region, name.as_str(), revision, tag.as_str()],
    )
    .await?;
    let sql = "DELETE FROM chart_change
               WHERE registry = $1 AND region = $2 AND repository = $3 AND revision <= $4";
    let key = params![registry, region, name.as_str(), revision - CHART_CHANGES_MAX];
    tx.execute(sql, key).await?;
    Ok(())
}

/// Forgets the index of a repository.
pub(in crate::content) async fn forget(
    tx: &mut Tx<'_>,
    place: &Place,
    name: &Repository,
) -> Result<(), Fault> {
    let (registry, region) = (place.registry.as_str(), place.region.as_str());
    for sql in [
        "DELETE FROM chart_change WHERE registry = $1 AND region = $2 AND repository = $3",
        "DELETE FROM chart_index WHERE registry = $1 AND region = $2 AND repository = $3",
    ] {
        tx.execute(sql, params![registry, region, name.as_str()]).await?;
    }
    Ok(())
}
