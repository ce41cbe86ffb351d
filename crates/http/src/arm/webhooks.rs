//! Webhooks: one file for each thing that can be done with them.

pub(super) mod callback;
pub(super) mod create;
pub(super) mod delete;
pub(super) mod get;
pub(super) mod list;
pub(super) mod list_deliveries;
pub(super) mod list_events;
mod message;
pub(super) mod ping;
pub(super) mod redeliver;
pub(super) mod update;

use super::admit::Call;
use super::error::ArmError;
use super::print;
use boathook_core::id::EventId;
use boathook_engine::WebhookRow;
use boathook_engine::manage::webhooks::Refusal;
use boathook_wire::arm::path::RegistryId;
use boathook_wire::arm::webhook::{Boathook, Paused, Properties, TYPE, Webhook};

/// A webhook as it is shown.
fn resource(id: &RegistryId, row: &WebhookRow) -> Webhook {
    let extra_actions = row.extra_actions.iter().map(|action| action.as_str()).collect();
    let has_deleted_tags = row.has_deleted_tags;
    let paused = row.paused.clone().map(|(since, reason)| Paused { reason, since });
    Webhook {
        r#type: TYPE,
        id: id.webhook(row.name.as_str()),
        name: row.name.to_string(),
        location: row.place.region.to_string(),
        tags: print::tags(&row.tags),
        system_data: print::system_data(&row.created, &row.updated),
        properties: Properties {
            status: row.status.as_str(),
            scope: row.scope.as_str().to_owned(),
            actions: row.actions.iter().map(|action| action.as_str()).collect(),
            provisioning_state: "Succeeded",
            boathook: Boathook { paused, extra_actions, has_deleted_tags }.if_any(),
        },
    }
}

/// How long the id of an event is, in bytes: a UUID.
const EVENT_ID_BYTES: usize = 36;

/// The event that a text names; `None` where no event can have such an id.
fn event_id(text: &str) -> Option<EventId> {
    let is_id = text.len() == EVENT_ID_BYTES
        && text.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit());
    is_id.then(|| EventId::new(text))
}

/// There is no webhook of that name.
fn unknown(call: &Call<'_>, name: &str) -> ArmError {
    ArmError::not_found(&call.id, Some(name))
}

/// The engine's refusal to do something with the webhook of that name.
fn refused(call: &Call<'_>, name: &str, refusal: Refusal) -> ArmError {
    match refusal {
        Refusal::NotFound => unknown(call, name),
        refusal => ArmError::Refused(refusal),
    }
}
