//! What a webhook is sent: ACR's payload, byte for byte in shape.
//!
//! Compact JSON, members in ACR's order (`acr-facts` §1.2 and §1.3; the files in `webhook/golden/` are the contract).
//! Which webhook hears of an event, and custom headers, are others' business.

use boathook_core::event::{Action, Event, Request, Target};
use boathook_core::name::Tag;
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
    digest: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    length: Option<u64>,
    repository: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    tag: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<String>,
}

impl<'a> TargetMember<'a> {
    fn new(action: Action, target: &'a Target) -> Self {
        // The size a second time, under its older name, which charts and deletions never had.
        let length = match action {
            Action::Push | Action::Quarantine => target.size,
            Action::Delete | Action::ChartPush | Action::ChartDelete | Action::Ping => None,
        };
        // Scanners do not hear of which type it is: they ask for what they scan.
        let media_type = (action != Action::Quarantine).then_some(target.media_type.as_str());
        Self {
            media_type,
            size: target.size,
            digest: target.digest.as_str(),
            length,
            repository: target.repository.as_str(),
            tag: target.tag.as_ref().map(Tag::as_str),
            name: target.chart.as_ref().map(|chart| chart.name.as_str()),
            // As ACR's documentation of webhooks has it, and not that of Event Grid.
            version: target.chart.as_ref().map(|chart| format!("{}.tgz", chart.version)),
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
    use boathook_core::event::Chart;
    use boathook_core::id::EventId;
    use boathook_core::media_type;
    use boathook_core::name::Place;
    use boathook_core::time::Timestamp;

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
            media_type: MANIFEST.to_owned(),
            size,
            digest: DIGEST.parse().unwrap(),
            repository: "hello-world".parse().unwrap(),
            tag: tag.map(|tag| tag.parse().unwrap()),
            chart: None,
        }
    }

    fn chart() -> Target {
        let (name, version) = ("wordpress".parse().unwrap(), "5.4.0".parse().unwrap());
        Target {
            media_type: media_type::HELM_CHART.to_owned(),
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
