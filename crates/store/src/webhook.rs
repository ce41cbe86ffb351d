//! Webhooks as the management API knows them.

use crate::audit::{self, AuditEntry};
use crate::db::Db;
use crate::error::{Error, Fault};
use crate::guard::{Guard, Removal};
use crate::outbox;
use crate::row::{Row, params};
use crate::scope_map::{self, Standing};
use crate::tx::Tx;
use boathook_core::event::{Action, ExtraAction};
use boathook_core::id::WebhookId;
use boathook_core::name::{Place, RegistryName, WebhookName};
use boathook_core::scope::Scope;
use boathook_core::time::Timestamp;
use boathook_core::webhook::Status;
use std::collections::BTreeSet;

/// A webhook.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct WebhookRow {
    /// Its id, which a later webhook of the same name does not share.
    pub id: WebhookId,
    /// The registry, and the region whose events it hears.
    pub place: Place,
    /// Its name as it was typed.
    pub name: WebhookName,
    /// The service URI and the custom headers, sealed.
    pub target: Vec<u8>,
    /// What it hears of.
    pub actions: BTreeSet<Action>,
    /// What it hears of that ACR announces to nobody.
    pub extra_actions: BTreeSet<ExtraAction>,
    /// Whether it is told of the tags that went with a deleted manifest.
    pub has_deleted_tags: bool,
    /// What its events have to be about.
    pub scope: Scope,
    /// Whether it hears anything.
    pub status: Status,
    /// ARM's tags, a JSON object of strings.
    pub tags: String,
    /// Since when it is paused, and why.
    pub paused: Option<(Timestamp, String)>,
    /// When it was made, and by whom.
    pub created: (Timestamp, String),
    /// When it was last changed, and by whom.
    pub updated: (Timestamp, String),
}

/// What came of writing a webhook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PutOutcome<E> {
    /// There was none before.
    Created(WebhookRow),
    /// It was changed.
    Updated(WebhookRow),
    /// The rules said no; nothing was changed.
    Refused(E),
    /// The registry is not in the region that a new one would be in; nothing was changed.
    Elsewhere,
    /// It is not enabled again before [`Db::settle`] has ended the last of its cancelled events; nothing was changed.
    Unsettled(WebhookId),
}

impl Db {
    /// Looks up a webhook.
    pub async fn webhook(
        &self,
        registry: &RegistryName,
        name: &WebhookName,
    ) -> Result<Option<WebhookRow>, Error> {
        let (registry, key) = (registry.clone(), name.key());
        self.read("webhook", async move |tx: &mut Tx<'_>| find(tx, &registry, &key).await).await
    }

    /// The webhooks of a registry, by name.
    pub async fn webhooks(&self, registry: &RegistryName) -> Result<Vec<WebhookRow>, Error> {
        let registry = registry.clone();
        self.read("webhooks", async move |tx: &mut Tx<'_>| {
            let sql =
                format!("SELECT {COLUMNS} FROM webhook WHERE registry = $1 ORDER BY name_key");
            Ok(tx.query(&sql, params![registry.as_str()]).await?.into_iter().map(webhook).collect())
        })
        .await
    }

