//! What may be done with something is changed.

use super::locks::{self, attributes, columns};
use super::tally;
use crate::cache::Key;
use crate::db::Db;
use crate::error::{Error, Fault};
use crate::row::params;
use crate::tx::Tx;
use boathook_core::digest::Digest;
use boathook_core::lock::Attributes;
use boathook_core::name::{Place, Repository, Tag};
use boathook_core::time::Timestamp;
use std::sync::Arc;

/// What has attributes in a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Holder {
    /// The repository itself.
    Repository,
    /// One of its manifests.
    Manifest(Digest),
    /// One of its tags.
    Tag(Tag),
}

impl Db {
    /// Changes what may be done with something, which counts as a change of it; `false` where it is not there. No lock is
    /// in the way.
    pub async fn set_attributes(
        &self,
        place: &Place,
        repository: &Repository,
        holder: Holder,
        change: impl Fn(Attributes) -> Attributes + Send + Sync + 'static,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let (place, repository, change) = (place.clone(), repository.clone(), Arc::new(change));
        let of = place.registry.clone();
        self.write_in(&of, "set_attributes", async move |tx: &mut Tx<'_>| {
            let Some(before) = held(tx, &place, &repository, &holder).await? else {
                return Ok(false);
            };
            keep(tx, &place, &repository, &holder, change(before), now).await?;
            tally::touch(tx, &place, &repository, now).await?;
            // All cached answers about the repository go with this one.
            tx.after.stale.push(Key::Repository(place.clone(), repository.clone()));
            Ok(true)
        })
        .await
    }
}

pub(super) async fn held(
    tx: &mut Tx<'_>,
    place: &Place,
    repository: &Repository,
    holder: &Holder,
) -> Result<Option<Attributes>, Fault> {
    match holder {
        Holder::Repository => locks::of_repository(tx, place, repository).await,
        Holder::Tag(tag) => Ok(locks::of_tag(tx, place, repository, tag).await?.tag),
        Holder::Manifest(digest) => {
            let sql = concat!(
                "SELECT ",
                columns!("m"),
                " FROM manifest m WHERE m.registry = $1 AND m.region = $2 AND m.repository = $3 AND m.digest = $4"
            );
            let (registry, region) = (place.registry.as_str(), place.region.as_str());
            let key = params![registry, region, repository.as_str(), digest.as_str()];
            let row = tx.query_opt(sql, key).await?;
            Ok(row.and_then(|row| attributes(&row, 0)))
        }
    }
}

pub(super) async fn keep(
    tx: &mut Tx<'_>,
    place: &Place,
    repository: &Repository,
    holder: &Holder,
    attributes: Attributes,
    now: Timestamp,
) -> Result<(), Fault> {
    let (sql, name) = match holder {
        Holder::Repository => (
            "UPDATE repository SET is_delete_enabled = $4, is_write_enabled = $5, is_read_enabled = $6,
                                   is_list_enabled = $7
             WHERE registry = $1 AND region = $2 AND name = $3",
            None,
        ),
        Holder::Manifest(digest) => (
            "UPDATE manifest SET is_delete_enabled = $4, is_write_enabled = $5, is_read_enabled = $6,
                                 is_list_enabled = $7, updated_ms = $8
             WHERE registry = $1 AND region = $2 AND repository = $3 AND digest = $9",
            Some(digest.as_str()),
        ),
        Holder::Tag(tag) => (
            "UPDATE tag SET is_delete_enabled = $4, is_write_enabled = $5, is_read_enabled = $6,
                            is_list_enabled = $7, updated_ms = $8
             WHERE registry = $1 AND region = $2 AND repository = $3 AND name = $9",
            Some(tag.as_str()),
        ),
    };
    let all = params![
        place.registry.as_str(),
        place.region.as_str(),
        repository.as_str(),
        i64::from(attributes.is_delete_enabled),
        i64::from(attributes.is_write_enabled),
        i64::from(attributes.is_read_enabled),
        i64::from(attributes.is_list_enabled),
        now.0,
        name,
    ];
    // PostgreSQL wants no more parameters than the statement has.
    let used = if name.is_some() { all } else { &all[..7] };
    tx.execute(sql, used).await?;
    Ok(())
}
