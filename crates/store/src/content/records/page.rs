//! Pages of tags and manifests, by name or by time.

use super::{
    ManifestRow, TagRow, columns, manifest_columns, manifest_from, tag_columns, tag_from, tags_of,
};
use crate::content::locks::tags_of_manifest;
use crate::db::Db;
use crate::error::{Error, Fault};
use crate::row::{Row, Value, params};
use crate::tx::Tx;
use boathook_core::digest::Digest;
use boathook_core::name::{Place, Repository};
use boathook_core::time::Timestamp;
use std::cmp::Reverse;

/// How many tags are looked at for one manifest, and for all manifests of a page.
pub const TAGS_MAX: usize = 10_000;

/// The order of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// By name or digest.
    Name,
    /// By the time of the last change, the oldest first.
    OldestFirst,
    /// By the time of the last change, the newest first.
    NewestFirst,
}

/// Where a page begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum After {
    /// At the beginning of the list.
    Nothing,
    /// After the entry of this name. In an order of time that is the beginning where there is no such entry.
    Name(String),
    /// After where the entry of this name stood when it had last been changed then, whatever has become of it.
    Moment(Timestamp, String),
}

/// Which page of a list is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageOf {
    /// The order of the list.
    pub order: Order,
    /// Where the page begins.
    pub after: After,
    /// How many entries it has at most.
    pub limit: u32,
}

/// Where a page begins, as the list's keys have it.
struct Start {
    at_ms: i64,
    name: String,
}

/// The queries for a list in one order after another.
struct Statements {
    by_name: &'static str,
    oldest_first: &'static str,
    newest_first: &'static str,
    updated: &'static str,
}

/// Writes down [`Statements`] of the table `$table`, called `$t`, whose entries are named by the column `$name`.
macro_rules! statements {
    ($columns:expr, $table:literal, $t:literal, $name:literal) => {
        Statements {
            // No index answers what is unequal: this keeps SQLite from the one that is ordered by time.
            by_name: concat!(
                "SELECT ",
                $columns,
                " FROM ",
                $table,
                " ",
                $t,
                " WHERE ",
                $t,
                ".registry = $1 AND ",
                $t,
                ".region = $2 AND ",
                $t,
                ".repository = $3 AND $4 < ",
                $t,
                ".",
                $name,
                " AND ", $t, ".is_list_enabled <> 0
                 ORDER BY ",
                $t,
                ".",
                $name,
                " LIMIT $5"
            ),
            oldest_first: concat!(
                "SELECT ",
                $columns,
                " FROM ",
                $table,
                " ",
                $t,
                " WHERE ",
                $t,
                ".registry = $1 AND ",
                $t,
                ".region = $2 AND ",
                $t,
                ".repository = $3 AND ",
                $t,
                ".is_list_enabled = 1 AND (",
                $t,
                ".updated_ms, ",
                $t,
                ".",
                $name,
                ") > ($6, $4)
                 ORDER BY ",
                $t,
                ".updated_ms, ",
                $t,
                ".",
                $name,
                " LIMIT $5"
            ),
            newest_first: concat!(
                "SELECT ",
                $columns,
                " FROM ",
                $table,
                " ",
                $t,
                " WHERE ",
                $t,
                ".registry = $1 AND ",
                $t,
                ".region = $2 AND ",
                $t,
                ".repository = $3 AND ",
                $t,
                ".is_list_enabled = 1 AND (",
                $t,
                ".updated_ms, ",
                $t,
                ".",
                $name,
                ") < ($6, $4)
                 ORDER BY ",
                $t,
                ".updated_ms DESC, ",
                $t,
                ".",
                $name,
                " DESC LIMIT $5"
            ),
            updated: concat!(
                "SELECT updated_ms FROM ",
                $table,
                " WHERE registry = $1 AND region = $2 AND repository = $3 AND ",
                $name,
                " = $4"
            ),
        }
    };
}

const TAGS: Statements = statements!(tag_columns!(), "tag", "t", "name");
const MANIFESTS: Statements = statements!(manifest_columns!(), "manifest", "m", "digest");

