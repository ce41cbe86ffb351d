//! What has changed among a repository's charts, so that whoever keeps an index need not read all of it again.

use super::{COLUMNS, ChartRow, oci, read};
use crate::content::attributes::Holder;
use crate::content::records::tags_of;
use crate::db::Db;
use crate::error::{Error, Fault};
use crate::row::{Row, params};
use crate::tx::Tx;
use boathook_core::chart::may_be_of_chart;
use boathook_core::digest::Digest;
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
    /// Where the registry has the index list OCI artifacts too, the number of the registry's last change. What is listed is
    /// told of as long as that is the same; another setting or another policy may have it list others.
    pub listing: Option<i64>,
}

/// What a chart is after a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChartChange {
    /// The number of the change.
    pub revision: i64,
    /// The tag that it was about.
    pub tag: Tag,
    /// The repository that has the tag, where that is one below.
    pub below: Option<Repository>,
    /// The chart that has the tag now, if the index shows it.
    pub chart: Option<ChartRow>,
}

impl Db {
    /// What has changed among a repository's charts since a revision; `None` where it has no index.
    pub async fn chart_changes(
        &self,
        place: &Place,
        repository: &Repository,
        since: i64,
    ) -> Result<Option<ChartChanges>, Error> {
        let (place, repository) = (place.clone(), repository.clone());
        self.read("chart_changes", async move |tx: &mut Tx<'_>| {
            let sql = format!(
                "SELECT i.generation, i.revision, i.changed_ms,
                        CASE WHEN g.has_oci_charts_in_index = 1 THEN g.revision ELSE NULL END,
                        c.revision, c.tag, c.below, {COLUMNS} FROM chart_index i
                 JOIN registry g ON g.name = i.registry
                 LEFT JOIN chart_change c ON c.registry = i.registry AND c.region = i.region
                       AND c.repository = i.repository AND $4 < c.revision
                 LEFT JOIN chart h ON h.registry = c.registry AND h.region = c.region
                       AND h.repository = c.repository AND h.tag = c.tag AND c.below IS NULL AND {SHOWN}
                 WHERE i.registry = $1 AND i.region = $2 AND i.repository = $3 LIMIT $5"
            );
            let (registry, region) = (place.registry.as_str(), place.region.as_str());
            let key = params![registry, region, repository.as_str(), since, CHART_CHANGES_MAX + 1];
            let rows = tx.query(&sql, key).await?;
            let Some(first) = rows.first() else { return Ok(None) };
            let change = |row: &Row| {
                let revision = row.opt_int(4)?;
                let chart = row.opt_text(8).is_some().then(|| read(row, 7));
                Some(ChartChange { revision, tag: row.parsed(5), below: row.opt_parsed(6), chart })
            };
            let mut changes = ChartChanges {
                generation: first.text(0).to_owned(),
                revision: first.int(1),
                changed: Timestamp(first.int(2)),
                changes: rows.iter().filter_map(change).collect(),
                listing: first.opt_int(3),
            };
            for change in &mut changes.changes {
                if let (Some(below), Some(_)) = (&change.below, changes.listing) {
                    change.chart = oci::shown(tx, &place, below, &change.tag).await?;
                }
            }
            Ok(Some(changes))
        })
        .await
    }

    /// A page of a repository's charts that its index shows, by tag.
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
                 WHERE h.registry = $1 AND h.region = $2 AND h.repository = $3 AND $4 < h.tag AND {SHOWN}
                 ORDER BY h.tag LIMIT $5"
            );
            let (registry, region) = (place.registry.as_str(), place.region.as_str());
            let key = params![registry, region, repository.as_str(), &after, i64::from(limit)];
            Ok(tx.query(&sql, key).await?.iter().map(|row| read(row, 0)).collect())
        })
        .await
    }

    /// Begins the index of a repository that has charts and no index, which from now on is told of what changes; `false`
    /// where there are none. They are OCI artifacts below it that are to be listed, or have been restored after it had gone.
    pub async fn begin_chart_index(
        &self,
        place: &Place,
        repository: &Repository,
        generation: String,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let (of, name) = (place.clone(), repository.clone());
        let has_charts = self.read("has_charts", async move |tx: &mut Tx<'_>| {
            Ok(has_own(tx, &of, &name).await? || oci::are_below(tx, &of, &name).await?)
        });
        if !has_charts.await? {
            return Ok(false);
        }
        let (of, place, name) = (place.registry.clone(), place.clone(), repository.clone());
        self.write_in(&of, "begin_chart_index", async move |tx: &mut Tx<'_>| {
            begin(tx, &place, &name, &generation, now).await
        })
        .await?;
        Ok(true)
    }
}

