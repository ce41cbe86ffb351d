//! What has changed among a repository's charts, so that whoever keeps an index need not read all of it again.

use super::{COLUMNS, ChartRow, by_tag, oci, read};
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
use std::collections::BTreeMap;

/// How many changes are remembered a repository. Whoever has missed more reads all of its charts.
pub const CHART_CHANGES_MAX: i64 = 1_000;

/// How much of what charts say of themselves is read at a time, in bytes: 4 MiB, or one chart.
pub const CHARTS_BYTES_MAX: usize = 4 * 1024 * 1024;

/// What has happened to a repository's charts since some revision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChartChanges {
    /// Which index it is: that of a repository made anew has another.
    pub generation: String,
    /// How many changes there have been.
    pub revision: i64,
    /// When the last one was.
    pub changed: Timestamp,
    /// How many of the changes since are told of. There are none where it would be too much to read: who has missed some
    /// reads all charts then.
    pub told_count: i64,
    /// What those were about, each tag once, in no order.
    pub changes: Vec<ChartChange>,
    /// Where the registry has the index list OCI artifacts too, the number of the registry's last change. What is listed is
    /// told of as long as that is the same; another setting or another policy may have it list others.
    pub listing: Option<i64>,
}

/// What a chart is after a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChartChange {
    /// The number of the last change.
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
            let sql = "SELECT i.generation, i.revision, i.changed_ms,
                        CASE WHEN g.has_oci_charts_in_index = 1 THEN g.revision ELSE NULL END,
                        c.revision, c.tag, c.below FROM chart_index i
                 JOIN registry g ON g.name = i.registry
                 LEFT JOIN chart_change c ON c.registry = i.registry AND c.region = i.region
                       AND c.repository = i.repository AND $4 < c.revision
                 WHERE i.registry = $1 AND i.region = $2 AND i.repository = $3 LIMIT $5";
            let (registry, region) = (place.registry.as_str(), place.region.as_str());
            let key = params![registry, region, repository.as_str(), since, CHART_CHANGES_MAX + 1];
            let rows = tx.query(sql, key).await?;
            let Some(first) = rows.first() else { return Ok(None) };
            let mut changes = ChartChanges {
                generation: first.text(0).to_owned(),
                revision: first.int(1),
                changed: Timestamp(first.int(2)),
                told_count: 0,
                changes: Vec::new(),
                listing: first.opt_int(3),
            };
            let (mut last, mut told_count) = (BTreeMap::<_, i64>::new(), 0);
            for row in &rows {
                let Some(revision) = row.opt_int(4) else { continue };
                let about = (row.text(5).to_owned(), row.opt_text(6).map(str::to_owned));
                last.entry(about)
                    .and_modify(|last| *last = revision.max(*last))
                    .or_insert(revision);
                told_count += 1;
            }
            let mut told = Vec::with_capacity(last.len());
            let mut bytes = 0;
            for ((tag, below), revision) in last {
                let tag = tag.parse().expect("a tag is what was stored");
                let below: Option<Repository> =
                    below.map(|below| below.parse().expect("a repository is what was stored"));
                let chart = match (&below, changes.listing) {
                    (None, _) => by_tag(tx, &place, &repository, &tag, SHOWN).await?,
                    (Some(below), Some(_)) => oci::shown(tx, &place, below, &tag).await?,
                    (Some(_), None) => None,
                };
                bytes += chart.as_ref().map_or(0, |chart| chart.metadata.len());
                if CHARTS_BYTES_MAX < bytes {
                    return Ok(Some(changes));
                }
                told.push(ChartChange { revision, tag, below, chart });
            }
            (changes.told_count, changes.changes) = (told_count, told);
            Ok(Some(changes))
        })
        .await
    }

    /// A page of a repository's charts that its index shows, by tag: `limit` of them at most, and fewer where they say much
    /// of themselves. The last page is empty.
    pub async fn charts(
        &self,
        place: &Place,
        repository: &Repository,
        after: &str,
        limit: u32,
    ) -> Result<Vec<ChartRow>, Error> {
        let (place, repository, after) = (place.clone(), repository.clone(), after.to_owned());
        self.read("charts", async move |tx: &mut Tx<'_>| {
            let page = |columns| {
                format!(
                    "SELECT {columns} FROM chart h
                     WHERE h.registry = $1 AND h.region = $2 AND h.repository = $3 AND $4 < h.tag AND {SHOWN}
                     ORDER BY h.tag LIMIT $5"
                )
            };
            let (registry, region) = (place.registry.as_str(), place.region.as_str());
            let name = repository.as_str();
            let key = params![registry, region, name, &after, i64::from(limit)];
            let fitting = fitting(&tx.query(&page(SIZE), key).await?);
            let key = params![registry, region, name, &after, fitting];
            let rows = tx.query(&page(COLUMNS), key).await?;
            Ok(rows.iter().map(|row| read(row, 0)).collect())
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

/// How large a chart's metadata is, of the table `h`.
pub(super) const SIZE: &str = "CAST(OCTET_LENGTH(h.metadata) AS BIGINT)";

/// How many charts that were read by their [`SIZE`] are read together: one always.
pub(super) fn fitting(sizes: &[Row]) -> i64 {
    let mut bytes = 0;
    let fits = |row: &&Row| {
        bytes += usize::try_from(row.int(0)).expect("a size is not negative");
        bytes <= CHARTS_BYTES_MAX
    };
    let count = sizes.iter().take_while(fits).count().max(1);
    i64::try_from(count).expect("a page is small")
}

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