impl Db {
    /// A page of the tags of a repository that lists show; `None` where there is no such repository.
    pub async fn tag_records(
        &self,
        place: &Place,
        repository: &Repository,
        page: PageOf,
    ) -> Result<Option<Vec<TagRow>>, Error> {
        let (place, repository) = (place.clone(), repository.clone());
        self.read("tag_records", async move |tx: &mut Tx<'_>| {
            let rows = rows(tx, &place, &repository, &TAGS, &page).await?;
            Ok(rows.map(|rows| rows.iter().map(tag_from).collect()))
        })
        .await
    }

    /// A page of the tags on one manifest that lists show, of its first [`TAGS_MAX`] tags; `None` where there is no such
    /// repository.
    pub async fn tag_records_of(
        &self,
        place: &Place,
        repository: &Repository,
        digest: &Digest,
        page: PageOf,
    ) -> Result<Option<Vec<TagRow>>, Error> {
        let (place, repository, digest) = (place.clone(), repository.clone(), digest.clone());
        self.read("tag_records_of", async move |tx: &mut Tx<'_>| {
            if !is_there(tx, &place, &repository).await? {
                return Ok(None);
            }
            let start = start(tx, &place, &repository, &TAGS, &page).await?;
            let sql = concat!(
                "SELECT ",
                tag_columns!(),
                tags_of_manifest!(),
                " AND t.is_list_enabled <> 0 ORDER BY d.name LIMIT $5"
            );
            let (registry, region) = (place.registry.as_str(), place.region.as_str());
            let limit = i64::try_from(TAGS_MAX).expect("a limit is small");
            let key = params![registry, region, repository.as_str(), digest.as_str(), limit];
            let mut tags: Vec<_> = tx.query(sql, key).await?.iter().map(tag_from).collect();
            match page.order {
                Order::Name => tags.retain(|tag| *start.name < *tag.name.as_str()),
                Order::OldestFirst => {
                    tags.retain(|tag| {
                        (start.at_ms, &*start.name) < (tag.updated.0, tag.name.as_str())
                    });
                    tags.sort_by_key(|tag| tag.updated);
                }
                Order::NewestFirst => {
                    tags.retain(|tag| {
                        (tag.updated.0, tag.name.as_str()) < (start.at_ms, &*start.name)
                    });
                    tags.reverse();
                    tags.sort_by_key(|tag| Reverse(tag.updated));
                }
            }
            tags.truncate(page.limit as usize);
            Ok(Some(tags))
        })
        .await
    }

    /// A page of the manifests of a repository that lists show, and whether there are more after it; `None` where there is
    /// no such repository. A page is shorter than asked for where its manifests have too many tags for one.
    pub async fn manifest_records(
        &self,
        place: &Place,
        repository: &Repository,
        page: PageOf,
    ) -> Result<Option<(Vec<ManifestRow>, bool)>, Error> {
        let (place, repository) = (place.clone(), repository.clone());
        self.read("manifest_records", async move |tx: &mut Tx<'_>| {
            let wanted = PageOf { limit: page.limit + 1, ..page.clone() };
            let found = rows(tx, &place, &repository, &MANIFESTS, &wanted).await?;
            let Some(found) = found else { return Ok(None) };
            let mut manifests: Vec<_> = found.iter().map(manifest_from).collect();
            let mut has_more = manifests.len() > page.limit as usize;
            manifests.truncate(page.limit as usize);
            let full = fill_tags(tx, &place, &repository, &mut manifests).await?;
            has_more |= full < manifests.len();
            manifests.truncate(full);
            Ok(Some((manifests, has_more)))
        })
        .await
    }
}

async fn rows(
    tx: &mut Tx<'_>,
    place: &Place,
    repository: &Repository,
    statements: &Statements,
    page: &PageOf,
) -> Result<Option<Vec<Row>>, Fault> {
    if !is_there(tx, place, repository).await? {
        return Ok(None);
    }
    let start = start(tx, place, repository, statements, page).await?;
    let (registry, region) = (place.registry.as_str(), place.region.as_str());
    let limit = i64::from(page.limit);
    let key = params![registry, region, repository.as_str(), &start.name, limit, start.at_ms];
    let (sql, key) = match page.order {
        Order::Name => (statements.by_name, &key[..5]),
        Order::OldestFirst => (statements.oldest_first, &key[..]),
        Order::NewestFirst => (statements.newest_first, &key[..]),
    };
    Ok(Some(tx.query(sql, key).await?))
}