async fn has_own(tx: &mut Tx<'_>, place: &Place, name: &Repository) -> Result<bool, Fault> {
    let sql = "SELECT 1 FROM chart h
               WHERE h.registry = $1 AND h.region = $2 AND h.repository = $3 AND h.deleted_ms IS NULL
               ORDER BY h.tag LIMIT 1";
    let (registry, region) = (place.registry.as_str(), place.region.as_str());
    tx.exists(sql, params![registry, region, name.as_str()]).await
}

/// Whether an index shows the chart `h`: what may not be listed or read, it does not know of. It is counted so that no engine
/// looks through the tables for all charts at once.
const SHOWN: &str = "h.deleted_ms IS NULL AND 1 = (
    SELECT COUNT(*) FROM tag t JOIN manifest m ON m.registry = t.registry AND m.region = t.region
                                       AND m.repository = t.repository AND m.digest = t.digest
    WHERE t.registry = h.registry AND t.region = h.region AND t.repository = h.repository AND t.name = h.tag
      AND t.is_list_enabled = 1 AND t.is_read_enabled = 1 AND m.is_list_enabled = 1 AND m.is_read_enabled = 1)";

/// How many tags of a manifest are noted one by one.
const TAGS_NOTED_MAX: usize = 10;

/// Notes that what indexes show of something may have become another, because other things may be done with it.
pub(in crate::content) async fn shown_otherwise(
    tx: &mut Tx<'_>,
    place: &Place,
    name: &Repository,
    holder: &Holder,
    now: Timestamp,
) -> Result<(), Fault> {
    match holder {
        Holder::Repository => oci::note_all(tx, place, name, now).await,
        Holder::Tag(tag) => note_either(tx, place, name, tag, now).await,
        Holder::Manifest(digest) => note_manifest(tx, place, name, digest, now).await,
    }
}

async fn note_manifest(
    tx: &mut Tx<'_>,
    place: &Place,
    name: &Repository,
    digest: &Digest,
    now: Timestamp,
) -> Result<(), Fault> {
    let tags = tags_of(tx, place, name, digest, TAGS_NOTED_MAX + 1).await?;
    if TAGS_NOTED_MAX < tags.len() {
        // A chart of the classic repository has one alone.
        return oci::note_all(tx, place, name, now).await;
    }
    for tag in &tags {
        note_either(tx, place, name, tag, now).await?;
    }
    Ok(())
}

async fn note_either(
    tx: &mut Tx<'_>,
    place: &Place,
    name: &Repository,
    tag: &Tag,
    now: Timestamp,
) -> Result<(), Fault> {
    if may_be_of_chart(tag) {
        note(tx, place, name, tag, now).await?;
    }
    oci::note(tx, place, name, tag, now).await
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
    remember(tx, place, name, revision, About { tag, below: None }).await
}

/// What a change is about.
pub(super) struct About<'a> {
    pub(super) tag: &'a Tag,
    pub(super) below: Option<&'a Repository>,
}

/// Remembers what the change of this number was about, and forgets what was long ago.
pub(super) async fn remember(
    tx: &mut Tx<'_>,
    place: &Place,
    name: &Repository,
    revision: i64,
    about: About<'_>,
) -> Result<(), Fault> {
    let (registry, region) = (place.registry.as_str(), place.region.as_str());
    let below = about.below.map(Repository::as_str);
    tx.execute(
        "INSERT INTO chart_change (registry, region, repository, revision, tag, below) VALUES ($1, $2, $3, $4, $5, $6)",
        params![registry, region, name.as_str(), revision, about.tag.as_str(), below],
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
