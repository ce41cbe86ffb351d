//! A webhook: what it is, what it was sent, and the buttons of the how-to.

mod pace;

use super::event::LIST_DELIVERIES;
use super::webhook_events::{Events, Way};
use super::webhooks::{Mark, READ, WRITE, actions};
use super::{address, answered, registry};
use crate::frame::{Frame, Section};
use crate::refusal::Refusal;
use crate::text::Text;
use crate::time::Moment;
use crate::visitor::{Sent, Visitor};
use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use boathook_core::role::RoleScope;
use boathook_core::time::Timestamp;
use boathook_core::webhook::Status;
use boathook_engine::manage::health::{self, Health};
use boathook_engine::manage::target::Target;
use boathook_engine::manage::{self, events};
use boathook_engine::manage::{etag, webhooks};
use boathook_engine::{RegistryRow, WebhookRow};
use boathook_wire::arm::condition::Condition;
use pace::Pace;

const ROUTE: &str = "portal.webhook";
pub(super) const LIST_EVENTS: &str =
    "Microsoft.ContainerRegistry/registries/webhooks/listEvents/action";
const PING: &str = "Microsoft.ContainerRegistry/registries/webhooks/ping/action";
const DELETE: &str = "Microsoft.ContainerRegistry/registries/webhooks/delete";
const CALLBACK: &str = "Microsoft.ContainerRegistry/registries/webhooks/getCallbackConfig/action";

#[derive(Template)]
#[template(path = "webhook.html")]
struct WebhookPage {
    frame: Frame,
    t: &'static dyn Text,
    /// The address of this page.
    here: String,
    list: String,
    name: String,
    location: String,
    actions: String,
    scope: String,
    is_enabled: bool,
    paused: Option<(Moment, String)>,
    mark: Mark,
    service_uri: Option<String>,
    created: (Moment, String),
    updated: (Moment, String),
    may: May,
    filter: String,
    is_live: bool,
    /// How the latest attempts went; nothing where there were none, and for those who may not see them.
    pace: Option<Pace>,
    events: Option<Events>,
}

/// Which buttons there are.
struct May {
    ping: bool,
    write: bool,
    delete: bool,
}

/// The address of a webhook's page.
pub(super) fn address_of(row: &RegistryRow, webhook: &WebhookRow) -> String {
    address(row.name.as_str(), &format!("/webhooks/{}", webhook.name))
}

/// A webhook that the visitor may look at.
pub(super) async fn find(
    visitor: &Visitor,
    name: &str,
    webhook: &str,
) -> Result<(RegistryRow, RoleScope, WebhookRow), Refusal> {
    let (row, scope) = registry(visitor, name).await?;
    visitor.must(READ, &scope)?;
    let webhook = webhooks::get(&visitor.ctx, &row, webhook).await?.ok_or(Refusal::Gone)?;
    Ok((row, scope, webhook))
}

/// An address, without what may be a secret in its query; the form shows it whole.
fn without_secrets(uri: &str) -> String {
    match uri.split_once('?') {
        Some((address, _)) => format!("{address}?******"),
        None => uri.to_owned(),
    }
}

/// Where a webhook points, if the visitor may see that and it can be opened.
pub(super) async fn target(
    visitor: &Visitor,
    row: &RegistryRow,
    scope: &RoleScope,
    webhook: &WebhookRow,
) -> Result<Option<Target>, Refusal> {
    if !visitor.may(CALLBACK, scope) {
        return Ok(None);
    }
    let opened = webhooks::callback(&visitor.ctx, row, webhook.name.as_str()).await?;
    Ok(opened.and_then(Result::ok))
}

/// `GET …/webhooks/{webhook}`.
pub(crate) async fn get(
    visitor: Visitor,
    Path((name, webhook)): Path<(String, String)>,
) -> Response {
    answered(&visitor, page(&visitor, &name, &webhook).await)
}

