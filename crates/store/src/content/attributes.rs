//! What may be done with something is changed.

use super::locks::{self, attributes, columns};
use super::records::tags_of;
use super::{TAGS_COMPARED_MAX, chart, tally, untag};
use crate::cache::Key;
use crate::db::Db;
use crate::error::{Error, Fault};
use crate::outbox::NewEvent;
use crate::row::params;
use crate::tx::Tx;
use crate::webhook;
use boathook_core::digest::Digest;
use boathook_core::event::ExtraAction;
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

/// Something whose attributes have changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relocked {
    /// What may be done with it from now on.
    pub attributes: Attributes,
    /// The tag, if it is one.
    pub tag: Option<Tag>,
    /// The manifest, or the one that the tag is on.
    pub digest: Option<Digest>,
    /// The manifest's media type.
    pub media_type: Option<String>,
    /// What scopes are compared with: the tag, or those that the manifest carries.
    pub tags: Vec<Tag>,
}

impl Db {
    /// Changes what may be done with something, which counts as a change of it; `false` where it is not there. No lock is
    /// in the way. Where something has become other than it was, records the event that `announce` makes of it, if
    /// somebody asks for that.
    pub async fn set_attributes(
        &self,
        place: &Place,
        repository: &Repository,
        holder: Holder,
        change: impl Fn(Attributes) -> Attributes + Send + Sync + 'static,
        now: Timestamp,
        announce: impl Fn(&Relocked) -> NewEvent + Send + Sync + 'static,
    ) -> Result<bool, Error> {
        let (place, repository) = (place.clone(), repository.clone());
        let (change, announce) = (Arc::new(change), Arc::new(announce));
        let of = place.registry.clone();
        self.write_in(&of, "set_attributes", async move |tx: &mut Tx<'_>| {
            let Some(before) = held(tx, &place, &repository, &holder).await? else {
                return Ok(false);
            };
            let after = change(before);
            keep(tx, &place, &repository, &holder, after, now).await?;
            tally::touch(tx, &place, &repository, now).await?;
            // All cached answers about the repository go with this one.
            tx.after.stale.push(Key::Repository(place.clone(), repository.clone()));
            if before != after {
                chart::shown_otherwise(tx, &place, &repository, &holder, now).await?;
                record(tx, &place, &repository, &holder, after, |relocked| announce(relocked))
                    .await?;
            }
            Ok(true)
        })
        .await
    }
}

/// Records that something has other attributes than before, if somebody asks for that.
pub(super) async fn record(
    tx: &mut Tx<'_>,
    place: &Place,
    repository: &Repository,
    holder: &Holder,
    after: Attributes,
    announce: impl Fn(&Relocked) -> NewEvent,
) -> Result<(), Fault> {
    if !webhook::is_asked_for(tx, place, ExtraAction::Lock).await? {
        return Ok(());
    }
    let relocked = relocked(tx, place, repository, holder, after).await?;
    announce(&relocked).append(tx).await
}

/// What there is to tell of something whose attributes have changed.
async fn relocked(
    tx: &mut Tx<'_>,
    place: &Place,
    repository: &Repository,
    holder: &Holder,
    attributes: Attributes,
) -> Result<Relocked, Fault> {
    let (tag, digest) = match holder {
        Holder::Repository => (None, None),
        Holder::Manifest(digest) => (None, Some(digest.clone())),
        Holder::Tag(tag) => {
            let named = locks::of_tag(tx, place, repository, tag).await?;
            (Some(tag.clone()), named.digest)
        }
    };
    let mut relocked = Relocked { attributes, tag, digest, media_type: None, tags: Vec::new() };
    if let Some(digest) = &relocked.digest {
        relocked.media_type = untag::media_type(tx, place, repository, digest).await?;
        relocked.tags = match &relocked.tag {
            Some(tag) => vec![tag.clone()],
            None => tags_of(tx, place, repository, digest, TAGS_COMPARED_MAX).await?,
        };
    }
    Ok(relocked)
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
