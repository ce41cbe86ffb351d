//! Which resource a path names.
//!
//! ARM compares paths without regard to case, and clients rely on it (`resourcegroups`). Segments are decoded after the
//! path is split, so that an encoded slash is part of a name, where no rule allows it.

use percent_encoding::percent_decode_str;
use std::borrow::Cow;
use std::fmt;

/// A registry, by the names in a path or in a resource's id. They are not checked, and keep the case that they came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegistryId {
    /// The subscription's GUID.
    pub subscription: String,
    /// The resource group.
    pub resource_group: String,
    /// The registry.
    pub registry: String,
}

/// What a request is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A registry.
    Registry(RegistryId),
    /// The webhooks of a registry.
    Webhooks(RegistryId),
    /// One webhook, by name.
    Webhook(RegistryId, String),
    /// Something that is done with a webhook.
    WebhookAction(RegistryId, String, WebhookAction),
}

/// The last segment of a path that asks for something to be done with a webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WebhookAction {
    /// Sends a ping.
    Ping,
    /// Lists the events that were sent, and what came of them.
    ListEvents,
    /// Shows the address and the headers, secrets included.
    GetCallbackConfig,
}

/// A path names nothing that the management API has.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
#[error("there is no resource of a known type at this path")]
pub struct UnknownPath;

/// Reads a request's path, still percent-encoded, without its query. A single slash at the end makes no difference.
pub fn parse(path: &str) -> Result<Target, UnknownPath> {
    let path = path.strip_prefix('/').ok_or(UnknownPath)?;
    let segments: Option<Vec<_>> =
        path.strip_suffix('/').unwrap_or(path).split('/').map(decode).collect();
    let segments = segments.ok_or(UnknownPath)?;
    let segments: Vec<&str> = segments.iter().map(Cow::as_ref).collect();
    let [first, subscription, second, group, third, provider, fourth, registry, rest @ ..] =
        segments.as_slice()
    else {
        return Err(UnknownPath);
    };
    let keywords = [
        (first, "subscriptions"),
        (second, "resourceGroups"),
        (third, "providers"),
        (provider, "Microsoft.ContainerRegistry"),
        (fourth, "registries"),
    ];
    if keywords.iter().any(|(segment, keyword)| !segment.eq_ignore_ascii_case(keyword)) {
        return Err(UnknownPath);
    }
    let id = RegistryId {
        subscription: (*subscription).to_owned(),
        resource_group: (*group).to_owned(),
        registry: (*registry).to_owned(),
    };
    within(id, rest)
}

/// Reads what follows the registry.
fn within(id: RegistryId, rest: &[&str]) -> Result<Target, UnknownPath> {
    match rest {
        [] => Ok(Target::Registry(id)),
        [list, rest @ ..] if list.eq_ignore_ascii_case("webhooks") => match rest {
            [] => Ok(Target::Webhooks(id)),
            [name] => Ok(Target::Webhook(id, (*name).to_owned())),
            [name, action] => {
                let action = WebhookAction::parse(action).ok_or(UnknownPath)?;
                Ok(Target::WebhookAction(id, (*name).to_owned(), action))
            }
            _ => Err(UnknownPath),
        },
        _ => Err(UnknownPath),
    }
}

/// Decodes a segment that has to hold something, and something else than a way up.
fn decode(segment: &str) -> Option<Cow<'_, str>> {
    let decoded = percent_decode_str(segment).decode_utf8().ok()?;
    let is_name = !matches!(decoded.as_ref(), "" | "." | "..") && !decoded.contains(['/', '\\']);
    is_name.then_some(decoded)
}

impl WebhookAction {
    const ALL: [Self; 3] = [Self::Ping, Self::ListEvents, Self::GetCallbackConfig];

    fn parse(segment: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.as_str().eq_ignore_ascii_case(segment))
    }

    /// The segment in its canonical case.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ping => "ping",
            Self::ListEvents => "listEvents",
            Self::GetCallbackConfig => "getCallbackConfig",
        }
    }
}

impl Target {
    /// The methods that it takes, as the `Allow` header of a 405 lists them.
    pub fn methods(&self) -> &'static str {
        match self {
            Self::Registry(_) | Self::Webhooks(_) => "GET",
            Self::Webhook(..) => "GET, PUT, PATCH, DELETE",
            Self::WebhookAction(_, _, action) => match action {
                WebhookAction::Ping | WebhookAction::GetCallbackConfig => "POST",
                // Clients follow `nextLink` with GET.
                WebhookAction::ListEvents => "GET, POST",
            },
        }
    }
}

