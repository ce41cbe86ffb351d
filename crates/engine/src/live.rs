//! What webhooks are sent, as it happens: for pages that are open.
//!
//! Whoever looks at a webhook waits on a channel. One worker looks at the database for all of them together, once a second
//! and with one query for [`GLANCED_MAX`] webhooks, however many pages are open; and where something has changed, once
//! more for the page of that webhook. Where nobody waits, it asks nothing.

use crate::ctx::Ctx;
use crate::manage::events::{self, EventPage};
use boathook_core::id::WebhookId;
use boathook_store::{Error, GLANCED_MAX, Glance, WebhookRow};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;
use tokio::sync::watch;

/// How often the database is looked at.
pub(crate) const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How many events of a webhook are looked at, the latest; it is what a page shows of them.
pub const EVENTS_SHOWN: u32 = 40;
/// How many pages may wait at a time.
pub const WATCHERS_MAX: usize = 1_000;

/// Who waits for what.
#[derive(Default)]
pub struct Live(Mutex<HashMap<WebhookId, Watch>>);

struct Watch {
    webhook: WebhookRow,
    /// How the events stood when they were last told of; nothing before that.
    told: Option<Vec<Glance>>,
    pages: watch::Sender<Option<Arc<EventPage>>>,
}

/// The latest events of a webhook, again and again: the first time soon, and then whenever one of them has changed.
pub type Pages = watch::Receiver<Option<Arc<EventPage>>>;

impl Live {
    fn lock(&self) -> MutexGuard<'_, HashMap<WebhookId, Watch>> {
        self.0.lock().expect("nothing panics while the watched are held")
    }
}

/// Waits for what is sent to a webhook; `None` where too many wait.
pub fn watch(ctx: &Ctx, webhook: &WebhookRow) -> Option<Pages> {
    let mut watched = ctx.live.lock();
    let waiting: usize = watched.values().map(|watch| watch.pages.receiver_count()).sum();
    if WATCHERS_MAX <= waiting {
        return None;
    }
    let watch = watched.entry(webhook.id.clone()).or_insert_with(|| Watch {
        webhook: webhook.clone(),
        told: None,
        pages: watch::Sender::new(None),
    });
    let mut pages = watch.pages.subscribe();
    // What others have been told of already is news to whoever comes now.
    pages.mark_changed();
    Some(pages)
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
    let webhook = {
        let watched = ctx.live.lock();
        let Some(watch) = watched.get(id) else { return Ok(()) };
        if watch.told.as_ref() == Some(&now) {
            return Ok(());
        }
        watch.webhook.clone()
    };
    let page = events::page(ctx, &webhook, None, EVENTS_SHOWN).await?;
    let mut watched = ctx.live.lock();
    if let Some(watch) = watched.get_mut(id) {
        watch.told = Some(now);
        watch.pages.send_replace(Some(Arc::new(page)));
    }
    Ok(())
}
