//! What the dispatcher and the deliverer know of webhooks.

use crate::ctx::Ctx;
use crate::manage::target::Target;
use boathook_core::event::{Action, ExtraAction};
use boathook_core::id::WebhookId;
use boathook_core::name::Place;
use boathook_core::webhook::{Audience, Interest, Status};
use boathook_store::{Error, WebhookRow};
use std::collections::{HashMap, HashSet};

/// All webhooks as they were at one revision.
#[derive(Debug, Default)]
pub(super) struct Directory {
    /// The revision; the store refuses to dispatch by another.
    pub(super) revision: i64,
    audiences: HashMap<Place, Audience>,
    /// Where somebody asks for pulls.
    pulls: HashSet<Place>,
    webhooks: HashMap<WebhookId, Webhook>,
}

/// A webhook, as far as sending is concerned.
#[derive(Debug)]
pub(super) struct Webhook {
    /// Its name, for the log.
    pub(super) name: String,
    /// Where to send to; `None` where its secrets cannot be opened.
    pub(super) target: Option<Target>,
    /// Whether it is sent anything but pings.
    pub(super) is_enabled: bool,
    /// Whether its events are held back.
    pub(super) is_paused: bool,
    /// Whether it is told of the tags that went with a deleted manifest.
    pub(super) has_deleted_tags: bool,
}

impl Directory {
    /// Reads all webhooks.
    pub(super) async fn load(ctx: &Ctx) -> Result<Self, Error> {
        let (revision, rows) = ctx.db.all_webhooks().await?;
        let mut interests: HashMap<Place, Vec<Interest>> = HashMap::new();
        let mut pulls = HashSet::new();
        for row in rows.iter().filter(|row| row.status == Status::Enabled) {
            let extra = row.extra_actions.iter().copied().map(Action::Extra);
            let interest = Interest {
                id: row.id.clone(),
                actions: row.actions.iter().copied().chain(extra).collect(),
                scope: row.scope.clone(),
            };
            if row.extra_actions.contains(&ExtraAction::Pull) {
                pulls.insert(row.place.clone());
            }
            interests.entry(row.place.clone()).or_default().push(interest);
        }
        Ok(Self {
            revision,
            audiences: interests
                .into_iter()
                .map(|(place, interests)| (place, Audience::new(interests)))
                .collect(),
            pulls,
            webhooks: rows.iter().map(|row| (row.id.clone(), Webhook::new(ctx, row))).collect(),
        })
    }

    /// The enabled webhooks of a place.
    pub(super) fn audience(&self, place: &Place) -> Option<&Audience> {
        self.audiences.get(place)
    }

    /// Says whether an enabled webhook of a place asks for pulls.
    pub(super) fn asks_for_pulls(&self, place: &Place) -> bool {
        self.pulls.contains(place)
    }

    /// Looks up a webhook.
    pub(super) fn webhook(&self, id: &WebhookId) -> Option<&Webhook> {
        self.webhooks.get(id)
    }
}

impl Webhook {
    fn new(ctx: &Ctx, row: &WebhookRow) -> Self {
        let target = Target::open(&ctx.seal, &row.id, &row.target);
        if let Err(error) = &target {
            tracing::error!(webhook.id = %row.id, %error, "the webhook `{}` cannot be sent anything", row.name);
        }
        Self {
            name: row.name.to_string(),
            target: target.ok(),
            is_enabled: row.status == Status::Enabled,
            is_paused: row.paused.is_some(),
            has_deleted_tags: row.has_deleted_tags,
        }
    }
}

#[cfg(test)]
impl Directory {
    /// One that knows a single webhook, of nobody's events.
    pub(super) fn of_one(revision: i64, id: WebhookId, is_enabled: bool) -> Self {
        let webhook = Webhook {
            name: id.to_string(),
            target: None,
            is_enabled,
            is_paused: false,
            has_deleted_tags: false,
        };
        Self { revision, webhooks: [(id, webhook)].into(), ..Self::default() }
    }
}
