//! Makes and removes webhooks, and asks for collections, through the paths of Azure Resource Manager.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use bytes::Bytes;
use http::header::AUTHORIZATION;
use http::{HeaderValue, Method, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::azure;
use crate::client::{Ask, Connection, Pieces, Target};

/// The newest stable version of the resource provider.
const API_VERSION: &str = "2025-11-01";

/// What the bench reads of a server's `credentials.json`.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Credentials {
    registry: String,
    subscription_id: String,
    resource_group: String,
    /// Who manages webhooks.
    pub(crate) client_id: String,
    /// What is signed in with.
    pub(crate) client_secret: String,
    /// The admin user.
    pub(crate) username: String,
    /// Its passwords.
    pub(crate) passwords: Vec<String>,
    /// The region that webhooks are made in; not in the file.
    #[serde(skip)]
    pub(crate) location: String,
}

impl Credentials {
    /// Reads the file that a server wrote; webhooks will be made in `location`.
    pub(crate) fn read(file: &Path, location: &str) -> Result<Self> {
        let text =
            std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
        let credentials: Self = serde_json::from_slice(&text)
            .with_context(|| format!("{} is no credentials.json", file.display()))?;
        Ok(Self { location: location.to_owned(), ..credentials })
    }
}

/// A signed-in way to a registry's webhooks.
pub(crate) struct Arm {
    connection: Connection,
    bearer: HeaderValue,
    registry_path: String,
    location: String,
}

impl Arm {
    /// Connects to the management side of a server, which is the same address.
    pub(crate) async fn open(target: &Arc<Target>, credentials: &Credentials) -> Result<Self> {
        let registry_path = format!(
            "/subscriptions/{}/resourceGroups/{}/providers/Microsoft.ContainerRegistry/registries/{}",
            credentials.subscription_id, credentials.resource_group, credentials.registry
        );
        let mut connection = Connection::open(target).await?;
        let bearer = azure::bearer(&azure::management_token(&mut connection, credentials).await?)?;
        Ok(Self { connection, bearer, registry_path, location: credentials.location.clone() })
    }

    /// Makes a webhook that hears of the pushes in `scope`; an empty one is all.
    pub(crate) async fn create(
        &mut self,
        name: &str,
        service_uri: &str,
        scope: &str,
    ) -> Result<()> {
        self.put(name, json!({ "serviceUri": service_uri, "actions": ["push"], "status": "enabled", "scope": scope }))
            .await
    }

    /// Makes a webhook that hears of nothing.
    pub(crate) async fn create_disabled(&mut self, name: &str, service_uri: &str) -> Result<()> {
        self.put(
            name,
            json!({ "serviceUri": service_uri, "actions": ["push"], "status": "disabled" }),
        )
        .await
    }

    /// Asks for all webhooks.
    pub(crate) fn list(&self) -> Ask {
        let path = format!("{}/webhooks?api-version={API_VERSION}", self.registry_path);
        Ask::new(Method::GET, path).header(AUTHORIZATION, self.bearer.clone())
    }

    /// Says how many blobs the last collection has removed, if it has ended.
    pub(crate) async fn last_collection(&mut self) -> Result<Option<u64>> {
        let path = format!("{}/collectGarbage?api-version={API_VERSION}", self.registry_path);
        let ask = Ask::new(Method::GET, path).header(AUTHORIZATION, self.bearer.clone());
        let reply = self.connection.call(ask, StatusCode::OK).await?;
        let shown: Value = serde_json::from_slice(&reply.body)?;
        let last = &shown["value"][0];
        let has_ended = last["status"] == "Succeeded";
        Ok(last["freed"]["blobs"].as_u64().filter(|_| has_ended))
    }

    async fn put(&mut self, name: &str, properties: Value) -> Result<()> {
        let webhook = json!({ "location": self.location, "properties": properties });
        let body = Pieces::sized(vec![Bytes::from(webhook.to_string())]);
        let put = self.ask(Method::PUT, name).body("application/json", body);
        self.connection.call_any(put, &[StatusCode::OK, StatusCode::CREATED]).await?;
        Ok(())
    }

    /// Removes a webhook.
    pub(crate) async fn delete(&mut self, name: &str) -> Result<()> {
        let gone = [StatusCode::OK, StatusCode::ACCEPTED, StatusCode::NO_CONTENT];
        let delete = self.ask(Method::DELETE, name);
        self.connection.call_any(delete, &gone).await?;
        Ok(())
    }

    fn ask(&self, method: Method, name: &str) -> Ask {
        let path = format!("{}/webhooks/{name}?api-version={API_VERSION}", self.registry_path);
        Ask::new(method, path).header(AUTHORIZATION, self.bearer.clone())
    }
}
