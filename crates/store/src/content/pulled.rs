//! A manifest was given to a client, which only those hear of who ask for it.

use super::records::tags_of;
use crate::db::Db;
use crate::error::Error;
use crate::outbox::NewEvent;
use crate::tx::Tx;
use crate::webhook;
use boathook_core::event::ExtraAction;
use boathook_core::name::{Place, Reference, Repository, Tag};

/// How many of a manifest's tags scopes are compared with, of one that was named by its digest.
pub const TAGS_COMPARED_MAX: usize = 1_000;

impl Db {
    /// Records that a client is given a manifest, if somebody asks for that. `announce` makes the event; it is told the
    /// tags that scopes are compared with: the one that the client named, or those that the manifest carries.
    pub async fn record_pull(
        &self,
        place: &Place,
        repository: &Repository,
        reference: &Reference,
        announce: impl Fn(Vec<Tag>) -> NewEvent + Clone + Send + Sync + 'static,
    ) -> Result<(), Error> {
        let (place, repository, reference) = (place.clone(), repository.clone(), reference.clone());
        let of = place.registry.clone();
        self.write_in(&of, "record_pull", async move |tx: &mut Tx<'_>| {
            if !webhook::is_asked_for(tx, &place, ExtraAction::Pull).await? {
                return Ok(());
            }
            let tags = match &reference {
                Reference::Tag(tag) => vec![tag.clone()],
                Reference::Digest(digest) => {
                    tags_of(tx, &place, &repository, digest, TAGS_COMPARED_MAX).await?
                }
            };
            announce(tags).append(tx).await
        })
        .await
    }
}
