//! What a webhook is created and changed with.
//!
//! The shape alone is checked here: that a member is there where it has to be, that it has the right type, and that
//! there are no others. Whether an address, an action or a scope is right is for the rules to say.

use crate::arm::object::{Change, InvalidBody, Object};
use std::collections::BTreeMap;
use std::fmt;

/// The members that a client may have been shown and sends back, though it cannot set them.
const RESOURCE_IGNORED: &[&str] = &["id", "name", "type", "systemData", "etag", "identity", "sku"];
const RESOURCE: &[&str] = &["location", "tags", "properties"];
const PROPERTIES_IGNORED: &[&str] = &["provisioningState"];
const PROPERTIES: &[&str] =
    &["serviceUri", "customHeaders", "status", "scope", "actions", "boathook"];
const BOATHOOK_IGNORED: &[&str] = &["paused"];
const BOATHOOK: &[&str] = &["extraActions", "deletedTags"];

/// What a webhook is created with.
#[derive(Clone, PartialEq, Eq)]
pub struct Create {
    /// The region whose events it shall hear.
    pub location: String,
    /// Words of its owner's.
    pub tags: BTreeMap<String, String>,
    /// Where to send to.
    pub service_uri: String,
    /// Headers to send along, in the order given, repetitions included.
    pub custom_headers: Vec<(String, String)>,
    /// `enabled` where nothing is said.
    pub status: Option<String>,
    /// Everything where nothing is said.
    pub scope: Option<String>,
    /// The actions that shall trigger it.
    pub actions: Vec<String>,
    /// Those that ACR announces to nobody; none where nothing is said.
    pub extra_actions: Option<Vec<String>>,
    /// Whether it shall be told of the tags that went with a deleted manifest; not where nothing is said.
    pub has_deleted_tags: Option<bool>,
}

/// What of a webhook is changed. What is absent stays as it is.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Update {
    /// The region, which cannot change: it is right only if it is the webhook's own.
    pub location: Option<String>,
    /// All its tags from now on.
    pub tags: Option<BTreeMap<String, String>>,
    /// Where to send to.
    pub service_uri: Option<String>,
    /// All its headers from now on; an empty list clears them.
    pub custom_headers: Option<Vec<(String, String)>>,
    /// Whether anything but pings is sent.
    pub status: Option<String>,
    /// What events have to be about.
    pub scope: Option<String>,
    /// All the actions that trigger it from now on.
    pub actions: Option<Vec<String>>,
    /// All those that ACR announces to nobody; an empty list clears them.
    pub extra_actions: Option<Vec<String>>,
    /// Whether it is told of the tags that went with a deleted manifest.
    pub has_deleted_tags: Option<bool>,
}

impl Create {
    /// Reads the body of a PUT.
    pub fn parse(body: &[u8]) -> Result<Self, InvalidBody> {
        let body = Object::from_body(body)?;
        body.only(RESOURCE, RESOURCE_IGNORED)?;
        let location = body.required_string("location")?;
        let properties = body.required_object("properties")?;
        let extras = Extras::of(&properties)?;
        Ok(Self {
            location,
            tags: body.map("tags")?.unwrap_or_default(),
            service_uri: properties.required_string("serviceUri")?,
            custom_headers: properties.pairs("customHeaders")?.unwrap_or_default(),
            status: properties.string("status")?,
            scope: properties.string("scope")?,
            actions: properties.required_strings("actions")?,
            extra_actions: extras.actions,
            has_deleted_tags: extras.has_deleted_tags,
        })
    }
}

impl Update {
    /// Reads the body of a PATCH.
    pub fn parse(body: &[u8]) -> Result<Self, InvalidBody> {
        let body = Object::from_body(body)?;
        body.only(RESOURCE, RESOURCE_IGNORED)?;
        // As with every other resource, null takes the tags away.
        let tags = match body.map_change("tags")? {
            Change::Keep => None,
            Change::Clear => Some(BTreeMap::new()),
            Change::Set(tags) => Some(tags),
        };
        let update = Self { location: body.string("location")?, tags, ..Self::default() };
        let Some(properties) = body.object("properties")? else { return Ok(update) };
        let extras = Extras::of(&properties)?;
        Ok(Self {
            service_uri: properties.string("serviceUri")?,
            custom_headers: properties.pairs("customHeaders")?,
            status: properties.string("status")?,
            scope: properties.string("scope")?,
            actions: properties.strings("actions")?,
            extra_actions: extras.actions,
            has_deleted_tags: extras.has_deleted_tags,
            ..update
        })
    }
}

