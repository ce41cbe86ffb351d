//! What webhooks are sent, as it happens: for pages that are open.
//!
//! Whoever looks at a webhook waits on a channel. One worker looks at the database for all of them together, once a second
//! and with one query for [`GLANCED_MAX`] webhooks, however many pages are open; and where something has changed, once
//! more for the page of that webhook. Where nobody waits, it asks nothing.
//!
//! Places are few ([`WATCHERS_MAX`]), and nobody has more than a part of them ([`WATCHERS_OF_ONE_MAX`]): whoever leaves
//! their pages open, or opens them by a program, takes nobody else's.

use crate::ctx::Ctx;
use crate::manage::events::{self, EventLines};
use boathook_core::id::{PrincipalId, WebhookId};
use boathook_store::{Error, GLANCED_MAX, Glance, WebhookRow};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;

/// How often the database is looked at.
pub(crate) const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How many events of a webhook are looked at, the latest; it is what a page shows of them.
pub const EVENTS_SHOWN: u32 = 40;
/// How many pages may wait at a time.
pub const WATCHERS_MAX: usize = 1_000;
/// How many of them may be of one principal, whatever their sessions: two hundred tabs, and some more.
pub const WATCHERS_OF_ONE_MAX: usize = 250;

/// Who waits for what.
#[derive(Default)]
pub struct Live {
    watched: Mutex<HashMap<WebhookId, Watch>>,
    taken: Arc<Mutex<HashMap<PrincipalId, usize>>>,
}

/// Why a page is not brought up to date.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
pub enum Refusal {
    /// As many pages wait as may.
    #[error("{WATCHERS_MAX} pages follow events already")]
    Full,
    /// As many pages of the principal wait as may.
    #[error("{WATCHERS_OF_ONE_MAX} pages of one identity follow events already")]
    TooMany,
}

struct Watch {
    /// How the events stood when they were last told of; nothing before that.
    told: Option<Vec<Glance>>,
    pages: watch::Sender<Option<Arc<Latest>>>,
}

/// The latest events of a webhook, and what was made of them for the pages that are open.
pub struct Latest {
    /// The events.
    pub page: EventLines,
    made: Mutex<HashMap<&'static str, Arc<str>>>,
}

impl Latest {
    /// What `make` makes of the events: once for each kind, however many pages show it. A kind says all that its pages
    /// differ in.
    pub fn shown(&self, kind: &'static str, make: impl FnOnce(&EventLines) -> String) -> Arc<str> {
        let mut kept = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(kept.entry(kind).or_insert_with(|| make(&self.page).into()))
    }
}

/// The latest events of a webhook, again and again: the first time soon, and then whenever one of them has changed.
pub struct Pages {
    told: watch::Receiver<Option<Arc<Latest>>>,
    _place: Place,
}

impl Pages {
    /// Waits for the next; there is none where the server ends.
    pub async fn next(&mut self) -> Option<Arc<Latest>> {
        loop {
            self.told.changed().await.ok()?;
            let latest = self.told.borrow_and_update().clone();
            // The first look may be still to come.
            if latest.is_some() {
                return latest;
            }
        }
    }
}

/// The place of a page that waits; given back when the page goes.
struct Place {
    taken: Arc<Mutex<HashMap<PrincipalId, usize>>>,
    by: PrincipalId,
}

impl Place {
    fn take(live: &Live, by: &PrincipalId) -> Result<Self, Refusal> {
        let mut taken = live.taken.lock().expect("nothing panics while the places are held");
        if WATCHERS_MAX <= taken.values().sum() {
            return Err(Refusal::Full);
        }
        let own = taken.get(by).copied().unwrap_or_default();
        if WATCHERS_OF_ONE_MAX <= own {
            return Err(Refusal::TooMany);
        }
        taken.insert(by.clone(), own + 1);
        Ok(Self { taken: Arc::clone(&live.taken), by: by.clone() })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = taken.get_mut(&self.by) {
            *own -= 1;
        }
        taken.retain(|_, own| 0 < *own);
    }
}

impl Live {
    fn lock(&self) -> MutexGuard<'_, HashMap<WebhookId, Watch>> {
        self.watched.lock().expect("nothing panics while the watched are held")
    }
}

/// Waits for what is sent to a webhook, for a page of `by`.
pub fn watch(ctx: &Ctx, webhook: &WebhookRow, by: &PrincipalId) -> Result<Pages, Refusal> {
    let place = Place::take(&ctx.live, by)?;
    let mut watched = ctx.live.lock();
    let watch = watched
        .entry(webhook.id.clone())
        .or_insert_with(|| Watch { told: None, pages: watch::Sender::new(None) });
    let mut told = watch.pages.subscribe();
    // What others have been told of already is news to whoever comes now.
    told.mark_changed();
    Ok(Pages { told, _place: place })
}

/// Looks once at all that is waited for, and tells of what has changed.
pub async fn look(ctx: &Ctx) -> Result<(), Error> {
    let ids: Vec<WebhookId> = {
        let mut watched = ctx.live.lock();
        watched.retain(|_, watch| 0 < watch.pages.receiver_count());
        watched.keys().cloned().collect()
    };
    for ids in ids.chunks(GLANCED_MAX) {
        let mut found: HashMap<WebhookId, Vec<Glance>> =
            ids.iter().map(|id| (id.clone(), Vec::new())).collect();
        for (webhook, glance) in ctx.db.glance(ids.to_vec(), EVENTS_SHOWN).await? {
            found.entry(webhook).or_default().push(glance);
        }
        for (id, now) in found {
            tell(ctx, &id, now).await?;
        }
    }
    Ok(())
}

async fn tell(ctx: &Ctx, id: &WebhookId, now: Vec<Glance>) -> Result<(), Error> {
    {
        let watched = ctx.live.lock();
        let Some(watch) = watched.get(id) else { return Ok(()) };
        if watch.told.as_ref() == Some(&now) {
            return Ok(());
        }
    }
    let page = events::lines(ctx, id, None, EVENTS_SHOWN).await?;
    let mut watched = ctx.live.lock();
    if let Some(watch) = watched.get_mut(id) {
        watch.told = Some(now);
        let latest = Latest { page, made: Mutex::default() };
        watch.pages.send_replace(Some(Arc::new(latest)));
    }
    Ok(())
}
