//! What has to be right of every management request before its handler is asked.

use super::error::ArmError;
use crate::oci::caller::{Shown, base, host, shown};
use axum::http::request::Parts;
use axum::http::uri::Authority;
use boathook_core::defaults;
use boathook_core::name::RegistryName;
use boathook_engine::auth::{self, Caller};
use boathook_engine::{Ctx, RegistryRow, manage};
use boathook_wire::arm::path::{RegistryId, Target, UnknownPath};
use boathook_wire::arm::query::Query;

/// A request by somebody who may ask, about a registry that is there.
pub(super) struct Call<'a> {
    pub(super) ctx: &'a Ctx,
    pub(super) parts: &'a Parts,
    pub(super) caller: Caller,
    pub(super) registry: RegistryRow,
    /// The registry's id, its names in the case in which they are stored.
    pub(super) id: RegistryId,
    /// The version of the API that the client was written for.
    pub(super) api_version: String,
    /// Where the page that is asked for begins.
    pub(super) skip_token: Option<String>,
}

/// Says who asks.
pub(super) async fn caller(ctx: &Ctx, parts: &Parts) -> Result<Caller, ArmError> {
    let credentials = match shown(&parts.headers) {
        Shown::Credentials(credentials) => Some(credentials),
        Shown::Nothing | Shown::Unreadable => None,
    };
    auth::manager(ctx, credentials.as_ref()).await?.ok_or(ArmError::Unauthenticated)
}

impl<'a> Call<'a> {
    /// Checks the query and looks the registry up.
    pub(super) async fn admit(
        ctx: &'a Ctx,
        parts: &'a Parts,
        caller: Caller,
        target: &Target,
    ) -> Result<Self, ArmError> {
        let Query { api_version, skip_token, .. } = Query::parse(parts.uri.query());
        let api_version = api_version.ok_or(ArmError::MissingApiVersion)?;
        let (Target::Registry(asked)
        | Target::Webhooks(asked)
        | Target::Webhook(asked, _)
        | Target::WebhookAction(asked, _, _)) = target
        else {
            return Err(ArmError::Path(UnknownPath));
        };
        if !asked.subscription.eq_ignore_ascii_case(defaults::SUBSCRIPTION_ID) {
            return Err(ArmError::SubscriptionNotFound(asked.subscription.clone()));
        }
        let registry = registry(ctx, asked).await?;
        let registry = registry.ok_or_else(|| ArmError::not_found(asked, None))?;
        let id = RegistryId {
            subscription: defaults::SUBSCRIPTION_ID.to_owned(),
            resource_group: registry.resource_group.clone(),
            registry: registry.name.to_string(),
        };
        Ok(Self { ctx, parts, caller, registry, id, api_version, skip_token })
    }

    /// The host that the request was sent to.
    pub(super) fn host(&self) -> Authority {
        host(self.parts)
    }

    /// The scheme and the host that the request was sent to.
    pub(super) fn base(&self) -> String {
        base(self.parts)
    }
}

/// The registry of that name, if it is in that resource group.
async fn registry(ctx: &Ctx, asked: &RegistryId) -> Result<Option<RegistryRow>, ArmError> {
    let Ok(name) = asked.registry.parse::<RegistryName>() else { return Ok(None) };
    let registry = manage::registry(ctx, &name).await?;
    Ok(registry
        .filter(|registry| registry.resource_group.eq_ignore_ascii_case(&asked.resource_group)))
}
