//! Charts that are OCI artifacts, for the index of the repository above theirs.
//!
//! What such a manifest says of itself lies in a row beside it, for as long as the manifest is there or can be restored.
//! Whether an index shows it is asked when the index is read: of its tag, of locks, of the quarantine. Whatever changes the
//! answer is noted in the index, if there is one that lists artifacts; nobody else waits for that.

use super::index::{About, SIZE, fitting, remember};
use super::{COLUMNS, ChartRow, read, values};
use crate::db::Db;
use crate::error::{Error, Fault};
use crate::row::params;
use crate::tx::Tx;
use boathook_core::chart::oci_version;
use boathook_core::digest::Digest;
use boathook_core::name::{Place, Repository, Tag};
use boathook_core::time::Timestamp;

/// Whether the chart `h` may be had, and whatever more is wanted: its registry lists artifacts, its tag is on its manifest,
/// and that is not held back. It is counted so that no engine looks through the tables for all charts at once.
macro_rules! had {
    ($more:literal) => {
        concat!(
            "1 = (SELECT COUNT(*) FROM registry g
             JOIN tag t ON t.registry = h.registry AND t.region = h.region AND t.repository = h.repository
                       AND t.name = h.tag AND t.digest = h.manifest
             JOIN manifest m ON m.registry = h.registry AND m.region = h.region AND m.repository = h.repository
                            AND m.digest = h.manifest
             JOIN repository r ON r.registry = h.registry AND r.region = h.region AND r.name = h.repository
             WHERE g.name = h.registry AND g.has_oci_charts_in_index = 1
               AND (g.quarantine = 'disabled' OR m.quarantine_state = 'Passed')",
            $more,
            ")"
        )
    };
}

const HAD: &str = had!("");

/// Whether an index shows it: what may not be listed or read, that does not know of.
const SHOWN: &str = had!(
    " AND r.is_list_enabled = 1 AND r.is_read_enabled = 1 AND t.is_list_enabled = 1 AND t.is_read_enabled = 1
      AND m.is_list_enabled = 1 AND m.is_read_enabled = 1"
);

impl Db {
    /// Looks up the chart that an artifact with a tag is, in a registry whose indexes list such charts. What is held back is
    /// not there.
    pub async fn oci_chart(
        &self,
        place: &Place,
        repository: &Repository,
        tag: &Tag,
    ) -> Result<Option<ChartRow>, Error> {
        let (place, repository, tag) = (place.clone(), repository.clone(), tag.clone());
        self.read("oci_chart", async move |tx: &mut Tx<'_>| {
            one(tx, HAD, &place, &repository, &tag).await
        })
        .await
    }

    /// A page of the charts that the index of the repository `above` shows, with where each lies, by that and their
    /// manifests: those after the one that is given, as many as [`charts`](Self::charts) would be. The last page is empty.
    pub async fn oci_charts(
        &self,
        place: &Place,
        above: &Repository,
        after: (&str, &str),
        limit: u32,
    ) -> Result<Vec<(Repository, ChartRow)>, Error> {
        let (place, above) = (place.clone(), above.clone());
        let after = (after.0.to_owned(), after.1.to_owned());
        self.read("oci_charts", async move |tx: &mut Tx<'_>| {
            let page = |columns| {
                format!(
                    "SELECT {columns}, h.repository FROM oci_chart h
                     WHERE h.registry = $1 AND h.region = $2 AND h.above = $3 AND ($4, $5) < (h.repository, h.manifest)
                       AND {SHOWN} ORDER BY h.repository, h.manifest LIMIT $6"
                )
            };
            let (registry, region) = (place.registry.as_str(), place.region.as_str());
            let (above, (name, manifest)) = (above.as_str(), (&after.0, &after.1));
            let key = params![registry, region, above, name, manifest, i64::from(limit)];
            let fitting = fitting(&tx.query(&page(SIZE), key).await?);
            let key = params![registry, region, above, name, manifest, fitting];
            let rows = tx.query(&page(COLUMNS), key).await?;
            Ok(rows.iter().map(|row| (row.parsed(10), read(row, 0))).collect())
        })
        .await
    }
}

/// The chart that a tag is in an index.
pub(super) async fn shown(
    tx: &mut Tx<'_>,
    place: &Place,
    name: &Repository,
    tag: &Tag,
) -> Result<Option<ChartRow>, Fault> {
    one(tx, SHOWN, place, name, tag).await
}

