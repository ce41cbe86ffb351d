//! A tag leaves a manifest, which only those hear of who ask for it.

use crate::error::Fault;
use crate::outbox::NewEvent;
use crate::row::params;
use crate::tx::Tx;
use crate::webhook;
use boathook_core::digest::Digest;
use boathook_core::event::ExtraAction;
use boathook_core::name::{Place, Repository, Tag};
use std::fmt;
use std::sync::Arc;

/// A tag that has left a manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Untagged {
    /// The tag.
    pub tag: Tag,
    /// The manifest that it was on.
    pub digest: Digest,
    /// The manifest's media type.
    pub media_type: Option<String>,
    /// The manifest that it is on now.
    pub moved_to: Option<Digest>,
}

/// Makes the events of the tags that a push moves; the first argument is the tag's number in the push.
#[derive(Clone)]
pub struct AnnounceMoved(Arc<Announce>);

type Announce = dyn Fn(usize, &Untagged) -> NewEvent + Send + Sync;

impl AnnounceMoved {
    /// It may be called several times for one tag, and makes the same event each time.
    pub fn new(announce: impl Fn(usize, &Untagged) -> NewEvent + Send + Sync + 'static) -> Self {
        Self(Arc::new(announce))
    }

    pub(super) fn event(&self, idx: usize, untagged: &Untagged) -> NewEvent {
        (self.0)(idx, untagged)
    }
}

impl fmt::Debug for AnnounceMoved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AnnounceMoved").finish_non_exhaustive()
    }
}

/// Records that a tag has left a manifest, if somebody asks for that.
pub(super) async fn record(
    tx: &mut Tx<'_>,
    place: &Place,
    repository: &Repository,
    untagged: Untagged,
    announce: impl Fn(&Untagged) -> NewEvent,
) -> Result<(), Fault> {
    if !webhook::is_asked_for(tx, place, ExtraAction::Untag).await? {
        return Ok(());
    }
    let media_type = media_type(tx, place, repository, &untagged.digest).await?;
    announce(&Untagged { media_type, ..untagged }).append(tx).await
}

/// The media type of a manifest, if it is there.
pub(super) async fn media_type(
    tx: &mut Tx<'_>,
    place: &Place,
    repository: &Repository,
    digest: &Digest,
) -> Result<Option<String>, Fault> {
    let sql = "SELECT media_type FROM manifest
               WHERE registry = $1 AND region = $2 AND repository = $3 AND digest = $4";
    let (registry, region) = (place.registry.as_str(), place.region.as_str());
    let key = params![registry, region, repository.as_str(), digest.as_str()];
    Ok(tx.query_opt(sql, key).await?.map(|row| row.text(0).to_owned()))
}
