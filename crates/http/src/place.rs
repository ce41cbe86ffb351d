//! Which registry a request is for, for the faces that registries have of their own.

use crate::address::host;
use crate::app::App;
use crate::facts::Peer;
use axum::http::request::Parts;
use boathook_engine::Error;
use boathook_engine::place::{self, Found};

/// Why a request comes to no registry.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unreachable {
    /// The host names none that is there.
    #[error("there is no registry at `{0}`")]
    Unknown(String),
    // ACR's words, by which `az` knows a firewall.
    #[error(
        "The client with IP '{0}' is not allowed access. Refer https://aka.ms/acr/firewall to grant access."
    )]
    Denied(String),
    /// Storage failed.
    #[error(transparent)]
    Failed(#[from] Error),
}

/// Finds the registry, and its region, that a request was sent to.
pub(crate) async fn of_request(app: &App, parts: &Parts) -> Result<Found, Unreachable> {
    let host = host(parts);
    let found = place::of_host(&app.ctx, host.as_str()).await?;
    let found = found.ok_or_else(|| Unreachable::Unknown(host.to_string()))?;
    if !found.registry.row.settings.is_public_network_access_enabled {
        let peer = parts.extensions.get::<Peer>().map(|Peer(ip)| ip.to_string());
        return Err(Unreachable::Denied(peer.unwrap_or_default()));
    }
    Ok(found)
}