    /// A page of a registry's webhooks by name: those after the key `after`.
    pub async fn webhooks_after(
        &self,
        registry: &RegistryName,
        after: &str,
        limit: u32,
    ) -> Result<Vec<WebhookRow>, Error> {
        let (registry, after) = (registry.clone(), after.to_owned());
        self.read("webhooks_after", async move |tx: &mut Tx<'_>| {
            let sql = format!(
                "SELECT {COLUMNS} FROM webhook WHERE registry = $1 AND $2 < name_key ORDER BY name_key LIMIT $3"
            );
            let params = params![registry.as_str(), &after, i64::from(limit)];
            Ok(tx.query(&sql, params).await?.into_iter().map(webhook).collect())
        })
        .await
    }

    /// All webhooks of all registries, and the revision that they are of.
    pub async fn all_webhooks(&self) -> Result<(i64, Vec<WebhookRow>), Error> {
        self.write("all_webhooks", async move |tx: &mut Tx<'_>| {
            let revision = revision(tx).await?;
            let rows = tx.query(&format!("SELECT {COLUMNS} FROM webhook"), params![]).await?;
            Ok((revision, rows.into_iter().map(webhook).collect()))
        })
        .await
    }

    /// Counts the changes of webhooks by every process.
    pub async fn webhook_revision(&self) -> Result<i64, Error> {
        self.read("webhook_revision", async move |tx: &mut Tx<'_>| revision(tx).await).await
    }

    /// Writes what `decide` makes of what is there.
    ///
    /// A webhook that is disabled has its pending events cancelled in the same transaction, and one that is no longer
    /// paused has them let go: its row is what says so.
    pub async fn put_webhook<E: Send + 'static>(
        &self,
        registry: &RegistryName,
        name: &WebhookName,
        decide: impl Fn(Standing<'_, WebhookRow>) -> Result<WebhookRow, E>
        + Clone
        + Send
        + Sync
        + 'static,
        entry: AuditEntry,
    ) -> Result<PutOutcome<E>, Error> {
        let (registry, key) = (registry.clone(), name.key());
        let of = registry.clone();
        self.write_in(&of, "put_webhook", async move |tx: &mut Tx<'_>| {
            let before = find(tx, &registry, &key).await?;
            let standing = match &before {
                Some(row) => Standing::Row(row),
                None => scope_map::vacant(tx, COUNT, &registry).await?,
            };
            let after = match decide(standing) {
                Ok(after) => after,
                Err(refusal) => return Ok(PutOutcome::Refused(refusal)),
            };
            let was_disabled = before.as_ref().is_some_and(|row| row.status == Status::Disabled);
            if was_disabled
                && after.status == Status::Enabled
                && outbox::has_events(tx, &after.id).await?
            {
                return Ok(PutOutcome::Unsettled(after.id));
            }
            if before.is_none() && !is_in(tx, &after.place).await? {
                return Ok(PutOutcome::Elsewhere);
            }
            write(tx, &key, &after).await?;
            changed(tx).await?;
            audit::record(tx, &entry).await?;
            Ok(if before.is_some() {
                PutOutcome::Updated(after)
            } else {
                PutOutcome::Created(after)
            })
        })
        .await
    }

    /// Removes a webhook, and with its row cancels its pending deliveries.
    pub async fn delete_webhook(
        &self,
        registry: &RegistryName,
        name: &WebhookName,
        guard: Guard<WebhookRow>,
        entry: AuditEntry,
    ) -> Result<Removal, Error> {
        let (registry, key) = (registry.clone(), name.key());
        self.write("delete_webhook", async move |tx: &mut Tx<'_>| {
            if let Err(removal) = guard.pass(find(tx, &registry, &key).await?) {
                return Ok(removal);
            }
            let sql = "DELETE FROM webhook WHERE registry = $1 AND name_key = $2";
            tx.execute(sql, params![registry.as_str(), &key]).await?;
            changed(tx).await?;
            audit::record(tx, &entry).await?;
            Ok(Removal::Removed)
        })
        .await
    }
}

/// Says whether an enabled webhook of the place asks for an extra action. Where none asks for anything, that is one look
/// into an empty part of an index.
pub(crate) async fn is_asked_for(
    tx: &mut Tx<'_>,
    place: &Place,
    action: ExtraAction,
) -> Result<bool, Fault> {
    let sql = format!("{ASKING} AND ' ' || extra_actions || ' ' LIKE $3 LIMIT 1");
    let word = format!("% {} %", action.as_str());
    tx.exists(&sql, params![place.registry.as_str(), place.region.as_str(), &word]).await
}

/// Says whether an enabled webhook of the place is to be told of the tags that went with a deleted manifest.
pub(crate) async fn are_deleted_tags_asked_for(
    tx: &mut Tx<'_>,
    place: &Place,
) -> Result<bool, Fault> {
    let sql = format!("{ASKING} AND has_deleted_tags = 1 LIMIT 1");
    tx.exists(&sql, params![place.registry.as_str(), place.region.as_str()]).await
}

/// The condition is the index's own, word for word: SQLite recognizes it by that.
const ASKING: &str = "SELECT 1 FROM webhook WHERE registry = $1 AND region = $2
    AND is_enabled = 1 AND (extra_actions <> '' OR has_deleted_tags = 1)";

/// Notes that a webhook is not what it was; its deliveries may be due, or over.
pub(crate) async fn changed(tx: &mut Tx<'_>) -> Result<(), Fault> {
    tx.execute("UPDATE revision SET number = number + 1 WHERE subject = 'webhook'", params![])
        .await?;
    tx.after.has_webhook = true;
    tx.after.has_delivery = true;
    Ok(())
}

