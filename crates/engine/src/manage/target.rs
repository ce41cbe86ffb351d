//! Where a webhook points and what it sends along: the part of it that is secret.

use crate::seal::{Broken, Seal};
use boathook_core::custom_headers::CustomHeaders;
use boathook_core::id::WebhookId;
use boathook_core::service_uri::ServiceUri;
use serde::{Deserialize, Serialize};

/// A webhook's address and headers.
#[derive(Clone, Debug)]
pub struct Target {
    /// Where it points.
    pub uri: ServiceUri,
    /// What its owner wants sent along.
    pub headers: CustomHeaders,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    uri: String,
    headers: Vec<(String, String)>,
}

impl Target {
    /// Seals the target for its webhook.
    pub fn close(&self, seal: &Seal, webhook: &WebhookId) -> Vec<u8> {
        let headers =
            self.headers.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let stored = Stored { uri: self.uri.as_typed().to_owned(), headers };
        let text = serde_json::to_vec(&stored).expect("strings can be written");
        seal.close(webhook.as_str(), &text)
    }

    /// Opens what was sealed for the webhook.
    pub fn open(seal: &Seal, webhook: &WebhookId, sealed: &[u8]) -> Result<Self, Broken> {
        let text = seal.open(webhook.as_str(), sealed)?;
        let stored: Stored = serde_json::from_slice(&text).map_err(|_| Broken)?;
        let uri = stored.uri.parse().map_err(|_| Broken)?;
        let headers = CustomHeaders::new(stored.headers).map_err(|_| Broken)?;
        Ok(Self { uri, headers })
    }
}
