//! A manifest goes without anybody's asking, which only those hear of who ask for that.

use super::TAGS_COMPARED_MAX;
use crate::error::Fault;
use crate::row::params;
use crate::tx::Tx;
use crate::webhook;
use boathook_core::digest::Digest;
use boathook_core::event::{ExtraAction, Policy};
use boathook_core::name::{Place, Repository, Tag};

/// A manifest that a policy of its registry has removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Purging {
    /// Where it was.
    pub place: Place,
    /// In which repository.
    pub repository: Repository,
    /// Which one.
    pub digest: Digest,
    /// Its media type.
    pub media_type: String,
    /// The tags that could have been restored with it, the first [`TAGS_COMPARED_MAX`] by name.
    pub tags: Vec<Tag>,
    /// The policy.
    pub policy: Policy,
}

/// The tags that a deleted manifest had, as far as anybody is told of its end.
pub(super) async fn tags(
    tx: &mut Tx<'_>,
    place: &Place,
    name: &Repository,
    digest: &Digest,
) -> Result<Vec<Tag>, Fault> {
    if !webhook::is_asked_for(tx, place, ExtraAction::Purge).await? {
        return Ok(Vec::new());
    }
    let sql = "SELECT name FROM deleted_tag WHERE registry = $1 AND region = $2 AND repository = $3 AND digest = $4
               ORDER BY name LIMIT $5";
    let (registry, region) = (place.registry.as_str(), place.region.as_str());
    let limit = i64::try_from(TAGS_COMPARED_MAX).expect("a limit is small");
    let key = params![registry, region, name.as_str(), digest.as_str(), limit];
    Ok(tx.query(sql, key).await?.iter().map(|row| row.parsed(0)).collect())
}
