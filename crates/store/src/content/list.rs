//! Pages of repositories, tags and referrers. Every page costs the same, however much there is in all.

use crate::db::Db;
use crate::error::Error;
use crate::row::params;
use crate::tx::Tx;
use boathook_core::digest::Digest;
use boathook_core::name::{Place, Repository};
use boathook_core::quarantine::Sight;
use boathook_core::scope::Position;

/// A manifest that is about another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReferrerRow {
    /// Its digest.
    pub digest: Digest,
    /// Its media type.
    pub media_type: String,
    /// Its size in bytes.
    pub size: u64,
    /// What kind of artifact it is.
    pub artifact_type: Option<String>,
    /// Its annotations, a JSON object.
    pub annotations: Option<String>,
}

/// Which of the manifests about another are wanted.
#[derive(Clone, Debug)]
pub struct WantedReferrers {
    /// Of which type; all where there is none.
    pub artifact_type: Option<String>,
    /// What of them the caller sees.
    pub sight: Sight,
}

impl Db {
    /// The names of repositories after `last`, in byte order, `limit` at most.
    pub async fn repositories(
        &self,
        place: &Place,
        last: &str,
        limit: u32,
    ) -> Result<Vec<String>, Error> {
        let (place, last) = (place.clone(), last.to_owned());
        self.read("repositories", async move |tx: &mut Tx<'_>| {
            let sql =
                "SELECT name FROM repository WHERE registry = $1 AND region = $2 AND $3 < name AND is_list_enabled <> 0
                       ORDER BY name LIMIT $4";
            let (registry, region) = (place.registry.as_str(), place.region.as_str());
            let rows = tx.query(sql, params![registry, region, &last, i64::from(limit)]).await?;
            Ok(rows.iter().map(|row| row.text(0).to_owned()).collect())
        })
        .await
    }

    /// The tags of a repository after `last`, in byte order, `limit` at most; `None` where there is no such repository.
    pub async fn tags(
        &self,
        place: &Place,
        repository: &Repository,
        last: &str,
        limit: u32,
    ) -> Result<Option<Vec<String>>, Error> {
        let (place, repository, last) = (place.clone(), repository.clone(), last.to_owned());
        self.read("tags", async move |tx: &mut Tx<'_>| {
            // The page is cut inside, where it comes from the index in order; a join would be sorted first.
            let sql = "SELECT r.name, page.name FROM repository r
                 LEFT JOIN (SELECT name FROM tag
                            WHERE registry = $1 AND region = $2 AND repository = $3 AND $4 < name
                                  AND is_list_enabled <> 0
                            ORDER BY name LIMIT $5) page ON 1 = 1
                 WHERE r.registry = $1 AND r.region = $2 AND r.name = $3";
            let (registry, region) = (place.registry.as_str(), place.region.as_str());
            // With a limit of nothing, whether the repository is there would go unseen.
            let row_limit = i64::from(limit.max(1));
            let rows = tx
                .query(sql, params![registry, region, repository.as_str(), &last, row_limit])
                .await?;
            let mut tags: Vec<_> =
                rows.iter().filter_map(|row| row.opt_text(1)).map(str::to_owned).collect();
            // A join keeps no order by promise.
            tags.sort_unstable();
            tags.truncate(limit as usize);
            Ok((!rows.is_empty()).then_some(tags))
        })
        .await
    }

    /// The tags of a place from `first` to `last`, both included, by repository and tag in byte order, `limit` at most. Those
    /// are among them that lists do not show.
    pub async fn tags_between(
        &self,
        place: &Place,
        first: &Position,
        last: &Position,
        limit: u32,
    ) -> Result<Vec<Position>, Error> {
        let (place, first, last) = (place.clone(), first.clone(), last.clone());
        self.read("tags_between", async move |tx: &mut Tx<'_>| {
            let sql = "SELECT repository, name FROM tag
                 WHERE registry = $1 AND region = $2 AND ($3, $4) <= (repository, name) AND (repository, name) <= ($5, $6)
                 ORDER BY repository, name LIMIT $7";
            let key = params![
                place.registry.as_str(),
                place.region.as_str(),
                &first.repository,
                &first.tag,
                &last.repository,
                &last.tag,
                i64::from(limit),
            ];
            let rows = tx.query(sql, key).await?;
            Ok(rows
                .iter()
                .map(|row| Position {
                    repository: row.text(0).to_owned(),
                    tag: row.text(1).to_owned(),
                })
                .collect())
        })
        .await
    }

    /// The manifests about `subject` after the digest `last`, `limit` at most.
    pub async fn referrers(
        &self,
        place: &Place,
        repository: &Repository,
        subject: &Digest,
        wanted: &WantedReferrers,
        last: &str,
        limit: u32,
    ) -> Result<Vec<ReferrerRow>, Error> {
        let (place, repository, subject) = (place.clone(), repository.clone(), subject.clone());
        let (wanted, last) = (wanted.clone(), last.to_owned());
        self.read("referrers", async move |tx: &mut Tx<'_>| {
            let sql = "SELECT digest, media_type, size, artifact_type, annotations FROM manifest
                 WHERE registry = $1 AND region = $2 AND repository = $3 AND subject = $4 AND $5 < digest
                   AND is_list_enabled <> 0
                   AND ($6 = '' OR artifact_type = $6)
                   AND ($8 = 0 OR quarantine_state = 'Passed')
                 ORDER BY digest LIMIT $7";
            let (registry, region) = (place.registry.as_str(), place.region.as_str());
            let key = params![
                registry,
                region,
                repository.as_str(),
                subject.as_str(),
                &last,
                wanted.artifact_type.as_deref().unwrap_or_default(),
                i64::from(limit),
                i64::from(wanted.sight == Sight::Passed),
            ];
            let rows = tx.query(sql, key).await?;
            Ok(rows
                .iter()
                .map(|row| ReferrerRow {
                    digest: row.parsed(0),
                    media_type: row.text(1).to_owned(),
                    size: u64::try_from(row.int(2)).expect("a size is not negative"),
                    artifact_type: row.opt_text(3).map(str::to_owned),
                    annotations: row.opt_text(4).map(str::to_owned),
                })
                .collect())
        })
        .await
    }
}
