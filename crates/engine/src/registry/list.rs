//! Pages of what there is. Each asks for one entry more than it shows, to know whether there is another page.

use crate::ctx::Ctx;
use boathook_core::digest::Digest;
use boathook_core::name::{Place, Repository};
use boathook_store::Error;

pub use boathook_store::ReferrerRow;

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// What is on it.
    pub entries: Vec<T>,
    /// Whether there are more entries after these.
    pub has_more: bool,
}

impl<T> Page<T> {
    fn new(mut entries: Vec<T>, limit: u32) -> Self {
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

/// The manifests about `subject` after the digest `last`, perhaps of one artifact type alone.
pub async fn referrers(
    ctx: &Ctx,
    place: &Place,
    repository: &Repository,
    subject: &Digest,
    artifact_type: Option<&str>,
    last: &str,
    limit: u32,
) -> Result<Page<ReferrerRow>, Error> {
    let rows = ctx.db.referrers(place, repository, subject, artifact_type, last, limit + 1).await?;
    Ok(Page::new(rows, limit))
}