async fn is_there(tx: &mut Tx<'_>, place: &Place, repository: &Repository) -> Result<bool, Fault> {
    let sql = "SELECT 1 FROM repository WHERE registry = $1 AND region = $2 AND name = $3";
    let (registry, region) = (place.registry.as_str(), place.region.as_str());
    tx.exists(sql, params![registry, region, repository.as_str()]).await
}

/// Finds where a page begins.
async fn start(
    tx: &mut Tx<'_>,
    place: &Place,
    repository: &Repository,
    statements: &Statements,
    page: &PageOf,
) -> Result<Start, Fault> {
    let beginning = match page.order {
        Order::Name | Order::OldestFirst => Start { at_ms: i64::MIN, name: String::new() },
        Order::NewestFirst => Start { at_ms: i64::MAX, name: String::new() },
    };
    match (&page.after, page.order) {
        (After::Nothing, _) => Ok(beginning),
        (After::Moment(at, name), _) => Ok(Start { at_ms: at.0, name: name.clone() }),
        (After::Name(name), Order::Name) => Ok(Start { at_ms: 0, name: name.clone() }),
        (After::Name(name), Order::OldestFirst | Order::NewestFirst) => {
            let (registry, region) = (place.registry.as_str(), place.region.as_str());
            let key = params![registry, region, repository.as_str(), name];
            let row = tx.query_opt(statements.updated, key).await?;
            Ok(row.map_or(beginning, |row| Start { at_ms: row.int(0), name: name.clone() }))
        }
    }
}

/// How many manifests are asked at once for their tags.
const TOGETHER: usize = 50;

/// Reads the tags of manifests and says how many of these have all of theirs: those after them are too many for a page.
async fn fill_tags(
    tx: &mut Tx<'_>,
    place: &Place,
    repository: &Repository,
    manifests: &mut [ManifestRow],
) -> Result<usize, Fault> {
    let mut left = TAGS_MAX;
    let mut full = 0;
    for some in manifests.chunks_mut(TOGETHER) {
        if let Some(used) = fill_together(tx, place, repository, some, left).await? {
            left -= used;
            full += some.len();
            continue;
        }
        for manifest in some {
            manifest.tags = tags_of(tx, place, repository, &manifest.digest, TAGS_MAX).await?;
            // The first is shown in any case, or no page would ever lead to the next.
            if left < manifest.tags.len() && full != 0 {
                return Ok(full);
            }
            left = left.saturating_sub(manifest.tags.len());
            full += 1;
        }
    }
    Ok(full)
}

/// Reads the tags of a few manifests, unless there are more than `limit`, and says how many there are.
async fn fill_together(
    tx: &mut Tx<'_>,
    place: &Place,
    repository: &Repository,
    manifests: &mut [ManifestRow],
    limit: usize,
) -> Result<Option<usize>, Fault> {
    let names: Vec<_> = (0..TOGETHER).map(|idx| format!("${}", idx + 5)).collect();
    let sql = format!(
        "SELECT digest, name FROM tag WHERE registry = $1 AND region = $2 AND repository = $3 AND digest IN ({})
         LIMIT $4",
        names.join(", ")
    );
    let rows = {
        let row_limit = i64::try_from(limit + 1).expect("a limit is small");
        let mut key: Vec<Value<'_>> = vec![
            place.registry.as_str().into(),
            place.region.as_str().into(),
            repository.as_str().into(),
            row_limit.into(),
        ];
        // One text for any number of manifests, so that it is prepared once: the last is named again and again.
        let digests = manifests.iter().map(|manifest| Value::from(manifest.digest.as_str()));
        let last = digests.clone().next_back().expect("there is a manifest");
        key.extend(digests.chain(std::iter::repeat(last)).take(TOGETHER));
        tx.query(&sql, &key).await?
    };
    if limit < rows.len() {
        return Ok(None);
    }
    for manifest in manifests {
        let own = rows.iter().filter(|row| row.text(0) == manifest.digest.as_str());
        manifest.tags = own.map(|row| row.parsed(1)).collect();
        manifest.tags.sort_unstable();
    }
    Ok(Some(rows.len()))
}
