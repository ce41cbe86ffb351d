//! Charts as somebody looks through them: which repositories have any, and in which versions. Both kinds are shown side by
//! side, whatever indexes list.

use super::{COLUMNS, ChartRow, read};
use crate::content::records::several;
use crate::db::Db;
use crate::error::{Error, Fault};
use crate::row::{Row, params};
use crate::tx::Tx;
use boathook_core::chart::{ChartName, ChartVersion};
use boathook_core::name::{Place, Repository, Tag};
use boathook_core::quarantine::{Sight, State};
use boathook_core::time::Timestamp;
use std::collections::BTreeMap;

/// How many repositories with charts one page looks at for those that lists show.
pub const CHART_REPOSITORIES_LOOKED_MAX: u32 = 500;

/// A version of a chart in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedChart {
    /// Its tag.
    pub tag: Tag,
    /// Its name.
    pub name: ChartName,
    /// Its version.
    pub version: ChartVersion,
    /// The size of its archive in bytes.
    pub size: u64,
    /// When it was pushed.
    pub created: Timestamp,
}

/// The repositories with charts of the classic kind, and with OCI artifacts: each is found from the one before it, however
/// many charts that has.
const NEXT: [&str; 2] = [
    "SELECT repository FROM chart WHERE registry = $1 AND region = $2 AND $3 < repository AND deleted_ms IS NULL
     ORDER BY repository LIMIT 1",
    "SELECT repository FROM oci_chart WHERE registry = $1 AND region = $2 AND $3 < repository ORDER BY repository LIMIT 1",
];

/// The versions of either kind that some tags, or the manifests that these are on, may be. The last column says what the
/// quarantine says, by which a chart of the classic kind is never held back.
const VERSIONS: [&str; 2] = [
    "SELECT h.tag, h.name, h.version, h.size, h.created_ms, h.manifest, 'Passed' FROM chart h
     WHERE h.registry = $1 AND h.region = $2 AND h.repository = $3 AND h.deleted_ms IS NULL AND h.tag IN ",
    "SELECT h.tag, h.name, h.version, h.size, h.created_ms, h.manifest,
            (SELECT m.quarantine_state FROM manifest m WHERE m.registry = h.registry AND m.region = h.region
                                                         AND m.repository = h.repository AND m.digest = h.manifest)
     FROM oci_chart h WHERE h.registry = $1 AND h.region = $2 AND h.repository = $3 AND h.manifest IN ",
];