impl RegistryId {
    /// The id of one of the registry's webhooks.
    pub fn webhook(&self, name: &str) -> String {
        format!("{self}/webhooks/{name}")
    }
}

/// The id, its fixed parts in their canonical case.
impl fmt::Display for RegistryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { subscription, resource_group, registry } = self;
        write!(f, "/subscriptions/{subscription}/resourceGroups/{resource_group}")?;
        write!(f, "/providers/Microsoft.ContainerRegistry/registries/{registry}")
    }
}

/// The path, its fixed parts in their canonical case.
impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Registry(id) => id.fmt(f),
            Self::Webhooks(id) => write!(f, "{id}/webhooks"),
            Self::Webhook(id, name) => write!(f, "{id}/webhooks/{name}"),
            Self::WebhookAction(id, name, action) => {
                write!(f, "{id}/webhooks/{name}/{}", action.as_str())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const REGISTRY: &str = "/subscriptions/s-1/resourceGroups/My-Group/providers/Microsoft.ContainerRegistry/registries/reg01";

    fn id() -> RegistryId {
        RegistryId {
            subscription: "s-1".to_owned(),
            resource_group: "My-Group".to_owned(),
            registry: "reg01".to_owned(),
        }
    }

    #[track_caller]
    fn check(rest: &str, expected: Target) {
        assert_eq!(parse(&format!("{REGISTRY}{rest}")), Ok(expected), "{rest:?}");
    }

    #[test]
    fn every_form_is_known() {
        let name = || "Hook01".to_owned();
        check("", Target::Registry(id()));
        check("/", Target::Registry(id()));
        check("/webhooks", Target::Webhooks(id()));
        check("/webhooks/Hook01", Target::Webhook(id(), name()));
        check("/webhooks/Hook01/ping", Target::WebhookAction(id(), name(), WebhookAction::Ping));
        let list = Target::WebhookAction(id(), name(), WebhookAction::ListEvents);
        check("/webhooks/Hook01/listEvents", list);
        let config = Target::WebhookAction(id(), name(), WebhookAction::GetCallbackConfig);
        check("/webhooks/Hook01/getCallbackConfig", config);
    }

    #[test]
    fn case_makes_no_difference_but_names_keep_theirs() {
        let path = format!("{REGISTRY}/webhooks/Hook01/listevents");
        let lower =
            path.replace("resourceGroups", "resourcegroups").replace("Microsoft", "microsoft");
        let target = Target::WebhookAction(id(), "Hook01".to_owned(), WebhookAction::ListEvents);
        assert_eq!(parse(&lower), Ok(target));
    }

    #[test]
    fn names_are_decoded_and_hold_no_slash() {
        check("/webhooks/Hook%2001", Target::Webhook(id(), "Hook 01".to_owned()));
        for rest in
            ["/webhooks/a%2Fb", "/webhooks/..", "/webhooks/%2e%2e", "/webhooks/%ff", "/webhooks//"]
        {
            assert_eq!(parse(&format!("{REGISTRY}{rest}")), Err(UnknownPath), "{rest:?}");
        }
    }

    #[test]
    fn other_paths_are_unknown() {
        for path in [
            "",
            "/",
            "/subscriptions/s-1",
            "/subscriptions/s-1/resourceGroups/g/providers/Microsoft.Storage/registries/reg01",
        ] {
            assert_eq!(parse(path), Err(UnknownPath), "{path:?}");
        }
        for rest in ["/hooks", "/webhooks/a/b", "/webhooks/a/ping/b"] {
            assert_eq!(parse(&format!("{REGISTRY}{rest}")), Err(UnknownPath), "{rest:?}");
        }
    }

    #[test]
    fn ids_are_printed_in_canonical_case() {
        assert_eq!(id().to_string(), REGISTRY);
        assert_eq!(id().webhook("Hook01"), format!("{REGISTRY}/webhooks/Hook01"));
    }

    proptest! {
        #[test]
        fn printing_and_parsing_are_inverses(name in "[a-zA-Z0-9]{1,50}") {
            let mut targets = vec![
                Target::Registry(id()),
                Target::Webhooks(id()),
                Target::Webhook(id(), name.clone()),
            ];
            targets.extend(WebhookAction::ALL.map(|action| Target::WebhookAction(id(), name.clone(), action)));
            for target in targets {
                prop_assert_eq!(parse(&target.to_string()), Ok(target));
            }
        }

        #[test]
        fn parsing_never_panics(path in "(/subscriptions|/providers|/%|/\\PC{0,4}|/){0,12}") {
            let _ = parse(&path);
        }
    }
}
