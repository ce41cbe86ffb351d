//! Webhooks as the management API shows and takes them (`acr-facts` §3.4).
//!
//! The address and the headers of a webhook may hold secrets: they come in with [`parameters`] and go out with
//! [`CallbackConfig`] alone, never with the [`Webhook`] itself.

pub mod parameters;

use super::object::{InvalidBody, Object};
use super::system_data::SystemData;
use boathook_core::time::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;

/// The `type` of the resource.
pub const TYPE: &str = "Microsoft.ContainerRegistry/registries/webhooks";

/// A webhook, as it is created, listed and shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Webhook {
    /// [`TYPE`].
    pub r#type: &'static str,
    /// Its id: see [`RegistryId::webhook`](super::path::RegistryId::webhook).
    pub id: String,
    /// Its name.
    pub name: String,
    /// The region whose events it hears.
    pub location: String,
    /// Words of its owner's.
    pub tags: BTreeMap<String, String>,
    /// Who made and who changed it.
    pub system_data: SystemData,
    /// What it does.
    pub properties: Properties,
}

/// What a webhook does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Properties {
    /// `enabled` or `disabled`.
    pub status: &'static str,
    /// What events have to be about.
    pub scope: String,
    /// The actions that trigger it.
    pub actions: Vec<&'static str>,
    /// Where its last change stands; `Succeeded` where changes take effect at once.
    pub provisioning_state: &'static str,
    /// What ACR has no member for, if there is anything to say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub boathook: Option<Boathook>,
}

/// What Boathook has to say of a webhook beyond ACR's shape.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Boathook {
    /// Why nothing is being sent, although the webhook is enabled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paused: Option<Paused>,
    /// The actions that trigger it and that ACR announces to nobody.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub extra_actions: Vec<&'static str>,
    /// Whether it is told of the tags that went with a deleted manifest.
    #[serde(rename = "deletedTags", skip_serializing_if = "std::ops::Not::not")]
    pub has_deleted_tags: bool,
}

impl Boathook {
    /// Nothing, where there is nothing to say.
    pub fn if_any(self) -> Option<Self> {
        let is_any =
            self.paused.is_some() || !self.extra_actions.is_empty() || self.has_deleted_tags;
        is_any.then_some(self)
    }
}

/// A pause in sending.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Paused {
    /// Why, and what would end it.
    pub reason: String,
    /// Since when.
    #[serde(serialize_with = "crate::time::as_text")]
    pub since: Timestamp,
}

/// What `getCallbackConfig` answers: where the webhook points, secrets included.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CallbackConfig {
    /// The address as it was given, userinfo included.
    pub service_uri: String,
    /// The headers as they were given.
    #[serde(serialize_with = "super::headers::as_object")]
    pub custom_headers: Vec<(String, String)>,
}

/// Shows neither address nor headers.
impl fmt::Debug for CallbackConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallbackConfig").finish_non_exhaustive()
    }
}

/// What `ping` answers: the id of the event that was sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Ping {
    /// The event's id.
    pub id: String,
}

/// What `redeliver` is asked, and what it answers: which event is sent again. ACR has nothing of the kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Redeliver {
    /// The event's id.
    pub id: String,
}

impl Redeliver {
    /// Reads the body of the POST.
    pub fn parse(body: &[u8]) -> Result<Self, InvalidBody> {
        let body = Object::from_body(body)?;
        body.only(&["id"], &[])?;
        Ok(Self { id: body.required_string("id")? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arm::system_data::IdentityType;

    fn webhook(boathook: Option<Boathook>) -> Webhook {
        Webhook {
            r#type: TYPE,
            id: "/subscriptions/s/webhooks/hook01".to_owned(),
            name: "hook01".to_owned(),
            location: "westus".to_owned(),
            tags: BTreeMap::new(),
            system_data: SystemData {
                created_by: "a".to_owned(),
                created_by_type: IdentityType::Application,
                created_at: Timestamp(0),
                last_modified_by: "a".to_owned(),
                last_modified_by_type: IdentityType::Application,
                last_modified_at: Timestamp(0),
            },
            properties: Properties {
                status: "enabled",
                scope: String::new(),
                actions: vec!["push", "delete"],
                provisioning_state: "Succeeded",
                boathook,
            },
        }
    }

    #[test]
    fn the_resource_has_acrs_members_in_acrs_order() {
        let expected = concat!(
            r#"{"type":"Microsoft.ContainerRegistry/registries/webhooks","id":"/subscriptions/s/webhooks/hook01","#,
            r#""name":"hook01","location":"westus","tags":{},"#,
            r#""systemData":{"createdBy":"a","createdByType":"Application","#,
            r#""createdAt":"1970-01-01T00:00:00.0000000+00:00","lastModifiedBy":"a","#,
            r#""lastModifiedByType":"Application","lastModifiedAt":"1970-01-01T00:00:00.0000000+00:00"},"#,
            r#""properties":{"status":"enabled","scope":"","actions":["push","delete"],"#,
            r#""provisioningState":"Succeeded"}}"#,
        );
        assert_eq!(serde_json::to_string(&webhook(None)).unwrap(), expected);
    }

    #[test]
    fn a_pause_rides_beside_acrs_members() {
        let paused = Paused { reason: "the receiver answered 410".to_owned(), since: Timestamp(0) };
        let boathook =
            Boathook { paused: Some(paused), extra_actions: Vec::new(), has_deleted_tags: false };
        let json = serde_json::to_value(webhook(boathook.if_any())).unwrap();
        let expected = serde_json::json!({
            "paused": { "reason": "the receiver answered 410", "since": "1970-01-01T00:00:00.0000000Z" }
        });
        assert_eq!(json["properties"]["boathook"], expected);
    }

    #[test]
    fn what_is_asked_for_beyond_acr_is_shown_where_it_is() {
        let none = Boathook { paused: None, extra_actions: Vec::new(), has_deleted_tags: false };
        assert_eq!(none.clone().if_any(), None);
        let some =
            Boathook { extra_actions: vec!["untag", "pull"], has_deleted_tags: true, ..none };
        let json = serde_json::to_string(&webhook(some.if_any()).properties.boathook).unwrap();
        assert_eq!(json, r#"{"extraActions":["untag","pull"],"deletedTags":true}"#);
    }

    #[test]
    fn the_callback_tells_secrets_to_its_reader_and_not_to_logs() {
        let config = CallbackConfig {
            service_uri: "http://user:hunter2@host".to_owned(),
            custom_headers: vec![
                ("Z".to_owned(), "hunter2".to_owned()),
                ("a".to_owned(), String::new()),
            ],
        };
        let expected =
            r#"{"serviceUri":"http://user:hunter2@host","customHeaders":{"Z":"hunter2","a":""}}"#;
        assert_eq!(serde_json::to_string(&config).unwrap(), expected);
        assert!(!format!("{config:?}").contains("hunter2"));
    }

    #[test]
    fn a_ping_answers_with_the_events_id() {
        let ping = Ping { id: "826b111c".to_owned() };
        assert_eq!(serde_json::to_string(&ping).unwrap(), r#"{"id":"826b111c"}"#);
    }
}