impl Db {
    /// The repositories after `last` that have charts, and that lists show, in byte order, `limit` at most; and where the next
    /// page begins, if there may be one. No more than [`CHART_REPOSITORIES_LOOKED_MAX`] are looked at.
    pub async fn chart_repositories(
        &self,
        place: &Place,
        last: &str,
        limit: u32,
    ) -> Result<(Vec<Repository>, Option<String>), Error> {
        let (place, last) = (place.clone(), last.to_owned());
        self.read("chart_repositories", async move |tx: &mut Tx<'_>| {
            let (mut found, mut last, mut looked) = (Vec::new(), last.clone(), 0);
            loop {
                let Some((name, is_listed)) = next(tx, &place, &last).await? else {
                    return Ok((found, None));
                };
                if found.len() == limit as usize || looked == CHART_REPOSITORIES_LOOKED_MAX {
                    return Ok((found, Some(last)));
                }
                looked += 1;
                name.as_str().clone_into(&mut last);
                if is_listed {
                    found.push(name);
                }
            }
        })
        .await
    }

    /// The versions of charts among the tags of a repository after `last` that lists show, in byte order; and where the next
    /// page begins, if there may be one. `limit` tags are looked at, as many as may be asked about at once at most. What is held back from the
    /// caller is not among them.
    pub async fn listed_charts(
        &self,
        place: &Place,
        repository: &Repository,
        sight: Sight,
        last: &str,
        limit: u32,
    ) -> Result<(Vec<ListedChart>, Option<String>), Error> {
        let (place, repository, last) = (place.clone(), repository.clone(), last.to_owned());
        self.read("listed_charts", async move |tx: &mut Tx<'_>| {
            let of = [place.registry.as_str(), place.region.as_str(), repository.as_str()];
            let sql = "SELECT name, digest FROM tag
                       WHERE registry = $1 AND region = $2 AND repository = $3 AND $4 < name AND is_list_enabled <> 0
                       ORDER BY name LIMIT $5";
            let key = params![of[0], of[1], of[2], &last, i64::from(limit) + 1];
            let mut tags = tx.query(sql, key).await?;
            let has_more = (limit as usize) < tags.len();
            tags.truncate(limit as usize);
            let next = tags.last().filter(|_| has_more).map(|row| row.text(0).to_owned());
            let digests: BTreeMap<_, _> = tags.iter().map(|row| (row.text(0), row.text(1))).collect();
            let names: Vec<_> = digests.keys().copied().collect();
            let manifests: Vec<_> = digests.values().copied().collect();
            let mut found = BTreeMap::new();
            for (sql, things) in VERSIONS.into_iter().zip([names, manifests]) {
                for row in several(tx, sql, &of, &things).await? {
                    // An artifact may have been tagged otherwise since.
                    let is_on = digests.get(row.text(0)) == Some(&row.text(5));
                    if is_on && sight.shows(row.opt_parsed::<State>(6)) {
                        found.insert(row.text(0).to_owned(), listed(&row));
                    }
                }
            }
            Ok((found.into_values().collect(), next))
        })
        .await
    }

    /// The version of a chart that a tag is on, of either kind, whatever indexes list and whoever may see it.
    pub async fn chart_under(
        &self,
        place: &Place,
        repository: &Repository,
        tag: &Tag,
    ) -> Result<Option<ChartRow>, Error> {
        if let Some(chart) = self.chart(place, repository, tag).await? {
            return Ok(Some(chart));
        }
        let (place, repository, tag) = (place.clone(), repository.clone(), tag.clone());
        self.read("chart_under", async move |tx: &mut Tx<'_>| {
            let sql = format!(
                "SELECT {COLUMNS} FROM tag t
                 JOIN oci_chart h ON h.registry = t.registry AND h.region = t.region AND h.repository = t.repository
                                 AND h.manifest = t.digest
                 WHERE t.registry = $1 AND t.region = $2 AND t.repository = $3 AND t.name = $4 AND h.tag = $4"
            );
            let (registry, region) = (place.registry.as_str(), place.region.as_str());
            let key = params![registry, region, repository.as_str(), tag.as_str()];
            Ok(tx.query_opt(&sql, key).await?.map(|row| read(&row, 0)))
        })
        .await
    }
}

fn listed(row: &Row) -> ListedChart {
    ListedChart {
        tag: row.parsed(0),
        name: row.parsed(1),
        version: row.parsed(2),
        size: u64::try_from(row.int(3)).expect("a size is not negative"),
        created: Timestamp(row.int(4)),
    }
}

/// The next repository of either kind, and whether lists show it.
async fn next(
    tx: &mut Tx<'_>,
    place: &Place,
    last: &str,
) -> Result<Option<(Repository, bool)>, Fault> {
    let (registry, region) = (place.registry.as_str(), place.region.as_str());
    let mut first: Option<String> = None;
    for sql in NEXT {
        let found = tx.query_opt(sql, params![registry, region, last]).await?;
        let found = found.map(|row| row.text(0).to_owned());
        first = first.into_iter().chain(found).min();
    }
    let Some(name) = first else { return Ok(None) };
    let sql = "SELECT 1 FROM repository
               WHERE registry = $1 AND region = $2 AND name = $3 AND is_list_enabled <> 0";
    let is_listed = tx.exists(sql, params![registry, region, &name]).await?;
    Ok(Some((name.parse().expect("it was a repository's name"), is_listed)))
}
