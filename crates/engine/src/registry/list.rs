//! Pages of what there is. Each asks for one entry more than it shows, to know whether there is another page.

mod fallback;

use crate::ctx::Ctx;
use boathook_core::digest::Digest;
use boathook_core::name::{Place, Repository, Tag};
use boathook_store::Error;
use std::collections::BTreeMap;

pub use boathook_store::{ReferrerRow, WantedReferrers};

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// What is on it.
    pub entries: Vec<T>,
    /// Whether there are more entries after these.
    pub has_more: bool,
}

impl<T> Page<T> {
    pub(super) fn new(mut entries: Vec<T>, limit: u32) -> Self {
        let limit = limit as usize;
        // A page without entries has no last one to go on from.
        let has_more = limit < entries.len() && limit != 0;
        entries.truncate(limit);
        Self { entries, has_more }
    }
}

/// The repositories after `last`.
pub async fn repositories(
    ctx: &Ctx,
    place: &Place,
    last: &str,
    limit: u32,
) -> Result<Page<String>, Error> {
    Ok(Page::new(ctx.db.repositories(place, last, limit + 1).await?, limit))
}

/// The repositories that have a manifest, `limit` at most, as far as lists show it.
pub async fn repositories_of_manifest(
    ctx: &Ctx,
    place: &Place,
    digest: &Digest,
    limit: u32,
) -> Result<Vec<Repository>, Error> {
    ctx.db.repositories_of_manifest(place, digest, limit).await
}

/// The repositories that have a tag of a name, `limit` at most, as far as lists show it.
pub async fn repositories_of_tag(
    ctx: &Ctx,
    place: &Place,
    tag: &Tag,
    limit: u32,
) -> Result<Vec<Repository>, Error> {
    ctx.db.repositories_of_tag(place, tag, limit).await
}

/// The tags of a repository after `last`; `None` where there is no such repository.
pub async fn tags(
    ctx: &Ctx,
    place: &Place,
    repository: &Repository,
    last: &str,
    limit: u32,
) -> Result<Option<Page<String>>, Error> {
    let tags = ctx.db.tags(place, repository, last, limit + 1).await?;
    Ok(tags.map(|tags| Page::new(tags, limit)))
}

/// The manifests about `subject` after the digest `last`: those that name it, and those that a client of old has listed
/// under its tag. What the caller may not pull is not among them: their annotations are content.
pub async fn referrers(
    ctx: &Ctx,
    place: &Place,
    repository: &Repository,
    subject: &Digest,
    wanted: &WantedReferrers,
    last: &str,
    limit: u32,
) -> Result<Page<ReferrerRow>, Error> {
    let fetch = limit + 1;
    let named = ctx.db.referrers(place, repository, subject, wanted, last, fetch).await?;
    let mut rows: BTreeMap<_, _> = named.into_iter().map(|row| (row.digest.clone(), row)).collect();
    let mut added = 0;
    for digest in fallback::listed(ctx, place, repository, subject, wanted.sight, last).await? {
        // Those of the page are among the first of either kind.
        if added == fetch {
            break;
        }
        if rows.contains_key(&digest) {
            continue;
        }
        let row = fallback::row(ctx, place, repository, digest.clone(), wanted).await?;
        if let Some(row) = row {
            rows.insert(digest, row);
            added += 1;
        }
    }
    Ok(Page::new(rows.into_values().collect(), limit))
}