async fn revision(tx: &mut Tx<'_>) -> Result<i64, Fault> {
    let row =
        tx.query_opt("SELECT number FROM revision WHERE subject = 'webhook'", params![]).await?;
    Ok(row.map_or(0, |row| row.int(0)))
}

/// Says whether a registry is in a region: at home, or by a replication, which may have gone in the meantime.
async fn is_in(tx: &mut Tx<'_>, Place { registry, region }: &Place) -> Result<bool, Fault> {
    let sql = "SELECT 1 FROM registry WHERE name = $1 AND location = $2
               UNION ALL SELECT 1 FROM replication WHERE registry = $1 AND region = $2 LIMIT 1";
    tx.exists(sql, params![registry.as_str(), region.as_str()]).await
}

async fn find(
    tx: &mut Tx<'_>,
    registry: &RegistryName,
    key: &str,
) -> Result<Option<WebhookRow>, Fault> {
    let sql = format!("SELECT {COLUMNS} FROM webhook WHERE registry = $1 AND name_key = $2");
    Ok(tx.query_opt(&sql, params![registry.as_str(), key]).await?.map(webhook))
}

const COUNT: &str = "SELECT COUNT(*) FROM webhook WHERE registry = $1";

const COLUMNS: &str = "id, registry, region, name, target, actions, scope, is_enabled, tags, paused_ms, paused_reason,
    created_ms, created_by, updated_ms, updated_by, extra_actions, has_deleted_tags";

fn webhook(mut row: Row) -> WebhookRow {
    WebhookRow {
        target: row.take_bytes(4).expect("a webhook has a target"),
        id: WebhookId::new(row.text(0)),
        place: Place { registry: row.parsed(1), region: row.parsed(2) },
        name: row.parsed(3),
        actions: row
            .text(5)
            .split(' ')
            .map(|action| action.parse().expect("it was parsed before"))
            .collect(),
        extra_actions: row
            .text(15)
            .split_terminator(' ')
            .map(|action| action.parse().expect("it was parsed before"))
            .collect(),
        has_deleted_tags: row.int(16) == 1,
        scope: row.parsed(6),
        status: if row.int(7) == 1 { Status::Enabled } else { Status::Disabled },
        tags: row.text(8).to_owned(),
        paused: row.opt_int(9).map(|paused_ms| (Timestamp(paused_ms), row.text(10).to_owned())),
        created: (Timestamp(row.int(11)), row.text(12).to_owned()),
        updated: (Timestamp(row.int(13)), row.text(14).to_owned()),
    }
}

async fn write(tx: &mut Tx<'_>, key: &str, webhook: &WebhookRow) -> Result<(), Fault> {
    let actions: Vec<_> = webhook.actions.iter().map(|action| action.as_str()).collect();
    let extra_actions: Vec<_> =
        webhook.extra_actions.iter().map(|action| action.as_str()).collect();
    let (paused_ms, paused_reason) =
        webhook.paused.as_ref().map(|(at, reason)| (at.0, reason)).unzip();
    tx.execute(
        "INSERT INTO webhook (registry, name_key, id, region, name, target, actions, scope, is_enabled, tags, paused_ms,
                              paused_reason, created_ms, created_by, updated_ms, updated_by, extra_actions, has_deleted_tags)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
         ON CONFLICT (registry, name_key) DO UPDATE SET
             target = excluded.target, actions = excluded.actions, scope = excluded.scope,
             is_enabled = excluded.is_enabled, tags = excluded.tags, paused_ms = excluded.paused_ms,
             paused_reason = excluded.paused_reason, updated_ms = excluded.updated_ms, updated_by = excluded.updated_by,
             extra_actions = excluded.extra_actions, has_deleted_tags = excluded.has_deleted_tags",
        params![
            webhook.place.registry.as_str(),
            key,
            webhook.id.as_str(),
            webhook.place.region.as_str(),
            webhook.name.as_str(),
            webhook.target.as_slice(),
            actions.join(" ").as_str(),
            webhook.scope.as_str(),
            i64::from(webhook.status == Status::Enabled),
            &webhook.tags,
            paused_ms,
            paused_reason,
            webhook.created.0.0,
            &webhook.created.1,
            webhook.updated.0.0,
            &webhook.updated.1,
            extra_actions.join(" ").as_str(),
            i64::from(webhook.has_deleted_tags),
        ],
    )
    .await?;
    Ok(())
}
