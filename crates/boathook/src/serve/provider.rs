//! The identity provider whose tokens are believed, if one is configured.

use std::sync::Arc;

use boathook_core::address::AddressPolicy;
use boathook_engine::auth::{Provider, ProviderSettings};
use boathook_engine::courier::client::HttpCourier;
use boathook_engine::courier::resolver::Resolver;

use super::authorities;
use crate::config::IdentityProvider;

/// Everywhere: whoever configures the server names the provider's address, unlike those of webhooks.
const EVERYWHERE: [&str; 2] = ["0.0.0.0/0", "::/0"];

pub(super) fn prepare(config: &IdentityProvider) -> anyhow::Result<Option<Provider>> {
    let Some(issuer) = &config.issuer.0 else { return Ok(None) };
    let networks = EVERYWHERE.map(|network| network.parse().expect("it is a network"));
    let addresses = AddressPolicy::new(networks.to_vec(), true, Vec::new());
    let roots = authorities::read(&config.ca_certificate)?;
    let courier = HttpCourier::new(addresses, Resolver::system(), roots);
    let settings = ProviderSettings {
        issuer: issuer.clone(),
        audience: config.audience.clone(),
        keys_uri: config.jwks_uri.0.clone(),
        name_claim: config.name_claim.clone(),
        roles_claim: config.roles_claim.clone(),
        roles: config.roles.clone(),
    };
    Ok(Some(Provider::new(settings, Arc::new(courier))))
}
