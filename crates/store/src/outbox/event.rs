//! Events on their way in, and out to the dispatcher.

use crate::db::Db;
use crate::error::{Error, Fault};
use crate::row::params;
use crate::tx::Tx;
use crate::webhook;
use boathook_core::event::Action;
use boathook_core::id::EventId;
use boathook_core::name::{Place, Repository, Tag};
use boathook_core::time::Timestamp;

/// An event to be recorded with the change that it tells of.
#[derive(Clone, Debug)]
pub struct NewEvent {
    /// Its id, also inside `body`.
    pub id: EventId,
    /// Where it happened.
    pub place: Place,
    /// What happened.
    pub action: Action,
    /// The repository; none for a ping.
    pub repository: Option<Repository>,
    /// What scopes are compared with: the tag that it is about, or the tags that the manifest carried.
    pub tags: Vec<Tag>,
    /// What receivers get, byte for byte.
    pub body: Vec<u8>,
    /// What those get who ask for deleted tags, if that is another body; kept if somebody asks.
    pub extended_body: Option<Vec<u8>>,
    /// When it happened.
    pub at: Timestamp,
}

/// An event whose deliveries have not been made yet.
#[derive(Clone, Debug)]
pub struct UndispatchedEvent {
    /// Its id.
    pub id: EventId,
    /// Where it happened.
    pub place: Place,
    /// What happened.
    pub action: Action,
    /// The repository.
    pub repository: String,
    /// As in [`NewEvent`].
    pub tags: Vec<String>,
    /// What receivers get.
    pub body: Vec<u8>,
    /// As in [`NewEvent`].
    pub extended_body: Option<Vec<u8>>,
    /// When it happened.
    pub at: Timestamp,
}

impl NewEvent {
    /// Writes the event in the open transaction, for the dispatcher to find. What ACR announces to nobody is written only
    /// where somebody asks for it.
    pub(crate) async fn append(&self, tx: &mut Tx<'_>) -> Result<(), Fault> {
        if let Action::Extra(action) = self.action
            && !webhook::is_asked_for(tx, &self.place, action).await?
        {
            return Ok(());
        }
        let is_extended = self.extended_body.is_some()
            && webhook::are_deleted_tags_asked_for(tx, &self.place).await?;
        let extended_body = self.extended_body.as_deref().filter(|_| is_extended);
        self.insert(tx, extended_body, None).await?;
        tx.after.has_event = true;
        Ok(())
    }

    /// Writes the event as one whose deliveries are made.
    pub(super) async fn append_dispatched(&self, tx: &mut Tx<'_>) -> Result<(), Fault> {
        self.insert(tx, None, Some(self.at)).await
    }

    /// The same event may come twice, from a caller who has not heard that the first time went well.
    async fn insert(
        &self,
        tx: &mut Tx<'_>,
        extended_body: Option<&[u8]>,
        dispatched: Option<Timestamp>,
    ) -> Result<(), Fault> {
        let tags: Vec<_> = self.tags.iter().map(Tag::as_str).collect();
        tx.execute(
            "INSERT INTO event (id, registry, region, action, repository, tags, body, occurred_ms, dispatched_ms,
                                extended_body)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING",
            params![
                self.id.as_str(),
                self.place.registry.as_str(),
                self.place.region.as_str(),
                self.action.as_str(),
                self.repository.as_ref().map(Repository::as_str),
                tags.join("\n").as_str(),
                self.body.as_slice(),
                self.at.0,
                dispatched.map(|at| at.0),
                extended_body,
            ],
        )
        .await?;
        Ok(())
    }
}

impl Db {
    /// The oldest events whose deliveries have not been made, `limit` at most.
    pub async fn undispatched(&self, limit: u32) -> Result<Vec<UndispatchedEvent>, Error> {
        self.read("undispatched", async move |tx: &mut Tx<'_>| {
            let sql = "SELECT id, registry, region, action, repository, tags, body, occurred_ms, extended_body
                       FROM event
                       WHERE dispatched_ms IS NULL ORDER BY id LIMIT $1";
            let rows = tx.query(sql, params![i64::from(limit)]).await?;
            let event = |mut row: crate::row::Row| UndispatchedEvent {
                body: row.take_bytes(6).expect("an event has a body"),
                extended_body: row.take_bytes(8),
                id: EventId::new(row.text(0)),
                place: Place { registry: row.parsed(1), region: row.parsed(2) },
                action: row.parsed(3),
                repository: row.opt_text(4).unwrap_or_default().to_owned(),
                tags: row.text(5).split('\n').filter(|tag| !tag.is_empty()).map(str::to_owned).collect(),
                at: Timestamp(row.int(7)),
            };
            Ok(rows.into_iter().map(event).collect())
        })
        .await
    }
}