/// What ACR has no member for.
#[derive(Default)]
struct Extras {
    actions: Option<Vec<String>>,
    has_deleted_tags: Option<bool>,
}

impl Extras {
    /// Reads them, and refuses all members that there are not.
    fn of(properties: &Object<'_>) -> Result<Self, InvalidBody> {
        properties.only(PROPERTIES, PROPERTIES_IGNORED)?;
        let Some(boathook) = properties.object("boathook")? else { return Ok(Self::default()) };
        boathook.only(BOATHOOK, BOATHOOK_IGNORED)?;
        Ok(Self {
            actions: boathook.strings("extraActions")?,
            has_deleted_tags: boathook.boolean("deletedTags")?,
        })
    }
}

/// Shows neither address nor headers.
impl fmt::Debug for Create {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Create")
            .field("location", &self.location)
            .field("status", &self.status)
            .field("scope", &self.scope)
            .field("actions", &self.actions)
            .finish_non_exhaustive()
    }
}

/// Shows neither address nor headers.
impl fmt::Debug for Update {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Update")
            .field("location", &self.location)
            .field("status", &self.status)
            .field("scope", &self.scope)
            .field("actions", &self.actions)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn pair(name: &str, value: &str) -> (String, String) {
        (name.to_owned(), value.to_owned())
    }

    #[test]
    fn what_az_sends_is_read() {
        let body = br#"{"location":"westus","properties":{"serviceUri":"http://h","status":"enabled","actions":["push"]}}"#;
        let expected = Create {
            location: "westus".to_owned(),
            tags: BTreeMap::new(),
            service_uri: "http://h".to_owned(),
            custom_headers: Vec::new(),
            status: Some("enabled".to_owned()),
            scope: None,
            actions: vec!["push".to_owned()],
            extra_actions: None,
            has_deleted_tags: None,
        };
        assert_eq!(Create::parse(body), Ok(expected));
    }

