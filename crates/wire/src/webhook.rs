//! What a webhook is sent: ACR's payload, byte for byte in shape.
//!
//! Compact JSON, members in ACR's order (`acr-facts` §1.2 and §1.3; the files in `webhook/golden/` are the contract).
//! Which webhook hears of an event, and custom headers, are others' business. What ACR does not tell is in the member
//! `boathook` of the target, and only where the event has it.

use crate::acr::attributes::Attributes;
use boathook_core::digest::Digest;
use boathook_core::event::{Action, Detail, Event, ExtraAction, Request, Target};
use boathook_core::name::Tag;
use boathook_core::quarantine::State;
use serde::Serialize;

/// What the sender calls itself. Receivers tell ACR from others by the part before the slash.
pub const USER_AGENT: &str = "AzureContainerRegistry/1.0";

/// The type of the body, unless a custom header replaces it.
pub const CONTENT_TYPE: &str = "application/json; charset=utf-8";

/// Prints the payload that tells of `event`.
pub fn body(event: &Event) -> Vec<u8> {
    let payload = Payload {
        id: event.id.as_str(),
        timestamp: event.at.to_string(),
        action: event.action.as_str(),
        target: event.target.as_ref().map(|target| TargetMember::new(event.action, target)),
        request: event.request.as_ref().map(RequestMember::new),
    };
    serde_json::to_vec(&payload).expect("because strings and numbers are always printable")
}

#[derive(Serialize)]
struct Payload<'a> {
    id: &'a str,
    timestamp: String,
    action: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<TargetMember<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request: Option<RequestMember<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TargetMember<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    media_type: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    digest: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    length: Option<u64>,
    repository: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    tag: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    boathook: Option<DetailMember<'a>>,
}

impl<'a> TargetMember<'a> {
    fn new(action: Action, target: &'a Target) -> Self {
        // The size a second time, under its older name, which charts and deletions never had.
        let length = match action {
            Action::Push | Action::Quarantine | Action::Extra(ExtraAction::Pull) => target.size,
            Action::Delete
            | Action::ChartPush
            | Action::ChartDelete
            | Action::Ping
            | Action::Extra(
                ExtraAction::Untag | ExtraAction::Purge | ExtraAction::Lock | ExtraAction::Scan,
            ) => None,
        };
        // Scanners do not hear of which type it is: they ask for what they scan.
        let media_type = target.media_type.as_deref().filter(|_| action != Action::Quarantine);
        Self {
            media_type,
            size: target.size,
            digest: target.digest.as_ref().map(Digest::as_str),
            length,
            repository: target.repository.as_str(),
            tag: target.tag.as_ref().map(Tag::as_str),
            name: target.chart.as_ref().map(|chart| chart.name.as_str()),
            // As ACR's documentation of webhooks has it, and not that of Event Grid.
            version: target.chart.as_ref().map(|chart| format!("{}.tgz", chart.version)),
            boathook: target.detail.as_ref().map(DetailMember::new),
        }
    }
}

#[derive(Serialize)]
#[serde(untagged)]
enum DetailMember<'a> {
    TagsGone {
        tags: Vec<&'a str>,
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        truncated: bool,
    },
    #[serde(rename_all = "camelCase")]
    MovedTo {
        moved_to: &'a str,
    },
    PurgedBy {
        policy: &'static str,
    },
    #[serde(rename_all = "camelCase")]
    Attributes {
        changeable_attributes: Attributes,
    },
    #[serde(rename_all = "camelCase")]
    Quarantine {
        #[serde(skip_serializing_if = "Option::is_none")]
        quarantine_state: Option<&'static str>,
        quarantine_details: &'a str,
    },
}

