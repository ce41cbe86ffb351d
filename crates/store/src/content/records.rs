//! What is known of repositories, tags and manifests, beside their content.

mod page;
mod several;

use super::locks::{attributes, columns};
use super::platforms;
use crate::db::Db;
use crate::error::{Error, Fault};
use crate::row::{Row, params};
use crate::tx::Tx;
use boathook_core::digest::Digest;
use boathook_core::lock::Attributes;
use boathook_core::manifest::Platform;
use boathook_core::name::{Place, Repository, Tag};
use boathook_core::quarantine::State;
use boathook_core::time::Timestamp;

pub use page::{After, Order, PageOf, TAGS_MAX};
pub use several::SEVERAL_MAX;
pub(super) use several::several;

/// A repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepositoryRow {
    /// When it was made.
    pub created: Timestamp,
    /// When anything in it last changed.
    pub updated: Timestamp,
    /// How many manifests it has.
    pub manifest_count: u64,
    /// How many tags it has.
    pub tag_count: u64,
    /// What may be done with it.
    pub attributes: Attributes,
}

/// A tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagRow {
    /// Its name.
    pub name: Tag,
    /// The manifest that it is on.
    pub digest: Digest,
    /// When it was made.
    pub created: Timestamp,
    /// When it was last moved, or its attributes changed.
    pub updated: Timestamp,
    /// Who put it on the manifest, as far as that is known.
    pub pushed_by: Option<String>,
    /// What may be done with it.
    pub attributes: Attributes,
    /// What the quarantine says of the manifest that it is on.
    pub quarantine: Option<State>,
}

/// A manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManifestRow {
    /// Its digest.
    pub digest: Digest,
    /// Its media type.
    pub media_type: String,
    /// Its configuration's media type.
    pub config_media_type: Option<String>,
    /// What it is for, where its configuration says so.
    pub platform: Platform,
    /// Its size with all that it refers to, in bytes.
    pub image_size: u64,
    /// When it was first pushed.
    pub created: Timestamp,
    /// When its attributes last changed, or else when it was pushed.
    pub updated: Timestamp,
    /// Who first pushed it, as far as that is known.
    pub pushed_by: Option<String>,
    /// What may be done with it.
    pub attributes: Attributes,
    /// What the quarantine says of it.
    pub quarantine: Option<State>,
    /// What that rests on, JSON.
    pub quarantine_details: Option<String>,
    /// Its tags in byte order, the first [`TAGS_MAX`] of them. Those that lists do not show are among them, so that nobody
    /// takes it for untagged.
    pub tags: Vec<Tag>,
    /// The manifests of an index, and what each is for.
    pub references: Vec<(Digest, Platform)>,
}

/// The columns that [`tag_from`] reads.
macro_rules! tag_columns {
    () => {
        concat!(
            "t.name, t.digest, t.created_ms, t.updated_ms, t.pushed_by,
             (SELECT m.quarantine_state FROM manifest m WHERE m.registry = t.registry AND m.region = t.region
                                                          AND m.repository = t.repository AND m.digest = t.digest), ",
            columns!("t")
        )
    };
}
use tag_columns;

/// The columns that [`manifest_from`] reads.
macro_rules! manifest_columns {
    () => {
        concat!(
            "m.digest, m.media_type, m.config_media_type, m.architecture, m.os, m.image_size, m.created_ms, m.updated_ms,
             m.platforms, m.quarantine_state, m.quarantine_details, m.pushed_by, ",
            columns!("m")
        )
    };
}
use manifest_columns;