    #[test]
    fn what_acr_has_no_member_for_is_read_from_a_member_of_its_own() {
        let body = br#"{"location":"l","properties":{"serviceUri":"u","actions":["push"],"boathook":{"extraActions":["untag"],"deletedTags":true}}}"#;
        let create = Create::parse(body).unwrap();
        assert_eq!(create.extra_actions, Some(vec!["untag".to_owned()]));
        assert_eq!(create.has_deleted_tags, Some(true));
        let cleared = br#"{"properties":{"boathook":{"extraActions":[],"deletedTags":false}}}"#;
        let expected = Update {
            extra_actions: Some(Vec::new()),
            has_deleted_tags: Some(false),
            ..Update::default()
        };
        assert_eq!(Update::parse(cleared), Ok(expected));
        for kept in ["{}", "null", r#"{"extraActions":null,"deletedTags":null}"#] {
            let body = format!(r#"{{"properties":{{"boathook":{kept}}}}}"#);
            assert_eq!(Update::parse(body.as_bytes()), Ok(Update::default()), "{kept}");
        }
    }

    #[test]
    fn every_member_is_read_and_headers_keep_their_order() {
        let body = br#"{"tags":{"k":"v"},"properties":{"actions":[],"customHeaders":{"Z":"1","A":"2"},"scope":"foo:*","serviceUri":"u"},"location":"l"}"#;
        let create = Create::parse(body).unwrap();
        assert_eq!(create.tags, BTreeMap::from([pair("k", "v")]));
        assert_eq!(create.custom_headers, [pair("Z", "1"), pair("A", "2")]);
        assert_eq!(create.scope.as_deref(), Some("foo:*"));
        assert!(create.actions.is_empty() && create.status.is_none());
    }

    #[test]
    fn an_update_tells_absent_from_empty() {
        assert_eq!(Update::parse(b"{}"), Ok(Update::default()));
        assert_eq!(Update::parse(br#"{"properties":{}}"#), Ok(Update::default()));
        let update = Update::parse(
            br#"{"tags":{},"properties":{"customHeaders":{},"scope":"","actions":[]}}"#,
        );
        let expected = Update {
            tags: Some(BTreeMap::new()),
            custom_headers: Some(Vec::new()),
            scope: Some(String::new()),
            actions: Some(Vec::new()),
            ..Update::default()
        };
        assert_eq!(update, Ok(expected));
        let cleared = Update { tags: Some(BTreeMap::new()), ..Update::default() };
        assert_eq!(Update::parse(br#"{"tags":null}"#), Ok(cleared));
    }

    #[test]
    fn what_was_shown_may_be_sent_back() {
        let body = br#"{"type":"t","id":"i","name":"n","location":"l","systemData":{},"identity":null,"sku":{},"properties":{"provisioningState":"Succeeded","boathook":{"paused":{}},"status":"disabled"}}"#;
        let update = Update::parse(body).unwrap();
        assert_eq!(update.status.as_deref(), Some("disabled"));
        assert_eq!(update.location.as_deref(), Some("l"));
    }

    #[track_caller]
    fn refused(body: &str, target: &str) {
        let error = Create::parse(body.as_bytes()).unwrap_err();
        assert_eq!(error.target(), Some(target), "{body}: {error}");
    }

    #[test]
    fn what_is_wrong_is_named() {
        refused("{}", "location");
        refused(r#"{"location":"l"}"#, "properties");
        refused(r#"{"location":1,"properties":{}}"#, "location");
        refused(r#"{"location":"l","properties":[]}"#, "properties");
        refused(r#"{"location":"l","properties":{}}"#, "properties.serviceUri");
        refused(r#"{"location":"l","properties":{"serviceUri":"u"}}"#, "properties.actions");
        let with = |member: &str| {
            format!(
                r#"{{"location":"l","properties":{{"serviceUri":"u","actions":["push"],{member}}}}}"#
            )
        };
        refused(&with(r#""status":true"#), "properties.status");
        refused(&with(r#""scope":["a"]"#), "properties.scope");
        refused(&with(r#""actions":"push""#), "properties.actions");
        refused(&with(r#""actions":["push",1]"#), "properties.actions");
        refused(&with(r#""customHeaders":["a"]"#), "properties.customHeaders");
        refused(&with(r#""customHeaders":{"a":1}"#), "properties.customHeaders.a");
        refused(&with(r#""colour":"red""#), "properties.colour");
        refused(&with(r#""boathook":{"colour":"red"}"#), "properties.boathook.colour");
        refused(&with(r#""boathook":["untag"]"#), "properties.boathook");
        let extra = "properties.boathook.extraActions";
        refused(&with(r#""boathook":{"extraActions":"untag"}"#), extra);
        refused(&with(r#""boathook":{"deletedTags":"true"}"#), "properties.boathook.deletedTags");
        refused(&with(r#""serviceURI":"u""#), "properties.serviceURI");
        refused(
            r#"{"location":"l","tags":{"a":1},"properties":{"serviceUri":"u","actions":[]}}"#,
            "tags",
        );
        refused(r#"{"location":"l","colour":1,"properties":{}}"#, "colour");
        let error = Update::parse(br#"{"properties":{"colour":1}}"#).unwrap_err();
        assert_eq!(error.target(), Some("properties.colour"));
    }

    #[test]
    fn secrets_do_not_reach_logs() {
        let body = br#"{"location":"l","properties":{"serviceUri":"http://u:hunter2@h","actions":[],"customHeaders":{"a":"hunter2"}}}"#;
        assert!(!format!("{:?}", Create::parse(body)).contains("hunter2"));
        assert!(!format!("{:?}", Update::parse(body)).contains("hunter2"));
    }

    proptest! {
        #[test]
        fn reading_never_panics(body in proptest::collection::vec(any::<u8>(), 0..64)) {
            let _ = Create::parse(&body);
            let _ = Update::parse(&body);
        }

        #[test]
        fn headers_are_read_as_they_were_written(headers in proptest::collection::vec(("\\PC{0,8}", "\\PC{0,8}"), 0..6)) {
            let members: Vec<_> = headers
                .iter()
                .map(|(name, value)| format!("{}:{}", serde_json::json!(name), serde_json::json!(value)))
                .collect();
            let body = format!(r#"{{"properties":{{"customHeaders":{{{}}}}}}}"#, members.join(","));
            prop_assert_eq!(Update::parse(body.as_bytes()).unwrap().custom_headers, Some(headers));
        }
    }
}