async fn page(visitor: &Visitor, name: &str, webhook: &str) -> Result<Response, Refusal> {
    let (row, scope, webhook) = find(visitor, name, webhook).await?;
    let (ctx, t) = (&visitor.ctx, visitor.look.text());
    let list = address(row.name.as_str(), "/webhooks");
    let here = address_of(&row, &webhook);
    let events = if visitor.may(LIST_EVENTS, &scope) {
        Some(Events::asked(visitor, &webhook, &Way::to(visitor, &row, &scope, &webhook)).await?)
    } else {
        None
    };
    if visitor.wants_part() {
        let part = events.ok_or(Refusal::Forbidden { action: LIST_EVENTS })?;
        return Ok(visitor.show(ROUTE, part.render()));
    }
    let health = health::of(ctx, std::slice::from_ref(&webhook)).await?;
    let target = target(visitor, &row, &scope, &webhook).await?;
    let latest = if visitor.may(LIST_DELIVERIES, &scope) {
        Pace::new(t, &manage::pace::of(ctx, &webhook).await?)
    } else {
        None
    };
    let who = async |(at, by): &(Timestamp, String)| -> Result<_, Refusal> {
        Ok((Moment::from(*at), visitor.called(by).await?))
    };
    let page = WebhookPage {
        frame: Frame::of(visitor, &row, Section::Webhooks),
        t,
        name: webhook.name.to_string(),
        location: webhook.place.region.to_string(),
        actions: actions(&webhook),
        scope: webhook.scope.as_str().to_owned(),
        is_enabled: webhook.status == Status::Enabled,
        paused: webhook.paused.clone().map(|(since, reason)| (since.into(), reason)),
        mark: Mark::new(t, &webhook, health.first().copied().unwrap_or(Health::Unknown)),
        service_uri: target.map(|target| without_secrets(&target.uri.request_uri())),
        created: who(&webhook.created).await?,
        updated: who(&webhook.updated).await?,
        may: May {
            ping: visitor.may(PING, &scope),
            write: visitor.may(WRITE, &scope),
            delete: visitor.may(DELETE, &scope),
        },
        filter: visitor.query.text("filter").to_owned(),
        // A page further back, or one that is filtered, stays as it is.
        is_live: visitor.query.text("filter").is_empty() && visitor.query.find("after").is_none(),
        pace: latest,
        events,
        here,
        list,
    };
    Ok(visitor.show(ROUTE, page.render()))
}

/// `POST …/webhooks/{webhook}/ping`.
pub(crate) async fn ping(
    Path((name, webhook)): Path<(String, String)>,
    Sent { visitor, .. }: Sent,
) -> Response {
    let pinged = async {
        let (row, scope, webhook) = find(&visitor, &name, &webhook).await?;
        visitor.must(PING, &scope)?;
        let name = webhook.name.as_str();
        events::ping(&visitor.ctx, &row, name).await?.ok_or(Refusal::Gone)?;
        let here = address(row.name.as_str(), &format!("/webhooks/{name}?done=pinged"));
        Ok(visitor.go_on("portal.ping", &here))
    };
    answered(&visitor, pinged.await)
}

#[derive(Template)]
#[template(path = "webhook_delete.html")]
struct DeletePage {
    frame: Frame,
    t: &'static dyn Text,
    here: String,
    name: String,
    etag: String,
}

/// `GET …/webhooks/{webhook}/delete`: says what goes.
pub(crate) async fn ask_to_delete(
    visitor: Visitor,
    Path((name, webhook)): Path<(String, String)>,
) -> Response {
    let asked = async {
        let (row, scope, webhook) = find(&visitor, &name, &webhook).await?;
        visitor.must(DELETE, &scope)?;
        let page = DeletePage {
            frame: Frame::of(&visitor, &row, Section::Webhooks),
            t: visitor.look.text(),
            here: address(row.name.as_str(), &format!("/webhooks/{}", webhook.name)),
            name: webhook.name.to_string(),
            etag: etag::of(&webhook),
        };
        Ok(visitor.show("portal.deleteWebhook", page.render()))
    };
    answered(&visitor, asked.await)
}

/// `POST …/webhooks/{webhook}/delete`. One that is gone already is as it should be.
pub(crate) async fn delete(
    Path((name, webhook)): Path<(String, String)>,
    Sent { visitor, fields }: Sent,
) -> Response {
    let deleted = async {
        let (row, scope) = registry(&visitor, &name).await?;
        visitor.must(DELETE, &scope)?;
        if webhooks::get(&visitor.ctx, &row, &webhook).await?.is_some() {
            let (condition, actor) = (seen(fields.text("etag"))?, visitor.actor());
            let removal = webhooks::delete(&visitor.ctx, &row, &webhook, &condition, &actor);
            removal.await?.map_err(|_| Refusal::Stale)?;
        }
        let list = address(row.name.as_str(), "/webhooks?done=deleted");
        Ok(visitor.go_on("portal.deleteWebhook", &list))
    };
    answered(&visitor, deleted.await)
}

/// The condition that a webhook is as its page has shown it.
pub(super) fn seen(etag: &str) -> Result<Condition, Refusal> {
    Condition::parse(Some(&format!("\"{etag}\"")), None).map_err(|_| Refusal::Stale)
}