impl Db {
    /// Looks up what is known of a repository.
    pub async fn repository_record(
        &self,
        place: &Place,
        repository: &Repository,
    ) -> Result<Option<RepositoryRow>, Error> {
        let (place, repository) = (place.clone(), repository.clone());
        self.read("repository_record", async move |tx: &mut Tx<'_>| {
            let key = params![place.registry.as_str(), place.region.as_str(), repository.as_str()];
            let sql = concat!(
                "SELECT r.created_ms, ",
                columns!("r"),
                " FROM repository r WHERE r.registry = $1 AND r.region = $2 AND r.name = $3"
            );
            let Some(row) = tx.query_opt(sql, key).await? else { return Ok(None) };
            let sql = "SELECT manifest_count, tag_count, changed_ms FROM repository_tally
                       WHERE registry = $1 AND region = $2 AND repository = $3";
            let tallies = tx.query(sql, key).await?;
            // A count of nothing is never below zero, whatever was counted before there were counts.
            let sum =
                |idx| tallies.iter().map(|row| row.int(idx)).sum::<i64>().max(0).unsigned_abs();
            let created = row.int(0);
            let updated = tallies.iter().map(|row| row.int(2)).fold(created, i64::max);
            Ok(Some(RepositoryRow {
                created: Timestamp(created),
                updated: Timestamp(updated),
                manifest_count: sum(0),
                tag_count: sum(1),
                attributes: attributes(&row, 1).expect("the repository is there"),
            }))
        })
        .await
    }

    /// Looks up what is known of a tag.
    pub async fn tag_record(
        &self,
        place: &Place,
        repository: &Repository,
        tag: &Tag,
    ) -> Result<Option<TagRow>, Error> {
        let (place, repository, tag) = (place.clone(), repository.clone(), tag.clone());
        self.read("tag_record", async move |tx: &mut Tx<'_>| {
            let sql = concat!(
                "SELECT ",
                tag_columns!(),
                " FROM tag t WHERE t.registry = $1 AND t.region = $2 AND t.repository = $3 AND t.name = $4"
            );
            let (registry, region) = (place.registry.as_str(), place.region.as_str());
            let key = params![registry, region, repository.as_str(), tag.as_str()];
            Ok(tx.query_opt(sql, key).await?.as_ref().map(tag_from))
        })
        .await
    }

    /// Looks up what is known of a manifest.
    pub async fn manifest_record(
        &self,
        place: &Place,
        repository: &Repository,
        digest: &Digest,
    ) -> Result<Option<ManifestRow>, Error> {
        let (place, repository, digest) = (place.clone(), repository.clone(), digest.clone());
        self.read("manifest_record", async move |tx: &mut Tx<'_>| {
            let sql = concat!(
                "SELECT ",
                manifest_columns!(),
                " FROM manifest m WHERE m.registry = $1 AND m.region = $2 AND m.repository = $3 AND m.digest = $4"
            );
            let (registry, region) = (place.registry.as_str(), place.region.as_str());
            let key = params![registry, region, repository.as_str(), digest.as_str()];
            let Some(row) = tx.query_opt(sql, key).await? else { return Ok(None) };
            let tags = tags_of(tx, &place, &repository, &digest, TAGS_MAX).await?;
            Ok(Some(ManifestRow { tags, ..manifest_from(&row) }))
        })
        .await
    }
}

/// The first tags on a manifest in byte order, `limit` at most.
pub(super) async fn tags_of(
    tx: &mut Tx<'_>,
    place: &Place,
    repository: &Repository,
    digest: &Digest,
    limit: usize,
) -> Result<Vec<Tag>, Fault> {
    let sql = "SELECT name FROM tag WHERE registry = $1 AND region = $2 AND repository = $3 AND digest = $4
               ORDER BY name LIMIT $5";
    let (registry, region) = (place.registry.as_str(), place.region.as_str());
    let limit = i64::try_from(limit).expect("a limit is small");
    let key = params![registry, region, repository.as_str(), digest.as_str(), limit];
    Ok(tx.query(sql, key).await?.iter().map(|row| row.parsed(0)).collect())
}

fn tag_from(row: &Row) -> TagRow {
    TagRow {
        name: row.parsed(0),
        digest: row.parsed(1),
        created: Timestamp(row.int(2)),
        updated: Timestamp(row.int(3)),
        pushed_by: row.opt_text(4).map(str::to_owned),
        quarantine: row.opt_parsed(5),
        attributes: attributes(row, 6).expect("the tag is there"),
    }
}

/// A manifest without its tags.
fn manifest_from(row: &Row) -> ManifestRow {
    let text = |idx| row.opt_text(idx).map(str::to_owned);
    ManifestRow {
        digest: row.parsed(0),
        media_type: row.text(1).to_owned(),
        config_media_type: text(2),
        platform: Platform { architecture: text(3), os: text(4) },
        image_size: u64::try_from(row.int(5)).expect("a size is not negative"),
        created: Timestamp(row.int(6)),
        updated: Timestamp(row.int(7)),
        references: row.opt_text(8).map(platforms::read).unwrap_or_default(),
        quarantine: row.opt_parsed(9),
        quarantine_details: text(10),
        pushed_by: text(11),
        attributes: attributes(row, 12).expect("the manifest is there"),
        tags: Vec::new(),
    }
}