async fn one(
    tx: &mut Tx<'_>,
    wanted: &str,
    place: &Place,
    name: &Repository,
    tag: &Tag,
) -> Result<Option<ChartRow>, Fault> {
    // By the tag, because several manifests may be of one version.
    let sql = format!(
        "SELECT {COLUMNS} FROM tag n
         JOIN oci_chart h ON h.registry = n.registry AND h.region = n.region AND h.repository = n.repository
                         AND h.manifest = n.digest
         WHERE n.registry = $1 AND n.region = $2 AND n.repository = $3 AND n.name = $4 AND {wanted}"
    );
    let (registry, region) = (place.registry.as_str(), place.region.as_str());
    let found = tx.query_opt(&sql, params![registry, region, name.as_str(), tag.as_str()]).await?;
    Ok(found.map(|row| read(&row, 0)))
}

/// Says whether artifacts lie below a repository that its index is to list.
pub(super) async fn are_below(
    tx: &mut Tx<'_>,
    place: &Place,
    above: &Repository,
) -> Result<bool, Fault> {
    let sql = "SELECT 1 FROM oci_chart h WHERE h.registry = $1 AND h.region = $2 AND h.above = $3
                 AND EXISTS (SELECT 1 FROM registry WHERE name = $1 AND has_oci_charts_in_index = 1)
               ORDER BY h.repository, h.manifest LIMIT 1";
    let (registry, region) = (place.registry.as_str(), place.region.as_str());
    tx.exists(sql, params![registry, region, above.as_str()]).await
}

/// Writes down what a manifest says of itself as a chart, unless that is known.
pub(in crate::content) async fn keep(
    tx: &mut Tx<'_>,
    place: &Place,
    name: &Repository,
    chart: &ChartRow,
) -> Result<(), Fault> {
    let Some((above, _)) = name.above() else { return Ok(()) };
    let mut values = values(place, name, chart);
    values.push(above.as_str().into());
    tx.execute(
        "INSERT INTO oci_chart (registry, region, repository, manifest, tag, name, version, digest, size, provenance,
                                provenance_size, metadata, created_ms, above)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) ON CONFLICT DO NOTHING",
        &values,
    )
    .await?;
    Ok(())
}

/// Forgets what a manifest that is gone for good has said of itself.
pub(in crate::content) async fn forget(
    tx: &mut Tx<'_>,
    place: &Place,
    name: &Repository,
    manifest: &Digest,
) -> Result<(), Fault> {
    let sql = "DELETE FROM oci_chart WHERE registry = $1 AND region = $2 AND repository = $3 AND manifest = $4";
    let (registry, region) = (place.registry.as_str(), place.region.as_str());
    tx.execute(sql, params![registry, region, name.as_str(), manifest.as_str()]).await?;
    Ok(())
}

/// Notes that a tag is another, or gone, or may be shown or not as it was not before, where that may be a chart's.
pub(in crate::content) async fn note(
    tx: &mut Tx<'_>,
    place: &Place,
    name: &Repository,
    tag: &Tag,
    now: Timestamp,
) -> Result<(), Fault> {
    let Some((above, _)) = name.above() else { return Ok(()) };
    if oci_version(tag).is_none() {
        return Ok(());
    }
    let sql = "UPDATE chart_index SET revision = revision + 1, changed_ms = $4
               WHERE registry = $1 AND region = $2 AND repository = $3
                 AND EXISTS (SELECT 1 FROM registry WHERE name = $1 AND has_oci_charts_in_index = 1)
               RETURNING revision";
    let (registry, region) = (place.registry.as_str(), place.region.as_str());
    let counted = tx.query_opt(sql, params![registry, region, above.as_str(), now.0]).await?;
    let Some(revision) = counted.map(|row| row.int(0)) else { return Ok(()) };
    remember(tx, place, &above, revision, About { tag, below: Some(name) }).await
}

/// Notes that all charts of a repository may be shown or not as they were not before. That change is not remembered, so that
/// whoever keeps the index reads all of it again.
pub(super) async fn note_all(
    tx: &mut Tx<'_>,
    place: &Place,
    name: &Repository,
    now: Timestamp,
) -> Result<(), Fault> {
    let Some((above, _)) = name.above() else { return Ok(()) };
    let (registry, region) = (place.registry.as_str(), place.region.as_str());
    tx.execute(
        "UPDATE chart_index SET revision = revision + 1, changed_ms = $5
         WHERE registry = $1 AND region = $2 AND repository = $3
           AND EXISTS (SELECT 1 FROM registry WHERE name = $1 AND has_oci_charts_in_index = 1)
           AND EXISTS (SELECT 1 FROM oci_chart h WHERE h.registry = $1 AND h.region = $2 AND h.repository = $4)",
        params![registry, region, above.as_str(), name.as_str(), now.0],
    )
    .await?;
    Ok(())
}
