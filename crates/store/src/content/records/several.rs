//! What is known of several things at once, as a page of a list shows it: a few questions instead of one for each.

use super::super::locks::{attributes, columns};
use super::RepositoryRow;
use crate::db::Db;
use crate::error::{Error, Fault};
use crate::row::{Row, Value};
use crate::tx::Tx;
use boathook_core::digest::Digest;
use boathook_core::name::{Place, Repository};
use boathook_core::time::Timestamp;
use std::collections::BTreeMap;

/// How many things may be asked about at once.
pub const SEVERAL_MAX: usize = 50;
/// How many are named in one question. PostgreSQL would rather look through a table of some thousands than find more in it.
const TOGETHER: usize = 10;

impl Db {
    /// What is known of some repositories, [`SEVERAL_MAX`] at most; those that are not there are left out.
    pub async fn repository_records(
        &self,
        place: &Place,
        repositories: &[Repository],
    ) -> Result<BTreeMap<Repository, RepositoryRow>, Error> {
        let (place, names) = (place.clone(), repositories.to_vec());
        self.read("repository_records", async move |tx: &mut Tx<'_>| {
            let of = [place.registry.as_str(), place.region.as_str()];
            let texts: Vec<_> = names.iter().map(Repository::as_str).collect();
            let sql = concat!(
                "SELECT r.name, r.created_ms, ",
                columns!("r"),
                " FROM repository r WHERE r.registry = $1 AND r.region = $2 AND r.name IN "
            );
            let mut found: BTreeMap<Repository, RepositoryRow> = BTreeMap::new();
            for row in several(tx, sql, &of, &texts).await? {
                let created = Timestamp(row.int(1));
                let known = RepositoryRow {
                    created,
                    updated: created,
                    manifest_count: 0,
                    tag_count: 0,
                    attributes: attributes(&row, 2).expect("the repository is there"),
                };
                found.insert(row.parsed(0), known);
            }
            let sql =
                "SELECT repository, manifest_count, tag_count, changed_ms FROM repository_tally
                       WHERE registry = $1 AND region = $2 AND repository IN ";
            let mut sums: BTreeMap<Repository, (i64, i64)> = BTreeMap::new();
            for row in several(tx, sql, &of, &texts).await? {
                let name = row.parsed(0);
                let Some(known) = found.get_mut(&name) else { continue };
                known.updated = known.updated.max(Timestamp(row.int(3)));
                let sum = sums.entry(name).or_default();
                // A shard may have less than nothing, where another has what it gave away.
                (sum.0, sum.1) = (sum.0 + row.int(1), sum.1 + row.int(2));
                known.manifest_count = sum.0.max(0).unsigned_abs();
                known.tag_count = sum.1.max(0).unsigned_abs();
            }
            Ok(found)
        })
        .await
    }

    /// How large some manifests of a repository are with all that they refer to, in bytes; [`SEVERAL_MAX`] at most.
    pub async fn image_sizes(
        &self,
        place: &Place,
        repository: &Repository,
        digests: &[Digest],
    ) -> Result<BTreeMap<Digest, u64>, Error> {
        let (place, repository) = (place.clone(), repository.clone());
        let digests = digests.to_vec();
        self.read("image_sizes", async move |tx: &mut Tx<'_>| {
            let of = [place.registry.as_str(), place.region.as_str(), repository.as_str()];
            let texts: Vec<_> = digests.iter().map(Digest::as_str).collect();
            let sql = "SELECT digest, image_size FROM manifest
                       WHERE registry = $1 AND region = $2 AND repository = $3 AND digest IN ";
            let size = |bytes| u64::try_from(bytes).expect("a size is not negative");
            let rows = several(tx, sql, &of, &texts).await?;
            Ok(rows.iter().map(|row| (row.parsed(0), size(row.int(1)))).collect())
        })
        .await
    }
}

/// Asks about several things: `sql` ends before their marks, which follow those of what all of them have in common.
pub(in crate::content) async fn several(
    tx: &mut Tx<'_>,
    sql: &str,
    common: &[&str],
    things: &[&str],
) -> Result<Vec<Row>, Fault> {
    assert!(things.len() <= SEVERAL_MAX, "a page has no more");
    let marks: Vec<_> = (1..=TOGETHER).map(|idx| format!("${}", idx + common.len())).collect();
    let sql = format!("{sql}({})", marks.join(", "));
    let (mut things, mut rows) = (things.to_vec(), Vec::new());
    // Twice the same would be found twice.
    things.sort_unstable();
    things.dedup();
    for some in things.chunks(TOGETHER) {
        // One text for any number of things, so that it is prepared once: the last is named again and again.
        let last = some.last().expect("a chunk is not empty");
        let filled = some.iter().chain(std::iter::repeat(last)).take(TOGETHER);
        let key: Vec<_> = common.iter().chain(filled).map(|text| Value::from(*text)).collect();
        rows.extend(tx.query(&sql, &key).await?);
    }
    Ok(rows)
}
