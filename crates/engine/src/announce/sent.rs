//! A request to a receiver, as it is made and as it is shown.

use crate::courier::add_authorization;
use crate::manage::target::Target;
use crate::seal::Seal;
use boathook_core::id::WebhookId;
use boathook_wire::webhook::{CONTENT_TYPE, USER_AGENT};
use serde::{Deserialize, Serialize};

/// What an owner may see of a request: secret values are masked, and the URI has no userinfo.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
pub struct Sent {
    /// Where it went.
    pub uri: String,
    /// The headers, in ACR's order: custom ones first, those of every request left out.
    pub headers: Vec<(String, String)>,
}

/// All headers of a request to `target`, but for those that the courier adds.
pub(super) fn headers(target: &Target) -> Vec<(String, String)> {
    let mut headers = vec![("User-Agent".to_owned(), USER_AGENT.to_owned())];
    let has_type = target.headers.get("content-type").is_some();
    if !has_type {
        headers.push(("Content-Type".to_owned(), CONTENT_TYPE.to_owned()));
    }
    if target.headers.get("user-agent").is_some() {
        headers.remove(0);
    }
    headers.extend(target.headers.iter().map(|(name, value)| (name.to_owned(), value.to_owned())));
    add_authorization(&target.uri, &mut headers);
    headers
}

impl Sent {
    /// What is shown of a request with `body` to `target`.
    pub fn of(target: &Target, body: &[u8]) -> Self {
        let mut shown = target.headers.masked();
        if target.uri.authorization_from_userinfo().is_some()
            && target.headers.get("authorization").is_none()
        {
            shown.push(("Authorization".to_owned(), "******".to_owned()));
        }
        if target.headers.get("content-type").is_none() {
            shown.push(("Content-Type".to_owned(), CONTENT_TYPE.to_owned()));
        }
        shown.push(("Content-Length".to_owned(), body.len().to_string()));
        Self { uri: target.uri.request_uri(), headers: shown }
    }

    /// Seals it, since a URI may hold a secret anywhere.
    pub fn close(&self, seal: &Seal, webhook: &WebhookId) -> Vec<u8> {
        seal.close(webhook.as_str(), &serde_json::to_vec(self).expect("strings can be written"))
    }

    /// Opens it; `None` where the key has changed.
    pub fn open(seal: &Seal, webhook: &WebhookId, sealed: &[u8]) -> Option<Self> {
        serde_json::from_slice(&seal.open(webhook.as_str(), sealed).ok()?).ok()
    }
}