impl<'a> DetailMember<'a> {
    fn new(detail: &'a Detail) -> Self {
        match detail {
            Detail::TagsGone { tags, is_truncated } => Self::TagsGone {
                tags: tags.iter().map(Tag::as_str).collect(),
                truncated: *is_truncated,
            },
            Detail::MovedTo(digest) => Self::MovedTo { moved_to: digest.as_str() },
            Detail::PurgedBy(policy) => Self::PurgedBy { policy: policy.as_str() },
            Detail::Attributes(attributes) => {
                Self::Attributes { changeable_attributes: (*attributes).into() }
            }
            Detail::Quarantine { state, details } => Self::Quarantine {
                quarantine_state: state.map(State::as_str),
                quarantine_details: details,
            },
        }
    }
}

#[derive(Serialize)]
struct RequestMember<'a> {
    id: &'a str,
    host: &'a str,
    method: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    useragent: Option<&'a str>,
}

impl<'a> RequestMember<'a> {
    fn new(request: &'a Request) -> Self {
        Self {
            id: &request.id,
            host: &request.host,
            method: request.method,
            useragent: request.user_agent.as_deref(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use boathook_core::event::{Chart, Policy};
    use boathook_core::id::EventId;
    use boathook_core::name::Place;
    use boathook_core::time::Timestamp;
    use boathook_core::{lock, media_type};

    const MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";
    const DIGEST: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    fn event(action: Action, target: Option<Target>, request: Option<Request>) -> Event {
        Event {
            id: EventId::new("cb8c3971-9adc-488b-8bdd-43cbb4974ff5"),
            place: Place {
                registry: "myregistry".parse().unwrap(),
                region: "westus".parse().unwrap(),
            },
            action,
            at: Timestamp(1_700_239_921_343),
            target,
            request,
        }
    }

    fn target(size: Option<u64>, tag: Option<&str>) -> Target {
        Target {
            media_type: Some(MANIFEST.to_owned()),
            size,
            digest: Some(DIGEST.parse().unwrap()),
            repository: "hello-world".parse().unwrap(),
            tag: tag.map(|tag| tag.parse().unwrap()),
            chart: None,
            detail: None,
        }
    }

    fn chart() -> Target {
        let (name, version) = ("wordpress".parse().unwrap(), "5.4.0".parse().unwrap());
        Target {
            media_type: Some(media_type::HELM_CHART.to_owned()),
            repository: "repo".parse().unwrap(),
            chart: Some(Chart { name, version }),
            ..target(Some(25_265), Some("wordpress-5.4.0.tgz"))
        }
    }

    fn request(method: &'static str, user_agent: Option<&str>) -> Request {
        Request {
            id: "3cbb6949-7549-4fa1-86cd-a6d5451dffc7".to_owned(),
            host: "myregistry.azurecr.io".to_owned(),
            method,
            user_agent: user_agent.map(str::to_owned),
        }
    }

    #[track_caller]
    fn check(event: &Event, golden: &str) {
        assert_eq!(String::from_utf8(body(event)).unwrap(), golden);
    }

    #[test]
    fn a_push_by_tag() {
        let request = request("PUT", Some("docker/28.2.2 \"go\"/go1.24"));
        let event = event(Action::Push, Some(target(Some(524), Some("v1"))), Some(request));
        check(&event, include_str!("webhook/golden/push.json"));
    }

    #[test]
    fn a_push_by_digest_names_no_tag() {
        let request = request("PUT", None);
        let event = event(Action::Push, Some(target(Some(524), None)), Some(request));
        check(&event, include_str!("webhook/golden/push_untagged.json"));
    }

    #[test]
    fn a_quarantine_tells_no_type() {
        let event = event(
            Action::Quarantine,
            Some(target(Some(524), Some("v1"))),
            Some(request("PUT", None)),
        );
        check(&event, include_str!("webhook/golden/quarantine.json"));
    }

    #[test]
    fn a_deletion_tells_neither_size_nor_tag() {
        let request = request("DELETE", Some("python-requests/2.34.2"));
        let event = event(Action::Delete, Some(target(None, None)), Some(request));
        check(&event, include_str!("webhook/golden/delete.json"));
    }

    fn extra(action: ExtraAction, target: Target, method: &'static str) -> Event {
        let request = request(method, Some("python-requests/2.34.2"));
        event(Action::Extra(action), Some(target), Some(request))
    }

    #[test]
    fn a_deletion_tells_its_tags_where_they_are_asked_for() {
        let request = request("DELETE", Some("python-requests/2.34.2"));
        let tags = ["latest", "v1"].map(|tag| tag.parse().unwrap());
        let detail = |detail| Some(Target { detail: Some(detail), ..target(None, None) });
        let gone = detail(Detail::tags_gone(&tags));
        let told = event(Action::Delete, gone, Some(request.clone()));
        check(&told, include_str!("webhook/golden/delete_tags.json"));
        let gone = detail(Detail::TagsGone { tags: tags.to_vec(), is_truncated: true });
        let told = event(Action::Delete, gone, Some(request));
        check(&told, include_str!("webhook/golden/delete_tags_truncated.json"));
    }

    #[test]
    fn an_untagging_names_the_tag_and_what_it_was_on() {
        let untag = extra(ExtraAction::Untag, target(None, Some("v1")), "DELETE");
        check(&untag, include_str!("webhook/golden/untag.json"));
        let other = format!("sha256:{}", "0".repeat(64)).parse().unwrap();
        let moved = Target { detail: Some(Detail::MovedTo(other)), ..target(None, Some("v1")) };
        let moved = extra(ExtraAction::Untag, moved, "PUT");
        check(&moved, include_str!("webhook/golden/untag_moved.json"));
    }

    #[test]
    fn a_purge_names_the_policy_and_no_request() {
        let target =
            Target { detail: Some(Detail::PurgedBy(Policy::Retention)), ..target(None, None) };
        let purge = event(Action::Extra(ExtraAction::Purge), Some(target), None);
        check(&purge, include_str!("webhook/golden/purge.json"));
    }

    #[test]
    fn a_lock_says_what_may_be_done_from_now_on() {
        let attributes = lock::Attributes { is_write_enabled: false, ..lock::Attributes::UNLOCKED };
        let locked = |target| Target { detail: Some(Detail::Attributes(attributes)), ..target };
        let manifest = extra(ExtraAction::Lock, locked(target(None, None)), "PATCH");
        check(&manifest, include_str!("webhook/golden/lock.json"));
        let repository = Target { media_type: None, digest: None, ..target(None, None) };
        let repository = extra(ExtraAction::Lock, locked(repository), "PATCH");
        check(&repository, include_str!("webhook/golden/lock_repository.json"));
    }

    #[test]
    fn a_scan_tells_the_verdict_and_what_it_rests_on() {
        let details = r#"{"state":"Scan Passed"}"#.to_owned();
        let scanned = |state| Target {
            detail: Some(Detail::Quarantine { state, details: details.clone() }),
            ..target(None, None)
        };
        let scan = extra(ExtraAction::Scan, scanned(Some(State::Passed)), "PATCH");
        check(&scan, include_str!("webhook/golden/scan.json"));
        let unjudged = extra(ExtraAction::Scan, scanned(None), "PATCH");
        check(&unjudged, include_str!("webhook/golden/scan_unjudged.json"));
    }

    #[test]
    fn a_pull_is_told_as_a_push_is() {
        let pull = extra(ExtraAction::Pull, target(Some(524), Some("v1")), "GET");
        check(&pull, include_str!("webhook/golden/pull.json"));
    }

    #[test]
    fn a_chart_tells_its_name_and_version_and_no_request() {
        let push = event(Action::ChartPush, Some(chart()), None);
        check(&push, include_str!("webhook/golden/chart_push.json"));
        let delete = event(Action::ChartDelete, Some(chart()), None);
        check(&delete, include_str!("webhook/golden/chart_delete.json"));
    }

    #[test]
    fn a_ping_has_three_members_and_104_bytes() {
        let ping = event(Action::Ping, None, None);
        check(&ping, include_str!("webhook/golden/ping.json"));
        assert_eq!(body(&ping).len(), 104);
    }
}
